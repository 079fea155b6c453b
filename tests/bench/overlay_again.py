"""A change against a full run: python tests/bench/overlay_again.py DIR [--rounds N] [--share SHARE]

DIR holds what `gen.py` of the bench wrote. Parcels are holdings; contours, safety, housing and nature are a zone per
feature, buildings and leases one zone each. Housing zones are moved by a metre until about SHARE of the parcels is
touched; what the stage makes of that with an earlier run at hand, against all of it anew, in turn. Prints the median
of the ratios, and compares.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.holding_shapes import LAYER as HOLDING_SHAPES
from layers.layer import RD_NEW
from pipeline.stages.overlay.execution import ExecutionContext
from pipeline.stages.overlay.incremental import PreviousResult, prepared
from pipeline.stages.overlay.pieces import Part, overlay_part

EACH, TOGETHER = ("noise", "safety", "housing", "nature"), ("building", "lease")


def land(folder: Path) -> gpd.GeoDataFrame:
    """Parcels as holdings."""
    parcels = gpd.read_parquet(folder / "parcels.parquet")
    names = parcels["parcel_id"].astype(str).str.zfill(8)
    return HOLDING_SHAPES.conform(
        gpd.GeoDataFrame({"holding_id": names, "area_m2": parcels.area}, geometry=parcels.geometry, crs=RD_NEW)
    )


def zones(folder: Path) -> gpd.GeoDataFrame:
    """Layers as zones."""
    layers = []
    for name in (*EACH, *TOGETHER):
        shapes = gpd.read_parquet(folder / f"{name}.parquet").geometry.to_numpy()
        if name in TOGETHER:
            shapes = [shapely.union_all(shapes)]
        keys = [f"{name}.{number:07}" for number in range(len(shapes))]
        layers.append(gpd.GeoDataFrame({"zone_id": keys}, geometry=list(shapes), crs=RD_NEW))
    return gpd.GeoDataFrame(pd.concat(layers, ignore_index=True), crs=RD_NEW)


def changed(holdings: gpd.GeoDataFrame, over: gpd.GeoDataFrame, share: float) -> gpd.GeoDataFrame:
    """Zones of which so many have moved by a metre that about this share of the holdings lies in their boxes."""
    moved = np.flatnonzero(over["zone_id"].str.startswith("housing"))
    tree, touched, count = shapely.STRtree(holdings.geometry.to_numpy()), set(), 0
    while count < len(moved) and len(touched) < share * len(holdings):
        touched |= set(tree.query(shapely.box(*over.geometry.iloc[moved[count]].bounds)).tolist())
        count += 1
    shapes = over.geometry.to_numpy().copy()
    shapes[moved[:count]] = shapely.transform(shapes[moved[:count]], lambda xy: xy + [1.0, 0.0])
    return over.set_geometry(gpd.GeoSeries(shapes, index=over.index, crs=RD_NEW))


def content(tables: Any) -> list[Any]:
    pieces, combinations = tables[:2]
    plain = pd.DataFrame(pieces.drop(columns="geometry"))
    return [plain, shapely.to_wkb(pieces.geometry.to_numpy()).tolist(), combinations]


def main() -> int:
    """Exit 1 when the outputs differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.002)
    options = parser.parse_args()
    holdings, before = land(options.folder), zones(options.folder)
    after = changed(holdings, before, options.share)
    ratios, clock = [], time.perf_counter
    with ThreadPoolExecutor(2) as pool:
        context = ExecutionContext(pool, pool, 3)
        previous = PreviousResult(*overlay_part(Part(holdings, None, context), prepared(before), "fast"))
        whole = part = None
        for _ in range(options.rounds):
            whole = part = None  # what was cut before is freed outside of the clock
            start = clock()
            whole = overlay_part(Part(holdings, None, context), prepared(after), "fast")
            middle = clock()
            part = overlay_part(Part(holdings, previous, context), prepared(after), "fast")
            end = clock()
            ratios.append((middle - start) / (end - middle))
            sys.stdout.write(
                f"all {middle - start:.2f} s, {end - middle:.2f} s for "
                f"{part[0].attrs['cut']} of {len(holdings)}: {ratios[-1]:.1f}\n"
            )
    first, second = content(whole), content(part)
    same = first[1] == second[1] and first[0].equals(second[0]) and first[2].equals(second[2])
    sys.stdout.write(
        f"all / what is touched, median of {options.rounds}: {median(ratios):.1f}; "
        f"{'the same' if same else 'DIFFERS'}\n"
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
