"""Belemmeringen: where does each reason apply, from when to when?

reads   the layers that constraints name, cluster_boundaries
writes  zones
keeps   one key per reason, band and period; each with its legal basis
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.zones import LAYER
from layers.layer import RD_NEW
from layers.sources import TABLES
from pipeline.cards import Absent, Buffer, ConstrainCard, Constraint, Outside, Rings
from pipeline.filters import select
from pipeline.geometry import keep_dimension

UNKNOWN = "unknown"
MARGIN_M = 10.0


@dataclass(frozen=True)
class Period:
    """First and last year in which features count; None is open."""

    first: int | None
    last: int | None


def constrain(
    layers: Mapping[str, gpd.GeoDataFrame], land: Any, card: ConstrainCard, absent: Mapping[str, Absent]
) -> gpd.GeoDataFrame:
    """Zones around the cluster's land (RD New, m), cut off at its box; a layer declared unknown covers the whole box."""
    box = tuple(np.array(shapely.bounds(land)) + MARGIN_M * np.array([-1, -1, 1, 1]))
    rows: list[dict[str, Any]] = []
    for constraint in card.constraint:
        if constraint.layer in absent and absent[constraint.layer].treat_as == UNKNOWN:
            rows.append(_row(constraint, UNKNOWN, Period(None, None), shapely.box(*box)))
            continue
        features = layers.get(constraint.layer, TABLES[constraint.layer].empty())  # absent: declared to be nothing
        chosen = features[select(features, constraint.where)]
        for period, group in _periods(chosen, constraint):
            for band, shape in zone(group.geometry.to_numpy(), constraint, box, card.quad_segs):
                rows.append(_row(constraint, band, period, shape))
    return LAYER.conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=RD_NEW)) if rows else LAYER.empty()


def zone(
    shapes: Any, constraint: Constraint, box: tuple[float, ...], quad_segs: int
) -> Iterator[tuple[str | None, Any]]:
    """Band and shape of each zone of a constraint around features; bands without land in the box are left out."""
    how = constraint.geometry
    if isinstance(how, Rings):
        yield from _rings(shapes, how, box, quad_segs)
        return
    if isinstance(how, Buffer):
        near = _clip(shapes, box, how.distance_m)
        whole = shapely.union_all(shapely.buffer(near, how.distance_m, quad_segs=quad_segs))
    elif isinstance(how, Outside):
        whole = shapely.difference(shapely.box(*box), shapely.union_all(_clip(shapes, box, 0.0)))
    else:
        whole = shapely.union_all(_clip(shapes, box, 0.0))
    yield from _filled(None, whole, box)


def _rings(shapes: Any, how: Rings, box: tuple[float, ...], quad_segs: int) -> Iterator[tuple[str, Any]]:
    inner = None
    for band, distance_m in how.bands.items():
        near = _clip(shapes, box, distance_m)
        disc = shapely.union_all(shapely.buffer(near, distance_m, quad_segs=quad_segs))
        ring = disc if inner is None else shapely.difference(disc, inner)
        inner = disc
        for name, shape in _filled(band, ring, box):
            yield str(name), shape


def _filled(band: str | None, shape: Any, box: tuple[float, ...]) -> Iterator[tuple[str | None, Any]]:
    clipped = keep_dimension(np.array([shapely.intersection(shape, shapely.box(*box))]), "polygon")[0]
    if clipped is not None:
        yield band, clipped


def _clip(shapes: Any, box: tuple[float, ...], reach_m: float) -> Any:
    """The parts of features that can reach into the box."""
    x0, y0, x1, y1 = box
    wide = shapely.box(x0 - reach_m, y0 - reach_m, x1 + reach_m, y1 + reach_m)
    shapely.prepare(wide)
    near = shapes[shapely.intersects(wide, shapes)]
    inside = shapely.covers(wide, near)
    return np.concatenate([near[inside], shapely.intersection(near[~inside], wide)])


def _periods(features: gpd.GeoDataFrame, constraint: Constraint) -> Iterator[tuple[Period, gpd.GeoDataFrame]]:
    if isinstance(constraint.geometry, Outside):  # outside nothing is everywhere
        yield Period(None, None), features
        return

    def years(name: str | None) -> pd.Series:
        return features[name].fillna(0).astype(int) if name else pd.Series(0, index=features.index)

    for (first, last), group in features.groupby([years(constraint.from_year), years(constraint.to_year)]):
        yield Period(first or None, last or None), group


def _row(constraint: Constraint, band: str | None, period: Period, shape: Any) -> dict[str, Any]:
    parts = [constraint.name, *([f".{band}"] if band else []), *([f"@{period.first}"] if period.first else [])]
    parts += [f"-{period.last}"] if period.last else []
    title = constraint.title + (f" ({_title(constraint, band)})" if band else "")
    return {
        "zone_id": "".join(parts),
        "cluster_id": "",  # constraints do not know which cluster they serve
        "constraint": constraint.name,
        "zone_title": title + (f", vanaf {period.first}" if period.first else ""),
        "band": band,
        "valid_from": period.first,
        "valid_to": period.last,
        "theme": constraint.theme,
        "basis": constraint.basis,
        "certainty": constraint.certainty,
        "geometry": shape,
    }


def _title(constraint: Constraint, band: str) -> str:
    if band == UNKNOWN:
        return "niet bekend"
    return f"tot {constraint.geometry.bands[band]:g} m" if isinstance(constraint.geometry, Rings) else band
