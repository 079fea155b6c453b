"""Read and write a table that is too long to hold in memory, part by part in the order of its key.

The file has the same bytes whatever the parts were: rows are written in groups of GROUP_ROWS. It has a temporary name
until it is whole.
"""

import io
import json
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from layers.layer import RD_NEW
from pipeline.storage.checksums import READ_BYTES, checksum
from pipeline.storage.whole_files import PRIVATE, naming, put, temporary_path

# Rows in memory at a time; and rows of a group in the file, which readers can skip or take as a whole.
PART_ROWS = 16_384
GROUP_ROWS = 65_536


def rows_of(path: Path) -> int:
    """How many rows a table has."""
    return int(pq.read_metadata(path).num_rows)


def read(path: Path, rows: int | None = None) -> Iterator[pd.DataFrame]:
    """A table in parts of so many rows (default PART_ROWS); shapes are in RD New."""
    # pre_buffer would read whole groups of rows ahead: memory would grow with the table.
    with pq.ParquetFile(path, buffer_size=READ_BYTES, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=rows or PART_ROWS):
            yield _frame(pa.Table.from_batches([batch]))


def read_whole(path: Path) -> pd.DataFrame:
    """A table; shapes are in the CRS that the file names."""
    # Without geopandas, which opens a file twice and makes a CRS of its own for each.
    with pq.ParquetFile(path, pre_buffer=False) as file:
        schema = file.schema_arrow
        about = json.loads((schema.metadata or {}).get(b"geo", b"{}")).get("columns", {}).get("geometry", {})
        if "geometry" not in schema.names or '"code": 28992' in json.dumps(about.get("crs")):
            return _frame(file.read(use_threads=False))
    return gpd.read_parquet(path)


def read_rows(path: Path) -> pa.Table:
    """The rows of a table of ours, which `as_one` makes a frame of."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        return file.read(use_threads=False)


def as_one(tables: Iterable[pa.Table]) -> pd.DataFrame:
    """Tables of one layer, at least one, behind each other; shapes are in RD New."""
    # Frames of a few rows each would cost more than what stands in them.
    return _frame(pa.concat_tables(tables).combine_chunks())


def between(path: Path, begin: int, count: int) -> pd.DataFrame:
    """So many rows of a table (RD New) from a place on; only the groups of rows in which they are get read."""
    with pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        ends = list(accumulate(sizes))
        groups = [group for group, end in enumerate(ends) if end > begin and end - sizes[group] < begin + count]
        first = ends[groups[0]] - sizes[groups[0]] if groups else begin
        return _frame(file.read_row_groups(groups).slice(begin - first, count))


def _frame(table: pa.Table) -> pd.DataFrame:
    if "geometry" not in table.column_names:
        return table.to_pandas(use_threads=False)
    shapes = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
    return gpd.GeoDataFrame(table.drop_columns(["geometry"]).to_pandas(use_threads=False), geometry=shapes, crs=RD_NEW)


def by_key(frames: Iterable[pd.DataFrame], key: str, rows: int) -> Iterator[tuple[pd.DataFrame, str | None]]:
    """The same rows in parts of about so many, each with the key that comes after it.

    A part ends where what is keyed under its keys ends too. Under a key stand keys that begin with it and a full stop.
    Sorted as text, those of `A` come after `A-1`; so no part begins with a key that has such a one before it.
    """
    held = None
    for frame in frames:
        held = frame if held is None else pd.concat([held, frame], ignore_index=True)
        while len(held) > rows and (cut := _place(held[key].tolist(), rows)) < len(held):
            yield held.iloc[:cut].reset_index(drop=True), held[key].iloc[cut]
            held = held.iloc[cut:].reset_index(drop=True)
    if held is not None:
        yield held, None


def _place(keys: list[str], rows: int) -> int:
    """The first place from `rows` on where a part may end; their number where there is none."""
    known = set(keys[:rows])
    for row in range(rows, len(keys)):
        name = keys[row]
        if not any(name[end] <= "." and name[:end] in known for end in range(1, len(name))):
            return row
        known.add(name)
    return len(keys)


class FollowingRows:
    """The rows of a table in the order of a text column, taken up to one bound after the other."""

    def __init__(self, frames: Iterator[pd.DataFrame], key: str, empty: pd.DataFrame) -> None:
        self.frames, self.key, self.held = frames, key, empty

    def until(self, bound: str | None, column: str, wanted: Any) -> pd.DataFrame:
        """The rows (shapes in RD New) below a bound that were not taken before; None: all that are left.

        Of these, rows of which a column has one of the wanted values (Arrow); others are dropped as they pass.
        """
        taken, frame = [self.held.iloc[:0]], self.held
        # A frame may end before the bound does: the next is read, until a row lies at or behind it.
        while True:
            cut = len(frame) if bound is None else bisect_left(frame[self.key].tolist(), bound)
            is_wanted: Any = np.asarray(pc.is_in(pa.array(frame[column], pa.large_string()), value_set=wanted))
            taken.append(frame[is_wanted & (np.arange(len(frame)) < cut)])
            self.held = frame.iloc[cut:]
            if len(self.held) or (frame := next(self.frames, None)) is None:
                return pd.concat([part for part in taken if len(part)] or taken[:1], ignore_index=True)


class TableWriter:
    """A table that is being written part by part."""

    def __init__(self, path: Path) -> None:
        self.path, self.temporary = path, temporary_path(path)
        self.held: list[pa.Table] = []
        self.writer: pq.ParquetWriter | None = None

    def add(self, frame: pd.DataFrame) -> None:
        """More rows, in the order of the key, and behind those before."""
        # All parts take the types of the first: a column that is empty in one part would get another type there.
        self.held.append(_table(frame, self.writer.schema if self.writer else None))
        if self.writer is None:
            with naming(self.path, self.held[0].nbytes):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.temporary.touch(mode=PRIVATE)
                self.writer = pq.ParquetWriter(self.temporary, self.held[0].schema)
        while sum(len(part) for part in self.held) >= GROUP_ROWS:
            self._put(GROUP_ROWS)

    def finish(self) -> str:
        """End the table, under its temporary name; its SHA-256."""
        if self.writer is None:
            raise ValueError(f"nothing was written of {self.path}")
        if self.held:
            self._put(GROUP_ROWS)
        self.writer.close()
        # On disk before it gets its name: after a power cut a name never stands for an empty file.
        with self.temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        return checksum(self.temporary)

    def place(self) -> None:
        """Give the whole file its own name, in one step."""
        put(self.temporary, self.path)

    def drop(self) -> None:
        """Remove a table that is not whole."""
        self.temporary.unlink(missing_ok=True)
        if self.writer is not None:
            with suppress(OSError):  # a full disk: its end cannot be written
                self.writer.close()

    def _put(self, rows: int) -> None:
        whole = pa.concat_tables(self.held)
        self.held = [whole.slice(rows)] if len(whole) > rows else []
        if self.writer is not None and len(whole):
            # In one chunk: how the rows came in parts must not show in the bytes.
            group = whole.slice(0, rows).combine_chunks()
            with naming(self.path, group.nbytes):
                self.writer.write_table(group, row_group_size=rows)


def _table(frame: pd.DataFrame, schema: Any) -> pa.Table:
    """Rows as Arrow, with the metadata of GeoParquet; without the bounding box of all, which is not known yet."""
    if not isinstance(frame, gpd.GeoDataFrame):
        table = pa.Table.from_pandas(frame, preserve_index=False)
        return table.cast(schema) if schema else table
    table = pa.Table.from_pandas(pd.DataFrame(frame.drop(columns="geometry")), preserve_index=False)
    table = table.append_column("geometry", pa.array(shapely.to_wkb(frame.geometry.to_numpy()), pa.binary()))
    return (
        table.cast(schema) if schema else table.replace_schema_metadata({**table.schema.metadata, b"geo": _geo(frame)})
    )


def _geo(frame: gpd.GeoDataFrame) -> bytes:
    raw = io.BytesIO()
    frame.iloc[:0].to_parquet(raw, index=False)
    content = json.loads(pq.read_schema(raw).metadata[b"geo"])
    # It would be the box of the first rows alone.
    content["columns"]["geometry"].pop("bbox", None)
    return json.dumps(content, sort_keys=True).encode()
