"""Placed projects against trying every placing on every day, on drawn land; and those of the example."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from drawn_projects import CASES, Square, drawn_config, drawn_land, placed_on, project
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from squared_paper import square, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.project.load import Project

TODAY, END = dt.date(2026, 10, 1), dt.date(2046, 1, 1)
DAYS = [TODAY + dt.timedelta(days=number) for number in range((END - TODAY).days)]
PLACE = {day: number for number, day in enumerate(DAYS)}
DATES_OF_DAYS = np.array(DAYS, dtype="datetime64[D]")
YEAR_OF_DAYS = np.array([day.year for day in DAYS])
FAR = dt.date(2300, 1, 1)
Pieces = frozenset[str]


@cache
def ends_after(years: int) -> Any:
    """For each day the number of the day so many years later."""
    return np.array([PLACE.get(day_in(day, day.year + years), len(DAYS)) for day in DAYS])


@dataclass(frozen=True)
class Option:
    """Squares on which a project can begin on a day."""

    pieces: Pieces
    day: dt.date


@dataclass
class World:
    """Drawn squares per cluster, projects, and areas with power to spare: columns, MW, and the year of relief."""

    clusters: dict[str, list[Square]]
    projects: list[Any]
    grids: list[tuple[int, int, float, int | None]]
    mw: float

    def __post_init__(self) -> None:
        self.square = {each.name: each for row in self.clusters.values() for each in row}
        self.usable = {
            (case, name): self._usable(each, case) for case in (*CASES, "nobody") for name, each in self.square.items()
        }

    @staticmethod
    def _usable(each: Square, case: str) -> Any:
        """On which days a square is free and open."""
        flags = np.full(len(DAYS), each.claim is None or each.claim[0] != "decided")
        for begin, state in each.states_in(case) if case != "nobody" else ():
            begun = np.datetime64(begin) <= DATES_OF_DAYS
            flags[begun] = state == "free" and (each.claim is None or each.claim[0] != "decided")
        for first, last in each.barred:
            flags &= ~((first or 0) <= YEAR_OF_DAYS) | ~((last or 9999) >= YEAR_OF_DAYS)
        return flags

    def serves(self, case: str, name: str, years: int | None) -> Any:
        """On which days a square is usable from then on, for good or for so many years; 0 is on that day alone."""
        usable = self.usable[case, name]
        if years == 0:
            return usable
        if years is None:
            return np.logical_and.accumulate(usable[::-1])[::-1]
        bad = np.concatenate([[0], np.cumsum(~usable)])
        return bad[ends_after(years)] == bad[:-1]

    def sites(
        self, case: str, cluster: str, years: int | None, only: Pieces | None = None
    ) -> list[tuple[int, set[Pieces]]]:
        """The runs of squares that serve, from each day (its number) on which they change."""
        names = [each.name for each in self.clusters[cluster] if only is None or each.name in only]
        if not names:
            return []
        flags = np.column_stack([self.serves(case, name, years) for name in names])
        changes = [0, *(np.flatnonzero((flags[1:] != flags[:-1]).any(axis=1)) + 1).tolist()]
        return [(number, self._runs([n for n, f in zip(names, flags[number], strict=True) if f])) for number in changes]

    def _runs(self, names: list[str]) -> set[Pieces]:
        columns = sorted(self.square[name].column for name in names)
        runs: list[list[int]] = [[column] for column in columns[:1]]
        for left, right in pairwise(columns):
            runs[-1].append(right) if right == left + 1 else runs.append([right])
        return {frozenset(f"s{column}" for column in run) for run in runs}

    def spells(self, sites: list[tuple[int, set[Pieces]]]) -> Iterator[tuple[Pieces, dt.date, dt.date]]:
        """Each run with the first day and the last on which it is just these squares."""
        for (begin, runs), after in zip(sites, [*(number for number, _ in sites[1:]), len(DAYS)], strict=True):
            for run in runs:
                yield run, DAYS[begin], DAYS[after - 1]

    def window(self, wish: Any) -> tuple[dt.date, dt.date]:
        return max(TODAY, dt.date(wish.first_year, 1, 1)), dt.date(wish.last_year, 12, 31)

    def options(
        self, case: str, wish: Any, cluster: str, left: tuple[Any, dt.date] | None = None, short: float = 0
    ) -> set[Option]:
        """Where a project can begin, each time on the first day, and on that of a relief of power."""
        first, last = self.window(wish)
        years, only, holder_case = wish.stands_years, None, case
        if left is not None:
            leaver, begun = left
            until = begun.year + leaver.build_years + leaver.both_stand_years
            first, only, holder_case = max(first, day_in(begun, until)), frozenset(leaver.leaves), "nobody"
        options = set()
        for run, begin, end in self.spells(self.sites(holder_case, cluster, years, only)):
            start, stop = max(begin, first), min(end, last)
            if len(run) >= wish.area_ha - short and self.is_near(wish, run):
                days = {
                    start,
                    *(dt.date(relief + 1, 1, 1) for *_, relief in self.over(run) if relief and relief >= start.year),
                }
                options |= {Option(run, day) for day in days if start <= day <= stop}
        return options

    def over(self, run: Pieces) -> list[tuple[int, int, float, int | None]]:
        """The areas with stated power over some squares."""
        columns = [self.square[name].column for name in run]
        return [grid for grid in self.grids if self.mw and any(grid[0] <= column <= grid[1] for column in columns)]

    def is_near(self, wish: Any, run: Pieces) -> bool:
        return wish.near not in self.square or self.apart(run, frozenset({wish.near})) <= wish.near_m

    def apart(self, one_run: Pieces, other: Pieces) -> float:
        """Metres between two runs."""
        gaps = [abs(self.square[a].column - self.square[b].column) for a in one_run for b in other]
        return max(0.0, (min(gaps) - 1) * 100.0)

    def placings(self, case: str, extra: str = "") -> list[dict[str, Option]]:
        """Every placing of some projects that keeps to all limits; `extra`: a cluster with a hectare more."""
        ordered = sorted(self.projects, key=lambda wish: wish.on_land_of is not None)
        by_id = {wish.project_id: wish for wish in self.projects}
        found_all: list[dict[str, Option]] = [{}]
        for wish in ordered:
            more = []
            short = 1.0 if wish.cluster_id == extra else 0.0
            for placing in found_all:
                if wish.on_land_of is None:
                    options = self.options(case, wish, wish.cluster_id, short=short)
                elif wish.on_land_of in placing:
                    leaver = by_id[wish.on_land_of]
                    options = self.options(case, wish, wish.cluster_id, (leaver, placing[leaver.project_id].day), short)
                else:
                    options = set()
                more += [{**placing, wish.project_id: option} for option in options]
            found_all += more
        return [placing for placing in found_all if self.is_allowed(placing, extra)]

    def is_allowed(self, placing: dict[str, Option], extra: str) -> bool:
        by_id = {wish.project_id: wish for wish in self.projects}
        for count in range(1, len(placing) + 1):
            for some in combinations(placing, count):  # no group asks more than all its land
                land = frozenset().union(*(placing[name].pieces for name in some))
                more = any(by_id[name].cluster_id == extra for name in some)
                if sum(by_id[name].area_ha for name in some) > len(land) + more + 1e-9:
                    return False
        for grid in self.grids:
            takers = [
                name
                for name, option in placing.items()
                if grid in self.over(option.pieces) and not (grid[3] and option.day >= dt.date(grid[3] + 1, 1, 1))
            ]
            if len(takers) * self.mw > grid[2] + 1e-9:
                return False
        for name, option in placing.items():
            wish = by_id[name]
            if wish.near in by_id and (
                wish.near not in placing or self.apart(option.pieces, placing[wish.near].pieces) > wish.near_m
            ):
                return False
        return True

    def worth(self, placing: dict[str, Option]) -> float:
        return sum(wish.priority * wish.area_ha for wish in self.projects if wish.project_id in placing)


def day_in(day: dt.date, year: int) -> dt.date:
    """The same day of another year; the last of February for the 29th."""
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)


STATES = ("free", "leased", "contracted", "unknown")
DATES = ("2027-03-01", "2028-07-15", "2029-01-01", "2030-11-30", "2033-05-05")


@st.composite
def squares(draw: st.DrawFn, columns: list[int]) -> list[Square]:
    """Hectares in some columns, each with its states, the years in which it is barred, and maybe a claim."""
    drawn = []
    for column in columns:
        states = {}
        for case in CASES:
            days = sorted(draw(st.sets(st.sampled_from(DATES), max_size=2)))
            words = [draw(st.sampled_from(STATES[: 2 if draw(st.booleans()) else 4])) for _ in range(len(days) + 1)]
            states[case] = list(zip(["2026-10-01", *days], words, strict=True))
        bars = draw(st.sampled_from([(), (), ((None, 2027),), ((2029, None),), ((2028, 2030),), ((2033, 2033),)]))
        claim = draw(st.sampled_from([None, None, None, ("decided", None), ("likely", 2031), ("likely", None)]))
        drawn.append(Square(column, states, bars, claim))
    return drawn


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Two clusters, up to three projects, and areas with power."""
    clusters = {
        "paper": draw(squares(draw(st.sampled_from([[0, 1, 2], [0, 1, 3, 4], [0, 2, 3]])))),
        "x": draw(squares([10, 11])),
    }
    names = [each.name for each in clusters["paper"]]
    projects: list[Any] = []
    for number in range(draw(st.integers(1, 3))):
        first = draw(st.integers(2026, 2032))
        asks: dict[str, Any] = {
            "area_ha": draw(st.sampled_from([0.5, 1, 1.5, 2, 2.5])),
            "priority": draw(st.sampled_from([0.5, 1, 2])),
            "first_year": first,
            "last_year": first + draw(st.integers(0, 4)),
            "build_years": draw(st.integers(0, 2)),
            "life_years": draw(st.sampled_from([None, None, 2, 5])),
        }
        if number == 0 and draw(st.booleans()):
            asks |= {"leaves": names[0], "both_stand_years": draw(st.integers(0, 2))}
        if number == 1:
            kind = draw(st.sampled_from(["", "heir", "near plot", "near project"]))
            asks |= {"on_land_of": "P0"} if kind == "heir" and projects[0].leaves else {}
            asks |= {"near": names[-1], "near_m": 150.0} if kind == "near plot" else {}
            asks |= {"near": "P0", "near_m": 100.0} if kind == "near project" else {}
        if number == 2:
            asks["cluster_id"] = draw(st.sampled_from(["paper", "x"]))
        projects.append(project(f"P{number}", **asks))
    grids = draw(
        st.sampled_from([[], [(0, 20, 10.0, None)], [(0, 20, 10.0, 2029)], [(0, 1, 10.0, None), (2, 20, 10.0, 2031)]])
    )
    return World(clusters, projects, grids, draw(st.sampled_from([0.0, 6.0])))


def rows_of(rules: Project, world: World) -> tuple[pd.DataFrame, Any]:
    """The placements of the product, and the land that it placed them on."""
    config = drawn_config(rules, world.projects, power_mw=world.mw)
    feeding = [
        {"feeding_area_id": f"a{number}", "available_mw": mw, "relief_year": relief}
        | {"geometry": square(first, 0, last - first + 1, 1)}
        for number, (first, last, mw, relief) in enumerate(world.grids)
    ]
    where = drawn_land(config, world.clusters, feeding_areas=table("feeding_areas", feeding))
    rows = placed_on(config, where)
    return rows.astype(object).where(rows.notna(), None), where


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(world=worlds())
def test_no_placing_on_any_day_serves_more(rules: Project, world: World) -> None:
    """Every column of every row."""
    rows, where = rows_of(rules, world)
    assert len(rows) == 2 * len(world.projects)
    for case in CASES:
        every = world.placings(case)
        best = max(map(world.worth, every))
        soonest = max(
            sum((FAR - option.day).days for option in placing.values())
            for placing in every
            if world.worth(placing) >= best - 1e-6
        )
        of_case = rows[rows["case"] == case].set_index("project_id")
        served = {
            name: Option(frozenset(where.pieces_of[row.site_id]), row.start_date.date())
            for name, row in of_case[of_case["is_placed"].astype(bool)].iterrows()
        }
        assert served in every
        assert world.worth(served) == pytest.approx(best)
        assert sum((FAR - option.day).days for option in served.values()) == soonest
        for wish in world.projects:
            row = of_case.loc[wish.project_id]
            check_wishes(row, wish)
            assert row["solver_gap"] == 0
            if wish.project_id in served:
                check_placed(row, served[wish.project_id], world)
            else:
                check_reason(row, wish, served, every, (world, case))
            more = max(map(world.worth, world.placings(case, wish.cluster_id))) - best
            assert row["one_ha_more"] == pytest.approx(more, abs=1e-6)


def check_wishes(row: Any, wish: Any) -> None:
    """What it wants is repeated as it is."""
    assert row["project_title"] == wish.title and (row["cluster_id"], row["profile"]) == (wish.cluster_id, wish.profile)
    assert row["wanted_m2"] == pytest.approx(wish.area_ha * 1e4) and row["wanted_quay_m"] == 0
    assert row["window"] == f"{wish.first_year}-{wish.last_year}"
    assert (row["waits_on"], row["near_id"], row["near_m"]) == (wish.on_land_of, wish.near, wish.near_m)


def check_placed(row: Any, option: Option, world: World) -> None:
    """Its year is that of its day, and claims that still hold then are counted."""
    assert row["reason"] == "placed" and row["start_year"] == option.day.year
    claims = [world.square[name].claim for name in option.pieces]
    likely = [claim for claim in claims if claim and claim[0] == "likely" and (claim[1] or 9999) >= option.day.year]
    assert row["claimed_m2"] == pytest.approx(1e4 * len(likely))
    empty = ["displaced", "fails_on", "fails_by", "largest_m2", "other_site_id", "other_cluster_id"]
    assert all(row[name] is None for name in empty)


def check_reason(
    row: Any, wish: Any, served: dict[str, Option], every: list[dict[str, Option]], setting: tuple[World, str]
) -> None:
    """Why it is not placed, by what is on the land on all days of its window."""
    world, case = setting
    assert not row["is_placed"] and row["site_id"] is None and row["start_date"] is None and row["claimed_m2"] is None
    first, last = world.window(wish)
    lasting = list(world.spells(world.sites(case, wish.cluster_id, wish.stands_years)))
    in_time = [len(run) for run, begin, end in lasting if begin <= last and end >= first]
    assert row["largest_m2"] == pytest.approx(1e4 * max(in_time, default=0))
    check_elsewhere(row, wish, served, world, case)
    names = {other.project_id for other in world.projects}
    hangs_on = next((o for o in (wish.on_land_of, wish.near) if o in names and o not in served), None)
    open_places = world.options(case, wish, wish.cluster_id) if wish.on_land_of is None else set()
    if wish.on_land_of in served:
        leaver = next(other for other in world.projects if other.project_id == wish.on_land_of)
        open_places = {
            option
            for day in {placing[leaver.project_id].day for placing in every if leaver.project_id in placing}
            for option in world.options(case, wish, wish.cluster_id, (leaver, day))
        }
    with_it = [placing for placing in every if wish.project_id in placing]
    passing = [spell for spell in passing_spells(world, case, wish) if spell[0] <= last]
    if hangs_on is not None:
        assert (row["reason"], row["displaced"]) == ("waits_for_other", hangs_on)
    elif open_places and with_it:
        assert row["reason"] == "displaces_others"
        best = max(map(world.worth, with_it))
        gives_way = {frozenset(served) - frozenset(p) for p in with_it if world.worth(p) >= best - 1e-6}
        assert frozenset((row["displaced"] or "").split(", ")) - {""} in gives_way
    elif open_places:
        assert row["reason"] == ("no_place_beside_other" if wish.near else "no_room_with_others")
    elif wish.on_land_of is not None:
        assert row["reason"] == "left_land_does_not_do"
    elif passing:
        assert row["reason"] == "does_not_last"
        start, fails, _ = min(passing, key=lambda spell: (spell[0], -spell[1].toordinal()))
        assert row["fails_on"].date() == fails
        assert row["fails_by"] in {by for begin, end, by in passing if (begin, end) == (start, fails)}
    else:
        # What comes too late is seen on the last day, and in the windows of others that stand as long.
        later = [spell for spell in lasting if spell[2] >= first]
        at_last = [spell for spell in later if spell[1] <= last or spell[2] == DAYS[-1]]
        assert row["reason"] in {reason_of_size(wish, sites, in_time) for sites in (later, at_last)}
    if row["reason"] != "does_not_last":
        assert row["fails_on"] is None and row["fails_by"] is None


def reason_of_size(wish: Any, lasting: list[Any], in_time: list[int]) -> str:
    """What sites lack that serve as long as a project stands."""
    if not lasting:
        return "no_site_at_all"
    if not in_time:
        return "not_in_time"
    if not any(len(run) >= wish.area_ha for run, *_ in lasting):
        return "no_site_large_enough"
    return "not_in_time" if max(in_time) < wish.area_ha else "no_place_beside_other"


def passing_spells(world: World, case: str, wish: Any) -> list[tuple[dt.date, dt.date, str]]:
    """From when, until when and by what each site that is large enough serves for a while within the window."""
    first, last = world.window(wish)
    spells = []
    for run, begin, end in world.spells(world.sites(case, wish.cluster_id, 0)):
        start = max(begin, first)
        if start > min(end, last) or len(run) < wish.area_ha or not world.is_near(wish, run):
            continue
        ends = {}
        for name in run:
            bad = np.flatnonzero(~world.usable[case, name][PLACE[begin] :])
            ends[name] = PLACE[begin] + int(bad[0]) if len(bad) else len(DAYS)
        fails = min(ends.values())
        if fails < len(DAYS):
            by = set()
            for name in (name for name, day in ends.items() if day == fails):
                each, day = world.square[name], DAYS[fails]
                state = [state for since, state in each.states_in(case) if since <= day.isoformat()][-1]
                by |= {f"holding.{state}"} - {"holding.free"}
                by |= {"bar"} if any((a or 0) <= day.year <= (b or 9999) for a, b in each.barred) else set()
            spells.append((start, DAYS[fails], " ".join(sorted(by))))
    return spells


def check_elsewhere(row: Any, wish: Any, served: dict[str, Option], world: World, case: str) -> None:
    """The earliest, then the largest site in the other cluster on no land of a placed project."""
    taken = frozenset().union(*(option.pieces for option in served.values()))
    free = [
        (option.day, -len(option.pieces))
        for cluster in world.clusters
        if cluster != wish.cluster_id
        for option in world.options(case, wish, cluster)
        if not option.pieces & taken
    ]
    if not free:
        assert row["other_site_id"] is None and row["other_cluster_id"] is None
        return
    (other,) = set(world.clusters) - {wish.cluster_id}
    assert row["other_cluster_id"] == other and f".{case}." in row["other_site_id"]
    site_day = dt.datetime.strptime(row["other_site_id"].split(".")[-2], "%Y%m%d").date()
    assert site_day <= min(free)[0]
