"""Inpassing: placing projects on sites and years as well as can be; what fits, what does not and why, and the best alternative.

A project takes land of one site of its activity in its cluster; what two sites share is given out once. It may stand on pieces of a
site that do not all touch once others have taken theirs: within a site, area is shared out, not drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.placements import LAYER
from layers.units import M2_PER_HA
from pipeline.project.investment_projects import InvestmentProject
from pipeline.stages.balance.programme import Programme, Solved

LAST_YEAR = 2300


@dataclass(frozen=True)
class Left:
    """Land that hangs together and would do for an activity once nobody has it."""

    pieces: tuple[str, ...]
    area_m2: float
    shape: Any


@dataclass(frozen=True)
class Sites:
    """Sites (no extension called) with their pieces, plots by key, and the asked years.

    `left`: the land of plots that would do for an activity in a year once nobody has it; `quay_m`: metres of quay along a shape that
    surely carry the draught of an activity.
    """

    sites: gpd.GeoDataFrame
    pieces_of: Mapping[str, tuple[str, ...]]
    area_m2: Mapping[str, float]
    plots: Mapping[str, Any]
    years: tuple[int, ...]
    left: Callable[[tuple[str, ...], str, int], list[Left]]
    quay_m: Callable[[Any, str], float]

    @cached_property
    def rows(self) -> list[Any]:
        """One row per site."""
        return list(self.sites.itertuples())


@dataclass(frozen=True)
class Place:
    """A site, or land that a project leaves, on which a project can begin in a year.

    `after`: the project that leaves the land, and which of its places this follows.
    """

    site_id: str
    cluster_id: str
    start: int
    pieces: tuple[str, ...]
    quay_m: float
    shape: Any
    after: tuple[str, int] | None = None


@dataclass(frozen=True)
class Plan:
    """A programme with the choice of every project and place, and the land that was solved for."""

    programme: Programme
    choice: dict[tuple[str, int], int]
    places: Mapping[str, list[Place]]


def begin_years(project: InvestmentProject, years: tuple[int, ...]) -> dict[int, int]:
    """Asked year on whose land a project can begin, with the first year in which it then would."""
    spans = [*pairwise(years), (years[-1], LAST_YEAR)]
    return {
        first: max(first, project.first_year)
        for first, after in spans
        if project.first_year < after and max(first, project.first_year) <= project.last_year
    }


def places_for(project: InvestmentProject, land: Sites, *, elsewhere: bool = False) -> list[Place]:
    """Where a project fits by itself: activity, cluster (or any other), window, area, quay, and the plot that it must be near."""
    begins = begin_years(project, land.years)
    found = []
    for row in land.rows:
        if row.profile != project.profile or (row.cluster_id != project.cluster_id) != elsewhere:
            continue
        if row.year not in begins or row.area_m2 < project.area_ha * M2_PER_HA:
            continue
        quay_m = land.quay_m(row.geometry, project.profile) if project.quay_m else 0.0
        if quay_m < project.quay_m or not _is_near(project, row.geometry, land):
            continue
        pieces = land.pieces_of[row.site_id]
        found.append(Place(row.site_id, row.cluster_id, begins[row.year], pieces, quay_m, row.geometry))
    return found


def _is_near(project: InvestmentProject, shape: Any, land: Sites) -> bool:
    """Whether land lies near the plot that a project must be near; always where it must be near no plot."""
    beside = land.plots.get(project.near or "")
    return beside is None or bool(shapely.distance(shape, beside) <= (project.near_m or 0.0))


def left_places(project: InvestmentProject, by: InvestmentProject, land: Sites, before: list[Place]) -> list[Place]:
    """The land that another project leaves, from the year after it begins on each of its places; judged in that year."""
    found = []
    for at, earlier in enumerate(before):
        start = max(project.first_year, earlier.start + 1)
        if start > project.last_year:
            continue
        year = max((year for year in land.years if year <= start), default=land.years[0])
        for left in land.left(by.leaves, project.profile, year):
            quay_m = land.quay_m(left.shape, project.profile) if project.quay_m else 0.0
            does = left.area_m2 >= project.area_ha * M2_PER_HA and quay_m >= project.quay_m
            if does and _is_near(project, left.shape, land):
                name = f"left.{by.project_id}.{left.pieces[0]}"
                found.append(Place(name, by.cluster_id, start, left.pieces, quay_m, left.shape, (by.project_id, at)))
    return found


def in_order(projects: tuple[InvestmentProject, ...]) -> list[InvestmentProject]:
    """Projects, each after the one whose land it needs; what needs its own land in the end is left out."""
    by_id = {project.project_id: project for project in projects}
    ordered: dict[str, InvestmentProject] = {}
    while True:
        ready = [
            one
            for one in projects
            if one.project_id not in ordered and (one.on_land_of not in by_id or one.on_land_of in ordered)
        ]
        if not ready:
            return list(ordered.values())
        ordered |= {one.project_id: one for one in ready}


def plan(projects: tuple[InvestmentProject, ...], land: Sites) -> Plan:
    """The programme: each project at most once; land, quay and what hangs on others within their limits."""
    by_id = {project.project_id: project for project in projects}
    places: dict[str, list[Place]] = {project.project_id: [] for project in projects}
    for project in in_order(projects):
        other = by_id.get(project.on_land_of or "")
        own = left_places(project, other, land, places[other.project_id]) if other else places_for(project, land)
        places[project.project_id] = own
    programme = Programme()
    choice: dict[tuple[str, int], int] = {}
    for project in projects:
        for at in range(len(places[project.project_id])):
            choice[project.project_id, at] = programme.choice(project.priority * project.area_ha)
        mine = _own(choice, project.project_id)
        if mine:
            programme.limit(dict.fromkeys(mine, 1.0), high=1.0)
    made = Plan(programme, choice, places)
    _share_land(made, by_id, land)
    _share_quays(made, by_id)
    _hang_together(made, by_id)
    return made


def _own(choice: Mapping[tuple[str, int], int], project_id: str) -> list[int]:
    return [number for (name, _), number in choice.items() if name == project_id]


def _share_land(made: Plan, by_id: Mapping[str, InvestmentProject], land: Sites) -> None:
    """Land under the same places is one stock: what projects take of it together is at most its area."""
    pieces = {place.site_id: place.pieces for places in made.places.values() for place in places}
    over: dict[str, set[str]] = {}
    for site, own in pieces.items():
        for piece in own:
            over.setdefault(piece, set()).add(site)
    stock: dict[frozenset[str], float] = {}
    for piece, sites in over.items():
        stock[frozenset(sites)] = stock.get(frozenset(sites), 0.0) + land.area_m2[piece]
    stocks_of: dict[str, list[frozenset[str]]] = {}
    for key in stock:
        for site in key:
            stocks_of.setdefault(site, []).append(key)
    takes: dict[frozenset[str], dict[int, float]] = {key: {} for key in stock}
    for (name, at), number in made.choice.items():
        parts = {}
        for key in stocks_of[made.places[name][at].site_id]:
            part = made.programme.choice(0.0, is_whole=False)
            parts[part] = takes[key][part] = 1.0
        made.programme.limit({**parts, number: -by_id[name].area_ha * M2_PER_HA}, low=0.0, high=0.0)
    for key, shared in takes.items():
        made.programme.limit(shared, high=stock[key])


def _share_quays(made: Plan, by_id: Mapping[str, InvestmentProject]) -> None:
    """Projects on the same land share its quay: those within a place have at most its own, those on all land that overlaps it the longest there."""
    metres: dict[str, dict[int, float]] = {}
    length: dict[str, float] = {}
    pieces: dict[str, frozenset[str]] = {}
    for (name, at), number in made.choice.items():
        place = made.places[name][at]
        if by_id[name].quay_m:
            metres.setdefault(place.site_id, {})[number] = by_id[name].quay_m
            length[place.site_id] = max(place.quay_m, length.get(place.site_id, 0.0))
            pieces[place.site_id] = frozenset(place.pieces)
    for site in metres:
        beside = [other for other in metres if pieces[other] & pieces[site]]
        within = [other for other in beside if pieces[other] <= pieces[site]]
        for group, high in ((within, length[site]), (beside, max(length[other] for other in beside))):
            made.programme.limit({n: m for other in group for n, m in metres[other].items()}, high=high)


def _hang_together(made: Plan, by_id: Mapping[str, InvestmentProject]) -> None:
    """Land that another leaves is there only where that other begins on the place it follows; near another only where that other is."""
    for (name, at), number in made.choice.items():
        project, place = by_id[name], made.places[name][at]
        if place.after is not None:
            made.programme.limit({number: 1.0, made.choice[place.after]: -1.0}, high=0.0)
        if project.near in by_id:
            beside = {
                made.choice[str(project.near), other]: -1.0
                for other, elsewhere in enumerate(made.places[str(project.near)])
                if shapely.distance(place.shape, elsewhere.shape) <= (project.near_m or 0.0)
            }
            made.programme.limit({number: 1.0, **beside}, high=0.0)


def forced(made: Plan, project_id: str, seconds: float) -> Solved:
    """The best that can be done when one project must be served."""
    own = _own(made.choice, project_id)
    again = Programme(
        made.programme.value, made.programme.is_whole, [*made.programme.rows, (dict.fromkeys(own, 1.0), 1.0, 1.0)]
    )
    return again.solve(seconds)


def earliest(made: Plan, solved: Solved, seconds: float) -> Solved:
    """Of all placings worth as much, the one that begins soonest."""
    programme = made.programme
    soon = [0.0] * len(programme.value)
    for (name, at), number in made.choice.items():
        soon[number] = float(LAST_YEAR - made.places[name][at].start)
    kept = {number: worth for number, worth in enumerate(programme.value) if worth}
    if not kept:
        return solved
    again = Programme(
        soon, programme.is_whole, [*programme.rows, (kept, solved.value - 1e-6 * max(1.0, solved.value), np.inf)]
    )
    found = again.solve(seconds)
    return found if found.is_possible else solved


def served(made: Plan, solved: Solved) -> dict[str, Place]:
    """The place of each project that is served."""
    chosen = set(solved.made())
    return {name: made.places[name][at] for (name, at), number in made.choice.items() if number in chosen}


def placements(projects: tuple[InvestmentProject, ...], land: Sites, seconds: float) -> pd.DataFrame:
    """Per project whether it is placed, where and from when; if not, why, what it would displace, and what there is elsewhere."""
    if not projects:
        return LAYER.empty()
    made = plan(projects, land)
    solved = made.programme.solve(seconds)
    where = served(made, earliest(made, solved, seconds))
    return LAYER.conform(pd.DataFrame([_row(project, (made, solved, where), land, seconds) for project in projects]))


def _row(
    project: InvestmentProject, of: tuple[Plan, Solved, dict[str, Place]], land: Sites, seconds: float
) -> dict[str, Any]:
    _, solved, where = of
    place = where.get(project.project_id)
    row: dict[str, Any] = {
        "project_id": project.project_id,
        "project_title": project.title,
        "cluster_id": project.cluster_id,
        "profile": project.profile,
        "wanted_m2": project.area_ha * M2_PER_HA,
        "is_placed": place is not None,
        "site_id": place.site_id if place else None,
        "start_year": place.start if place else None,
        "window": f"{project.first_year}-{project.last_year}",
        "wanted_quay_m": project.quay_m,
        "waits_on": project.on_land_of or project.near,
        "solver_gap": solved.gap,
    }
    if place is not None:
        return {**row, "reason": "placed", "displaced": None, **_nothing_else()}
    reason, displaced = _why(project, of, land, seconds)
    return {
        **row,
        "reason": reason,
        "displaced": displaced,
        **_largest(project, land),
        **_elsewhere(project, where, land),
    }


def _why(
    project: InvestmentProject, of: tuple[Plan, Solved, dict[str, Place]], land: Sites, seconds: float
) -> tuple[str, str | None]:
    """What keeps a project out: no land of its kind, size, time or quay, what it hangs on, or other projects (which)."""
    made, _, where = of
    for other in (project.on_land_of, project.near):
        if other in made.places and other not in where:
            return "waits_for_other", other
    if not made.places[project.project_id]:
        return _missing(project, land), None
    again = forced(made, project.project_id, seconds)
    if not again.is_known:
        return "not_worked_out", None
    if not again.is_possible:
        return "no_place_beside_other" if project.near else "no_room_with_others", project.near
    lost = sorted(set(where) - set(served(made, again)))
    return "displaces_others", ", ".join(lost) or None


def _missing(project: InvestmentProject, land: Sites) -> str:
    """The first of what is asked that no site of the activity in the cluster has."""
    begins = begin_years(project, land.years)
    own = [row for row in land.rows if row.profile == project.profile and row.cluster_id == project.cluster_id]
    if project.on_land_of is not None:
        return "left_land_does_not_do"
    if not own:
        return "no_site_at_all"
    in_time = [row for row in own if row.year in begins]
    large = [row for row in in_time if row.area_m2 >= project.area_ha * M2_PER_HA]
    if not in_time or (not large and any(row.area_m2 >= project.area_ha * M2_PER_HA for row in own)):
        return "not_in_time"
    if not large:
        return "no_site_large_enough"
    if project.quay_m and not any(land.quay_m(row.geometry, project.profile) >= project.quay_m for row in large):
        return "no_quay_long_enough"
    return "no_place_beside_other"


def _nothing_else() -> dict[str, Any]:
    return {"largest_m2": np.nan, "other_site_id": None, "other_cluster_id": None}


def _largest(project: InvestmentProject, land: Sites) -> dict[str, Any]:
    """The largest site of the activity in the cluster within the window."""
    begins = begin_years(project, land.years)
    own = [
        row.area_m2
        for row in land.rows
        if row.profile == project.profile and row.cluster_id == project.cluster_id and row.year in begins
    ]
    return {"largest_m2": max(own, default=0.0)}


def _elsewhere(project: InvestmentProject, where: Mapping[str, Place], land: Sites) -> dict[str, Any]:
    """The best site outside the cluster that no placed project takes: the earliest, then the largest."""
    taken = {piece for place in where.values() for piece in place.pieces}
    free = [place for place in places_for(project, land, elsewhere=True) if not taken.intersection(place.pieces)]
    best = min(
        free,
        key=lambda place: (place.start, -sum(land.area_m2[piece] for piece in place.pieces), place.site_id),
        default=None,
    )
    return {"other_site_id": best.site_id if best else None, "other_cluster_id": best.cluster_id if best else None}
