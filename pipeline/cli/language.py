"""In which language refusals are said: as the project says, else as the session does; English if neither says Dutch."""

import os
from collections.abc import Callable

import click

from layers.glossary import dutch_sentence
from pipeline.cli.systems import language_of_windows

META = "industrieruimte.language"
# As a shell looks at them: the first that is set counts.
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def set_language(language: str | None) -> None:
    """Remember the language of the project that the command works on, if it has one."""
    context = click.get_current_context(silent=True)
    if context is not None and language is not None:
        context.meta[META] = language


def translator() -> Callable[[str], str]:
    """What says a sentence in the language of the project, else of the session."""
    context = click.get_current_context(silent=True)
    language = context.meta.get(META) if context is not None else None
    session = next((os.environ[name] for name in VARIABLES if os.environ.get(name)), "") or language_of_windows()
    return dutch_sentence if str(language or session).startswith("nl") else str
