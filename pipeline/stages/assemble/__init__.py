"""Assemble: which pieces together make a plot a company can use?

reads   pieces, assessments, rooms, holding_states, holdings, quays, and what lies between plots
writes  sites, site_pieces, bridges, fragmentation, site_sizes, key_plots, near_misses,
        smallest_changes, acceleration_areas
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
from pipeline.spatial.geometry import area, closed, keep_dimension, width
from pipeline.stages.assemble.acceleration import acceleration_areas
from pipeline.stages.assemble.bridging import BridgingInputs, Crossings, bridging_inputs, crossings
from pipeline.stages.assemble.changes import smallest_changes
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment, cluster_assessment
from pipeline.stages.assemble.key_plots import key_plots
from pipeline.stages.assemble.near_misses import near_misses
from pipeline.stages.assemble.rectangle import inscribed_rectangle
from pipeline.stages.assemble.sizes import site_sizes

__all__ = ["BridgingInputs", "ClusterAssessment", "assemble", "run"]


@dataclass(frozen=True)
class SiteSearch:
    """All land, which gaps can be bridged, which pieces are usable for whom and
    when; and what was measured, for sites come back in many years."""

    assessment: ClusterAssessment
    over: Crossings
    usable_in: dict[tuple[str, str, int], frozenset[str]]
    measured: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    net: dict[tuple[bytes, float], float] = field(default_factory=dict)

    def first_year(self, profile: str, case: str, piece_ids: set[str]) -> int:
        """The first year in which these very pieces are usable."""
        return min(y for (p, c, y), ids in self.usable_in.items() if (p, c) == (profile, case) and piece_ids <= ids)


def run(config: Project, cluster: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Sites of one cluster (RD New, m2), and what would make its plots serve; tables by name."""
    assessment = cluster_assessment(config, cluster, tables)
    lead, not_liftable = config.publish.lead_profile, config.balance.levers.not_liftable
    return {
        **assemble(assessment, bridging_inputs(config, cluster, tables)),
        "smallest_changes": smallest_changes(assessment, lead, not_liftable),
        "acceleration_areas": acceleration_areas(assessment, lead, not_liftable),
    }


def assemble(assessment: ClusterAssessment, between: BridgingInputs) -> dict[str, pd.DataFrame]:
    """Usable pieces that touch, or lie across a gap that may be bridged,
    as one site; what plots would join them; near misses. RD New, m2 and m; tables by name.

    The pieces carry cluster, parcel, owner and available dates.
    """
    usable = assessment.assessments[assessment.assessments["verdict"] == "usable"]
    over = crossings(assessment, _of_use(assessment, usable), between)
    groups = usable.groupby(["profile", "case", "year"])["piece_id"]
    search = SiteSearch(assessment, over, {(str(p), str(c), int(y)): frozenset(ids) for (p, c, y), ids in groups})
    by_site: list[tuple[dict[str, Any], pd.DataFrame, gpd.GeoDataFrame]] = []
    for key, group in usable.groupby(["profile", "year", "case"]):
        members = np.flatnonzero(assessment.ids.isin(group["piece_id"]))
        by_site += [_named(key, search, pieces, gaps) for pieces, gaps in _sites(assessment, over, members)]
    sites = SITES.collect(site for site, _, _ in by_site)
    sizes, fragmentation = site_sizes(sites, assessment)
    return {
        "sites": sites,
        "site_pieces": SITE_PIECES.collect(pieces for _, pieces, _ in by_site),
        "bridges": BRIDGES.collect(bridges for _, _, bridges in by_site),
        "site_sizes": sizes,
        "fragmentation": fragmentation,
        "key_plots": key_plots(assessment, over),
        "near_misses": near_misses(assessment),
    }


def _of_use(assessment: ClusterAssessment, usable: pd.DataFrame) -> Any:
    """Positions of pieces that are usable at some time, or open to some
    activity: between others nothing need be bridged."""
    rooms = assessment.land.rooms[assessment.land.rooms["room"] == "open"][PAIR].drop_duplicates()
    is_open = pd.MultiIndex.from_frame(assessment.land.pieces[PAIR]).isin(pd.MultiIndex.from_frame(rooms))
    return np.flatnonzero(is_open | assessment.ids.isin(usable["piece_id"]))


def _sites(assessment: ClusterAssessment, over: Crossings, members: Any) -> list[tuple[Any, Any]]:
    """The sites that pieces among members make: positions of the pieces of each, and of its bridges
    among the crossings."""
    touching, crossing = (
        adjacency.among(pairs, members, len(assessment.ids)) for pairs in (assessment.areas.edges, over.pairs)
    )
    here = np.flatnonzero(np.isin(over.pairs, members).all(axis=1))
    weight = over.weight(assessment.config.assemble.gap_m)[here]
    # As few bridges as join the pieces, of the cheapest kind, then the shortest.
    chosen = here[adjacency.bridges(adjacency.groups(len(members), touching), crossing, weight)]
    joined = adjacency.groups(len(members), np.concatenate([touching, crossing]))
    owner = joined[np.searchsorted(members, over.pairs[chosen, 0])]
    return [(members[inside], chosen[owner == number]) for number, inside in enumerate(adjacency.positions(joined))]


def _named(
    key: tuple[str, int, str], search: SiteSearch, members: Any, gaps: Any
) -> tuple[dict[str, Any], pd.DataFrame, gpd.GeoDataFrame]:
    """The row of a site for an activity, year and case; its pieces; and its bridges."""
    profile, year, case = key
    pieces, over, config = search.assessment.land.pieces.iloc[members], search.over, search.assessment.config
    site_id = f"{profile}.{year}.{case}.{pieces['piece_id'].min()}"
    # The same pieces come back in other years and for other activities.
    if members.tobytes() not in search.measured:
        search.measured[members.tobytes()] = _measured(search.assessment, members)
    kinds = [config.assemble.bridge[bridge] for bridge in over.order[gaps]]
    row = {
        **search.measured[members.tobytes()],
        "site_id": site_id,
        "profile": profile,
        "year": year,
        "case": case,
        "net_area_m2": _net_m2(search, members, config.profiles[profile].least_width_m),
        "bridge_count": len(gaps),
        # Land that serves two bridges counts once.
        "bridge_m2": float(shapely.area(shapely.union_all(over.shapes[gaps]))),
        "bridge_cost": kinds[int(np.argmax(over.order[gaps]))].cost if kinds else "none",
        "available_from": pieces[f"available_{case}"].max(),
        "usable_from_year": search.first_year(profile, case, set(pieces["piece_id"])),
    }
    # From the lower key to the higher, so that a bridge has one key whichever way it was found.
    ends = np.sort(search.assessment.ids.to_numpy()[over.pairs[gaps]].astype(str), axis=1)
    bridges = gpd.GeoDataFrame(
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
    return row, pieces[["piece_id"]].assign(site_id=site_id), bridges


def _measured(assessment: ClusterAssessment, members: Any) -> dict[str, Any]:
    """What of a site is the same for every activity and year."""
    pieces = assessment.land.pieces.iloc[members]
    parts = _parts(assessment, members)
    land = shapely.union_all(pieces.geometry.to_numpy())
    block = inscribed_rectangle(parts)
    # Owners are counted only where every piece has one: not known is not the same owner.
    owners = pieces["owner"].fillna("")
    return {
        "cluster_id": pieces["cluster_id"].iloc[0],
        "area_m2": float(pieces["area_m2"].sum()),
        "width_m": max(map(width, parts)),
        "rectangle_long_m": max(block.along_m, block.across_m),
        "rectangle_wide_m": min(block.along_m, block.across_m),
        "quay_m": np.nan if assessment.areas.quays is None else assessment.areas.along_m(land, 0.0),
        "parcel_count": pieces["parcel_id"].nunique(),
        "part_count": len(parts),
        "owner_count": owners.nunique() if (owners != "").all() else None,
        "owners": ", ".join(sorted(set(owners) - {""})) or None,
        "geometry": shapely.orient_polygons(land),
    }


def _parts(assessment: ClusterAssessment, members: Any) -> list[Any]:
    """The parts of a site that hang together without bridges, slits closed."""
    areas = assessment.areas
    return [closed(areas.shapes[patch], areas.card.touch_m) for patch in areas.patches(members)]


def _net_m2(search: SiteSearch, members: Any, least_width_m: float) -> float:
    """m2 of a site without tails narrower than an activity asks: what a square of that width can sweep."""
    key = members.tobytes(), least_width_m
    if key not in search.net:
        parts: Any = np.array(_parts(search.assessment, members), dtype=object)
        half = least_width_m / 2.0 - 0.01  # land of just that width counts
        # Shrunk and grown again, with square corners: what a square of that width reaches.
        swept = shapely.buffer(shapely.buffer(parts, -half, join_style="mitre"), half, join_style="mitre")
        land = np.array([shapely.union_all(search.assessment.land.shapes[members])])
        inside = keep_dimension(shapely.intersection(land, shapely.union_all(swept)), "polygon")
        search.net[key] = float(area(land if half <= 0 else inside)[0])
    return search.net[key]
