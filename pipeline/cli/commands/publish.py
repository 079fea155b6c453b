"""Verb `publish`: the last stage of the line, and exports of what it published."""

import click

from pipeline.cli.options import (
    ExportOptions,
    ProjectOptions,
    RunOptions,
    export_options,
    project_options,
    run_options,
)
from pipeline.cli.stage_commands import stage_help


@click.command(
    "publish",
    help=stage_help("publish"),
    epilog="Example: industrieruimte publish --format xlsx --format filegdb",
)
@project_options
@export_options
@run_options
def command(options: ProjectOptions, export: ExportOptions, how: RunOptions) -> None:
    """Run the stage, then write the other formats."""
    from layers.errors import ConfigRefusal
    from pipeline.cli.running import run_stage
    from pipeline.queries.export import export_results
    from pipeline.stages.publish.files.formats import OUTPUT_FORMATS

    unknown = sorted(set(export.formats) - set(OUTPUT_FORMATS))
    if unknown:
        raise ConfigRefusal(
            "option --format", actual=f"no format {unknown}", expected=f"one of {sorted(OUTPUT_FORMATS)}"
        )
    context = run_stage("publish", options, how)
    if how.dry_run:
        return
    database = (export.postgis, export.schema) if export.postgis else None
    for line in export_results(context, options.clusters, export.formats, database):
        click.echo(line)
