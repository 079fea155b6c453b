"""Assemble: which pieces together make a plot a company can use?

reads   pieces, assessments, rooms, holding_states, holdings, quays, and what lies between plots
writes  sites, site_pieces, bridges, bridgeable_gaps, fragmentation, site_sizes, key_plots, near_misses,
        smallest_changes, acceleration_areas
keeps   area; every site connected; every bridge listed
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.bridgeable_gaps import LAYER as GAPS
from layers.derived.bridges import LAYER as BRIDGES
from layers.derived.site_pieces import LAYER as SITE_PIECES
from layers.derived.sites import LAYER as SITES
from layers.layer import RD_NEW
from pipeline.land.land import PAIR
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.project import Project
from pipeline.spatial import adjacency
from pipeline.spatial.geometry import area, closed, split, width
from pipeline.stages.assemble.acceleration import acceleration_areas
from pipeline.stages.assemble.bridging import BridgingInputs, Crossings, bridging_inputs, crossings
from pipeline.stages.assemble.changes import smallest_changes
from pipeline.stages.assemble.cluster_assessment import (
    ActivityCase,
    ClusterAssessment,
    cluster_assessment,
    first_day,
    last_day,
)
from pipeline.stages.assemble.key_plots import key_plots
from pipeline.stages.assemble.near_misses import near_misses
from pipeline.stages.assemble.rectangle import inscribed_rectangle
from pipeline.stages.assemble.sizes import site_sizes

__all__ = ["BridgingInputs", "ClusterAssessment", "assemble", "bridged_gaps", "run"]


@dataclass(frozen=True)
class Site:
    """Land of one site for an activity, year and case: positions of its pieces, and of its bridges among the
    crossings."""

    question: ActivityCase
    site_id: str
    members: Any
    gaps: Any


@dataclass(frozen=True)
class SiteShape:
    """The land of a site (RD New), and its parts that hang together without bridges, slits closed."""

    land: Any
    parts: list[Any]


@dataclass
class SiteSearch:
    """All land and which gaps can be bridged; and what was measured, for sites come back in many years."""

    assessment: ClusterAssessment
    over: Crossings
    shapes: dict[bytes, SiteShape] = field(default_factory=dict)
    measured: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    net: dict[tuple[bytes, float], float] = field(default_factory=dict)

    @cached_property
    def owners(self) -> Any:
        """The owner of each piece, empty where not known."""
        return self.assessment.land.pieces["owner"].fillna("").to_numpy(dtype=object)

    def shape(self, members: Any) -> SiteShape:
        """The shape of a site."""
        if members.tobytes() not in self.shapes:
            areas = self.assessment.areas
            parts = [closed(areas.shapes[patch], areas.card.touch_m) for patch in areas.patches(members)]
            self.shapes[members.tobytes()] = SiteShape(shapely.union_all(areas.shapes[members]), parts)
        return self.shapes[members.tobytes()]

    def first_year(self, site: Site) -> int:
        """The first year in which these very pieces are usable."""
        same = site.question.profile, site.question.case
        return next(
            question.year  # in order of years
            for question in self.assessment.questions
            if (question.profile, question.case) == same and question.is_usable[site.members].all()
        )


def run(config: Project, cluster: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Sites of one cluster (RD New, m2), and what would make its plots serve; tables by name."""
    assessment = cluster_assessment(config, cluster, tables)
    lead, not_liftable = config.publish.lead_profile, config.balance.levers.not_liftable
    over = bridged_gaps(assessment, bridging_inputs(config, cluster, tables))
    return {
        **assemble(assessment, over),
        "smallest_changes": smallest_changes(assessment, lead, not_liftable),
        "acceleration_areas": acceleration_areas(assessment, over, accelerated(config), not_liftable),
    }


def accelerated(config: Project) -> list[str]:
    """The activities of which acceleration areas are sought: the lead activity, and every net-zero technology."""
    lead = config.publish.lead_profile
    return [name for name, asks in config.profiles.items() if name == lead or asks.is_net_zero]


def bridged_gaps(assessment: ClusterAssessment, between: BridgingInputs) -> Crossings:
    """The gaps over which land of the cluster can be one site (RD New, m), whatever the activity."""
    return crossings(assessment, _of_use(assessment), between)


def assemble(assessment: ClusterAssessment, over: Crossings) -> dict[str, pd.DataFrame]:
    """Usable pieces that touch, or lie across a gap that may be bridged,
    as one site; what plots would join them; near misses. RD New, m2 and m; tables by name.

    The pieces carry cluster, parcel, owner and available dates.
    """
    search = SiteSearch(assessment, over)
    questions = [question for question in assessment.questions if question.is_usable.any()]
    by_site = [site for question in questions for site in _sites(search, question)]
    sites = SITES.collect(_row(search, site) for site in by_site)
    sizes, fragmentation = site_sizes(sites, assessment)
    return {
        "sites": sites,
        "site_pieces": SITE_PIECES.collect([_pieces(assessment, by_site)]),
        "bridges": BRIDGES.collect([_bridges(search, by_site)]),
        "bridgeable_gaps": _gaps(search),
        "site_sizes": sizes,
        "fragmentation": fragmentation,
        "key_plots": key_plots(assessment, over),
        "near_misses": near_misses(assessment),
    }


def _of_use(assessment: ClusterAssessment) -> Any:
    """Positions of pieces that are usable at some time, open to some
    activity, or free in some year: between others nothing need be bridged."""
    usable = assessment.assessments[assessment.assessments["verdict"] == "usable"]
    rooms = assessment.land.rooms[assessment.land.rooms["room"] == "open"][PAIR].drop_duplicates()
    is_open = pd.MultiIndex.from_frame(assessment.land.pieces[PAIR]).isin(pd.MultiIndex.from_frame(rooms))
    # Free land under a rule: it is seen with that rule lifted.
    is_free = np.any([assessment.land.free(year, "earliest") for year in assessment.years], axis=0)
    return np.flatnonzero(is_open | is_free | assessment.ids.isin(usable["piece_id"]))


def _sites(search: SiteSearch, question: ActivityCase) -> Iterator[Site]:
    """The sites that usable pieces make, with as few bridges as join them."""
    assessment, over, members = search.assessment, search.over, np.flatnonzero(question.is_usable)
    touching, crossing = (
        adjacency.among(pairs, members, len(assessment.ids)) for pairs in (assessment.areas.edges, over.pairs)
    )
    here = np.flatnonzero(question.is_usable[over.pairs].all(axis=1))
    weight = over.weight(assessment.config.assemble.gap_m)[here]
    # Of the cheapest kind, then the shortest.
    chosen = here[adjacency.bridges(adjacency.groups(len(members), touching), crossing, weight)]
    joined = adjacency.groups(len(members), np.concatenate([touching, crossing]))
    owner = joined[np.searchsorted(members, over.pairs[chosen, 0])]
    bridges = {int(owner[row[0]]): row for row in adjacency.positions(owner)}
    for number, inside in enumerate(adjacency.positions(joined)):
        site_id = f"{question.profile}.{question.year}.{question.case}.{assessment.ids[members[inside]].min()}"
        yield Site(question, site_id, members[inside], chosen[bridges.get(number, inside[:0])])


def _row(search: SiteSearch, site: Site) -> dict[str, Any]:
    """The row of a site for an activity, year and case."""
    over, config, key = search.over, search.assessment.config, site.members.tobytes()
    # The same pieces come back in other years and for other activities.
    if key not in search.measured:
        search.measured[key] = _measured(search, site.members)
    kinds = [config.assemble.bridge[bridge] for bridge in over.order[site.gaps]]
    return {
        **search.measured[key],
        **site.question.key,
        "site_id": site.site_id,
        "net_area_m2": _net_m2(search, site.members, site.question.asks.least_width_m),
        "bridge_count": len(kinds),
        # Land that serves two bridges counts once.
        "bridge_m2": float(shapely.area(shapely.union_all(over.shapes[site.gaps]))) if kinds else 0.0,
        "bridge_cost": kinds[int(np.argmax(over.order[site.gaps]))].cost if kinds else "none",
        "available_from": search.assessment.land.pieces[f"available_{site.question.case}"].iloc[site.members].max(),
        "usable_from_year": search.first_year(site),
        "usable_from": first_day(search.assessment, tuple(site.question.key.values()), site.members),
        "usable_from_latest": last_day(search.assessment, tuple(site.question.key.values()), site.members),
    }


def _pieces(assessment: ClusterAssessment, sites: list[Site]) -> pd.DataFrame:
    """Which pieces each site is made of."""
    pieces, site_ids = _by_site(sites, [site.members for site in sites])
    return pd.DataFrame({"piece_id": assessment.ids[pieces], "site_id": site_ids})


def _bridges(search: SiteSearch, sites: list[Site]) -> gpd.GeoDataFrame:
    """The bridges of each site."""
    over, card = search.over, search.assessment.config.assemble
    gaps, site_ids = _by_site(sites, [site.gaps for site in sites])
    # From the lower key to the higher, so that a bridge has one key whichever way it was reached.
    ends = np.sort(search.assessment.ids.to_numpy()[over.pairs[gaps]].astype(str), axis=1)
    kinds = [card.bridge[bridge] for bridge in over.order[gaps]]
    columns = {
        "site_id": site_ids,
        "from_piece": ends[:, 0],
        "to_piece": ends[:, 1],
        "gap_m": over.gaps_m[gaps],
        "bridge_title": [kind.title for kind in kinds],
        "bridge_cost": [kind.cost for kind in kinds],
        "area_m2": shapely.area(over.shapes[gaps]),
    }
    return gpd.GeoDataFrame(columns, geometry=over.shapes[gaps], crs=RD_NEW)


def _gaps(search: SiteSearch) -> pd.DataFrame:
    """Every gap that can be bridged."""
    ends = np.sort(search.assessment.ids.to_numpy()[search.over.pairs].astype(str), axis=1).reshape(-1, 2)
    return GAPS.conform(pd.DataFrame({"from_piece": ends[:, 0], "to_piece": ends[:, 1]}))


def _by_site(sites: list[Site], positions: list[Any]) -> tuple[Any, list[str]]:
    """Positions of each site one after the other, and the site of each."""
    site_ids = [site.site_id for site, row in zip(sites, positions, strict=True) for _ in row]
    return np.concatenate([np.empty(0, dtype=int), *positions]), site_ids


def _measured(search: SiteSearch, members: Any) -> dict[str, Any]:
    """What of a site is the same for every activity and year."""
    assessment, shape = search.assessment, search.shape(members)
    land, areas = assessment.land, assessment.areas
    block = inscribed_rectangle(shape.parts)
    # Owners are counted only where every piece has one: not known is not the same owner.
    owners = set(search.owners[members])
    return {
        "cluster_id": land.cluster_id,
        "area_m2": land.sum_m2(members),
        "width_m": max(map(width, shape.parts)),
        "rectangle_long_m": max(block.along_m, block.across_m),
        "rectangle_wide_m": min(block.along_m, block.across_m),
        "quay_m": _quay_m(areas, members, shape.land),
        "parcel_count": len(np.unique(assessment.parcels[0][members])),
        "part_count": len(shape.parts),
        "owner_count": None if "" in owners else len(owners),
        "owners": ", ".join(sorted(owners - {""})) or None,
        "geometry": shapely.orient_polygons(shape.land),
    }


def _quay_m(areas: ContiguousAreas, members: Any, land: Any) -> float:
    """Metres of quay along a site; nan where no quays are known."""
    if areas.quays is None:
        return np.nan
    return areas.along_m(land, 0.0) if len(areas.quays) and areas.is_near_quay[members].any() else 0.0


def _net_m2(search: SiteSearch, members: Any, least_width_m: float) -> float:
    """m2 of a site without tails narrower than an activity asks: what a square of that width can sweep."""
    key = members.tobytes(), least_width_m
    if key not in search.net:
        half = least_width_m / 2.0 - 0.01  # land of just that width counts
        land = np.array([search.shape(members).land])
        if half > 0:
            parts: Any = np.array(search.shape(members).parts, dtype=object)
            # Shrunk and grown again, with square corners: what a square of that width reaches.
            swept = shapely.buffer(shapely.buffer(parts, -half, join_style="mitre"), half, join_style="mitre")
            land = split(land, shapely.union_all(swept))[0]
        search.net[key] = float(area(land)[0])
    return search.net[key]
