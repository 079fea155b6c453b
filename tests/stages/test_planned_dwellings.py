"""Housing plans under contours: plans and contours drawn in whole squares, and every square judged by itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from squared_paper import square, table

from layers.derived import DERIVED
from pipeline.project.models import AbsentConfig
from pipeline.project.project import Project
from pipeline.project.rules import ConstrainConfig
from pipeline.stages.balance.planned_dwellings import PlanContours, housing_room, housing_under_contours
from pipeline.stages.balance.tables import once_per_plan
from pipeline.stages.constrain import over_plans, run_for_all

HA = 10_000.0
YEARS = (2026, 2030, 2050)
LAND = square(0, 0, 4, 3)  # with a margin of 10 m the box in which contours are given
WIDE, HIGH = 7, 4  # squares on which plans and contours are drawn: some lie outside the box
# What each rule does to dwellings, and to scattered ones: 4 blocks, 3 not known, 2 conditional, 1 attention.
SEVERITY = {
    "open_water": (4, 4),
    "location_risk": (4, 2),
    "noise_zone": (2, 2),
    "groundwater_protection": (1, 1),
    "archaeology": (3, 3),
}
WORDS = {4: "blocks", 3: "unknown", 2: "conditional", 1: "attention"}
ROOMS = {4: "blocked", 3: "unknown", 2: "conditional", 1: "open", 0: "open"}
FEATURES: dict[str, tuple[str, dict[str, Any]]] = {
    "open_water": ("water", {"water_id": "w"}),
    "location_risk": ("safety_contours", {"contour_id": "c", "contour_kind": "location_risk", "risk_class": "1e-6"}),
    "noise_zone": ("noise_zones", {"noise_zone_id": "n", "from_year": 2030, "to_year": 2040}),
    "groundwater_protection": ("groundwater_areas", {"groundwater_id": "g", "groundwater_kind": "protected"}),
}
Cells = set[tuple[int, int]]


def drawn(cells: Cells) -> Any:
    return shapely.union_all([square(*cell) for cell in sorted(cells)])


def some_cells(chance: np.random.Generator, share: float) -> Cells:
    return {(x, y) for x in range(WIDE) for y in range(HIGH) if chance.random() < share} or {(0, 0)}


def config_of(rules: Project, is_known: bool, **card: Any) -> Project:
    """The rules that are drawn here; archaeology, if it is not known, may lie everywhere."""
    chosen = tuple(rule for rule in rules.constrain.constraint if rule.name in SEVERITY)
    treat_as: Any = "none" if is_known else "unknown"
    absent = {"archaeology_areas": AbsentConfig(treat_as=treat_as, basis="drawn")}
    return replace(
        rules,
        constrain=ConstrainConfig(quad_segs=16, constraint=chosen, planned_dwellings=card),
        card=rules.card.model_copy(update={"absent": absent, "absent_together": (), "horizons": YEARS[1:]}),
    )


def answers(config: Project, plans: Any, contours: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables, of plans and features of rules."""
    tables = {
        FEATURES[name][0]: table(FEATURES[name][0], [{**FEATURES[name][1], "geometry": shape}])
        for name, shape in contours.items()
    }
    tables |= {"housing_plans": plans, "cluster_boundaries": boundaries(), "refused": table("refused", [])}
    parts, zones = over_plans(config, tables, LAND, run_for_all(config, tables), {})
    layered = [frame.assign(cluster_id="paper").reset_index(drop=True) for frame in (parts, zones)]
    contours_over = PlanContours("paper", plans, *layered, config)
    return housing_room(contours_over), housing_under_contours(contours_over)


def boundaries() -> Any:
    return table("cluster_boundaries", [{"cluster_id": "paper", "boundary_id": "b", "geometry": LAND}])


@pytest.mark.parametrize("seed", range(12))
def test_every_square_counts_once_by_the_worst_and_in_equal_shares(rules: Project, seed: int) -> None:
    chance = np.random.default_rng(seed)
    is_known, is_scattered = bool(seed % 3), bool(seed % 2)
    cells = {name: some_cells(chance, 0.4) for name in FEATURES}
    plans = {"early": some_cells(chance, 0.3), "late": some_cells(chance, 0.3)}
    rows = [
        {
            "plan_id": name,
            "plan_status": "adopted" if name == "early" else "search_area",
            "dwellings": len(squares) * (2 if is_scattered else 3),
            "from_year": 2030 if name == "late" else None,
            "geometry": drawn(squares),
        }
        for name, squares in plans.items()
    ]
    config = config_of(rules, is_known)
    room, under = answers(
        config, table("housing_plans", rows, object_kind=None), {k: drawn(v) for k, v in cells.items()}
    )
    wanted_room: dict[tuple[str, int, str], float] = defaultdict(float)
    wanted: dict[tuple[str, int, str, str], Any] = defaultdict(lambda: np.zeros(4))
    for name, squares in plans.items():
        for year in [year for year in YEARS if name == "early" or year >= 2030]:
            for x, y in squares:
                over = {rule: SEVERITY[rule][is_scattered] for rule in cells if (x, y) in cells[rule]}
                if not 2030 <= year <= 2040:
                    over.pop("noise_zone", None)
                if not is_known:
                    over["archaeology"] = 3
                # The box ends 10 m beyond the land: a square past it is a tenth inside, and its corner a hundredth.
                beyond = (0.1 if x == 4 else float(x < 4)) * (0.1 if y == 3 else float(y < 3))
                for is_outside, ha in ((False, beyond), (True, 1 - beyond)):
                    here = dict(over)
                    if is_outside and max(here.values(), default=0) < 2:
                        here["outside_contours"] = 3
                    worst = max(here.values(), default=0)
                    wanted_room[name, year, ROOMS[worst]] += ha
                    deciding = [rule for rule, severity in here.items() if severity >= min(worst, 2)]
                    for rule, severity in here.items():
                        decides = rule in deciding
                        share = ha / len(deciding) if decides else 0.0
                        sole = ha if decides and len(deciding) == 1 else 0.0
                        wanted[name, year, rule, WORDS[severity]] += [ha, sole, share, ha * is_outside]
    assert room.groupby("plan_status")["is_hard"].unique().map(list).to_dict() == {
        "adopted": [True],
        "search_area": [False],
    }
    kinds = {"scattered_dwelling" if is_scattered else "dwelling"}
    assert set(room["object_kind"]) == kinds
    per_ha = 2 if is_scattered else 3
    for row in room.to_dict("records"):
        for name in ("blocked", "conditional", "unknown", "open"):
            ha = wanted_room[row["plan_id"], row["year"], name]
            assert row[f"{name}_m2"] == pytest.approx(ha * HA, abs=0.01)
            assert row[f"{name}_dwellings"] == pytest.approx(ha * per_ha, abs=1e-5)
    assert len(room) == 5
    listed = {
        (row["plan_id"], row["year"], row["constraint"], row["effect"]): [
            row[name] / HA for name in ("hit_m2", "sole_m2", "share_m2", "outside_m2")
        ]
        for row in under.to_dict("records")
    }
    real = {key: values for key, values in wanted.items() if values[0] > 0}
    assert set(listed) == set(real)
    for key, values in real.items():
        assert listed[key] == pytest.approx(values.tolist(), abs=1e-6), key
    shares = under.groupby(["plan_id", "year"])["share_m2"].sum()
    limited = room.set_index(["plan_id", "year"])
    together = limited[["blocked_m2", "conditional_m2", "unknown_m2", "attention_m2"]].sum(axis=1)
    assert shares.reindex(together.index, fill_value=0.0).tolist() == pytest.approx(together.tolist(), abs=0.01)


PLAN = {"plan_status": "adopted", "geometry": square(1, 1)}


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        ({"dwellings": 2}, "scattered_dwelling"),
        ({"dwellings": 3}, "dwelling"),
        ({}, "dwelling"),
        ({"dwellings": 1, "object_kind": "very_vulnerable_building"}, "very_vulnerable_building"),
    ],
    ids=["two per hectare", "three per hectare", "not known how many", "what the plan says goes first"],
)
def test_what_rules_take_a_plan_for(rules: Project, plan: dict[str, Any], kind: str) -> None:
    plans = table("housing_plans", [{"plan_id": "p", **PLAN, **plan}])
    room, under = answers(config_of(rules, True), plans, {"location_risk": square(1, 1)})
    assert set(room["object_kind"]) == {kind}
    effect = "conditional" if kind == "scattered_dwelling" else "blocks"
    assert set(under["effect"]) == {effect}
    assert room["blocked_dwellings"].isna().all() == ("dwellings" not in plan)


def test_plans_farther_off_are_not_looked_at(rules: Project) -> None:
    plans = table("housing_plans", [{"plan_id": "p", **PLAN, "geometry": square(14, 1)}])
    for reach_m, count in ((999, 0), (1000, 3)):
        room, _ = answers(config_of(rules, True, reach_m=reach_m), plans, {})
        assert len(room) == count


def test_contours_may_be_given_farther_than_the_box(rules: Project) -> None:
    plans = table("housing_plans", [{"plan_id": "p", **PLAN, "geometry": square(5, 1)}])
    for given_m, open_m2 in ((0, 0.0), (140, 5_000.0), (190, 10_000.0)):
        room, _ = answers(config_of(rules, True, contours_reach_m=given_m), plans, {})
        assert room["open_m2"].tolist() == pytest.approx([open_m2] * 3)
        assert (room["open_m2"] + room["unknown_m2"]).tolist() == pytest.approx([HA] * 3)


def test_a_plan_around_two_clusters_counts_once_in_every_sum(rules: Project) -> None:
    plans = table("housing_plans", [{"plan_id": "p", **PLAN}])
    room, _ = answers(config_of(rules, True), plans, {})
    both = pd.concat([room.assign(cluster_id=name) for name in ("a", "b", "c")])
    config: Any = SimpleNamespace(cluster_groups={"a_and_b": ("a", "b"), "only_c": ("c",)})
    inputs: Any = SimpleNamespace(tables={"housing_room": both}, unit="nederland", config=config)
    every = once_per_plan(DERIVED["housing_room"], lambda _: room, inputs)
    assert every.groupby("cluster_id").size().to_dict() == dict.fromkeys(
        ["a", "b", "c", "nederland", "a_and_b", "only_c"], 3
    )
