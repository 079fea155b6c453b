"""Windows as far as this system can play it, for commands of ours: `python as_windows.py ROOT WORDS... then`.

No fcntl, resource, fork, users by number or interval timers; no links; no file that is open, in this process or mapped,
is replaced, moved or removed; below ROOT, which stands for a folder with a long name, no path of 260 signs, no reserved
name, and no sign that Windows takes in none. Text without an encoding is an error of ours, and the console is cp1252.
"""

from __future__ import annotations

import os
import signal
import sys
import types
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PureWindowsPath
from typing import Any

DEEP = r"C:\Users\m.de.vries\OneDrive - Gemeente Haven\Ruimtelijke Ontwikkeling"
MOST_SIGNS = 259
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
POSIX_ONLY = ("getuid", "geteuid", "fork", "sched_getaffinity", "sysconf", "mkfifo", "getloadavg")
SIGNALS = ("setitimer", "alarm", "SIGKILL", "SIGVTALRM", "SIGALRM")


class LockedBytes(types.ModuleType):
    """The locks of msvcrt: bytes of a file, by who holds them."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.held: dict[tuple[int, int, int], int] = {}

    def locking(self, number: int, mode: int, count: int) -> None:
        """Lock bytes from where the file stands, or let them go."""
        state, first = os.fstat(number), os.lseek(number, 0, os.SEEK_CUR)
        places = [(state.st_dev, state.st_ino, place) for place in range(first, first + count)]
        if mode == self.LK_UNLCK:
            if any(self.held.get(place) != number for place in places):
                raise PermissionError(13, "Permission denied")
            for place in places:
                del self.held[place]
        elif any(place in self.held for place in places):
            raise PermissionError(13, "Permission denied")
        else:
            self.held |= dict.fromkeys(places, number)


def faults_of_name(path: Path, root: Path) -> list[str]:
    """What Windows has against a path below a root."""
    parts = path.relative_to(root).parts
    deep = str(PureWindowsPath(DEEP, *parts))
    faults = [f"{len(deep)} signs: {deep}"] if len(deep) > MOST_SIGNS else []
    for part in parts:
        if set(part) & set('<>:"|?*\\') or part != part.rstrip(". ") or part.split(".")[0].casefold() in RESERVED:
            faults.append(f"no name on Windows: {part!r}")
    return faults


def open_files() -> set[Path]:
    """The files that this process has open or mapped."""
    opened = set()
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # what listed them
            opened.add(link.readlink())
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    opened |= {Path(line.split(maxsplit=5)[5]) for line in maps if len(line.split(maxsplit=5)) == 6}
    return {path for path in opened if path.is_file()}


def refused(path: str, code: int, number: int) -> OSError:
    fault = OSError(code, "refused as Windows does", path)
    fault.winerror = number  # type: ignore[attr-defined,unused-ignore]
    return fault


def guarded(call: Callable[..., Any], root: Path) -> Callable[..., Any]:
    """A call to the system that moves or removes files, which Windows refuses while one is open."""

    def checked(*paths: Any, **options: Any) -> Any:
        """Make the call, unless a file is open."""
        folder = options.get("dir_fd")
        base = Path.cwd() if folder is None else Path(f"/proc/self/fd/{folder}").readlink()
        whole = [base / path for path in paths]
        if any(path.is_relative_to(root) for path in whole):
            for opened in open_files():
                if any(opened.is_relative_to(path) for path in whole):
                    raise refused(str(opened), 13, 32)
        return call(*paths, **options)

    return checked


def begin(root: Path) -> None:
    """Make this process as on Windows, for files below a root."""
    for name in ("fcntl", "resource", "pwd", "grp"):
        sys.modules[name] = None  # type: ignore[assignment]
    sys.modules["msvcrt"] = LockedBytes()
    for name in POSIX_ONLY:
        delattr(os, name)
    for name in SIGNALS:
        delattr(signal, name)
    for name in ("replace", "rename", "unlink", "remove"):
        setattr(os, name, guarded(getattr(os, name), root))

    def no_links(*paths: Any, **_: Any) -> None:
        """Links are for administrators."""
        raise refused(str(paths[-1]), 22, 1314)

    os.symlink = no_links
    from pipeline.kernels import user_cache
    from pipeline.storage import locks

    windows = types.SimpleNamespace(platform="win32")
    user_cache.sys = locks.sys = windows  # type: ignore[attr-defined,assignment]
    warnings.filterwarnings("error", category=EncodingWarning, module=r"(pipeline|layers)\.")

    def check(event: str, given: tuple[Any, ...]) -> None:
        """Refuse names that Windows refuses, and calls that it has not."""
        if event in ("open", "os.mkdir", "os.rename") and isinstance(given[0], str | os.PathLike):
            path = Path.cwd() / Path(os.fspath(given[0]))
            if path.is_relative_to(root) and (faults := faults_of_name(path, root)):
                raise SystemExit(f"as on Windows: {faults}")

    sys.addaudithook(check)


if __name__ == "__main__":
    folder, *words = sys.argv[1:]
    import pyogrio  # noqa: F401  # which asks for users and limits as it is loaded

    begin(Path(folder))
    from pipeline.cli.main import main

    while words:
        command, words = words[: words.index("then")], words[words.index("then") + 1 :]
        if code := main(command, standalone_mode=False):
            sys.exit(code)
