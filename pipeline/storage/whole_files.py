"""Files that are whole or not there: written under a temporary name, then renamed in one step."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

PROCESS_TOKEN = uuid4().hex[:8]  # processes on two machines may have the same number
TEMPORARY_NAME = re.compile(r"\..+\.\d+-[0-9a-f]{8}\.new")
# Rights of what nobody but its maker is to read, where the system has such: contracts stand there in clear.
PRIVATE_FOLDER, PRIVATE, USUAL = 0o700, 0o600, 0o666
# Seconds to wait for a program that holds a file for a moment, as virus scanners on Windows do with every new one.
WAITS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)


def temporary_path(path: Path) -> Path:
    """The name of a file until it is whole, in the same folder."""
    # Beside its target, since a rename to another disk is not one step; and by process, since two may write at once.
    return path.with_name(f".{path.name}.{os.getpid()}-{PROCESS_TOKEN}.new")


def replace(path: Path, content: bytes, mode: int = USUAL) -> None:
    """Write a file under a temporary name, then rename it in one step; made with these rights, less the umask."""
    new = temporary_path(path)
    try:
        with naming(path, len(content)):
            path.parent.mkdir(parents=True, exist_ok=True)
            new.touch(mode=mode)
            with new.open("wb") as stream:
                stream.write(content)
                stream.flush()
                # Before the new name: after a power cut a file is the old one or the new one, never an empty one.
                os.fsync(stream.fileno())
            put(new, path)
    finally:
        new.unlink(missing_ok=True)


def put(new: Path, path: Path) -> Path:
    """Give a whole file its place in one step; on Windows once no program holds the old one any more, or it is refused
    by the system after some seconds."""
    for wait_s in WAITS_S:
        try:
            return new.replace(path)
        except PermissionError as fault:
            if not is_held(fault):
                raise
        time.sleep(wait_s)
    return new.replace(path)


def is_held(fault: OSError) -> bool:
    """Whether the system refused because another program has the file open, as Windows does (5: also of no rights)."""
    return getattr(fault, "winerror", None) in (5, 32, 33)


def is_open_elsewhere(path: Path) -> bool:
    """Whether another program has a file open, so that nothing can take its place: on Windows alone."""
    try:
        path.replace(path)
    except OSError as fault:
        return is_held(fault)
    return False


def private_folder(folder: Path) -> None:
    """Make a folder that its maker alone may read; the rights of one that is there stay as they are."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


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
