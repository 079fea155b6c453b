"""Assess: the written tables of rule and verdict, then size, width and quay; and what is measured of a plot."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import shapely
import shapely.affinity
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import CORNER, holdings, overlay, square, table

from layers.closed_lists import HOLDINGS, ROOMS
from layers.derived import DERIVED
from pipeline.land.land import PAIR, assessed_land
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.load import Project
from pipeline.project.rules import ProfileConfig
from pipeline.spatial.geometry import is_wide, width
from pipeline.stages.assess import assess, rooms


def profile(**more: Any) -> ProfileConfig:
    base = {
        "title": "P",
        "least_area_ha": 0,
        "least_width_m": 0,
        "category": "4.2",
        "object_kinds": ["storage"],
        "is_noise_maker": False,
        "emits_nitrogen": False,
        "noise_dba_m2": 0,
        "height_m": 0,
        "risk_radius_m": 0,
        "seveso": "none",
        "basis": "x",
        "certainty": "U",
    }
    return ProfileConfig.model_validate({**base, **more})


def room(
    rules: Project, zone: dict[str, Any] | None, activity: ProfileConfig, plan: str = "6", year: int = 2026
) -> str:
    """The room of an activity under one zone, on land with this category in its plan."""
    rows = (
        [
            {
                "zone_id": "z",
                "zone_title": "z",
                "geometry": square(0, 0),
                "theme": "safety",
                "direction": "onto",
                "standing": "law",
                "basis": "b",
                "certainty": "C",
                **zone,
            }
        ]
        if zone
        else []
    )
    combos = pd.DataFrame({"combination_id": ["c"], "zones": ["z" if zone else None]})
    pairs = pd.DataFrame({"combination_id": ["c"], "plan_category": [plan]})
    card = replace(rules, profiles={"p": activity})
    return str(rooms(combos, table("zones", rows, cluster_id="paper"), pairs, [year], card)["room"].iloc[0])


STORE, OFFICE, HALL = ({"object_kinds": [kind]} for kind in ("storage", "office", "limited_vulnerable_building"))


@pytest.mark.parametrize(
    ("zone", "activity", "expected"),
    [
        pytest.param(None, STORE, "open", id="no zone"),
        pytest.param({"constraint": "open_water"}, STORE, "blocked", id="water"),
        pytest.param({"constraint": "nature_site"}, STORE, "blocked", id="in a nature site"),
        pytest.param({"constraint": "pipeline_strip"}, STORE, "blocked", id="over a pipeline"),
        pytest.param({"constraint": "location_risk"}, STORE, "open", id="a neighbour's 1e-6 contour bans no tank"),
        pytest.param({"constraint": "location_risk"}, OFFICE, "conditional", id="it conditions an office"),
        pytest.param(
            {"constraint": "location_risk"}, {"object_kinds": ["dwelling"]}, "blocked", id="it bans a dwelling"
        ),
        pytest.param(
            {"constraint": "location_risk"},
            {"object_kinds": ["storage", "vulnerable_building"]},
            "blocked",
            id="the worst of what an activity builds decides",
        ),
        pytest.param(
            {"constraint": "fire_attention_area"}, STORE, "open", id="fire attention area, tank: attention only"
        ),
        pytest.param(
            {"constraint": "fire_attention_area"}, HALL, "conditional", id="fire attention area, industrial building"
        ),
        pytest.param(
            {"constraint": "toxic_attention_area"}, OFFICE, "open", id="toxic attention area, office: attention only"
        ),
        pytest.param({"constraint": "risk_area"}, STORE, "open", id="risk area: the place for it"),
        pytest.param({"constraint": "risk_area"}, OFFICE, "conditional", id="risk area, office"),
        pytest.param({"constraint": "influence_area"}, OFFICE, "open", id="old influence area: a signal"),
        pytest.param(
            {"constraint": "zoned_site"}, {"is_noise_maker": True}, "open", id="large noise maker on a zoned site"
        ),
        pytest.param(
            {"constraint": "outside_zoned_sites"},
            {"is_noise_maker": True},
            "blocked",
            id="large noise maker outside any",
        ),
        pytest.param({"constraint": "outside_zoned_sites"}, {}, "open", id="quiet activity outside any"),
        pytest.param({"constraint": "noise_zone"}, STORE, "open", id="a noise zone never bans industry"),
        pytest.param(
            {"constraint": "noise_attention_area"},
            {"object_kinds": ["dwelling"]},
            "conditional",
            id="dwelling in an attention area",
        ),
        pytest.param(
            {"constraint": "nature_distance", "band": "1000"},
            {"emits_nitrogen": True},
            "open",
            id="nitrogen near nature: attention, never a verdict",
        ),
        pytest.param({"constraint": "nature_distance", "band": "1000"}, {}, "open", id="no nitrogen near nature"),
        pytest.param(
            {"constraint": "dwelling_distance", "band": "300"},
            {"category": "4.2"},
            "conditional",
            id="category 4.2 within its distance",
        ),
        pytest.param(
            {"constraint": "dwelling_distance", "band": "500"},
            {"category": "4.2"},
            "open",
            id="category 4.2 beyond its distance",
        ),
        pytest.param(
            {"constraint": "dwelling_distance", "band": "50"},
            {"category": "6"},
            "conditional",
            id="category 6 much too close",
        ),
        pytest.param(
            {"constraint": "dwelling_distance", "band": "1000"},
            {"category": "6"},
            "conditional",
            id="category 6 after 5.3: an order, no numbers",
        ),
        pytest.param(
            {"constraint": "planned_dwelling_distance", "band": "300", "valid_from": 2030},
            {"category": "4.2"},
            "open",
            id="a plan that is not there yet",
        ),
        pytest.param(
            {"constraint": "dwelling_distance", "band": "unknown"},
            {"category": "2"},
            "unknown",
            id="no record of dwellings: unknown",
        ),
        pytest.param(
            {"constraint": "location_risk", "band": "unknown"},
            STORE,
            "open",
            id="no record of contours, and they would not matter",
        ),
    ],
)
def test_what_a_zone_does_to_an_activity(
    rules: Project, zone: dict[str, Any] | None, activity: dict[str, Any], expected: str
) -> None:
    assert room(rules, zone, profile(**activity)) == expected


def test_a_plan_counts_from_its_year_on(rules: Project) -> None:
    zone = {"constraint": "planned_dwelling_distance", "band": "300", "valid_from": 2030}
    assert [room(rules, zone, profile(), year=year) for year in (2029, 2030, 2050)] == [
        "open",
        "conditional",
        "conditional",
    ]


@pytest.mark.parametrize(
    ("plan", "expected"), [("4.2", "open"), ("6", "open"), ("4.1", "blocked"), ("unknown", "unknown")]
)
def test_the_plan_admits_up_to_its_category(rules: Project, plan: str, expected: str) -> None:
    assert room(rules, None, profile(category="4.2"), plan=plan) == expected


@pytest.mark.parametrize("holding", HOLDINGS)
@pytest.mark.parametrize("room", ROOMS)
def test_only_free_and_open_land_can_be_usable(rules: Project, holding: str, room: str) -> None:
    verdict = next(row for row in rules.verdicts if row.holding == holding).verdict(room)
    assert (verdict == "usable") == (holding == "free" and room == "open")
    assert (verdict == "unknown") == (holding == "unknown" or (holding == "free" and room == "unknown"))


def inputs(rules: Project, activity: ProfileConfig, quays: Any = None, **shapes: Any) -> dict[str, str]:
    """The verdict per plot, all of them free, without zones."""
    land = holdings(**shapes)
    pieces, combos = overlay(land, table("zones", []))
    rows = [
        {"holding_id": name, "year": 2026, "case": "earliest", "tenure_status": "free", "decided_by": "register"}
        for name in shapes
    ]
    card = replace(rules, profiles={"p": activity})
    drawn = {"pieces": pieces, "holdings": land, "holding_states": table("holding_states", rows), "rooms": None}
    ground = assessed_land("paper", drawn)
    pairs = ground.pieces[PAIR].drop_duplicates()
    ground = replace(ground, rooms=rooms(combos, table("zones", []), pairs, [2026], card))
    verdicts = assess(ground, card, ContiguousAreas(ground.shapes, ground.area_m2, rules.assess.shape, quays))
    return dict(
        zip(pieces.set_index("piece_id").loc[verdicts["piece_id"], "holding_id"], verdicts["verdict"], strict=True)
    )


@pytest.mark.parametrize(
    ("needs", "shapes", "expected"),
    [
        pytest.param({"least_area_ha": 1}, {"a": square(0, 0)}, ["usable"], id="just large enough"),
        pytest.param({"least_area_ha": 1.1}, {"a": square(0, 0)}, ["too_small"], id="too small"),
        pytest.param(
            {"least_area_ha": 2},
            {"a": square(0, 0), "b": square(1, 0)},
            ["usable", "usable"],
            id="two that touch count together",
        ),
        pytest.param(
            {"least_area_ha": 2},
            {"a": square(0, 0), "b": square(1, 1)},
            ["too_small", "too_small"],
            id="a shared corner is no neighbour",
        ),
        pytest.param(
            {"least_area_ha": 2},
            {"a": square(0, 0), "b": square(1.01, 0)},
            ["too_small", "too_small"],
            id="a metre apart is no neighbour",
        ),
        pytest.param({"least_width_m": 90}, {"a": square(0, 0, 2, 0.5)}, ["too_narrow"], id="long and narrow"),
        pytest.param({"least_width_m": 40}, {"a": square(0, 0, 2, 0.5)}, ["usable"], id="wide enough"),
        pytest.param(
            {"least_width_m": 80},
            {"a": square(0, 0, 1, 0.5), "b": square(0, 0.5, 1, 0.5)},
            ["usable", "usable"],
            id="wide enough together",
        ),
        pytest.param({"least_quay_m": 50}, {"a": square(0, 0)}, ["unknown"], id="needs a quay and no quays are known"),
    ],
)
def test_fit(rules: Project, needs: dict[str, Any], shapes: dict[str, Any], expected: list[str]) -> None:
    assert list(inputs(rules, profile(**needs), **shapes).values()) == expected


@pytest.mark.parametrize("degrees", range(3, 90, 12))
def test_exactly_enough_is_enough_in_any_direction(rules: Project, degrees: int) -> None:
    """A plot of 200 x 100 m with 200 m of quay, turned and drawn to a millimetre; and one half a metre short."""
    line = shapely.LineString([(CORNER[0] - 300, CORNER[1] - 5), (CORNER[0] + 600, CORNER[1] - 5)])
    activity = profile(least_area_ha=2, least_width_m=100, least_quay_m=200)

    def turned(shape: Any) -> Any:
        return shapely.set_precision(shapely.affinity.rotate(shape, degrees, CORNER), 0.001)

    quays = table("quays", [{"quay_id": "q", "geometry": turned(line)}])
    verdicts = [inputs(rules, activity, quays, a=turned(square(0, 0, wide, 1)))["a"] for wide in (2, 1.995)]
    assert verdicts == ["usable", "too_small"]


@pytest.mark.parametrize(("length", "expected"), [(60, "usable"), (20, "no_quay")])
def test_a_quay_must_lie_along_the_land(rules: Project, length: float, expected: str) -> None:
    line = shapely.LineString([CORNER, (CORNER[0] + length, CORNER[1])])
    quays = table("quays", [{"quay_id": "q", "geometry": line}])
    assert inputs(rules, profile(least_quay_m=50), quays, a=square(0, 0))["a"] == expected


def test_width_is_the_largest_circle_not_a_box() -> None:
    ell = shapely.union(square(0, 0, 3, 0.5), square(0, 0, 0.5, 3))
    assert width(ell) == pytest.approx(2 * 50 * (2 - math.sqrt(2)), abs=1.5)


@pytest.mark.parametrize("degrees", [0, 17, 45])
def test_land_of_just_the_least_width_is_wide_enough(degrees: float) -> None:
    """However long it is, and however it lies."""
    strip = shapely.affinity.rotate(shapely.box(0, 0, 3000, 150), degrees)
    assert is_wide(strip, 150.0) and not is_wide(strip, 150.1)
    assert width(strip) == pytest.approx(150.0, abs=0.1)


effects = st.lists(
    st.sampled_from(["open_water", "location_risk", "dwelling_distance", "noise_zone", "risk_area"]),
    max_size=4,
    unique=True,
)


@given(effects, st.sampled_from(["storage", "office", "dwelling"]))
def test_one_more_zone_never_gives_more_room(rules: Project, names: list[str], kind: str) -> None:
    rows = [
        {
            "zone_id": name,
            "constraint": name,
            "zone_title": name,
            "band": "300" if name == "dwelling_distance" else None,
            "geometry": square(0, 0),
        }
        for name in names
    ]
    drawn = table(
        "zones", rows, cluster_id="paper", theme="safety", direction="onto", standing="law", basis="b", certainty="C"
    )
    combos = pd.DataFrame(
        {"combination_id": ["less", "more"], "zones": [" ".join(names[:-1]) or None, " ".join(names) or None]}
    )
    pairs = combos[["combination_id"]].assign(plan_category="6")
    room = rooms(
        combos,
        drawn,
        pairs,
        [2026],
        replace(rules, profiles={"p": profile(object_kinds=[kind])}),
    ).set_index("combination_id")["room"]
    order = ["open", "conditional", "unknown", "blocked"]
    assert order.index(room["more"]) >= order.index(room["less"])


def test_a_cluster_without_plots_has_no_assessments(rules: Project) -> None:
    names = ("pieces", "holdings", "holding_states", "rooms")
    land = assessed_land("paper", {name: DERIVED[name].empty() for name in names})
    areas = ContiguousAreas(land.shapes, land.area_m2, rules.assess.shape)
    assert assess(land, rules, areas).equals(DERIVED["assessments"].empty())
