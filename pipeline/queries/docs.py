"""Documenten: the data dictionary from the contracts, and a page per rule from the cards; Markdown, in Dutch."""

from __future__ import annotations

from pathlib import Path

from layers.derived import DERIVED
from layers.glossary import dutch_choice
from layers.layer import Column
from pipeline.project.load import Project
from pipeline.project.publish import PublishedLayerConfig
from pipeline.project.rules import BufferConfig, ConstraintConfig, OutsideConfig, RingsConfig, ValuesConfig
from pipeline.stages.publish.text.translate import published_name, published_title

WHEN = {
    "always": "altijd",
    "category_reaches_band": "als de afstand van de milieucategorie zo ver reikt",
    "risk_reaches_band": "als de eigen risicocontour zo ver reikt",
    "noise_above_band": "als de activiteit meer geluid vraagt dan het budget",
    "height_above_band": "als hoger wordt gebouwd dan mag",
    "is_noise_maker": "voor grote lawaaimakers",
    "emits_nitrogen": "als de activiteit stikstof uitstoot",
    "stores_hazardous": "als er gevaarlijke stoffen liggen (Seveso)",
}
STANDING = {"law": "wet", "guideline": "richtlijn", "policy": "beleid", "signal": "signaal"}
CERTAINTY = {"C": "zeker", "L": "waarschijnlijk", "U": "onzeker"}
GENERATED = "<!-- Gemaakt uit de contracten en kaartjes met `make docs`; wijzig het daar. -->\n"


def pages(project: Project) -> dict[str, str]:
    """Every page by its path below docs/."""
    made = {"gegevenswoordenboek.md": dictionary(project), "regels/README.md": _contents(project)}
    return made | {f"regels/{rule.name}.md": rule_page(rule, project) for rule in project.constrain.constraint}


def write_pages(project: Project, folder: Path) -> int:
    """Write every page below a folder, and take away pages of rules that are no more; gives how many were written."""
    made = pages(project)
    for name, text in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for page in (folder / "regels").glob("*.md"):
        if f"regels/{page.name}" not in made:
            page.unlink()
    return len(made)


def dictionary(project: Project) -> str:
    """Every published layer and table with its columns: Dutch name and title, unit, what may stand in it, and what it means."""
    lines = [
        "# Gegevenswoordenboek",
        "",
        GENERATED,
        "Elke laag en tabel van de GeoPackages, met de kolommen zoals zij erin staan. `JAAR` staat voor elk gevraagd jaar.",
        "Vertrouwelijke kolommen en interne tabellen ontbreken in de openbare editie. De betekenis is die van het contract in de",
        "code, in het Engels; de Nederlandse titel staat ook in QGIS.",
        "",
    ]
    for card in project.publish.published:
        lines += _layer(card)
    return "\n".join(lines).rstrip() + "\n"


def _layer(card: PublishedLayerConfig) -> list[str]:
    layer = DERIVED[card.layer]
    about = ", ".join(part for part in ("kaartlaag" if layer.shape else "tabel", "alleen intern" if card.is_internal else "") if part)  # fmt: skip
    lines = [f"## {card.title} (`{card.name}`)", "", f"{card.description} ({about})", ""]
    lines += ["| kolom | titel | inhoud | betekenis |", "|---|---|---|---|"]
    lines += [_column(name, column) for name, column in layer.columns.items()]
    return [*lines, ""]


def _column(name: str, column: Column) -> str:
    told = published_name(name.replace("{year}", "1234"), column).replace("1234", "JAAR")
    what = {"str": "tekst", "int": "geheel getal", "float": "getal", "bool": "ja of nee", "date": "datum"}[column.kind]
    if column.choices:
        what = "een van: " + ", ".join(dutch_choice(value) for value in column.choices)
    marks = [what, "mag leeg zijn" if column.optional else "", "**vertrouwelijk**" if column.confidential else ""]
    title = published_title(column).replace("{year}", "JAAR")
    return (
        f"| `{told}` | {_cell(title)} | {_cell('; '.join(mark for mark in marks if mark))} | {_cell(column.meaning)} |"
    )


def _contents(project: Project) -> str:
    lines = [
        "# Regels",
        "",
        GENERATED,
        "Welke beperking waar geldt, waarop zij rust en wat zij doet. Een pagina per regel.",
        "",
    ]
    lines += ["| regel | thema | status | zekerheid |", "|---|---|---|---|"]
    lines += [
        f"| [{_cell(rule.title)}]({rule.name}.md) | {dutch_choice(rule.theme)} | {STANDING[rule.standing]} | {CERTAINTY[rule.certainty]} |"
        for rule in project.constrain.constraint
    ]
    return "\n".join(lines) + "\n"


def rule_page(rule: ConstraintConfig, project: Project) -> str:
    """One rule: where it applies, on what it stands, and what it does to each kind of object."""
    years = " ".join(part for part in (f"vanaf {_year(rule.from_year)}" if rule.from_year else "", f"tot en met {_year(rule.to_year)}" if rule.to_year else "") if part)  # fmt: skip
    facts = {
        "Thema": dutch_choice(rule.theme),
        "Werkt": "van de omgeving op de kavel" if rule.direction == "onto" else "van de kavel op de omgeving",
        "Getekend naar": f"laag `{rule.layer}`{f' waar `{rule.where}`' if rule.where else ''}: {_shape(rule)}",
        "Geldt": years or "altijd",
        "Status": STANDING[rule.standing],
        "Grondslag": rule.law(),
        "Vindplaats": rule.source,
        "Zekerheid": f"{CERTAINTY[rule.certainty]} ({rule.certainty})",
    }
    lines = [f"# {rule.title}", "", GENERATED, "| | |", "|---|---|"]
    lines += [f"| {name} | {_cell(str(told))} |" for name, told in facts.items()]
    lines += ["", "## Wat zij doet", "", "| wat er staat of komt | wanneer | gevolg | omdat |", "|---|---|---|---|"]
    effects = [effect for effect in project.effects if effect.constraint == rule.name]
    lines += [
        f"| {dutch_choice(effect.object_kind)} | {WHEN[effect.condition]} | {dutch_choice(effect.effect)} | {_cell(effect.basis)} |"
        for effect in effects
    ]
    own = ["", "Een contour van een terrein bindt dat terrein zelf niet, en anderen onder dezelfde vergunning evenmin."] if rule.own_site else []  # fmt: skip
    return "\n".join([*lines, *own]) + "\n"


def _shape(rule: ConstraintConfig) -> str:
    how = rule.geometry
    if isinstance(how, RingsConfig):
        return f"ringen van {', '.join(f'{metres:g}' for metres in how.bands.values())} m eromheen"
    if isinstance(how, BufferConfig):
        own = f" (of kolom `{how.distance_column}`)" if how.distance_column else ""
        return f"{how.distance_m:g} m{own} eromheen"
    if isinstance(how, ValuesConfig):
        return f"een zone per waarde van `{how.column}`"
    return "alle grond erbuiten" if isinstance(how, OutsideConfig) else "zoals getekend"


def _year(told: str | int) -> str:
    return str(told) if isinstance(told, int) else f"het jaar in `{told}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
