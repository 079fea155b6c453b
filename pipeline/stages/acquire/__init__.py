"""Acquire: are the source files there, and are they the ones that were pinned?

reads   the files that source cards point at
writes  source_files; raw tables for harmonise; config/sources.lock
keeps   bytes, checksum, date, licence
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from layers.derived.source_files import LAYER
from layers.errors import ConfigRefusal, SourceRefusal
from layers.sources import RASTERS
from pipeline.project.file_formats import INPUT_FORMATS
from pipeline.project.raw_table import RawTable, column
from pipeline.project.source import JoinConfig, SourceConfig, WktConfig, XyConfig
from pipeline.spatial.raster import Grid
from pipeline.stages.acquire.grids import read_grid
from pipeline.stages.acquire.input_validation import checksum, format_of, inspect, locate
from pipeline.stages.acquire.tables import read_csv, read_xlsx
from pipeline.stages.acquire.vectors import read_parquet, read_vector
from pipeline.storage.checksums import checksum_of_bytes

LOCK_HEAD = "# Files behind the source cards, written by `industrieruimte acquire`; --locked refuses any other.\n"
PINNED = ("path", "sha256", "bytes", "dated", "licence", "basis")
TABLE_READERS = {"csv": read_csv, "xlsx": read_xlsx, "geoparquet": read_parquet, "vector": read_vector}


def files_of(card: SourceConfig, data: Path) -> list[Path]:
    """The files of a card, each validated: the one that it names, and the one that it takes geometry from."""
    cards = [card, _joined(card, card.geometry)] if isinstance(card.geometry, JoinConfig) else [card]
    paths = [locate(part, data) for part in cards]
    # Located all before any is read: a file that is not there is told first.
    for part, path in zip(cards, paths, strict=True):
        inspect(part, path)
    return paths


def describe_files(sources: Mapping[str, SourceConfig], folders: Mapping[str, Path]) -> pd.DataFrame:
    """One row per source: path, size, SHA-256, date, licence and basis."""
    rows = []
    for name, card in sources.items():
        sums, sizes = zip(*map(checksum, files_of(card, folders[name])), strict=True)
        rows.append(
            {
                "source": name,
                "layer": card.layer,
                "path": card.path,
                "bytes": sum(sizes),
                # One file has the checksum that sha256sum prints; with a file of geometry, that of both in turn.
                "sha256": sums[0] if len(sums) == 1 else checksum_of_bytes("".join(sums).encode()),
                "dated": card.dated.isoformat(),
                "licence": card.licence,
                "basis": card.basis,
            }
        )
    return LAYER.collect(rows)


def compare_lock(files: pd.DataFrame, lock: Path) -> list[str]:
    """What differs from the lock, one sentence per source; a lock that is not there yet differs from nothing."""
    if not lock.is_file():
        return []
    differences, pinned = [], _pinned(lock)
    for row in files.itertuples():
        entry = pinned.get(row.source)
        if entry is None:
            differences.append(f"source '{row.source}' ({row.path}) is not in the lock")
        elif entry != row.sha256:
            differences.append(
                f"source '{row.source}' ({row.path}): checksum {row.sha256[:12]}, the lock has {entry[:12]}"
            )
    return differences + [
        f"source '{name}' is in the lock but has no card" for name in sorted(set(pinned) - set(files["source"]))
    ]


def _pinned(lock: Path) -> dict[str, str]:
    """The checksum of each source in a lock."""
    try:
        return {name: str(entry["sha256"]) for name, entry in tomllib.loads(lock.read_text(encoding="utf-8")).items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, KeyError) as fault:
        raise ConfigRefusal(
            f"lock '{lock}'",
            actual=f"a damaged file ({fault})",
            todo="remove it and pin again with: industrieruimte acquire",
        ) from None


def lock_text(files: pd.DataFrame) -> str:
    """The lock for these files, as TOML."""
    text = LOCK_HEAD
    for row in files.to_dict("records"):
        text += f"\n[{row['source']}]\n"
        # What JSON writes of a text or a whole number is TOML as well.
        text += "".join(f"{name} = {json.dumps(row[name], ensure_ascii=False)}\n" for name in PINNED)
    return text


def read_source(card: SourceConfig, data: Path) -> RawTable | Grid:
    """What the card's file holds: a table of text with shapes in the CRS of the file, or a grid of levels."""
    path = files_of(card, data)[0]
    if card.layer in RASTERS:
        known = format_of(card)
        if known.reader != "grid":
            grids = " or ".join(entry.name for entry in INPUT_FORMATS.values() if entry.reader == "grid")
            raise ConfigRefusal(f"source '{card.name}'", actual=f"format {known.name}", expected=f"{grids} for a grid")
        return read_grid(card, path, RASTERS[card.layer])
    return _place(card, _read_table(card, path), data)


def _read_table(card: SourceConfig, path: Path) -> RawTable:
    reader = format_of(card).reader
    if reader not in TABLE_READERS:
        raise ConfigRefusal(
            f"source '{card.name}'", actual=f"a grid for layer '{card.layer}'", expected="a file with features"
        )
    return TABLE_READERS[reader](card, path)


def _place(card: SourceConfig, raw: RawTable, data: Path) -> RawTable:
    """The table with the shapes that the card says it has."""
    shapes, crs, given = raw.shapes, _stated_crs(card, raw.crs), card.geometry
    if isinstance(given, WktConfig):
        shapes = _from_wkt(card, raw, given.column)
    if isinstance(given, XyConfig):
        x, y = (_numbers(card, raw, name) for name in (given.x, given.y))
        # Half a place is no place; GEOS takes no nan.
        shapes = np.where(np.isnan(x) | np.isnan(y), None, shapely.points(np.nan_to_num(x), np.nan_to_num(y)))
    if isinstance(given, JoinConfig):
        shapes, in_file = _join(card, given, raw, data)
        crs = _stated_crs(card, in_file)
    return replace(raw, shapes=shapes, crs=crs)


def _stated_crs(card: SourceConfig, in_file: pyproj.CRS | None) -> pyproj.CRS | None:
    if card.crs is None:
        return in_file
    try:
        stated = pyproj.CRS(card.crs)
    except CRSError:
        raise ConfigRefusal(
            f"source '{card.name}'", actual=f"crs {card.crs!r}", expected="a code such as EPSG:28992"
        ) from None
    if (
        in_file is not None
        and not stated.equals(in_file, ignore_axis_order=True)
        and in_file.to_epsg() != stated.to_epsg()
    ):
        raise ConfigRefusal(
            f"source '{card.name}', file '{card.path}'",
            actual=f"crs {card.crs} in the card, {in_file.name} in the file",
            expected="a CRS in the card only where the file has none",
            todo="leave `crs` out, or correct the file",
        )
    return stated


def _from_wkt(card: SourceConfig, raw: RawTable, name: str) -> Any:
    # PostGIS writes the code of the CRS before the shape; the card says it.
    texts = column(raw.cells, name, card).str.replace(r"^SRID=\d+;", "", regex=True)
    shapes = shapely.from_wkt(texts.where(texts.notna(), None).to_numpy(dtype=object), on_invalid="ignore")
    lost = shapely.is_missing(shapes) & texts.notna()
    _refuse_cells(card, raw, name, texts[lost].str[:40], "well-known text")
    return np.asarray(shapes, dtype=object)


def _numbers(card: SourceConfig, raw: RawTable, name: str) -> Any:
    texts = column(raw.cells, name, card).str.replace(card.csv.decimal, ".", regex=False)
    numbers = pd.to_numeric(texts, errors="coerce")
    _refuse_cells(card, raw, name, texts[numbers.isna() & texts.notna()], "a coordinate")
    return numbers.to_numpy(dtype=float)


def _refuse_cells(card: SourceConfig, raw: RawTable, name: str, texts: pd.Series, expected: str) -> None:
    """Refuse the first of these cells of a column, if there are any."""
    for position, text in texts.head(1).items():
        raise SourceRefusal(
            f"source '{card.name}', file '{card.path}', row {raw.rows[position]}, field '{name}'",
            actual=repr(text),
            expected=expected,
        )


def _joined(card: SourceConfig, join: JoinConfig) -> SourceConfig:
    """The card of the file that geometry is taken from."""
    place = {"path": join.path, "inside": join.inside, "format": None, "encoding": None}
    return card.model_copy(update={**place, "name": f"{card.name} (geometry)"})


def _join(card: SourceConfig, join: JoinConfig, raw: RawTable, data: Path) -> tuple[Any, pyproj.CRS | None]:
    """The geometry of each row by its key in another file, and the CRS that this file states."""
    other_card = _joined(card, join)
    other = _read_table(other_card, locate(other_card, data))
    keys = column(other.cells, join.key, other_card)
    # A key of two shapes would give the row either of them.
    twice = keys[keys.duplicated() & keys.notna()]
    if len(twice) or other.shapes is None:
        fault = f"key '{twice.iloc[0]}' more than once" if len(twice) else "no geometry"
        raise SourceRefusal(f"source '{card.name}', file '{join.path}'", actual=fault, expected="one geometry per key")
    lookup = dict(zip(keys, other.shapes, strict=True))
    shapes = np.array([lookup.get(key) for key in column(raw.cells, join.column, card)], dtype=object)
    return shapes, other.crs
