"""Reading for the bench job, begun before anything else: columns and raster come in while libraries are brought in."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LAYERS = ("noise", "safety", "building", "housing", "nature", "lease")
BATCH_ROWS = 8192
PART_BYTES = 8 << 20
PARTS_AHEAD = 12
WHOLE_CELLS = 1 << 25  # a raster of so many is read at once, beside all else
os.environ.setdefault(
    "GDAL_CACHEMAX", "64"
)  # MB of raster that is kept in case it is asked again; else a twentieth of memory


def bytes_of(column: Any) -> tuple[Any, Any]:
    """The bytes of a run of shapes, and where each begins, and the end."""
    kind = np.int64 if pa.types.is_large_binary(column.type) else np.int32
    first = np.frombuffer(column.buffers()[1], dtype=kind)[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(column.buffers()[2], dtype=np.uint8), first.astype(np.int64)


def runs(path: Path, columns: list[str], rows: int = 0) -> Iterator[pa.RecordBatch]:
    """A file in runs of so many rows, or of about PART_BYTES; no more of it is read than that."""
    with pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
        told = file.metadata
        size = sum(told.row_group(at).total_byte_size for at in range(told.num_row_groups)) // max(told.num_rows, 1)
        asked = rows or min(max(PART_BYTES // max(size, 1), 64), 65_536)
        yield from file.iter_batches(batch_size=asked, columns=columns)


class Raster:
    """A raster of which windows are read; no data is not-a-number. origin: west, north, width and height of a cell (m)."""

    def __init__(self, path: Path) -> None:
        import rasterio  # beside reading

        self.alone = threading.Lock()
        self.file = rasterio.open(path, num_threads=2)
        shift = self.file.transform
        self.origin = (shift.c, shift.f, shift.a, -shift.e)
        self.shape: tuple[int, int] = self.file.shape
        self.whole = self._read((0, self.shape[0], 0, self.shape[1])) if np.prod(self.shape) <= WHOLE_CELLS else None

    def under(self, bounds: tuple[float, float, float, float]) -> tuple[Any, int, int, int, int]:
        """The window that holds a box (west, south, east, north; m): levels, first row and column, rows and columns of the whole."""
        top, bottom, left, right = self._window(bounds)
        levels = (
            self.whole[top:bottom, left:right] if self.whole is not None else self._read((top, bottom, left, right))
        )
        return np.ascontiguousarray(levels), top, left, *self.shape

    def cells(self, bounds: tuple[float, float, float, float]) -> int:
        """How many cells that window has."""
        top, bottom, left, right = self._window(bounds)
        return (bottom - top) * (right - left)

    def _read(self, window: tuple[int, int, int, int]) -> Any:
        top, bottom, left, right = window
        with self.alone:
            levels = self.file.read(1, window=((top, bottom), (left, right)))
        if self.file.nodata is not None and levels.dtype.kind == "f":
            levels[levels == self.file.nodata] = np.nan
        return levels

    def _window(self, bounds: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        from pipeline.kernels.coverage import part_under

        return part_under(bounds, self.origin, self.shape)


class Begun:
    """Layers of a folder being read ahead, run by run, and its raster being opened; neither keeps the process from ending."""

    def __init__(self, folder: Path, layers: tuple[str, ...]) -> None:
        self.waiting: Queue[Any] = Queue(PARTS_AHEAD)
        self.raster: Future[Raster] = Future()
        paths = [folder / f"{name}.parquet" for name in layers]
        threading.Thread(target=self._read, args=(paths,), daemon=True).start()
        threading.Thread(target=self._open, args=(folder / "noise_db.tif",), daemon=True).start()

    def runs(self) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The number of a layer and a run of its shapes, in order; raises what went wrong in reading."""
        while (one := self.waiting.get()) is not None:
            if isinstance(one, Exception):
                raise one
            yield one

    def _read(self, paths: list[Path]) -> None:
        try:
            for number, path in enumerate(paths):
                for run in runs(path, ["geometry"]):
                    self.waiting.put((number, run))
            self.waiting.put(None)
        except (OSError, ValueError, KeyError) as fault:
            self.waiting.put(fault)

    def _open(self, path: Path) -> None:
        try:
            self.raster.set_result(Raster(path))
        except Exception as fault:  # noqa: BLE001
            self.raster.set_exception(fault)
