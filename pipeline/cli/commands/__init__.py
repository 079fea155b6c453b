"""One file per verb, and the folder is the register: a new file that defines `command` is a new verb.

A file imports click and the options at its head, and heavy packages in its function, so that `--help` stays quick.
Verbs of the stages are made from the line's names by `stage_commands.py`, unless a file of that name stands here.
"""

from importlib import import_module
from pkgutil import iter_modules

import click


def commands() -> dict[str, click.Command]:
    """Return every command in this folder by its verb."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {module.command.name: module.command for module in modules}
