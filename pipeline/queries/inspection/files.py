"""Which files there are below the given paths, and what is in each; any fault of a file is told as a fault of it."""

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from layers.errors import ConfigRefusal, Refusal, reading
from pipeline.project.file_formats import GRID_PARTS, INPUT_FORMATS, SHAPEFILE_PARTS, FileFormat, format_of_path
from pipeline.queries.inspection import tables, vectors
from pipeline.queries.inspection.profile import FileLayer, probe
from pipeline.stages.acquire.input_validation import inspect
from pipeline.stages.acquire.vectors import MAC_FOLDER, MAC_PREFIX

# What belongs to another file and is never one to read by itself.
SIDE_ENDINGS = {
    *SHAPEFILE_PARTS,
    *GRID_PARTS,
    ".qix",
    ".sbn",
    ".sbx",
    ".fbn",
    ".fbx",
    ".qpj",
    ".qmd",
    ".gfs",
    ".xsd",
    ".tfwx",
} - {".shp"}
NOT_READ = "stands for no format that is read"
SIDE_NAMES = (".shp.xml", ".aux.xml", ".gpkg-wal", ".gpkg-shm", ".gpkg-journal")


def _layers_of_grid(path: Path, shown: str, known: FileFormat, member: str) -> list[FileLayer]:
    from pipeline.queries.inspection import grids  # rasterio takes half a second, and few bring a grid

    return grids.layers_of(path, shown, known, member)


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
        if inner.name.startswith(".") or inner.name in (MAC_FOLDER, "__pycache__"):
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
    name = path.name.casefold()
    return name.endswith(SIDE_NAMES) or path.suffix.casefold() in SIDE_ENDINGS


def inspect_file(path: Path, shown: str) -> list[FileLayer]:
    """The layers of one file; where it cannot be read, one without content and with the fault."""
    try:
        with reading(f"file '{shown}'"):
            if path.suffix.casefold() == ".zip":
                return _in_zip(path, shown)
            known = INPUT_FORMATS.get(format_of_path(path.name))
            if path.is_dir() and known is None:
                next(path.iterdir(), None)
            if known is None:
                return [FileLayer(shown, faults=(f"ending '{path.suffix}' {NOT_READ}",))]
            inspect(probe(shown), path)
            return READERS[known.reader](path, shown, known, "")
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
    with zipfile.ZipFile(path) as archive:
        members = [name for name in archive.namelist() if not name.endswith("/") and not _is_of_mac(name)]
    layers: list[FileLayer] = []
    several = {known: names for known, names in _members(members).items() if names}
    for known, names in several.items():
        for name in names:
            layers += _member(path, shown, INPUT_FORMATS[known], name)
        if len(names) > 1:
            fault = f"{len(names)} members of format {known}: a card takes one; unpack the zip"
            layers[-1] = _with_fault(layers[-1], fault)
    if not layers:
        return [FileLayer(shown, format="zip", faults=(f"no member of a format that is read: {members[:5]}",))]
    return layers


def _members(names: Sequence[str]) -> dict[str, list[str]]:
    """The members of a zip by format; a folder that is one file of a format counts as one."""
    of_format: dict[str, list[str]] = {name: [] for name in INPUT_FORMATS}
    for known in INPUT_FORMATS.values():
        if known.is_folder:
            inner = f"{known.endings[0]}/"
            of_format[known.name] = sorted({name.split(inner)[0] + known.endings[0] for name in names if inner in name})
    folders = tuple(f"{name}/" for known in INPUT_FORMATS.values() if known.is_folder for name in of_format[known.name])
    for name in names:
        known_as = next((known for known in INPUT_FORMATS.values() if name.casefold().endswith(known.in_zip())), None)
        if known_as is not None and not known_as.is_folder and not (folders and name.startswith(folders)):
            of_format[known_as.name].append(name)
    return of_format


def _member(path: Path, shown: str, known: FileFormat, member: str) -> list[FileLayer]:
    try:
        with reading(f"file '{shown}', member '{member}'"):
            if known.reader == "vector" and known.name != "gpkg":
                return READERS["vector"](path, shown, known, member)
            with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
                file = Path(archive.extract(member, folder))
                inspect(probe(member, format=known.name), file)
                layers = READERS[known.reader](file, shown, known, member)
    except Refusal as refusal:
        return [FileLayer(shown, member, known.name, faults=(in_words(refusal),))]
    if known.reader == "vector":
        return layers
    return [_with_fault(layer, "a card reads it from no zip; unpack it") for layer in layers]


def _with_fault(layer: FileLayer, fault: str) -> FileLayer:
    return replace(layer, faults=(*layer.faults, fault))


def _is_of_mac(name: str) -> bool:
    return name.startswith(MAC_FOLDER) or name.rpartition("/")[2].startswith(MAC_PREFIX)
