"""Verb `sweep`: numbers of the cards, lower and higher."""

import json
from itertools import groupby
from operator import itemgetter
from typing import Any

import click

from pipeline.cli.options import ProjectOptions, json_option, project_options


@click.command("sweep", epilog="Example: industrieruimte sweep")
@json_option
@project_options
def command(as_json: bool, options: ProjectOptions) -> None:
    """Try the numbers of sweeps.toml lower and higher, one by one, and report the usable hectares of the lead activity.

    Reads sweeps.toml and the results of the last run; writes gevoeligheid.csv and a figure. With --json: every number,
    side, cluster, year and case.
    """
    from layers.errors import ConfigRefusal
    from pipeline.cli.context import context_of
    from pipeline.project.load import read_sweeps
    from pipeline.queries import scenarios
    from pipeline.runner.run import check_clusters
    from pipeline.stages.publish.charts.sweep import tornado

    context = context_of(options)
    sweeps = read_sweeps(context.project.folder)
    if not sweeps:
        raise ConfigRefusal("sweep", actual="no sweeps.toml, or nothing in it", todo="copy it from the example project")
    check_clusters(context, options.clusters)
    clusters = options.clusters or tuple(context.project.clusters)
    rows: list[dict[str, Any]] = []
    # A line as each number begins: one of them can take as long as a run.
    for (title, value), tried in groupby(scenarios.sweep(context, sweeps), itemgetter("title", "value")):
        click.echo(f"{title}: {value:g}", err=True)
        rows += [row for row in tried if row["cluster"] in clusters]
    scenarios.write_sweep(context, rows, tornado(rows, context.project))
    click.echo(json.dumps(rows, indent=1) if as_json else scenarios.sweep_text(rows))
