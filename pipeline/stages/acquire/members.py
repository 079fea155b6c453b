"""The plain files that a file of a card stands for: itself, the members of a zip, or what a gz holds."""

import fnmatch
import gzip
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from layers.errors import SourceRefusal
from pipeline.project.file_formats import GZIP_ENDING, ZIP_ENDINGS, FileFormat, without_packing
from pipeline.project.source import SourceConfig
from pipeline.stages.acquire.input_validation import FILE_BYTES, ZIP_RATIO, format_of, inspect, unpacking
from pipeline.storage.checksums import READ_BYTES

# What a Mac packs beside the files: their icons and the like.
MAC_FOLDER, MAC_PREFIX = "__MACOSX/", "._"


@contextmanager
def plain_files(card: SourceConfig, paths: Mapping[str, Path]) -> Iterator[list[tuple[SourceConfig, Path]]]:
    """Each file that these hold, unpacked where it is packed, with the card of it alone: its path is what a refusal
    calls it by. Refused where a zip holds none that the card means, or several without the card naming them.
    """
    known, files = format_of(card), []
    with ExitStack() as stack:
        for shown, path in paths.items():
            alone = card.model_copy(update={"path": shown, "format": known.name})
            ending = path.suffix.lower()
            if ending not in (*ZIP_ENDINGS, GZIP_ENDING):
                files.append((alone, path))
                continue
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            is_zip = ending in ZIP_ENDINGS
            members = _unpacked(alone, path, folder) if is_zip else {shown: unpack_gz(alone, path, folder)}
            for name, file in members.items():
                named = alone if len(members) == 1 else alone.model_copy(update={"path": f"{shown} > {name}"})
                inspect(named, file)
                files.append((named, file))
        yield files


def _unpacked(card: SourceConfig, path: Path, folder: Path) -> dict[str, Path]:
    """The members of a zip that the card means, by name, each unpacked with what belongs to it."""
    known = format_of(card)
    with unpacking(f"source '{card.name}', file '{card.path}'"):
        names = _picked(card, path)
        return {name: unpack_member(path, known, name, folder / str(number)) for number, name in enumerate(names)}


def _picked(card: SourceConfig, path: Path) -> list[str]:
    known, thing = format_of(card), f"source '{card.name}', file '{card.path}'"
    every = names_in_zip(path)
    fitting = members_of_format(every, known)
    if card.member is not None:
        picked = [card.member] if card.member in every else fnmatch.filter(fitting, card.member)
        if not picked:
            raise SourceRefusal(
                thing,
                actual=f"members {(fitting or every)[:10]}",
                expected=f"a member '{card.member}'",
                todo="the zip changed, or the card names it otherwise",
            )
        return sorted(picked)
    if len(fitting) != 1:
        raise SourceRefusal(
            thing,
            actual=f"{len(fitting)} members of format {known.name}: {(fitting or every)[:10]}",
            expected="one, or in the card which of them count",
            todo='name it in the card: member = "..."; of parts of one thing a pattern: member = "*.gml"'
            if fitting
            else 'name in the card in what format its members are: format = "..."',
        )
    return fitting


def names_in_zip(path: Path) -> list[str]:
    """The members of a zip that are files, without what a Mac packs beside them."""
    with zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if not name.endswith("/") and not _is_of_mac(name)]


def members_of_format(names: list[str], known: FileFormat) -> list[str]:
    """The members that are of a format; a folder that is one file of it counts as one."""
    if known.is_folder:
        inner = f"{known.endings[0]}/"
        return sorted({name.split(inner)[0] + known.endings[0] for name in names if inner in name})
    return sorted(name for name in names if name.lower().endswith(known.in_zip()))


def _is_of_mac(name: str) -> bool:
    return name.startswith(MAC_FOLDER) or name.rpartition("/")[2].startswith(MAC_PREFIX)


def unpack_member(path: Path, known: FileFormat, member: str, folder: Path) -> Path:
    """A member of a zip in a folder, with the files that belong to it; of a format that is a folder all in it."""
    with zipfile.ZipFile(path) as archive:
        if known.is_folder:
            archive.extractall(folder, [name for name in archive.namelist() if name.startswith(f"{member}/")])
            return folder / member
        file = Path(archive.extract(member, folder))
        # Under the name of the member itself, for capitals may differ.
        start_of = {f"{start}{end}".casefold(): start for start in (file.stem, file.name) for end in known.companions}
        for other in archive.namelist():
            within, _, name = other.rpartition("/")
            start = start_of.get(name.casefold())
            if other != member and start is not None and within == member.rpartition("/")[0]:
                file.with_name(start + name[len(start) :]).write_bytes(archive.read(other))
    return file


def unpack_gz(card: SourceConfig, path: Path, folder: Path) -> Path:
    """What a gz holds, in a folder under its name; refused where it is broken, or grows beyond what a delivery is."""
    thing = f"source '{card.name}', file '{card.path}'"
    place, size = folder / without_packing(path.name), 0
    most = min(FILE_BYTES, ZIP_RATIO * max(path.stat().st_size, READ_BYTES))
    with unpacking(thing), gzip.open(path) as packed, place.open("wb") as plain:
        while block := packed.read(READ_BYTES):
            size += plain.write(block)
            if size > most:
                raise SourceRefusal(
                    thing,
                    actual=f"more than {most:,} bytes from {path.stat().st_size:,}",
                    expected="an ordinary gz",
                )
    return place
