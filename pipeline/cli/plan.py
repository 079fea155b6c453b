"""What a run would do, in lines."""

import click

from pipeline.cli.report_lines import plan_line
from pipeline.runner.task import Report


def show_plan(reports: list[Report]) -> None:
    """Write a line for each unit that would run, with the reasons."""
    stale = [report for report in reports if report.reasons]
    for report in stale:
        click.echo(plan_line(report))
    if not stale:
        click.echo("nothing would run: all results are up to date")
