"""Verb `clean`: what holds contracts in clear, removed from a folder of results."""

from pathlib import Path

import click

from pipeline.cli.options import CONFIG_HELP, FOLDER, outputs_option


@click.command("clean", epilog="Example: industrieruimte clean --confidential --outputs outputs-2025")
@click.option("--confidential", is_flag=True, required=True, help="Remove what holds contracts in clear.")
@click.option("--expired", is_flag=True, help="Only what is older than [retention] in project.toml says.")
@click.option("--config", type=FOLDER, metavar="DIR", help=CONFIG_HELP)
@outputs_option
def command(confidential: bool, expired: bool, config: Path | None, outputs: Path | None) -> None:
    """Remove what holds contracts in clear from a folder of results, and from its scenarios.

    Removes stored tables (work/), receipts/ and lists of rows (refused/); what is published stays, and the next run
    works all of it out anew. Without them there is nothing to explain, compare or diff by land. With --expired reads
    project.toml. Refused while a run is at work there.
    """
    from layers.errors import ConfigRefusal
    from pipeline.cli.context import nearest_config, results_folder
    from pipeline.line import LINE
    from pipeline.project.load import read_project
    from pipeline.runner.confidential import remove

    days = None
    if expired:
        retention = read_project(config or nearest_config()).card.retention
        if retention is None:
            raise ConfigRefusal(
                "option --expired", actual="no [retention] in project.toml", expected="[retention] confidential_days"
            )
        days = retention.confidential_days
    outputs = results_folder(outputs, config)
    removals = remove(outputs, LINE, days)
    for removal in removals:
        click.echo(removal.line())
        if removal.internal:
            click.echo(
                f"note: {', '.join(removal.internal)} in {removal.outputs} stay, and are of the internal edition: they "
                "name holders and contracts; publish with --edition public, or remove them",
                err=True,
            )
    if not removals:
        click.echo(f"{outputs}: nothing confidential" + (f" older than {days} days" if expired else ""))
