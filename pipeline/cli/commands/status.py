"""Verb `status`: what is stale."""

import json

import click

from pipeline.cli.options import ProjectOptions, json_option, project_options


@click.command("status", epilog="Example: industrieruimte status --json")
@project_options
@json_option
def command(options: ProjectOptions, as_json: bool) -> None:
    """List what would run anew, and because of which input. Reads cards, source files, code,
    receipts and stored tables; writes nothing."""
    from pipeline.cli.context import context_of
    from pipeline.cli.plan import show_plan
    from pipeline.runner.results import NO_RESULTS
    from pipeline.runner.run import Order, plan

    context = context_of(options)
    reports = plan(context, Order(options.clusters))
    if not context.store.outputs.is_dir():
        click.echo(f"note: folder of results '{context.store.outputs.resolve()}' is not there: {NO_RESULTS}", err=True)
    if not as_json:
        show_plan(reports)
        return
    rows = [
        {"stage": report.stage, "unit": report.unit, "stale": bool(report.reasons), "reasons": report.reasons}
        for report in reports
    ]
    click.echo(json.dumps(rows, indent=1))
