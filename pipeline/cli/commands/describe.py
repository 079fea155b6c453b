"""Verb `describe`: the data dictionary and the written rules."""

import json
from pathlib import Path

import click

from pipeline.cli.options import CONFIG_HELP, FOLDER, json_option


@click.command(
    "describe",
    epilog="Example: industrieruimte describe parcels; industrieruimte describe kavels.bruikbaar_2030_ha; "
    "industrieruimte describe card source",
)
@click.argument("name", metavar="[LAYER|LAYER.COLUMN|rules|card]", required=False)
@click.argument("card", metavar="[CARD]", required=False)
@json_option
@click.option("--config", type=FOLDER, metavar="DIR", help=CONFIG_HELP)
@click.option(
    "--pages",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the dictionary and a page per rule there, in Dutch.",
)
def command(name: str | None, card: str | None, as_json: bool, config: Path | None, pages: Path | None) -> None:
    """Describe all layers, the columns of one, or one column: its meaning, unit, stage, code and inputs; or a card.

    Names may be those of the GeoPackage. With `rules`: the matrix of effects, legal bases and activities. With `card`:
    which cards there are, and with the name of one what it may contain, with types, units, defaults and examples
    (--json: its JSON Schema). Reads the declarations of layers and the cards; writes nothing but --pages.
    """
    if card is not None and name != "card":
        raise click.UsageError(f"'{card}' is one name too many")
    if name == "card" and pages is None:
        click.echo(_about_cards(card, as_json=as_json))
        return
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


def _about_cards(name: str | None, *, as_json: bool) -> str:
    """What a card may contain, or which cards there are; examples from the rules of the house and the example."""
    from pipeline.cli.context import CONFIG, EXAMPLE_PROJECT
    from pipeline.project.cards import CARDS
    from pipeline.queries.card_reference import card_json, card_text, cards_text

    folders = (CONFIG, EXAMPLE_PROJECT)
    if name is not None:
        return _as_json(card_json(name, folders)) if as_json else card_text(name, folders)
    return _as_json({kind: card_json(kind, folders) for kind in CARDS}) if as_json else cards_text()


def _as_json(answer: object) -> str:
    return json.dumps(answer, indent=1, ensure_ascii=False)
