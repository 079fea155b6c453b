"""Placing projects on sites and years as well as can be; what fits,
what does not and the reason, and the best alternative.

A project takes land of one site of its activity in its cluster; what two sites share is given out once. It may stand
on pieces of a site that do not all touch once others have taken theirs: within a site, area is shared out, not drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.derived.placements import LAYER
from layers.units import M2_PER_HA
from pipeline.project.investment_projects import InvestmentProject
from pipeline.stages.balance.programme import Programme, Solved
from pipeline.stages.balance.project_land import ProjectLand

LAST_YEAR = 2300


@dataclass(frozen=True)
class ProjectPlace:
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
class PlacementPlan:
    """A programme with the choice of every project and place, and the land that was solved for."""

    programme: Programme
    choice: dict[tuple[str, int], int]
    places: Mapping[str, list[ProjectPlace]]


@dataclass(frozen=True)
class Placing:
    """A plan with the places of the projects that are served, how far
    (0-1) it may be from the best, and the time for a solve."""

    plan: PlacementPlan
    solver_gap: float
    places: Mapping[str, ProjectPlace]
    solve_seconds: float


def begin_years(project: InvestmentProject, years: tuple[int, ...]) -> dict[int, int]:
    """Asked year on whose land a project can begin, with the first year in which it then would."""
    spans = [*pairwise(years), (years[-1], LAST_YEAR)]
    return {
        first: max(first, project.first_year)
        for first, after in spans
        if project.first_year < after and max(first, project.first_year) <= project.last_year
    }


def places_for(project: InvestmentProject, land: ProjectLand, *, elsewhere: bool = False) -> list[ProjectPlace]:
    """Where a project fits by itself: activity, cluster (or any other),
    window, area, quay, and the plot that it must be near."""
    begins = begin_years(project, land.years)
    places = []
    for row in land.rows:
        if row.profile != project.profile or (row.cluster_id != project.cluster_id) != elsewhere:
            continue
        if row.year not in begins or row.area_m2 < project.area_ha * M2_PER_HA:
            continue
        quay_m = land.quay_m(row.geometry, project.profile) if project.quay_m else 0.0
        if quay_m < project.quay_m or not _is_near(project, row.geometry, land):
            continue
        pieces = land.pieces_of[row.site_id]
        places.append(ProjectPlace(row.site_id, row.cluster_id, begins[row.year], pieces, quay_m, row.geometry))
    return places


def _is_near(project: InvestmentProject, shape: Any, land: ProjectLand) -> bool:
    """Whether land lies near the plot that a project must be near; always where it must be near no plot."""
    plot = land.plots.get(project.near or "")
    return plot is None or bool(shapely.distance(shape, plot) <= (project.near_m or 0.0))


def left_places(
    project: InvestmentProject, leaver: InvestmentProject, land: ProjectLand, before: list[ProjectPlace]
) -> list[ProjectPlace]:
    """The land that another project leaves, from the year after it
    begins on each of its places; judged in that year."""
    places = []
    for number, earlier in enumerate(before):
        start = max(project.first_year, earlier.start + 1)
        if start > project.last_year:
            continue
        year = max((year for year in land.years if year <= start), default=land.years[0])
        for freed in land.freed(leaver.leaves, project.profile, year):
            quay_m = land.quay_m(freed.shape, project.profile) if project.quay_m else 0.0
            does = freed.area_m2 >= project.area_ha * M2_PER_HA and quay_m >= project.quay_m
            if does and _is_near(project, freed.shape, land):
                name = f"left.{leaver.project_id}.{freed.pieces[0]}"
                after = leaver.project_id, number
                places.append(ProjectPlace(name, leaver.cluster_id, start, freed.pieces, quay_m, freed.shape, after))
    return places


def in_order(projects: tuple[InvestmentProject, ...]) -> list[InvestmentProject]:
    """Projects, each after the one whose land it needs; what needs its own land in the end is left out."""
    by_id = {project.project_id: project for project in projects}
    ordered: dict[str, InvestmentProject] = {}
    while True:
        ready = [
            project
            for project in projects
            if project.project_id not in ordered and (project.on_land_of not in by_id or project.on_land_of in ordered)
        ]
        if not ready:
            return list(ordered.values())
        ordered |= {project.project_id: project for project in ready}


def placement_plan(projects: tuple[InvestmentProject, ...], land: ProjectLand) -> PlacementPlan:
    """The programme: each project at most once; land, quay and what hangs on others within their limits."""
    by_id = {project.project_id: project for project in projects}
    places: dict[str, list[ProjectPlace]] = {project.project_id: [] for project in projects}
    for project in in_order(projects):
        other = by_id.get(project.on_land_of or "")
        options = left_places(project, other, land, places[other.project_id]) if other else places_for(project, land)
        places[project.project_id] = options
    programme = Programme()
    choice: dict[tuple[str, int], int] = {}
    for project in projects:
        for number in range(len(places[project.project_id])):
            choice[project.project_id, number] = programme.choice(project.priority * project.area_ha)
        mine = _choices_of(choice, project.project_id)
        if mine:
            programme.limit(dict.fromkeys(mine, 1.0), high=1.0)
    plan = PlacementPlan(programme, choice, places)
    _share_land(plan, by_id, land)
    _share_quays(plan, by_id)
    _hang_together(plan, by_id)
    return plan


def _choices_of(choice: Mapping[tuple[str, int], int], project_id: str) -> list[int]:
    return [number for (name, _), number in choice.items() if name == project_id]


def _share_land(plan: PlacementPlan, by_id: Mapping[str, InvestmentProject], land: ProjectLand) -> None:
    """Land under the same places is one stock: what projects take of it together is at most its area."""
    pieces = {place.site_id: place.pieces for places in plan.places.values() for place in places}
    over: dict[str, set[str]] = {}
    for site, piece_ids in pieces.items():
        for piece in piece_ids:
            over.setdefault(piece, set()).add(site)
    stock: dict[frozenset[str], float] = {}
    for piece, sites in over.items():
        stock[frozenset(sites)] = stock.get(frozenset(sites), 0.0) + land.area_m2[piece]
    stocks_of: dict[str, list[frozenset[str]]] = {}
    for key in stock:
        for site in key:
            stocks_of.setdefault(site, []).append(key)
    takes: dict[frozenset[str], dict[int, float]] = {key: {} for key in stock}
    for (name, number), choice in plan.choice.items():
        parts = {}
        for key in stocks_of[plan.places[name][number].site_id]:
            part = plan.programme.choice(0.0, is_whole=False)
            parts[part] = takes[key][part] = 1.0
        plan.programme.limit({**parts, choice: -by_id[name].area_ha * M2_PER_HA}, low=0.0, high=0.0)
    for key, shared in takes.items():
        plan.programme.limit(shared, high=stock[key])


def _share_quays(plan: PlacementPlan, by_id: Mapping[str, InvestmentProject]) -> None:
    """Projects on the same land share its quay, m: those within a place have at most its own.

    Those on all land that overlaps a place have at most the longest quay there.
    """
    metres: dict[str, dict[int, float]] = {}
    length: dict[str, float] = {}
    pieces: dict[str, frozenset[str]] = {}
    for (name, number), choice in plan.choice.items():
        place = plan.places[name][number]
        if by_id[name].quay_m:
            metres.setdefault(place.site_id, {})[choice] = by_id[name].quay_m
            length[place.site_id] = max(place.quay_m, length.get(place.site_id, 0.0))
            pieces[place.site_id] = frozenset(place.pieces)
    for site in metres:
        overlapping = [other for other in metres if pieces[other] & pieces[site]]
        within = [other for other in overlapping if pieces[other] <= pieces[site]]
        for group, high in ((within, length[site]), (overlapping, max(length[other] for other in overlapping))):
            plan.programme.limit({n: m for other in group for n, m in metres[other].items()}, high=high)


def _hang_together(plan: PlacementPlan, by_id: Mapping[str, InvestmentProject]) -> None:
    """Land that another leaves is there only where that other begins on
    the place it follows; near another only where it is."""
    for (name, number), choice in plan.choice.items():
        project, place = by_id[name], plan.places[name][number]
        if place.after is not None:
            plan.programme.limit({choice: 1.0, plan.choice[place.after]: -1.0}, high=0.0)
        if project.near in by_id:
            choices_near = {
                plan.choice[str(project.near), other]: -1.0
                for other, elsewhere in enumerate(plan.places[str(project.near)])
                if shapely.distance(place.shape, elsewhere.shape) <= (project.near_m or 0.0)
            }
            plan.programme.limit({choice: 1.0, **choices_near}, high=0.0)


def forced(plan: PlacementPlan, project_id: str, seconds: float) -> Solved:
    """The best that can be done when one project must be served."""
    choices = _choices_of(plan.choice, project_id)
    again = Programme(
        plan.programme.value, plan.programme.is_whole, [*plan.programme.rows, (dict.fromkeys(choices, 1.0), 1.0, 1.0)]
    )
    return again.solve(seconds)


def earliest(plan: PlacementPlan, solved: Solved, seconds: float) -> Solved:
    """Of all placings worth as much, the one that begins soonest."""
    programme = plan.programme
    soon = [0.0] * len(programme.value)
    for (name, number), choice in plan.choice.items():
        soon[choice] = float(LAST_YEAR - plan.places[name][number].start)
    worths = {choice: worth for choice, worth in enumerate(programme.value) if worth}
    if not worths:
        return solved
    again = Programme(
        soon, programme.is_whole, [*programme.rows, (worths, solved.value - 1e-6 * max(1.0, solved.value), np.inf)]
    )
    soonest = again.solve(seconds)
    return soonest if soonest.is_possible else solved


def served(plan: PlacementPlan, solved: Solved) -> dict[str, ProjectPlace]:
    """The place of each project that is served."""
    chosen = set(solved.taken())
    return {name: plan.places[name][number] for (name, number), choice in plan.choice.items() if choice in chosen}


def placements(projects: tuple[InvestmentProject, ...], land: ProjectLand, seconds: float) -> pd.DataFrame:
    """Per project whether it is placed, where and from when; if not, why,
    what it would displace, and what there is elsewhere."""
    if not projects:
        return LAYER.empty()
    plan = placement_plan(projects, land)
    solved = plan.programme.solve(seconds)
    placing = Placing(plan, solved.gap, served(plan, earliest(plan, solved, seconds)), seconds)
    return LAYER.collect(_row(project, placing, land) for project in projects)


def _row(project: InvestmentProject, placing: Placing, land: ProjectLand) -> dict[str, Any]:
    place = placing.places.get(project.project_id)
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
        "solver_gap": placing.solver_gap,
    }
    if place is not None:
        return {**row, "reason": "placed", "displaced": None, **_nothing_else()}
    reason, displaced = _reason(project, placing, land)
    return {
        **row,
        "reason": reason,
        "displaced": displaced,
        **_largest(project, land),
        **_elsewhere(project, placing.places, land),
    }


def _reason(project: InvestmentProject, placing: Placing, land: ProjectLand) -> tuple[str, str | None]:
    """What keeps a project out: no land of its kind, size, time or
    quay, what it hangs on, or other projects (which)."""
    plan = placing.plan
    for other in (project.on_land_of, project.near):
        if other in plan.places and other not in placing.places:
            return "waits_for_other", other
    if not plan.places[project.project_id]:
        return _missing(project, land), None
    with_project = forced(plan, project.project_id, placing.solve_seconds)
    if not with_project.is_known:
        return "not_worked_out", None
    if not with_project.is_possible:
        return "no_place_beside_other" if project.near else "no_room_with_others", project.near
    lost = sorted(set(placing.places) - set(served(plan, with_project)))
    return "displaces_others", ", ".join(lost) or None


def _missing(project: InvestmentProject, land: ProjectLand) -> str:
    """The first of what is asked that no site of the activity in the cluster has."""
    begins = begin_years(project, land.years)
    of_activity = [row for row in land.rows if row.profile == project.profile and row.cluster_id == project.cluster_id]
    if project.on_land_of is not None:
        return "left_land_does_not_do"
    if not of_activity:
        return "no_site_at_all"
    in_time = [row for row in of_activity if row.year in begins]
    large = [row for row in in_time if row.area_m2 >= project.area_ha * M2_PER_HA]
    if not in_time or (not large and any(row.area_m2 >= project.area_ha * M2_PER_HA for row in of_activity)):
        return "not_in_time"
    if not large:
        return "no_site_large_enough"
    if project.quay_m and not any(land.quay_m(row.geometry, project.profile) >= project.quay_m for row in large):
        return "no_quay_long_enough"
    return "no_place_beside_other"


def _nothing_else() -> dict[str, Any]:
    return {"largest_m2": np.nan, "other_site_id": None, "other_cluster_id": None}


def _largest(project: InvestmentProject, land: ProjectLand) -> dict[str, Any]:
    """The largest site of the activity in the cluster within the window."""
    begins = begin_years(project, land.years)
    areas_m2 = [
        row.area_m2
        for row in land.rows
        if row.profile == project.profile and row.cluster_id == project.cluster_id and row.year in begins
    ]
    return {"largest_m2": max(areas_m2, default=0.0)}


def _elsewhere(project: InvestmentProject, where: Mapping[str, ProjectPlace], land: ProjectLand) -> dict[str, Any]:
    """The best site outside the cluster that no placed project takes: the earliest, then the largest."""
    taken = {piece for place in where.values() for piece in place.pieces}
    free = [place for place in places_for(project, land, elsewhere=True) if not taken.intersection(place.pieces)]
    best = min(
        free,
        key=lambda place: (place.start, -sum(land.area_m2[piece] for piece in place.pieces), place.site_id),
        default=None,
    )
    return {"other_site_id": best.site_id if best else None, "other_cluster_id": best.cluster_id if best else None}
