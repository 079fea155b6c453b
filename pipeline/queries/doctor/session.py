"""The machine and session: Python, memory, processors, encodings, and variables that lead libraries astray."""

import locale
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from shutil import get_terminal_size

from layers.errors import Refusal
from pipeline.queries.doctor.diagnosis import Diagnosis
from pipeline.runner.machine import memory_bytes, processors, refuse_little_memory

LEAST_PYTHON, LITTLE_MEMORY_BYTES, LEAST_SIGNS = (3, 11), 4 * 2**30, 100
# Set by installers of other programs (PostGIS, QGIS, Oracle): our libraries bring tables of their own.
LEADING_VARIABLES = ("PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH", "PYTHONPATH", "PYTHONHOME")


def program() -> Iterator[Diagnosis]:
    """The tool, the system, and Python."""
    yield Diagnosis("industrieruimte", f"{version('industrieruimte')} on {platform.platform()}")
    value = f"{platform.python_version()}, {64 if sys.maxsize > 2**32 else 32} bits, {sys.executable}"
    if sys.version_info[:2] < LEAST_PYTHON or sys.maxsize < 2**32:
        yield Diagnosis("Python", value, "amiss", "install Python 3.11 or later, of 64 bits")
    else:
        yield Diagnosis("Python", value)


def variables() -> Iterator[Diagnosis]:
    """Variables that name tables or code of other programs."""
    given = [name for name in LEADING_VARIABLES if os.environ.get(name)]
    if given:
        values = ", ".join(f"{name}={os.environ[name]}" for name in given)
        yield Diagnosis("variables", values, "note", "leave them out for this tool: they belong to other programs")


def memory() -> Iterator[Diagnosis]:
    """Memory and processors."""
    try:
        refuse_little_memory()
    except Refusal as refusal:
        yield Diagnosis("memory", str(refusal.actual[0]), "amiss", str(refusal.todo))
    size = memory_bytes()
    value = "not known" if size is None else f"{size / 2**30:.1f} GB"
    if size is not None and size < LITTLE_MEMORY_BYTES:
        yield Diagnosis("memory", value, "note", "a port may not fit: run per cluster with -c, and with --jobs 1")
    else:
        yield Diagnosis("memory", value)
    yield Diagnosis("processors", str(processors()))


def text() -> Iterator[Diagnosis]:
    """The encodings of file names and of what is shown, and the width of the terminal."""
    names, shown = sys.getfilesystemencoding(), str(getattr(sys.stdout, "encoding", None))
    language = ".".join(part or "?" for part in locale.getlocale())
    value = f"file names {names}, shown in {shown}, session {language}"
    if names.casefold().replace("-", "") != "utf8":
        yield Diagnosis("text", value, "amiss", "set LC_ALL=C.UTF-8 (or PYTHONUTF8=1): names with accents go wrong")
    elif shown.casefold().replace("-", "") != "utf8":
        yield Diagnosis("text", value, "note", "signs that it lacks are shown as codes; PYTHONUTF8=1 shows all")
    else:
        yield Diagnosis("text", value)
    width = get_terminal_size().columns
    if sys.stdout.isatty() and width < LEAST_SIGNS:
        yield Diagnosis("terminal", f"{width} signs wide", "note", f"tables need {LEAST_SIGNS}: widen the window")
