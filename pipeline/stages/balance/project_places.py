"""Where and from which day a project fits by itself: on sites for its activity, or on land that another leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import shapely

from layers.units import enough_m2
from pipeline.land.dates import day_number, later
from pipeline.project.investment_projects import InvestmentProject
from pipeline.stages.balance.project_land import ProjectLand, ProjectSite, Utility

UTILITY_NEEDS = ("power_mw", "water_m3_year")


@dataclass(frozen=True)
class ProjectPlace:
    """A site, or land that a project leaves, on which a project can begin on a day (number); m2, m of quay.

    `after`: the project that leaves the land, and which of its places this follows.
    """

    site_id: str
    cluster_id: str
    start: int
    pieces: tuple[str, ...]
    area_m2: float
    after: tuple[str, int] | None = None
    quay_m: float = 0.0

    @property
    def start_date(self) -> dt.date:
        """The day on which a project can begin here."""
        date: dt.date = np.datetime64(self.start, "D").item()
        return date


@dataclass(frozen=True)
class PlaceFinder:
    """The land, the case, and a project's m2 that a site may be short of."""

    land: ProjectLand
    case: str
    short_m2: float = 0.0

    def window(self, project: InvestmentProject) -> tuple[int, int]:
        """The first and last day (numbers) on which a project may begin: today at the earliest."""
        first, last = dt.date(project.first_year, 1, 1), dt.date(project.last_year, 12, 31)
        return max(self.land.today, day_number(first)), day_number(last)

    def sites(
        self, project: InvestmentProject, *, elsewhere: bool = False, is_lasting: bool = True
    ) -> list[ProjectSite]:
        """The sites (m2) that serve the activity of a project as long as it stands, or for a while, in its cluster, or
        in any other."""
        return [
            site
            for site in self.land.sites
            if self._is_for(site, project)
            and site.left_by is None
            and site.is_lasting == is_lasting
            and (site.cluster_id != project.cluster_id) == elsewhere
        ]

    def _is_for(self, site: ProjectSite, project: InvestmentProject) -> bool:
        return (site.profile, site.stands_years, site.case) == (project.profile, project.stands_years, self.case)

    def is_in_time(self, site: ProjectSite, project: InvestmentProject) -> bool:
        """Whether a project may begin on a site within its window."""
        first, last = self.window(project)
        return site.from_day <= last and site.until_day >= first

    def places(self, project: InvestmentProject, sites: Iterable[ProjectSite]) -> list[ProjectPlace]:
        """Where a project fits by itself on some sites, and from which days (m2, m)."""
        first, last = self.window(project)
        large = [site for site in sites if self._is_large(site, project)]
        return self._fitting(
            project,
            [
                ProjectPlace(site.site_id, site.cluster_id, start, self.land.pieces_of[site.site_id], site.area_m2)
                for site in large
                for start in self._starts(project, site, (first, last))
            ],
        )

    def left_places(
        self, project: InvestmentProject, leaver: InvestmentProject, before: list[ProjectPlace]
    ) -> list[ProjectPlace]:
        """The land (m2) that another project leaves, from the day on which that has left it, for each of its places."""
        first, last = self.window(project)
        left = [
            site
            for site in self.land.sites
            if site.left_by == leaver.project_id and self._is_for(site, project) and self._is_large(site, project)
        ]
        places = []
        for number, earlier in enumerate(before):
            is_left = int(later(earlier.start, 12 * leaver.years_until_left))
            places += [
                ProjectPlace(
                    site.site_id,
                    site.cluster_id,
                    start,
                    self.land.pieces_of[site.site_id],
                    site.area_m2,
                    (leaver.project_id, number),
                )
                for site in left
                for start in self._starts(project, site, (max(first, is_left), last))
            ]
        return self._fitting(project, places)

    def _is_large(self, site: ProjectSite, project: InvestmentProject) -> bool:
        return site.area_m2 >= enough_m2(project.area_ha) - self.short_m2

    def _starts(self, project: InvestmentProject, site: ProjectSite, window: tuple[int, int]) -> list[int]:
        """The first day in a window on which a project can begin on a site; and each later one from which on a utility
        that it takes from is there, or no longer bounds it."""
        first, last = max(site.from_day, window[0]), min(site.until_day, window[1])
        bounds = [utility for utility, _ in self.taken_by(project, self.land.pieces_of[site.site_id])]
        turns = {day for utility in bounds for day in (utility.from_day, utility.until_day) if day > first}
        return sorted(day for day in {first, *turns} if day <= last)

    def taken_by(self, project: InvestmentProject, pieces: tuple[str, ...]) -> list[tuple[Utility, float]]:
        """The utilities from which a project takes on some pieces, with how much."""
        if not any(self.land.takes.get((project.profile, need), 0.0) > 0 for need in UTILITY_NEEDS):
            return []
        taken = ((row, self.land.takes.get((project.profile, row.need), 0.0)) for row in self.land.utilities_of(pieces))
        return [(utility, amount) for utility, amount in taken if amount > 0]

    def _fitting(self, project: InvestmentProject, places: list[ProjectPlace]) -> list[ProjectPlace]:
        """The places that have the quay that is asked, and lie near the plot that a project must be near."""
        land, plot = self.land, self.land.plots.get(project.near or "")
        if project.quay_m:
            measured = {p.pieces: land.quay_m(land.shape(p.pieces), project.profile) for p in places}
            places = [replace(place, quay_m=measured[place.pieces]) for place in places]
        return [
            place
            for place in places
            if place.quay_m >= project.quay_m
            and (plot is None or shapely.distance(land.shape(place.pieces), plot) <= (project.near_m or 0.0))
        ]
