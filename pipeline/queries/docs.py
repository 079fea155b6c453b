"""Pages of documentation in Dutch, as Markdown: the data dictionary of the layers, and a page per rule."""

from pathlib import Path
from typing import Any

from layers.derived import DERIVED
from layers.errors import ConfigRefusal
from layers.glossary import dutch_choice
from pipeline.project.project import Project
from pipeline.project.publish import PublishedLayerConfig
from pipeline.project.rules import ConstraintConfig
from pipeline.queries.card_reference import cards_page, schemas
from pipeline.queries.describe import dictionary as layer_entries
from pipeline.queries.rule_words import CONDITIONS_IN_WORDS, shape_in_words
from pipeline.stages.publish.text.translate import published_title

KIND_IN_DUTCH = {"str": "tekst", "int": "geheel getal", "float": "getal", "bool": "ja of nee", "date": "datum"}
OWN_SITE = "Een contour van een terrein bindt dat terrein zelf niet, en anderen onder dezelfde vergunning evenmin."
GENERATED = "<!-- Gemaakt uit de contracten en kaartjes met `make docs`; wijzig het daar. -->\n"


def pages(project: Project) -> dict[str, str]:
    """Return the text of every page by its path below docs/, and the JSON Schema of every card."""
    general = {"gegevenswoordenboek.md": dictionary(project), "regels/README.md": _contents(project)}
    folders = (project.rules_folder, project.folder)
    general |= {"cards.md": cards_page(folders, GENERATED)}
    general |= {f"schema/{name}": text for name, text in schemas(folders).items()}
    return general | {f"regels/{rule.name}.md": rule_page(rule, project) for rule in project.constrain.constraint}


def write_pages(project: Project, folder: Path) -> int:
    """Write every page below a folder, remove pages of rules that no longer exist, and return how many were written.
    Refuses to write over a page that was written by hand."""
    written = pages(project)
    by_hand = [name for name in written if (folder / name).exists() and not _is_generated(folder / name)]
    if by_hand:
        raise ConfigRefusal(
            f"folder '{folder}'",
            actual=f"pages that were written by hand: {by_hand}",
            expected="a folder for our pages",
        )
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # One kind of line end, so that git sees no change on another system.
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    # A page of a constraint that was taken away would still be read as a rule.
    for page in (folder / "regels").glob("*.md"):
        if f"regels/{page.name}" not in written and _is_generated(page):
            page.unlink()
    return len(written)


def _is_generated(page: Path) -> bool:
    return page.suffix == ".json" or GENERATED.strip().encode() in page.read_bytes()


def dictionary(project: Project) -> str:
    """Return the page of all published tables with their columns: Dutch name and title, unit, values, meaning."""
    lines = [
        "# Gegevenswoordenboek",
        "",
        GENERATED,
        "Elke laag en tabel van de GeoPackages, met de kolommen zoals zij erin staan. "
        "`JAAR` staat voor elk gevraagd jaar.",
        "Vertrouwelijke kolommen en interne tabellen ontbreken in de openbare editie. "
        "De betekenis is die van het contract in de",
        "code, in het Engels; de Nederlandse titel staat ook in QGIS.",
        "",
    ]
    for card in project.publish.published:
        lines += _layer(card)
    return "\n".join(lines).rstrip() + "\n"


def _layer(card: PublishedLayerConfig) -> list[str]:
    layer = DERIVED[card.layer]
    about = ("kaartlaag" if layer.shape else "tabel") + (", alleen intern" if card.is_internal else "")
    lines = [f"## {card.title} (`{card.name}`)", "", f"{card.description} ({about})", ""]
    lines += ["| kolom | titel | inhoud | betekenis |", "|---|---|---|---|"]
    lines += [
        _column(entry, published_title(layer.columns[entry["name"]]))
        for entry in layer_entries(layer.name)[0]["columns"]
    ]
    return [*lines, ""]


def _column(entry: dict[str, Any], title: str) -> str:
    content = KIND_IN_DUTCH[entry["type"]]
    if entry["choices"]:
        content = "een van: " + ", ".join(dutch_choice(value) for value in entry["choices"])
    marks = [
        content,
        "mag leeg zijn" if entry["optional"] else "",
        "**vertrouwelijk**" if entry["confidential"] else "",
    ]
    name, title = (text.replace("{year}", "JAAR") for text in (entry["published"], title))
    cells = (_cell(title), _cell("; ".join(filter(None, marks))), _cell(entry["meaning"]))
    return f"| `{name}` | {' | '.join(cells)} |"


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
        f"| [{_cell(rule.title)}]({rule.name}.md) | {dutch_choice(rule.theme)} | "
        f"{dutch_choice(rule.standing)} | {dutch_choice(rule.certainty)} |"
        for rule in project.constrain.constraint
    ]
    return "\n".join(lines) + "\n"


def rule_page(rule: ConstraintConfig, project: Project) -> str:
    """Return the page of a rule: where it applies (in metres), its basis, and its effect per kind of object."""
    begins = f"vanaf {_year(rule.from_year)}" if rule.from_year else ""
    if rule.geometry.kind == "outside" and isinstance(rule.from_year, str):
        begins = f"buiten een gebied tot en met {_year(rule.from_year)} daarvan"
    if getattr(rule.geometry, "overlap", "") == "most" and isinstance(rule.from_year, str):
        begins = f"na {_year(rule.from_year)}"
    ends = f"tot en met {_year(rule.to_year)}" if rule.to_year else ""
    ends = f"tot en met {_year(rule.until_year)}" if rule.until_year else ends
    where = f" waar `{rule.where}`" if rule.where else ""
    facts = {
        "Thema": dutch_choice(rule.theme),
        "Werkt": "van de omgeving op de kavel" if rule.direction == "onto" else "van de kavel op de omgeving",
        "Getekend naar": f"laag `{rule.layer}`{where}: {shape_in_words(rule).dutch}",
        "Geldt": f"{begins} {ends}".strip() or "altijd",
        "Status": dutch_choice(rule.standing),
        "Grondslag": rule.law(),
        "Vindplaats": rule.source,
        "Zekerheid": f"{dutch_choice(rule.certainty)} ({rule.certainty})",
    }
    lines = [f"# {rule.title}", "", GENERATED, "| | |", "|---|---|"]
    lines += [f"| {name} | {_cell(str(fact))} |" for name, fact in facts.items()]
    lines += ["", "## Wat zij doet", "", "| wat er staat of komt | wanneer | gevolg | omdat |", "|---|---|---|---|"]
    effects = [effect for effect in project.effects if effect.constraint == rule.name]
    lines += [
        f"| {dutch_choice(effect.object_kind)} | {CONDITIONS_IN_WORDS[effect.condition].dutch} | "
        f"{dutch_choice(effect.effect)} | {_cell(effect.basis)} |"
        for effect in effects
    ]
    lines += ["", OWN_SITE] if rule.own_site else []
    return "\n".join(lines) + "\n"


def _year(year: str | int) -> str:
    return str(year) if isinstance(year, int) else f"het jaar in `{year}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
