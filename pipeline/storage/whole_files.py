"""Files that are whole or not there: written under a temporary name, then renamed in one step."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

PROCESS_TOKEN = uuid4().hex[:8]  # processes on two machines may have the same number
TEMPORARY_NAME = re.compile(r"\..+\.\d+-[0-9a-f]{8}\.new")


def temporary_path(path: Path) -> Path:
    """The name of a file until it is whole, in the same folder."""
    # Beside its target, since a rename to another disk is not one step; and by process, since two may write at once.
    return path.with_name(f".{path.name}.{os.getpid()}-{PROCESS_TOKEN}.new")


def replace(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, then rename it in one step."""
    new = temporary_path(path)
    try:
        with naming(path, len(content)):
            path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("wb") as stream:
                stream.write(content)
                stream.flush()
                # Before the new name: after a power cut a file is the old one or the new one, never an empty one.
                os.fsync(stream.fileno())
            new.replace(path)
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def naming(path: Path, size: int) -> Iterator[None]:
    """Name in a fault of the system the file that is written, of so many bytes, and the room that there is for it."""
    try:
        yield
    except OSError as fault:
        raise OSError(fault.errno, f"{fault.strerror}; {size:,} bytes to write, {room(path)} free", str(path)) from None


def room(path: Path) -> str:
    """The bytes that are free on the disk of a file, as text."""
    there = next((folder for folder in path.absolute().parents if folder.exists()), Path())
    return f"{shutil.disk_usage(there).free:,}"
