"""Verb `describe`: the data dictionary and the written rules."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.cli.options import CONFIG_HELP, FOLDER, json_option


@click.command(
    "describe", epilog="Example: industrieruimte describe parcels; industrieruimte describe rules --config config"
)
@click.argument("name", metavar="[LAYER|rules]", required=False)
@json_option
@click.option("--config", type=FOLDER, metavar="DIR", help=CONFIG_HELP)
@click.option(
    "--pages",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the dictionary and a page per rule there, in Dutch.",
)
def command(name: str | None, as_json: bool, config: Path | None, pages: Path | None) -> None:
    """Describe all layers, or the columns of one; or with `rules` the written rules: matrix, legal bases, activities."""
    from pipeline.cli.context import nearest_config
    from pipeline.project.load import read_project
    from pipeline.queries.describe import dictionary, dictionary_text
    from pipeline.queries.docs import write_pages
    from pipeline.queries.rules import rules, rules_text

    if pages is not None:
        click.echo(f"{write_pages(read_project(config or nearest_config()), pages)} pages in {pages}")
        return
    if name == "rules":
        project = read_project(config or nearest_config())
        click.echo(_as_json(rules(project)) if as_json else rules_text(project))
        return
    entries = dictionary(name)
    click.echo(_as_json(entries) if as_json else dictionary_text(entries))


def _as_json(answer: object) -> str:
    return json.dumps(answer, indent=1, ensure_ascii=False)
