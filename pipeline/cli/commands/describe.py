"""Verb `describe`: the data dictionary and the written rules."""

import json
from pathlib import Path

import click

from pipeline.cli.options import CONFIG_HELP, FOLDER, json_option


@click.command(
    "describe", epilog="Example: industrieruimte describe parcels; industrieruimte describe kavels.bruikbaar_2030_ha"
)
@click.argument("name", metavar="[LAYER|LAYER.COLUMN|rules]", required=False)
@json_option
@click.option("--config", type=FOLDER, metavar="DIR", help=CONFIG_HELP)
@click.option(
    "--pages",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the dictionary and a page per rule there, in Dutch.",
)
def command(name: str | None, as_json: bool, config: Path | None, pages: Path | None) -> None:
    """Describe all layers, the columns of one, or one column: its meaning, unit, stage, code and inputs.

    Names may be those of the GeoPackage. With `rules`: the matrix of effects, legal bases and activities. Reads the
    declarations of layers and the cards; writes nothing but --pages.
    """
    from pipeline.cli.context import nearest_config, show_warnings
    from pipeline.project.load import read_project
    from pipeline.queries import describe
    from pipeline.queries.docs import write_pages
    from pipeline.queries.rules import rules, rules_text

    table, _, column = (name or "").partition(".")
    # A layer by its internal name needs no project, so that one that is refused does not stand in the way.
    if pages is not None or (table and table not in describe.ALL_LAYERS):
        project = read_project(config or nearest_config())
        show_warnings(project)
        table = describe.internal_name(table, project)
    if pages is not None:
        click.echo(f"{write_pages(project, pages)} pages in {pages}")
    elif name == "rules":
        click.echo(_as_json(rules(project)) if as_json else rules_text(project))
    elif column:
        entry = describe.describe_column(table, column)
        click.echo(_as_json(entry) if as_json else describe.column_text(entry))
    else:
        entries = describe.dictionary(table or None)
        click.echo(_as_json(entries) if as_json else describe.dictionary_text(entries))


def _as_json(answer: object) -> str:
    return json.dumps(answer, indent=1, ensure_ascii=False)
