"""The bench job for a range of parcels, by what the stages run: kernels cut, shapely finds what is
near, exactextract covers.

A folder as `gen.py` of the bench writes it gives `BenchJob`; `BenchJob.work` takes a range of parcels and
gives their rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import rasterio
import shapely

from layers.layer import RD_NEW
from pipeline.kernels import wkb
from pipeline.kernels.rings import Edges, Rings, edges
from pipeline.spatial.geometry import keep_dimension, nearest
from pipeline.spatial.raster import Grid
from pipeline.stages.measure.grids import cell_statistics
from pipeline.stages.overlay.engines import Pieces, cut_by_edges, reference
from pipeline.stages.overlay.execution import ExecutionContext, Executor, map_ordered

LAYERS = ("noise", "safety", "building", "housing", "nature", "lease")
BATCH_ROWS = 8192
SHAPE = pa.field("geometry", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})


def batches(path: Path, columns: list[str], rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """A file in batches of so many rows; no more of it is read than that."""
    with pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
        yield from file.iter_batches(batch_size=rows, columns=columns)


def shapes_of(path: Path) -> Any:
    """The shapes of a small layer."""
    return gpd.read_parquet(path, columns=["geometry"]).geometry.to_numpy()


def layer_edges(folder: Path, executor: Executor) -> Edges:
    """The edges of all layers, each a zone of its own however many features it has; batches are parsed side by side."""

    def parsed(batch: tuple[int, Any]) -> Rings:
        number, column = batch[0], batch[1].column(0)
        kind = np.int64 if pa.types.is_large_binary(column.type) else np.int32
        first = np.frombuffer(column.buffers()[1], dtype=kind)[column.offset : column.offset + len(column) + 1]
        loops = wkb.polygons(np.frombuffer(column.buffers()[2], dtype=np.uint8), first)
        return loops._replace(owner=np.full(len(loops.owner), number, dtype=np.int64))

    coming = (
        (number, batch)
        for number, name in enumerate(LAYERS)
        for batch in batches(folder / f"{name}.parquet", ["geometry"])
    )
    parts = list(map_ordered(coming, parsed, executor, 4))
    begins = np.cumsum([0, *(len(part.x) for part in parts)])
    first = [part.first[:-1] + begin for part, begin in zip(parts, begins, strict=False)]
    x, y, owner = (np.concatenate([part[column] for part in parts]) for column in (0, 1, 3))
    return edges(Rings(x, y, np.concatenate([*first, begins[-1:]]), owner))


def noise_grid(path: Path) -> Grid:
    """The raster of noise levels, whole; no data is not-a-number."""
    with rasterio.open(path, num_threads=2) as file:
        levels, shift = file.read(1), file.transform
        if file.nodata is not None and levels.dtype.kind == "f":
            levels[levels == file.nodata] = np.nan
    return Grid(levels, shift.c, shift.f, shift.a, -shift.e)


class BenchJob:
    """What the bench wants of a range of parcels, over the layers of a folder."""

    def __init__(self, folder: Path, executor: Executor) -> None:
        self.folder = folder
        self.edges = layer_edges(folder, executor)
        self.quays, self.plans = (shapes_of(folder / f"{name}.parquet") for name in ("quay", "housingplan"))
        self.grid = noise_grid(folder / "noise_db.tif")

    def work(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of a range of parcels (parcel_id, code, geometry); m2 under each layer and under it alone, and
        what is left.
        """
        shapes = shapely.from_wkb(rows.column("geometry").to_numpy(zero_copy_only=False))
        cuts, fallbacks = self.pieces(shapes)
        covered, unique, free = areas(cuts, len(shapes))
        columns = {"area": shapely.area(shapes)}
        for number, layer in enumerate(LAYERS):
            columns |= {f"a_{layer}": covered[:, number], f"u_{layer}": unique[:, number]}
        columns |= {"remainder_area": free, **self.measured(shapes)}
        arrays = {name: rows.column(name) for name in ("parcel_id", "code")}
        arrays |= {name: pa.array(np.ascontiguousarray(values)) for name, values in columns.items()}
        fields = [pa.field(name, values.type) for name, values in arrays.items()]
        schema = pa.schema([*fields, SHAPE], metadata={"fallbacks": str(fallbacks)})
        left = pa.array(shapely.to_wkb(remainders(cuts, len(shapes))), pa.binary())
        return pa.RecordBatch.from_arrays([*arrays.values(), left], schema=schema)

    def pieces(self, shapes: Any) -> tuple[list[Pieces], int]:
        """The pieces of each range of shapes; those that kernels leave to the reference engine, and how
        many these are.
        """
        cuts = list(cut_by_edges(shapes, self.edges, ExecutionContext()))
        fallbacks = np.concatenate([np.zeros(0, dtype=int), *(cut.fallbacks for cut in cuts)])
        return [*cuts, self.by_reference(shapes, fallbacks)] if len(fallbacks) else cuts, len(fallbacks)

    def by_reference(self, shapes: Any, chosen: Any) -> Pieces:
        """The pieces of some shapes (positions) by the reference engine, over what lies in their box of each layer."""
        bounds = shapely.total_bounds(shapes[chosen])
        cut = reference(shapes[chosen], [near(self.folder / f"{name}.parquet", bounds) for name in LAYERS])
        return replace(cut, owner=chosen[cut.owner])

    def measured(self, shapes: Any) -> dict[str, Any]:
        """Metres to quay and housing plan, and mean and maximum level of noise (dB)."""
        plots = gpd.GeoDataFrame(geometry=shapes, crs=RD_NEW)
        levels = cell_statistics(plots, self.grid, ["mean", "max"])
        return {
            "dist_quay": nearest(shapes, self.quays)[2],
            "dist_housing": nearest(shapes, self.plans)[2],
            "noise_mean": levels["mean"].to_numpy(dtype=float),
            "noise_max": levels["max"].to_numpy(dtype=float),
        }


def areas(cuts: list[Pieces], count: int) -> tuple[Any, Any, Any]:
    """m2 of each parcel: under each layer, under it alone, and under none."""
    covered, unique, free = np.zeros((count, len(LAYERS))), np.zeros((count, len(LAYERS))), np.zeros(count)
    for cut in cuts:
        for number, layers in enumerate(cut.sets):  # sets of layers: some dozens
            mask = cut.number == number
            m2 = np.bincount(cut.owner[mask], weights=cut.area_m2[mask], minlength=count)
            for layer in layers:
                covered[:, layer] += m2
            if len(layers) == 1:
                unique[:, layers[0]] += m2
            elif not layers:
                free += m2
    return covered, unique, free


def remainders(cuts: list[Pieces], count: int) -> Any:
    """The pieces of each parcel that lie under no layer, as a multipolygon; None where there are none."""
    left: Any = np.full(count, None, dtype=object)
    for cut in cuts:
        is_free = np.array([not layers for layers in cut.sets], dtype=bool)[cut.number]
        order = np.argsort(cut.owner[is_free], kind="stable")
        owners, row = np.unique(cut.owner[is_free][order], return_inverse=True)
        left[owners] = shapely.multipolygons(cut.shapes[is_free][order], indices=row)
    return left


def near(path: Path, bounds: Any) -> Any:
    """All features of a layer whose box meets bounds (west, south, east, north; m, RD New), as one."""
    west, south, east, north = bounds
    box = {side: pc.field("bbox", side) for side in ("xmin", "xmax", "ymin", "ymax")}
    meets = (box["xmin"] <= east) & (box["xmax"] >= west) & (box["ymin"] <= north) & (box["ymax"] >= south)
    table = pq.read_table(path, columns=["geometry"], filters=meets)
    shapes = shapely.from_wkb(table.column("geometry").to_numpy())
    return keep_dimension(np.array([shapely.union_all(shapes)]), "polygon")[0] or shapely.Polygon()
