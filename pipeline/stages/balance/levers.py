"""Levers: what frees most when it is lifted: one blocking factor, or two or three together; in raw and in usable m2."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.levers import LAYER as LEVERS
from pipeline.land.blocking_by_piece import blocking_by_piece
from pipeline.land.blocking_factors import EXACT_UP_TO, BlockingFactors, Lever, best_beyond, lever_sets
from pipeline.land.land import SLIVER, TENURE_PREFIX, AssessedLand, law_of
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.assemble import NO_PARCEL
from pipeline.project.models import LeverConfig
from pipeline.project.project import Project
from pipeline.stages.balance.attribution import Account
from pipeline.stages.balance.lever_search import LeverGains, lifted_names, searched
from pipeline.stages.balance.stacked import stacked_as

LEVER_SCOPES = ("land", "room", "both", "law")
MOST_MEMBERS = 100  # of a lever, so that its scope and its number of members are one number

ROUNDS_OF_THREE = 2


@dataclass(frozen=True)
class Candidates:
    """Levers that may be among the best: which names each lifts (levers x names), its scope (place in LEVER_SCOPES) and
    law, what it frees raw, the most raw m2 that any of its scope and size frees, and what its members free alone;
    of a scope and size in order of raw m2 and name. `is_every`: whether all of its scope and size are here.
    """

    names: tuple[str, ...]
    lifts: Any
    scope: Any
    law: Any
    raw_m2: Any
    bound_m2: Any
    alone_m2: Any
    is_every: Any

    @property
    def rounds(self) -> dict[int, int]:
        """How often levers of a kind are tried at most, where that is not until they are proven: sets of three are a
        hundred times as many as pairs."""
        return {int(kind): ROUNDS_OF_THREE for kind in np.unique(self.kind[self.lifts.sum(axis=1) == 3])}

    @property
    def kind(self) -> Any:
        """A number for each scope and size: levers of one kind are ranked among themselves."""
        return self.scope * MOST_MEMBERS + self.lifts.sum(axis=1)


def lever_table(
    by_key: Iterable[Account], lands: Iterable[tuple[AssessedLand, ContiguousAreas]], config: Project
) -> pd.DataFrame:
    """The best levers of each scope and size per activity, year and case, ranked by usable m2.

    Usable m2 can exceed raw m2: lifted land may join free land that was too small. What is usable on `lands` is
    added up.
    """
    card, laws = config.balance.levers, law_of(config)
    places = [(land, LeverGains(areas)) for land, areas in lands]

    @cache
    def candidates(factors: BlockingFactors) -> Candidates:
        return _candidates(factors, card, laws)

    def parts() -> Iterable[dict[str, Any]]:
        for key, factors in by_key:
            every = candidates(factors)
            if len(every.raw_m2):
                yield {**key, **_ranked(every, _usable(every, places, key, config), card)}

    return stacked_as(LEVERS, parts())


def _usable(
    every: Candidates, places: list[tuple[AssessedLand, LeverGains]], key: Mapping[str, Any], config: Project
) -> tuple[Any, Any, Any]:
    """What each lever makes usable (m2, nan where not tried), the most that it can, and whether no lever that was not
    tried can make more usable."""
    profile, question = config.profiles[key["profile"]], (key["profile"], key["year"], key["case"])
    by_place = [(gains, blocking_by_piece(land, question)) for land, gains in places]
    bound_m2 = np.zeros(len(every.raw_m2))
    for gains, blocking in by_place:
        bound_m2 += gains.bound_m2(every.names, every.lifts, blocking, profile)

    def close(rows: Any) -> Any:
        levers = lifted_names(every.names, every.lifts[rows])
        return np.sum([gains.close_bound_m2(levers, blocking, profile) for gains, blocking in by_place], axis=0)

    def gained(rows: Any) -> Any:
        levers = lifted_names(every.names, every.lifts[rows])
        return np.sum([gains.m2(levers, blocking, profile) for gains, blocking in by_place], axis=0)

    gained_m2, most_m2, is_best = searched(
        bound_m2, every.kind, config.balance.levers.tested, close, gained, every.rounds
    )
    return gained_m2, most_m2, is_best & every.is_every


def _ranked(every: Candidates, usable: tuple[Any, Any, Any], card: LeverConfig) -> dict[str, Any]:
    """The columns of the levers that are told: of each kind the first by usable m2, then by raw m2, then by name."""
    gained_m2, usable_bound_m2, is_best = usable
    kinds, count = every.kind, every.lifts.sum(axis=1)
    order = np.lexsort((-every.raw_m2, np.where(np.isnan(gained_m2), np.inf, -gained_m2), kinds))
    begins = np.searchsorted(kinds[order], kinds[order])
    rank = np.arange(len(order)) - begins + 1
    # What frees most raw land is shown too, whatever of it becomes usable.
    by_raw_m2 = np.lexsort((-every.raw_m2, kinds))
    most_raw = by_raw_m2[np.searchsorted(kinds[by_raw_m2], np.unique(kinds))]
    is_shown = (rank <= card.retained) | np.isin(order, most_raw) | (every.scope[order] == LEVER_SCOPES.index("law"))
    rows = order[is_shown]
    return {
        "lifted": [" ".join(names) for names in lifted_names(every.names, every.lifts[rows])],
        "lifted_count": count[rows],
        "scope": [LEVER_SCOPES[place] for place in every.scope[rows].tolist()],
        "law": every.law[rows],
        "rank": rank[is_shown],
        "raw_m2": every.raw_m2[rows],
        "gained_m2": gained_m2[rows],
        "usable_bound_m2": usable_bound_m2[rows],
        "synergy_m2": np.where(count > 1, (every.raw_m2 - every.alone_m2).clip(min=0.0), 0.0)[rows],
        "bound_m2": every.bound_m2[rows],
        # Up to three factors every set was seen, so the best is proven.
        "is_proven": (np.isclose(every.bound_m2, every.raw_m2) | (count <= EXACT_UP_TO))[rows],
        "is_usable_proven": is_best[rows],
    }


def _candidates(factors: BlockingFactors, card: LeverConfig, laws: Mapping[str, str]) -> Candidates:
    """The levers of an account: on tenure, on what may be there, and on both at once: a planner who cannot end leases
    needs the second; and on each law that has several rules there. Up to three factors all levers; beyond, one."""
    names = factors.names
    place = {name: position for position, name in enumerate(names)}
    liftable = factors.less({NO_PARCEL, SLIVER, *card.not_liftable})
    parts = [_up_to_three(liftable, size) for size in range(1, min(card.most, EXACT_UP_TO, len(liftable.names)) + 1)]
    parts += [_single(scope(lever.lifted), None, lever, is_every=False) for lever in _beyond(liftable, card.most)]
    parts += [_single(kind, law, lever, is_every=True) for kind, law, lever in _law_levers(factors, card, laws)]
    if not parts:
        return Candidates(names, np.zeros((0, len(names)), bool), *[np.empty(0)] * 6)
    members, *columns = zip(*parts, strict=True)
    scopes, law, raw_m2, bound_m2, is_every = map(np.concatenate, columns)
    lifts = np.concatenate([_flags(lifted, place) for lifted in members])
    alone_m2 = lifts.astype(float) @ factors.unique()
    return Candidates(names, lifts, scopes, law, raw_m2, np.maximum(bound_m2, raw_m2), alone_m2, is_every)


def _flags(lifted: tuple[tuple[str, ...], Any], place: Mapping[str, int]) -> Any:
    """A flag per name, for levers whose members are positions (a row each) among some names."""
    names, sets = lifted
    flags: Any = np.zeros((len(sets), len(place)), dtype=bool)
    flags[np.arange(len(sets))[:, None], np.array([place[name] for name in names], dtype=int)[sets]] = True
    return flags


def _up_to_three(liftable: BlockingFactors, size: int) -> tuple[Any, ...]:
    """Every lever of so many factors: the columns of `Candidates`, behind names and positions among these."""
    sets, raw_m2, most_m2 = lever_sets(liftable, size)
    is_tenure = np.array([name in liftable.tenure for name in liftable.names], dtype=bool)
    number = is_tenure[sets].sum(axis=1)
    land, room, both = (LEVER_SCOPES.index(name) for name in ("land", "room", "both"))
    scopes = np.where(number == size, land, np.where(number == 0, room, both))
    bound_m2 = np.full(len(sets), most_m2)
    for single in (land, room):
        # The best of a scope is the first of it, whatever others free.
        bound_m2[scopes == single] = raw_m2[scopes == single].max(initial=0.0)
    law: Any = np.full(len(sets), None, dtype=object)
    return (liftable.names, sets), scopes, law, raw_m2, bound_m2, np.full(len(sets), True)


def _single(kind: str, law: str | None, lever: Lever, *, is_every: bool) -> tuple[Any, ...]:
    """The same columns of one lever."""
    members = lever.lifted, np.arange(len(lever.lifted))[None, :]
    columns = [LEVER_SCOPES.index(kind)], np.array([law], dtype=object), [lever.raw_m2], [lever.bound_m2], [is_every]
    return members, *columns


def _beyond(liftable: BlockingFactors, most: int) -> list[Lever]:
    """Per number of factors beyond three one lever on tenure, one on what may be there, and one on both."""
    tenure, rules = liftable.less(set(liftable.names) - liftable.tenure), liftable.less(liftable.tenure)
    levers = []
    for size in range(EXACT_UP_TO + 1, most + 1):
        levers += [
            *best_beyond(tenure, size),
            *best_beyond(rules, size),
            *(lever for lever in best_beyond(liftable, size) if scope(lever.lifted) == "both"),
        ]
    return levers


def _law_levers(factors: BlockingFactors, config: LeverConfig, laws: Mapping[str, str]) -> list[tuple[str, str, Lever]]:
    """A lever for each law with several rules here that can be lifted: all of these at once, where that frees land."""
    rules: defaultdict[str, list[str]] = defaultdict(list)
    for name in factors.names:
        if name in laws and name not in config.not_liftable:
            rules[laws[name]].append(name)
    freed_m2 = {law: factors.freed(names) for law, names in rules.items() if len(names) > 1}
    return [("law", law, Lever(tuple(rules[law]), m2, m2)) for law, m2 in sorted(freed_m2.items()) if m2 > 0]


def scope(lifted: tuple[str, ...]) -> str:
    """Whether a lever is on tenure ("land"), on what may be there ("room"), or on both."""
    count = sum(name.startswith(TENURE_PREFIX) for name in lifted)
    return "land" if count == len(lifted) else "both" if count else "room"
