"""Room by aspect on drawn land: what each theme leaves by itself, and what is not known of an aspect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cut_port import Port, activity
from squared_paper import square, table

from layers.columns import ASPECTS
from pipeline.project.load import Project
from pipeline.project.models import AbsentConfig
from pipeline.project.scenario import ScenarioConfig
from pipeline.stages.balance.aspects import room_by_aspect
from pipeline.stages.balance.measures import measures_of_aspects

LAND = {"a": square(0, 0), "b": square(1, 0), "c": square(2, 0)}
WATER = table("water", [{"water_id": "1", "geometry": square(0, 0)}])
FINDS = table(
    "archaeology_areas", [{"archaeology_area_id": "1", "archaeology_kind": "high", "geometry": square(0, 0, 2, 1)}]
)
EXTRACTION = table(
    "groundwater_areas",
    [{"groundwater_area_id": "1", "groundwater_kind": "protected", "geometry": square(1, 0, 2, 1)}],
)
ALL = {"water": WATER, "archaeology_areas": FINDS, "groundwater_areas": EXTRACTION}
NAMES = ["open_water", "archaeology", "groundwater_protection", "nature_distance", "grid_congestion"]
ROOMS = ("open", "conditional", "blocked", "unknown")


def drawn(
    project: Project, layers: dict[str, Any], lifted: tuple[str, ...] = (), power_mw: float = 0, **absent: str
) -> Any:
    """Room by aspect (ha) of three plots of a hectare, of which c has a user; `absent`: layers not supplied."""
    cards = {name: AbsentConfig(treat_as=treatment, basis="drawn") for name, treatment in absent.items()}
    scenario = (
        ScenarioConfig.model_validate({"title": "x", "basis": "x", "lift": {"reasons": lifted}}) if lifted else None
    )
    card = project.card.model_copy(update={"absent": cards})
    effects = tuple(
        effect.model_copy(update={"effect": "none"}) if effect.constraint in lifted else effect
        for effect in project.effects
    )
    project = replace(project, card=card, scenario=scenario, effects=effects)
    port = Port(
        project,
        LAND,
        layers,
        rules=NAMES,
        free={"a", "b"},
        absent=cards,
        profiles={"p": activity(category="1", power_mw=power_mw)},
    )
    rows = room_by_aspect(port.ground, port.book).query("year == 2030 and case == 'latest'").set_index("aspect")
    m2 = [name for name in rows if name.endswith("_m2")]
    return rows.assign(**(rows[m2] / 10_000))


def hectares(row: Any, prefix: str = "") -> tuple[float, ...]:
    return tuple(round(float(row[f"{prefix}{room}_m2"]), 6) for room in ROOMS)


def test_each_theme_is_judged_by_itself(rules: Project) -> None:
    rows = drawn(rules, ALL)
    assert sorted(rows.index) == sorted(ASPECTS)
    assert hectares(rows.loc["water"]) == (2, 0, 1, 0) and hectares(rows.loc["water"], "free_") == (1, 0, 1, 0)
    assert hectares(rows.loc["physical"]) == (1, 2, 0, 0) and hectares(rows.loc["physical"], "free_") == (0, 2, 0, 0)
    # What asks attention has room.
    assert rows.loc["water", "attention_m2"] == 2 and rows.loc["physical", "attention_m2"] == 0
    # What stores hazardous goods would be limited near groundwater; this activity is not.
    assert rows["rule_count"].loc[["water", "physical", "nitrogen", "air", "land_use_plan"]].tolist() == [1, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("power_mw", "given", "room"),
    [
        pytest.param(0, {"feeding_areas": "unknown"}, (3, 0, 0, 0), id="no power is asked"),
        pytest.param(5, {"feeding_areas": "unknown"}, (0, 0, 0, 3), id="power is asked, of the grid nothing is known"),
        pytest.param(5, {"feeding_areas": "none"}, (3, 0, 0, 0), id="the grid is said to be full nowhere"),
    ],
)
def test_an_activity_has_room_on_a_need_that_it_does_not_have(
    rules: Project, power_mw: float, given: dict[str, str], room: tuple[int, ...]
) -> None:
    assert hectares(drawn(rules, ALL, power_mw=power_mw, **given).loc["grid"]) == room


@pytest.mark.parametrize("aspect", ["nitrogen", "air", "noise"])
def test_without_a_rule_that_decides_nothing_is_known(rules: Project, aspect: str) -> None:
    """Nearness of nature asks attention and is no test; of air and noise there is no rule here."""
    rows = drawn(rules, ALL)
    assert hectares(rows.loc[aspect]) == (0, 0, 0, 3) and hectares(rows.loc[aspect], "free_") == (0, 0, 0, 2)
    assert rows.loc[aspect, "rule_count"] == 0


@pytest.mark.parametrize(
    ("absent", "water", "as_none", "as_unknown"),
    [
        pytest.param({"water": "unknown"}, (0, 0, 0, 3), None, "water", id="what is not known may be anywhere"),
        pytest.param({"water": "none"}, (3, 0, 0, 0), "water", None, id="declared to be nothing"),
        pytest.param(
            {"water": "unknown", "groundwater_areas": "unknown"},
            (0, 0, 0, 3),
            None,
            "groundwater_areas water",
            id="nothing known of the aspect",
        ),
        pytest.param(
            {"groundwater_areas": "unknown"}, (2, 0, 1, 0), None, "groundwater_areas", id="its rule asks attention"
        ),
        pytest.param(
            {"water": "none", "groundwater_areas": "none"},
            (3, 0, 0, 0),
            "groundwater_areas water",
            None,
            id="no layers",
        ),
    ],
)
def test_layers_that_were_not_supplied(
    rules: Project, absent: dict[str, str], water: tuple[int, ...], as_none: str | None, as_unknown: str | None
) -> None:
    layers = {name: frame for name, frame in ALL.items() if name not in absent}
    row = drawn(rules, layers, **absent).loc["water"]
    assert hectares(row) == water
    given = {name: row[name] for name in ("as_none", "as_unknown") if isinstance(row[name], str)}
    assert given == {name: text for name, text in {"as_none": as_none, "as_unknown": as_unknown}.items() if text}


def test_a_layer_less_never_gives_room_on_its_aspect(rules: Project) -> None:
    """Also where the rule of that layer could do nothing to this activity: of the aspect nothing is known then."""
    before, after = drawn(rules, ALL), drawn(rules, {"water": WATER}, archaeology_areas="unknown")
    assert (after["open_m2"] <= before["open_m2"] + 1e-9).all()
    assert hectares(after.loc["physical"]) == (0, 0, 0, 3)


def test_what_a_scenario_lifts_limits_nothing(rules: Project) -> None:
    """Whether its layer is known or not; a signal that is lifted decides no more than before."""
    lifted = ("archaeology", "nature_distance")
    for rows in (drawn(rules, ALL, lifted), drawn(rules, {"water": WATER}, lifted, archaeology_areas="unknown")):
        assert hectares(rows.loc["physical"]) == (3, 0, 0, 0)
        assert hectares(rows.loc["nitrogen"]) == (0, 0, 0, 3)


def test_the_figures_of_an_aspect_add_up_to_the_tenth(rules: Project) -> None:
    """In whichever case for all land, in each for what is free; without rows of nothing."""
    port = Port(rules, LAND, ALL, rules=NAMES, free={"a"})
    of_all, free = measures_of_aspects(room_by_aspect(port.ground, port.book))
    assert set(of_all["case"]) == {"both"} and set(free["case"]) == {"earliest", "latest"}
    for rows, total in ((of_all, 30_000), (free, 10_000)):
        sums = rows["area_m2"].groupby([rows["year"], rows["case"], rows["heading"].str.split(".").str[0]]).sum()
        assert sums.tolist() == [total] * len(sums) and (rows["area_m2"] > 0).all()
