"""Verb `migrate`: a project in the current format."""

from pathlib import Path

import click


@click.command("migrate", epilog="Example: industrieruimte migrate config")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
def command(folder: Path) -> None:
    """Rewrite a project folder in the current format.

    Reads its cards and overrides.csv, and those of the folders that its project.toml names by use and extends; writes
    those that use old names, with comments and order as they were, and the schemas that editors read (.schema). A
    second run changes nothing. Where sources.lock pins overrides.csv, pin it anew with `acquire`.
    """
    from pipeline.cli.context import CONFIG, EXAMPLE_PROJECT
    from pipeline.project.migrate import migrate
    from pipeline.queries.card_reference import SCHEMA_FOLDER, write_schemas

    changed = migrate(folder)
    if (folder / SCHEMA_FOLDER).is_dir():
        changed += write_schemas(folder, (CONFIG, EXAMPLE_PROJECT))
    for path in changed:
        click.echo(f"rewritten: {path}")
    if not changed:
        click.echo("nothing to rewrite: the project is in the current format")
