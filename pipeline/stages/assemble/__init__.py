"""Assemble: which pieces together make a plot a company can use?

reads   pieces, assessments, rooms, holding_states, holdings, quays, and what lies between plots
writes  sites, site_pieces, bridges, fragmentation, site_sizes, key_plots, near_misses
keeps   area; every site connected; every bridge listed
"""

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
from pipeline.spatial import adjacency
from pipeline.spatial.frontage import frontage_m
from pipeline.spatial.geometry import closed, keep_dimension, width
from pipeline.stages.assemble.acceleration import acceleration_areas
from pipeline.stages.assemble.bridging import BridgingInputs, Crossings, bridge_m2, bridging_inputs, crossings
from pipeline.stages.assemble.changes import smallest_changes
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment, cluster_assessment
from pipeline.stages.assemble.key_plots import key_plots
from pipeline.stages.assemble.near_misses import near_misses
from pipeline.stages.assemble.rectangle import inscribed_rectangle
from pipeline.stages.assemble.sizes import site_sizes

__all__ = ["Assembled", "BridgingInputs", "ClusterAssessment", "assemble", "run"]


@dataclass(frozen=True)
class Assembled:
    """Sites per profile, year and case, their pieces, and the gaps between
    them; and what follows from them. RD New, m2 and m."""

    sites: gpd.GeoDataFrame
    site_pieces: pd.DataFrame
    bridges: gpd.GeoDataFrame
    site_sizes: pd.DataFrame
    fragmentation: pd.DataFrame
    key_plots: pd.DataFrame
    near_misses: gpd.GeoDataFrame


@dataclass(frozen=True)
class SiteSearch:
    """All land, which gaps can be bridged, which pieces are usable for whom and
    when; and what was measured, for sites come back in many years."""

    assessment: ClusterAssessment
    over: Crossings
    usable_in: dict[tuple[str, str, int], frozenset[str]]
    measured: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    net: dict[tuple[bytes, float], float] = field(default_factory=dict)


def run(config: Project, cluster: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Sites of one cluster, and what would make its plots serve; tables by name."""
    assessment = cluster_assessment(config, cluster, tables)
    assembled = assemble(assessment, bridging_inputs(config, cluster, tables))
    lead, not_liftable = config.publish.lead_profile, config.balance.levers.not_liftable
    return {
        **vars(assembled),
        "smallest_changes": smallest_changes(assessment, lead, not_liftable),
        "acceleration_areas": acceleration_areas(assessment, lead, not_liftable),
    }


@dataclass(frozen=True)
class JoinedPieces:
    """A site: positions of its pieces, and of its bridges among the crossings."""

    members: Any
    gaps: Any


def assemble(assessment: ClusterAssessment, between: BridgingInputs) -> Assembled:
    """Usable pieces that touch, or lie across a gap that may be bridged,
    as one site; what plots would join them; near misses.

    The pieces carry cluster, parcel, owner and available dates.
    """
    usable = assessment.assessments[assessment.assessments["verdict"] == "usable"]
    over = crossings(assessment, _of_use(assessment, usable), between)
    groups = usable.groupby(["profile", "case", "year"])["piece_id"]
    search = SiteSearch(assessment, over, {(str(p), str(c), int(y)): frozenset(ids) for (p, c, y), ids in groups})
    by_site: list[tuple[dict[str, Any], pd.DataFrame, gpd.GeoDataFrame]] = []
    for key, group in usable.groupby(["profile", "year", "case"]):
        members = np.flatnonzero(assessment.ids.isin(group["piece_id"]))
        by_site += [_named(key, search, site) for site in _sites(search, members)]
    sites = SITES.collect(row for row, _, _ in by_site)
    site_pieces = SITE_PIECES.collect(parts for _, parts, _ in by_site)
    bridges = BRIDGES.collect(gaps for _, _, gaps in by_site)
    sizes, fragmentation = site_sizes(sites, assessment)
    plots = key_plots(assessment, over, assessment.params.card.key_plots)
    return Assembled(sites, site_pieces, bridges, sizes, fragmentation, plots, near_misses(assessment))


def _of_use(assessment: ClusterAssessment, usable: pd.DataFrame) -> Any:
    """Positions of pieces that are usable at some time, or open to some
    activity: between others nothing need be bridged."""
    rooms = assessment.land.rooms[assessment.land.rooms["room"] == "open"][PAIR].drop_duplicates()
    is_open = pd.MultiIndex.from_frame(assessment.land.pieces[PAIR]).isin(pd.MultiIndex.from_frame(rooms))
    return np.flatnonzero(is_open | assessment.ids.isin(usable["piece_id"]))


def _sites(search: SiteSearch, members: Any) -> list[JoinedPieces]:
    """The sites that pieces among members make."""
    count, over = len(search.assessment.ids), search.over
    edges = adjacency.among(search.assessment.areas.edges, members, count)
    touched = adjacency.groups(len(members), edges)
    place = np.full(count, -1)
    place[members] = np.arange(len(members))
    here = np.flatnonzero((place[over.pairs] >= 0).all(axis=1)) if len(over.pairs) else np.array([], dtype=int)
    pairs = place[over.pairs[here]] if len(here) else np.empty((0, 2), dtype=int)
    weight = over.weight(search.assessment.params.card.gap_m)[here]
    chosen = here[adjacency.bridges(touched, pairs, weight)] if len(here) else here
    joined = adjacency.groups(len(members), np.concatenate([edges, pairs]))
    owner = joined[place[over.pairs[chosen, 0]]] if len(chosen) else np.array([], dtype=int)
    bridged: dict[int, list[int]] = {}
    for pair, site in zip(chosen.tolist(), owner.tolist(), strict=True):
        bridged.setdefault(site, []).append(pair)
    return [
        JoinedPieces(members[inside], np.array(bridged.get(number, []), dtype=int))
        for number, inside in enumerate(adjacency.positions(joined))
    ]


def _named(
    key: tuple[str, int, str], search: SiteSearch, site: JoinedPieces
) -> tuple[dict[str, Any], pd.DataFrame, gpd.GeoDataFrame]:
    """The row of a site for an activity, year and case; its pieces; and its bridges."""
    (profile, year, case), members, gaps = key, site.members, site.gaps
    pieces, over, params = search.assessment.land.pieces.iloc[members], search.over, search.assessment.params
    site_id = f"{profile}.{year}.{case}.{pieces['piece_id'].min()}"
    if members.tobytes() not in search.measured:
        search.measured[members.tobytes()] = _measured(search.assessment, members)
    piece_ids = set(pieces["piece_id"])
    together = [y for (p, c, y), ids in search.usable_in.items() if (p, c) == (profile, case) and piece_ids <= ids]
    kinds = [params.card.bridge[bridge] for bridge in over.order[gaps]]
    row = {
        **search.measured[members.tobytes()],
        "site_id": site_id,
        "profile": profile,
        "year": year,
        "case": case,
        "net_area_m2": _net_m2(search, members, params.profiles[profile].least_width_m),
        "bridge_count": len(gaps),
        "bridge_m2": bridge_m2(over.shapes[gaps]),
        "bridge_cost": kinds[int(np.argmax(over.order[gaps]))].cost if kinds else "none",
        "available_from": pieces[f"available_{case}"].max(),
        "usable_from_year": min(together),
    }
    ends = np.sort(search.assessment.ids.to_numpy()[over.pairs[gaps]].astype(str), axis=1)
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
    return row, pd.DataFrame({"site_id": site_id, "piece_id": pieces["piece_id"].to_numpy()}), listed


def _measured(assessment: ClusterAssessment, members: Any) -> dict[str, Any]:
    """What of a site is the same for every activity and year."""
    pieces = assessment.land.pieces.iloc[members]
    parts = _parts(assessment, members)
    land = shapely.union_all(pieces.geometry.to_numpy())
    quays, reach_m = assessment.areas.quays, assessment.params.shape.quay_reach_m
    along = np.nan if quays is None else frontage_m(land, quays, reach_m) if len(quays) else 0.0
    block = max(
        (inscribed_rectangle(part) for part in parts), key=lambda rectangle: rectangle.along_m * rectangle.across_m
    )
    owners = pieces["owner"].fillna("")
    return {
        "cluster_id": pieces["cluster_id"].iloc[0],
        "area_m2": float(pieces["area_m2"].sum()),
        "width_m": max(width(part) for part in parts),
        "rectangle_long_m": max(block.along_m, block.across_m),
        "rectangle_wide_m": min(block.along_m, block.across_m),
        "quay_m": along,
        "parcel_count": pieces["parcel_id"].nunique(),
        "part_count": len(parts),
        "owner_count": owners.nunique() if (owners != "").all() else None,
        "owners": ", ".join(sorted(set(owners) - {""})) or None,
        "geometry": shapely.orient_polygons(land),
    }


def _parts(assessment: ClusterAssessment, members: Any) -> list[Any]:
    """The parts of a site that hang together without bridges, slits closed."""
    return [
        closed(assessment.land.shapes[patch], assessment.params.shape.touch_m)
        for patch in assessment.areas.patches(members)
    ]


def _net_m2(search: SiteSearch, members: Any, least_width_m: float) -> float:
    """m2 of a site without tails narrower than an activity asks: what a square of that width can sweep."""
    key = members.tobytes(), least_width_m
    if key not in search.net:
        parts: Any = np.array(_parts(search.assessment, members), dtype=object)
        half = least_width_m / 2.0 - 0.01  # land of just that width counts
        swept = shapely.buffer(shapely.buffer(parts, -half, join_style="mitre"), half, join_style="mitre")
        land = shapely.union_all(search.assessment.land.shapes[members])
        inside = keep_dimension(np.array([shapely.intersection(land, shapely.union_all(swept))]), "polygon")[0]
        search.net[key] = float(shapely.area(land if half <= 0 else inside)) if inside is not None else 0.0
    return search.net[key]
