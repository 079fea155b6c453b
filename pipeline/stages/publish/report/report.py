"""Rapport: one page of HTML that opens by a double click: the interactive map, and a page for the Netherlands and each
cluster.

Everything stands inside the file: it asks nothing of any network, and says so to the browser
(Content-Security-Policy). It is made from the published sheets, so that it tells what the GeoPackage of the same
edition tells, and no more.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from layers.glossary import dutch_choice
from pipeline.project.project import Project
from pipeline.stages.publish.charts.canvas import Subject, hectares, to_files
from pipeline.stages.publish.charts.charts import MAP, drawings, map_drawing
from pipeline.stages.publish.report.web_map import WebMapParams, web_map
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.stages.publish.text.reasons import in_words

REPORT = "report.html"
PACKAGE_DATA = ("web",)  # what stands beside this module and is read by it; freshness counts it
WEB = Path(__file__).parent / PACKAGE_DATA[0]
CHARTS_SHOWN = {
    MAP: ("png", "Kaart met het oordeel per vlak"),
    "waterval": ("svg", "Waterval van bruto naar bruikbaar"),
    "aanbod": ("svg", "Vrije grond per jaar"),
    "hefbomen": ("svg", "Wat het meest vrijmaakt"),
}
MIME_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
MEANING = (
    "Bruikbaar is: vrij, met milieuruimte voor de genoemde activiteit, en groot en breed genoeg om op "
    "te bouwen. Het is een verkenning per "
    "kavel, geen vergunning. Getoetst zijn bezit, de milieucategorie van het plan en de regels in de "
    "tabel Belemmeringen; stikstof, stroom en "
    "andere regels van het omgevingsplan niet. Wat niet bekend is, telt nooit als vrij. Hectares van "
    "verschillende jaren en activiteiten tellen niet bij elkaar op."
)


@dataclass(frozen=True)
class ReportContext:
    """Whom the report is for: the project, the edition, and the heading of each page by unit (the
    Netherlands first).
    """

    project: Project
    edition: str
    subjects: Mapping[str, Subject]


def report(sheets: Sequence[PublishedTable], tables: Mapping[str, pd.DataFrame], context: ReportContext) -> bytes:
    """The report as UTF-8 HTML; `tables` are those of the sum of all, with the rows of every cluster."""
    project = context.project
    known = {sheet.derived: sheet for sheet in sheets}
    lead = project.publish.lead_profile
    titles = {name: card.title for name, card in project.profiles.items()}
    carried = web_map(
        known,
        (tables["assessments"], _rooms_with_texts(tables)),
        project.publish.palette,
        WebMapParams(project.years, titles, lead),
    )
    scripts = [_script("maplibre/maplibre-gl.js"), _script("map.js")]
    styles = [_read("maplibre/maplibre-gl.css"), _read("report.css")]
    words = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    text = words.from_string(_read("report.html.j2")).render(
        title=project.card.title,
        date=f"{project.card.reference_date:%d-%m-%Y}",
        edition="Openbare editie." if context.edition == "public" else "Interne editie.",
        scenario=f" Scenario: {project.scenario.title}." if project.scenario is not None else "",
        disclaimer=project.publish.disclaimer,
        policy=_policy(scripts, styles),
        styles=[Markup(style) for style in styles],
        scripts=[Markup(script) for script in scripts],
        map_data=Markup(_json(carried)),
        pages=[_page(unit, known, tables, context) for unit in context.subjects],
        sources=_sources(known["source_overview"]),
        terms=list(zip(*(known["terms"].series(name) for name in ("term", "definition")), strict=True)),
        credit=known["source_overview"].rights[-1] if known["source_overview"].rights else "",
    )
    return text.encode()


def _rooms_with_texts(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rooms with what makes them so, as a planner calls it."""
    zones = tables["zones"].drop_duplicates("zone_id").set_index("zone_id")["zone_title"].to_dict()
    rooms = tables["rooms"]
    words = {reasons: in_words(reasons, zones) for reasons in rooms["reasons"].dropna().unique()}
    return rooms.assign(narrative=rooms["reasons"].map(words))


def _page(
    unit: str, known: Mapping[str, PublishedTable], tables: Mapping[str, pd.DataFrame], context: ReportContext
) -> dict[str, Any]:
    project, subject = context.project, context.subjects[unit]
    lead = project.publish.lead_profile
    title = project.profiles[lead].title
    return {
        "key": f"cluster-{unit}",
        "title": subject.title.split(" | ")[0],
        "about": f"{title}; vroegst is als niemand verlengt, laatst als iedereen dat doet.",
        "numbers": _numbers(unit, known["cluster_overview"], project),
        "figures": _figures(unit, known, tables, context),
        "tables": [table for table in (_sizes(unit, known, project), _quality(unit, known, project)) if table["rows"]],
        "meaning": MEANING,
    }


def _figures(
    unit: str, known: Mapping[str, PublishedTable], tables: Mapping[str, pd.DataFrame], context: ReportContext
) -> list[dict[str, str]]:
    project, subject = context.project, context.subjects[unit]
    clusters = [unit] if unit in project.clusters else list(project.clusters)
    charts = drawings(tables, subject)
    charts[MAP] = map_drawing((known["piece_overview"], known["cluster_overview"]), clusters, subject)
    images = []
    for name, (kind, alt) in CHARTS_SHOWN.items():
        for content in to_files({name: charts[name]}, subject, (kind,)).values():
            encoded = base64.b64encode(content).decode()
            images.append({"kind": MIME_TYPES[kind], "content": encoded, "alt": f"{alt}: {subject.title}"})
    return images


def _numbers(unit: str, sheet: PublishedTable, project: Project) -> list[dict[str, str]]:
    """Gross, and per year what is usable, with what is free and what is left when all extend."""
    whole = (sheet.series("cluster_id") == unit).to_numpy() | (unit not in project.clusters)

    def ha(name: str) -> str:
        return f"{hectares(float(sheet.series(name)[whole].sum()))} ha"

    numbers = [{"title": "Bruto", "value": ha("area_m2"), "beside": "binnen de grens"}]
    for year in project.years:
        late = ha(f"usable_latest_{year}_m2")
        remark = f"vrij {ha(f'free_{year}_m2')}; bruikbaar als iedereen verlengt {late}"
        numbers.append({"title": f"Bruikbaar in {year}", "value": ha(f"usable_{year}_m2"), "beside": remark})
    return numbers


def _sizes(unit: str, known: Mapping[str, PublishedTable], project: Project) -> dict[str, Any]:
    """Sites of at least a size, per year."""
    sheet = known["site_sizes"]
    title = project.profiles[project.publish.lead_profile].title
    sites = pd.DataFrame(
        {name: sheet.series(name) for name in ("cluster_id", "profile", "year", "case", "at_least_ha", "site_count")}
    )
    sites = sites[(sites["profile"] == title) & (sites["case"] == dutch_choice("earliest"))]
    sites = sites[(sites["cluster_id"] == unit) | (unit not in project.clusters)]
    sites = sites[
        sites["at_least_ha"] >= project.profiles[project.publish.lead_profile].least_area_ha
    ]  # smaller is no site
    wide = sites.pivot_table(index="at_least_ha", columns="year", values="site_count", aggfunc="sum")
    rows = [
        (f"{hectares(float(least), 0)} ha of meer", *(str(int(count)) for count in row))
        for least, row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return {"title": "Locaties naar grootte (vroegst)", "heads": ["", *map(str, wide.columns)], "rows": rows}


def _quality(unit: str, known: Mapping[str, PublishedTable], project: Project) -> dict[str, Any]:
    """How far the figures can be trusted: what is not known, and what disagrees."""
    holdings, deviations = known["holding_overview"], known["deviations"]
    whole = (holdings.series("cluster_id") == unit).to_numpy() | (unit not in project.clusters)
    first = project.years[0]
    unknown = (holdings.series(f"holding_{first}") == dutch_choice("unknown")).to_numpy() & whole
    rows = [
        (f"Niet bekend wie het heeft in {first}", f"{hectares(float(holdings.series('area_m2')[unknown].sum()))} ha")
    ]

    kinds = deviations.series("kind")[
        ((deviations.series("cluster_id") == unit) | (unit not in project.clusters)).to_numpy()
    ]
    rows += [(f"Afwijkingen: {kind}", str(count)) for kind, count in sorted(kinds.value_counts().items())]
    return {"title": "Kwaliteit van de gegevens", "heads": ["", ""], "rows": rows}


def _sources(sheet: PublishedTable) -> dict[str, Any]:
    names = ("layer", "dated", "licence", "rows_in", "rows_refused")
    heads = [field.title for name in names for field in sheet.fields if field.name == sheet.name_of(name)]
    columns = [sheet.series(name) for name in names]
    rows = [[_plain(value) for value in row] for row in zip(*columns, strict=True)]
    return {"heads": heads, "rows": rows}


def _plain(value: Any) -> str:
    if pd.isna(value) or value == 0:
        return "–"
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return "-".join(reversed(value.split("-")))
    return (
        f"{value:%d-%m-%Y}"
        if hasattr(value, "strftime")
        else str(int(value))
        if isinstance(value, float)
        else str(value)
    )


def _read(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def _script(name: str) -> str:
    """A script as it stands in the page: it may not end it, nor ask for a map of its source."""
    text = re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", _read(name))
    if re.search(r"</script|<!--", text, re.IGNORECASE):
        raise ValueError(f"{name} would end the page that it stands in")
    return text


def _json(content: Any) -> str:
    """JSON that is safe between script tags, whatever the data say."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """What the browser may run: these scripts and styles and nothing else, and no request to anywhere."""

    def known(texts: Sequence[str]) -> str:
        return " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts
        )

    return (
        f"default-src 'none'; script-src {known(scripts)}; style-src {known(styles)}; img-src data: blob:; "
        "worker-src blob:; "
        "connect-src 'none'; font-src 'none'; base-uri 'none'; form-action 'none'"
    )
