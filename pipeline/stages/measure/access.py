"""How far plots lie: over the road to junctions and terminals, as the crow flies to power stations, and what can
be had there."""

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived import DERIVED
from layers.sources import TABLES
from layers.sources.feeding_areas import WORST_FIRST
from layers.sources.supply_areas import SUPPLIES
from layers.sources.terminals import TERMINALS
from pipeline.land.road_network import nearest_target, network, places_of_kind, snap
from pipeline.project.measure import MeasureConfig
from pipeline.spatial.geometry import area, nearest

WHOLLY_FED = 0.99


def access(plots: gpd.GeoDataFrame, layers: Mapping[str, Any], card: MeasureConfig) -> pd.DataFrame:
    """Per plot and kind of target the nearest one; metres along the road, or as the crow flies where no
    road is asked."""
    return DERIVED["access"].collect([*_by_road(plots, layers, card), *_by_air(plots, layers, card)])


def grid_access(plots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Per plot every feeding area over it, with the share (0-1) of its m2 in it; never by municipality."""
    if areas is None:
        return DERIVED["grid_access"].empty()
    shapes = plots.geometry.to_numpy()
    plot, which = shapely.STRtree(areas.geometry.to_numpy()).query(shapes, predicate="intersects")
    inside = area(shapely.intersection(shapes[plot], areas.geometry.to_numpy()[which])) / area(shapes[plot])
    # Areas that only share an edge do not count.
    real = inside > 1e-6
    keys = {name: plots[name].to_numpy()[plot[real]] for name in ("cluster_id", "parcel_id")}
    rows = areas.iloc[which[real]].assign(share=np.clip(inside[real], 0, 1), **keys)
    return DERIVED["grid_access"].conform(rows)


def worst_status(grid: pd.DataFrame, column: str) -> pd.Series:
    """Per plot the least room that any of its feeding areas has; keyed by cluster and plot."""
    rank = grid[column].map(WORST_FIRST.index)
    by = grid.assign(rank=rank).groupby(["cluster_id", "parcel_id"])
    # Land without a feeding area is not known, and that stands between limited and full.
    worst = by["rank"].min()
    worst = worst.where(by["share"].sum() >= WHOLLY_FED, np.minimum(worst, WORST_FIRST.index("unknown")))
    return worst.map(dict(enumerate(WORST_FIRST))).rename(column)


def _by_road(plots: gpd.GeoDataFrame, layers: Mapping[str, Any], card: MeasureConfig) -> Iterator[pd.DataFrame]:
    roads, terminals = layers.get("roads"), layers.get("terminals", TABLES["terminals"].empty())
    if roads is None or roads.empty:
        return
    net = network(roads, card.network)
    if not len(net.lines):  # sections without length
        return
    entered = snap(net, plots.geometry.to_numpy(), only_enter=True)
    for kind in TERMINALS:
        targets, names = places_of_kind(net, terminals, kind)
        if len(names):
            which, metres = nearest_target(net, entered, targets)
            some = which >= 0
            yield _rows(
                plots,
                target=kind,
                target_id=[names[target] if target >= 0 else None for target in which],
                way="road",
                distance_m=metres,
                snap_m=entered.off_m,
                target_snap_m=np.where(some, targets.off_m[np.maximum(which, 0)], np.nan),
                is_reached=some,
            )


def _rows(plots: gpd.GeoDataFrame, **columns: Any) -> pd.DataFrame:
    """One row per plot to its nearest target of a kind; what is not given is as for a target without
    voltage or year."""
    keys = {name: plots[name].to_numpy() for name in ("cluster_id", "parcel_id")}
    given = {"voltage_kv": 0.0, "snap_m": np.nan, "target_snap_m": np.nan, "is_reached": True, "from_year": None}
    return pd.DataFrame({**keys, **given, **columns})


def _by_air(plots: gpd.GeoDataFrame, layers: Mapping[str, Any], card: MeasureConfig) -> Iterator[pd.DataFrame]:
    """Rows to the nearest power station of each voltage, and to the nearest place of each supply."""
    stations: Any = layers.get("power_stations")
    for voltage in card.power.voltages_kv if stations is not None else ():
        of_voltage = stations[(stations["voltage_kv"] == voltage).fillna(False).to_numpy()]
        yield from _crow(plots, of_voltage, "station_id", target="power_station", voltage_kv=voltage)
    areas: Any = layers.get("supply_areas")
    for kind in SUPPLIES if areas is not None else ():
        yield from _crow(plots, areas[areas["supply_kind"] == kind], "supply_id", target=kind)


def _crow(plots: gpd.GeoDataFrame, places: gpd.GeoDataFrame, key: str, **columns: Any) -> Iterator[pd.DataFrame]:
    """Rows to the nearest of these places, as the crow flies (m)."""
    if places.empty:
        return
    _, which, metres = nearest(plots.geometry.to_numpy(), places.geometry.to_numpy())
    chosen = places.iloc[which]
    from_year = chosen["from_year"].to_numpy() if "from_year" in chosen else None
    yield _rows(plots, target_id=chosen[key].to_numpy(), way="crow", distance_m=metres, from_year=from_year, **columns)
