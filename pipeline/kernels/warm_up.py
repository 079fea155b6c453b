"""The kernel of outlines compiled in a process of its own, while this one reads and compiles all others.

Idea: where nothing is stored yet, another interpreter calls that kernel with nothing; this one finds what it compiled
in the folder of compiled kernels. A process that does not start or fails costs nothing: the kernel is then compiled
here.
Invariant: the other process has these sources and these variables. It stores what it compiles in a folder of its own;
only that one kernel, which holds all that it calls, is moved to where this one looks, its code before the index that
names it.
Cost: half of the wait of a first run, on two processors.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.kernels import numba_cache

COMPILE = "from pipeline.kernels.cut import compile_traced; compile_traced()"
PATIENCE_S = 300


@dataclass(frozen=True)
class Compiler:
    """The other process, and the folder in which it stores what it compiles."""

    process: subprocess.Popen[bytes]
    folder: Path


@cache
def begun() -> Compiler | None:
    """The other process, started once; None where nothing need be compiled, or nothing can be stored."""
    if numba_cache.folder() is None or numba_cache.are_compiled():
        return None
    quiet = subprocess.DEVNULL
    try:
        folder = Path(tempfile.mkdtemp(prefix=".aside-", dir=numba_cache.folder()))
        path = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        around = {**os.environ, "PYTHONPATH": path, numba_cache.OTHER_FOLDER: str(folder)}
        command = [sys.executable, "-c", COMPILE]
        return Compiler(subprocess.Popen(command, env=around, stdin=quiet, stdout=quiet, stderr=quiet), folder)
    except OSError:
        return None


@cache
def ended() -> None:
    """Wait for it, and put its kernel where this process looks."""
    other, place = begun(), numba_cache.folder()
    if other is None or place is None:
        return
    try:
        other.process.wait(PATIENCE_S)
        # The index last: numba takes what an index names for whole.
        for path in sorted(other.folder.rglob("cut.traced-*"), key=lambda path: path.suffix == ".nbi"):
            home = place / path.relative_to(other.folder / place.name)
            home.parent.mkdir(exist_ok=True)
            path.replace(home)
    except (OSError, subprocess.TimeoutExpired):  # then it is compiled here
        other.process.kill()
    shutil.rmtree(other.folder, ignore_errors=True)
