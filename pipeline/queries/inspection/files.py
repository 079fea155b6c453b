"""Which files there are below the given paths, and what is in each; any fault of a file is told as a fault of it."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from layers.errors import ConfigRefusal, Refusal, reading
from pipeline.project.file_formats import (
    GZIP_ENDING,
    INPUT_FORMATS,
    ZIP_ENDINGS,
    FileFormat,
    format_of_path,
)
from pipeline.queries.inspection import tables, vectors
from pipeline.queries.inspection.profile import FileLayer, probe
from pipeline.stages.acquire.input_validation import inspect
from pipeline.stages.acquire.members import (
    MAC_FOLDER,
    members_of_format,
    names_in_zip,
    unpack_gz,
    unpack_member,
)

# What belongs to another file and is never one to read by itself.
SIDE_ENDINGS = {ending for known in INPUT_FORMATS.values() for ending in known.companions} - {
    ending for known in INPUT_FORMATS.values() for ending in known.endings
}
SIDE_ENDINGS |= {".qix", ".sbn", ".sbx", ".fbn", ".fbx", ".qpj", ".qmd", ".gfs", ".xsd", ".tfwx"}
NOT_READ = "stands for no format that is read"
SIDE_NAMES = (".shp.xml", ".aux.xml", ".gpkg-wal", ".gpkg-shm", ".gpkg-journal")


def _layers_of_grid(path: Path, shown: str, known: FileFormat) -> list[FileLayer]:
    from pipeline.queries.inspection import grids  # rasterio takes half a second, and few bring a grid

    return grids.layers_of(path, shown, known)


READERS = {
    "vector": vectors.layers_of,
    "geoparquet": tables.layers_of_parquet,
    "csv": tables.layers_of_csv,
    "xlsx": tables.layers_of_workbook,
    "grid": _layers_of_grid,
}


def inspect_paths(paths: Sequence[Path], root: Path | None = None) -> list[FileLayer]:
    """The layers of all files in these places, in the order of their names; paths as they were given, or below a
    root. Refuses a place that is not there."""
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise ConfigRefusal(f"path '{missing[0]}'", actual="nothing there", expected="a file or folder to look into")
    files = [file for path in paths for file in _files(path)]
    return [
        layer
        for file in files
        for layer in inspect_file(file, (file if root is None else file.relative_to(root)).as_posix())
    ]


def _files(path: Path) -> Iterator[Path]:
    """The files of a place; a folder that is one file of a format counts as a file."""
    if path.is_file() or _is_folder_format(path):
        yield path
        return
    try:
        entries = sorted(path.iterdir(), key=lambda entry: entry.name.casefold())
    except OSError:  # of a folder that may not be opened it is told as of a file
        yield path
        return
    for inner in entries:
        if inner.name.startswith(".") or inner.name in (MAC_FOLDER.rstrip("/"), "__pycache__"):
            continue
        if inner.is_dir():
            # A link may lead back to a folder above it.
            yield from () if inner.is_symlink() else _files(inner)
        elif not _is_side_file(inner):
            yield inner


def _is_folder_format(path: Path) -> bool:
    known = INPUT_FORMATS.get(format_of_path(path.name))
    return path.is_dir() and known is not None and known.is_folder


def _is_side_file(path: Path) -> bool:
    name, ending = path.name.casefold(), path.suffix.casefold()
    # MapInfo places a grid by a file that has the ending of its tables.
    places_grid = ending == ".tab" and any(
        path.with_suffix(grid).is_file() for grid in INPUT_FORMATS["geotiff"].endings
    )
    return name.endswith(SIDE_NAMES) or ending in SIDE_ENDINGS or places_grid


def inspect_file(path: Path, shown: str) -> list[FileLayer]:
    """The layers of one file; where it cannot be read, one without content and with the fault."""
    try:
        with reading(f"file '{shown}'"):
            if path.suffix.casefold() in ZIP_ENDINGS:
                return _in_zip(path, shown)
            known = INPUT_FORMATS.get(format_of_path(path.name))
            if path.is_dir() and known is None:
                next(path.iterdir(), None)
            if known is None:
                return [FileLayer(shown, faults=(f"ending '{path.suffix}' {NOT_READ}",))]
            if path.suffix.casefold() == GZIP_ENDING:
                return _in_gz(path, shown, known)
            inspect(probe(shown), path)
            return READERS[known.reader](path, shown, known)
    except Refusal as refusal:
        return [FileLayer(shown, format=format_of_path(shown), faults=(in_words(refusal),))]


def in_words(refusal: Refusal) -> str:
    """What was refused, without the name of the thing, and what to do."""
    wish = f", expected {refusal.expected}" if refusal.expected else ""
    advice = f" ({refusal.todo})" if refusal.todo else ""
    return "; ".join(refusal.actual) + wish + advice


def _in_zip(path: Path, shown: str) -> list[FileLayer]:
    """The layers of each member of a zip that is of a known format."""
    inspect(probe(shown, format="gpkg"), path)
    members = names_in_zip(path)
    layers: list[FileLayer] = []
    for known, names in _members(members).items():
        for name in names:
            card = {"format": known.name} | ({"member": name} if len(names) > 1 else {})
            layers += [
                replace(layer, path=shown, member=name, card={**layer.card, **card})
                for layer in _member(path, shown, known, name)
            ]
    if not layers:
        return [FileLayer(shown, format="zip", faults=(f"no member of a format that is read: {members[:5]}",))]
    return layers


def _members(names: Sequence[str]) -> dict[FileFormat, list[str]]:
    """The members of a zip by format; what lies in a folder that is one file of a format is that file."""
    left, of_format = list(names), {}
    for known in sorted(INPUT_FORMATS.values(), key=lambda known: not known.is_folder):
        of_format[known] = members_of_format(left, known)
        inner = tuple(f"{name}/" for name in of_format[known])
        left = [name for name in left if name not in of_format[known] and not (inner and name.startswith(inner))]
    return {known: of_format[known] for known in INPUT_FORMATS.values() if of_format[known]}


def _member(path: Path, shown: str, known: FileFormat, member: str) -> list[FileLayer]:
    try:
        with tempfile.TemporaryDirectory() as folder, reading(f"file '{shown}', member '{member}'"):
            file = unpack_member(path, known, member, Path(folder))
            inspect(probe(member, format=known.name), file)
            return READERS[known.reader](file, shown, known)
    except Refusal as refusal:
        return [FileLayer(shown, member, known.name, faults=(in_words(refusal),))]


def _in_gz(path: Path, shown: str, known: FileFormat) -> list[FileLayer]:
    card = probe(shown, format=known.name)
    inspect(card, path)
    with tempfile.TemporaryDirectory() as folder:
        file = unpack_gz(card, path, Path(folder))
        inspect(card, file)
        return READERS[known.reader](file, shown, known)
