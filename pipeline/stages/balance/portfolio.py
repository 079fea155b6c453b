"""Placing projects as well as can be, in both cases: what fits and from when, what does not and the reason, the best
alternative, and what one hectare more would do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from layers.columns import CASES
from layers.derived.placements import LAYER
from layers.units import M2_PER_HA, enough_m2
from pipeline.land.dates import dates
from pipeline.project.investment_projects import InvestmentProject
from pipeline.stages.balance.placement_plan import PlacementPlan, placement_plan
from pipeline.stages.balance.programme import Solved
from pipeline.stages.balance.project_land import ProjectLand, ProjectSite
from pipeline.stages.balance.project_places import ProjectPlace
from pipeline.stages.balance.project_sites import BEYOND_DAY

Without = Mapping[str, Any]
NOT_WITHOUT: Without = dict.fromkeys(
    ("displaced", "fails_on", "fails_by", "largest_m2", "other_site_id", "other_cluster_id")
)
# Worth may differ by a millionth: the solver shows no smaller difference.
CLOSE_WORTH = 1e-6


def earliest(plan: PlacementPlan, solved: Solved, seconds: float) -> Solved:
    """Of all placings worth as much, the one that begins soonest."""
    worths = {choice: worth for choice, worth in enumerate(plan.programme.value) if worth}
    again = plan.programme.with_limit(worths, solved.value - CLOSE_WORTH * max(1.0, solved.value))
    again.value = [0.0] * len(again.value)
    for choice, _, place in plan.options():
        again.value[choice] = float(BEYOND_DAY - place.start)
    soonest = again.solve(seconds)
    return soonest if soonest.is_possible else solved


def placements(projects: tuple[InvestmentProject, ...], land: ProjectLand, seconds: float) -> pd.DataFrame:
    """Per project and case whether it is placed, where and from when; if not, why, what it would displace, and what
    there is elsewhere (m2)."""
    return LAYER.collect([row for case in CASES for row in _in_case(projects, land, case, seconds)])


def _in_case(
    projects: tuple[InvestmentProject, ...], land: ProjectLand, case: str, seconds: float
) -> Iterable[dict[str, Any]]:
    plan = placement_plan(projects, land, case)
    solved = plan.programme.solve(seconds)
    served = plan.served(earliest(plan, solved, seconds))
    more = _one_ha_more(plan, solved, land, seconds) if len(served) < len(projects) else {}
    for project in projects:
        place = served.get(project.project_id)
        without = NOT_WITHOUT if place else _without_place(project, plan, served, seconds)
        yield {
            **_row(project, place, land),
            **without,
            "case": case,
            "one_ha_more": more.get(project.cluster_id, 0.0),
            "solver_gap": solved.gap,
        }


def _one_ha_more(plan: PlacementPlan, solved: Solved, land: ProjectLand, seconds: float) -> dict[str, float]:
    """Per cluster how many weighed hectares more are served where its sites have a hectare more together."""
    projects = tuple(plan.projects.values())
    gains = {}
    for cluster in dict.fromkeys(project.cluster_id for project in projects):
        gain = placement_plan(projects, land, plan.finder.case, cluster).programme.solve(seconds).value - solved.value
        gains[cluster] = gain if gain > CLOSE_WORTH * max(1.0, solved.value) else 0.0
    return gains


def _row(project: InvestmentProject, place: ProjectPlace | None, land: ProjectLand) -> dict[str, Any]:
    return {
        "project_id": project.project_id,
        "project_title": project.title,
        "cluster_id": project.cluster_id,
        "profile": project.profile,
        "wanted_m2": project.area_ha * M2_PER_HA,
        "is_placed": place is not None,
        "site_id": place.site_id if place else None,
        "start_year": place.start_date.year if place else None,
        "start_date": place.start_date if place else None,
        "claimed_m2": land.likely_m2(place.pieces, place.start_date.year) if place else None,
        "window": f"{project.first_year}-{project.last_year}",
        "wanted_quay_m": project.quay_m,
        "waits_on": project.on_land_of,
        "near_id": project.near,
        "near_m": project.near_m,
        "reason": "placed",
    }


def _without_place(
    project: InvestmentProject, plan: PlacementPlan, served: Mapping[str, ProjectPlace], seconds: float
) -> Without:
    """Why a project is not placed, the largest site (m2) of its activity within its window, and the best site outside
    the cluster that no placed project takes: the earliest, then the largest."""
    finder = plan.finder
    reason, displaced = _reason(project, plan, served, seconds) or (None, None)
    passing = None
    if reason is None:
        reason, passing = _missing(project, plan)
    taken = {piece for place in served.values() for piece in place.pieces}
    elsewhere = finder.places(project, finder.sites(project, elsewhere=True))
    best = min(
        (place for place in elsewhere if not taken.intersection(place.pieces)),
        key=lambda place: (place.start, -place.area_m2, place.site_id),
        default=None,
    )
    in_time = [site.area_m2 for site in finder.sites(project) if finder.is_in_time(site, project)]
    return {
        "reason": reason,
        "displaced": displaced,
        "fails_on": dates([passing.fails_on]).iloc[0] if passing else None,
        "fails_by": passing.fails_by if passing else None,
        "largest_m2": max(in_time, default=0.0),
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


def _missing(project: InvestmentProject, plan: PlacementPlan) -> tuple[str, ProjectSite | None]:
    """The first of what is asked that no site of the activity in the cluster has in its window or later; and the site
    that serves for a while, where one has it all: the first, then the one that lasts longest."""
    finder = plan.finder
    lasting = [site for site in finder.sites(project) if site.until_day >= finder.window(project)[0]]
    in_time = [site for site in lasting if finder.is_in_time(site, project)]
    large = [site for site in lasting if site.area_m2 >= enough_m2(project.area_ha)]
    large_in_time = [site for site in in_time if site in large]
    passing = {site.site_id: site for site in finder.sites(project, is_lasting=False)}
    for_a_while = finder.places(project, passing.values())
    longest_m = max((_quay_m(site, project, finder.land) for site in large_in_time), default=0.0)
    missing = [
        ("left_land_does_not_do", project.on_land_of is not None),
        ("does_not_last", bool(for_a_while)),
        ("no_site_at_all", not lasting),
        ("not_in_time", not in_time),
        ("no_site_large_enough", not large),
        ("not_in_time", not large_in_time),
        ("no_quay_long_enough", longest_m < project.quay_m),
    ]
    reason = next((reason for reason, is_missing in missing if is_missing), "no_place_beside_other")
    if reason != "does_not_last":
        return reason, None
    first = min(for_a_while, key=lambda place: (place.start, -passing[place.site_id].fails_on, place.site_id))
    return reason, passing[first.site_id]


def _quay_m(site: ProjectSite, project: InvestmentProject, land: ProjectLand) -> float:
    return land.quay_m(land.shape(land.pieces_of[site.site_id]), project.profile) if project.quay_m else 0.0
