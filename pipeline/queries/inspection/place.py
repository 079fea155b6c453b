"""Where coordinates lie: which coordinate system they are likely in, by the land that the Netherlands take in each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from layers.errors import Refusal
from pipeline.spatial.coordinate_systems import path_to_rd, rd_unit_m
from pipeline.spatial.geometry import BOXES, looks_like

RD_LIKELY = "RD New"
# West, south, east, north of the Netherlands with its sea in each system; the first that holds an extent is likely.
LIKELY = {
    RD_LIKELY: (0.0, 289_000.0, 300_000.0, 629_000.0),
    "degrees (WGS84 or ETRS89)": (2.5, 50.5, 7.6, 55.9),
    "degrees with latitude and longitude swapped": (50.5, 2.5, 55.9, 7.6),
    "RD New with x and y swapped": (289_000.0, 0.0, 629_000.0, 300_000.0),
    "ETRS89 LAEA Europe (EPSG:3035)": (3_850_000.0, 3_050_000.0, 4_150_000.0, 3_450_000.0),
    "Web Mercator (EPSG:3857)": (280_000.0, 6_500_000.0, 850_000.0, 7_500_000.0),
    "UTM zone 31 or 32 (EPSG:25831, 25832)": (100_000.0, 5_600_000.0, 900_000.0, 6_200_000.0),
}
CODES = {RD_LIKELY: "EPSG:28992", "degrees (WGS84 or ETRS89)": "EPSG:4326"}


def likely_system(extent: Sequence[float]) -> str:
    """The system that coordinates of this extent are likely in; empty where none."""
    if len(extent) != 4 or not np.isfinite(extent).all():
        return ""
    west, south, east, north = extent
    fits = (
        name
        for name, box in LIKELY.items()
        if west >= box[0] and south >= box[1] and east <= box[2] and north <= box[3]
    )
    return next(fits, "")


def name_of(crs: pyproj.CRS | None) -> str:
    """The code of a system with its name, or its name alone; empty where there is none."""
    if crs is None:
        return ""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.name or "without a name"


def as_crs(stated: Any) -> pyproj.CRS | None:
    """A system by what a file states of it; None where PROJ knows it not."""
    try:
        return pyproj.CRS(stated) if stated else None
    except CRSError:
        return None


def place_faults(crs: pyproj.CRS | None, extent: Sequence[float], likely: str) -> list[str]:
    """What is wrong with where a layer says that it lies: no system, another than its coordinates are in, or land
    outside the Netherlands."""
    if len(extent) != 4 or not np.isfinite(extent).all():
        return []
    if crs is None:
        code = CODES.get(likely)
        advice = f'; name it in the card: crs = "{code}"' if code else ""
        return [f"no coordinate system; likely {likely or looks_like(_box(extent))}{advice}"]
    inside = _in_netherlands(crs, extent)
    if inside:
        return []
    if inside is None:
        return [f"coordinate system {name_of(crs)} has no way to RD New"]
    seems = likely or looks_like(_box(extent))
    others = seems not in (RD_LIKELY, "degrees (WGS84 or ETRS89)") or (rd_unit_m(crs) is None) == (seems == RD_LIKELY)
    if likely and others:
        return [f"says {name_of(crs)}, but its coordinates look like {seems}"]
    return ["not in the Netherlands: " + ", ".join(f"{edge:.6g}" for edge in extent)]


def _box(extent: Sequence[float]) -> Any:
    return np.array([shapely.box(*extent)])


def _in_netherlands(crs: pyproj.CRS, extent: Sequence[float]) -> bool | None:
    """Whether an extent touches the Netherlands with its sea; None where nobody can say."""
    west, south, east, north = extent
    corners = np.array(
        [[west, south], [west, north], [east, south], [east, north], [(west + east) / 2, (south + north) / 2]]
    )
    try:
        placed = np.asarray(path_to_rd(crs).forward(corners))
    except (Refusal, ProjError):
        return None
    placed = placed[np.isfinite(placed).all(axis=1)]
    if not len(placed):
        return False
    box = BOXES["north_sea"]
    low, high = placed.min(axis=0), placed.max(axis=0)
    return bool(low[0] <= box[2] and low[1] <= box[3] and high[0] >= box[0] and high[1] >= box[1])
