"""Verb `diff`: what changed between two runs."""

import sys
from pathlib import Path

import click

from pipeline.cli.options import gpkg_option, json_option


@click.command("diff", epilog="Example: industrieruimte diff outputs-2026 outputs-2027 --gpkg wijzigingen.gpkg")
@click.argument("old")
@click.argument("new")
@json_option
@gpkg_option
def command(old: str, new: str, as_json: bool, gpkg: Path | None) -> None:
    """Compare two folders of results: their figures, and the m2 of land that changed.

    Land was freed, taken, let lapse, extended, corrected, split or merged; each change is attributed to data, rules
    and time. FOLDER@2030-01-01 is what that run foresees for a later day. Two figures.csv files are compared as figures
    alone. With --json: figures, land per piece, sums and lineage. Exit 5 when they differ.
    """
    from pipeline.queries.diff import difference, difference_json, difference_text
    from pipeline.queries.land_changes import changes, is_changed
    from pipeline.queries.snapshot import has_snapshot, read_snapshot
    from pipeline.stages.publish.files.changes import write_changes

    # Of a day that is only foreseen there are no figures: nothing was run for it.
    figures = difference(Path(old), Path(new)) if "@" not in old + new else None
    land = None
    if figures is None or (has_snapshot(old) and has_snapshot(new)):
        first, last = read_snapshot(old), read_snapshot(new)
        land = changes(first, last)
        if gpkg is not None:
            write_changes(land, (first.today, last.today), last.changes, gpkg)
    click.echo(difference_json(figures, land) if as_json else difference_text(figures, land))
    is_same = (land is None or not is_changed(land).any()) and (figures is None or figures.empty)
    sys.exit(0 if is_same else 5)
