"""Decant space: free land to which users could move that hold scarce land without needing it, and how much of that land
could come back so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from layers.columns import CASES
from layers.derived.decant_space import LAYER
from layers.derived.scarce_plots import QUALITIES
from pipeline.land.categories import Bars, CategoryScale, bars_on, highest_ranks
from pipeline.land.land import AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.in_time import Tenure
from pipeline.stages.balance.mismatch import holdings_within, swapped_m2
from pipeline.stages.balance.scarce import ScarceLand
from pipeline.stages.balance.scarce_in_time import still_stated

IS_TRUE, IS_FALSE, IS_UNKNOWN = 1, 0, -1
NEED_COLUMNS, HAD_COLUMNS = ([f"{prefix}_{quality}" for quality in QUALITIES] for prefix in ("needs", "had"))
USER_KIND = [*NEED_COLUMNS, *HAD_COLUMNS, "rank"]  # users of one kind can move to the same land


@dataclass(frozen=True)
class DecantLand:
    """The land of a cluster (RD New, m2) with its tenure, what is scarce of it, and how its pieces hang together."""

    land: AssessedLand
    scarce: ScarceLand
    tenure: Tenure
    areas: ContiguousAreas
    config: Project

    @cached_property
    def number(self) -> Any:
        """The position of each piece's holding among `keys`."""
        return np.unique(self.land.pieces["holding_id"].to_numpy(dtype=object), return_inverse=True)[1]

    @cached_property
    def keys(self) -> pd.Index:
        """The keys of the holdings, rising."""
        return pd.Index(np.unique(self.land.pieces["holding_id"].to_numpy(dtype=object)))

    @cached_property
    def site(self) -> ProfileConfig:
        """What makes a site: the size and width of the lead activity, without its quay."""
        return self.config.profiles[self.config.publish.lead_profile].model_copy(update={"least_quay_m": 0.0})

    @cached_property
    def needs(self) -> Any:
        """Whether who has each holding in use today needs each quality (column)."""
        words = self.scarce.needs.unstack().reindex(index=self.keys, columns=list(QUALITIES))
        return self._flags(words.apply(lambda column: column.map({"needed": IS_TRUE, "not_needed": IS_FALSE})))

    @cached_property
    def ranks(self) -> Any:
        """The rank of the category of who has each holding in use today; nan where it is not stated."""
        return self.scarce.category_ranks.reindex(self.keys).to_numpy(dtype=float)

    def moments(self) -> Iterator["Moment"]:
        """Each asked year and case."""
        scale = CategoryScale(self.config.assess.categories)
        plan_rank = scale.ranks(self.land.pieces["plan_category"].tolist())
        for year in self.config.years:
            bars = bars_on(self.land.pieces, self.land.combinations, self.land.zones, self.config.effects, year)
            by_dwellings = scale.ranks(self.scarce.bounds_of_pieces(year)["dwelling_category"].tolist())
            highest = highest_ranks(plan_rank, by_dwellings, bars)
            has = self._flags(self.scarce.qualities_on(year).reindex(self.keys))
            scarce_land = self.scarce.scarce_on(year)
            for case in CASES:
                held = still_stated(self.scarce.held_in(scarce_land, year, case), self.tenure, year, case)
                yield Moment(self, year, case, bars, highest, has, self._users(held, has, year, case))

    @staticmethod
    def _flags(table: pd.DataFrame) -> Any:
        """Nullable flags as IS_TRUE, IS_FALSE or IS_UNKNOWN, a column per quality."""
        return table.astype("Int8").fillna(IS_UNKNOWN).to_numpy(dtype=np.int8)

    def _users(self, held: pd.DataFrame, has: Any, year: int, case: str) -> pd.DataFrame:
        """Holdings of scarce land that its user does not need, or may not, with what this user needs, the rank of its
        category, and its contract; what a user that may be anybody needs is not known."""
        users = held[held["need"].isin(["not_needed", "unknown"])]
        place = self.keys.get_indexer(users["holding_id"])
        is_stated = (users["need"] == "not_needed").to_numpy(dtype=bool)
        needs, ranks = self.needs[place], self.ranks[place]
        line = self.tenure.lines[case]
        contracts = pd.Series(line.contract[line.on(self.config.day(year))], self.tenure.holdings["holding_id"])
        contract = contracts.reindex(users["holding_id"]).to_numpy(dtype=object)
        by_name: dict[str, Any] = {
            **dict(zip(NEED_COLUMNS, np.where(is_stated[:, None], needs, IS_UNKNOWN).T, strict=True)),
            **dict(zip(HAD_COLUMNS, has[place].T, strict=True)),
            "rank": np.where(is_stated, ranks + 1.0, np.nan),  # 0 is not even the lightest
            "user": np.where(contract != "", contract, users["holding_id"]),
        }
        return users[["quality", "area_m2"]].assign(place=place, is_stated=is_stated, **by_name)


@dataclass(frozen=True)
class Moment:
    """Land on the day of a year, in a case: what bars it, the highest category it can have (rank), whether its holdings
    have each scarce quality, and who may move."""

    whole: DecantLand
    year: int
    case: str
    bars: Bars
    highest: Any
    has: Any
    users: pd.DataFrame

    def decant_space(self, is_sure: bool) -> Any:
        """Positions of the pieces that are truly free, that nothing bars, and that make a site together; or (not sure)
        of which that is not ruled out."""
        whole, status = self.whole, self.whole.land.tenure_status(self.year, self.case)
        shows_use = pd.Series(whole.tenure.shows_use(self.year, self.case), whole.tenure.holdings["holding_id"])
        in_sight = ~shows_use.reindex(whole.keys).to_numpy(dtype=bool)[whole.number] & ~self.bars.is_barred
        is_free = status == "free"
        counts = is_free & ~self.bars.is_unknown if is_sure else is_free | (status == "unknown")
        patches = whole.areas.usable(np.flatnonzero(in_sight & counts), whole.site)
        return np.sort(np.concatenate([*patches, np.zeros(0, dtype=int)]).astype(int))

    def returns_m2(self, quality: str, space: Any, near: csr_array, is_sure: bool) -> float:
        """The most m2 with a quality that could come back if users moved to pieces of some space: each user, with all
        that its contract holds of it, into one area that does for it; or (not sure) may."""
        users = self.users[(self.users["quality"] == quality) & (self.users["is_stated"] | (not is_sure))]
        if users.empty or not len(space):
            return 0.0
        kind = users.groupby(USER_KIND, dropna=False).ngroup().to_numpy()
        # Per kind of user the area that each piece is part of, and the m2 of these areas.
        area_of, sizes = np.full((int(kind.max()) + 1, len(self.highest)), -1), []
        for number in range(len(area_of)):
            row = users.iloc[int(np.argmax(kind == number))]
            suits = space[self._suits(row, quality, is_sure)[space]]
            patches = self.whole.areas.usable(suits, self.whole.site)
            for position, patch in enumerate(patches):
                area_of[number, patch] = position
            sizes.append(np.array([self.whole.land.sum_m2(patch) for patch in patches]))
        return self._moved_m2(users.assign(kind=kind), area_of, sizes, near)

    def _suits(self, user: pd.Series, quality: str, is_sure: bool) -> Any:
        """Which pieces do for a user that leaves land of a quality: its category may be there, what it needs is there,
        and nothing scarce that it neither needs nor has today; or (not sure) may."""
        fits: Any = np.ones(len(self.has), dtype=bool)
        for column, name in enumerate(QUALITIES):
            there, needs, had = self.has[:, column], user[f"needs_{name}"], user[f"had_{name}"]
            if name == quality:
                fits &= there == IS_FALSE if is_sure else there != IS_TRUE
            elif needs == IS_TRUE:
                fits &= there == IS_TRUE if is_sure else there != IS_FALSE
            elif is_sure:
                fits &= ((there == IS_FALSE) & (needs == IS_FALSE)) | np.full(len(there), had == IS_TRUE) & (
                    (there == IS_TRUE) | (needs == IS_FALSE)
                )
            elif needs == IS_FALSE and had == IS_FALSE:
                fits &= there != IS_TRUE
        has_room = self.highest >= user["rank"] if is_sure else ~(self.highest < user["rank"])
        return fits[self.whole.number] & has_room

    def _moved_m2(self, users: pd.DataFrame, area_of: Any, sizes: list[Any], near: csr_array) -> float:
        """The most m2 that fits: a largest flow from users to land, which all areas share that it is part of."""
        pieces = np.flatnonzero((area_of >= 0).any(axis=0))
        if not len(pieces):
            return 0.0
        # Pieces that are part of the same areas are one land.
        lands, land_of = np.unique(area_of[:, pieces], axis=1, return_inverse=True)
        takes = np.bincount(land_of.ravel(), self.whole.land.area_m2[pieces])
        unit = users.groupby(["kind", "user"]).ngroup().to_numpy()
        gives, kinds = np.bincount(unit, users["area_m2"]), np.zeros(unit.max() + 1, dtype=int)
        kinds[unit] = users["kind"]
        reach = _links(unit, users["place"], (len(gives), len(self.whole.keys))) @ near
        pairs: list[Any] = [np.zeros((2, 0), dtype=int)]
        for kind, m2 in enumerate(sizes):
            those, labels = np.flatnonzero(kinds == kind), area_of[kind, pieces]
            is_part, has_area = labels >= 0, lands[kind] >= 0
            lie_in = _links(self.whole.number[pieces[is_part]], labels[is_part], (len(self.whole.keys), len(m2)))
            user, area = (reach[those] @ lie_in).nonzero()
            fits = m2[area] >= gives[those[user]] - 0.5  # to a m2, as sites are
            chosen = _links(user[fits], area[fits], (len(those), len(m2)))
            user, land = (
                chosen @ _links(lands[kind][has_area], np.flatnonzero(has_area), (len(m2), len(takes)))
            ).nonzero()
            pairs.append(np.stack([those[user], land + len(gives)]))
        given: Any = np.append(gives, np.zeros(len(takes)))
        taken: Any = np.append(np.zeros(len(gives)), takes)
        return swapped_m2(given, taken, np.concatenate(pairs, axis=1))


def _links(rows: Any, columns: Any, shape: tuple[int, int]) -> csr_array:
    """Which rows go with which columns."""
    return csr_array((np.ones(len(rows)), (np.asarray(rows), np.asarray(columns))), shape=shape)


def decant_space(scarce: ScarceLand, tenure: Tenure, areas: ContiguousAreas, config: Project) -> pd.DataFrame:
    """Per asked year and case the decant space of a cluster and what could come back of each scarce quality through it;
    apart from both what is not known. m2."""
    if not scarce.land.cases:  # without plots
        return LAYER.empty()
    whole = DecantLand(scarce.land, scarce, tenure, areas, config)
    moments = [(moment, moment.decant_space(True), moment.decant_space(False)) for moment in whole.moments()]
    near = _near(whole, [(moment, may) for moment, _, may in moments])
    rows = []
    for moment, sure, may in moments:
        row = {"year": moment.year, "case": moment.case, "decant_m2": whole.land.sum_m2(sure)}
        row["decant_unknown_m2"] = whole.land.sum_m2(np.setdiff1d(may, sure))
        for quality in map(str, QUALITIES):
            returns_m2, may_return_m2 = (
                moment.returns_m2(quality, space, near, is_sure) for space, is_sure in ((sure, True), (may, False))
            )
            row[f"{quality}_returns_m2"] = returns_m2
            row[f"{quality}_unknown_m2"] = max(0.0, may_return_m2 - returns_m2)
        rows.append(row)
    return LAYER.collect(rows, cluster_id=scarce.land.cluster_id)


def _near(whole: DecantLand, moments: Iterable[tuple[Moment, Any]]) -> csr_array:
    """Which holdings lie within the distance of a swap of each holding that a user may leave in some year."""
    sides: Any = np.zeros((2, len(whole.keys)))
    for moment, space in moments:
        sides[0, moment.users["place"]] = np.inf
        sides[1, whole.number[space]] = np.inf
    near = holdings_within(whole.land, whole.number, [list(sides)], whole.config.balance.room.swap_m)
    return _links(near[0], near[1], (len(whole.keys), len(whole.keys)))
