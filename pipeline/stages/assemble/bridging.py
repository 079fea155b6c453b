"""Bridging: which gaps between pieces lie over land that may be
bridged, and what that costs; not listed is not bridged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.sources import TABLES
from pipeline.land.supplied import cluster_shape, supplied_or_empty
from pipeline.project.assemble import NO_PARCEL, PUBLIC_SPACE, AssembleConfig, BridgeConfig, FeaturesConfig
from pipeline.project.filter_expressions import select
from pipeline.project.project import Project
from pipeline.project.rules import ShapeConfig
from pipeline.spatial import adjacency
from pipeline.spatial.geometry import area, keep_dimension
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
        """A number per gap to choose by: the cheaper kind first, then the shorter."""
        return self.order * (gap_m + 1.0) + self.gaps_m


def bridging_inputs(config: Project, cluster: str, tables: Mapping[str, Any]) -> BridgingInputs:
    """What lies between the plots of a cluster; public space only where it is so in every asked year and case."""
    states = tables["holding_states"]
    always = (states["tenure_status"] == "public_space").groupby(states["holding_id"]).all()
    is_public = always.reindex(tables["holdings"]["holding_id"]).fillna(False).to_numpy(dtype=bool)
    named = {features.layer for features in (*config.assemble.bridge, *config.assemble.barrier)}
    layers = supplied_or_empty(config, tables, sorted(named & set(TABLES)))
    return BridgingInputs(tables["holdings"], is_public, cluster_shape(tables["cluster_boundaries"], cluster), layers)


def crossings(assessment: ClusterAssessment, which: Any, between: BridgingInputs) -> Crossings:
    """The gaps of at most the card's width over which land that may be
    bridged reaches from piece to piece, along a real edge of both.

    Asked between some of the pieces (`which`); told by their positions among all.
    """
    card, touch = assessment.params.card, assessment.params.shape
    shapes = assessment.land.shapes[which]
    edges = adjacency.among(assessment.areas.edges, which, len(assessment.ids))
    pairs, gaps_m = adjacency.near(shapes, card.gap_m)
    apart = (
        ~np.isin(pairs @ [len(shapes), 1], np.asarray(edges) @ [len(shapes), 1]) if len(pairs) else np.array([], bool)
    )
    pairs, gaps_m = pairs[apart], gaps_m[apart]
    order: Any = np.full(len(pairs), -1)
    stretches: Any = np.full(len(pairs), None, dtype=object)
    if len(pairs):
        lands = bridgeable(between, card, shapely.total_bounds(shapes))
        for kind in range(len(lands)):  # kinds of bridge: a handful
            left = np.flatnonzero(order < 0)
            alone = _cross(shapes, pairs[left], shapely.get_parts(lands[kind]), (card.gap_m, touch))
            together = alone
            if kind:
                merged = shapely.get_parts(shapely.union_all(lands[: kind + 1]))
                together = _cross(shapes, pairs[left], merged, (card.gap_m, touch))
            over = np.where(shapely.is_missing(alone), together, alone)
            order[left[~shapely.is_missing(over)]] = kind
            stretches[left] = over
    bridged = np.flatnonzero(order >= 0)
    return Crossings(np.asarray(which)[pairs[bridged]], gaps_m[bridged], order[bridged], stretches[bridged])


def bridgeable(between: BridgingInputs, card: AssembleConfig, bounds: Any) -> list[Any]:
    """Per kind of bridge the land that it may be made on: within the gap
    of the pieces, off barriers and off the plots of others.

    A barrier whose layer is not known may lie anywhere: then nothing is bridged.
    """
    not_layers = (PUBLIC_SPACE, NO_PARCEL)
    if any(features.layer not in between.layers and features.layer not in not_layers for features in card.barrier):
        return [shapely.Polygon() for _ in card.bridge]
    frame = shapely.box(*(np.asarray(bounds) + card.gap_m * np.array([-1, -1, 1, 1])))
    closed_off = [_drawn(features, between, frame) for features in card.barrier]
    taken = between.plots.geometry.to_numpy()[~np.asarray(between.is_public, dtype=bool)]
    barred = shapely.union_all([*closed_off, shapely.union_all(taken)])
    return [shapely.difference(_drawn(bridge, between, frame), barred) for bridge in card.bridge]


def _drawn(features: FeaturesConfig | BridgeConfig, between: BridgingInputs, frame: Any) -> Any:
    """The land under features near the pieces, as one polygon."""
    if features.layer == PUBLIC_SPACE:
        return shapely.union_all(between.plots.geometry.to_numpy()[np.asarray(between.is_public, dtype=bool)])
    if features.layer == NO_PARCEL:
        return shapely.difference(between.land, shapely.union_all(between.plots.geometry.to_numpy()))
    layer = between.layers.get(features.layer)
    if layer is None or not len(layer):
        return shapely.Polygon()
    features_drawn = layer[select(layer, features.where)]
    half = np.full(len(features_drawn), features.half_width_m)
    if features.half_width_column is not None:
        width_m = features_drawn[features.half_width_column].to_numpy(dtype=float)
        half = np.where(np.isnan(width_m), half, width_m)
    reach = float(half.max()) if len(half) else 0.0
    near = shapely.intersects(features_drawn.geometry.to_numpy(), shapely.buffer(frame, reach))
    wide = shapely.buffer(features_drawn.geometry.to_numpy()[near], half[near], cap_style="flat")
    drawn = np.where(half[near] > 0, wide, features_drawn.geometry.to_numpy()[near])
    return shapely.intersection(shapely.union_all(drawn), frame)


def _cross(shapes: Any, pairs: Any, parts: Any, how: tuple[float, ShapeConfig]) -> Any:
    """Per pair the stretch of land that joins both, None where there is none."""
    gap_m, touch = how
    stretches: Any = np.full(len(pairs), None, dtype=object)
    parts = parts[shapely.get_dimensions(parts) == 2] if len(parts) else parts
    if not len(parts) or not len(pairs):
        return stretches
    reached = _touched(shapes, parts, touch.touch_m)
    for number, (left, right) in enumerate(pairs.tolist()):  # gaps between pieces, with land beside both: few
        for part in sorted(reached.get(left, set()) & reached.get(right, set())):
            stretch = _stretch(parts[part], (shapes[left], shapes[right]), gap_m, touch)
            if stretch is not None:
                stretches[number] = stretch
                break
    return stretches


def _touched(shapes: Any, parts: Any, touch_m: float) -> dict[int, set[int]]:
    position, part = shapely.STRtree(parts).query(shapes, predicate="dwithin", distance=touch_m)
    table = pd.DataFrame({"at": position, "part": part})
    return {int(name): set(group["part"].tolist()) for name, group in table.groupby("at")}


def _stretch(part: Any, sides: tuple[Any, Any], gap_m: float, touch: ShapeConfig) -> Any:
    """The connected part of a land within the gap of both sides that
    lies along an edge of each; None where there is none."""
    near = [shapely.buffer(side, gap_m, quad_segs=8) for side in sides]
    lens = shapely.intersection(*near)
    rough = shapely.clip_by_rect(part, *shapely.bounds(lens)) if not shapely.is_empty(lens) else lens
    pieces = shapely.get_parts(keep_dimension(np.array([shapely.intersection(rough, lens)]), "polygon"))
    for piece in sorted(pieces, key=lambda candidate: -shapely.area(candidate)):
        grown = shapely.buffer(piece, touch.touch_m + 1e-9)
        along = [shapely.length(shapely.intersection(shapely.boundary(side), grown)) for side in sides]
        if min(along) >= touch.shared_edge_m:
            return piece
    return None


def bridge_m2(shapes: Any) -> float:
    """m2 of bridged land, land that serves two bridges once."""
    return float(area(np.array([shapely.union_all(shapes)], dtype=object))[0]) if len(shapes) else 0.0
