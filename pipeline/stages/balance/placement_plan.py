"""Placing projects on sites and days as a programme: who can stand where and from when, and what they share.

A project takes land of one site of its activity in its cluster; what two sites share is given out once. It may stand
on pieces of a site that do not all touch once others have taken theirs: within a site, area is shared out, not drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import shapely

from layers.units import M2_PER_HA
from pipeline.project.investment_projects import InvestmentProject
from pipeline.stages.balance.programme import Programme, Solved
from pipeline.stages.balance.project_land import ProjectLand
from pipeline.stages.balance.project_places import PlaceFinder, ProjectPlace
from pipeline.stages.balance.project_sites import EXTRA_M2


@dataclass(frozen=True)
class PlacementPlan:
    """A programme with the projects, where each could begin, and the choice of every project and place."""

    programme: Programme
    projects: Mapping[str, InvestmentProject]
    places: Mapping[str, list[ProjectPlace]]
    choice: dict[tuple[str, int], int]
    finder: PlaceFinder

    def choices_of(self, project_id: str) -> dict[int, float]:
        """The choices of a project, each counted once."""
        return {number: 1.0 for (name, _), number in self.choice.items() if name == project_id}

    def options(self) -> Iterable[tuple[int, InvestmentProject, ProjectPlace]]:
        """Every choice with its project and place."""
        for (name, number), choice in self.choice.items():
            yield choice, self.projects[name], self.places[name][number]

    def served(self, solved: Solved) -> dict[str, ProjectPlace]:
        """The place (m2) of each project that is served."""
        taken = solved.taken()
        return {project.project_id: place for choice, project, place in self.options() if choice in taken}


def in_order(projects: tuple[InvestmentProject, ...]) -> list[InvestmentProject]:
    """Projects, each after the one whose land it needs; what needs its own land in the end is left out."""
    left = {project.project_id for project in projects}
    ordered: list[InvestmentProject] = []
    while ready := [row for row in projects if row.project_id in left and row.on_land_of not in left]:
        ordered += ready
        left -= {project.project_id for project in ready}
    return ordered


def placement_plan(
    projects: tuple[InvestmentProject, ...], land: ProjectLand, case: str, extra_in: str = ""
) -> PlacementPlan:
    """The programme: each project at most once; land (m2), quay (m), power, water and what hangs on others within their
    limits. `extra_in`: a cluster whose projects have a hectare more together, on sites that there are."""
    by_id = {project.project_id: project for project in projects}
    places: dict[str, list[ProjectPlace]] = {project.project_id: [] for project in projects}
    for project in in_order(projects):
        finder = PlaceFinder(land, case, EXTRA_M2 if project.cluster_id == extra_in else 0.0)
        other = by_id.get(project.on_land_of or "")
        places[project.project_id] = (
            finder.left_places(project, other, places[other.project_id])
            if other
            else finder.places(project, finder.sites(project))
        )
    plan = PlacementPlan(Programme(), by_id, places, {}, PlaceFinder(land, case))
    for project in projects:
        for number in range(len(places[project.project_id])):
            plan.choice[project.project_id, number] = plan.programme.choice(project.priority * project.area_ha)
        if places[project.project_id]:
            plan.programme.limit(plan.choices_of(project.project_id), high=1.0)
    _share_land(plan, land, extra_in)
    _share_quays(plan)
    _share_utilities(plan)
    _hang_together(plan, land)
    return plan


def _share_land(plan: PlacementPlan, land: ProjectLand, extra_in: str) -> None:
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
    extra: dict[int, float] = {}
    for choice, project, place in plan.options():
        # What it takes of all stocks is its area where it stands here, and nothing where it does not.
        parts = {}
        for stock in stocks_of[place.site_id]:
            part = plan.programme.choice(0.0, is_whole=False)
            parts[part] = takes[stock][part] = 1.0
        there_m2 = place.area_m2
        if project.cluster_id == extra_in:
            part = plan.programme.choice(0.0, is_whole=False)
            parts[part] = extra[part] = 1.0
            there_m2 += EXTRA_M2
        plan.programme.limit({**parts, choice: -min(project.area_ha * M2_PER_HA, there_m2)}, low=0.0, high=0.0)
    for stock, shared in takes.items():
        plan.programme.limit(shared, high=stock_m2[stock])
    if extra:
        plan.programme.limit(extra, high=EXTRA_M2)


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


def _share_utilities(plan: PlacementPlan) -> None:
    """Projects on the land of an area take no more power (MW) or water (m3 a year) together than it has to spare; those
    that begin once nothing is said of it any more are not bounded. Of several suppliers of water any serves a project,
    one of them all that it takes; which of several stations feeds it is not known: there must be room at each."""
    takes: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    spare: dict[tuple[str, str], float] = {}
    for choice, project, place in plan.options():
        now = [
            (utility, amount)
            for utility, amount in plan.finder.taken_by(project, place.pieces)
            if utility.from_day <= place.start < utility.until_day
        ]
        suppliers = [utility for utility, _ in now if utility.serves_any]
        served_by = {utility.name: plan.programme.choice(0.0) for utility in suppliers if len(suppliers) > 1}
        if served_by:
            plan.programme.limit({**dict.fromkeys(served_by.values(), 1.0), choice: -1.0}, low=0.0, high=0.0)
        for utility, amount in now:
            taker = served_by.get(utility.name, choice) if utility.serves_any else choice
            takes[utility.need, utility.name][taker] = amount
            spare[utility.need, utility.name] = utility.spare
    for key, shared in takes.items():
        plan.programme.limit(shared, high=spare[key])


def _hang_together(plan: PlacementPlan, land: ProjectLand) -> None:
    """Land that another leaves is there only where that other begins on
    the place it follows; near another only where it is."""
    for choice, project, place in plan.options():
        if place.after is not None:
            plan.programme.limit({choice: 1.0, plan.choice[place.after]: -1.0}, high=0.0)
        if project.near and project.near in plan.projects:
            choices_near = {
                plan.choice[project.near, number]: -1.0
                for number, elsewhere in enumerate(plan.places[project.near])
                if shapely.distance(land.shape(place.pieces), land.shape(elsewhere.pieces)) <= (project.near_m or 0.0)
            }
            plan.programme.limit({choice: 1.0, **choices_near}, high=0.0)
