"""How long the paths of a run become, on systems that have a limit to it."""

import sys
from collections.abc import Iterable
from pathlib import Path

from layers.errors import ConfigRefusal

MOST_SIGNS = 259  # that Windows takes in a path, unless long paths are switched on
STORED_SIGNS = 100  # of the longest path below a folder of results, beside the name of its unit


def most_signs() -> int | None:
    """How many signs a path may have here; None: any number that we write."""
    if sys.platform != "win32" or _has_long_paths():
        return None
    return MOST_SIGNS


def longest_path(outputs: Path, units: Iterable[str]) -> int:
    """How many signs the longest path has that a run of these units writes in a folder of results."""
    return len(str(outputs.absolute())) + STORED_SIGNS + max(map(len, units), default=0)


def refuse_long_paths(outputs: Path, units: Iterable[str]) -> None:
    """Refuse a folder of results in which paths would become longer than the system takes."""
    most, longest = most_signs(), longest_path(outputs, units)
    if most is not None and longest > most:
        raise ConfigRefusal(
            f"folder '{outputs}'",
            actual=f"paths of {longest} signs below it",
            expected=f"at most {most} on this Windows",
            todo="name a folder with a shorter path with --outputs, such as C:\\werk, or have long paths switched on "
            "(LongPathsEnabled)",
        )


def _has_long_paths() -> bool:
    """Whether Windows takes long paths of programs that can have them, as Python can."""
    import winreg

    try:
        with winreg.OpenKey(  # type: ignore[attr-defined,unused-ignore]
            winreg.HKEY_LOCAL_MACHINE,  # type: ignore[attr-defined,unused-ignore]
            r"SYSTEM\CurrentControlSet\Control\FileSystem",
        ) as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False
