"""Samenvoegen: which pieces together make a plot a company can use?

reads   pieces, assessments, rooms, holding_states, holdings, quays, and what lies between plots
writes  sites, site_pieces, bridges, fragmentation, site_sizes, key_plots, near_misses
keeps   area; every site connected; every bridge listed
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.bridges import LAYER as BRIDGES
from layers.derived.site_pieces import LAYER as SITE_PIECES
from layers.derived.sites import LAYER as SITES
from layers.layer import RD_NEW
from pipeline.land.land import PAIR
from pipeline.project.project import Project
from pipeline.spatial import adjacency as patches
from pipeline.spatial.frontage import frontage_m
from pipeline.spatial.geometry import closed, keep_dimension, width
from pipeline.stages.assemble.acceleration import acceleration_areas
from pipeline.stages.assemble.bridging import Between, Crossings, bridge_m2, bridging_inputs, crossings
from pipeline.stages.assemble.changes import smallest_changes
from pipeline.stages.assemble.key_plots import key_plots
from pipeline.stages.assemble.near_misses import near_misses
from pipeline.stages.assemble.rectangle import inscribed_rectangle
from pipeline.stages.assemble.sizes import site_sizes
from pipeline.stages.assemble.whole import Whole, cluster_assessment

__all__ = ["Assembled", "Between", "Whole", "assemble", "run"]


@dataclass(frozen=True)
class Assembled:
    """Sites per profile, year and case, their pieces, and the gaps between them; and what is told about them. RD New, m2 and m."""

    sites: gpd.GeoDataFrame
    site_pieces: pd.DataFrame
    bridges: gpd.GeoDataFrame
    site_sizes: pd.DataFrame
    fragmentation: pd.DataFrame
    key_plots: pd.DataFrame
    near_misses: gpd.GeoDataFrame


@dataclass(frozen=True)
class Work:
    """All land, which gaps can be bridged, which pieces are usable for whom and when; and what was measured, to be kept."""

    whole: Whole
    over: Crossings
    usable_in: dict[tuple[str, str, int], frozenset[str]]
    measured: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    net: dict[tuple[bytes, float], float] = field(default_factory=dict)


def run(config: Project, cluster: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Sites of one cluster, and what would make its plots serve; tables by name."""
    whole = cluster_assessment(config, cluster, tables)
    assembled = assemble(whole, bridging_inputs(config, cluster, tables))
    lead, not_liftable = config.publish.lead_profile, config.balance.levers.not_liftable
    return {
        **vars(assembled),
        "smallest_changes": smallest_changes(whole, lead, not_liftable),
        "acceleration_areas": acceleration_areas(whole, lead, not_liftable),
    }


def assemble(whole: Whole, between: Between) -> Assembled:
    """Usable pieces that touch, or lie across a gap that may be bridged, as one site; what plots would join them; near misses.

    The pieces of `whole` carry cluster, parcel, owner and available dates.
    """
    usable = whole.assessments[whole.assessments["verdict"] == "usable"]
    over = crossings(whole, _of_use(whole, usable), between)
    groups = usable.groupby(["profile", "case", "year"])["piece_id"]
    work = Work(whole, over, {(str(p), str(c), int(y)): frozenset(ids) for (p, c, y), ids in groups})
    made: list[tuple[dict[str, Any], pd.DataFrame, gpd.GeoDataFrame]] = []
    for key, group in usable.groupby(["profile", "year", "case"]):
        members = np.flatnonzero(whole.ids.isin(group["piece_id"]))
        made += [_named(key, work, found) for found in _sites(work, members)]
    sites, site_pieces, bridges = SITES.empty(), SITE_PIECES.empty(), BRIDGES.empty()
    if made:
        sites = SITES.conform(gpd.GeoDataFrame([row for row, _, _ in made], geometry="geometry", crs=RD_NEW))
        site_pieces = SITE_PIECES.conform(pd.concat([parts for _, parts, _ in made]))
        gaps = pd.concat([gaps for _, _, gaps in made])
        bridges = BRIDGES.conform(gpd.GeoDataFrame(gaps, geometry="geometry", crs=RD_NEW))
    sizes, fragmentation = site_sizes(sites, whole)
    plots = key_plots(whole, over, whole.wishes.card.key_plots)
    return Assembled(sites, site_pieces, bridges, sizes, fragmentation, plots, near_misses(whole))


def _of_use(whole: Whole, usable: pd.DataFrame) -> Any:
    """Positions of pieces that are usable at some time, or open to some activity: between others nothing need be bridged."""
    rooms = whole.ground.rooms[whole.ground.rooms["room"] == "open"][PAIR].drop_duplicates()
    is_open = pd.MultiIndex.from_frame(whole.ground.pieces[PAIR]).isin(pd.MultiIndex.from_frame(rooms))
    return np.flatnonzero(is_open | whole.ids.isin(usable["piece_id"]))


def _sites(work: Work, members: Any) -> list[tuple[Any, Any]]:
    """Positions of the pieces of each site among members, with the positions of its bridges among the crossings."""
    count, over = len(work.whole.ids), work.over
    edges = patches.among(work.whole.fit.edges, members, count)
    touched = patches.groups(len(members), edges)
    place = np.full(count, -1)
    place[members] = np.arange(len(members))
    here = np.flatnonzero((place[over.pairs] >= 0).all(axis=1)) if len(over.pairs) else np.array([], dtype=int)
    pairs = place[over.pairs[here]] if len(here) else np.empty((0, 2), dtype=int)
    chosen = (
        here[patches.bridges(touched, pairs, over.weight(work.whole.wishes.card.gap_m)[here])] if len(here) else here
    )
    joined = patches.groups(len(members), np.concatenate([edges, pairs]))
    owner = joined[place[over.pairs[chosen, 0]]] if len(chosen) else np.array([], dtype=int)
    bridged: dict[int, list[int]] = {}
    for pair, site in zip(chosen.tolist(), owner.tolist(), strict=True):
        bridged.setdefault(site, []).append(pair)
    return [
        (members[inside], np.array(bridged.get(at, []), dtype=int))
        for at, inside in enumerate(patches.positions(joined))
    ]


def _named(
    key: tuple[str, int, str], work: Work, of: tuple[Any, Any]
) -> tuple[dict[str, Any], pd.DataFrame, gpd.GeoDataFrame]:
    """The row of a site for an activity, year and case; its pieces; and its bridges."""
    (profile, year, case), (found, gaps) = key, of
    own, over, wishes = work.whole.ground.pieces.iloc[found], work.over, work.whole.wishes
    site_id = f"{profile}.{year}.{case}.{own['piece_id'].min()}"
    if found.tobytes() not in work.measured:
        work.measured[found.tobytes()] = _measured(work.whole, found)
    pieces = set(own["piece_id"])
    together = [y for (p, c, y), ids in work.usable_in.items() if (p, c) == (profile, case) and pieces <= ids]
    kinds = [wishes.card.bridge[at] for at in over.order[gaps]]
    row = {
        **work.measured[found.tobytes()],
        "site_id": site_id,
        "profile": profile,
        "year": year,
        "case": case,
        "net_area_m2": _net_m2(work, found, wishes.profiles[profile].least_width_m),
        "bridge_count": len(gaps),
        "bridge_m2": bridge_m2(over.shapes[gaps]),
        "bridge_cost": kinds[int(np.argmax(over.order[gaps]))].cost if kinds else "none",
        "available_from": own[f"available_{case}"].max(),
        "usable_from_year": min(together),
    }
    ends = np.sort(work.whole.ids.to_numpy()[over.pairs[gaps]].astype(str), axis=1)
    listed = gpd.GeoDataFrame(
        {
            "site_id": site_id,
            "from_piece": ends[:, 0],
            "to_piece": ends[:, 1],
            "gap_m": over.gaps_m[gaps],
            "bridge_title": [kind.title for kind in kinds],
            "bridge_cost": [kind.cost for kind in kinds],
            "area_m2": shapely.area(over.shapes[gaps]),
        },
        geometry=over.shapes[gaps],
        crs=RD_NEW,
    )
    return row, pd.DataFrame({"site_id": site_id, "piece_id": own["piece_id"].to_numpy()}), listed


def _measured(whole: Whole, found: Any) -> dict[str, Any]:
    """What of a site is the same for every activity and year."""
    own = whole.ground.pieces.iloc[found]
    parts = _parts(whole, found)
    land = shapely.union_all(own.geometry.to_numpy())
    quays, reach_m = whole.fit.quays, whole.wishes.shape.quay_reach_m
    along = np.nan if quays is None else frontage_m(land, quays, reach_m) if len(quays) else 0.0
    block = max((inscribed_rectangle(part) for part in parts), key=lambda one: one.along_m * one.across_m)
    owners = own["owner"].fillna("")
    return {
        "cluster_id": own["cluster_id"].iloc[0],
        "area_m2": float(own["area_m2"].sum()),
        "width_m": max(width(part) for part in parts),
        "rectangle_long_m": max(block.along_m, block.across_m),
        "rectangle_wide_m": min(block.along_m, block.across_m),
        "quay_m": along,
        "parcel_count": own["parcel_id"].nunique(),
        "part_count": len(parts),
        "owner_count": owners.nunique() if (owners != "").all() else None,
        "owners": ", ".join(sorted(set(owners) - {""})) or None,
        "geometry": shapely.orient_polygons(land),
    }


def _parts(whole: Whole, found: Any) -> list[Any]:
    """The parts of a site that hang together without bridges, slits closed."""
    return [closed(whole.ground.shapes[patch], whole.wishes.shape.touch_m) for patch in whole.fit.patches(found)]


def _net_m2(work: Work, found: Any, least_width_m: float) -> float:
    """m2 of a site without tails narrower than an activity asks: what a square of that width can sweep."""
    key = found.tobytes(), least_width_m
    if key not in work.net:
        parts: Any = np.array(_parts(work.whole, found), dtype=object)
        half = least_width_m / 2.0 - 0.01  # land of just that width counts
        swept = shapely.buffer(shapely.buffer(parts, -half, join_style="mitre"), half, join_style="mitre")
        land = shapely.union_all(work.whole.ground.shapes[found])
        inside = keep_dimension(np.array([shapely.intersection(land, shapely.union_all(swept))]), "polygon")[0]
        work.net[key] = float(shapely.area(land if half <= 0 else inside)) if inside is not None else 0.0
    return work.net[key]
