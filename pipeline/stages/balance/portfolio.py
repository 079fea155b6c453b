"""Placing projects on sites and years as well as can be; what fits,
what does not and the reason, and the best alternative.

A project takes land of one site of its activity in its cluster; what two sites share is given out once. It may stand
on pieces of a site that do not all touch once others have taken theirs: within a site, area is shared out, not drawn.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pandas as pd
import shapely

from layers.derived.placements import LAYER
from layers.units import M2_PER_HA
from pipeline.project.investment_projects import InvestmentProject
from pipeline.stages.balance.programme import Programme, Solved
from pipeline.stages.balance.project_land import LAST_YEAR, ProjectLand


@dataclass(frozen=True)
class ProjectPlace:
    """A site, or land that a project leaves, on which a project can begin in a year; m2, m of quay, RD New.

    `after`: the project that leaves the land, and which of its places this follows.
    """

    site_id: str
    cluster_id: str
    start: int
    pieces: tuple[str, ...]
    area_m2: float
    shape: Any
    after: tuple[str, int] | None = None
    quay_m: float = 0.0


@dataclass(frozen=True)
class PlacementPlan:
    """A programme with the projects, where each could begin, and the choice of every project and place."""

    programme: Programme
    projects: Mapping[str, InvestmentProject]
    places: Mapping[str, list[ProjectPlace]]
    choice: dict[tuple[str, int], int]

    def choices_of(self, project_id: str) -> dict[int, float]:
        """The choices of a project, each counted once."""
        return {number: 1.0 for (name, _), number in self.choice.items() if name == project_id}

    def options(self) -> Iterable[tuple[int, InvestmentProject, ProjectPlace]]:
        """Every choice with its project and place."""
        for (name, number), choice in self.choice.items():
            yield choice, self.projects[name], self.places[name][number]

    def served(self, solved: Solved) -> dict[str, ProjectPlace]:
        """The place (RD New, m2) of each project that is served."""
        taken = solved.taken()
        return {project.project_id: place for choice, project, place in self.options() if choice in taken}


def begin_years(project: InvestmentProject, years: tuple[int, ...]) -> dict[int, int]:
    """Asked year on whose land a project can begin, with the first year in which it then would."""
    # The land of an asked year stands for all years until the next.
    spans = [*pairwise(years), (years[-1], LAST_YEAR)]
    return {
        first: max(first, project.first_year)
        for first, after in spans
        if project.first_year < after and max(first, project.first_year) <= project.last_year
    }


def sites_for(project: InvestmentProject, land: ProjectLand, *, elsewhere: bool = False) -> list[Any]:
    """The sites (RD New, m2) of a project's activity in its cluster, or in any other."""
    return [
        row
        for row in land.sites
        if row.profile == project.profile and (row.cluster_id != project.cluster_id) == elsewhere
    ]


def places_for(project: InvestmentProject, land: ProjectLand, *, elsewhere: bool = False) -> list[ProjectPlace]:
    """Where a project fits by itself on the sites (RD New, m2) of its cluster (or of any other)."""
    begins = begin_years(project, land.years)
    places = [
        ProjectPlace(
            row.site_id, row.cluster_id, begins[row.year], land.pieces_of[row.site_id], row.area_m2, row.geometry
        )
        for row in sites_for(project, land, elsewhere=elsewhere)
        if row.year in begins
    ]
    return _fitting(project, places, land)


def left_places(
    project: InvestmentProject, leaver: InvestmentProject, land: ProjectLand, before: list[ProjectPlace]
) -> list[ProjectPlace]:
    """The land (RD New, m2) that another project leaves, from the year after it
    begins on each of its places; judged in that year."""
    places = []
    for number, earlier in enumerate(before):
        start = max(project.first_year, earlier.start + 1)
        if start <= project.last_year:
            year = max(year for year in land.years if year <= start)
            after = leaver.project_id, number
            places += [
                ProjectPlace(
                    f"left.{leaver.project_id}.{freed.pieces[0]}",
                    leaver.cluster_id,
                    start,
                    freed.pieces,
                    freed.area_m2,
                    freed.shape,
                    after,
                )
                for freed in land.freed(leaver.leaves, project.profile, year)
            ]
    return _fitting(project, places, land)


def _fitting(project: InvestmentProject, places: list[ProjectPlace], land: ProjectLand) -> list[ProjectPlace]:
    """The places that are large enough, have the quay that is asked, and lie near the plot that a project
    must be near."""
    plot = land.plots.get(project.near or "")
    large = [place for place in places if place.area_m2 >= project.area_ha * M2_PER_HA]
    if project.quay_m:
        large = [replace(place, quay_m=land.quay_m(place.shape, project.profile)) for place in large]
    return [
        place
        for place in large
        if place.quay_m >= project.quay_m
        and (plot is None or shapely.distance(place.shape, plot) <= (project.near_m or 0.0))
    ]


def in_order(projects: tuple[InvestmentProject, ...]) -> list[InvestmentProject]:
    """Projects, each after the one whose land it needs; what needs its own land in the end is left out."""
    left = {project.project_id for project in projects}
    ordered: list[InvestmentProject] = []
    while ready := [row for row in projects if row.project_id in left and row.on_land_of not in left]:
        ordered += ready
        left -= {project.project_id for project in ready}
    return ordered


def placement_plan(projects: tuple[InvestmentProject, ...], land: ProjectLand) -> PlacementPlan:
    """The programme: each project at most once; land (m2), quay (m) and what hangs on others within their limits."""
    by_id = {project.project_id: project for project in projects}
    places: dict[str, list[ProjectPlace]] = {project.project_id: [] for project in projects}
    for project in in_order(projects):
        other = by_id.get(project.on_land_of or "")
        options = left_places(project, other, land, places[other.project_id]) if other else places_for(project, land)
        places[project.project_id] = options
    plan = PlacementPlan(Programme(), by_id, places, {})
    for project in projects:
        for number in range(len(places[project.project_id])):
            plan.choice[project.project_id, number] = plan.programme.choice(project.priority * project.area_ha)
        if places[project.project_id]:
            plan.programme.limit(plan.choices_of(project.project_id), high=1.0)
    _share_land(plan, land)
    _share_quays(plan)
    _hang_together(plan)
    return plan


def _share_land(plan: PlacementPlan, land: ProjectLand) -> None:
    """Land under the same places is one stock: what projects take of it together is at most its area."""
    # Pieces under the same sites are interchangeable: a project draws its m2 from the stocks of its site.
    sites_over: dict[str, set[str]] = defaultdict(set)
    for site, pieces in {place.site_id: place.pieces for _, _, place in plan.options()}.items():
        for piece in pieces:
            sites_over[piece].add(site)
    stock_m2: dict[frozenset[str], float] = defaultdict(float)
    for piece, sites in sites_over.items():
        stock_m2[frozenset(sites)] += land.area_m2[piece]
    stocks_of: dict[str, list[frozenset[str]]] = defaultdict(list)
    for stock in stock_m2:
        for site in stock:
            stocks_of[site].append(stock)
    takes: dict[frozenset[str], dict[int, float]] = {stock: {} for stock in stock_m2}
    for choice, project, place in plan.options():
        # What it takes of all stocks is its area where it stands here, and nothing where it does not.
        parts = {}
        for stock in stocks_of[place.site_id]:
            part = plan.programme.choice(0.0, is_whole=False)
            parts[part] = takes[stock][part] = 1.0
        plan.programme.limit({**parts, choice: -project.area_ha * M2_PER_HA}, low=0.0, high=0.0)
    for stock, shared in takes.items():
        plan.programme.limit(shared, high=stock_m2[stock])


def _share_quays(plan: PlacementPlan) -> None:
    """Projects on the same land share its quay, m: those within a place have at most its own.

    Those on all land that overlaps a place have at most the longest quay there.
    """
    metres: dict[str, dict[int, float]] = defaultdict(dict)
    length: dict[str, float] = {}
    pieces: dict[str, frozenset[str]] = {}
    for choice, project, place in plan.options():
        if project.quay_m:
            metres[place.site_id][choice] = project.quay_m
            length[place.site_id] = max(place.quay_m, length.get(place.site_id, 0.0))
            pieces[place.site_id] = frozenset(place.pieces)
    for site in metres:
        # Sites that overlap may share one quay or have several: the longest of them bounds all.
        overlapping = [other for other in metres if pieces[other] & pieces[site]]
        within = [other for other in overlapping if pieces[other] <= pieces[site]]
        for group, high in ((within, length[site]), (overlapping, max(length[other] for other in overlapping))):
            plan.programme.limit({n: m for other in group for n, m in metres[other].items()}, high=high)


def _hang_together(plan: PlacementPlan) -> None:
    """Land that another leaves is there only where that other begins on
    the place it follows; near another only where it is."""
    for choice, project, place in plan.options():
        if place.after is not None:
            plan.programme.limit({choice: 1.0, plan.choice[place.after]: -1.0}, high=0.0)
        if project.near and project.near in plan.projects:
            choices_near = {
                plan.choice[project.near, number]: -1.0
                for number, elsewhere in enumerate(plan.places[project.near])
                if shapely.distance(place.shape, elsewhere.shape) <= (project.near_m or 0.0)
            }
            plan.programme.limit({choice: 1.0, **choices_near}, high=0.0)


def earliest(plan: PlacementPlan, solved: Solved, seconds: float) -> Solved:
    """Of all placings worth as much, the one that begins soonest."""
    worths = {choice: worth for choice, worth in enumerate(plan.programme.value) if worth}
    # Worth may fall by a millionth: the solver tells no smaller difference.
    again = plan.programme.with_limit(worths, solved.value - 1e-6 * max(1.0, solved.value))
    again.value = [0.0] * len(again.value)
    for choice, _, place in plan.options():
        again.value[choice] = float(LAST_YEAR - place.start)
    soonest = again.solve(seconds)
    return soonest if soonest.is_possible else solved


def placements(projects: tuple[InvestmentProject, ...], land: ProjectLand, seconds: float) -> pd.DataFrame:
    """Per project whether it is placed, where and from when; if not, why,
    what it would displace, and what there is elsewhere (m2)."""
    plan = placement_plan(projects, land)
    solved = plan.programme.solve(seconds)
    served = plan.served(earliest(plan, solved, seconds))
    rows = [
        _row(project, served.get(project.project_id), land)
        | ({} if project.project_id in served else _without_place(project, plan, served, land, seconds=seconds))
        for project in projects
    ]
    return LAYER.collect(rows, solver_gap=solved.gap)


def _row(project: InvestmentProject, place: ProjectPlace | None, land: ProjectLand) -> dict[str, Any]:
    return {
        "project_id": project.project_id,
        "project_title": project.title,
        "cluster_id": project.cluster_id,
        "profile": project.profile,
        "wanted_m2": project.area_ha * M2_PER_HA,
        "is_placed": place is not None,
        "site_id": place.site_id if place else None,
        "start_year": place.start if place else None,
        "claimed_m2": land.likely_m2(place.pieces, place.start) if place else None,
        "window": f"{project.first_year}-{project.last_year}",
        "wanted_quay_m": project.quay_m,
        "waits_on": project.on_land_of or project.near,
        "reason": "placed",
        **dict.fromkeys(("displaced", "largest_m2", "other_site_id", "other_cluster_id")),
    }


def _without_place(
    project: InvestmentProject,
    plan: PlacementPlan,
    served: Mapping[str, ProjectPlace],
    land: ProjectLand,
    *,
    seconds: float,
) -> dict[str, Any]:
    """Why a project is not placed, the largest site (m2) of its activity within its window, and the best site outside
    the cluster that no placed project takes: the earliest, then the largest."""
    reason, displaced = _reason(project, plan, served, seconds) or (_missing(project, land), None)
    begins = begin_years(project, land.years)
    taken = {piece for place in served.values() for piece in place.pieces}
    free = [place for place in places_for(project, land, elsewhere=True) if not taken.intersection(place.pieces)]
    best = min(
        free,
        key=lambda place: (place.start, -sum(land.area_m2[piece] for piece in place.pieces), place.site_id),
        default=None,
    )
    return {
        "reason": reason,
        "displaced": displaced,
        "largest_m2": max((row.area_m2 for row in sites_for(project, land) if row.year in begins), default=0.0),
        "other_site_id": best.site_id if best else None,
        "other_cluster_id": best.cluster_id if best else None,
    }


def _reason(
    project: InvestmentProject, plan: PlacementPlan, served: Mapping[str, ProjectPlace], seconds: float
) -> tuple[str, str | None] | None:
    """Which other projects keep a project out that has a place by itself, or what it hangs on; None where it
    has no place."""
    for other in (project.on_land_of, project.near):
        if other in plan.places and other not in served:
            return "waits_for_other", other
    if not plan.places[project.project_id]:
        return None
    # Solved once more with this project placed: who then falls out is whom it displaces.
    with_project = plan.programme.with_limit(plan.choices_of(project.project_id), 1.0, 1.0).solve(seconds)
    if not with_project.is_known:
        return "not_worked_out", None
    if not with_project.is_possible:
        return "no_place_beside_other" if project.near else "no_room_with_others", project.near
    return "displaces_others", ", ".join(sorted(set(served) - set(plan.served(with_project)))) or None


def _missing(project: InvestmentProject, land: ProjectLand) -> str:
    """The first of what is asked that no site of the activity in the cluster has."""
    of_activity, begins = sites_for(project, land), begin_years(project, land.years)
    in_time = [row for row in of_activity if row.year in begins]
    large = [row for row in of_activity if row.area_m2 >= project.area_ha * M2_PER_HA]
    large_in_time = [row for row in large if row.year in begins]
    longest_m = max((land.quay_m(row.geometry, project.profile) for row in large_in_time), default=0.0)
    missing = [
        ("left_land_does_not_do", project.on_land_of is not None),
        ("no_site_at_all", not of_activity),
        ("not_in_time", not in_time),
        ("no_site_large_enough", not large),
        ("not_in_time", not large_in_time),
        ("no_quay_long_enough", longest_m < project.quay_m),
    ]
    return next((reason for reason, is_missing in missing if is_missing), "no_place_beside_other")
