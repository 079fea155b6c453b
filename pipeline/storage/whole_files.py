"""Files that are whole or not there: written under a temporary name, then renamed in one step."""

import os
from pathlib import Path
from uuid import uuid4

PROCESS_TOKEN = uuid4().hex[:8]  # processes on two machines may have the same number


def temporary_path(path: Path) -> Path:
    """The name of a file until it is whole, in the same folder."""
    # Beside its target, since a rename to another disk is not one step; and by process, since two may write at once.
    return path.with_name(f".{path.name}.{os.getpid()}-{PROCESS_TOKEN}.new")


def replace(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, then rename it in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = temporary_path(path)
    try:
        with new.open("wb") as stream:
            stream.write(content)
            stream.flush()
            # Before the new name: after a power cut a file is the old one or the new one, never an empty one.
            os.fsync(stream.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
