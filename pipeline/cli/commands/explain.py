"""Verb `explain`: one plot or piece, in sentences."""

import datetime as dt

import click

from pipeline.cli.options import ProjectOptions, profile_option, project_options


@click.command("explain", epilog="Example: industrieruimte explain WH-0012 --on 2041-01-01")
@click.argument("identifier", metavar="ID")
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Tell only the tenure on this day."
)
@profile_option
@project_options
def command(identifier: str, day: dt.datetime | None, profile: str | None, options: ProjectOptions) -> None:
    """Explain who holds a plot or piece, until when, and what stands in the way of an activity.

    Reads the results of the last run; answers in Dutch.
    """
    from pipeline.cli.context import context_of
    from pipeline.queries.explain import explain

    context = context_of(options)
    if options.scenario:
        from pipeline.queries import scenarios

        scenarios.up_to_date(context, "assemble")
    click.echo(explain(context, identifier, day.date() if day else None, profile))
