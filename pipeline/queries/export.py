"""Export of published tables: files in other formats beside the GeoPackage, or a schema of PostGIS."""

from collections.abc import Iterator, Sequence

from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext
from pipeline.stages.publish.files.formats import OUTPUT_FORMATS, write_as
from pipeline.stages.publish.files.postgis import write_postgis
from pipeline.stages.publish.publication import published_tables
from pipeline.storage.delivered_files import DeliveredFiles


def export_results(
    context: RunContext, clusters: Sequence[str], formats: Sequence[str], postgis: tuple[str, str] | None
) -> Iterator[str]:
    """Write clusters (none: all together; ha) in the formats and to a database (address, schema); yield lines.

    Needs results that are up to date: `publish` has just run. All together go to the schema itself, a cluster to
    schema_cluster, a scenario to schema_scenario.
    """
    if not formats and postgis is None:
        return
    scenario = context.project.scenario
    whole, day = context.project.published_units[-1], context.project.card.reference_date
    # A run at the same time would replace tables between one format and the next.
    with context.store.alone():
        for unit in clusters or [whole]:
            tables = Results.from_run(context).inputs_of(context.project, "publish", unit)
            sheets = published_tables(context.project, unit, tables, context.edition)
            for kind in formats:
                DeliveredFiles(context.store.outputs, unit).add(f"{unit}{OUTPUT_FORMATS[kind].ending}")
                yield str(write_as(kind, sheets, (context.store.outputs, unit), day))
            if postgis is not None:
                # A schema for each, since their tables have the same names.
                parts = [
                    postgis[1],
                    context.store.outputs.name if scenario is not None else "",
                    "" if unit == whole else unit,
                ]
                schema = "_".join(filter(None, parts))
                yield f"{write_postgis(sheets, postgis[0], schema)} tables in schema {schema}"
