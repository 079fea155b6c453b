"""Verb `compare`: two scenarios of a project."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import click

from pipeline.cli.options import ProjectOptions, RunOptions, gpkg_option, json_option, profile_option, project_options


@click.command("compare", epilog="Example: industrieruimte compare base geen_geluidverdeling --gpkg verschil.gpkg")
@click.argument("first")
@click.argument("second")
@profile_option
@json_option
@gpkg_option
@project_options
def command(
    first: str, second: str, profile: str | None, as_json: bool, gpkg: Path | None, options: ProjectOptions
) -> None:
    """Compare the verdicts of two scenarios, and list the land that differs with the reasons added and removed.

    Reads the results of both; `base` is the project itself. With --json: m2 per cluster, year, verdicts and reasons.
    Exit 5 when they differ.
    """
    from pipeline.cli.context import context_of
    from pipeline.queries import scenarios
    from pipeline.stages.publish.files.changes import write_moved

    left, right = (
        context_of(replace(options, scenario=None if name == scenarios.BASE else name), RunOptions(quiet=is_quiet))
        for name, is_quiet in ((first, False), (second, True))  # one project, warned of once
    )
    profile = profile or left.project.publish.lead_profile
    land = scenarios.changed_land((left, right), profile, options.clusters)
    if gpkg is not None and len(land):
        write_moved(land, left.project, (first, second), gpkg)
    if as_json:
        click.echo(json.dumps(scenarios.changes_by_verdict(land).to_dict("records"), indent=1))
    else:
        click.echo(scenarios.changes_text(land, (first, second), profile))
    sys.exit(5 if len(land) else 0)
