"""Shortage by cause, from published pieces, periods and rooms, raw quays and the file of demand: what is lifted is
lifted from the pieces, what hangs together is measured with shapely, and what is served is solved by a programme of our
own, in lots."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from oracle.land import Land, lands
from oracle.published import activities, layer, rules
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

OTHERS = ("grond", "tijd", "milieu", "versnippering")
NEEDS = {  # the causes of quality of the example, and the rules that they are
    "kade": set[str](),
    "diepgang": set[str](),
    "stroomnet": {"Stroomnet vol", "Vermogen op het stroomnet", "Stroomnet niet bekend", "Buiten de voedingsgebieden"},
    "industriewater": {"Geen industriewater", "Nog te leveren industriewater"},
    "voorzieningen": {"Geen waterstof"},
}
NOT_LIFTABLE = {"bezit: openbare ruimte", "Open water"}
LAST_DAY = "2060-12-31"
SEMI_CONTINUOUS = 2  # of scipy.optimize.milp: nothing, or within its bounds
TOLERANCE_HA = 0.02  # pieces are published to 1 m2, quays are walked in steps


class Ask:
    """What is asked of some clusters in a year and case: per segment the activity and the hectares."""

    def __init__(self, clusters: list[Land], year: int, case: str, wanted_ha: dict[str, float]) -> None:
        titles = {name: card["title"] for name, card in rules("profiles")["profile"].items()}
        self.clusters, self.year, self.case, self.wanted_ha = clusters, year, case, wanted_ha
        self.activity = {name: titles[rules("balance")["segment"][name]["profile"]] for name in wanted_ha}
        self.measured: dict[Any, list[list[int]]] = {}
        self.solved: dict[Any, float] = {}

    def comes_free(self, land: Land) -> Any:
        """Which pieces are free for certain on some day from that of the year on."""
        periods = layer(land.package, "bezit_in_de_tijd").query("geval == @self.case and kans_op_vrij >= 1")
        later = (periods["tot_en_met"].fillna("9999") >= f"{self.year}-01-01") & (periods["van"] <= LAST_DAY)
        return land.pieces["bezitsvlak_id"].isin(periods.loc[later, "bezitsvlak_id"]).to_numpy()

    def areas(self, land: Land, name: str, lifted: frozenset[str]) -> list[list[int]]:
        """The pieces of each area that a segment can use, the causes being lifted."""
        activity = self.activity[name]
        card, reasons = activities()[activity], land.reasons(activity, self.year, self.case)
        distinct = sorted(set(reasons), key=sorted)
        # A need that no piece lacks makes no difference.
        there = set().union(*distinct)
        counting = lifted & {*OTHERS, *(cause for cause, of_need in NEEDS.items() if of_need & there)}
        counting |= lifted & ({"kade", "diepgang"} if card.get("least_quay_m") else set())
        key = land.package, activity, counting
        if key not in self.measured:
            row = {names: number for number, names in enumerate(distinct)}
            is_open = np.array([opens(names, lifted, is_back) for names in distinct for is_back in (False, True)])
            is_back = self.comes_free(land) & ("tijd" in lifted)
            patches = land.patches(is_open[np.array([2 * row[names] for names in reasons]) + is_back])
            self.measured[key] = [patch for patch in patches if fits(land, patch, card, counting)]
        return self.measured[key]

    def served_ha(self, lifted: frozenset[str]) -> float:
        """The most of all that is asked."""
        names = sorted(self.wanted_ha)
        areas = [[self.areas(land, name, lifted) for name in names] for land in self.clusters]
        is_whole = "versnippering" not in lifted
        key = tuple(id(patches) for of_land in areas for patches in of_land), is_whole
        if key not in self.solved:
            lots = [activities()[self.activity[name]]["least_area_ha"] * is_whole for name in names]
            self.solved[key] = most_served(self.stock(areas), [self.wanted_ha[name] for name in names], lots)
        return self.solved[key]

    def stock(self, areas: list[list[list[list[int]]]]) -> dict[Any, float]:
        """Hectares of the land that is part of the same areas, by these."""
        stock: dict[Any, float] = defaultdict(float)
        for number, (land, of_land) in enumerate(zip(self.clusters, areas, strict=True)):
            of_piece: dict[int, list[Any]] = defaultdict(list)
            for segment, patches in enumerate(of_land):
                for area, patch in enumerate(patches):
                    for piece in patch:
                        of_piece[piece].append((segment, number, area))
            for piece, users in of_piece.items():
                stock[tuple(users)] += land.area_m2[piece] / 1e4
        return stock


def opens(reasons: frozenset[str], lifted: frozenset[str], is_back: bool) -> bool:
    """Whether land with these reasons is free and open, the causes being lifted; `is_back`: it comes free by itself."""
    allowed = set().union(*(NEEDS.get(cause, set()) for cause in lifted))
    of_needs = set().union(*NEEDS.values())
    for reason in reasons:
        if reason.startswith("bezit: "):
            is_lifted = is_back or ("grond" in lifted and reason not in NOT_LIFTABLE)
        elif reason in of_needs:
            is_lifted = reason in allowed
        else:
            is_lifted = "milieu" in lifted and reason not in NOT_LIFTABLE
        if not is_lifted:
            return False
    return True


def fits(land: Land, patch: list[int], card: dict[str, Any], lifted: frozenset[str]) -> bool:
    """Whether an area is large and wide enough, and has its quay: some that is deep enough where its length is
    lifted, and any where draught is."""
    if "versnippering" not in lifted:
        if land.area_m2[patch].sum() < card["least_area_ha"] * 1e4 - 0.5:
            return False
        if not land.is_wide(patch, card["least_width_m"]):
            return False
    draught_m = 0 if "diepgang" in lifted else card.get("least_draught_m", 0)
    quay_m = card.get("least_quay_m", 0)
    if "kade" in lifted:
        quay_m = 1 + land.quays.short_m if draught_m else 0
    return not quay_m or land.quay_m(patch, draught_m)[0] >= quay_m - land.quays.short_m


def most_served(stock: dict[Any, float], wanted: list[float], lots: list[float]) -> float:
    """Columns: what each area takes of each stock, what it takes in all (nothing, or at least a lot), and what is
    served of each segment."""
    parts = [(number, user) for number, users in enumerate(stock) for user in users]
    users = sorted({user for _, user in parts})
    first_area, first_segment = len(parts), len(parts) + len(users)
    count = first_segment + len(wanted)
    rows: list[tuple[dict[int, float], float, float]] = []
    of_stock, of_user = defaultdict(dict), defaultdict(dict)
    for column, (number, user) in enumerate(parts):
        of_stock[number][column] = of_user[user][column] = 1.0
    rows += [(of_stock[number], -np.inf, ha) for number, ha in enumerate(stock.values())]
    rows += [({**of_user[user], first_area + place: -1.0}, 0.0, 0.0) for place, user in enumerate(users)]
    for segment in range(len(wanted)):
        mine = {first_area + place: -1.0 for place, user in enumerate(users) if user[0] == segment}
        rows.append(({first_segment + segment: 1.0, **mine}, -np.inf, 0.0))
    low, high, kind = np.zeros(count), np.full(count, sum(stock.values()) + 1.0), np.zeros(count)
    for place, user in enumerate(users):
        if lots[user[0]]:
            low[first_area + place], kind[first_area + place] = lots[user[0]], SEMI_CONTINUOUS
    high[first_segment:] = wanted
    terms = [(row, column, factor) for row, (line, _, _) in enumerate(rows) for column, factor in line.items()]
    row, column, factor = np.array(terms).T
    table = coo_array((factor, (row.astype(int), column.astype(int))), shape=(len(rows), count)).tocsr()
    worth = np.zeros(count)
    worth[first_segment:] = -1.0
    limits = LinearConstraint(table, [low for _, low, _ in rows], [high for _, _, high in rows])
    return -float(milp(worth, integrality=kind, bounds=Bounds(low, high), constraints=limits).fun)


def due(ask: Ask, needs: tuple[str, ...]) -> dict[str, float]:
    """The mean over all orders in which the needs follow upon each other; what no land is there for is due to land."""
    served = cache(ask.served_ha)
    missing = sum(ask.wanted_ha.values()) - served(frozenset([*OTHERS, *needs]))
    mean = dict.fromkeys([*OTHERS, *needs], 0.0) | {"grond": missing}
    orders = [
        [name for part in order for name in (inner if part == "kwaliteit" else (part,))]
        for order in permutations((*OTHERS, "kwaliteit"))
        for inner in permutations(needs)
    ]
    for order in orders:
        for place, name in enumerate(order):
            step = served(frozenset(order[: place + 1])) - served(frozenset(order[:place]))
            mean[name] += step / len(orders)
    return mean


def wanted_of(demand: pd.DataFrame) -> dict[str, float]:
    return demand.groupby("segment")["demand_ha"].sum().to_dict()


@pytest.mark.parametrize(("cluster", "year", "case"), [("westhaven", 2050, "vroegst"), ("oosterpark", 2030, "laatst")])
def test_each_cause_is_due_what_it_is_over_all_orders(
    proefpolder: RunContext, cluster: str, year: int, case: str
) -> None:
    demand = pd.read_csv(proefpolder.project.folder / "demand.csv", sep=";")
    wanted = wanted_of(demand[(demand["cluster_id"] == cluster) & (demand["year"] == year)])
    land = next(land for land in lands(proefpolder) if land.package.stem == cluster)
    needs = tuple(NEEDS) if len(wanted) > 1 else ()
    ours = layer(land.package, "tekort_naar_oorzaak").query("jaar == @year and geval == @case")
    by_cause = ours.set_index("oorzaak")["tekort_ha"].to_dict()
    theirs = due(Ask([land], year, case, wanted), needs)
    assert by_cause == pytest.approx(dict.fromkeys(by_cause, 0.0) | theirs, abs=TOLERANCE_HA)


def test_clusters_help_each_other_as_one_programme_says(proefpolder: RunContext) -> None:
    """What is served of all that is asked, and each of the five limits, on all land at once."""
    demand = pd.read_csv(proefpolder.project.folder / "demand.csv", sep=";").query("year == 2030")
    package = proefpolder.store.outputs / "nederland.gpkg"
    ours = layer(package, "tekort_clusters_samen").query("jaar == 2030 and geval == 'vroegst'")
    ask = Ask(lands(proefpolder), 2030, "vroegst", wanted_of(demand))
    assert ours["bediend_ha"].iloc[0] == pytest.approx(ask.served_ha(frozenset()), abs=TOLERANCE_HA)
    plain = layer(package, "tekort_naar_oorzaak").query("cluster == 'nederland'")
    for question, rows in layer(package, "tekort_clusters_samen").groupby(["jaar", "geval", "scenario"]):
        apart = plain.set_index(["jaar", "geval", "scenario"]).loc[question]
        assert rows["gevraagd_ha"].iloc[0] == pytest.approx(apart["gevraagd_ha"].iloc[0])
        assert rows["tekort_ha"].sum() <= apart["tekort_ha"].sum() + 1e-3
