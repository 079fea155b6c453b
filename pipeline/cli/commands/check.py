"""Verb `check`: cards and files, without running."""

import sys

import click

from pipeline.cli.language import translator
from pipeline.cli.options import ProjectOptions, json_option, project_options
from pipeline.cli.refusals_in_json import refusals_in_json, show_findings


@click.command("check", epilog="Example: industrieruimte check --config config --json")
@project_options
@json_option
def command(options: ProjectOptions, as_json: bool) -> None:
    """Read all cards and source files and list what would be refused. Writes nothing.

    With --json one list of findings: source, file, layer, row, field, fault, value, todo, severity (refused, warning,
    note or good), how many rows are alike (count), and which (rows).
    """
    from pipeline.cli.context import context_of
    from pipeline.cli.report_lines import entry_lines
    from pipeline.queries.check import check_input
    from pipeline.runner.run import check_clusters

    with refusals_in_json(as_json=as_json):
        context = context_of(options)
        check_clusters(context, options.clusters)
        rows = check_input(context)
    if as_json:
        show_findings([entry for row in rows for entry in row["findings"]])
    else:
        translate = translator()
        for row in rows:
            head = f"{translate(row['state']):<9} {row['source']:<28} "
            # A refusal has lines of its own.
            refusal = row["refusal"]
            click.echo(head + refusal.text(translate) if refusal else entry_lines(head, translate(row["said"])))
    # The worst of all rows, so that a script need not read the list.
    sys.exit(max((row["exit_code"] for row in rows), default=0))
