"""Which files of a user the processes of a run are reading: a library that stops on one ends the whole process, which
can then say nothing itself.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

NOTES: ContextVar[Path | None] = ContextVar("NOTES", default=None)


def note_in(folder: Path) -> None:
    """Have this process note in a folder what it reads."""
    NOTES.set(folder)


@contextmanager
def noted(thing: str) -> Iterator[None]:
    """Note that this process reads a thing, as long as it does."""
    folder = NOTES.get()
    if folder is None:
        yield
        return
    note = folder / str(os.getpid())
    note.write_text(thing, encoding="utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def being_read(folder: Path) -> list[str]:
    """What processes that note in a folder were reading when they ended, or still are."""
    return sorted(note.read_text(encoding="utf-8") for note in folder.iterdir())
