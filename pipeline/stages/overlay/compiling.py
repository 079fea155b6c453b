"""Vertaling: the kernel of outlines compiled in a process of its own, while this one reads and compiles all others.

Idea: where nothing is kept yet, another interpreter calls that kernel with nothing; what it compiled is found in the place where
kernels are kept. A process that does not start or fails costs nothing: the kernel is then compiled here.
Invariant: the other process has these sources and these variables, so it keeps its kernel where this one looks.
Cost: half of the wait of a first run, on two processors.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from pipeline import kernels

ASKED = "from pipeline.stages.overlay.cut import traced_nothing; traced_nothing()"


@cache
def begun() -> subprocess.Popen[bytes] | None:
    """The other process, started once; None where nothing need be compiled, or nothing can be kept."""
    if kernels.kept_in() is None or kernels.are_compiled():
        return None
    around = {**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen([sys.executable, "-c", ASKED], env=around, stdin=quiet, stdout=quiet, stderr=quiet)
    except OSError:
        return None


def ended() -> None:
    """Wait for it."""
    other = begun()
    if other is not None:
        other.wait()
