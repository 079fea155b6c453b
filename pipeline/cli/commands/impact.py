"""Verb `impact`: what housing plans in a file would cost."""

import json
from pathlib import Path

import click

from pipeline.cli.options import ProjectOptions, json_option, project_options


@click.command("impact", epilog="Example: industrieruimte impact plan.geojson -c westhaven")
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--alone", is_flag=True, help="Count land as if there were no other plan.")
@json_option
@project_options
def command(plan: Path, alone: bool, as_json: bool, options: ProjectOptions) -> None:
    """Compute what the housing plans in a file would cost of usable industrial land.

    Reads the file and the results of the last run; nothing is cut anew. With --json: every activity and year,
    categories and shifts.
    """
    from pipeline.cli.context import context_of
    from pipeline.queries.housing_impact import impact, impact_text
    from pipeline.runner.run import check_clusters

    context = context_of(options)
    check_clusters(context, options.clusters)
    result = impact(context, plan, options.clusters, alone=alone)
    click.echo(json.dumps(result, indent=1) if as_json else impact_text(result, context.project.publish.lead_profile))
