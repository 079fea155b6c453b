"""Verb `publish`: the last stage of the line, and exports of what it published."""

import click

from pipeline.cli.options import ProjectOptions, RunOptions, project_options, run_options
from pipeline.cli.stage_commands import stage_help


@click.command(
    "publish",
    help=stage_help("publish"),
    epilog="Example: industrieruimte publish --format xlsx --format filegdb",
)
@project_options
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT",
    help="Also write this format, such as xlsx; may be given more than once. An unknown name lists all formats.",
)
@click.option(
    "--postgis",
    metavar="URL",
    help="Also write to this PostGIS, in one transaction: postgresql://USER@HOST/DATABASE (password: PGPASSWORD).",
)
@click.option(
    "--schema",
    default="industrieruimte",
    metavar="NAME",
    help="Schema in that database (default: industrieruimte).",
)
@run_options
def command(
    options: ProjectOptions, how: RunOptions, formats: tuple[str, ...], postgis: str | None, schema: str
) -> None:
    """Run the stage, then write the other formats."""
    from layers.errors import ConfigRefusal
    from pipeline.cli.running import run_stage
    from pipeline.queries.export import export_results
    from pipeline.stages.publish.files.formats import OUTPUT_FORMATS

    # Refused before a run that may take minutes, not behind it.
    unknown = sorted(set(formats) - set(OUTPUT_FORMATS))
    if unknown:
        raise ConfigRefusal(
            "option --format", actual=f"no format {unknown}", expected=f"one of {sorted(OUTPUT_FORMATS)}"
        )
    context = run_stage("publish", options, how)
    if how.dry_run:
        return
    database = (postgis, schema) if postgis else None
    for line in export_results(context, options.clusters, formats, database):
        click.echo(line)
