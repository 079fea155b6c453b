"""Running the line or one stage from the command line, and what is reported afterwards."""

import click

from pipeline.cli import heartbeat, messages
from pipeline.cli.context import context_of
from pipeline.cli.options import ProjectOptions, RunOptions
from pipeline.cli.plan import show_plan
from pipeline.cli.report_lines import wrapped
from pipeline.cli.stored_summary import balance_and_notes
from pipeline.runner.run import Order, plan
from pipeline.runner.stage import RunContext
from pipeline.runner.task import Report


def run_stage(name: str, options: ProjectOptions, how: RunOptions) -> RunContext:
    """Run one stage anew, and what comes before it where that is stale; return the project and results."""
    is_acquire = name == "acquire"  # always runs, and pins when it is the verb
    order = Order(options.clusters, None if is_acquire else name, name, how.jobs, how.locked, pin=is_acquire)
    return run_order(order, options, how)


def run_order(order: Order, options: ProjectOptions, how: RunOptions) -> RunContext:
    """Run the line as ordered, or show what would run; return the project and results."""
    if how.quiet:
        heartbeat.current().stop()
    context = context_of(options, how)
    if how.dry_run:
        show_plan(plan(context, order))
        return context
    from pipeline.cli.progress import run_with_progress

    reports = run_with_progress(context, order, how)
    if how.timings:
        from pipeline.cli.timings import show_timings

        show_timings(reports)
    if not how.quiet:
        _show_results(context, order, reports)
    return context


def _show_results(context: RunContext, order: Order, reports: list[Report]) -> None:
    # Of the verb acquire the lock file is the whole result.
    if order.pin:
        click.echo(f"{len(context.project.sources)} files pinned in {context.project.folder / 'sources.lock'}")
        return
    # acquire runs each time, so that it ran says nothing.
    if not any(report.reasons for report in reports if report.stage != "acquire"):
        click.echo("nothing changed: all results are up to date")
    if order.up_to == "publish":
        balance, notes = balance_and_notes(context, order.clusters)
        click.echo("\n".join([*balance, *messages.places(context, order.clusters)]))
        for note in notes:
            click.echo(wrapped(note), err=True)
        for note in messages.outdated_results(context, order.clusters):
            click.echo(wrapped(f"note: {note}"), err=True)
