"""Verb `init`: a new project folder."""

from pathlib import Path

import click

from layers.errors import ConfigRefusal
from pipeline.cli.systems import quoted


@click.command("init", epilog="Example: industrieruimte init ../havenproject --from ../mijndata")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--from",
    "data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DATA",
    help="Draft a card for each file in this folder that may fill a layer, as inspect sees them.",
)
def command(folder: Path, data: Path | None) -> None:
    """Create a project folder: the rules of the house, and cards to fill in.

    With --from, cards are drafted from the files there; what cannot be known stands as TODO, which `check` lists, and
    layers for which there is no file are declared unknown. No demand, project or cluster is invented. Reads the files;
    refuses a folder that is not empty, but for the data.
    """
    from pipeline.cli.context import CONFIG
    from pipeline.queries.drafting.project import ProjectDraft, draft_project, empty_draft, slug_of, write_project

    inside = data is not None and data.resolve().is_relative_to(folder.resolve())
    if folder.exists() and any(path for path in folder.iterdir() if not (inside and _holds(path, data))):
        raise ConfigRefusal(f"folder '{folder}'", actual="files in it", expected="a new or empty folder")
    name = slug_of(folder.resolve().name)[:40]
    root = folder if inside else data
    draft: ProjectDraft = empty_draft(name) if data is None or root is None else draft_project(name, data, root)
    write_project(folder, draft, CONFIG)
    click.echo(_answer(folder, None if inside else data, draft.used, draft.unused))


def _holds(path: Path, data: Path | None) -> bool:
    return data is not None and data.resolve().is_relative_to(path.resolve())


def _answer(folder: Path, data: Path | None, used: dict[str, list[str]], unused: list[str]) -> str:
    """What was drafted of which file, and what to do next."""
    lines = [f"{layer:<22} {', '.join(files)}" for layer, files in used.items()]
    lines += [f"{'no card':<22} {label}" for label in unused]
    given = f"--config {quoted(folder)}" + (f" --data {quoted(data)}" if data else "")
    lines += [
        f"{folder}: {len(used)} layers drafted" if used else f"{folder}: cards to fill in",
        "  1. fill in what the cards leave as TODO; remove a card of which you will not use the file",
        f"  2. industrieruimte check {given}",
        f"  3. industrieruimte run {given}",
    ]
    return "\n".join(lines)
