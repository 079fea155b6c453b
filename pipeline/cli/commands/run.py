"""Verb `run`: the whole line."""

import click

from pipeline.cli.options import ProjectOptions, RunOptions, project_options, run_options
from pipeline.line import VERBS


@click.command("run", epilog="Example: industrieruimte run -c westhaven --jobs 2")
@project_options
@run_options
@click.option("--from", "first", type=click.Choice(VERBS), help="Run anew from this verb on.")
@click.option("--to", "last", type=click.Choice(VERBS), default=VERBS[-1], help="Stop after this verb.")
def command(options: ProjectOptions, how: RunOptions, first: str | None, last: str) -> None:
    """Bring the whole line up to date; what did not change is left alone.

    Reads the project and its source files; writes GeoPackages, report.html, figures.csv and figures to the
    folder of results.
    """
    from pipeline.cli.running import run_order
    from pipeline.runner.run import Order

    run_order(Order(options.clusters, first, last, how.jobs, how.locked), options, how)
