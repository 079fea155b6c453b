"""Sites for projects: which land hangs together for an activity, from which day on and until when.

Years are events: every day on which land comes free or is taken, and every year in which a rule begins or ends. On
each within the windows of the projects, the pieces that can be begun on then make sites, as those of asked years do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import CASES
from layers.derived.project_site_pieces import LAYER as PIECES
from layers.derived.project_sites import LAYER as SITES
from layers.units import M2_PER_HA, enough_m2
from pipeline.land.dates import FAR_DAY, day_number
from pipeline.land.land import AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.project import Project
from pipeline.spatial import adjacency
from pipeline.stages.balance.project_days import LandInTime, Spells
from pipeline.stages.balance.stacked import stacked_as

LAST_YEAR = 2300
BEYOND_DAY = day_number(dt.date(LAST_YEAR, 1, 1))
EXTRA_M2 = M2_PER_HA  # what is given more where one hectare more is tried: sites short of so much count then


@dataclass(frozen=True)
class SiteQuestion:
    """Projects of one activity that stand as long: the days (numbers) between which one of them may begin, a later day
    on which it is seen what land comes too late, and the least m2 that any wants."""

    profile: str
    stands_years: int | None
    first_day: int
    last_day: int
    late_day: int
    least_m2: float


@dataclass(frozen=True)
class DatedSite:
    """Pieces (positions) that are a site from a day until another."""

    pieces: Any
    from_day: int
    until_day: int


@dataclass(frozen=True)
class ClaimedPieces:
    """Per piece whether a decided claim lies on it, whatever its year; and the last year of a claim that is not decided
    (0 where there is none)."""

    is_decided: Any
    last_likely: Any

    def columns(self, land: AssessedLand, pieces: Any) -> Mapping[str, Any]:
        """The columns of some pieces (positions): key, m2, and last year of a claim that is not decided."""
        last = self.last_likely[pieces]
        return {
            "piece_id": land.pieces["piece_id"].to_numpy(dtype=object)[pieces],
            "area_m2": land.area_m2[pieces],
            "claimed_until": np.where(last > 0, last, np.nan),
        }


def claimed_pieces(land: AssessedLand, constraint: str) -> ClaimedPieces:
    """Which pieces lie under a claim, by the zones over them."""
    zones = land.zones[land.zones["constraint"] == constraint]
    texts = land.combinations.set_index("combination_id")["zones"].reindex(land.pieces["combination_id"]).fillna("")
    of_piece = [set(names.split()) for names in texts]
    is_decided: Any = np.zeros(len(of_piece), dtype=bool)
    last_likely: Any = np.zeros(len(of_piece), dtype=int)
    for zone in zones.itertuples():  # claims, of which there are few
        is_here = np.array([zone.zone_id in names for names in of_piece], dtype=bool)
        if zone.band == "decided":
            is_decided |= is_here
        else:
            last = LAST_YEAR if pd.isna(zone.valid_to) else int(zone.valid_to)
            last_likely[is_here] = np.maximum(last_likely[is_here], last)
    return ClaimedPieces(is_decided, last_likely)


@dataclass(frozen=True)
class SiteFinder:
    """The land of a cluster in time, which pieces touch or lie across a gap that may be bridged, and claims on it."""

    config: Project
    time: LandInTime
    areas: ContiguousAreas
    gaps: Any
    claims: ClaimedPieces

    def sites(self, members: Any, profile: str) -> list[Any]:
        """The sites (positions) that pieces make for an activity."""
        patches = self.areas.usable(members, self.config.profiles[profile])
        return [np.sort(site) for site in adjacency.joined(self.gaps, patches, len(self.areas.shapes))]

    def in_time(self, question: SiteQuestion, begins: Spells, *, only_passing: bool = False) -> Iterator[DatedSite]:
        """The sites of a question, each from the first until the last day on which it is just these pieces; of all
        days, or only of those on which some land does not serve for good."""
        standing: dict[bytes, tuple[Any, int]] = {}
        before: Any = None
        days = [*begins.turns(question.first_day, question.last_day), question.late_day]
        for day in sorted(set(days)):
            members = begins.on(day)
            if only_passing and not begins.are_over(day, day):
                members = members[:0]
            if before is not None and np.array_equal(members, before):
                continue
            before = members
            now = {site.tobytes(): site for site in self.sites(members, question.profile)}
            for key in standing.keys() - now.keys():
                site, since = standing.pop(key)
                yield DatedSite(site, since, day - 1)
            for key in now.keys() - standing.keys():
                standing[key] = now[key], day
        last = max(question.last_day, question.late_day)
        for site, since in standing.values():
            yield DatedSite(site, since, last)


def site_questions(projects: Iterable[InvestmentProject], today: dt.date, last_year: int) -> list[SiteQuestion]:
    """What is to be known of sites for all projects: one question for those of one activity that stand as long."""

    def kind(project: InvestmentProject) -> tuple[str, int]:
        return project.profile, project.stands_years or 0

    questions = []
    for (profile, stands_years), rows in groupby(sorted(projects, key=kind), key=kind):
        those = list(rows)
        first = max(today, dt.date(min(row.first_year for row in those), 1, 1))
        last = dt.date(max(row.last_year for row in those), 12, 31)
        late = max(last, dt.date(last_year, 12, 31))
        least_m2 = enough_m2(min(row.area_ha for row in those)) - EXTRA_M2
        begin, end, beyond = (day_number(day) for day in (first, last, late))
        questions.append(SiteQuestion(profile, stands_years or None, begin, end, beyond, least_m2))
    return questions


def project_sites(finder: SiteFinder) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sites of all projects on the land of a cluster (m2), and the pieces of those large enough for one."""
    config, time = finder.config, finder.time
    questions = site_questions(config.projects, time.today, config.years[-1])
    rows: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for case in CASES if questions and len(time.land.pieces) else ():
        profiles = list(dict.fromkeys(question.profile for question in questions))
        spells = time.spells(case, profiles)
        when_left = time.spells(case, profiles, is_left=True) if _left(config.projects) else spells
        for question in questions:
            both = spells[question.profile], when_left[question.profile]
            for row, pieces in _rows(finder, case, question, *both):
                rows.append(row)
                if row["area_m2"] >= question.least_m2:
                    parts.append({"site_id": row["site_id"], **finder.claims.columns(time.land, pieces)})
    return SITES.collect(rows), stacked_as(PIECES, parts)


def _rows(
    finder: SiteFinder, case: str, question: SiteQuestion, spells: Spells, when_left: Spells
) -> Iterator[tuple[dict[str, Any], Any]]:
    """The rows of a question in a case, each with its pieces (positions)."""
    time, off_claims = finder.time, ~finder.claims.is_decided
    spells = spells.some(off_claims)
    for site in finder.in_time(question, spells.begins(question.stands_years)):
        yield _row(time, case, question, site, "site"), site.pieces
    is_wanted = any(
        (row.cluster_id, row.profile) == (time.land.cluster_id, question.profile) for row in finder.config.projects
    )
    if is_wanted:
        # What serves for a while, so that it can be said when and by what it fails.
        for site in finder.in_time(question, spells, only_passing=True):
            ends = spells.ends(site.from_day, site.pieces)
            if (last := int(ends.min())) < FAR_DAY:
                fails_by = time.limits(case, question.profile, last + 1, site.pieces[ends == last])
                fails = {"fails_on": np.datetime64(last + 1, "D").item(), "fails_by": fails_by}
                yield _row(time, case, question, site, "passing") | fails, site.pieces
    parcel_ids = time.land.pieces["parcel_id"].to_numpy(dtype=object)
    for leaver, heir in _left(finder.config.projects):
        is_left = np.isin(parcel_ids, list(leaver.leaves)) & off_claims
        if (heir.profile, heir.stands_years or None) == (question.profile, question.stands_years) and is_left.any():
            begins = when_left.some(is_left).begins(question.stands_years)
            for site in finder.in_time(question, begins):
                row = _row(time, case, question, site, f"left.{leaver.project_id}")
                yield row | {"left_by": leaver.project_id}, site.pieces


def _left(projects: Collection[InvestmentProject]) -> list[tuple[InvestmentProject, InvestmentProject]]:
    """The projects that leave land with one of those that need it, for each way in which it is needed."""
    pairs = {
        (leaver.project_id, heir.profile, heir.stands_years): (leaver, heir)
        for leaver, heir in product(projects, projects)
        if heir.on_land_of == leaver.project_id
    }
    return list(pairs.values())


def _row(time: LandInTime, case: str, question: SiteQuestion, site: DatedSite, kind: str) -> dict[str, Any]:
    first_piece = time.land.pieces["piece_id"].iloc[site.pieces].min()
    begin, until = (np.datetime64(day, "D").item() for day in (site.from_day, site.until_day))
    stands = "" if question.stands_years is None else f"{question.stands_years}."
    return {
        "site_id": f"{kind}.{question.profile}.{stands}{case}.{begin:%Y%m%d}.{first_piece}",
        "cluster_id": time.land.cluster_id,
        "profile": question.profile,
        "case": case,
        "stands_years": question.stands_years,
        "left_by": None,
        "is_lasting": kind != "passing",
        "from_day": begin,
        "until_day": until,
        "fails_on": None,
        "fails_by": None,
        "area_m2": time.land.sum_m2(site.pieces),
    }
