"""Write what a planner opens, in Dutch.

reads   all derived layers
writes  <cluster>.gpkg, nederland.gpkg, figures.csv, figures/, report.html
keeps   the same figures; nothing confidential in the public edition
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.project.project import Project
from pipeline.stages.publish.charts.canvas import Subject, to_files
from pipeline.stages.publish.charts.charts import MAP, drawings, every_name, map_drawing
from pipeline.stages.publish.files.formats import take_away
from pipeline.stages.publish.files.geopackage import write
from pipeline.stages.publish.qgis.map_model import MapParams, map_model
from pipeline.stages.publish.qgis.project import qgs
from pipeline.stages.publish.report.report import REPORT, ReportContext, report
from pipeline.stages.publish.tables.confidential import confidential_values, prove_public
from pipeline.stages.publish.tables.figures_csv import figures
from pipeline.stages.publish.tables.published import credit, overviews, sheets, titles
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.storage.store import replace

Tables = dict[str, Any]


def run(config: Project, unit: str, tables: Tables, *, edition: str, outputs: Path) -> Tables:
    """Write the GeoPackage and figures of one cluster, or of all; for all also figures.csv (m2) and the report.

    Returns the names of the files written, relative to the folder of results.
    """
    published = published_tables(config, unit, tables, edition)
    images = _images(config, unit, tables, published)
    for name, content in images.items():
        replace(outputs / "figures" / name, content)
    for name in set(every_name(unit)) - set(images):  # of an earlier run, when there was something to draw
        (outputs / "figures" / name).unlink(missing_ok=True)
    take_away(outputs, unit)
    target = outputs / f"{unit}.gpkg"
    layers = map_model(config.publish, published, _map_params(config, unit))
    project = qgs(layers, target.name) if layers is not None else None
    files = [write(published, target, config.card.reference_date, project).name]
    if unit == config.balance.national_name:
        text = figures(tables).to_csv(index=False, lineterminator="\n", float_format="%.1f")
        replace(outputs / "figures.csv", text.encode())
        subjects = {name: _subject(config, name) for name in (unit, *config.clusters)}
        replace(outputs / REPORT, report(published, tables, ReportContext(config, edition, subjects)))
        files += ["figures.csv", REPORT]
    return {"": [*files, *(f"figures/{name}" for name in images)]}


def published_tables(config: Project, unit: str, tables: Tables, edition: str) -> list[PublishedTable]:
    """The published layers of one cluster, or of all; refuses a public edition in which a confidential value stands."""
    boundaries = tables["cluster_boundaries"]
    in_unit = boundaries["cluster_id"].isin(_clusters_in(config, unit))
    published = sheets(
        overviews({**tables, "cluster_boundaries": boundaries[in_unit]}, config, edition), config, edition
    )
    if edition == "public":
        prove_public(published, confidential_values(tables, [card.title for card in config.clusters.values()]))
    return published


def _clusters_in(config: Project, unit: str) -> list[str]:
    return list(config.clusters) if unit == config.balance.national_name else [unit]


def _images(config: Project, unit: str, tables: Tables, published: list[PublishedTable]) -> dict[str, bytes]:
    subject = _subject(config, unit)
    charts = drawings(tables, subject)
    by_layer = {table.derived: table for table in published}
    if len(by_layer["piece_overview"].content):
        land = by_layer["piece_overview"], by_layer["cluster_overview"]
        charts[MAP] = map_drawing(land, _clusters_in(config, unit), subject)
    return to_files(charts, subject)


def _map_params(config: Project, unit: str) -> MapParams:
    lead = config.publish.lead_profile
    return MapParams(
        _subject(config, unit).title,
        config.years,
        (lead, config.profiles[lead].title),
        config.card.reference_date,
        config.publish.disclaimer,
        credit(config),
    )


def _subject(config: Project, unit: str) -> Subject:
    whole = config.card.title
    title = f"{config.clusters[unit].title} | {whole}" if unit in config.clusters else whole
    title += f" | scenario: {config.scenario.title}" if config.scenario is not None else ""
    note = (
        f"Peildatum {config.card.reference_date:%d-%m-%Y}. Verkenning, geen vergunningoordeel; "
        "onbekend telt nooit als vrij."
    )
    return Subject(unit, title, note, config.publish.figures, titles(config), config.publish.lead_profile)
