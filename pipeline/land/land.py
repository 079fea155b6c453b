"""Grond: the pieces of a cluster with who has them and what may be there, as the questions of room ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.closed_lists import HOLDINGS
from layers.errors import ContractRefusal
from pipeline.project.models import VerdictConfig
from pipeline.project.rules import AssessConfig, ConstraintConfig, ProfileConfig

PAIR = ["combination_id", "plan_category"]
# A reason that is no constraint: who has the land (holding.leased), or land on no plot.
HELD = "holding."
NO_PARCEL = "no_parcel"


@dataclass(frozen=True)
class AssessedLand:
    """Pieces with their plan category, states per year and case, rooms, zones and combinations of one cluster; RD New, m2."""

    cluster_id: str
    pieces: gpd.GeoDataFrame
    states: pd.DataFrame
    rooms: pd.DataFrame
    zones: gpd.GeoDataFrame
    combinations: pd.DataFrame
    edges: dict[tuple[str, ...], Any] = field(default_factory=dict)  # of rules, drawn once

    def by_cluster(self) -> Iterator[AssessedLand]:
        """The land of each cluster by itself, one after the other; the pieces carry their cluster."""
        for name, pieces in self.pieces.groupby("cluster_id"):
            own = pieces.reset_index(drop=True)
            states = self.states[self.states["holding_id"].isin(own["holding_id"])]
            pairs = pd.MultiIndex.from_frame(own[PAIR].drop_duplicates())
            rooms = self.rooms[pd.MultiIndex.from_frame(self.rooms[PAIR]).isin(pairs)]
            yield AssessedLand(str(name), own, states, rooms, self.zones, self.combinations)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The pieces by place."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def shapes(self) -> Any:
        """The shape of each piece."""
        return self.pieces.geometry.to_numpy()

    @cached_property
    def area_m2(self) -> Any:
        """m2 of each piece."""
        return self.pieces["area_m2"].to_numpy(dtype=float)

    @cached_property
    def pair(self) -> Any:
        """The position of each piece's combination and plan category among the rooms of any profile and year."""
        pairs = pd.MultiIndex.from_frame(self.rooms[PAIR].drop_duplicates().sort_values(PAIR))
        return _all_found(pairs.get_indexer(pd.MultiIndex.from_frame(self.pieces[PAIR])), "room", self.cluster_id)

    @cached_property
    def told(self) -> Mapping[tuple[str, int], pd.DataFrame]:
        """Room and limiting constraints of every pair, per profile and year."""
        groups = self.rooms.sort_values(PAIR).groupby(["profile", "year"], sort=False)
        return {(str(name), int(year)): part[["room", "limiting"]] for (name, year), part in groups}

    def free(self, year: int, case: str = "earliest") -> Any:
        """Which pieces are free in a year."""
        return self.has_status("free", year, case)

    def has_status(self, state: str, year: int, case: str = "earliest") -> Any:
        """Which pieces are in a state in a year."""
        return self.tenure_status(year, case) == state

    def tenure_status(self, year: int, case: str = "earliest") -> Any:
        """The state of each piece's holding in a year."""
        return self.held[year, case][self._holding_place]

    @cached_property
    def held(self) -> Mapping[tuple[int, str], Any]:
        """The state of every holding, in order of their keys, per year and case."""
        groups = self.states.sort_values("holding_id").groupby(["year", "case"], sort=False)
        return {(int(year), str(case)): part["tenure_status"].to_numpy(dtype=object) for (year, case), part in groups}

    @cached_property
    def _holding_place(self) -> Any:
        ids = pd.Index(sorted(set(self.states["holding_id"])))
        return _all_found(ids.get_indexer(self.pieces["holding_id"]), "state", self.cluster_id)

    @cached_property
    def cases(self) -> list[tuple[int, str]]:
        """Years and cases of which the states are known, in order."""
        return sorted(self.held)

    def room(self, profile: str, year: int) -> Any:
        """The room of each piece for an activity."""
        return self.told[profile, year]["room"].to_numpy(dtype=object)[self.pair]

    def limiting(self, profile: str, year: int) -> Any:
        """The constraints that limit each piece for an activity, space between; empty text for none."""
        return self.told[profile, year]["limiting"].fillna("").to_numpy(dtype=object)[self.pair]

    def in_force(self, constraint: str, year: int) -> gpd.GeoDataFrame:
        """The zones of a constraint that count in a year."""
        zones = self.zones[self.zones["constraint"] == constraint]
        first, last = zones["valid_from"], zones["valid_to"]
        return zones[(first.isna() | (first <= year)).fillna(True) & (last.isna() | (last >= year)).fillna(True)]

    def zones_over(self, year: int, prefix: str) -> pd.Series:
        """Per piece the zones of one constraint over it that are in force in a year, as their bands, the first by name."""
        now = self.in_force(prefix, year)
        bands = dict(zip(now["zone_id"], now["band"], strict=True))
        texts = self.combinations.set_index("combination_id")["zones"].fillna("").str.split(" ")
        found = texts.map(lambda names: sorted(str(bands[name]) for name in names if name in bands))
        return found.reindex(self.pieces["combination_id"]).reset_index(drop=True)


@dataclass(frozen=True)
class Rulebook:
    """What the questions need of the written rules."""

    constraints: tuple[ConstraintConfig, ...]
    profiles: Mapping[str, ProfileConfig]
    card: AssessConfig
    years: tuple[int, ...]
    quad_segs: int
    verdicts: tuple[VerdictConfig, ...] = ()

    @cached_property
    def theme_of(self) -> Mapping[str, str]:
        """The theme of every reason: of a constraint its own; who has the land, and what its plan admits, are themes of their own."""
        themes = {rule.name: rule.theme for rule in self.constraints}
        held = {f"{HELD}{state}": "holding" for state in HOLDINGS}
        return {**themes, **held, "plan_category": "land_use_plan", NO_PARCEL: NO_PARCEL}

    def profile_years(self) -> list[tuple[str, ProfileConfig, int]]:
        """Every profile in every year."""
        return [(name, profile, year) for name, profile in self.profiles.items() for year in self.years]


def _all_found(places: Any, what: str, cluster_id: str) -> Any:
    """The places, if each piece has one."""
    if (places < 0).any():
        raise ContractRefusal(
            f"pieces of '{cluster_id}'",
            actual=f"{int((places < 0).sum())} without a {what}",
            expected="results of one and the same run",
            todo="run again: industrieruimte run",
        )
    return places


def held_by(cluster_id: str, profile: str, year: int) -> dict[str, Any]:
    """The key of a row about a cluster, an activity and a year."""
    return {"cluster_id": cluster_id, "profile": profile, "year": year}


def sum_m2(area_m2: Any, which: Any) -> float:
    """m2 of the pieces picked."""
    return float(np.asarray(area_m2)[which].sum())
