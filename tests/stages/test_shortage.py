"""Shortage by cause: five limits, 32 solves, on ports where one
cause is known; and scarce plots with who sits there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cut_port import activity
from drawn_sites import whole_of
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import square, table

from layers.derived.shortages import SHORTAGE_CAUSES, SHORTAGE_LIMITS
from pipeline.land.shapley import shapley
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.load import Project
from pipeline.project.models import DemandConfig, ScarceConfig, SegmentConfig
from pipeline.stages.balance.scarce import ScarceLand, scarce_plots, scarcity
from pipeline.stages.balance.segment_supply import DemandCase, Supply
from pipeline.stages.balance.shortage import segment_stocks, shortages, shortages_across_clusters

NOTHING = dict.fromkeys(SHORTAGE_CAUSES, 0.0)


def due(
    rules: Project, shapes: dict[str, Any], demand_ha: float, fixed: tuple[str, ...] = (), **given: Any
) -> dict[str, float]:
    """Hectares short in 2026 by cause, of what one segment asks."""
    of_needs, days = given.pop("of_needs", {}), given.pop("free_on", None)
    whole = whole_of(rules, shapes, **given)
    asks = {"basic": ("p", whole.config.profiles["p"])}
    wanted = DemandCase(2026, "s", {"basic": demand_ha * 10_000.0}, asks)
    next_free = None if days is None else lambda _year, _case: np.array([days[name] for name in shapes])
    result = shortages(wanted, Supply(whole.land, whole.areas, fixed, of_needs, next_free, 100), "earliest")
    served, demand_m2 = result["served_m2"].iloc[0], result["wanted_m2"].iloc[0]
    assert result["shortage_m2"].sum() == pytest.approx(demand_m2 - served) and (result["shortage_m2"] >= -1e-6).all()
    return {cause: round(m2 / 10_000.0, 6) for cause, m2 in zip(result["cause"], result["shortage_m2"], strict=True)}


FIELD = {"a": square(0, 0, 2, 2)}


@pytest.mark.parametrize(
    ("shapes", "demand", "given", "result"),
    [
        pytest.param(FIELD, 4, {}, {}, id="enough"),
        pytest.param(FIELD, 4, {"held": {"a"}}, {"land": 4}, id="all leased"),
        pytest.param(
            FIELD,
            4,
            {"late": {"a": 2030}, "years": (2026, 2030)},
            {"land": 2, "time": 2},
            id="it comes free later: either would do",
        ),
        pytest.param(
            FIELD,
            4,
            {"held": {"a"}, "free_on": {"a": 100}},
            {"land": 2, "time": 2},
            id="it comes free after the last asked year, on the last day that is told",
        ),
        pytest.param(
            FIELD, 4, {"held": {"a"}, "free_on": {"a": 101}}, {"land": 4}, id="it comes free after all that is told"
        ),
        pytest.param(FIELD, 4, {"blocked": {"a"}}, {"environment": 4}, id="under a rule"),
        pytest.param(
            FIELD,
            4,
            {"blocked": {"a"}, "of_needs": {"grid": {"rule"}}},
            {"grid": 4},
            id="without what the activity needs",
        ),
        pytest.param(FIELD, 4, {"blocked": {"a"}, "held": {"a"}}, {"environment": 2, "land": 2}, id="both are needed"),
        pytest.param(FIELD, 4, {"profile": {"least_area_ha": 5}}, {"fragmentation": 4}, id="too small"),
        pytest.param(
            FIELD, 4, {"profile": {"least_quay_m": 50}, "quays": table("quays", [])}, {"quay": 4}, id="no quay"
        ),
        pytest.param(FIELD, 7, {}, {"land": 3}, id="more than there is"),
        pytest.param(FIELD, 7, {"held": {"a"}}, {"land": 7}, id="more than there is, and that is leased"),
        pytest.param(
            {"a": square(0, 0, 2, 1), "b": square(2, 0)},
            3,
            {"held": {"b"}, "profile": {"least_area_ha": 3}},
            {"land": 2, "fragmentation": 1},
            id="a plot leased makes the rest too small",
        ),
    ],
)
def test_causes(
    rules: Project, shapes: dict[str, Any], demand: float, given: dict[str, Any], result: dict[str, float]
) -> None:
    assert due(rules, shapes, demand, **given) == pytest.approx(NOTHING | result)


def test_a_rule_that_cannot_be_lifted_is_land_that_is_not_there(rules: Project) -> None:
    assert due(rules, FIELD, 4, fixed=("rule",), blocked={"a"}) == pytest.approx(NOTHING | {"land": 4})


def test_two_segments_never_share_a_square_metre(rules: Project) -> None:
    whole = whole_of(rules, FIELD)
    asks = {name: ("p", activity()) for name in ("one", "two")}
    wanted = DemandCase(2026, "s", {"one": 30_000.0, "two": 30_000.0}, asks)
    result = shortages(wanted, Supply(whole.land, whole.areas, ()), "earliest")
    assert result["served_m2"].iloc[0] == pytest.approx(40_000)


# Lots


def served_ha(
    rules: Project, shapes: dict[str, Any], demand_ha: tuple[float, ...], least_ha: tuple[float, ...]
) -> float:
    """What is served of segments that each ask so many hectares, in lots of at least so many."""
    whole = whole_of(rules, shapes)
    asks = {str(number): (str(number), activity(least_area_ha=least)) for number, least in enumerate(least_ha)}
    rooms = pd.concat([whole.land.rooms.assign(profile=name) for name in asks], ignore_index=True)
    wanted = DemandCase(2026, "s", {str(number): ha * 10_000 for number, ha in enumerate(demand_ha)}, asks)
    result = shortages(wanted, Supply(replace(whole.land, rooms=rooms), whole.areas, ()), "earliest")
    return float(result["served_m2"].iloc[0]) / 10_000


@pytest.mark.parametrize(
    ("shapes", "demand_ha", "least_ha", "served"),
    [
        pytest.param(FIELD, (3,), (5,), 0, id="a site smaller than a lot serves nothing"),
        pytest.param(FIELD, (3.5,), (3,), 3.5, id="a lot, then any area"),
        pytest.param(FIELD, (1,), (3,), 1, id="less than a lot is asked: a lot is taken, and what is asked is served"),
        pytest.param(FIELD, (2, 4), (3, 1), 4, id="the lot of one leaves the other a hectare: the other has it all"),
        pytest.param(FIELD, (3, 1), (3, 1), 4, id="both have their lot"),
        pytest.param({"a": square(0, 0, 3), "b": square(9, 0, 3)}, (4.5,), (3,), 4.5, id="part of a lot on the next"),
        pytest.param(
            {"a": square(0, 0, 2, 2), "b": square(9, 0, 3)}, (5, 3), (4, 2), 7, id="each on the site that does for it"
        ),
    ],
)
def test_demand_is_served_in_lots(
    rules: Project, shapes: dict[str, Any], demand_ha: tuple[float, ...], least_ha: tuple[float, ...], served: float
) -> None:
    assert served_ha(rules, shapes, demand_ha, least_ha) == pytest.approx(served)


@pytest.mark.parametrize(
    ("quay", "result"),
    [
        pytest.param({}, {"quay": 1, "draught": 1}, id="no quay at all"),
        pytest.param({"draught_m": 3.0}, {"draught": 2}, id="long, not deep"),
        pytest.param({"length": 0.4, "draught_m": 9.0}, {"quay": 2}, id="deep, not long"),
        pytest.param({"length": 0.4, "draught_m": 3.0}, {"quay": 1, "draught": 1}, id="neither"),
        pytest.param({"draught_m": 9.0}, {}, id="both"),
    ],
)
def test_length_and_draught_of_a_quay_are_two_causes(
    rules: Project, quay: dict[str, float], result: dict[str, float]
) -> None:
    edge = square(0, 0, quay.get("length", 2.0)).boundary.intersection(square(0, -1, 9))
    line = {"quay_id": "q", "geometry": edge, "draught_m": quay.get("draught_m")}
    given = {"quays": table("quays", [line] if quay else []), "profile": {"least_quay_m": 100, "least_draught_m": 5}}
    assert due(rules, {"a": square(0, 0, 2)}, 2, **given) == pytest.approx(NOTHING | result)


# Against trying everything: a row of plots of one hectare, each given whole to one segment or none.

HOLDERS = ("free", "leased", "late", "public_space")
NEEDS = {"grid": {"grid_full"}, "industrial_water": {"no_water"}}
RULES = {"environment": "noise", "grid": "grid_full", "industrial_water": "no_water"}


@dataclass(frozen=True)
class Row:
    """Plots in a row: who has each, and the rules over it; of each segment hectares asked, the lot, and which rules
    count for it."""

    holders: tuple[str, ...]
    rules: tuple[frozenset[str], ...]
    wanted: tuple[int, ...]
    lot: tuple[int, ...]
    counting: tuple[frozenset[str], ...]

    @classmethod
    def drawn(cls, seed: int) -> Row:
        chance = np.random.default_rng(seed)
        holders = tuple(str(name) for name in chance.choice(HOLDERS, 5, p=[0.5, 0.2, 0.2, 0.1]))
        over = tuple(frozenset(rule for rule in RULES.values() if chance.random() < 0.2) for _ in holders)
        counting = (frozenset({"noise", "grid_full"}), frozenset({"noise", "no_water"}))
        wanted, lot = (tuple(chance.integers(1, 5, 2).tolist()) for _ in range(2))
        return cls(holders, over, wanted, lot, counting)

    def runs(self, segment: int, lifted: frozenset[str]) -> list[list[int]]:
        """The plots in each run that the segment can use."""
        held = {"land": {"leased", "late"}, "time": {"late"}}
        free = {"free"}.union(*(held.get(name, set()) for name in lifted))
        open_to = {RULES[name] for name in lifted if name in RULES}
        runs: list[list[int]] = [[]]
        for plot, (holder, over) in enumerate(zip(self.holders, self.rules, strict=True)):
            if holder in free and over & self.counting[segment] <= open_to:
                runs[-1].append(plot)
            else:
                runs.append([])
        least = 1 if "fragmentation" in lifted else self.lot[segment]
        return [run for run in runs if len(run) >= least]

    def served(self, lifted: frozenset[str]) -> int:
        """The most hectares over every way to give out the plots."""
        runs = [self.runs(segment, lifted) for segment in (0, 1)]
        users = [
            [None, *(segment for segment in (0, 1) if any(plot in run for run in runs[segment]))]
            for plot in range(len(self.holders))
        ]
        least = (1, 1) if "fragmentation" in lifted else self.lot
        best = 0
        for users_of in product(*users):
            taken = [[sum(users_of[plot] == segment for plot in run) for run in runs[segment]] for segment in (0, 1)]
            if all(count == 0 or count >= least[segment] for segment in (0, 1) for count in taken[segment]):
                best = max(best, sum(min(self.wanted[segment], sum(taken[segment])) for segment in (0, 1)))
        return best

    def due(self) -> dict[str, float]:
        """The mean over all orders in which the needs follow upon each other; what no land is there for is land."""
        needs, others = ("grid", "industrial_water"), ("land", "time", "environment", "fragmentation")
        served = cache(self.served)
        missing = sum(self.wanted) - served(frozenset([*needs, *others]))
        mean = dict.fromkeys([*others, *needs], 0.0) | {"land": float(missing)}
        orders = [
            [name for part in order for name in (inner if part == "quality" else (part,))]
            for order in permutations((*others, "quality"))
            for inner in permutations(needs)
        ]
        for order in orders:
            for place, name in enumerate(order):
                step = served(frozenset(order[: place + 1])) - served(frozenset(order[:place]))
                mean[name] += step / len(orders)
        return mean

    def supply(self, rules: Project) -> tuple[Supply, DemandCase]:
        """The same for our own solve."""
        names = "abcde"
        late = [name for name, holder in zip(names, self.holders, strict=True) if holder == "late"]
        whole = whole_of(rules, {name: square(number, 0) for number, name in enumerate(names)})
        statuses = {
            name: "leased" if name in late else holder for name, holder in zip(names, self.holders, strict=True)
        }
        states = whole.land.states.assign(tenure_status=whole.land.states["holding_id"].map(statuses))
        rooms = []
        for segment, counting in enumerate(self.counting):
            limiting = [" ".join(sorted(over & counting)) or None for over in self.rules]
            room = ["open" if text is None else "blocked" for text in limiting]
            rooms.append(whole.land.rooms.assign(profile=str(segment), limiting=limiting, room=room))
        land = replace(whole.land, states=states, rooms=pd.concat(rooms, ignore_index=True))
        days = np.array([100 if name in late else 101 for name in names])
        fixed = ("holding.public_space",)
        asks = {str(segment): (str(segment), activity(least_area_ha=lot)) for segment, lot in enumerate(self.lot)}
        wanted = {str(segment): ha * 10_000.0 for segment, ha in enumerate(self.wanted)}
        return (
            Supply(land, whole.areas, fixed, NEEDS, lambda _year, _case: days, 100),
            DemandCase(2026, "s", wanted, asks),
        )


@pytest.mark.parametrize("seed", range(24))
def test_the_split_is_that_of_trying_everything(rules: Project, seed: int) -> None:
    row = Row.drawn(seed)
    supply, wanted = row.supply(rules)
    result = shortages(wanted, supply, "earliest")
    ours = dict(zip(result["cause"], result["shortage_m2"] / 10_000, strict=True))
    assert ours == pytest.approx(NOTHING | row.due(), abs=1e-4)
    assert result["served_m2"].iloc[0] == pytest.approx(row.served(frozenset()) * 10_000, abs=0.2)


def in_clusters(rules: Project, land: dict[str, Any], demand_ha: dict[str, float], least_ha: float = 0) -> pd.DataFrame:
    """The shortage of clusters together, each with land and what is asked there in 2026."""
    rows = [
        DemandConfig(
            cluster_id=name, year=2026, scenario="s", segment="x", demand_ha=ha, source="drawn", version="1", page="1"
        )
        for name, ha in demand_ha.items()
    ]
    segment = SegmentConfig(profile="p", basis="drawn")
    config = replace(
        rules,
        demand=tuple(rows),
        clusters=dict.fromkeys(land, next(iter(rules.clusters.values()))),
        profiles={"p": activity(least_area_ha=least_ha)},
        balance=rules.balance.model_copy(update={"segment": {"x": segment}}),
    )
    parts = []
    for name, shapes in land.items():
        whole = whole_of(config, shapes, profile={"least_area_ha": least_ha})
        states = pd.concat([whole.land.states.assign(case=case) for case in ("earliest", "latest")], ignore_index=True)
        parts.append(
            segment_stocks(Supply(replace(whole.land, cluster_id=name, states=states), whole.areas, ()), config)
        )
    return shortages_across_clusters(pd.concat(parts), config, "nation").query("case == 'earliest'")


@pytest.mark.parametrize(
    ("land", "demand_ha", "least_ha", "result"),
    [
        pytest.param({"a": FIELD, "b": FIELD}, {"a": 6, "b": 1}, 0, {}, id="the one has room for the other"),
        pytest.param({"a": FIELD, "b": FIELD}, {"a": 9}, 0, {"land": 1}, id="who asks nothing helps too"),
        pytest.param({"a": FIELD, "b": FIELD}, {"a": 6}, 5, {"fragmentation": 6}, id="two sites are never one lot"),
        pytest.param({"a": FIELD, "b": FIELD}, {"a": 6, "b": 2}, 3, {}, id="the rest of one lot beside another"),
    ],
)
def test_clusters_help_each_other(
    rules: Project, land: dict[str, Any], demand_ha: dict[str, float], least_ha: float, result: dict[str, float]
) -> None:
    table = in_clusters(rules, land, demand_ha, least_ha)
    due = dict(zip(table["cause_group"], table["shortage_m2"] / 10_000, strict=True))
    assert due == pytest.approx(dict.fromkeys(SHORTAGE_LIMITS, 0.0) | result, abs=1e-6)
    assert set(table["wanted_m2"]) == {sum(demand_ha.values()) * 10_000}


@given(st.lists(st.floats(0, 100), min_size=16, max_size=16))
def test_shapley_is_the_mean_over_all_orders(worths: list[float]) -> None:
    names = ("a", "b", "c", "d")
    worth = {
        frozenset(n for number, n in enumerate(names) if code >> number & 1): value for code, value in enumerate(worths)
    }
    mean = dict.fromkeys(names, 0.0)
    for order in permutations(names):
        for number, name in enumerate(order):
            mean[name] += (worth[frozenset(order[: number + 1])] - worth[frozenset(order[:number])]) / 24
    result = shapley(names, worth.__getitem__)
    assert result == pytest.approx(mean)
    assert sum(result.values()) == pytest.approx(worth[frozenset(names)] - worth[frozenset()])


# Scarce plots

IN_USE = {"level": "use", "right_status": "decides"}
SCARCE = ScarceConfig(quay_m=50, heavy_category="5.1", seveso_radius_m=300, basis="drawn")


def scarce_card(rules: Project, *projects: InvestmentProject) -> Project:
    balance = rules.balance.model_copy(update={"scarce": SCARCE})
    profiles = {"p": activity(category="3.1"), "risky": activity(category="4.2", seveso="low")}
    return replace(rules, balance=balance, profiles=profiles, projects=projects)


def users(rules: Project, contract: dict[str, Any], **given: Any) -> pd.DataFrame:
    """Plots a (leased by contract C) and b (free), each with 100 m of
    quay and room for category 5.2 and a radius of 400 m."""
    whole = whole_of(rules, {"a": square(0, 0), "b": square(2, 0)}, held={"a"})
    whole.land.pieces["plan_category"] = given.get("plan", "5.1")
    year = [2026, 2026]
    bounds = pd.DataFrame(
        {
            "piece_id": ["a", "b"],
            "year": year,
            "dwelling_category": given.get("category", "5.2"),
            "own_risk_radius_m": given.get("radius", 400.0),
        }
    )
    facts = pd.DataFrame({"parcel_id": ["a", "b"], "quay_m": given.get("quay", 100.0), "quay_draught_m": 9.0})
    contracts = pd.DataFrame(
        [{"contract_id": "C", "is_quay_bound": pd.NA, "activity_category": None, "is_seveso": pd.NA, **contract}]
    )
    rights = pd.DataFrame([{"holding_id": "a", "contract_id": "C", **IN_USE}])
    tables = {
        "holdings": whole.land.pieces,
        "contract_needs": contracts,
        "holding_rights": rights,
        "housing_bounds": bounds,
        "parcel_facts": facts,
    }
    return scarce_plots(ScarceLand(whole.land, tables, None, scarce_card(rules)))


@pytest.mark.parametrize(
    ("contract", "quality", "need"),
    [
        pytest.param({"is_quay_bound": True}, "quay", "needed", id="who needs the quay"),
        pytest.param({"is_quay_bound": False}, "quay", "not_needed", id="who does not"),
        pytest.param({}, "quay", "unknown", id="the register is silent"),
        pytest.param({"activity_category": "5.1"}, "heavy", "needed", id="a heavy user"),
        pytest.param({"activity_category": "4.2"}, "heavy", "not_needed", id="a light user on heavy land"),
        pytest.param({"is_seveso": False}, "seveso", "not_needed", id="no Seveso user"),
    ],
)
def test_who_sits_on_a_scarce_plot_without_needing_it(
    rules: Project, contract: dict[str, Any], quality: str, need: str
) -> None:
    result = users(rules, contract)
    needs = result[result["quality"] == quality].set_index("parcel_id")["need"]
    assert needs.to_dict() == {"a": need, "b": "nobody"}


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"quay": 49.0}, {"heavy", "seveso"}),
        ({"category": "4.2"}, {"quay", "seveso"}),
        ({"radius": 299.0}, {"quay", "heavy"}),
        ({"plan": "4.2"}, {"quay", "seveso"}),  # the lightest category of an activity with hazardous substances
        ({"plan": "4.1"}, {"quay"}),
        ({"category": None, "radius": np.nan, "quay": np.nan}, set()),
    ],
)
def test_a_plot_is_scarce_only_by_what_is_known_of_it(rules: Project, given: dict[str, Any], left: set[str]) -> None:
    assert set(users(rules, {}, **given)["quality"]) == left


def test_scarcity_is_what_is_demanded_over_what_is_free(rules: Project) -> None:
    plots = users(rules, {"is_quay_bound": False})
    demand = InvestmentProject.model_validate(
        {
            "project_id": "A",
            "title": "A",
            "cluster_id": "paper",
            "profile": "p",
            "area_ha": 3,
            "quay_m": 80,
            "first_year": 2026,
            "last_year": 2030,
            "source": "drawn",
        }
    )
    result = scarcity("paper", plots, scarce_card(rules, demand)).set_index("quality")
    assert result.loc["quay", ["area_m2", "free_m2", "misfit_m2", "demand_m2", "scarcity"]].tolist() == [
        20_000,
        10_000,
        10_000,
        30_000,
        3.0,
    ]
    assert result.loc["heavy", "demand_m2"] == 0


def scarce_rows(rules: Project, **given: Any) -> dict[tuple[str, str], Any]:
    """Plot x of two pieces, three hectares leased and one free, and plot y, one hectare free; by plot and quality."""
    shapes = {"big": square(0, 0, 3), "small": square(3, 0), "other": square(9, 0)}
    free_from = {"big": "2031-01-01", "small": "2026-10-01"}
    whole = whole_of(rules, shapes, held={"big"}, plots={"big": "x", "small": "x", "other": "y"}, free_from=free_from)
    pieces = whole.land.pieces["piece_id"]
    bounds = pd.DataFrame(
        {
            "piece_id": pieces,
            "year": 2026,
            "dwelling_category": pieces.map(given.get("category", {})),
            "own_risk_radius_m": pieces.map(given.get("radius_m", {})).astype(float),
        }
    )
    tables = {
        "holdings": whole.land.pieces,
        "holding_rights": pd.DataFrame(
            [
                {"holding_id": "big", "contract_id": name, **IN_USE, **given.get("right", {}).get(name, {})}
                for name in given.get("contracts", {})
            ],
            columns=["holding_id", "contract_id", *IN_USE],
        ),
        "housing_bounds": pd.concat([bounds, bounds.assign(year=2030, dwelling_category="6", own_risk_radius_m=999.0)]),
        "parcel_facts": pd.DataFrame(
            {"parcel_id": ["x", "y"], "quay_m": [60.0, 50.0], "quay_draught_m": [np.nan, 12.0]}
        ),
    }
    needs = [{"contract_id": name, **says} for name, says in given.get("contracts", {}).items()]
    tables["contract_needs"] = table("contract_needs", needs)
    result = scarce_plots(ScarceLand(whole.land, tables, None, scarce_card(rules)))
    return {(str(row.holding_id), str(row.quality)): row for row in result.itertuples()}


def test_each_holding_of_a_scarce_plot_has_its_own_m2_tenure_and_days(rules: Project) -> None:
    rows = scarce_rows(rules)
    assert set(rows) == {("big", "quay"), ("small", "quay"), ("other", "quay")}
    big, small, y = (rows[name, "quay"] for name in ("big", "small", "other"))
    assert (big.cluster_id, big.parcel_id, big.area_m2, big.tenure_status) == ("paper", "x", 30_000, "leased")
    assert (big.quality_m, big.need, str(big.available_earliest.date())) == (60, "unknown", "2031-01-01")
    assert (small.parcel_id, small.area_m2, small.tenure_status, small.need) == ("x", 10_000, "free", "nobody")
    assert (small.quality_m, str(small.available_latest.date())) == (60, "2026-10-01")
    assert (y.area_m2, y.tenure_status, y.quality_m, y.need) == (10_000, "free", 50, "nobody")


@pytest.mark.parametrize(
    ("right", "need"),
    [
        pytest.param({"level": "master", "right_status": "master"}, "not_needed", id="a head lease"),
        pytest.param({"right_status": "over"}, "not_needed", id="a contract that is over"),
        pytest.param({"right_status": "waits"}, "not_needed", id="one that waits for its time"),
        pytest.param({"level": "claim"}, "not_needed", id="an option"),
        pytest.param({}, "unknown", id="another user"),
    ],
)
def test_need_is_a_matter_of_who_has_the_land_in_use(rules: Project, right: dict[str, str], need: str) -> None:
    """Beside the user, who needs no quay, lies a right of which the register says nothing."""
    contracts = {"A": {**SAYS, "is_quay_bound": False}, "B": SAYS}
    assert scarce_rows(rules, contracts=contracts, right={"B": right})["big", "quay"].need == need


@pytest.mark.parametrize(
    ("given", "qualities"),
    [
        pytest.param({"category": {"big": "5.1", "small": "3.1"}}, {"heavy"}, id="three quarters are heavy"),
        pytest.param({"category": {"big": "3.1", "small": "5.2"}}, set(), id="a quarter is"),
        pytest.param({"category": {"big": None, "small": "5.2"}}, set(), id="of three quarters nothing is known"),
        pytest.param({"radius_m": {"big": 300.0, "small": 0.0}}, {"seveso"}, id="the radius of three quarters"),
        pytest.param({"radius_m": {"big": 299.0, "small": 900.0}}, set(), id="the radius of a quarter"),
    ],
)
def test_a_quality_counts_where_half_of_the_plot_has_it(
    rules: Project, given: dict[str, Any], qualities: set[str]
) -> None:
    rows = scarce_rows(rules, **given)
    for holding in ("big", "small"):  # of a plot all or none
        assert {quality for name, quality in rows if name == holding} == {"quay"} | qualities
    metres = {row.quality_m for (name, quality), row in rows.items() if quality == "seveso"}
    assert metres in (set(), {300.0})
    assert all(pd.isna(row.quality_m) for (_, quality), row in rows.items() if quality == "heavy")


SAYS = {"is_quay_bound": pd.NA, "activity_category": None, "is_seveso": pd.NA}


@pytest.mark.parametrize(
    ("contracts", "need"),
    [
        pytest.param({"A": {"is_quay_bound": False}, "B": {"is_quay_bound": True}}, "needed", id="one of two needs it"),
        pytest.param({"A": {"is_quay_bound": False}, "B": {}}, "unknown", id="one of two is silent"),
        pytest.param({"A": {"is_quay_bound": True}, "B": {}}, "needed", id="one needs it, one is silent"),
        pytest.param({"A": {"is_quay_bound": False}}, "not_needed", id="the only one does not"),
    ],
)
def test_a_plot_of_two_contracts_is_needed_where_one_says_so(
    rules: Project, contracts: dict[str, dict[str, Any]], need: str
) -> None:
    rows = scarce_rows(rules, contracts={name: {**SAYS, **says} for name, says in contracts.items()})
    assert rows["big", "quay"].need == need and rows["other", "quay"].need == "nobody"


def test_scarcity_counts_each_quality_by_what_projects_need_of_it(rules: Project) -> None:
    given = {"title": "x", "cluster_id": "paper", "first_year": 2026, "last_year": 2030, "source": "drawn"}
    asks = [
        {"project_id": "A", "profile": "light", "area_ha": 1, "quay_m": 10},
        {"project_id": "B", "profile": "heavy", "area_ha": 2},
        {"project_id": "C", "profile": "risky", "area_ha": 4},
        {"project_id": "D", "profile": "wet", "area_ha": 8},
        {"project_id": "E", "profile": "heavy", "area_ha": 16, "cluster_id": "elsewhere"},
    ]
    projects = tuple(InvestmentProject.model_validate({**given, **row}) for row in asks)
    profiles = {
        "light": activity(category="4.2"),
        "heavy": activity(category="5.1"),
        "risky": activity(category="4.2", seveso="high", risk_radius_m=100),
        "wet": activity(category="4.2", least_quay_m=5),
    }
    plots = pd.DataFrame(
        [
            ("quay", "needed", "leased", 1.0),
            ("quay", "not_needed", "leased", 2.0),
            ("quay", "unknown", "leased", 4.0),
            ("quay", "nobody", "free", 8.0),
            ("heavy", "nobody", "optioned", 16.0),
        ],
        columns=["quality", "need", "tenure_status", "area_m2"],
    )
    result = scarcity("paper", plots, replace(scarce_card(rules, *projects), profiles=profiles)).set_index("quality")
    columns = ["area_m2", "free_m2", "misfit_m2", "unknown_m2", "demand_m2"]
    assert {quality: row.tolist() for quality, row in result[columns].iterrows()} == {
        "quay": [15, 8, 2, 4, 90_000],
        "heavy": [16, 0, 0, 0, 20_000],
        "seveso": [0, 0, 0, 0, 40_000],
    }
    assert result.loc["quay", "scarcity"] == 11_250 and result["scarcity"].notna().sum() == 1
