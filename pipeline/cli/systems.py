"""What differs per system in what is typed and shown."""

import io
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO


def quoted(path: Path) -> str:
    """A path as it is typed in a command."""
    text = str(path)
    return subprocess.list2cmdline([text]) if sys.platform == "win32" else shlex.quote(text)


def show_all_signs(streams: Iterable[TextIO | None]) -> None:
    """Have streams show signs that their encoding lacks as codes (\\u2265): a pipe on Windows is often cp1252."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def language_of_windows() -> str:
    """The language in which Windows speaks to this user, such as nl_NL; empty on other systems."""
    if sys.platform != "win32":
        return ""
    import ctypes
    import locale

    return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
