"""Distance along roads from plots to junctions and terminals, never as the crow flies.

Sections join where they end at the same place (within `join_m`), so a bridge over a road is no crossing. Places that
are not on a road enter it at its nearest point: the snap, which is told apart and not part of the distance."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from layers.sources.terminals import JUNCTION
from pipeline.project.filter_expressions import select
from pipeline.project.measure import NetworkMeasureConfig
from pipeline.spatial.adjacency import groups
from pipeline.spatial.geometry import nearest


@dataclass(frozen=True)
class Network:
    """Road sections between numbered ends: position of the ends of each, its line, and whether one may enter it."""

    lines: Any
    ends: Any
    enter: Any
    count: int
    junctions: Any


@dataclass(frozen=True)
class Snapped:
    """Where places enter the network: section, metres from its first end, and metres off the road (nan: no road)."""

    section: Any
    along_m: Any
    off_m: Any


def network(roads: gpd.GeoDataFrame, card: NetworkMeasureConfig) -> Network:
    """The network of road sections; lines of several parts are several sections."""
    parts, source = shapely.get_parts(roads.geometry.to_numpy(), return_index=True)
    real = shapely.length(parts) > 0
    parts, source = parts[real], source[real]
    points = np.stack([shapely.get_point(parts, 0), shapely.get_point(parts, -1)], axis=1).reshape(-1)
    # Ends that lie within reach of each other chain together, whatever their order.
    pairs = cKDTree(shapely.get_coordinates(points)).query_pairs(card.join_m, output_type="ndarray")
    ends = groups(len(points), pairs).reshape(-1, 2)
    # Ends at which a motorway or ramp meets another road: where one gets on.
    fast = np.isin(roads["road_kind"].to_numpy()[source], list(card.junction))
    junctions = np.intersect1d(ends[fast].ravel(), ends[~fast].ravel())
    return Network(parts, ends, select(roads, card.enter_on)[source], int(ends.max(initial=-1)) + 1, junctions)


def snap(net: Network, shapes: Any, *, only_enter: bool) -> Snapped:
    """Where shapes (RD New, m) enter the network: the point of it nearest to their edge; ties go to
    the first section."""
    usable = np.flatnonzero(net.enter) if only_enter else np.arange(len(net.lines))
    here, line, off = nearest(shapes, net.lines[usable])
    section: Any = np.zeros(len(shapes), dtype=int)
    far, along = np.full((2, len(shapes)), np.nan)
    section[here], far[here] = usable[line], off
    foot = shapely.get_point(shapely.shortest_line(net.lines[section[here]], shapes[here]), 0)
    along[here] = shapely.line_locate_point(net.lines[section[here]], foot)
    return Snapped(section, along, far)


def places_of_kind(net: Network, terminals: gpd.GeoDataFrame, kind: str) -> tuple[Snapped, list[str]]:
    """Where the terminals of a kind enter the network, and their keys; junctions that no terminal names are those of
    the network: where motorways or ramps meet other roads."""
    of_kind = terminals[terminals["terminal_kind"] == kind]
    if kind == JUNCTION and of_kind.empty:
        nodes, first = np.unique(net.ends.ravel(), return_index=True)
        section, end = divmod(first[np.searchsorted(nodes, net.junctions)], 2)
        along = np.where(end == 0, 0.0, shapely.length(net.lines)[section])
        spots = shapely.line_interpolate_point(net.lines[section], along)
        names = [f"{shapely.get_x(spot):.0f} {shapely.get_y(spot):.0f}" for spot in spots]
        return Snapped(section, along, np.zeros(len(section))), names
    return snap(net, of_kind.geometry.to_numpy(), only_enter=False), of_kind["terminal_id"].tolist()


def metres_by_road(
    shapes: Any, roads: gpd.GeoDataFrame, terminals: gpd.GeoDataFrame, kind: str, card: NetworkMeasureConfig
) -> Any:
    """Metres to the road from each shape (RD New) and along it to the nearest terminal of a kind; nan where no road
    leads to one."""
    net = network(roads, card)
    if not len(net.lines):
        return np.full(len(shapes), np.nan)
    places, names = places_of_kind(net, terminals, kind)
    if not names:
        return np.full(len(shapes), np.nan)
    entered = snap(net, shapes, only_enter=True)
    return nearest_target(net, entered, places)[1] + entered.off_m


def nearest_target(net: Network, plots: Snapped, targets: Snapped) -> tuple[Any, Any]:
    """For each plot the position of the nearest target along the roads (-1: none can be reached) and the
    metres to it."""
    length = shapely.length(net.lines)
    stops: Any = net.count + np.arange(len(targets.section))
    # Targets become nodes of their own, tied to both ends of the section that they lie on.
    ends = net.ends[targets.section]
    graph = _graph(
        np.concatenate([net.ends[:, 0], stops, stops]),
        np.concatenate([net.ends[:, 1], ends[:, 0], ends[:, 1]]),
        np.concatenate([length, targets.along_m, length[targets.section] - targets.along_m]),
        net.count + len(stops),
    )
    known = np.flatnonzero(~np.isnan(targets.off_m))
    if not len(known):
        return np.full(len(plots.section), -1), np.full(len(plots.section), np.nan)
    far, _, source = dijkstra(graph, directed=False, indices=stops[known], min_only=True, return_predecessors=True)
    first, last = net.ends[plots.section, 0], net.ends[plots.section, 1]
    rest = length[plots.section] - plots.along_m
    # A plot leaves its section by either end, or finds its target on the way.
    ways = [(far[first] + plots.along_m, source[first] - net.count), (far[last] + rest, source[last] - net.count)]
    best, which = np.full(len(plots.section), np.inf), np.full(len(plots.section), -1)
    for way, target in [*ways, _on_the_same_section(plots, targets)]:
        better = way < best
        best, which = np.where(better, way, best), np.where(better, target, which)
    lost = ~np.isfinite(best) | np.isnan(plots.off_m)
    return np.where(lost, -1, which), np.where(lost, np.nan, best)


def _on_the_same_section(plots: Snapped, targets: Snapped) -> tuple[Any, Any]:
    """A target on the plot's own section is reached without passing an end: metres and position of the
    nearest such target."""
    entries = pd.DataFrame({"section": plots.section, "along": plots.along_m, "plot": np.arange(len(plots.section))})
    there = pd.DataFrame(
        {"section": targets.section, "stop": targets.along_m, "target": np.arange(len(targets.section))}
    )
    both = entries.merge(there.dropna(), on="section")
    both = both.assign(metres=(both["along"] - both["stop"]).abs()).sort_values(["plot", "metres", "target"])
    best = both.drop_duplicates("plot")
    far, which = np.full(len(entries), np.inf), np.full(len(entries), -1)
    far[best["plot"]], which[best["plot"]] = best["metres"], best["target"]
    return far, which


def _graph(rows: Any, columns: Any, metres: Any, count: int) -> Any:
    """Symmetric graph with the shortest of parallel sections; a section without length keeps a hair of it, for 0 is
    no edge."""
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    sections = pd.DataFrame({"low": low, "high": high, "m": np.maximum(metres, 1e-9)})
    shortest = sections.groupby(["low", "high"], as_index=False).min()
    return csr_array((shortest["m"], (shortest["low"], shortest["high"])), shape=(count, count))
