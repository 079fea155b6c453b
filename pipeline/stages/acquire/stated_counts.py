"""How many rows a file says there are, by its own header or by the service that it was downloaded from."""

import json
import re
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

from layers.errors import SourceRefusal
from pipeline.project.source import SourceConfig
from pipeline.stages.acquire.input_validation import format_of
from pipeline.storage.addresses import sqlite_address

END_BYTES = 65536
# What services write at the head of an answer: all that match, and those in this answer.
MATCHED = re.compile(rb'"?\b(?:numberMatched|numberOfFeatures|totalFeatures)"?\s*[:=]\s*"?(\d+)')
RETURNED = re.compile(rb'"?\bnumberReturned"?\s*[:=]\s*"?(\d+)')
NEXT_PAGE = re.compile(
    rb'\bnext="[^"]+"|"rel"\s*:\s*"next"|"exceededTransferLimit"\s*:\s*true|"next"\s*:\s*"http', re.IGNORECASE
)
ROOT_TAG = re.compile(rb"<[A-Za-z_][^>]*>")
RECORD_SEPARATOR = b"\x1e"
BAG_OBJECT = re.compile(rb"<(?:[\w.-]+:)?bagObject>")
FEATURES = re.compile(rb'"features"\s*:')


def check_service_counts(thing: str, card: SourceConfig, content: bytes, rows: int) -> None:
    """Refuse half a download: fewer rows than the service says it has, or a page with another behind it."""
    stated = _around_features(content) if format_of(card).name == "geojson" else _root(content)
    for pattern, words in ((MATCHED, "match"), (RETURNED, "are in this answer")):
        number = pattern.search(stated)
        if number and int(number[1]) != rows and (words != "match" or int(number[1]) > rows):
            raise _half(thing, f"{rows} features, and the service said that {int(number[1])} {words}")
    if NEXT_PAGE.search(stated):
        raise _half(thing, f"{rows} features and a next page behind them")


def _half(thing: str, actual: str) -> SourceRefusal:
    return SourceRefusal(
        thing,
        actual=actual,
        expected="all features in one file",
        todo="download the pages behind it as well and put them together, without what the service says of one page",
    )


def _root(content: bytes) -> bytes:
    tag = ROOT_TAG.search(content)
    return tag.group() if tag else b""


def _around_features(content: bytes) -> bytes:
    """What a GeoJSON says before its features and behind the last of them."""
    start = FEATURES.search(content)
    if start is None:
        return b""
    end = content[max(start.end(), len(content) - END_BYTES) :]
    _, coordinates, behind = end.rpartition(b'"coordinates"')
    return content[: start.start()] + (behind if coordinates else end)


def check_shapefile(thing: str, path: Path) -> None:
    """Refuse a .shp, .shx or .dbf that is shorter than it says, and as many shapes as there are no records."""
    (head, size), index, dbf = (_head_and_size(path, suffix) for suffix in (".shp", ".shx", ".dbf"))
    faults = []
    if len(head) >= 28 and (stated := struct.unpack(">i", head[24:28])[0] * 2) > size:
        faults.append(f"a .shp of {size} bytes that says it has {stated}")
    shapes = (index[1] - 100) // 8 if index[1] else None
    if len(dbf[0]) >= 12:
        records, header, width = struct.unpack("<IHH", dbf[0][4:12])
        if header + records * width > dbf[1]:
            faults.append(f"a .dbf of {dbf[1]} bytes, too short for the {records} records that it says it has")
        elif shapes is not None and shapes != records:
            faults.append(f"{shapes} shapes in the .shx and {records} records in the .dbf")
    if faults:
        raise SourceRefusal(
            thing, actual=faults, expected="parts that belong together", todo="ask for the delivery again"
        )


def _head_and_size(path: Path, suffix: str) -> tuple[bytes, int]:
    """The first bytes and the size of a part of a Shapefile; nothing where it is not there."""
    names = [name for name in (path.with_suffix(suffix), path.with_suffix(suffix.upper())) if name.is_file()]
    if not names:
        return b"", 0
    with names[0].open("rb") as stream:
        return stream.read(100), names[0].stat().st_size


def check_members(thing: str, content: bytes, layer: str, rows: int) -> None:
    """Refuse a GML or BAG extract of which GDAL reads fewer features than there are members of that kind: of some
    schemas, such as those of INSPIRE, it stops at the first."""
    name = re.escape(layer.encode())
    members = re.findall(rb"<(?:[\w.-]+:)?\w*[mM]ember[^<>]*>\s*<(?:[\w.-]+:)?" + name + rb"[\s>/]", content)
    stated = len(members) or len(BAG_OBJECT.findall(content))
    if rows < stated:
        raise SourceRefusal(
            thing,
            actual=f"{rows} features '{layer}' that GDAL can read of the {stated} that stand there",
            expected="all of them",
            todo="GDAL cannot follow the schema of this file (INSPIRE); take the same data as GeoPackage or GeoJSON, "
            "such as from the service that it comes from",
        )


def check_lines(thing: str, content: bytes, rows: int) -> None:
    """Refuse lines of GeoJSON, or of the attributes of a MIF, that are more than the rows that GDAL makes of them: it
    passes by those that it cannot read, and gives shapes the attributes of their neighbours."""
    # Behind record separators a record may take several lines.
    parts = content.split(RECORD_SEPARATOR if RECORD_SEPARATOR in content else b"\n")
    stated = sum(bool(part.strip()) for part in parts)
    if stated != rows:
        raise short(thing, rows, stated)


def check_topology(thing: str, content: bytes, layer: str, rows: int) -> None:
    """Refuse an object of a TopoJSON of which GDAL makes fewer rows than it has shapes."""
    try:
        parts = json.loads(content).get("objects", {}).get(layer, {}).get("geometries", [])
    except ValueError as fault:  # GDAL takes what is no JSON as well
        raise SourceRefusal(
            thing, actual=f"text that is no JSON ({fault})", expected="a whole file", todo="ask for the delivery again"
        ) from None
    if rows < len(parts):
        raise short(thing, rows, len(parts))


def check_table(thing: str, path: Path, layer: str, rows: int) -> None:
    """Refuse a layer of a database of which GDAL read another number of rows than the table has."""
    with closing(sqlite3.connect(sqlite_address(path), uri=True)) as base:
        name = layer.replace('"', '""')
        (counted,) = base.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()
    if counted != rows:
        raise short(thing, rows, counted)


def check_header(thing: str, stated: int, rows: int) -> None:
    """Refuse a file of which another number of rows was read than its header says."""
    if stated >= 0 and stated != rows:
        raise short(thing, rows, stated)


def short(thing: str, rows: int, stated: int) -> SourceRefusal:
    """Fewer rows than there are."""
    return SourceRefusal(
        thing,
        actual=f"{rows} rows that can be read of the {stated} that it says it has",
        expected="a whole file",
        todo="ask for the delivery again",
    )
