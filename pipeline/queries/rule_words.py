"""Where a constraint applies and when its effects count, in words: English for the rules, Dutch for the pages."""

from dataclasses import dataclass

from layers.glossary import dutch_choice
from pipeline.project.rules import ConstraintConfig


@dataclass(frozen=True)
class RuleWords:
    """The same in both languages."""

    english: str
    dutch: str


CONDITIONS_IN_WORDS = {
    "always": RuleWords("always", "altijd"),
    "category_reaches_band": RuleWords(
        "within the distance of its category", "als de afstand van de milieucategorie zo ver reikt"
    ),
    "risk_reaches_band": RuleWords("within its own risk radius", "als de eigen risicocontour zo ver reikt"),
    "noise_above_band": RuleWords("more noise than the budget", "als de activiteit meer geluid vraagt dan het budget"),
    "height_above_band": RuleWords("higher than permitted", "als hoger wordt gebouwd dan mag"),
    "is_noise_maker": RuleWords("large noise makers", "voor grote lawaaimakers"),
    "emits_nitrogen": RuleWords("emits nitrogen", "als de activiteit stikstof uitstoot"),
    "stores_hazardous": RuleWords("stores hazardous substances (Seveso)", "als er gevaarlijke stoffen liggen (Seveso)"),
    "claim_is_decided": RuleWords("decided claims", "als de claim besloten is"),
    "takes_power": RuleWords("takes power", "als de activiteit vermogen van het net vraagt"),
    "power_above_band": RuleWords("more power than is left", "als de activiteit meer vermogen vraagt dan er nog is"),
    "takes_water": RuleWords("takes process water", "als de activiteit industriewater vraagt"),
    "water_above_band": RuleWords(
        "more water than can be had", "als de activiteit meer industriewater vraagt dan nog te leveren is"
    ),
    "takes_hydrogen": RuleWords("takes hydrogen", "als de activiteit waterstof vraagt of levert"),
    "takes_carbon_dioxide": RuleWords("gives off carbon dioxide", "als de activiteit CO2 afvoert"),
    "takes_heat": RuleWords("takes heat", "als de activiteit warmte vraagt"),
    "takes_steam": RuleWords("takes steam", "als de activiteit stoom vraagt"),
    "needs_rail": RuleWords("needs a siding", "als de activiteit een spooraansluiting nodig heeft"),
    "road_beyond_band": RuleWords("farther than it accepts", "als de weg langer is dan de activiteit aanvaardt"),
}
SHAPES_IN_WORDS = {
    "area": RuleWords("features", "zoals getekend"),
    "buffer": RuleWords("{distance_m:g} m around features", "{distance_m:g} m eromheen"),
    "buffer by column": RuleWords(
        "{distance_m:g} m (or {distance_column}) around features",
        "{distance_m:g} m (of kolom `{distance_column}`) eromheen",
    ),
    "rings": RuleWords("rings of {metres} m around features", "ringen van {metres} m eromheen"),
    "outside": RuleWords("all land outside features", "alle grond erbuiten"),
    "outside with reach": RuleWords(
        "all land farther than {reach_m:g} m from features", "alle grond verder dan {reach_m:g} m ervandaan"
    ),
    "by_road": RuleWords(
        "plots far from a {terminal_kind} along features", "kavels te ver van een {terminal_in_dutch}, over de weg"
    ),
    "values": RuleWords("one zone per value of {column}", "een zone per waarde van `{column}`"),
    "values most": RuleWords(
        "one zone per value of {column}, the most where features overlap",
        "een zone per waarde van `{column}`; waar gebieden elkaar overlappen, de hoogste",
    ),
    "values differs": RuleWords(
        "where features overlap and differ, the least and the most value of {column}",
        "waar gebieden elkaar overlappen en verschillen: tussen de laagste en de hoogste waarde van `{column}`",
    ),
}


def shape_in_words(rule: ConstraintConfig) -> RuleWords:
    """Where a constraint applies; distances in metres."""
    drawn = dict(rule.geometry)
    kind: str = rule.geometry.kind
    if drawn.get("distance_column"):
        kind = "buffer by column"
    if drawn.get("reach_m"):
        kind = "outside with reach"
    if drawn.get("overlap", "each") != "each":
        kind = f"values {drawn['overlap']}"
    drawn["terminal_in_dutch"] = dutch_choice(drawn.get("terminal_kind", ""))
    drawn["metres"] = ", ".join(f"{metres:g}" for metres in drawn.get("bands", {}).values())
    words = SHAPES_IN_WORDS[kind]
    return RuleWords(words.english.format(**drawn), words.dutch.format(**drawn))
