"""The pieces of a cluster with their tenure and what may be there: what the questions on room start from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.closed_lists import HOLDINGS
from layers.derived import DERIVED
from layers.errors import ContractRefusal
from pipeline.land.dates import FAR_DAY, day_number, numbered
from pipeline.land.tenure_knowledge import known_proof
from pipeline.project.assemble import NO_PARCEL
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.spatial.geometry import unions

PAIR = ["combination_id", "plan_category"]
OF_HOLDING = ["cluster_id", "parcel_id", "plan_category", "available_earliest", "available_latest"]
# Blocking factors that are no constraint: the tenure of the land (holding.leased), or land on no plot.
TENURE_PREFIX = "holding."
SLIVER = "slivers"  # the factor of land of which too little of a plot is held for any other to count there


@dataclass(frozen=True)
class RoomsByPair:
    """Per profile and year the rooms and the limiting constraints of every pair, in order of the pairs, as positions
    among the words and the texts (names with a space between, empty for none), both in rising order; and the row of
    every pair in the table of rooms."""

    words: Any
    texts: Any
    room: Mapping[tuple[str, int], Any]
    limiting: Mapping[tuple[str, int], Any]
    open_since: Mapping[tuple[str, int], Any]
    rows: Mapping[tuple[str, int], Any]

    @classmethod
    def from_rooms(cls, rooms: pd.DataFrame) -> RoomsByPair:
        """From the table of rooms."""
        ordered = rooms.reset_index(drop=True).sort_values(PAIR)
        room, words = pd.factorize(ordered["room"].to_numpy(dtype=object), sort=True)
        since = ordered["open_since"].astype("Int64").fillna(ordered["year"]).to_numpy(dtype=int)
        limiting, texts = pd.factorize(ordered["limiting"].fillna("").to_numpy(dtype=object), sort=True)
        rows_of = {
            (str(name), int(year)): rows for (name, year), rows in _rows_of(ordered["profile"], ordered["year"]).items()
        }
        return cls(
            words,
            texts,
            {question: room[rows] for question, rows in rows_of.items()},
            {question: limiting[rows] for question, rows in rows_of.items()},
            {question: since[rows] for question, rows in rows_of.items()},
            {question: ordered.index.to_numpy()[rows] for question, rows in rows_of.items()},
        )


@dataclass(frozen=True)
class AssessedLand:
    """Pieces with their plan category, tenure per year and case, rooms, zones and combinations of one cluster; RD
    New, m2."""

    cluster_id: str
    pieces: gpd.GeoDataFrame
    states: pd.DataFrame
    rooms: pd.DataFrame
    zones: gpd.GeoDataFrame
    combinations: pd.DataFrame
    edges: dict[tuple[str, ...], Any] = field(default_factory=dict)  # outlines of rules, drawn once

    def by_cluster(self) -> Iterator[Self]:
        """The land (RD New, m2) of each cluster by itself, one after the other; the pieces carry their cluster."""
        # Only what belongs to each cluster, so that positions among holdings and pairs stay small.
        state_rows, room_rows = (_rows_under(*numbers) for numbers in (self._holding_numbers(), self._pair_numbers()))
        for name, rows in self.pieces.groupby("cluster_id").indices.items():
            yield replace(
                self,
                cluster_id=str(name),
                pieces=self.pieces.iloc[rows].reset_index(drop=True),
                states=self.states.iloc[state_rows(rows)],
                rooms=self.rooms.iloc[room_rows(rows)].reset_index(drop=True),
                edges={},
            )

    def _holding_numbers(self) -> tuple[Any, Any]:
        """A number for the holding of each state, and of each piece; rising as their keys do."""
        return _numbers("holding_id", self.states, self.pieces)

    def _pair_numbers(self) -> tuple[Any, Any]:
        """A number for the combination and plan category of each room, and of each piece; rising as these do."""
        (of_rooms, of_pieces), (of_room_plans, of_piece_plans) = (
            _numbers(name, self.rooms, self.pieces) for name in PAIR
        )
        count = max(of_room_plans.max(initial=0), of_piece_plans.max(initial=0)) + 1
        return of_rooms * count + of_room_plans, of_pieces * count + of_piece_plans

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the pieces by place, RD New."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def shapes(self) -> Any:
        """The shape of each piece, RD New."""
        return self.pieces.geometry.to_numpy()

    @cached_property
    def area_m2(self) -> Any:
        """m2 of each piece."""
        return self.pieces["area_m2"].to_numpy(dtype=float)

    @cached_property
    def plot_number(self) -> Any:
        """The position of each piece's plot among the plots of the cluster, in order of their key."""
        return pd.factorize(self.pieces["parcel_id"], sort=True)[0]

    @cached_property
    def plot_m2(self) -> Any:
        """m2 of the pieces of each plot."""
        return np.bincount(self.plot_number, self.area_m2)

    def sum_m2(self, which: Any) -> float:
        """m2 of some of the pieces: positions, or a flag per piece."""
        return float(self.area_m2[which].sum())

    @cached_property
    def pair(self) -> Any:
        """The position of each piece's combination and plan category among the rooms of any profile and year."""
        of_rooms, of_pieces = self._pair_numbers()
        return _all_matched(pd.Index(np.unique(of_rooms)).get_indexer(of_pieces), "room", self.cluster_id)

    @cached_property
    def rooms_by_pair(self) -> RoomsByPair:
        """Rooms and limiting constraints as numbers of words, which a question looks up for each piece."""
        return RoomsByPair.from_rooms(self.rooms)

    def free(self, year: int, case: str = "earliest") -> Any:
        """Which pieces are free in a year."""
        return self.tenure_status(year, case) == "free"

    def tenure_status(self, year: int, case: str = "earliest") -> Any:
        """The tenure status of each piece's holding in a year."""
        return self.status_by_holding[year, case][self._holding_place]

    @cached_property
    def status_by_holding(self) -> Mapping[tuple[int, str], Any]:
        """The tenure status of every holding, in order of their keys, per year and case."""
        words, names = self.status_codes
        return {question: names[codes] for question, codes in words.items()}

    @cached_property
    def status_codes(self) -> tuple[Mapping[tuple[int, str], Any], Any]:
        """The tenure status of every holding, in order of their keys, per year and case as positions among the
        statuses, which are in rising order."""
        states = self.states.sort_values("holding_id")
        codes, names = pd.factorize(states["tenure_status"].to_numpy(dtype=object), sort=True)
        rows_of = _rows_of(states["year"], states["case"])
        return {(int(year), str(case)): codes[rows] for (year, case), rows in rows_of.items()}, names

    def status_code(self, year: int, case: str) -> Any:
        """The tenure status of each piece's holding in a year, as a position among the statuses."""
        return self.status_codes[0][year, case][self._holding_place]

    @cached_property
    def _holding_place(self) -> Any:
        ids = pd.Index(sorted(set(self.states["holding_id"])))
        return _all_matched(ids.get_indexer(self.pieces["holding_id"]), "state", self.cluster_id)

    @cached_property
    def cases(self) -> list[tuple[int, str]]:
        """Years and cases of which the states are known, in order."""
        return sorted(self.status_codes[0])

    @cached_property
    def since_by_holding(self) -> Mapping[tuple[int, str], Any]:
        """The day (number) since which every holding, in order of their keys, is as it is in a year and case; without
        one, the first of that year."""
        states = self.states.sort_values("holding_id")
        first_days = states["year"].map(lambda year: day_number(dt.date(year, 1, 1))).to_numpy(dtype=int)
        days = numbered(states["status_since"])
        days = np.where(days == FAR_DAY, first_days, days)
        rows_of = _rows_of(states["year"], states["case"])
        return {(int(year), str(case)): days[rows] for (year, case), rows in rows_of.items()}

    def free_since(self, year: int, case: str) -> Any:
        """The day (number) since which each piece is as it is in a year: of a free piece, since which it is free."""
        return self.since_by_holding[year, case][self._holding_place]

    def open_since(self, profile: str, year: int) -> Any:
        """The day (number) since which each piece has the room for an activity that it has in a year; land without open
        room has the first of that year."""
        years = self.rooms_by_pair.open_since[profile, year][self.pair]
        return (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(int)

    def room(self, profile: str, year: int) -> Any:
        """The room of each piece for an activity."""
        return self.rooms_by_pair.words[self.rooms_by_pair.room[profile, year]][self.pair]

    def limiting(self, profile: str, year: int) -> Any:
        """The constraints that limit each piece for an activity, space between; empty text for none."""
        return self.rooms_by_pair.texts[self.rooms_by_pair.limiting[profile, year]][self.pair]

    @cached_property
    def factors(self) -> tuple[tuple[str, ...], Any, Any]:
        """Every blocking factor here in rising order, and which of them stand in each text of limiting constraints and
        in each status (bool, texts or statuses x factors)."""
        in_texts = [set(text.split()) for text in self.rooms_by_pair.texts]
        in_statuses = [{f"{TENURE_PREFIX}{status}"} - {f"{TENURE_PREFIX}free"} for status in self.status_codes[1]]
        names = tuple(sorted(set().union(*in_texts, *in_statuses)))
        place = {name: position for position, name in enumerate(names)}
        covers = []
        for sets in (in_texts, in_statuses):
            cover: Any = np.zeros((len(sets), len(names)), dtype=bool)
            for row, members in enumerate(sets):
                cover[row, [place[name] for name in members]] = True
            covers.append(cover)
        return names, covers[0], covers[1]

    def in_force(self, constraint: str, year: int) -> gpd.GeoDataFrame:
        """The zones (RD New) of a constraint that count in a year."""
        return self.zones[(self.zones["constraint"] == constraint) & in_force(self.zones, year)]

    def zones_over(self, year: int, prefix: str) -> pd.Series:
        """Per piece the zones of one constraint over it that are in force in a year, as their bands, the
        first by name."""
        now = self.in_force(prefix, year)
        bands = dict(zip(now["zone_id"], now["band"], strict=True))
        texts = self.combinations.set_index("combination_id")["zones"].fillna("").str.split(" ")
        over = texts.map(lambda names: sorted(str(bands[name]) for name in names if name in bands))
        return over.reindex(self.pieces["combination_id"]).reset_index(drop=True)


def theme_of(config: Project) -> dict[str, str]:
    """The theme of every blocking factor: of a constraint its own; tenure and the plan are themes of their own."""
    themes = {rule.name: rule.theme for rule in config.constrain.constraint}
    tenure = {f"{TENURE_PREFIX}{state}": "holding" for state in HOLDINGS}
    return {**themes, **tenure, "plan_category": "land_use_plan", NO_PARCEL: NO_PARCEL, SLIVER: SLIVER}


def law_of(config: Project) -> dict[str, str]:
    """The law, or other ground, that each constraint rests on, as its card words it; tenure and plan have none."""
    return {rule.name: rule.basis for rule in config.constrain.constraint}


def profile_years(config: Project) -> list[tuple[str, ProfileConfig, int]]:
    """Every activity in every year."""
    return [(name, profile, year) for name, profile in config.profiles.items() for year in config.years]


def assessed_land(unit: str, tables: Mapping[str, Any]) -> AssessedLand:
    """The pieces of a cluster or of all (RD New, m2) with plot, plan category and the days on which they come free,
    and their tenure and room; zones where they are given."""
    of_holding = tables["holdings"].set_index("holding_id")[OF_HOLDING]
    by_piece = of_holding.reindex(tables["pieces"]["holding_id"]).fillna({"plan_category": "unknown"})
    pieces = tables["pieces"].assign(**{name: by_piece[name].to_numpy() for name in by_piece})
    zones, combinations = (tables.get(name, DERIVED[name].empty()) for name in ("zones", "combinations"))
    return AssessedLand(unit, pieces, tables["holding_states"], tables["rooms"], zones, combinations)


def is_built_up(config: Project, holdings: pd.DataFrame) -> pd.Series:
    """Whether each holding is built on today: for so much of it that free on paper would not be free; empty where
    buildings are not known."""
    flags = (holdings["built_share"] >= config.resolve.built.share_that_makes_unknown).astype("boolean")
    return flags if known_proof(config).buildings else flags.mask(flags.notna())


def whole_plots(holdings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The plots (RD New) that holdings of one cluster are parts of, in order of their key, with their plan category."""
    number, _ = pd.factorize(holdings["parcel_id"], sort=True)
    _, first = np.unique(number, return_index=True)
    plots = holdings.iloc[first][["cluster_id", "parcel_id", "plan_category", "geometry"]].reset_index(drop=True)
    return plots.set_geometry(unions(holdings.geometry.to_numpy(), number)[1], crs=holdings.crs)


def in_force(zones: pd.DataFrame, year: int) -> pd.Series:
    """Whether each zone counts in a year; a zone without a first or last year has always counted, or does for good."""
    return ~((zones["valid_from"] > year) | (zones["valid_to"] < year)).fillna(False)


def _numbers(name: str, *tables: pd.DataFrame) -> tuple[Any, ...]:
    """A number for each cell of a column of some tables, the same for the same text, rising as the texts do."""
    columns = [table[name] for table in tables]
    codes = pd.factorize(pd.concat(columns), sort=True)[0]
    return tuple(np.split(codes, np.cumsum([len(column) for column in columns])[:-1]))


def _rows_under(numbers: Any, of_pieces: Any) -> Callable[[Any], Any]:
    """What gives the rows, rising, whose number some pieces (positions) have."""
    order = np.argsort(numbers, kind="stable")
    begins: Any = np.searchsorted(
        numbers[order], np.arange(max(numbers.max(initial=-1), of_pieces.max(initial=-1)) + 2)
    )

    def rows(pieces: Any) -> Any:
        those = np.unique(of_pieces[pieces])
        return np.sort(np.concatenate([order[begins[number] : begins[number + 1]] for number in those]))

    return rows


def _rows_of(first: pd.Series, second: pd.Series) -> dict[tuple[Any, Any], Any]:
    """The positions of the rows of each pair of values, in order of its first row."""
    codes, firsts = pd.factorize(first.to_numpy(dtype=object))
    others, seconds = pd.factorize(second.to_numpy(dtype=object))
    number = codes * max(len(seconds), 1) + others
    return {
        (firsts[key // len(seconds)], seconds[key % len(seconds)]): np.flatnonzero(number == key)
        for key in pd.unique(number).tolist()
    }


def _all_matched(places: Any, counterpart: str, cluster_id: str) -> Any:
    """The positions, refused where one is missing (-1): tables of two runs are mixed."""
    if (places < 0).any():
        raise ContractRefusal(
            f"pieces of '{cluster_id}'",
            actual=f"{int((places < 0).sum())} without a {counterpart}",
            expected="results of one and the same run",
            todo="run again: industrieruimte run",
        )
    return places
