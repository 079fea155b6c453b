"""Kernen: how loops over coordinates are compiled, and where what was compiled is kept: once after every change of any of them.

A compiled function holds those that it calls. The library looks at the time of its own file alone, so what is kept stands
under a digest of the sources of all kernels: another source, another place, compiled anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core.event import Listener, install_listener

ROOT = Path(__file__).parent
NO_OTHER_CODE = ("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS")
ASIDE = "INDUSTRIERUIMTE_KERNELS"  # a folder for what a process of ours compiles for another


def sources() -> list[Path]:
    """The files that hold kernels, or what kernels are given."""
    return sorted(ROOT.glob("*.py"))


@cache
def told() -> str:
    """A digest of all kernels, of the library, and of how it was asked to compile; as they were when this process began."""
    given = {name: value for name, value in os.environ.items() if name.startswith("NUMBA_")}
    asked = sorted(f"{name}={value}" for name, value in given.items() if name not in NO_OTHER_CODE)
    sources_read = b"".join(path.read_bytes() for path in sources())
    return hashlib.sha256(sources_read + " ".join([numba.__version__, *asked]).encode()).hexdigest()[:16]


@cache
def kept_in() -> Path | None:
    """Where compiled kernels of these sources are kept: the first place of ours that can be written; None where there is none."""
    if ASIDE in os.environ:
        return Path(os.environ[ASIDE])
    places = [ROOT.parent / "__pycache__", *_own_places()]
    return next((place / f"kernels-{told()}" for place in places if _is_usable(place / f"kernels-{told()}")), None)


def _own_places() -> list[Path]:
    """Folders of the user: the cache, and one of his own in the folder of temporary files."""
    shared = Path(tempfile.gettempdir()) / f"industrieruimte-{os.getuid()}"
    try:
        return [Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "industrieruimte", shared]
    except RuntimeError:  # a user without a home
        return [shared]


def _is_usable(place: Path) -> bool:
    """Whether a folder can be made and written, and is ours: what lies there is run."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            owners = {place.stat().st_uid, place.parent.stat().st_uid}
    except OSError:
        return False
    return owners <= {0, os.getuid()}


def are_compiled() -> bool:
    """Whether land was cut before with these sources, so that nothing need be compiled."""
    place = kept_in()
    return place is not None and any(place.rglob("cut.measured-*.nbi"))


class _Counted(Listener):  # type: ignore[misc]
    """Hears of every kernel that is compiled."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self.told, self.count = told, 0

    def on_start(self, _: Any) -> None:
        """Nothing is done yet."""

    def on_end(self, _: Any) -> None:
        """One more is done."""
        self.count += 1
        self.told(self.count)


@contextmanager
def watched(told: Callable[[int], None]) -> Iterator[None]:
    """Tell how many kernels were compiled here so far, each time that one is."""
    with install_listener("numba:compile", _Counted(told)):
        yield


numba.config.CACHE_DIR = str(kept_in() or "")
# No fastmath: the same bits on every machine. nogil: ranges of shapes run beside each other in threads. Where a kernel divides
# it has seen to it that what it divides by is not 0, so no test for it is compiled.
_ASKED: dict[str, Any] = {
    "cache": kept_in() is not None,
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
}
kernel: Any = numba.njit(**_ASKED)
# Counts that kernels are handed begin as this: a plain 0 is a type of its own, for which all would be compiled once more.
ZERO = np.int64(0)
SOME = np.int64(64)  # room for so many to begin with
inner: Any = numba.njit(
    **_ASKED, no_cpython_wrapper=True
)  # called by kernels alone: half of what is compiled for one falls away
