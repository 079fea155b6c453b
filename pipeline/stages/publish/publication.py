"""Write what a planner opens, in Dutch.

reads   the layers that are published, and those that overviews are made of
writes  <cluster>.gpkg, nederland.gpkg where there are several clusters, figures.csv, figures/, report.html
keeps   the same figures; nothing confidential in the public edition
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from pipeline.project.project import Project
from pipeline.stages.publish.charts import charts
from pipeline.stages.publish.charts.canvas import Subject, settings_of, to_files
from pipeline.stages.publish.charts.charts import drawings
from pipeline.stages.publish.charts.drawn import DrawnCharts
from pipeline.stages.publish.file_names import FIGURES, NATIONAL_FIGURES, REPORT, whole_files
from pipeline.stages.publish.files.geopackage import build
from pipeline.stages.publish.qgis.map_model import MapParams, map_model
from pipeline.stages.publish.qgis.project import qgs
from pipeline.stages.publish.report.report import report
from pipeline.stages.publish.tables.confidential import confidential_values, prove_public
from pipeline.stages.publish.tables.pieces import StageTables
from pipeline.stages.publish.tables.published import credit, figures, note_on_layers, overviews, sheets, titles
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.storage.delivered_files import DeliveredFiles
from pipeline.storage.geopackages import refuse_unsaved
from pipeline.storage.store import BUILD_PREFIX
from pipeline.storage.whole_files import replace


def run(
    config: Project,
    unit: str,
    tables: StageTables,
    *,
    edition: str,
    outputs: Path,
    code_of: Callable[[str], str],
    notes: list[str],
) -> StageTables:
    """Write the GeoPackage and figures of one cluster, or of all if they are several; for all also figures.csv (m2) and
    the report. All of them take their places together; of what the unit had before, the rest goes.

    Returns the names of the files written, relative to the folder of results; a file that is left alone is noted.
    """
    target, delivered, files = f"{unit}.gpkg", DeliveredFiles(outputs, unit), whole_files(config, unit)
    refuse_unsaved(outputs / target)
    delivered.refuse_foreign(files)  # before the work
    published = published_tables(config, unit, tables, edition)
    by_layer = {table.derived: table for table in published}
    drawing_code = code_of(charts.__name__)
    with tempfile.TemporaryDirectory(dir=outputs, prefix=BUILD_PREFIX) as folder:
        built = Path(folder)
        if unit in config.published_units:
            files += _handed_out(config, unit, tables, published, DrawnCharts(outputs, unit, drawing_code, built))
        if unit == config.balance.national_name:
            # One decimal, in m2: in git a line changes where land does, not where a sum is rounded.
            text = figures(tables).to_csv(index=False, lineterminator="\n", float_format="%.1f")
            replace(built / NATIONAL_FIGURES, text.encode())
            of_clusters = [name for name in config.published_units if name != unit]
            whole_first = [name for name in config.published_units if name == unit]
            whole_first += [*config.cluster_groups, *of_clusters]
            drawn = [(_subject(config, name), DrawnCharts(outputs, name, drawing_code, built)) for name in whole_first]
            replace(built / REPORT, report(by_layer, tables, (config, edition), drawn))
        placed = delivered.put(built, files)
    if placed.get(target, target) != target:
        notes.append(f"{target} is open in another program and was left alone; the new one is {placed[target]}")
    return {"": [placed.get(name, name) for name in files]}


def _handed_out(
    config: Project, unit: str, tables: StageTables, published: list[PublishedTable], charts_drawn: DrawnCharts
) -> list[str]:
    """Build the GeoPackage (RD New, ha) and the figures of a cluster, or of all; the names of the figures."""
    subject, built = _subject(config, unit), charts_drawn.built
    by_layer = {table.derived: table for table in published}
    images = to_files(drawings(tables, subject, by_layer), subject, earlier=charts_drawn)
    charts_drawn.write(images)
    target = built / f"{unit}.gpkg"
    lead, date = config.publish.lead_profile, config.card.reference_date
    named = (lead, config.profiles[lead].title)
    disclaimer = f"{config.publish.disclaimer} {note_on_layers(config)}".rstrip()
    params = MapParams(subject.title, config.years, named, date, disclaimer, credit(config))
    layers = map_model(config.publish, published, params)
    project = qgs(layers, target.name) if layers is not None else None
    build(published, target, date, project)
    return [f"{FIGURES}/{name}" for name in images]


def published_tables(config: Project, unit: str, tables: StageTables, edition: str) -> list[PublishedTable]:
    """The published layers (RD New, ha) of one cluster, or of all.

    Refuses a public edition in which a confidential value stands.
    """
    boundaries = tables["cluster_boundaries"]
    clusters = list(config.clusters) if unit == config.balance.national_name else [unit]
    of_unit = {**tables, "cluster_boundaries": boundaries[boundaries["cluster_id"].isin(clusters)]}
    published = sheets(overviews(of_unit, config, edition), config, edition)
    # When all sentences are there: they are searched for confidential texts too.
    if edition == "public":
        prove_public(published, confidential_values(tables, [card.title for card in config.clusters.values()]))
    return published


def _subject(config: Project, unit: str) -> Subject:
    group_titles = {group.name: group.title for group in config.balance.group.values()}
    title = config.card.title
    if unit in config.clusters:
        title = f"{config.clusters[unit].title} | {title}"
    elif unit in config.cluster_groups:
        title = f"{group_titles[unit]} | {title}"
    title += f" | scenario: {config.scenario.title}" if config.scenario is not None else ""
    note = (
        f"Peildatum {config.card.reference_date:%d-%m-%Y}. Verkenning, geen vergunningoordeel; "
        "onbekend telt nooit als vrij."
    )
    note = f"{note} {note_on_layers(config)}".rstrip()
    settings = settings_of(config.publish.figures, titles(config), {year: config.day(year) for year in config.years})
    members = config.cluster_groups.get(unit, ())
    return Subject(
        unit, unit not in config.clusters, title, note, config.publish.lead_profile, settings, clusters=members
    )
