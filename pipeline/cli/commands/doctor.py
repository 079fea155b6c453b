"""Verb `doctor`: what stands ready on this machine."""

import json
import sys
from pathlib import Path

import click

from pipeline.cli.options import CONFIG_HELP, FOLDER, json_option, outputs_option


@click.command("doctor", epilog="Example: industrieruimte doctor --outputs D:\\werk\\haven")
@click.option("--config", type=FOLDER, metavar="DIR", help=CONFIG_HELP)
@outputs_option
@json_option
def command(config: Path | None, outputs: Path | None, as_json: bool) -> None:
    """Show what this machine has for a run, and what is amiss with what to do about it.

    Looks at Python and the libraries by a small job for each, at PROJ and its grid for RD New, compiled kernels,
    memory, processors, encodings, and at the rights, room and paths of the folders. Leaves nothing behind. Exit 2 when
    something is amiss; a note does not stop a run.
    """
    from layers.errors import ConfigRefusal
    from pipeline.cli.context import nearest_config, results_folder
    from pipeline.queries.doctor.doctor import diagnoses

    folder = config or nearest_config()
    units = [path.stem for path in (folder / "clusters").glob("*.toml")]
    rows = diagnoses(folder, results_folder(outputs, config), units)
    amiss = sum(row.state == "amiss" for row in rows)
    if as_json:
        click.echo(json.dumps([row.content() for row in rows], indent=1))
    else:
        for row in rows:
            click.echo(row.line())
        click.echo("nothing amiss" if not amiss else f"{amiss} amiss")
    sys.exit(ConfigRefusal.exit_code if amiss else 0)
