"""The folders of a run: whether they can be written, have room, and are nobody else's."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.queries.doctor.diagnosis import Diagnosis
from pipeline.runner.confidential import CONFIDENTIAL_FOLDERS
from pipeline.storage.locks import locked
from pipeline.storage.path_lengths import longest_path, most_signs
from pipeline.storage.whole_files import replace

LEAST_FREE_BYTES = 500_000_000  # the example needs a tenth, a port half
SYNCHRONISED = ("onedrive", "dropbox", "google drive", "icloud")


def outputs(folder: Path, units: Sequence[str]) -> Iterator[Diagnosis]:
    """The folder of results, or the nearest that is there: written, replaced, locked, and with room."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir())
    with tempfile.TemporaryDirectory(dir=there, prefix=".doctor-") as name:
        trial = Path(name) / "trial"
        for content in (b"first", b"second"):
            replace(trial, content)
        with locked(trial, is_shared=False) as first, locked(trial, is_shared=False) as second:
            has_locks = first is not None and second is None
    yield Diagnosis("results", f"{folder.absolute()}" + ("" if there == folder.absolute() else " (to be made)"))
    if not has_locks:
        yield Diagnosis(
            "locks",
            "none in this folder: two runs at once would not see one another",
            "note",
            "begin one run at a time",
        )
    yield from _path(folder, units)
    yield _room("disk", there)
    loose = [name for name in CONFIDENTIAL_FOLDERS if (folder / name).is_dir() and _is_open(folder / name)]
    if loose:
        yield Diagnosis(
            "rights",
            f"others can read {', '.join(loose)} in {folder}: contracts",
            "note",
            "chmod 700, or for a group 770",
        )


def _path(folder: Path, units: Sequence[str]) -> Iterator[Diagnosis]:
    path, most, longest = str(folder.absolute()), most_signs(), longest_path(folder, units)
    if most is not None and longest > most:
        todo = "name a shorter folder with --outputs, or have long paths switched on (LongPathsEnabled)"
        yield Diagnosis("paths", f"up to {longest} signs, and this Windows takes {most}", "amiss", todo)
    if any(word in path.casefold() for word in SYNCHRONISED):
        todo = "name a folder with --outputs that stays on this machine or on your own network"
        yield Diagnosis("synchronised", "results would be copied to a cloud, contracts among them", "note", todo)


def project(folder: Path) -> Iterator[Diagnosis]:
    """The folder of the project, in which sources.lock is written."""
    if os.access(folder, os.W_OK):
        yield Diagnosis("project", f"{folder.absolute()}")
    else:
        todo = "pin the files where it can be written, or leave it: a run goes on without"
        yield Diagnosis("project", f"{folder.absolute()} may not be written: no sources.lock", "note", todo)


def temporary() -> Iterator[Diagnosis]:
    """The folder of temporary files."""
    with tempfile.TemporaryFile() as trial:
        trial.write(b"x")
    yield _room("temporary files", Path(tempfile.gettempdir()))


def _room(thing: str, folder: Path) -> Diagnosis:
    free = shutil.disk_usage(folder).free
    value = f"{free / 1e9:.1f} GB free in {folder}"
    if free < LEAST_FREE_BYTES:
        return Diagnosis(thing, value, "amiss", f"make room: at least {LEAST_FREE_BYTES / 1e9:.1f} GB")
    return Diagnosis(thing, value)


def _is_open(folder: Path) -> bool:
    return os.name != "nt" and bool(folder.stat().st_mode & 0o007)
