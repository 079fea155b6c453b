"""Rooms: the matrix of rules as a lawyer would write it out, cell by cell, and what the conditions ask
of an activity."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import square, table

from layers.columns import OBJECT_KINDS
from pipeline.land.rooms import zone_effect
from pipeline.project.effect_conditions import holds
from pipeline.project.load import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.assess import rooms, without

EFFECT = {"B": "blocks", "?": "unknown", "C": "conditional", "A": "attention", "-": "none"}
NOTHING, CONDITIONAL = "---------", "CCCCCCCCC"
# One letter per object kind: dwelling, scattered dwelling, very vulnerable, vulnerable and limited vulnerable building,
# office, manned installation, unmanned installation, storage. First without the condition, then with it.
MATRIX: dict[str, tuple[str, dict[str, str]]] = {
    "open_water": ("BBBBBBBBB", {}),
    "flood_defence_core": ("BBBBBBBBB", {}),
    "flood_defence_protection": ("CCCCCCCCC", {}),
    "power_line_strip": ("BBBBBBBBC", {}),
    "archaeology": ("CCCCCCCCC", {}),
    "height_limit": ("---------", {"height_above_band": "CCCCCCCCC"}),
    "height_limit_other": ("---------", {"height_above_band": "CCCCCCCCC"}),
    "energy_claim": ("AAAAAAAAA", {"claim_is_decided": "BBBBBBBBB"}),
    "nature_site": ("BBBBBBBBB", {}),
    "nature_distance": ("AAAAAAAAA", {}),
    "groundwater_extraction": ("BBBBBBBBB", {}),
    "groundwater_protection": ("AAAAAAAAA", {"stores_hazardous": "AAAACCCCC"}),
    "pipeline_strip": ("BBBBBBBBB", {}),
    "location_risk": ("BCBBCCC--", {"stores_hazardous": "BCBBCCCAA"}),
    "transport_risk": ("BCBBCCC--", {}),
    "fire_attention_area": ("CCCCCCCAA", {}),
    "explosion_attention_area": ("CCCCCCCAA", {}),
    "toxic_attention_area": ("CCCCAAAAA", {}),
    "prescribed_area": ("CCCCCCC--", {}),
    "risk_area": ("BBBCCCC--", {}),
    "influence_area": ("AAAAAAAAA", {}),
    "own_risk": ("---------", {"risk_reaches_band": "----BBBBB"}),
    "planned_own_risk": ("---------", {"risk_reaches_band": "----BBBBB"}),
    "zoned_site": ("BBCC-----", {}),
    "outside_zoned_sites": ("---------", {"is_noise_maker": "----BBBBB"}),
    "noise_zone": ("CCCC-----", {}),
    "noise_attention_area": ("CCCC-----", {}),
    "noise_budget": ("---------", {"noise_above_band": "----CCCCC"}),
    "dwelling_distance": ("---------", {"category_reaches_band": "----CCCCC"}),
    "dwelling_distance_mixed": ("---------", {"category_reaches_band": "----CCCCC"}),
    "planned_dwelling_distance": ("---------", {"category_reaches_band": "----CCCCC"}),
    "planned_dwelling_distance_mixed": ("---------", {"category_reaches_band": "----CCCCC"}),
    "grid_congestion": (NOTHING, {"takes_power": CONDITIONAL}),
    "grid_capacity": (NOTHING, {"power_above_band": CONDITIONAL}),
    "grid_not_known": (NOTHING, {"takes_power": "?????????"}),
    "grid_two_areas": (NOTHING, {"power_above_band": CONDITIONAL}),
    "grid_outside_areas": (NOTHING, {"takes_power": "?????????"}),
    "grid_after_relief": (NOTHING, {"takes_power": "AAAAAAAAA"}),
    "industrial_water_supply": (NOTHING, {"takes_water": CONDITIONAL}),
    "industrial_water_capacity": (NOTHING, {"water_above_band": CONDITIONAL}),
    "hydrogen_supply": (NOTHING, {"takes_hydrogen": CONDITIONAL}),
    "carbon_dioxide_supply": (NOTHING, {"takes_carbon_dioxide": CONDITIONAL}),
    "heat_supply": (NOTHING, {"takes_heat": CONDITIONAL}),
    "steam_supply": (NOTHING, {"takes_steam": CONDITIONAL}),
    "rail_siding": (NOTHING, {"needs_rail": CONDITIONAL}),
    "road_distance": (NOTHING, {"road_beyond_band": CONDITIONAL}),
}
# An activity that meets no condition, and what it takes to meet each in band 300 (metres, dB or metres of height).
QUIET = {
    "category": "3.2",
    "is_noise_maker": False,
    "emits_nitrogen": False,
    "noise_dba_m2": 0,
    "height_m": 0,
    "risk_radius_m": 0,
    "seveso": "none",
}
MEETS: dict[str, dict[str, Any]] = {
    "category_reaches_band": {"category": "6"},
    "risk_reaches_band": {"risk_radius_m": 500},
    "noise_above_band": {"noise_dba_m2": 66},
    "height_above_band": {"height_m": 66},
    "is_noise_maker": {"is_noise_maker": True},
    "emits_nitrogen": {"emits_nitrogen": True},
    "stores_hazardous": {"seveso": "high"},
    "claim_is_decided": {},
    "takes_power": {"power_mw": 1},
    "power_above_band": {"power_mw": 66},
    "takes_water": {"water_m3_year": 1},
    "water_above_band": {"water_m3_year": 66},
    **{f"takes_{name}": {"connections": [name]} for name in ("hydrogen", "carbon_dioxide", "heat", "steam")},
    "needs_rail": {"needs_rail": True},
    "road_beyond_band": {"most_road_m": 65},
}
NUMBERED = (
    "noise_budget",
    "height_limit",
    "height_limit_other",
    "grid_capacity",
    "grid_two_areas",
    "industrial_water_capacity",
)
BANDS = dict.fromkeys((*NUMBERED, "road_distance"), "65") | {"energy_claim": "likely"}
CELLS = [
    pytest.param(name, kind, condition, letters[place], id=f"{name} {kind} {condition or 'without condition'}")
    for name, (plain, conditions) in MATRIX.items()
    for condition, letters in [("", plain), *conditions.items()]
    for place, kind in enumerate(OBJECT_KINDS)
]


def activity(**more: Any) -> ProfileConfig:
    base = {
        "title": "P",
        "least_area_ha": 0,
        "least_width_m": 0,
        "object_kinds": ["storage"],
        "basis": "x",
        "certainty": "U",
    }
    return ProfileConfig.model_validate({**base, **QUIET, **more})


def rules_of(project: Project, **profiles: ProfileConfig) -> Project:
    return replace(project, profiles=profiles)


@pytest.mark.parametrize(("name", "kind", "condition", "letter"), CELLS)
def test_every_cell_of_the_matrix(rules: Project, name: str, kind: str, condition: str, letter: str) -> None:
    band = BANDS.get(name, "300") if name in BANDS or "distance" in name or "own_risk" in name else None
    band = {"claim_is_decided": "decided"}.get(condition, band)
    profile = activity(object_kinds=[kind], **MEETS.get(condition, {}))
    constraint = next(rule for rule in rules.constrain.constraint if rule.name == name)
    effects = [effect for effect in rules.effects if effect.constraint == name]
    assert zone_effect(band, profile, effects, (constraint, rules.assess)) == EFFECT[letter]


def test_the_written_matrix_names_every_constraint(rules: Project) -> None:
    assert sorted(MATRIX) == sorted(rule.name for rule in rules.constrain.constraint)


def test_the_written_matrix_names_every_condition(rules: Project) -> None:
    wanted = {(effect.constraint, effect.condition) for effect in rules.effects if effect.condition != "always"}
    assert wanted == {(name, condition) for name, (_, conditions) in MATRIX.items() for condition in conditions}


# VNG Bedrijven en milieuzonering 2009: metres in a quiet residential area, and in a mixed area.
VNG = {
    "1": (10, 0),
    "2": (30, 10),
    "3.1": (50, 30),
    "3.2": (100, 50),
    "4.1": (200, 100),
    "4.2": (300, 200),
    "5.1": (500, 300),
    "5.2": (700, 500),
    "5.3": (1000, 700),
    "6": (1500, 1000),
}


@pytest.mark.parametrize(("category", "metres"), VNG.items())
def test_the_guideline_distances(rules: Project, category: str, metres: tuple[int, int]) -> None:
    card = rules.assess.category_distances
    assert (card.metres("quiet", category), card.metres("mixed", category)) == metres


def test_categories_are_an_order(rules: Project) -> None:
    assert list(rules.assess.categories) == list(VNG)


@pytest.mark.parametrize("category", VNG)
@pytest.mark.parametrize("step", [10, 30, 50, 100, 200, 300, 500, 700, 1000, 1500])
@pytest.mark.parametrize(("name", "place"), [("dwelling_distance", 0), ("dwelling_distance_mixed", 1)])
def test_a_category_reaches_the_steps_up_to_its_distance(
    rules: Project, name: str, place: int, step: int, category: str
) -> None:
    rule = next(rule for rule in rules.constrain.constraint if rule.name == name)
    if str(step) not in rule.geometry.bands:  # type: ignore[union-attr]
        assert step > max(metres[place] for metres in VNG.values())  # the ladder ends where no category reaches
        return
    reaches = holds("category_reaches_band", str(step), activity(category=category), (rule, rules.assess))
    assert reaches == (step <= VNG[category][place])


@pytest.mark.parametrize(
    ("condition", "profile", "expected"),
    [
        pytest.param(
            "risk_reaches_band", {"risk_radius_m": 200}, True, id="unknown dwellings matter to an own contour"
        ),
        pytest.param("risk_reaches_band", {}, False, id="and not without one"),
        pytest.param("noise_above_band", {"noise_dba_m2": 55}, True, id="an unknown budget matters to noise"),
        pytest.param("noise_above_band", {}, False, id="and not to silence"),
        pytest.param("height_above_band", {"height_m": 5}, True, id="an unknown height limit matters to a building"),
        pytest.param(
            "category_reaches_band", {"category": "1"}, True, id="unknown dwellings matter to the lightest category"
        ),
    ],
)
def test_what_is_not_known_counts_as_the_worst(
    rules: Project, condition: str, profile: dict[str, Any], expected: bool
) -> None:
    rule = next(rule for rule in rules.constrain.constraint if rule.name == "dwelling_distance")
    assert holds(condition, "unknown", activity(**profile), (rule, rules.assess)) == expected


@pytest.mark.parametrize(
    ("budget", "wanted", "room"),
    [
        ("60", 60, "open"),
        ("60", 60.1, "conditional"),
        ("9.5", 60, "conditional"),
        ("unknown", 60, "unknown"),
        ("60", 0, "open"),
    ],
)
def test_a_noise_budget_is_a_number_not_a_word(rules: Project, budget: str, wanted: float, room: str) -> None:
    zone = {
        "zone_id": "noise_budget.x",
        "constraint": "noise_budget",
        "band": budget,
        "zone_title": "z",
        "geometry": square(0, 0),
    }
    row = room_under(rules, [zone], activity(noise_dba_m2=wanted))
    assert row["room"] == room


def room_under(
    rules: Project, zones: list[dict[str, Any]], profile: ProfileConfig, plan: str = "6", year: int = 2026
) -> dict[str, Any]:
    drawn = table(
        "zones", zones, cluster_id="paper", theme="safety", direction="onto", standing="law", basis="b", certainty="C"
    )
    combos = pd.DataFrame(
        {"combination_id": ["c"], "zones": [" ".join(sorted(zone["zone_id"] for zone in zones)) or None]}
    )
    pairs = pd.DataFrame({"combination_id": ["c"], "plan_category": [plan]})
    return dict(rooms(combos, drawn, pairs, [year], rules_of(rules, p=profile)).iloc[0])


def zone(name: str, **more: Any) -> dict[str, Any]:
    return {"zone_id": name, "constraint": name, "zone_title": name, "geometry": square(0, 0)} | more


@pytest.mark.parametrize(
    ("certainty", "room"),
    [("decided", "blocked"), ("likely", "open"), ("explored", "open"), ("unknown", "unknown")],
)
def test_a_decided_claim_takes_land_and_one_of_unknown_certainty_may(rules: Project, certainty: str, room: str) -> None:
    assert room_under(rules, [zone("energy_claim", band=certainty)], activity())["room"] == room


@pytest.mark.parametrize(
    ("drawn", "since"),
    [
        pytest.param([], 2026, id="no rule"),
        pytest.param([{"valid_to": 2031}], 2032, id="a rule that ends"),
        pytest.param([{"valid_from": 2030, "valid_to": 2040}], 2041, id="a rule that begins and ends in between"),
        pytest.param([{"valid_to": 2028}, {"valid_to": 2045}], 2046, id="the last of two"),
        pytest.param([{"valid_from": 2051}], 2026, id="a rule that comes later"),
        pytest.param([{"valid_from": 2050}], None, id="a rule that begins in that year"),
    ],
)
def test_room_is_there_since_the_last_rule_ended(rules: Project, drawn: list[Any], since: int | None) -> None:
    """In 2050, of an activity that each of these rules bars."""
    zones = [zone("open_water", zone_id=f"open_water{number}") | years for number, years in enumerate(drawn)]
    drawn_zones = table(
        "zones", zones, cluster_id="paper", theme="water", direction="onto", standing="law", basis="b", certainty="C"
    )
    names = " ".join(sorted(each["zone_id"] for each in zones)) or None
    combos = pd.DataFrame({"combination_id": ["c"], "zones": [names]})
    pairs = pd.DataFrame({"combination_id": ["c"], "plan_category": ["6"]})
    result = rooms(combos, drawn_zones, pairs, [2026, 2050], rules_of(rules, p=activity()))
    last = result[result["year"] == 2050].iloc[0]
    assert (None if pd.isna(last["open_since"]) else int(last["open_since"])) == since
    assert (last["room"] == "open") == (since is not None)


def test_attention_decides_nothing_and_is_listed(rules: Project) -> None:
    row = room_under(
        rules,
        [zone("energy_claim", band="likely"), zone("nature_distance", band="500")],
        activity(emits_nitrogen=True),
    )
    assert (row["room"], row["attention"]) == ("open", "energy_claim nature_distance")


def test_all_that_limits_is_listed_and_the_worst_is_the_reason(rules: Project) -> None:
    row = room_under(rules, [zone("archaeology"), zone("open_water")], activity(), plan="3.1")
    assert row["room"] == "blocked" and row["reasons"] == "open_water plan_category"
    assert sorted(row["limiting"].split(" ")) == ["archaeology", "open_water", "plan_category"]


def test_a_constraint_set_aside_leaves_the_others(rules: Project) -> None:
    zones = [zone("archaeology"), zone("open_water")]
    drawn = table(
        "zones", zones, cluster_id="p", theme="safety", direction="onto", standing="law", basis="b", certainty="C"
    )
    combos = pd.DataFrame({"combination_id": ["c"], "zones": ["archaeology open_water"]})
    pairs = pd.DataFrame({"combination_id": ["c"], "plan_category": ["6"]})
    row = rooms(combos, without(drawn, {"open_water"}), pairs, [2026], rules_of(rules, p=activity()))
    assert row[["room", "limiting"]].iloc[0].tolist() == ["conditional", "archaeology"]


@given(st.lists(st.sampled_from(sorted(MATRIX)), unique=True, max_size=6), st.randoms())
def test_the_order_of_zones_changes_nothing(rules: Project, names: list[str], chance: Any) -> None:
    bands = {name: BANDS.get(name, "300" if "distance" in name or "own_risk" in name else None) for name in names}
    zones = [zone(name, band=bands[name]) for name in names]
    mixed = list(zones)
    chance.shuffle(mixed)
    profile = activity(object_kinds=["office", "storage"], category="5.1", noise_dba_m2=70)
    assert str(room_under(rules, zones, profile)) == str(room_under(rules, mixed, profile))
