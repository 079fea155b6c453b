"""The one place where a path becomes what a library opens it by, whatever signs stand in it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from urllib.parse import quote

# Signs by which pyogrio, rasterio and GDAL part a path into an archive, an option or an address.
PARTING_SIGNS = re.compile(r"[!;?#%&<>|*\"'\[\]{}$^`\n]")


class Accompanied(Protocol):
    """A format of file, with its endings and those of the files that may lie beside one."""

    @property
    def endings(self) -> tuple[str, ...]:
        """Endings, with their dot."""

    @property
    def companions(self) -> tuple[str, ...]:
        """Endings, with their dot."""


def sqlite_address(path: Path) -> str:
    """What SQLite opens to read this file; immutable, so that it writes no file next to it."""
    return f"file:{quote(str(path))}?mode=ro&immutable=1"


@contextmanager
def gdal_address(path: Path, known: Accompanied) -> Iterator[str]:
    """What GDAL opens for this file: a link under a plain name where its own has signs that part an address."""
    if not PARTING_SIGNS.search(str(path)):
        yield str(path)
        return
    with TemporaryDirectory() as folder:
        for part in parts_of_file(path, known):
            _link(part, Path(folder) / f"plain{part.name[len(path.stem) :]}")
        yield str(Path(folder) / f"plain{path.suffix}")


@contextmanager
def plain_folder(folder: Path) -> Iterator[Path]:
    """A folder to write new files in, under a path in which no sign parts an address."""
    if not PARTING_SIGNS.search(str(folder)):
        yield folder
        return
    with TemporaryDirectory() as links:
        link = Path(links) / "plain"
        try:
            link.symlink_to(folder.resolve(), target_is_directory=True)
        except OSError:  # a system on which not everybody may link: what was written is brought to its place
            link.mkdir()
        yield link
        for path in [] if link.is_symlink() else link.iterdir():
            shutil.move(path, folder / path.name)


def _link(path: Path, place: Path) -> None:
    try:
        place.symlink_to(path)
    except OSError:  # a system on which not everybody may link
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, place)


def parts_of_file(path: Path, known: Accompanied | None) -> list[Path]:
    """A file and all that is read with it: files of the same name but for the ending, or with one behind it."""
    is_plain = known is not None and path.name.lower().endswith(known.endings)  # and not packed
    if known is None or not known.companions or not is_plain or path.is_dir():
        return [path]
    names = {f"{name}{ending}".casefold() for name in (path.name, path.stem) for ending in known.companions}
    return sorted(part for part in path.parent.iterdir() if part == path or part.name.casefold() in names)
