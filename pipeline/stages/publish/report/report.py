"""One page of HTML that opens by a double click: the interactive map, and a page for the Netherlands and each cluster.

Everything stands inside the file: it asks nothing of any network, and says so to the browser
(Content-Security-Policy). It is made from the published sheets, so that it tells what the GeoPackage of the same
edition tells, and no more.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from layers.columns import ASPECTS
from layers.glossary import dutch_choice
from layers.sources import SOURCES
from layers.units import M2_PER_HA
from pipeline.land.unknown_land import UnknownLand, unknown_land, unknown_layers
from pipeline.project.project import Project
from pipeline.stages.publish.charts.canvas import Drawing, Subject, hectares, to_files
from pipeline.stages.publish.charts.charts import drawings
from pipeline.stages.publish.charts.drawn import DrawnCharts
from pipeline.stages.publish.file_names import MAP_CHART
from pipeline.stages.publish.report.web_map import web_map
from pipeline.stages.publish.tables.pieces import StageTables
from pipeline.stages.publish.tables.published import credit
from pipeline.stages.publish.tables.published_table import PublishedTable

PACKAGE_DATA = ("web",)  # what stands beside this module and is read by it; freshness counts it
WEB = Path(__file__).parent / PACKAGE_DATA[0]
CHARTS_SHOWN = {
    MAP_CHART: ("png", "Kaart met het oordeel per vlak"),
    "waterval": ("svg", "Waterval van bruto naar bruikbaar"),
    "aanbod": ("svg", "Vrije grond per jaar"),
    "hefbomen": ("svg", "Wat het meest vrijmaakt"),
}
CHARTS_OF_GROUPS = ("waterval", "aanbod")
MIME_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
# What is wrong with rows of registers, of one and of several, by the classes of conflict that say so.
REGISTER_FAULTS_IN_WORDS = {
    ("unknown_parcel", "contract_without_place"): (
        "regel vindt geen kavel of terrein op de kaart",
        "regels vinden geen kavel of terrein op de kaart",
    ),
    ("ends_before_begins", "end_implausible"): (
        "contract spreekt zichzelf tegen",
        "contracten spreken zichzelf tegen",
    ),
    ("key_read_otherwise",): (
        "sleutel is anders geschreven dan op de kaart, en zo gelezen",
        "sleutels zijn anders geschreven dan op de kaart, en zo gelezen",
    ),
}
MEANING = (
    "Bruikbaar is: vrij, met milieuruimte voor de genoemde activiteit, en groot en breed genoeg om op "
    "te bouwen. Het is een verkenning per "
    "kavel, geen vergunning. Getoetst zijn uitgifte en gebruik, de milieucategorie van het plan en de regels in de "
    "tabel Belemmeringen; stroom, water en ontsluiting alleen voor activiteiten die er eisen aan stellen; stikstof en "
    "andere regels van het omgevingsplan niet. Nu bebouwd is grond met zoveel gebouwen dat die, op "
    "papier vrij, niet als vrij zouden gelden (resolve.toml). Wat niet bekend is, telt nooit als vrij. Hectares van "
    "verschillende jaren en activiteiten tellen niet bij elkaar op."
)


def report(
    sheets: Mapping[str, PublishedTable],
    tables: StageTables,
    made_for: tuple[Project, str],
    subjects: Sequence[tuple[Subject, DrawnCharts]],
) -> bytes:
    """The report as UTF-8 HTML (ha), with a page for each subject.

    sheets: by derived layer. tables: those of the sum of all, with the rows of every cluster. made_for: the project and
    the edition. subjects: with the charts of each that were drawn before.
    """
    project, edition = made_for
    # A file that is opened from disk may load nothing beside it: all stands in the page.
    scripts = [_script("maplibre/maplibre-gl.js"), _script("map.js")]
    styles = [_read("maplibre/maplibre-gl.css"), _read("report.css")]
    # Texts come from files of users: all is escaped. A name that the template lacks is an error, not a blank.
    words = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    terms = sheets["terms"].rows
    layers = unknown_layers(project)
    unknown = unknown_land(project, tables, layers) if layers else None
    text = words.from_string(_read("report.html.j2")).render(
        title=project.card.title,
        date=f"{project.card.reference_date:%d-%m-%Y}",
        edition="Openbare editie." if edition == "public" else "Interne editie.",
        scenario=f" Scenario: {project.scenario.title}." if project.scenario is not None else "",
        disclaimer=project.publish.disclaimer,
        policy=_policy(scripts, styles),
        styles=[Markup(style) for style in styles],
        scripts=[Markup(script) for script in scripts],
        map_data=Markup(_json(web_map(sheets, tables, project))),
        pages=[
            _page(subject, sheets, (project, unknown), _figures(drawings(tables, subject, sheets), subject, earlier))
            for subject, earlier in subjects
        ],
        sources=_sources(sheets["source_overview"]),
        terms=list(zip(terms["term"], terms["definition"], strict=True)),
        credit=credit(project),
    )
    return text.encode()


def _page(
    subject: Subject,
    sheets: Mapping[str, PublishedTable],
    about: tuple[Project, pd.DataFrame | None],
    images: list[dict[str, str]],
) -> dict[str, Any]:
    """What the page of a subject shows; `about`: the project, and the pieces that layers leave unknown (None without
    such layers)."""
    project, unknown = about
    names = ("cluster_overview", "site_sizes", "holding_overview", "deviations")
    clusters, sizes, holdings, deviations = (subject.rows_of(sheets[name].rows) for name in names)
    # The sum of all has rows of its own.
    aspects = sheets["room_by_aspect"].rows.query("cluster_id == @subject.unit")
    plans = sheets["housing_room"].rows.query("cluster_id == @subject.unit")
    decant = sheets["decant_space"].rows.query("cluster_id == @subject.unit")
    shown = (
        _sizes(sizes, project),
        _decant_space(decant),
        _quality(holdings, deviations, project.years[0]),
        _aspects(aspects, project),
        _housing(plans),
    )
    title = project.profiles[project.publish.lead_profile].title
    members = ", ".join(project.clusters[name].title for name in subject.clusters)
    return {
        "key": f"cluster-{subject.unit}",
        "title": subject.title.split(" | ")[0],
        "about": (f"Samen: {members}. " if members else "")
        + f"{title}; zonder verlengingen is als niemand verlengt, met alle verlengingen als iedereen dat doet.",
        "numbers": _numbers(clusters, project),
        "not_supplied": " ".join(
            [*_not_supplied(sheets["layers_not_supplied"]), *left_unknown(subject, project, unknown)]
        ),
        "registers": " ".join(_registers(sheets["deviations"].rows, deviations)),
        "figures": images,
        "tables": [table for table in shown if table["rows"]],
        "meaning": MEANING,
    }


def _figures(charts: Mapping[str, Drawing], subject: Subject, earlier: DrawnCharts) -> list[dict[str, str]]:
    images = []
    # Of a sum of some clusters those that cost little: maps and levers are those of each cluster, and of all.
    shown = {name: CHARTS_SHOWN[name] for name in (CHARTS_OF_GROUPS if subject.clusters else CHARTS_SHOWN)}
    for name, (kind, alt) in shown.items():
        for content in to_files({name: charts[name]}, subject, (kind,), earlier).values():
            encoded = base64.b64encode(content).decode()
            images.append({"kind": MIME_TYPES[kind], "content": encoded, "alt": f"{alt}: {subject.title}"})
    return images


def _numbers(clusters: pd.DataFrame, project: Project) -> list[dict[str, str]]:
    """Gross, and per year what is usable on its day if nobody extends, how much of that is in use and built on today,
    and what is free, and usable when all extend."""

    def ha(rows: pd.DataFrame, name: str) -> str:
        """The sum of a column, in ha; not known where part of it is not."""
        total = float(rows[name].sum(skipna=False))
        return "niet bekend" if np.isnan(total) else f"{hectares(total)} ha"

    numbers = [{"title": "Bruto", "value": ha(clusters, "area_m2"), "remark": "binnen de grens"}]
    for year in project.years:
        used, built = ha(clusters, f"usable_in_use_{year}_m2"), ha(clusters, f"usable_built_{year}_m2")
        free, late = ha(clusters, f"free_{year}_m2"), ha(clusters, f"usable_latest_{year}_m2")
        remark = (
            f"als niemand verlengt; daarvan nu in gebruik {used}, nu bebouwd {built}. Vrij {free}. "
            f"Bruikbaar als iedereen verlengt {late}"
        )
        title = f"Bruikbaar op {project.day(year):%d-%m-%Y}"
        numbers.append({"title": title, "value": ha(clusters, f"usable_{year}_m2"), "remark": remark})
    return numbers


def _sizes(sites: pd.DataFrame, project: Project) -> dict[str, Any]:
    """Sites of at least a size, per year."""
    lead = project.profiles[project.publish.lead_profile]
    sites = sites.query(f"profile == {lead.title!r} and case == {dutch_choice('earliest')!r}")
    sites = sites[sites["at_least_ha"] >= lead.least_area_ha]  # smaller is no site
    wide = sites.pivot_table(index="at_least_ha", columns="year", values="site_count", aggfunc="sum")
    rows = [
        (f"{hectares(float(least), 0)} ha of meer", *(str(int(count)) for count in row))
        for least, row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return {
        "title": "Locaties naar grootte (zonder verlengingen)",
        "heads": ["", *map(str, wide.columns)],
        "rows": rows,
    }


def _decant_space(decant: pd.DataFrame) -> dict[str, Any]:
    """Free land that users could move to, and what could come back through it of each scarce quality, per year if
    nobody extends; ha, with what is not known behind it."""
    lines = {
        "Schuifruimte": ("decant_m2", "decant_unknown_m2"),
        "Kade kan terugkomen": ("quay_returns_m2", "quay_unknown_m2"),
        "Zware categorie kan terugkomen": ("heavy_returns_m2", "heavy_unknown_m2"),
        "Seveso kan terugkomen": ("seveso_returns_m2", "seveso_unknown_m2"),
    }
    early = decant[decant["case"] == dutch_choice("earliest")].sort_values("year")

    def cell(sure: float, unknown: float) -> str:
        return hectares(sure) + (f" ({hectares(unknown)} niet bekend)" if unknown > 0 else "")

    rows = [
        (name, *(cell(*pair) for pair in zip(early[sure], early[unknown], strict=True)))
        for name, (sure, unknown) in lines.items()
        if len(early)
    ]
    title = (
        "Schuifruimte (ha, zonder verlengingen): vrije grond voor wie een kade of zware categorie niet nodig heeft; "
        "ten hoogste"
    )
    return {"title": title, "heads": ["", *map(str, early["year"])], "rows": rows}


def _aspects(aspects: pd.DataFrame, project: Project) -> dict[str, Any]:
    """What each aspect by itself leaves of the land on plots in the year of the map, and what it rests on; ha."""
    lead, year = project.profiles[project.publish.lead_profile].title, project.years[:2][-1]
    now = aspects.query(f"profile == {lead!r} and year == {year} and case == {dutch_choice('earliest')!r}")
    columns = {
        "open_m2": "Ruimte",
        "conditional_m2": "Voorwaarden",
        "blocked_m2": "Geen ruimte",
        "unknown_m2": "Niet bekend",
        "free_open_m2": "Vrij, ruimte",
    }
    # Where its rules ask nothing of the activity there is no room to tell of.
    now = now[(now["rule_count"] > 0) | (now["unknown_m2"] > 0)]
    place = {dutch_choice(name): position for position, name in enumerate(ASPECTS)}
    rows = [
        (row["aspect"].capitalize() + _not_judged(row), *(hectares(row[name]) for name in columns))
        for row in sorted(now.to_dict("records"), key=lambda row: place[row["aspect"]])
    ]
    title = f"Ruimte per aspect op {project.day(year):%d-%m-%Y} (ha op kavels; vrij: zonder verlengingen)"
    title += "; * niet alle lagen geleverd" if any(row[0].endswith("*") for row in rows) else ""
    return {"title": title, "heads": ["", *columns.values()], "rows": rows}


def _housing(plans: pd.DataFrame) -> dict[str, Any]:
    """What contours leave of each housing plan in the first asked year in which it counts, ha, and its dwellings where
    they come in the way."""
    columns = {
        "blocked_m2": "Niet toegestaan",
        "conditional_m2": "Voorwaarden",
        "unknown_m2": "Niet bekend",
        "open_m2": "Ruimte",
        "outside_m2": "Buiten gebied",
    }
    of_dwellings = ("blocked_dwellings", "dwellings")
    rows = [
        (
            str(row["plan_name"] if pd.notna(row["plan_name"]) else row["plan_id"]),
            str(row["year"]),
            *(hectares(row[name]) for name in columns),
            " van ".join("?" if pd.isna(row[name]) else hectares(row[name], 0) for name in of_dwellings),
        )
        for row in plans.sort_values(["plan_id", "year"]).drop_duplicates("plan_id").to_dict("records")
    ]
    title = (
        "Woningbouwplannen rond het cluster onder alle contouren (ha; buiten gebied: daar zijn contouren niet gegeven)"
    )
    heads = ["", "Jaar", *columns.values(), "Woningen niet toegestaan"]
    return {"title": title, "heads": heads, "rows": rows}


def _not_judged(row: Mapping[str, Any]) -> str:
    """What of an aspect was not looked at: a sign where source layers were not supplied, or that no rule decides."""
    if pd.notna(row["as_none"]) or pd.notna(row["as_unknown"]):
        return " *"
    return " (geen regel)" if row["rule_count"] == 0 else ""


def _quality(holdings: pd.DataFrame, deviations: pd.DataFrame, year: int) -> dict[str, Any]:
    """How far the figures can be trusted: what is not known, and what disagrees."""
    unknown = holdings[holdings[f"holding_{year}"] == dutch_choice("unknown")]
    rows = [(f"Niet bekend wie het heeft in {year}", f"{hectares(float(unknown['area_m2'].sum()))} ha")]
    kinds = deviations["kind"].value_counts()
    rows += [(f"Afwijkingen: {kind}", str(count)) for kind, count in sorted(kinds.items())]
    return {"title": "Kwaliteit van de gegevens", "heads": ["", ""], "rows": rows}


def _not_supplied(sheet: PublishedTable) -> list[str]:
    """Sentences on the source layers that the results do without and that could change hectares; none for none."""
    rows = sheet.rows[sheet.rows["decides"].astype(bool)]
    if rows.empty:
        return []
    by_treatment = rows.groupby("treated_as", sort=True)["layer"].agg(", ".join)
    counted = [f"Geteld {treatment}: {names}." for treatment, names in by_treatment.items()]
    return [
        "Niet meegenomen zijn bronlagen die hectares kunnen veranderen.",
        *counted,
        "Wat elk kan veranderen staat in de tabel Niet meegenomen.",
    ]


def left_unknown(subject: Subject, project: Project, land: pd.DataFrame | None) -> list[str]:
    """A sentence on how much land each layer that is not known leaves unknown, the most first; none for none."""
    if land is None:
        return []
    unknown = UnknownLand.from_pieces(subject.rows_of(land), unknown_layers(project))
    if not unknown.by_layer:
        return []
    activity, year = project.profiles[project.publish.lead_profile].title, project.years[0]
    listed = ", ".join(
        f"{SOURCES[name].title} ({hectares(m2 / M2_PER_HA)} ha)" for name, m2 in unknown.by_layer.items()
    )
    if not unknown.is_any_usable:
        return [f"Niets kan bruikbaar worden voor '{activity}' voordat deze er zijn: {listed}."]
    total = hectares(unknown.total_m2 / M2_PER_HA)
    return [
        f"Hierdoor is voor '{activity}' in {year} van ten hoogste {total} ha niet bekend of die bruikbaar is: {listed}."
    ]


def _registers(deviations: pd.DataFrame, of_page: pd.DataFrame) -> list[str]:
    """Sentences on rows of registers that find nothing or contradict themselves, of all clusters together, and on the
    land of this page that is not known for it; none for none."""
    counts = deviations["reason"].value_counts()
    sentences = [
        f"{number} {words[number != 1]}."
        for classes, words in REGISTER_FAULTS_IN_WORDS.items()
        if (number := int(counts.reindex([dutch_choice(name) for name in classes]).sum()))
    ]
    doubts = of_page[(of_page["reason"] == dutch_choice("land_in_doubt")) & (of_page["area_m2"] > 0)]
    if len(doubts):
        whole = hectares(float(doubts["area_m2"].sum()))
        plots = f"{len(doubts)} {'kavel' if len(doubts) == 1 else 'kavels'}"
        sentences.append(f"Hier telt {whole} ha op {plots} nu als niet bekend om wat registers ervan zeggen.")
    return ["In de registers:", *sentences] if sentences else []


def _sources(sheet: PublishedTable) -> dict[str, Any]:
    names = ["layer", "dated", "licence", "rows_in", "rows_refused"]
    rows = sheet.rows[names].astype(object).itertuples(index=False, name=None)
    return {"heads": [sheet.columns[name].title for name in names], "rows": [list(map(_plain, row)) for row in rows]}


def _plain(value: Any) -> str:
    if pd.isna(value) or value == 0:
        return "–"
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return "-".join(reversed(value.split("-")))
    if hasattr(value, "strftime"):
        return f"{value:%d-%m-%Y}"
    return str(int(value) if isinstance(value, float) else value)


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
        """The texts as a policy names them: by their hashes."""
        return " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts
        )

    return (
        f"default-src 'none'; script-src {known(scripts)}; style-src {known(styles)}; img-src data: blob:; "
        "worker-src blob:; "
        "connect-src 'none'; font-src 'none'; base-uri 'none'; form-action 'none'"
    )
