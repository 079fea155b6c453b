"""Levers: what frees most when it is lifted: one blocking factor, or two or three together; in raw and in usable m2."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.levers import LAYER as LEVERS
from pipeline.land.blocking_by_piece import BlockingByPiece, blocking_by_piece
from pipeline.land.blocking_factors import EXACT_UP_TO, BlockingFactors, Lever, best_levers
from pipeline.land.land import SLIVER, TENURE_PREFIX, AssessedLand, law_of
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.assemble import NO_PARCEL
from pipeline.project.models import LeverConfig
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.attribution import QUESTION, Account

SIZE = ["cluster_id", *QUESTION, "scope", "lifted_count"]  # levers of one kind and size are ranked among themselves


def lever_table(
    by_key: Iterable[Account], lands: Iterable[tuple[AssessedLand, ContiguousAreas]], config: Project
) -> pd.DataFrame:
    """The best levers of each size per activity, year and case, ranked by
    usable m2; the first `tested` of each size are tried on the land.

    Usable m2 can exceed raw m2: lifted land may join free land that was too small. `lands` are tried
    one after the other and added up, so that of a nation only one cluster is in memory.
    """
    levers = _candidates(by_key, config.balance.levers, law_of(config))
    tried = levers[levers["is_tried"]]
    names = tried["names"].tolist()
    rows_of = tried.groupby(QUESTION, sort=False).indices
    tried_m2 = np.zeros(len(tried))
    for land, areas in lands:
        gains = LeverGains(areas)
        for (profile, year, case), rows in rows_of.items():
            blocking = blocking_by_piece(land, (profile, year, case))
            tried_m2[rows] += gains.m2([names[row] for row in rows.tolist()], blocking, config.profiles[profile])
    gained_m2 = np.full(len(levers), np.nan)
    gained_m2[levers["is_tried"]] = tried_m2
    return LEVERS.conform(_ranked(levers.assign(gained_m2=gained_m2)))


@dataclass(frozen=True)
class LeverGains:
    """What levers free of some land, usable m2; what opens the same pieces beside the same land frees as much, by
    whatever name, in whatever year."""

    areas: ContiguousAreas
    usable: dict[bytes, Any] = field(default_factory=dict)
    gained_m2: dict[bytes, float] = field(default_factory=dict)

    def m2(self, levers: Sequence[tuple[str, ...]], blocking: BlockingByPiece, profile: ProfileConfig) -> Any:
        """How many m2 more are usable after each of some levers."""
        open_sets = blocking.factors.within(())
        is_open = open_sets[blocking.place]
        asks = np.array([profile.least_area_ha, profile.least_width_m, profile.least_quay_m, profile.least_draught_m])
        base = asks.tobytes() + _digest(is_open)
        if base not in self.usable:
            patches = self.areas.usable(np.flatnonzero(is_open), profile)
            self.usable[base] = _with_usable(np.zeros_like(is_open), patches)
        opened_sets = (blocking.factors.within_each(levers) & ~open_sets[:, None]).T
        m2_of = {np.zeros_like(open_sets).tobytes(): 0.0}  # most levers open the same sets as another, or none
        for sets in opened_sets:
            if sets.tobytes() not in m2_of:
                opened = np.flatnonzero(sets[blocking.place])
                key = base + _digest(opened)
                if key not in self.gained_m2:
                    self.gained_m2[key] = self._gained_m2(opened, is_open, self.usable[base], profile)
                m2_of[sets.tobytes()] = self.gained_m2[key]
        return np.array([m2_of[sets.tobytes()] for sets in opened_sets])

    def _gained_m2(self, opened: Any, is_open: Any, now: Any, profile: ProfileConfig) -> float:
        """What is usable (m2) with opened pieces beside those that are open, less what is now."""
        # What the opened land hangs together with is judged anew, and may lose what it had: width is that of the whole,
        # and an edge along a quay may come to lie inside. All other land stays as it is.
        groups = self.areas.groups(opened, is_open)
        after = now.copy()
        after[groups[0]] = False
        after = _with_usable(after, self.areas.usable_of(groups, profile))
        area_m2 = self.areas.area_m2
        return float(area_m2[after].sum()) - float(area_m2[now].sum())


def _with_usable(is_usable: Any, patches: Iterable[Any]) -> Any:
    for patch in patches:
        is_usable[patch] = True
    return is_usable


def _candidates(by_key: Iterable[Account], config: LeverConfig, laws: Mapping[str, str]) -> pd.DataFrame:
    """The levers of every account: on tenure, on what may be there, and on both at once: a planner who cannot end
    leases needs the second; and on each law that has several rules there.

    is_tried: the first of each scope and size, which will be tried on the land.
    """

    @cache
    def best(factors: BlockingFactors) -> list[tuple[Any, ...]]:
        # Synergy: what a set frees beyond the sum of what its members free alone.
        alone_m2 = dict(zip(factors.names, factors.unique().tolist(), strict=True))
        levers = [(scope(lever.lifted), None, lever) for lever in _levers(factors, config)]
        return [
            (kind, law, lever.lifted, lever.raw_m2, lever.bound_m2, sum(alone_m2[name] for name in lever.lifted))
            for kind, law, lever in [*levers, *_law_levers(factors, config, laws)]
        ]

    rows = [(*key.values(), *lever) for key, factors in by_key for lever in best(factors)]
    table = pd.DataFrame(
        rows, columns=["cluster_id", *QUESTION, "scope", "law", "names", "raw_m2", "bound_m2", "alone_m2"]
    )
    table = table.astype(dict.fromkeys(["raw_m2", "bound_m2", "alone_m2"], float))
    count, raw_m2 = table["names"].map(len), table["raw_m2"]
    bound_m2 = np.maximum(table["bound_m2"], raw_m2)
    table = table.assign(
        lifted=table["names"].map(" ".join),
        lifted_count=count,
        bound_m2=bound_m2,
        synergy_m2=(raw_m2 - table["alone_m2"]).clip(lower=0.0).where(count > 1, 0.0),
        # Up to three factors every set was tried, so the best is proven.
        is_proven=np.isclose(bound_m2, raw_m2) | (count <= EXACT_UP_TO),
    )
    return table.assign(is_tried=table.groupby(SIZE).cumcount() < config.tested)


def _levers(factors: BlockingFactors, config: LeverConfig) -> list[Lever]:
    """The best levers on tenure, on what may be there, and on both."""
    liftable = factors.less({NO_PARCEL, SLIVER, *config.not_liftable})
    return [
        *best_levers(liftable.less(set(liftable.names) - liftable.tenure), config.most, config.retained),
        *best_levers(liftable.less(liftable.tenure), config.most, config.retained),
        *best_levers(liftable, config.most, config.retained, lambda lever: scope(lever.lifted) == "both"),
    ]


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


def _ranked(levers: pd.DataFrame) -> pd.DataFrame:
    order = {"gained_m2": False, "raw_m2": False, "lifted": True}
    ordered = levers.sort_values(list(order), ascending=list(order.values()), na_position="last", kind="stable")
    return ordered.assign(rank=ordered.groupby(SIZE).cumcount() + 1)


def _digest(values: Any) -> bytes:
    return blake2b(values.tobytes(), digest_size=16).digest()
