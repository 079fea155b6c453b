"""How loops over coordinates are compiled, and where they are stored: compiled once after every change of any of them.

A compiled function holds those that it calls. numba looks at the time of its own file alone, so compiled code is
stored under a digest of the sources of all kernels: another source, another folder, compiled anew.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core.event import Listener, install_listener

from pipeline.kernels.user_cache import user_cache

KERNELS = Path(__file__).parent
NO_OTHER_CODE = ("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS")
OTHER_FOLDER = "INDUSTRIERUIMTE_KERNELS"  # names the folder in which they are stored, in place of ours


def sources() -> list[Path]:
    """The files of this package: kernels, and what they are given."""
    return sorted(KERNELS.glob("*.py"))


@cache
def source_fingerprint() -> str:
    """A digest of all kernels, of numba, and of its settings; as they were when this process began."""
    given = {name: value for name, value in os.environ.items() if name.startswith("NUMBA_")}
    settings = sorted(f"{name}={value}" for name, value in given.items() if name not in NO_OTHER_CODE)
    sources_read = b"".join(path.read_bytes() for path in sources())
    return hashlib.sha256(sources_read + " ".join([numba.__version__, *settings]).encode()).hexdigest()[:16]


@cache
def folder() -> Path | None:
    """The folder of compiled kernels of these sources: in OTHER_FOLDER, else in the first of ours that can be
    written; None where there is none.

    Where the tool is installed in a place that cannot be written, what was compiled there at its set-up is copied.
    """
    given = os.environ.get(OTHER_FOLDER)
    installed = KERNELS.parent / "__pycache__"
    places = [Path(given)] if given else [installed, *_user_folders()]
    folders = [place / f"kernels-{source_fingerprint()}" for place in places]
    usable = next((place for place in folders if _is_usable(place)), None)
    if usable is not None and not given and not _has_kernels(usable) and _has_kernels(folders[0]):
        # numba takes no folder that it cannot write, though it would only read.
        with suppress(OSError):
            shutil.copytree(folders[0], usable, dirs_exist_ok=True)
    return usable


def _user_folders() -> list[Path]:
    """Folders of the user: the cache, and one among temporary files; as far as there are such."""
    cache = user_cache()
    folders = [] if cache is None else [cache]
    with suppress(OSError):  # nothing temporary can be written
        folders.append(Path(tempfile.gettempdir()) / f"industrieruimte-{_user_number()}")
    return folders


def _user_number() -> int:
    """The number of the user; 0 on Windows, which numbers no users, says 0 of the owner of every file, and has folders
    for temporary files per user."""
    return os.getuid() if hasattr(os, "getuid") else 0


def _is_usable(place: Path) -> bool:
    """Whether a folder can be made and written, and is ours: what lies there is run."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return _is_ours(place)
    except OSError:
        return False


def _is_ours(place: Path) -> bool:
    """Whether nobody else but the system could have put something there."""
    return {place.stat().st_uid, place.parent.stat().st_uid} <= {0, _user_number()}


def _has_kernels(place: Path) -> bool:
    """Whether compiled kernels that cut land lie in a folder that is ours."""
    return place.is_dir() and _is_ours(place) and any(place.rglob("cut.measured-*.nbi"))


def are_compiled() -> bool:
    """Whether land was cut before with these sources, so that nothing need be compiled."""
    place = folder()
    return place is not None and _has_kernels(place)


class _CompileCounter(Listener):  # type: ignore[misc]
    """Is called for every kernel that is compiled."""

    def __init__(self, on_compiled: Callable[[int], None]) -> None:
        self.on_compiled, self.count = on_compiled, 0

    def on_start(self, _: Any) -> None:
        """Nothing is done yet."""

    def on_end(self, _: Any) -> None:
        """One more is done."""
        self.count += 1
        self.on_compiled(self.count)


@contextmanager
def watched(on_compiled: Callable[[int], None]) -> Iterator[None]:
    """Call with how many kernels were compiled here so far, each time that one is."""
    with install_listener("numba:compile", _CompileCounter(on_compiled)):
        yield


numba.config.CACHE_DIR = str(folder() or "")
# No fastmath: the same bits on every machine. nogil: ranges of shapes run in parallel threads. Kernels divide by
# nothing that is 0, so no test for it is compiled.
_OPTIONS: dict[str, Any] = {
    "cache": folder() is not None,
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
}
kernel: Any = numba.njit(**_OPTIONS)
# Counts that kernels get begin as this: a plain 0 is a type of its own, for which all would be compiled once more.
ZERO = np.int64(0)
SOME = np.int64(64)  # room for so many to begin with
# Called by kernels alone: half of what is compiled for one falls away.
inner: Any = numba.njit(**_OPTIONS, no_cpython_wrapper=True)
