"""Bridging: which gaps between pieces lie over land that may be
bridged, and what that costs; not listed is not bridged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.sources import TABLES
from pipeline.land.supplied import cluster_shape, supplied_or_empty
from pipeline.project.assemble import NO_PARCEL, PUBLIC_SPACE, AssembleConfig, BridgeConfig, FeaturesConfig
from pipeline.project.filter_expressions import select
from pipeline.project.project import Project
from pipeline.project.rules import ShapeConfig
from pipeline.spatial import adjacency
from pipeline.spatial.geometry import keep_dimension
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment


@dataclass(frozen=True)
class BridgingInputs:
    """What lies between plots: all plots of the cluster, which of them are
    public space, its land, and the layers that cards name."""

    plots: gpd.GeoDataFrame
    is_public: Any
    land: Any
    layers: Mapping[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Crossings:
    """Gaps that can be bridged: positions of the pieces on both sides (n x 2), m
    between, place of the dearest bridge on the card, and the land."""

    pairs: Any
    gaps_m: Any
    order: Any
    shapes: Any

    def weight(self, gap_m: float) -> Any:
        """A number per gap to choose by: the cheaper kind first, then fewer metres."""
        return self.order * (gap_m + 1.0) + self.gaps_m


def bridging_inputs(config: Project, cluster: str, tables: Mapping[str, Any]) -> BridgingInputs:
    """What lies between the plots of a cluster, RD New; public space only where it is so in every year and case."""
    states = tables["holding_states"]
    always = (states["tenure_status"] == "public_space").groupby(states["holding_id"]).all()
    is_public = always.reindex(tables["holdings"]["holding_id"]).fillna(False).to_numpy(dtype=bool)
    named = {features.layer for features in (*config.assemble.bridge, *config.assemble.barrier)}
    layers = supplied_or_empty(config, tables, sorted(named & set(TABLES)))
    return BridgingInputs(tables["holdings"], is_public, cluster_shape(tables["cluster_boundaries"], cluster), layers)


@dataclass(frozen=True)
class Gaps:
    """Gaps between two pieces (RD New): positions of both, the land within the gap of both, and when land
    touches them."""

    shapes: Any
    pairs: Any
    lenses: Any
    touch: ShapeConfig

    def some(self, which: Any) -> Gaps:
        """Some of the gaps."""
        return Gaps(self.shapes, self.pairs[which], self.lenses[which], self.touch)


def crossings(assessment: ClusterAssessment, which: Any, between: BridgingInputs) -> Crossings:
    """The gaps (m) of at most the card's width, RD New, over which land that may be
    bridged reaches from piece to piece, along a real edge of both.

    Asked between some of the pieces (`which`); told by their positions among all.
    """
    card = assessment.config.assemble
    shapes = assessment.land.shapes[which]
    edges = adjacency.among(assessment.areas.edges, which, len(assessment.ids))
    pairs, gaps_m = adjacency.near(shapes, card.gap_m)
    # In one order whatever other pieces there are, for of equal gaps the first counts.
    order = np.lexsort(pairs.T[::-1])
    pairs, gaps_m = pairs[order], gaps_m[order]
    # Pieces that touch need no bridge.
    apart = ~np.isin(pairs @ [len(shapes), 1], edges @ [len(shapes), 1])
    pairs, gaps_m = pairs[apart], gaps_m[apart]
    near = shapely.buffer(shapes, card.gap_m, quad_segs=8)
    gaps = Gaps(shapes, pairs, shapely.intersection(near[pairs[:, 0]], near[pairs[:, 1]]), assessment.areas.card)
    kind_of: Any = np.full(len(pairs), -1)
    stretches: Any = np.full(len(pairs), None, dtype=object)
    lands = bridgeable(between, card, shapely.total_bounds(shapes)) if len(pairs) else []
    for kind, land in enumerate(lands):  # kinds of bridge: a handful
        left = np.flatnonzero(kind_of < 0)
        over = _cross(gaps.some(left), land)
        # What this kind cannot cross by itself it may cross together with cheaper ones: then it counts as this kind.
        if kind:
            merged = shapely.union_all(lands[: kind + 1])
            together = _cross(gaps.some(left), merged)
            over = np.where(shapely.is_missing(over), together, over)
        kind_of[left[~shapely.is_missing(over)]] = kind
        stretches[left] = over
    bridged = np.flatnonzero(kind_of >= 0)
    return Crossings(np.asarray(which)[pairs[bridged]], gaps_m[bridged], kind_of[bridged], stretches[bridged])


def bridgeable(between: BridgingInputs, card: AssembleConfig, bounds: Any) -> list[Any]:
    """Per kind of bridge the land (RD New) that it may be made on: within the gap
    of the pieces, off barriers and off the plots of others.

    A barrier whose layer is not known may lie anywhere: then nothing is bridged.
    """
    not_layers = (PUBLIC_SPACE, NO_PARCEL)
    if any(features.layer not in between.layers and features.layer not in not_layers for features in card.barrier):
        return [shapely.Polygon() for _ in card.bridge]
    frame = shapely.box(*(np.asarray(bounds) + card.gap_m * np.array([-1, -1, 1, 1])))
    closed_off = [_drawn(features, between, frame) for features in card.barrier]
    taken = between.plots.geometry.to_numpy()[~between.is_public]
    barred = shapely.union_all([*closed_off, shapely.union_all(taken)])
    return [shapely.difference(_drawn(bridge, between, frame), barred) for bridge in card.bridge]


def _drawn(features: FeaturesConfig | BridgeConfig, between: BridgingInputs, frame: Any) -> Any:
    """The land under features near the pieces, as one polygon."""
    if features.layer == PUBLIC_SPACE:
        return shapely.union_all(between.plots.geometry.to_numpy()[between.is_public])
    if features.layer == NO_PARCEL:
        return shapely.difference(between.land, shapely.union_all(between.plots.geometry.to_numpy()))
    layer = between.layers.get(features.layer)
    if layer is None or not len(layer):
        return shapely.Polygon()
    drawn = layer[select(layer, features.where)]
    shapes, half_m = drawn.geometry.to_numpy(), np.full(len(drawn), features.half_width_m)
    if features.half_width_column is not None:
        half_m = drawn[features.half_width_column].astype(float).fillna(features.half_width_m).to_numpy()
    # Only features that reach into the frame at their full width.
    near = shapely.intersects(shapes, shapely.buffer(frame, half_m.max(initial=0.0)))
    shapes, half_m = shapes[near], half_m[near]
    wide = shapely.buffer(shapes, half_m, cap_style="flat")
    return shapely.intersection(shapely.union_all(np.where(half_m > 0, wide, shapes)), frame)


def _cross(gaps: Gaps, land: Any) -> Any:
    """Per gap the stretch of land that joins both sides across it, None where there is none: a connected
    part of the land within the gap of both that lies along an edge of each; of a land's parts the first,
    and of these the largest."""
    stretches: Any = np.full(len(gaps.pairs), None, dtype=object)
    parts = shapely.get_parts(land)
    parts = parts[shapely.get_dimensions(parts) == 2]
    touched: dict[int, set[int]] = defaultdict(set)
    # Asked of the pieces by the land, which is large and looked through once.
    near = shapely.STRtree(gaps.shapes).query(parts, predicate="dwithin", distance=gaps.touch.touch_m)
    for part, shape in near.T.tolist():
        touched[shape].add(part)
    has_land = ~shapely.is_empty(gaps.lenses)
    both = [
        (number, part)
        for number, (left, right) in enumerate(gaps.pairs.tolist())
        if has_land[number]
        for part in sorted(touched.get(left, set()) & touched.get(right, set()))
    ]
    if not both:
        return stretches
    gap, part = np.array(both).T
    lenses = gaps.lenses[gap]
    # Only land within the gap of both sides can lie between them.
    within = keep_dimension(shapely.intersection(_framed(parts, part, shapely.bounds(lenses)), lenses), "polygon")
    pieces, which = shapely.get_parts(within, return_index=True)
    order = np.lexsort((-shapely.area(pieces), which))
    pieces, gap = pieces[order], gap[which[order]]
    grown = shapely.buffer(pieces, gaps.touch.touch_m + 1e-9)
    sides = shapely.boundary(gaps.shapes[gaps.pairs[gap]])
    along = shapely.length(shapely.intersection(sides, grown[:, None])).min(axis=1)
    enough = np.flatnonzero(along >= gaps.touch.shared_edge_m)
    crossed, first = np.unique(gap[enough], return_index=True)
    stretches[crossed] = pieces[enough[first]]
    return stretches


def _framed(parts: Any, part: Any, frames: Any) -> Any:
    """Of each frame (bounds, RD New) the land in it of one of the parts.

    A part may be all roads of a cluster: only the rings that reach into a frame are cut to it, with the frame and a
    metre around it for an outline that runs around it all.
    """
    boxes, wide = shapely.box(*frames.T), shapely.box(*(frames + [-1.0, -1.0, 1.0, 1.0]).T)
    outlines = shapely.polygons(shapely.get_exterior_ring(parts))
    shapely.prepare(outlines)
    around = np.where(shapely.contains_properly(outlines[part], wide), wide, outlines[part])
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    is_hole = np.concatenate([[False], ring_of[1:] == ring_of[:-1]])
    holes, hole_of = rings[is_hole], ring_of[is_hole]
    frame, hole = shapely.STRtree(holes).query(boxes)
    near = np.flatnonzero(hole_of[hole] == part[frame])
    near = near[np.lexsort((hole[near], frame[near]))]
    ends: Any = np.searchsorted(frame[near], np.arange(len(frames) + 1))
    cut: Any = np.full(len(frames), None, dtype=object)
    for number, bounds in enumerate(frames.tolist()):  # gaps between pieces, with land beside both: few
        shell = shapely.get_exterior_ring(around[number])
        cut[number] = clipped(shell, holes[hole[near[ends[number] : ends[number + 1]]]], bounds)
    return cut


def clipped(shell: Any, holes: Any, bounds: list[float]) -> Any:
    """The land inside a ring and outside others, within bounds (m)."""
    try:
        return shapely.clip_by_rect(shapely.polygons(shell, holes), *bounds)
    except shapely.errors.GEOSException:
        # Quick, but not for all: of a sliver that keeps three points no ring is left.
        land = shapely.difference(shapely.polygons(shell), shapely.union_all(shapely.polygons(holes)))
        return shapely.intersection(land, shapely.box(*bounds))
