"""Attribution and levers on drawn land: known areas, one account for
holdings and rules, and a real rerun for every lever."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from cut_port import Port, activity
from squared_paper import CORNER, square, table

from pipeline.land.blocking_by_piece import BlockingByPiece
from pipeline.land.blocking_factors import BlockingFactors
from pipeline.land.land import law_of, theme_of
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.load import Project
from pipeline.project.models import LeverConfig
from pipeline.project.rules import ConstraintConfig
from pipeline.stages.balance.attribution import accounts, attribution, overlaps, reason_sets
from pipeline.stages.balance.falls import shared_falls, with_shares
from pipeline.stages.balance.lever_search import LeverGains, searched
from pipeline.stages.balance.levers import lever_table

CARD = LeverConfig(most=3, retained=50, tested=50, not_liftable=(), basis="drawn")
WHERE = {"profile": "p", "year": 2026, "case": "earliest"}


def area_rule(name: str, layer: str) -> ConstraintConfig:
    """A rule that holds on the areas of a layer."""
    return ConstraintConfig.model_validate(
        {
            "name": name,
            "title": name,
            "layer": layer,
            "theme": "physical",
            "direction": "onto",
            "geometry": {"kind": "area"},
            "standing": "policy",
            "basis": "drawn",
            "source": "drawn",
            "certainty": "C",
        }
    )


class Barred(Port):
    """A port on which each drawn shape bars storage, under the name of its rule; one rule per shape."""

    def __init__(self, project: Project, land: dict[str, Any], bars: dict[str, Any], **given: Any) -> None:
        names = {name: area_rule(name, "water") for name in bars}
        rules = [rule.model_copy(update={"where": f"water_id = '{name}'"}) for name, rule in names.items()]
        effects = tuple(
            project.effects[0].model_copy(
                update={"constraint": name, "object_kind": "storage", "condition": "always", "effect": "blocks"}
            )
            for name in bars
        )
        water = table("water", [{"water_id": name, "geometry": shape} for name, shape in bars.items()])
        changed = project.__class__(**{**project.__dict__, "effects": effects})
        super().__init__(changed, land, {"water": water}, constraints=rules, **given)
        self.book = replace(self.book, balance=self.book.balance.model_copy(update={"levers": CARD}))
        self.sets = reason_sets(self.ground, self.book, 0.0)

    def account(self) -> pd.DataFrame:
        """Attribution of the reasons in 2026, no extension called."""
        table = attribution(accounts(self.sets), theme_of(self.book), law_of(self.book))
        is_now = (table["year"] == 2026) & (table["case"] == "earliest") & (table["tier"] == "reason")
        return table[is_now].set_index("reason")

    def areas(self, quays: Any = None) -> ContiguousAreas:
        """The pieces as they hang together."""
        return ContiguousAreas(self.ground.shapes, self.ground.area_m2, self.book.assess.shape, quays)

    def levers(self, quays: Any = None) -> pd.DataFrame:
        """Levers in 2026, no extension called."""
        table = lever_table(accounts(self.sets), [(self.ground, self.areas(quays))], self.book)
        return table[(table["year"] == 2026) & (table["case"] == "earliest")].set_index("lifted")

    def usable_m2(self) -> float:
        """Usable m2 in 2026, no extension called."""
        ids = self.usable.loc[self.usable["year"] == 2026, "piece_id"]
        return float(self.ground.area_m2[self.ground.pieces["piece_id"].isin(ids)].sum())


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_rectangles_that_overlap_bear_their_land_together(rules: Project, count: int) -> None:
    """Rectangle n covers squares n to the last: square n lies under n + 1 of them."""
    bars = {f"r{n}": square(n, 0, count - n, 1) for n in range(count)}
    result = Barred(rules, {"a": square(0, 0, count + 1, 1)}, bars).account()
    for n in range(count):
        share = sum(10_000 / (covering + 1) for covering in range(n, count))
        assert result.loc[f"r{n}", "hit_m2"] == pytest.approx(10_000 * (count - n))
        assert result.loc[f"r{n}", "share_m2"] == pytest.approx(share)
        assert result.loc[f"r{n}", "sole_m2"] == pytest.approx(10_000 if n == 0 else 0)


def test_the_lens_of_two_circles_is_under_both(rules: Project) -> None:
    radius, apart = 100.0, 120.0
    middle = CORNER[0] + 500, CORNER[1] + 500
    bars = {
        "left": shapely.Point(middle).buffer(radius, quad_segs=256),
        "right": shapely.Point(middle[0] + apart, middle[1]).buffer(radius, quad_segs=256),
    }
    port = Barred(rules, {"a": square(0, 0, 10, 10)}, bars)
    lens = 2 * radius**2 * math.acos(apart / (2 * radius)) - apart / 2 * math.sqrt(4 * radius**2 - apart**2)
    both = overlaps(accounts(port.sets), law_of(port.book)).query("year == 2026 and case == 'earliest'").iloc[0]
    assert both["overlap_m2"] == pytest.approx(lens, rel=1e-4)
    assert port.account().loc["left", "share_m2"] == pytest.approx(math.pi * radius**2 - lens / 2, rel=1e-4)
    assert port.account().loc["left", "redundancy"] == pytest.approx(lens / (math.pi * radius**2), rel=1e-3)


def test_a_lease_and_a_rule_on_the_same_land_stand_in_one_account(rules: Project) -> None:
    port = Barred(rules, {"a": square(0, 0), "b": square(1, 0)}, {"wet": square(0, 0, 2, 1)}, free={"a"})
    result = port.account()
    assert result.loc["wet", ["hit_m2", "sole_m2", "share_m2"]].tolist() == [20_000, 10_000, 15_000]
    assert result.loc["holding.leased", ["hit_m2", "sole_m2", "share_m2"]].tolist() == [10_000, 0, 5_000]


def test_all_land_stands_in_one_set_and_land_on_no_plot_in_its_own(rules: Project) -> None:
    port = Barred(rules, {"a": square(0, 0), "b": square(1, 0)}, {"wet": square(0, 0, 1, 1)}, free={"a"})
    sets = reason_sets(port.ground, port.book, 5_000.0)
    assert sets.groupby(["profile", "year", "case"])["area_m2"].sum().tolist() == [25_000.0] * 4
    assert set(sets["reasons"]) == {"wet", "holding.leased", "no_parcel"}


def test_a_reason_with_too_little_of_a_plot_does_not_count_there(rules: Project) -> None:
    """Of a plot of 1 ha from 50 m2 on; a strip along the edge of 40 m2 goes to who has the land, and is a sliver where
    nobody has it. On a plot beside it the same rule has enough."""
    bars = {"thin": square(0, 0, 2.02, 0.004), "wide": square(2, 0.5, 1, 0.005)}
    land = {"a": square(0, 0), "b": square(1, 0), "c": square(2, 0)}
    port = Barred(rules, land, bars, free={"b", "c"})
    result = port.account()["share_m2"].to_dict()
    assert result == pytest.approx({"holding.leased": 10_000, "slivers": 40 + 0.8, "wide": 50}, abs=0.01)
    assert port.sets.groupby(["year", "case"])["area_m2"].sum().tolist() == pytest.approx([30_000.0] * 4)
    is_open = port.sets["reasons"] == "none"
    assert port.sets[is_open]["area_m2"].tolist()[0] == pytest.approx(20_000 - 40.8 - 50, abs=0.01)
    assert "slivers" not in set(port.levers().index)


def test_of_a_small_plot_half_is_enough_and_of_a_large_one_a_thousandth(rules: Project) -> None:
    bars = {"half": square(0, 0, 0.05, 0.1), "strip": square(1, 0, 0.01, 0.9), "band": square(1, 0, 0.01, 3)}
    land = {"small": square(0, 0, 0.09, 0.1), "large": square(1, 0, 10, 3)}
    result = Barred(rules, land, bars, free=set(land)).account()
    assert set(result.index) == {"half", "band"}


PUZZLE = {"north": square(0, 2, 3, 1), "south": square(0, 0, 3, 1), "middle": square(1, 0, 1, 3)}
SIZES = {"p": activity(least_area_ha=3, least_width_m=90)}


def test_every_lever_frees_what_a_real_rerun_without_its_rules_makes_usable(rules: Project) -> None:
    land = {f"p{x}{y}": square(x, y) for x in range(3) for y in range(3)}
    port = Barred(rules, land, PUZZLE, profiles=SIZES)
    result = port.levers()
    assert len(result) >= 5
    for lifted, row in result.iterrows():
        left = {name: shape for name, shape in PUZZLE.items() if name not in str(lifted).split(" ")}
        rerun = Barred(rules, land, left, profiles=SIZES)
        assert row["gained_m2"] == pytest.approx(rerun.usable_m2() - port.usable_m2(), abs=1)


def test_lifting_makes_land_next_to_it_large_enough(rules: Project) -> None:
    """Two free hectares are too small for three; one more makes three usable, so usable exceeds raw."""
    port = Barred(rules, {"a": square(0, 0, 3, 1)}, {"wet": square(0, 0)}, profiles=SIZES)
    assert port.levers().loc["wet", ["raw_m2", "gained_m2"]].tolist() == [10_000, 30_000]


def test_a_lift_that_frees_slivers_frees_nothing_usable(rules: Project) -> None:
    port = Barred(rules, {"a": square(0, 0, 1, 0.2)}, {"wet": square(0, 0)}, profiles=SIZES)
    assert port.levers().loc["wet", ["raw_m2", "gained_m2"]].tolist() == [2_000, 0]


@pytest.mark.parametrize("count", range(5))
def test_with_fewer_reasons_than_may_be_lifted_together_there_are_those_levers(rules: Project, count: int) -> None:
    bars = {f"r{n}": square(n, 0) for n in range(count)}
    port = Barred(rules, {"a": square(0, 0, 5, 1)}, bars)
    port.book = replace(
        port.book, balance=port.book.balance.model_copy(update={"levers": CARD.model_copy(update={"most": 5})})
    )
    assert set(port.levers()["lifted_count"]) == set(range(1, count + 1))


def test_levers_on_land_on_room_and_on_both_are_distinguished(rules: Project) -> None:
    land = {"a": square(0, 0), "b": square(1, 0), "c": square(2, 0)}
    port = Barred(rules, land, {"wet": square(1, 0, 2, 1)}, free={"c"})
    assert port.levers()["scope"].to_dict() == {"holding.leased": "land", "wet": "room", "holding.leased wet": "both"}
    assert port.levers().loc["holding.leased wet", "synergy_m2"] == 10_000


def test_the_waterfall_without_order_shares_land_under_two_headings(rules: Project) -> None:
    port = Barred(rules, {"a": square(0, 0), "b": square(1, 0)}, {"wet": square(0, 0, 2, 1)}, free={"a"})
    shares = shared_falls(port.ground, port.verdicts, port.book).query("year == 2026 and case == 'earliest'")
    assert shares.set_index("heading")["share_m2"].to_dict() == {"blocked": 15_000, "in_use": 5_000}


@pytest.mark.parametrize("seed", range(8))
def test_both_forms_of_the_waterfall_add_up_to_gross(seed: int) -> None:
    draw = np.random.default_rng(seed)
    heads = ["no_parcel", "in_use", "blocked", "usable", "too_small"]
    sizes = draw.uniform(0, 1e6, len(heads)).round(1)
    falls = pd.DataFrame({**WHERE, "heading": ["gross", *heads], "area_m2": [sizes.sum().round(1), *sizes]})
    mixed = draw.dirichlet(np.ones(4)) * sizes[1:].sum()
    result = with_shares(falls, pd.DataFrame({**WHERE, "heading": heads[1:], "share_m2": mixed}))
    parts = result[result["heading"] != "gross"]["share_m2"]
    assert round(parts.sum(), 1) == result.loc[0, "share_m2"] == falls.loc[0, "area_m2"] and (parts >= 0).all()


def test_reasons_are_summed_by_theme_and_pairs_as_a_part_of_each(rules: Project) -> None:
    """Of four squares the first three are wet, the last two leased, the first two stony: both rules are physical."""
    bars = {"wet": square(0, 0, 3), "stony": square(0, 0, 2)}
    land = {"a": square(0, 0, 2), "b": square(2, 0, 2)}
    port = Barred(rules, land, bars, free={"a"})
    rows = attribution(accounts(port.sets), theme_of(port.book), law_of(port.book)).query(
        "year == 2026 and case == 'earliest'"
    )
    columns = ["hit_m2", "sole_m2", "share_m2", "redundancy"]
    by_reason = rows.set_index(["tier", "reason", "theme"])[columns]
    assert {key: row.tolist() for key, row in by_reason.iterrows()} == {
        ("reason", "wet", "physical"): pytest.approx([30_000, 0, 15_000, 1]),
        ("reason", "stony", "physical"): pytest.approx([20_000, 0, 10_000, 1]),
        ("reason", "holding.leased", "holding"): pytest.approx([20_000, 10_000, 15_000, 0.5]),
        ("theme", "physical", "physical"): pytest.approx([30_000, 20_000, 25_000, 1 / 3]),
        ("theme", "holding", "holding"): pytest.approx([20_000, 10_000, 15_000, 0.5]),
        ("law", "drawn", "physical"): pytest.approx([30_000, 20_000, 25_000, 1 / 3]),
        ("law", "holding.leased", "holding"): pytest.approx([20_000, 10_000, 15_000, 0.5]),
    }
    pairs = overlaps(accounts(port.sets), law_of(port.book)).query("year == 2026 and case == 'earliest'")
    assert {
        (row.reason, row.other_reason): (row.overlap_m2, row.of_reason, row.of_other) for row in pairs.itertuples()
    } == {
        ("stony", "wet"): pytest.approx((20_000, 1, 2 / 3)),
        ("holding.leased", "wet"): pytest.approx((10_000, 0.5, 1 / 3)),
    }
    assert set(pairs["profile"]) == {"p"} == set(rows["profile"]) and set(rows["cluster_id"]) == {"paper"}


LAWS = {"inner": "law of fire", "outer": "law of fire", "twin": "law of fire", "other": "law of water"}


def under_laws(rules: Project) -> Barred:
    """Four squares, free but the last: `other` lies on the first, `outer` and its equal `twin` on the others, `inner`
    on the third.
    """
    bars = {"other": square(0, 0), "outer": square(1, 0, 3), "twin": square(1, 0, 3), "inner": square(2, 0)}
    port = Barred(rules, {"a": square(0, 0, 3), "b": square(3, 0)}, bars, free={"a"})
    drawn = [rule for rule in port.book.constrain.constraint if rule.name in LAWS]
    cards = tuple(rule.model_copy(update={"basis": LAWS[rule.name]}) for rule in drawn)
    constrain = port.book.constrain.model_copy(update={"constraint": cards})
    port.book = replace(port.book, constrain=constrain)
    return port


def test_rules_of_one_law_on_the_same_land_are_one_reason_there(rules: Project) -> None:
    port = under_laws(rules)
    rows = attribution(accounts(port.sets), theme_of(port.book), law_of(port.book))
    rows = rows.query("year == 2026 and case == 'earliest'")
    by_law = rows[rows["tier"] == "law"].set_index("reason")
    columns = ["hit_m2", "sole_m2", "share_m2"]
    assert {law: row.tolist() for law, row in by_law[columns].iterrows()} == {
        "holding.leased": [10_000, 0, 5_000],
        "law of fire": [30_000, 20_000, 25_000],
        "law of water": [10_000, 10_000, 10_000],
    }
    assert by_law["law"].dropna().to_dict() == {law: law for law in set(LAWS.values())}
    reasons = rows[rows["tier"] == "reason"].set_index("reason")
    # Each by itself holds nothing back alone, and says within what of the same law it lies.
    assert reasons.loc[["outer", "twin", "inner"], "sole_m2"].tolist() == [0, 0, 0]
    assert reasons["inside"].dropna().to_dict() == {"outer": "twin", "twin": "outer", "inner": "outer twin"}


def test_pairs_say_whether_both_rest_on_one_law(rules: Project) -> None:
    port = under_laws(rules)
    pairs = overlaps(accounts(port.sets), law_of(port.book)).query("year == 2026 and case == 'earliest'")
    same = pairs.set_index(["reason", "other_reason"])["is_same_law"].to_dict()
    assert same == {
        ("holding.leased", "outer"): False,
        ("holding.leased", "twin"): False,
        ("inner", "outer"): True,
        ("inner", "twin"): True,
        ("outer", "twin"): True,
    }


def test_a_lever_lifts_a_law_with_all_its_rules(rules: Project) -> None:
    """What no rule of it frees by itself; a law of one rule is that rule, and what cannot be lifted stays."""
    port = under_laws(rules)
    table = lever_table(accounts(port.sets), [(port.ground, port.areas())], port.book)
    laws = table.query("year == 2026 and case == 'earliest' and scope == 'law'")
    assert laws[["law", "lifted", "lifted_count", "rank", "raw_m2", "synergy_m2", "gained_m2"]].values.tolist() == [
        ["law of fire", "inner outer twin", 3, 1, 20_000, 20_000, 20_000]
    ]
    card = port.book.balance.levers.model_copy(update={"not_liftable": ("outer",)})
    book = replace(port.book, balance=port.book.balance.model_copy(update={"levers": card}))
    assert "law" not in set(lever_table(accounts(port.sets), [(port.ground, port.areas())], book)["scope"])


def test_levers_are_ranked_within_their_scope_and_size_and_those_are_tried_that_may_be_first(rules: Project) -> None:
    """One hectare is leased; under rules lie one hectare (dry), two (wet) and three under two at once (wet, stony)."""
    land = {"a": square(0, 0), "b": square(1, 0), "c": square(2, 0, 6)}
    bars = {"dry": square(2, 0), "wet": square(3, 0, 5), "stony": square(5, 0, 3)}
    port = Barred(rules, land, bars, free={"a", "c"})

    def levers(**given: Any) -> pd.DataFrame:
        card = CARD.model_copy(update=given)
        book = replace(port.book, balance=port.book.balance.model_copy(update={"levers": card}))
        tried_on = [(port.ground, port.areas())]
        table = lever_table(accounts(port.sets), tried_on, book)
        table = table.query("year == 2026 and case == 'earliest' and scope != 'law'")
        return table.set_index("lifted").sort_index()

    ha = 10_000.0
    columns = ["scope", "lifted_count", "rank", "raw_m2", "synergy_m2", "gained_m2"]
    table = levers(tested=1, most=2)
    # A factor that frees nothing more than the lever without it is no lever; of each kind the best by m2 is tried.
    assert {name: [None if pd.isna(cell) else cell for cell in row] for name, *row in table[columns].itertuples()} == {
        "dry": ["room", 1, 2, ha, 0, None],
        "dry wet": ["room", 2, 2, 3 * ha, 0, None],
        "holding.leased": ["land", 1, 1, ha, 0, ha],
        "holding.leased wet": ["both", 2, 1, 3 * ha, 0, 3 * ha],
        "dry holding.leased": ["both", 2, 2, 2 * ha, 0, None],
        "stony wet": ["room", 2, 1, 5 * ha, 3 * ha, 5 * ha],
        "wet": ["room", 1, 1, 2 * ha, 0, 2 * ha],
    }
    assert (table["bound_m2"] >= table["raw_m2"]).all() and table["is_proven"].all()
    # Those that were not tried say a bound of their own, below what the first makes usable.
    assert table["is_usable_proven"].to_dict() == (table["rank"] == 1).to_dict()
    assert table["usable_bound_m2"].to_dict() == pytest.approx(table["raw_m2"].to_dict())
    assert levers(most=2)["gained_m2"].to_dict() == pytest.approx(table["raw_m2"].to_dict())
    assert set(levers(most=2, not_liftable=("wet",)).index) == {"dry", "holding.leased", "dry holding.leased"}
    assert set(levers(most=1).index) == {"dry", "wet", "holding.leased"}
    best = {"holding.leased", "wet", "stony wet", "holding.leased wet"}
    assert set(levers(most=2, retained=1).index) == best  # of each scope and size


@pytest.mark.parametrize(
    ("opened", "asks", "gain_m2"),
    [
        pytest.param([square(0, 1)], {"least_quay_m": 90.0}, -10_000.0, id="its quay comes to lie inside"),
        pytest.param([square(0, -1)], {"least_quay_m": 90.0}, 10_000.0, id="land behind the quay serves with it"),
        pytest.param([square(0, -1)], {"least_area_ha": 2.0}, 20_000.0, id="too small without it"),
        pytest.param([square(3, 0)], {}, 10_000.0, id="land by itself"),
    ],
)
def test_what_a_lever_gains_is_what_is_usable_with_it_less_what_is_without(
    rules: Project, opened: list[Any], asks: dict[str, float], gain_m2: float
) -> None:
    shapes = np.array([square(0, 0), *opened])
    quays = table("quays", [{"quay_id": "k", "geometry": square(0, 0).boundary.intersection(square(0, 1).boundary)}])
    areas = ContiguousAreas(shapes, shapely.area(shapes), rules.assess.shape, quays)
    covers = np.array([[False], [True]])
    blocking = BlockingByPiece(BlockingFactors(("wet",), covers, np.ones(2)), np.minimum(np.arange(len(shapes)), 1))
    assert LeverGains(areas).m2([("wet",)], blocking, activity(**asks)) == [pytest.approx(gain_m2)]


@pytest.mark.parametrize("seed", range(20))
def test_of_drawn_land_the_best_levers_are_tried_and_no_bound_is_too_low(rules: Project, seed: int) -> None:
    """Twenty-five squares under up to two of four reasons; the least area is drawn too."""
    draw = np.random.default_rng(seed)
    names, sets = tuple("abcd"), [(), *combinations(range(4), 1), *combinations(range(4), 2)]
    covers = np.array([[place in members for place in range(4)] for members in sets])
    shapes = np.array([square(x, y) for x in range(5) for y in range(5)])
    place, asks = draw.integers(0, len(sets), 25), activity(least_area_ha=float(draw.integers(1, 6)))
    areas = ContiguousAreas(shapes, shapely.area(shapes), rules.assess.shape)
    blocking = BlockingByPiece(BlockingFactors(names, covers, np.bincount(place, minlength=len(sets)) * 1e4), place)
    levers = [members for size in (1, 2, 3) for members in combinations(names, size)]
    kinds, lifts = np.array([len(members) for members in levers]), np.array([[n in m for n in names] for m in levers])
    gains = LeverGains(areas)
    every = gains.m2(levers, blocking, asks)
    bound_m2, close_m2 = gains.bound_m2(names, lifts, blocking, asks), gains.close_bound_m2(levers, blocking, asks)
    assert (bound_m2 >= close_m2 - 1e-3).all() and (close_m2 >= every - 1e-3).all()
    gained, most, proven = searched(bound_m2, kinds, 2, lambda rows: close_m2[rows], lambda rows: every[rows], {})
    assert (most >= every - 1e-3).all()
    for size in (1, 2, 3):
        best = np.sort(every[kinds == size])[::-1][:2]
        assert np.sort(np.nan_to_num(gained[kinds == size], nan=-1.0))[::-1][:2] == pytest.approx(best)
        assert proven[kinds == size].sum() >= 2
    # Stopped at once, what is called proven still is.
    for rounds in (0, 1, 2):
        soon, most, proven = searched(
            bound_m2, kinds, 2, lambda rows: close_m2[rows], lambda rows: every[rows], {1: 40, 2: 40, 3: rounds}
        )
        assert (most >= every - 1e-3).all()
        untried = every[(kinds == 3) & np.isnan(soon)].max(initial=-np.inf)
        assert (soon[(kinds == 3) & proven] >= untried - 1e-3).all()
