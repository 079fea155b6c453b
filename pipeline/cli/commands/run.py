"""Verb `run`: the whole line."""

from dataclasses import replace

import click

from pipeline.cli.options import ProjectOptions, RunOptions, json_option, project_options, run_options
from pipeline.cli.refusals_in_json import refusals_in_json, show_findings
from pipeline.line import VERBS


@click.command("run", epilog="Example: industrieruimte run -c westhaven --jobs 2")
@project_options
@run_options
@click.option("--from", "first", type=click.Choice(VERBS), help="Run anew from this verb on.")
@click.option("--to", "last", type=click.Choice(VERBS), default=VERBS[-1], help="Stop after this verb.")
@json_option
def command(options: ProjectOptions, how: RunOptions, first: str | None, last: str, as_json: bool) -> None:
    """Bring the whole line up to date; what did not change is left alone.

    Reads the project and its source files; writes GeoPackages, report.html, figures.csv and figures to the
    folder of results. With --json what is refused as a list of findings, as of check; empty of a run that is done.
    """
    from pipeline.cli.running import run_order
    from pipeline.runner.run import Order

    if as_json and how.dry_run:
        raise click.UsageError("--json says what is refused, and --dry-run reads no file")
    with refusals_in_json(as_json=as_json):
        order = Order(options.clusters, first, last, how.jobs, how.locked)
        run_order(order, options, replace(how, quiet=how.quiet or as_json))
    if as_json:
        show_findings([])
