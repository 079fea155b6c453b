"""What the file of a source card holds: a table of text, or a grid."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from layers.errors import ConfigRefusal, SourceRefusal, concerning
from layers.sources import RASTERS
from pipeline.project.data_folders import Folders
from pipeline.project.file_formats import INPUT_FORMATS
from pipeline.project.number_texts import with_points
from pipeline.project.raw_table import RawTable, column
from pipeline.project.source import JoinConfig, SourceConfig, WktConfig, XyConfig, about_file
from pipeline.spatial.raster import GridInRd
from pipeline.stages.acquire.attributes import refuse_garbled
from pipeline.stages.acquire.clipping import clipped
from pipeline.stages.acquire.geoparquet import read_parquet
from pipeline.stages.acquire.grids import read_grid
from pipeline.stages.acquire.input_validation import format_of, locate
from pipeline.stages.acquire.members import plain_files
from pipeline.stages.acquire.source_files import checksum_of_source, files_of, joined, stamps
from pipeline.stages.acquire.stacking import stacked
from pipeline.stages.acquire.stated_crs import stated_crs
from pipeline.stages.acquire.tables import read_csv
from pipeline.stages.acquire.vectors import MOST_DEPTH, check_depth, read_vector
from pipeline.stages.acquire.workbooks import read_xlsx

TABLE_READERS = {"csv": read_csv, "xlsx": read_xlsx, "geoparquet": read_parquet, "vector": read_vector}


def read_source(card: SourceConfig, data: Folders, pinned: str | None = None) -> RawTable | GridInRd:
    """What the card's file holds: a table of text with shapes in the CRS of the file, or a grid of levels.

    pinned: the checksum under which it was validated; a file that is another one by now is refused.
    """
    with about_file(card):
        paths, before = files_of(card, data)[0][1], stamps(card, data)
        content = _read(card, paths, data)
        if pinned is not None and (stamps(card, data) != before or checksum_of_source(card, data)[0] != pinned):
            raise SourceRefusal(
                f"source '{card.name}', file '{card.path}'",
                actual="another file than when the run began",
                expected="the file that was checked",
                todo="let nobody write in the data folder during a run; then run again",
            )
        return content


def _read(card: SourceConfig, paths: Mapping[str, Path], data: Folders) -> RawTable | GridInRd:
    if card.layer not in RASTERS:
        return _place(card, _read_table(card, paths), data)
    known = format_of(card)
    if card.bbox or card.clip:
        raise ConfigRefusal(
            f"source '{card.name}'", actual="a grid with bbox or clip", expected="them where rows have shapes"
        )
    if known.reader != "grid":
        grids = " or ".join(entry.name for entry in INPUT_FORMATS.values() if entry.reader == "grid")
        raise ConfigRefusal(f"source '{card.name}'", actual=f"format {known.name}", expected=f"{grids} for a grid")
    with plain_files(card, paths) as files:
        if len(files) > 1:
            raise ConfigRefusal(f"source '{card.name}'", actual=f"{len(files)} grids", expected="one grid for a layer")
        return read_grid(*files[0], RASTERS[card.layer])


def _read_table(card: SourceConfig, paths: Mapping[str, Path]) -> RawTable:
    reader = format_of(card).reader
    if reader not in TABLE_READERS:
        raise ConfigRefusal(
            f"source '{card.name}'", actual=f"a grid for layer '{card.layer}'", expected="a file with features"
        )
    with plain_files(card, paths) as files:
        tables = []
        for part, path in files:
            with about_file(part):
                tables.append((part, TABLE_READERS[reader](part, path)))
                refuse_garbled(*tables[-1])
    raw = stacked(card, tables) if len(tables) > 1 else tables[0][1]
    if not card.empty_words:
        return raw
    words = [word.casefold() for word in card.empty_words]
    cells = raw.cells.apply(lambda texts: texts.mask(texts.str.casefold().isin(words), None).astype(object))
    return replace(raw, cells=cells.where(cells.notna(), None))


def _place(card: SourceConfig, raw: RawTable, data: Folders) -> RawTable:
    """The table with the shapes that the card says it has."""
    shapes, crs, given = raw.shapes, stated_crs(card, raw.crs), card.geometry
    if isinstance(given, WktConfig):
        shapes = _from_wkt(card, raw, given.column)
    if isinstance(given, XyConfig):
        x, y = (_numbers(card, raw, name) for name in (given.x, given.y))
        # Half a place is no place; GEOS takes no nan.
        shapes = np.where(np.isnan(x) | np.isnan(y), None, shapely.points(np.nan_to_num(x), np.nan_to_num(y)))
    if isinstance(given, JoinConfig):
        shapes, in_file = _join(card, given, raw, data)
        crs = stated_crs(card, in_file)
    return clipped(card, replace(raw, shapes=shapes, crs=crs))


def _from_wkt(card: SourceConfig, raw: RawTable, name: str) -> Any:
    # PostGIS writes the code of the CRS before the shape; the card says it.
    texts = column(raw.cells, name, card).str.replace(r"^SRID=\d+;", "", regex=True)
    is_deep = texts.str.count("(?i)collection").fillna(0) > MOST_DEPTH
    check_depth(f"source '{card.name}', file '{card.path}'", is_deep.to_numpy(dtype=bool))
    shapes = shapely.from_wkt(texts.where(texts.notna(), None).to_numpy(dtype=object), on_invalid="ignore")
    lost = shapely.is_missing(shapes) & texts.notna()
    _refuse_cells(card, raw, name, texts[lost].str[:40], "well-known text")
    return np.asarray(shapes, dtype=object)


def _numbers(card: SourceConfig, raw: RawTable, name: str) -> Any:
    texts = column(raw.cells, name, card)
    numbers = pd.to_numeric(with_points(texts, card.table), errors="coerce")
    _refuse_cells(card, raw, name, texts[numbers.isna() & texts.notna()], "a coordinate")
    return numbers.to_numpy(dtype=float)


def _refuse_cells(card: SourceConfig, raw: RawTable, name: str, texts: pd.Series, expected: str) -> None:
    """Refuse the first of these cells of a column, if there are any."""
    for position, text in texts.head(1).items():
        row, file = raw.rows[position], raw.file_of(position, card)
        with concerning(row=row, field=name, file=file):
            raise SourceRefusal(
                f"source '{card.name}', file '{file}', row {row}, field '{name}'",
                actual=repr(text),
                expected=expected,
            )


def _join(card: SourceConfig, join: JoinConfig, raw: RawTable, data: Folders) -> tuple[Any, pyproj.CRS | None]:
    """The geometry of each row by its key in another file, and the CRS that this file states."""
    other_card = joined(card, join)
    with about_file(other_card):
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
