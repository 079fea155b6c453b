"""Compile all kernels before they are needed: at set-up, and before units run at the same time."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.layer import RD_NEW
from pipeline.kernels import numba_cache
from pipeline.kernels.connected import grouped
from pipeline.kernels.group_sums import kahan_sums
from pipeline.stages.overlay.candidate_zones import MANY_PARTS
from pipeline.stages.overlay.execution import IN_THIS_THREAD
from pipeline.stages.overlay.incremental import prepared
from pipeline.stages.overlay.pieces import Part, overlay_part


def compile_kernels(engine: str) -> None:
    """Compile what cuts land by cutting a square by others, and the kernels of later stages, where compiled kernels can
    be stored and are not yet."""
    if engine == "fast" and numba_cache.folder() is not None and not numba_cache.are_compiled():
        several = shapely.multipolygons([shapely.box(x + 1, 1, x + 3, 3) for x in range(0, 3 * MANY_PARTS, 3)])
        land, over = (gpd.GeoDataFrame(geometry=[shape], crs=RD_NEW) for shape in (shapely.box(0, 0, 2, 2), several))
        square = Part(land.assign(holding_id="a", area_m2=4.0), None, IN_THIS_THREAD)
        overlay_part(square, prepared(over.assign(zone_id="b")), engine)
        row: Any = np.zeros(1, np.int64)
        grouped(np.zeros(2, np.int64), row, row == 1, row, row == 1)
        kahan_sums(row, np.zeros(1), 1)
