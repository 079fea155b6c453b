"""Kernen: how loops over coordinates are compiled, and where what was compiled is kept: once after every change of any of them.

A compiled function holds those that it calls. The library looks at the time of its own file alone, so what is kept stands
under a digest of the sources of all kernels: another source, another place, compiled anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numba

ROOT = Path(__file__).parent
SOURCES = ("kernels.py", "rings.py", "wkb.py", "stages/overlay", "stages/measure")


def sources() -> list[Path]:
    """The files that hold kernels, or what kernels are given."""
    found = [
        path for name in SOURCES for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).glob("*.py"))
    ]
    return sorted(found)


def kept_in() -> Path:
    """Where compiled kernels of these sources are kept: beside the sources, or where that may not be written in a place of the user."""
    told = hashlib.sha256(b"".join(path.read_bytes() for path in sources())).hexdigest()[:16]
    beside = ROOT / "__pycache__"
    if os.access(beside if beside.is_dir() else ROOT, os.W_OK):
        return beside / f"kernels-{told}"
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    usable = os.access(own if own.is_dir() else own.parent, os.W_OK)
    return (own if usable else Path(tempfile.gettempdir())) / "industrieruimte" / f"kernels-{told}"


numba.config.CACHE_DIR = str(kept_in())
# No fastmath: the same bits on every machine. nogil: ranges of shapes run beside each other in threads.
kernel: Any = partial(numba.njit, cache=True, nogil=True)()
