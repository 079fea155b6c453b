"""Inpassing: placing projects on sites and years as well as can be; what fits, what does not and why, and the best alternative.

A project takes land of one site of its activity in its cluster; what two sites share is given out once. It may stand on pieces of a
site that do not all touch once others have taken theirs: within a site, area is shared out, not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.placements import LAYER
from pipeline.projects_card import Project
from pipeline.stages.balance.programme import Programme, Solved

M2_PER_HA = 10_000.0
LAST_YEAR = 2300


@dataclass(frozen=True)
class Sites:
    """Sites (no extension called) with their pieces, plots by key, m2 of each plot open to an activity in a year, and the asked years."""

    sites: gpd.GeoDataFrame
    pieces_of: Mapping[str, tuple[str, ...]]
    area_m2: Mapping[str, float]
    plots: Mapping[str, Any]
    room_m2: Mapping[tuple[str, int], Mapping[str, float]]
    years: tuple[int, ...]

    @cached_property
    def rows(self) -> list[Any]:
        """One row per site."""
        return list(self.sites.itertuples())


@dataclass(frozen=True)
class Place:
    """A site, or land that a project leaves, on which a project can begin in a year."""

    site_id: str
    cluster_id: str
    start: int
    area_m2: float
    quay_m: float
    shape: Any
    left_by: str | None = None


@dataclass(frozen=True)
class Plan:
    """A programme with the choice of every project and place, and the land that was solved for."""

    programme: Programme
    choice: dict[tuple[str, int], int]
    places: Mapping[str, list[Place]]


def begin_years(project: Project, years: tuple[int, ...]) -> dict[int, int]:
    """Asked year on whose land a project can begin, with the first year in which it then would."""
    spans = [*pairwise(years), (years[-1], LAST_YEAR)]
    return {
        first: max(first, project.first_year)
        for first, after in spans
        if project.first_year < after and max(first, project.first_year) <= project.last_year
    }


def places_for(project: Project, land: Sites, *, elsewhere: bool = False) -> list[Place]:
    """Where a project fits by itself: activity, cluster (or any other), window, area, quay, and the plot that it must be near."""
    begins = begin_years(project, land.years)
    found = []
    for row in land.rows:
        if row.profile != project.profile or (row.cluster_id != project.cluster_id) != elsewhere:
            continue
        if row.year not in begins or row.area_m2 < project.area_ha * M2_PER_HA:
            continue
        if project.quay_m and not row.quay_m >= project.quay_m:  # a quay that is not known is not long enough
            continue
        beside = land.plots.get(project.near or "")
        if beside is not None and shapely.distance(row.geometry, beside) > (project.near_m or 0):
            continue
        quay = 0.0 if np.isnan(row.quay_m) else float(row.quay_m)
        found.append(Place(row.site_id, row.cluster_id, begins[row.year], row.area_m2, quay, row.geometry))
    return found


def left_places(project: Project, by: Project, land: Sites) -> list[Place]:
    """The plots that another project leaves, from the year after it may begin at the earliest; what of them is open to the activity counts."""
    shapes = [land.plots[name] for name in by.leaves if name in land.plots]
    start = max(project.first_year, by.first_year + 1)
    year = max((year for year in land.years if year <= start), default=land.years[0])
    open_m2 = land.room_m2.get((project.profile, year), {})
    room = sum(open_m2.get(name, 0.0) for name in by.leaves)
    if not shapes or room < project.area_ha * M2_PER_HA or start > project.last_year:
        return []
    return [
        Place(f"left.{by.project_id}", by.cluster_id, start, room, np.inf, shapely.union_all(shapes), by.project_id)
    ]


def plan(projects: tuple[Project, ...], land: Sites) -> Plan:
    """The programme: each project at most once; land, quay and what hangs on others within their limits."""
    by_id = {project.project_id: project for project in projects}
    places = {
        project.project_id: left_places(project, by_id[project.on_land_of], land)
        if project.on_land_of in by_id
        else places_for(project, land)
        for project in projects
    }
    programme = Programme()
    choice: dict[tuple[str, int], int] = {}
    for project in projects:
        for at in range(len(places[project.project_id])):
            choice[project.project_id, at] = programme.choice(project.priority * project.area_ha)
        own = _own(choice, project.project_id)
        if own:
            programme.limit(dict.fromkeys(own, 1.0), high=1.0)
    made = Plan(programme, choice, places)
    _share_land(made, by_id, land)
    _share_quays(made, by_id, land)
    _hang_together(made, by_id)
    return made


def _own(choice: Mapping[tuple[str, int], int], project_id: str) -> list[int]:
    return [number for (name, _), number in choice.items() if name == project_id]


def _share_land(made: Plan, by_id: Mapping[str, Project], land: Sites) -> None:
    """Land under the same sites is one stock: what projects take of it together is at most its area."""
    used = {place.site_id for places in made.places.values() for place in places}
    sites_over: dict[str, set[str]] = {}
    for site in sorted(used):
        for piece in land.pieces_of.get(site, (site,)):
            sites_over.setdefault(piece, set()).add(site)
    stock: dict[frozenset[str], float] = {}
    left = {place.site_id: place.area_m2 for places in made.places.values() for place in places if place.left_by}
    for piece, over in sites_over.items():
        key = frozenset(over)
        stock[key] = stock.get(key, 0.0) + (left[piece] if piece in left else land.area_m2[piece])
    takes: dict[frozenset[str], dict[int, float]] = {key: {} for key in stock}
    for (name, at), number in made.choice.items():
        site = made.places[name][at].site_id
        parts = {}
        for key in stock:
            if site in key:
                part = made.programme.choice(0.0, is_whole=False)
                parts[part] = 1.0
                takes[key][part] = 1.0
        made.programme.limit({**parts, number: -by_id[name].area_ha * M2_PER_HA}, low=0.0, high=0.0)
    for key, parts in takes.items():
        made.programme.limit(parts, high=stock[key])


def _share_quays(made: Plan, by_id: Mapping[str, Project], land: Sites) -> None:
    """Projects on the same land share its quay: those within a site have at most its own, those on all land that overlaps it the longest there."""
    metres: dict[str, dict[int, float]] = {}
    length: dict[str, float] = {}
    for (name, at), number in made.choice.items():
        place = made.places[name][at]
        if by_id[name].quay_m:
            metres.setdefault(place.site_id, {})[number] = by_id[name].quay_m
            length[place.site_id] = place.quay_m
    pieces = {site: frozenset(land.pieces_of.get(site, (site,))) for site in metres}
    for site in metres:
        beside = [other for other in metres if pieces[other] & pieces[site]]
        within = [other for other in beside if pieces[other] <= pieces[site]]
        for group, high in ((within, length[site]), (beside, max(length[other] for other in beside))):
            made.programme.limit({n: m for other in group for n, m in metres[other].items()}, high=high)


def _hang_together(made: Plan, by_id: Mapping[str, Project]) -> None:
    """Land that another leaves is there only from the year after that other begins; near another only where that other is."""
    for (name, at), number in made.choice.items():
        project, place = by_id[name], made.places[name][at]
        if place.left_by is not None:
            last = project.last_year - 1
            before = {
                made.choice[place.left_by, other]: -1.0
                for other, elsewhere in enumerate(made.places[place.left_by])
                if elsewhere.start <= last
            }
            made.programme.limit({number: 1.0, **before}, high=0.0)
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


def placements(projects: tuple[Project, ...], land: Sites, seconds: float) -> pd.DataFrame:
    """Per project whether it is placed, where and from when; if not, why, what it would displace, and what there is elsewhere."""
    if not projects:
        return LAYER.empty()
    made = plan(projects, land)
    solved = made.programme.solve(seconds)
    where = served(made, earliest(made, solved, seconds))
    return LAYER.conform(pd.DataFrame([_row(project, (made, solved, where), land, seconds) for project in projects]))


def _row(project: Project, of: tuple[Plan, Solved, dict[str, Place]], land: Sites, seconds: float) -> dict[str, Any]:
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
        "start_year": _start(project, place, where) if place else None,
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


def _start(project: Project, place: Place, where: Mapping[str, Place]) -> int:
    """The year in which a project begins; on land that another leaves not before the year after that other."""
    other = where.get(place.left_by or "")
    return max(place.start, other.start + 1) if other else place.start


def _why(
    project: Project, of: tuple[Plan, Solved, dict[str, Place]], land: Sites, seconds: float
) -> tuple[str, str | None]:
    """What keeps a project out: no land of its kind, size, time or quay, what it hangs on, or other projects (which)."""
    made, _, where = of
    own = made.places[project.project_id]
    if not own:
        return _missing(project, land), None
    for other in (project.on_land_of, project.near):
        if other in made.places and other not in where:
            return "waits_for_other", other
    again = forced(made, project.project_id, seconds)
    if not again.is_possible:
        return "no_place_beside_other" if project.near else "no_room_with_others", project.near
    lost = sorted(set(where) - set(served(made, again)))
    return "displaces_others", ", ".join(lost) or None


def _missing(project: Project, land: Sites) -> str:
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
    if project.quay_m and not any(row.quay_m >= project.quay_m for row in large):
        return "no_quay_long_enough"
    return "no_place_beside_other"


def _nothing_else() -> dict[str, Any]:
    return {"largest_m2": np.nan, "other_site_id": None, "other_cluster_id": None}


def _largest(project: Project, land: Sites) -> dict[str, Any]:
    """The largest site of the activity in the cluster within the window."""
    begins = begin_years(project, land.years)
    own = [
        row.area_m2
        for row in land.rows
        if row.profile == project.profile and row.cluster_id == project.cluster_id and row.year in begins
    ]
    return {"largest_m2": max(own, default=0.0)}


def _elsewhere(project: Project, where: Mapping[str, Place], land: Sites) -> dict[str, Any]:
    """The best site outside the cluster that no placed project takes: the earliest, then the largest."""
    taken = {piece for place in where.values() for piece in land.pieces_of.get(place.site_id, ())}
    free = [
        place
        for place in places_for(project, land, elsewhere=True)
        if not taken.intersection(land.pieces_of.get(place.site_id, ()))
    ]
    best = min(free, key=lambda place: (place.start, -place.area_m2, place.site_id), default=None)
    return {"other_site_id": best.site_id if best else None, "other_cluster_id": best.cluster_id if best else None}
