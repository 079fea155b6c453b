"""Parcels of the bench that the fast engine finds odd, by the reference engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from pipeline.spatial.geometry import keep_dimension
from pipeline.stages.overlay.engines import Pieces, reference


def by_reference(folder: Path, layers: tuple[str, ...], rows: pa.RecordBatch, odd: Any, made: Any) -> tuple[Any, Any]:
    """The sums and remainders of a range, with those of the odd parcels as the reference engine has them."""
    (covered, unique, free, whole), left = made
    shapes = shapely.from_wkb(rows.column("geometry").take(pa.array(odd)).to_numpy(zero_copy_only=False))
    cut = reference(shapes, [near(folder / f"{name}.parquet", shapely.total_bounds(shapes)) for name in layers])
    covered[odd], unique[odd], free[odd], whole[odd] = 0.0, 0.0, 0.0, shapely.area(shapes)
    for owner, m2, number in zip(odd[cut.owner], cut.area_m2, cut.number, strict=True):  # a handful
        for layer in cut.sets[number]:
            covered[owner, layer] += m2
        if len(cut.sets[number]) == 1:
            unique[owner, cut.sets[number][0]] += m2
        if not cut.sets[number]:
            free[owner] += m2
    if left is not None:
        texts = left.to_pylist()
        for at, text in zip(odd, shapely.to_wkb(remaining(cut, len(odd))), strict=True):
            texts[at] = text
        left = pa.array(texts, pa.binary())
    return (covered, unique, free, whole), left


def remaining(cut: Pieces, count: int) -> Any:
    """The pieces of each shape that lie under nothing; None where there are none."""
    none = np.array([not cut.sets[number] for number in cut.number], dtype=bool)
    found: Any = np.full(count, None, dtype=object)
    for owner in np.unique(cut.owner[none]):
        found[owner] = shapely.multipolygons(cut.shapes[none & (cut.owner == owner)])
    return found


def near(path: Path, bounds: Any) -> Any:
    """All features of a layer whose box meets bounds (west, south, east, north; m, RD New), as one."""
    west, south, east, north = bounds
    box = {side: pc.field("bbox", side) for side in ("xmin", "xmax", "ymin", "ymax")}
    meets = (box["xmin"] <= east) & (box["xmax"] >= west) & (box["ymin"] <= north) & (box["ymax"] >= south)
    kept = pq.read_table(path, columns=["geometry"], filters=meets)
    shapes = shapely.from_wkb(kept.column("geometry").to_numpy())
    return keep_dimension(np.array([shapely.union_all(shapes)]), "polygon")[0] or shapely.Polygon()
