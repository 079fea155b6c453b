"""Input validation: no file is opened that is not what its ending says, or that lies outside the data folder."""

import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from layers.errors import SourceRefusal
from layers.sentences import Sentence
from pipeline.project.data_folders import Folders, each_folder
from pipeline.project.file_formats import (
    GZIP,
    GZIP_ENDING,
    INPUT_FORMATS,
    SQLITE,
    ZIP,
    ZIP_ENDINGS,
    FileFormat,
    format_of_path,
)
from pipeline.project.source import SourceConfig
from pipeline.storage.addresses import parts_of_file, sqlite_address
from pipeline.storage.checksums import sha256_of_files

HEAD_BYTES = 65536
# Beyond these a zip is made to fill a disk, not to bring data.
ZIP_MEMBERS, ZIP_BYTES, ZIP_RATIO = 10_000, 8 * 2**30, 200
# What GDAL would take for the name of a driver; a letter alone is a drive of Windows.
DRIVER_PREFIX = r"[A-Za-z]{2,}:|[A-Za-z]:(?!/)"
# Signs by which a path stands for several files, and as many as make one table.
PATTERN_SIGNS = re.compile(r"[*?]")
MOST_FILES = 10_000
# What is read into memory as a whole, and what is read by its parts.
TEXT_BYTES, FILE_BYTES = 2 * 2**30, 32 * 2**30


def locate(card: SourceConfig, data: Folders) -> dict[str, Path]:
    """The card's file, or the files that its pattern fits, by what they are called below the folder that they are in;
    inside one of the folders of data, and of the kind they claim to be."""
    thing = Sentence("source '{source}'", source=card.name)
    # GDAL opens addresses and paths of its own (/vsicurl/...): nothing is fetched unseen.
    if "://" in card.path or card.path.startswith(("/vsi", "\\\\")):
        raise SourceRefusal(
            thing,
            actual=f"path '{card.path}' is an address",
            expected="a file below the data folder",
            todo="download the file first; services are not read yet",
        )
    if re.search(r"[<>|\n]", card.path) or re.match(DRIVER_PREFIX, card.path):
        raise SourceRefusal(
            thing, actual=f"path '{card.path}' has signs that a path may not have", expected="a plain relative path"
        )
    folders = each_folder(data)
    shown = ", ".join(f"'{folder}'" for folder in folders)
    # Links are followed first, so that none leads outside.
    named = {
        folder: {name: path.resolve() for name, path in _named(card, folder).items()} for folder in map(Path, folders)
    }
    inside = {folder: paths for folder, paths in named.items() if _is_inside(folder, paths)}
    there = [paths for paths in inside.values() if paths and all(path.exists() for path in paths.values())]
    if not inside or (not there and len(inside) < len(named)):
        raise SourceRefusal(
            thing,
            actual=f"path '{card.path}' leads outside the data folder {shown}",
            expected="a file below it",
            todo="copy the file into the data folder, or change --data; or name its folder in project.toml: "
            '[data] roots = ["..."]',
        )
    if not there:
        raise SourceRefusal(
            thing,
            actual=Sentence("file '{file}' is not there", file=card.path),
            expected=Sentence("it below {folder}", folder=shown),
            todo="check the path in the card, or --data",
        )
    paths = there[0]
    if any(set(other.values()) != set(paths.values()) for other in there):
        raise SourceRefusal(
            thing,
            actual=f"'{card.path}' is in {len(there)} of the folders {shown}",
            expected="one file of this name",
            todo="name it in the card by its whole path, or take a folder out of project.toml ([data] roots)",
        )
    if len(paths) > MOST_FILES:
        raise SourceRefusal(
            thing,
            actual=f"{len(paths):,} files that '{card.path}' fits",
            expected=f"at most {MOST_FILES:,}",
            todo="name fewer in the card, or put them together in one file",
        )
    format_of(card)
    return paths


def _is_inside(folder: Path, paths: Mapping[str, Path]) -> bool:
    return all(path.is_relative_to(folder.resolve()) for path in paths.values())


def _named(card: SourceConfig, data: Path) -> dict[str, Path]:
    """What a card names, there or not; of a pattern all files that it fits but for those that belong to another."""
    plain = data / card.path
    if not PATTERN_SIGNS.search(card.path) or plain.exists():
        return {card.path: plain}
    parts = PurePosixPath(card.path).parts
    fixed = next(number for number, part in enumerate(parts) if PATTERN_SIGNS.search(part))
    base = data.joinpath(*parts[:fixed])
    if not base.resolve().is_relative_to(data.resolve()):
        return {card.path: base}
    pattern = "/".join(parts[fixed:]).replace("[", "[[]")
    known = format_of(card)
    companions = tuple(ending for ending in known.companions if ending not in known.endings)
    return {
        path.relative_to(data).as_posix(): path
        for path in sorted(base.glob(pattern))
        if not path.name.startswith(".") and (known.is_folder or path.is_file())
        if not path.name.lower().endswith(companions)
    }


def format_of(card: SourceConfig) -> FileFormat:
    """The format of the card's file; refused where neither the card nor the ending tells."""
    known = INPUT_FORMATS.get(card.format or format_of_path(card.member or "") or format_of_path(card.path))
    if known is None:
        raise SourceRefusal(
            Sentence("source '{source}'", source=card.name),
            actual=Sentence("the ending of '{file}' stands for no known format", file=card.path),
            expected=Sentence("one of {words}", words=sorted(INPUT_FORMATS)),
            todo='name it in the card: format = "..."',
        )
    return known


def inspect(card: SourceConfig, path: Path) -> None:
    """Refuse a file that is empty, is not what its ending says, or hides something."""
    thing = f"source '{card.name}', file '{card.path}'"
    known = format_of(card)
    if path.is_dir():
        if not known.is_folder:
            raise SourceRefusal(thing, actual="a folder", expected="a file")
        return
    if path.stat().st_size == 0:
        raise SourceRefusal(thing, actual="an empty file", todo="ask for the delivery again")
    if path.suffix.lower() in ZIP_ENDINGS:
        _inspect_zip(thing, path)
        return
    if path.suffix.lower() == GZIP_ENDING:
        _inspect_gz(thing, path)
        return
    _inspect_size(thing, path, known)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    inspect_head(thing, known, head)
    if SQLITE in known.magic:
        inspect_sqlite(thing, path)


def _inspect_size(thing: str, path: Path, known: FileFormat) -> None:
    """Refuse a file that would fill the memory before anything could be said of it."""
    is_whole = known.is_text or known.reader in ("csv", "xlsx")
    size, most = path.stat().st_size, TEXT_BYTES if is_whole else FILE_BYTES
    if known.magic == (ZIP,) and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = max(size, sum(member.file_size for member in archive.infolist()))
    if size > most:
        raise SourceRefusal(
            thing,
            actual=f"{size:,} bytes",
            expected=f"at most {most:,}",
            todo="cut out the clusters, or bring it as GeoPackage",
        )


def inspect_sqlite(thing: str, path: Path) -> None:
    """Refuse a GeoPackage with edits not yet in it, or that SQLite itself finds damaged."""
    for ending in ("-wal", "-journal"):
        unsaved = path.with_name(path.name + ending)
        if unsaved.exists() and unsaved.stat().st_size:
            raise SourceRefusal(
                thing,
                actual=f"edits that are not in it yet ({unsaved.name})",
                todo="save them in QGIS and close the file",
            )
    try:
        base = sqlite3.connect(sqlite_address(path), uri=True)
        health = base.execute("PRAGMA quick_check(1)").fetchone()[0]
        # Read by GDAL before it reads any layer: a query in the place of such a table need not end.
        views = base.execute("SELECT name FROM sqlite_master WHERE type = 'view' AND name LIKE 'gpkg_%'").fetchall()
        base.close()
        health = f"{views[0][0]} is a view" if views else health
    except sqlite3.DatabaseError as fault:
        health = str(fault)
    if health != "ok":
        raise SourceRefusal(
            thing,
            actual=f"a file that cannot be read ({health})",
            expected="a whole GeoPackage",
            todo="ask for the delivery again",
        )


def inspect_head(thing: str, known: FileFormat, head: bytes) -> None:
    """Refuse content whose first bytes are not those of its format, or that holds definitions and references."""
    # A text may begin with a byte-order mark.
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip() if known.is_text else head
    if known.magic and not start.startswith(known.magic):
        raise SourceRefusal(
            thing,
            actual=f"content that starts with {start[:16]!r}",
            expected=f"a file of format {known.name}",
            todo="the ending and the content disagree; ask where the file comes from",
        )
    refuse_markup(thing, known, head)


def refuse_markup(thing: str, known: FileFormat, content: bytes) -> None:
    """Refuse text that has its reader open something else: definitions, references, links to data elsewhere."""
    hidden = known.forbidden.search(content) if known.forbidden is not None else None
    if hidden:
        text = hidden.group().decode(errors="replace").strip()
        raise SourceRefusal(thing, actual=f"{text!r} in it", expected="plain data without definitions or references")


@contextmanager
def unpacking(thing: str) -> Iterator[None]:
    """Say of a zip or gz that cannot be unpacked that it is broken."""
    try:
        yield
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, OSError) as fault:
        raise SourceRefusal(
            thing,
            actual=f"something packed that cannot be unpacked ({fault})",
            expected="a whole file",
            todo="ask for the delivery again",
        ) from None


def _inspect_gz(thing: str, path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(len(GZIP))
    if head != GZIP:
        raise SourceRefusal(thing, actual="content that is no gz", expected="a gz file")


def _inspect_zip(thing: str, path: Path) -> None:
    if not zipfile.is_zipfile(path):
        raise SourceRefusal(thing, actual="content that is no zip", expected="a zip file")
    with unpacking(thing), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    locked = [member.filename for member in members if member.flag_bits & 1]
    if locked:
        raise SourceRefusal(
            thing,
            actual=f"members with a password: {locked[:3]}",
            expected="plain files",
            todo="unpack it with the password, and pack it without",
        )
    size = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    unsafe = [m.filename for m in members if m.filename.startswith("/") or ".." in Path(m.filename).parts]
    # Unix keeps the kind of a member in the upper half of its attributes; 12 (octal) is a symbolic link.
    links = [m.filename for m in members if (m.external_attr >> 16) & 0o170000 == 0o120000]
    if unsafe or links:
        raise SourceRefusal(
            thing, actual=f"members that lead elsewhere: {(unsafe + links)[:3]}", expected="plain files"
        )
    if len(members) > ZIP_MEMBERS or size > ZIP_BYTES or size / packed > ZIP_RATIO:
        raise SourceRefusal(
            thing, actual=f"{len(members)} members, {size} bytes from {packed}", expected="an ordinary zip"
        )


def check_driver(card: SourceConfig, opened: str) -> None:
    """Refuse when GDAL opened the file as something else than its format."""
    allowed = format_of(card).drivers
    if opened not in allowed:
        really = next((known.name for known in INPUT_FORMATS.values() if opened in known.drivers), None)
        raise SourceRefusal(
            f"source '{card.name}', file '{card.path}'",
            actual=f"GDAL reads it as {opened}",
            expected=f"one of {allowed}",
            todo=f'name the format that it really has in the card: format = "{really}"'
            if really
            else "the ending and the content disagree; ask where the file comes from",
        )


def checksum(path: Path, known: FileFormat | None = None) -> tuple[str, int]:
    """SHA-256 and size in bytes of a file with its companions, or of all files in a folder; known: its format, where
    its ending does not say."""
    if path.is_dir():
        files = sorted(part for part in path.rglob("*") if part.is_file())
    else:
        files = parts_of_file(path, known or INPUT_FORMATS.get(format_of_path(path.name)))
    return sha256_of_files(files)
