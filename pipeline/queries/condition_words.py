"""When an effect of a constraint counts, in words: one table for the written rules (English) and the pages (Dutch)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConditionWords:
    """A condition of effects.csv in both languages."""

    english: str
    dutch: str


CONDITION_WORDS = {
    "always": ConditionWords("always", "altijd"),
    "category_reaches_band": ConditionWords(
        "within the distance of its category", "als de afstand van de milieucategorie zo ver reikt"
    ),
    "risk_reaches_band": ConditionWords("within its own risk radius", "als de eigen risicocontour zo ver reikt"),
    "noise_above_band": ConditionWords(
        "more noise than the budget", "als de activiteit meer geluid vraagt dan het budget"
    ),
    "height_above_band": ConditionWords("higher than permitted", "als hoger wordt gebouwd dan mag"),
    "is_noise_maker": ConditionWords("large noise makers", "voor grote lawaaimakers"),
    "emits_nitrogen": ConditionWords("emits nitrogen", "als de activiteit stikstof uitstoot"),
    "stores_hazardous": ConditionWords(
        "stores hazardous substances (Seveso)", "als er gevaarlijke stoffen liggen (Seveso)"
    ),
}
