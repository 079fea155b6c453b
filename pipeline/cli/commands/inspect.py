"""Verb `inspect`: what is in files that somebody brings."""

from pathlib import Path

import click

from pipeline.cli.options import json_option


@click.command("inspect", epilog="Example: industrieruimte inspect ../mijndata kavels.gpkg")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def command(paths: tuple[Path, ...], as_json: bool) -> None:
    """Show what is in files or folders: layers, columns, place, faults, and which of our layers each may fill.

    Folders are looked through to the bottom, zips with their members. A file that cannot be read is shown with the
    reason. Columns are known from the first 20,000 rows. Reads the files; writes nothing.
    """
    from pipeline.queries.inspection.files import inspect_paths
    from pipeline.queries.inspection.matching import candidates
    from pipeline.queries.inspection.report import inspection_json, inspection_text

    seen = [(layer, candidates(layer)) for layer in inspect_paths(paths)]
    click.echo(inspection_json(seen) if as_json else inspection_text(seen))
