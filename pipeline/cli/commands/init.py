"""Verb `init`: a new project folder."""

import re
import shutil
from pathlib import Path

import click

from layers.errors import ConfigRefusal

# What of the example is about its invented land, or makes that land.
LEFT_OUT = ("data", "*.py", "sources.lock", "overrides.csv", "projects.csv", "__pycache__")


@click.command("init", epilog="Example: industrieruimte init ../havenproject")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path) -> None:
    """Create a project folder with commented cards. Reads the example project; refuses a folder that is not empty."""
    from pipeline.cli.context import CONFIG

    if folder.exists() and any(folder.iterdir()):
        raise ConfigRefusal(f"folder '{folder}'", actual="files in it", expected="a new or empty folder")
    shutil.copytree(CONFIG / "proefpolder", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    # Scenarios stand with the rules, one folder up, since they change rules and not data.
    shutil.copytree(CONFIG / "scenarios", folder / "scenarios", dirs_exist_ok=True)
    # Cards that the example takes from the folder above it become cards of the new project.
    for path in sorted([*CONFIG.glob("*.toml"), *CONFIG.glob("*.csv")]):
        if path.name != "project.toml" and not (folder / path.name).exists():
            shutil.copy(path, folder / path.name)
    _name_project(folder)
    click.echo(
        f"{folder}: the cards are those of the example.\n"
        "  1. clusters/*.toml: one file per cluster of yours, the name of the file as in your boundary file\n"
        "  2. sources/*.toml: point each card at a file of yours; remove a card that you have no file for,\n"
        '     and declare its layer in project.toml under [absent] with treat_as = "unknown" or "none"\n'
        f"  3. industrieruimte check --config {folder}"
    )


def _name_project(folder: Path) -> None:
    """Name the project after its folder, and let it stand on its own."""
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-")[:40] or "project"
    card = folder / "project.toml"
    lines = card.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith(("extends", "# The embedded example")))
    # The first mention of each alone: name and title stand in the first lines of the card.
    for title in ('"proefpolder"', '"Proefpolder (verzonnen voorbeeld)"'):
        text = text.replace(title, f'"{name}"', 1)
    card.write_text(f"# The reference date, and the years to answer for.\n{text}\n", encoding="utf-8")
