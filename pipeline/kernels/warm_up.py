"""Vertaling: the kernel of outlines compiled in a process of its own, while this one reads and compiles all others.

Idea: where nothing is kept yet, another interpreter calls that kernel with nothing; what it compiled is found in the place where
kernels are kept. A process that does not start or fails costs nothing: the kernel is then compiled here.
Invariant: the other process has these sources and these variables. It keeps what it compiles in a folder of its own; only that
one kernel, which holds all that it calls, is put where this one looks, its text before the index that names it.
Cost: half of the wait of a first run, on two processors.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.kernels import numba_cache as kernels

ASKED = "from pipeline.kernels.cut import traced_nothing; traced_nothing()"


PATIENCE_S = 300


@dataclass(frozen=True)
class Other:
    """The other process, and the folder in which it keeps what it compiles."""

    process: subprocess.Popen[bytes]
    folder: Path


@cache
def begun() -> Other | None:
    """The other process, started once; None where nothing need be compiled, or nothing can be kept."""
    if kernels.kept_in() is None or kernels.are_compiled() or kernels.ASIDE in os.environ:
        return None
    quiet = subprocess.DEVNULL
    try:
        folder = Path(tempfile.mkdtemp(prefix=".aside-", dir=kernels.kept_in()))
        path = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        around = {**os.environ, "PYTHONPATH": path, kernels.ASIDE: str(folder)}
        asked = [sys.executable, "-c", ASKED]
        return Other(subprocess.Popen(asked, env=around, stdin=quiet, stdout=quiet, stderr=quiet), folder)
    except OSError:
        return None


@cache
def ended() -> None:
    """Wait for it, and put its kernel where this process looks."""
    other, place = begun(), kernels.kept_in()
    if other is None or place is None:
        return
    try:
        other.process.wait(PATIENCE_S)
        for path in sorted(other.folder.rglob("cut.traced-*"), key=lambda path: path.suffix == ".nbi"):
            home = place / path.relative_to(other.folder)
            home.parent.mkdir(exist_ok=True)
            path.replace(home)
    except (OSError, subprocess.TimeoutExpired):  # then it is compiled here
        other.process.kill()
    shutil.rmtree(other.folder, ignore_errors=True)
