"""Compare two folders of results: figures.csv, GeoPackages, the report and the figures; exit 1 where anything differs.

Usage: python tools/same_outputs.py BEFORE AFTER

A GeoPackage is compared by content: every table with its columns, its rows in key order, geometries as normalised WKB,
styles as text, and the QGIS project without the zip around it. All other files are compared byte by byte.
"""

import hashlib
import io
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import shapely

ENVELOPE_DOUBLES = (0, 4, 6, 6, 8)  # GeoPackage 1.4, 2.1.3: by the three bits of the envelope code
# Written by SQLite and GDAL while building the file; the rows that they index or count are compared themselves.
BOOKKEEPING = ("rtree_", "sqlite_", "gpkg_ogr_contents")


def main(before: Path, after: Path) -> int:
    """Print each difference between two folders of results; 0 where there is none, 1 otherwise."""
    missing = [str(folder) for folder in (before, after) if not folder.is_dir()]
    if missing:
        sys.stderr.write(f"refused: no such folder: {', '.join(missing)}\n")
        return 2
    names = sorted(_published(before) | _published(after))
    faults = [fault for name in names for fault in _file_differences(before / name, after / name, name)]
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    sys.stdout.write(f"{len(names)} files compared, {len(faults)} differences\n")
    return 1 if faults or not names else 0


def _published(folder: Path) -> set[str]:
    top = {path.name for suffix in ("*.gpkg", "*.csv", "*.html") for path in folder.glob(suffix)}
    return top | {f"figures/{path.name}" for path in (folder / "figures").glob("*") if path.is_file()}


def _file_differences(before: Path, after: Path, name: str) -> Iterator[str]:
    if not before.is_file() or not after.is_file():
        yield f"{name}: only in {before.parent if before.is_file() else after.parent}"
    elif before.read_bytes() != after.read_bytes():
        if name.endswith(".gpkg"):
            yield from _package_differences(before, after, name)
        else:
            yield f"{name}: {_first_line(before, after)}"


def _first_line(before: Path, after: Path) -> str:
    lines = [path.read_bytes().splitlines() for path in (before, after)]
    for number, (old, new) in enumerate(zip(*lines, strict=False), start=1):
        if old != new:
            return f"line {number}: {old[:120]!r} became {new[:120]!r}"
    return f"{len(lines[0])} lines became {len(lines[1])}"


def _package_differences(before: Path, after: Path, name: str) -> Iterator[str]:
    with closing(_open(before)) as old, closing(_open(after)) as new:
        tables = _tables(old), _tables(new)
        for table in sorted({*tables[0], *tables[1]}):
            if table not in tables[0] or table not in tables[1]:
                yield f"{name}: table '{table}' only {'before' if table in tables[0] else 'after'}"
            else:
                yield from _table_differences(old, new, table, f"{name}: table '{table}'")


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _tables(package: sqlite3.Connection) -> set[str]:
    names = package.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(name) for (name,) in names if not str(name).startswith(BOOKKEEPING)}


def _table_differences(old: sqlite3.Connection, new: sqlite3.Connection, table: str, label: str) -> Iterator[str]:
    columns, rows = zip(*(_content(package, table) for package in (old, new)), strict=True)
    if columns[0] != columns[1]:
        yield f"{label}: columns {columns[0]} became {columns[1]}"
        return
    if len(rows[0]) != len(rows[1]):
        yield f"{label}: {len(rows[0])} rows became {len(rows[1])}"
    for position, column in enumerate(columns[0]):
        pairs = [(was[position], now[position]) for was, now in zip(*rows, strict=False)]
        changed = [pair for pair in pairs if pair[0] != pair[1]]
        if changed:
            old, new = changed[0]
            yield f"{label}: column '{column}': {len(changed)} values, first {old!r:.100} became {new!r:.100}"


def _content(package: sqlite3.Connection, table: str) -> tuple[list[str], list[tuple[object, ...]]]:
    cursor = package.execute(f'SELECT * FROM "{table}"')
    columns = [str(column[0]) for column in cursor.description]
    rows = [tuple(_comparable(value) for value in row) for row in cursor]
    return columns, sorted(rows, key=repr)


def _comparable(value: object) -> object:
    """A stored value as it is compared: digests of normalised WKB and of zipped projects, anything else unchanged."""
    if isinstance(value, bytes) and value[:2] == b"GP":
        wkb = value[8 + 8 * ENVELOPE_DOUBLES[value[3] >> 1 & 7] :]
        return "wkb " + hashlib.sha256(shapely.to_wkb(shapely.normalize(shapely.from_wkb(wkb)))).hexdigest()
    if isinstance(value, str) and value.startswith("504b0304"):
        value = bytes.fromhex(value)
    if isinstance(value, bytes) and value[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(value)) as packed:
            parts = [f"{name} {hashlib.sha256(packed.read(name)).hexdigest()}" for name in sorted(packed.namelist())]
        return "; ".join(parts)
    return value


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.stderr.write(f"{__doc__}")
        sys.exit(2)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
