"""Constrain: where each reason applies, in shapes one can draw."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import CORNER, square, table

from pipeline.land.road_network import metres_by_road
from pipeline.land.rooms import zone_effect
from pipeline.project.effect_conditions import SEVERITY
from pipeline.project.load import Project
from pipeline.project.measure import NetworkMeasureConfig
from pipeline.project.models import AbsentConfig
from pipeline.project.rules import ConstrainConfig
from pipeline.stages.constrain import RoadLimits, constrain

POINT = shapely.Point(CORNER[0] + 1000, CORNER[1] + 1000)


def zones(
    layer: str, features: Any, land: Any = None, absent: dict[str, AbsentConfig] | None = None, **more: Any
) -> Any:
    card = ConstrainConfig.model_validate(
        {
            "quad_segs": 64,
            "constraint": [
                {
                    "name": "rule",
                    "title": "Regel",
                    "layer": layer,
                    "theme": "safety",
                    "direction": "onto",
                    "standing": "guideline",
                    "basis": "wet",
                    "source": "getekend",
                    "certainty": "C",
                    **more,
                }
            ],
        }
    )
    layers = {} if features is None else {layer: features}
    return constrain(layers, land or square(0, 0, 20, 20), card, absent or {}, this_year=2026)


def homes(*points: Any) -> Any:
    return table(
        "sensitive_buildings",
        [{"building_id": str(n), "object_kind": "dwelling", "geometry": p} for n, p in enumerate(points)],
    )


def test_an_area_is_the_union_of_its_features() -> None:
    wet = table(
        "water", [{"water_id": "1", "geometry": square(0, 0, 2, 1)}, {"water_id": "2", "geometry": square(1, 0, 2, 1)}]
    )
    drawn = zones("water", wet, geometry={"kind": "area"})
    assert drawn["zone_id"].tolist() == ["rule"] and drawn.geometry.area.tolist() == [30_000]


def test_a_buffer_is_a_true_circle_within_its_segments() -> None:
    drawn = zones("sensitive_buildings", homes(POINT), geometry={"kind": "buffer", "distance_m": 100})
    assert drawn.geometry.area.iloc[0] == pytest.approx(math.pi * 100**2, rel=2e-4)


def test_rings_lie_around_each_other_without_overlap() -> None:
    drawn = zones("sensitive_buildings", homes(POINT), geometry={"kind": "rings", "bands": {"1": 100, "2": 300}})
    inner, outer = drawn.geometry
    assert drawn["band"].tolist() == ["1", "2"] and shapely.area(shapely.intersection(inner, outer)) == pytest.approx(
        0, abs=1e-6
    )
    assert inner.area + outer.area == pytest.approx(math.pi * 300**2, rel=2e-4)


def test_a_source_outside_the_land_still_reaches_in() -> None:
    far = shapely.Point(CORNER[0] - 200, CORNER[1] + 1000)
    drawn = zones("sensitive_buildings", homes(far), geometry={"kind": "buffer", "distance_m": 300})
    assert shapely.covers(drawn.geometry.iloc[0], shapely.Point(CORNER[0] + 50, CORNER[1] + 1000))


def test_a_source_beyond_its_distance_makes_no_zone() -> None:
    far = shapely.Point(CORNER[0] - 500, CORNER[1] + 1000)
    assert len(zones("sensitive_buildings", homes(far), geometry={"kind": "buffer", "distance_m": 300})) == 0


def test_outside_is_all_land_that_no_feature_covers() -> None:
    sites = table("zoned_sites", [{"zoned_site_id": "1", "geometry": square(0, 0, 20, 10)}])
    drawn = zones("zoned_sites", sites, geometry={"kind": "outside"}).geometry.iloc[0]
    assert shapely.covers(drawn, square(0, 10, 20, 10)) and not shapely.intersects(drawn, square(5, 5))


def test_outside_of_nothing_is_everything() -> None:
    drawn = zones("zoned_sites", table("zoned_sites", []), geometry={"kind": "outside"})
    assert len(drawn) == 1 and shapely.covers(drawn.geometry.iloc[0], square(0, 0, 20, 20))


def test_a_filter_picks_the_features() -> None:
    rows = [
        {"contour_id": "1", "contour_kind": "location_risk", "risk_class": "1e-6", "geometry": square(0, 0)},
        {"contour_id": "2", "contour_kind": "location_risk", "risk_class": "1e-8", "geometry": square(3, 3)},
    ]
    drawn = zones(
        "safety_contours", table("safety_contours", rows), geometry={"kind": "area"}, where="risk_class = '1e-6'"
    )
    assert drawn.geometry.area.sum() == 10_000


def test_plans_count_from_their_own_year() -> None:
    rows = [
        {"plan_id": "1", "plan_status": "adopted", "from_year": 2030, "geometry": square(0, 0)},
        {"plan_id": "2", "plan_status": "adopted", "geometry": square(5, 5)},
    ]
    drawn = zones("housing_plans", table("housing_plans", rows), geometry={"kind": "area"}, from_year="from_year")
    assert drawn.set_index("zone_id")["valid_from"].fillna(0).astype(int).to_dict() == {"rule": 0, "rule@2030": 2030}


@pytest.mark.parametrize(("treat_as", "count"), [("unknown", 1), ("none", 0)])
def test_a_layer_that_is_absent_is_unknown_everywhere_or_declared_to_be_nothing(treat_as: str, count: int) -> None:
    absent = {"water": AbsentConfig(treat_as=treat_as, basis="not delivered")}  # type: ignore[arg-type]
    drawn = zones("water", None, absent=absent, geometry={"kind": "area"})
    assert len(drawn) == count and (count == 0 or drawn["band"].tolist() == ["unknown"])


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=5))
def test_rings_of_many_sources_fill_what_their_buffers_fill(places: list[tuple[int, int]]) -> None:
    points = [shapely.Point(CORNER[0] + 100 * x, CORNER[1] + 100 * y) for x, y in dict.fromkeys(places)]
    rings = zones("sensitive_buildings", homes(*points), geometry={"kind": "rings", "bands": {"1": 80, "2": 200}})
    disc = shapely.union_all(shapely.buffer(points, 200, quad_segs=64))
    inside = shapely.intersection(disc, shapely.box(*shapely.bounds(square(0, 0, 20, 20)) + [-10, -10, 10, 10]))
    assert rings.geometry.area.sum() == pytest.approx(inside.area, abs=1e-3)


def contour(name: str, shape: Any, group: str | None = None) -> dict[str, Any]:
    return {"contour_id": name, "contour_kind": "risk_area", "permit_group": group, "geometry": shape}


OWN_SITE = {"layer": "permit_sites", "column": "permit_group"}


def bound(sites: list[dict[str, Any]], *contours: dict[str, Any]) -> Any:
    """The zone of contours, with permit sites given."""
    card = ConstrainConfig.model_validate(
        {
            "quad_segs": 8,
            "constraint": [
                {
                    "name": "rule",
                    "title": "R",
                    "layer": "safety_contours",
                    "theme": "safety",
                    "direction": "onto",
                    "geometry": {"kind": "area"},
                    "own_site": OWN_SITE,
                    "standing": "signal",
                    "basis": "b",
                    "source": "s",
                    "certainty": "C",
                }
            ],
        }
    )
    layers = {"safety_contours": table("safety_contours", list(contours)), "permit_sites": table("permit_sites", sites)}
    return constrain(layers, square(0, 0, 20, 20), card, {})


def site(name: str, group: str, shape: Any) -> dict[str, Any]:
    return {"permit_site_id": name, "permit_group": group, "geometry": shape}


def test_a_contour_does_not_bind_its_own_site_nor_others_under_the_same_permit() -> None:
    """Two units under one permit: neither contour counts on the land of either; outside the park both do."""
    sites = [site("a", "park", square(0, 0)), site("b", "park", square(1, 0)), site("c", "other", square(3, 0))]
    drawn = bound(sites, contour("1", square(0, 0, 4, 1), "park")).geometry.iloc[0]
    assert drawn.area == 20_000 and shapely.covers(drawn, square(2, 0, 2, 1))


def test_a_neighbours_contour_binds_the_site_all_the_same() -> None:
    sites = [site("a", "park", square(0, 0)), site("c", "other", square(3, 0))]
    drawn = bound(sites, contour("1", square(0, 0, 4, 1), "park"), contour("2", square(0, 0, 1, 1), "other"))
    assert drawn.geometry.iloc[0].area == 40_000


@pytest.mark.parametrize("group", [None, "a group without land"])
def test_a_contour_of_which_the_site_is_not_known_binds_everywhere(group: str | None) -> None:
    assert (
        bound([site("a", "park", square(0, 0))], contour("1", square(0, 0, 2, 1), group)).geometry.iloc[0].area
        == 20_000
    )


def test_a_contour_wholly_on_its_own_site_makes_no_zone() -> None:
    assert len(bound([site("a", "park", square(0, 0, 3, 3))], contour("1", square(1, 1), "park"))) == 0


def test_a_strip_takes_its_own_width_before_the_common_one() -> None:
    lines = [
        {
            "line_id": str(n),
            "strip_m": site,
            "geometry": shapely.LineString([(CORNER[0], CORNER[1] + 100 * y), (CORNER[0] + 2000, CORNER[1] + 100 * y)]),
        }
        for n, (site, y) in enumerate([(20.0, 5), (None, 15)])
    ]
    how = {"kind": "buffer", "distance_m": 35, "distance_column": "strip_m"}
    drawn = zones("power_lines", table("power_lines", lines), geometry=how).geometry.iloc[0]
    inside = shapely.intersection(drawn, square(0, 0, 20, 20))
    assert inside.area == pytest.approx(2000 * (40 + 70))


def test_a_zone_for_each_value_and_one_for_what_is_not_known() -> None:
    rows = [
        {"budget_id": str(n), "budget_dba_m2": level, "geometry": square(n, 0)}
        for n, level in enumerate([60.0, 58.5, 60.0, None])
    ]
    drawn = zones("noise_budgets", table("noise_budgets", rows), geometry={"kind": "values", "column": "budget_dba_m2"})
    assert dict(zip(drawn["band"], drawn.geometry.area, strict=True)) == {
        "58.5": 10_000,
        "60": 20_000,
        "unknown": 10_000,
    }
    assert drawn["zone_title"].tolist() == ["Regel (58,5 dB(A)/m2)", "Regel (60 dB(A)/m2)", "Regel (niet bekend)"]


def test_a_rule_with_fixed_years_holds_in_them_only() -> None:
    wet = table("water", [{"water_id": "1", "geometry": square(0, 0)}])
    drawn = zones("water", wet, geometry={"kind": "area"}, from_year=2012, to_year=2031).iloc[0]
    assert (drawn["valid_from"], drawn["valid_to"]) == (2012, 2031)


@pytest.mark.parametrize(
    ("risk", "bars"), [("1e-5", True), ("1e-6", True), (None, True), ("1e-7", False), ("1e-8", False)]
)
def test_a_contour_of_unknown_class_counts_as_the_limit(rules: Project, risk: str | None, bars: bool) -> None:
    card = ConstrainConfig(
        quad_segs=8, constraint=tuple(c for c in rules.constrain.constraint if c.name == "location_risk")
    )
    row = {"contour_id": "1", "contour_kind": "location_risk", "risk_class": risk, "geometry": square(0, 0)}
    drawn = constrain({"safety_contours": table("safety_contours", [row])}, square(0, 0, 20, 20), card, {})
    assert (len(drawn) == 1) == bars


def test_an_attention_area_is_a_ring_though_its_file_covers_the_site(rules: Project) -> None:
    card = ConstrainConfig(
        quad_segs=8, constraint=tuple(c for c in rules.constrain.constraint if c.name == "noise_attention_area")
    )
    around = {"attention_area_id": "1", "site_name": "Oost", "geometry": square(0, 0, 5, 5)}
    sites = [{"zoned_site_id": n, "site_name": n, "geometry": square(x, 1)} for n, x in (("Oost", 1), ("West", 3))]
    layers = {
        "noise_attention_areas": table("noise_attention_areas", [around]),
        "zoned_sites": table("zoned_sites", sites),
    }
    drawn = constrain(layers, square(0, 0, 20, 20), card, {}).geometry.iloc[0]
    assert (
        drawn.area == 240_000
        and not shapely.intersects(drawn.buffer(-1), square(1, 1))
        and shapely.covers(drawn, square(3, 1))
    )


@pytest.mark.parametrize(
    ("name", "reach"),
    [
        pytest.param("dwelling_distance", 1500, id="rings: the widest"),
        pytest.param("own_risk", 1500, id="own risk: the widest"),
    ],
)
def test_what_a_refused_row_might_restrict_is_not_known(rules: Project, name: str, reach: float) -> None:
    """A dwelling that could not be read is no dwelling that is not there."""
    card = ConstrainConfig(quad_segs=64, constraint=tuple(c for c in rules.constrain.constraint if c.name == name))
    doubtful = {"sensitive_buildings": np.array([POINT], dtype=object)}
    drawn = constrain({}, square(-20, -20, 60, 60), card, {}, doubtful)
    assert drawn["zone_id"].tolist() == [f"{name}.unknown"]
    assert drawn.geometry.area.iloc[0] == pytest.approx(math.pi * reach**2, rel=1e-3)


def supply(*areas: tuple[Any, int | None]) -> Any:
    rows = [
        {"supply_id": str(n), "supply_kind": "hydrogen", "from_year": year, "geometry": shape}
        for n, (shape, year) in enumerate(areas)
    ]
    return table("supply_areas", rows)


def test_land_outside_features_is_that_outside_those_of_the_year() -> None:
    areas = supply((square(0, 0, 5, 20), None), (square(5, 0, 5, 20), 2030), (square(10, 0, 5, 20), 2040))
    drawn = zones("supply_areas", areas, geometry={"kind": "outside"}, from_year="from_year")
    inside = shapely.area(shapely.intersection(drawn.geometry.to_numpy(), square(0, 0, 20, 20)))
    assert list(zip(drawn["valid_from"].fillna(0), drawn["valid_to"].fillna(0), inside / 200_000, strict=True)) == [
        (0, 2030, 15),
        (2031, 2040, 10),
        (2041, 0, 5),
    ]
    assert drawn["zone_title"].tolist()[1] == "Regel, vanaf 2031, tot en met 2040"


def test_land_outside_features_without_any_is_everywhere_until_there_is_one() -> None:
    drawn = zones(
        "supply_areas", supply((square(0, 0, 40, 40), 2030)), geometry={"kind": "outside"}, from_year="from_year"
    )
    assert drawn["valid_to"].iloc[0] == 2030 and shapely.covers(drawn.geometry.iloc[0], square(0, 0, 20, 20))


def test_land_within_reach_of_a_feature_is_not_outside() -> None:
    line = shapely.LineString([(CORNER[0] - 5000, CORNER[1] + 500), (CORNER[0] + 5000, CORNER[1] + 500)])
    drawn = zones("supply_areas", supply((line, None)), geometry={"kind": "outside", "reach_m": 300}).geometry.iloc[0]
    assert shapely.intersection(drawn, square(0, 0, 20, 20)).area == pytest.approx(2000 * 1400)


@pytest.mark.parametrize(
    ("relief", "last"), [pytest.param(2031, 2031, id="named"), pytest.param(None, None, id="none")]
)
def test_a_rule_holds_in_the_whole_year_of_relief(relief: int | None, last: int | None) -> None:
    area = {"feeding_area_id": "1", "offtake_status": "shortage", "feed_in_status": "unknown", "relief_year": relief}
    drawn = zones(
        "feeding_areas",
        table("feeding_areas", [area | {"geometry": square(0, 0)}]),
        geometry={"kind": "area"},
        until_year="relief_year",
    )
    assert drawn["valid_to"].fillna(0).tolist() == [last or 0]


NETWORK = NetworkMeasureConfig(join_m=0.5, enter_on="road_kind <> 'motorway'", junction=("motorway",), basis="b")


def plots_by_road(
    limits: set[float], *terminals: Any, doubtful: dict[str, Any] | None = None
) -> dict[str, tuple[float, ...]]:
    """Plots at 1, 3 and 9 squares along a road from its west end, and one on a road of its own; ends of 100 m."""
    corners = {"near": square(1, 5), "middle": square(3, 5), "far": square(9, 5), "elsewhere": square(3, 15)}
    road = [(CORNER[0] + x * 100, CORNER[1] + 450) for x in range(21)]
    lines = [shapely.LineString(road[n : n + 2]) for n in range(20)]
    lines.append(shapely.LineString([(CORNER[0], CORNER[1] + 1450), (CORNER[0] + 1000, CORNER[1] + 1450)]))
    layers = {
        "roads": table("roads", [{"road_id": str(n), "road_kind": "main", "geometry": s} for n, s in enumerate(lines)]),
        "parcels": table("parcels", [{"parcel_id": name, "geometry": shape} for name, shape in corners.items()]),
        "terminals": table("terminals", list(terminals)),
    }
    rule = {
        **{"name": "far", "title": "Ver", "layer": "roads", "theme": "facilities", "direction": "onto"},
        **{"standing": "signal", "basis": "b", "source": "s", "certainty": "U"},
        "geometry": {"kind": "by_road", "terminal_kind": "rail_terminal"},
    }
    card = ConstrainConfig.model_validate({"quad_segs": 8, "constraint": [rule]})
    drawn = constrain(layers, square(0, 0, 20, 20), card, {}, doubtful, RoadLimits(limits, NETWORK))
    return {
        name: tuple(drawn["band"][shapely.covers(drawn.geometry.to_numpy(), shape.buffer(-1))])
        for name, shape in corners.items()
    }


RAIL = {"terminal_id": "1", "terminal_kind": "rail_terminal", "geometry": shapely.Point(CORNER[0], CORNER[1] + 450)}


def test_plots_are_far_along_the_road_by_each_limit() -> None:
    assert plots_by_road({200.0, 500.0}, RAIL) == {
        "near": (),
        "middle": ("200",),
        "far": ("200", "500"),
        "elsewhere": ("unknown",),
    }


def test_no_plot_is_known_to_be_near_a_terminal_that_is_not_there() -> None:
    assert set(plots_by_road({200.0}).values()) == {("unknown",)}


def test_nothing_is_far_where_no_activity_asks() -> None:
    assert set(plots_by_road(set(), RAIL).values()) == {()}
    assert set(plots_by_road(set(), RAIL, doubtful={"roads": np.array([square(0, 0)])}).values()) == {()}


def test_with_a_road_that_was_refused_no_plot_is_known_to_be_near() -> None:
    bands = plots_by_road({200.0}, RAIL, doubtful={"roads": np.array([square(0, 0)])})
    assert all("unknown" in of_plot for of_plot in bands.values())


def test_the_way_to_the_road_counts() -> None:
    """A plot whose edge lies 350 m from the road."""
    road = shapely.LineString([(CORNER[0], CORNER[1]), (CORNER[0] + 1000, CORNER[1])])
    roads = table("roads", [{"road_id": "1", "road_kind": "main", "geometry": road}])
    start = table("terminals", [{**RAIL, "geometry": shapely.Point(CORNER)}])
    plot = shapely.box(CORNER[0] + 200, CORNER[1] + 350, CORNER[0] + 300, CORNER[1] + 400)
    assert 550 <= float(metres_by_road(np.array([plot]), roads, start, "rail_terminal", NETWORK)[0]) <= 650


def test_roads_without_length_lead_nowhere() -> None:
    point = shapely.LineString([CORNER, CORNER])
    roads = table("roads", [{"road_id": "1", "road_kind": "main", "geometry": point}])
    start = table("terminals", [RAIL])
    assert np.isnan(metres_by_road(np.array([square(0, 0)]), roads, start, "rail_terminal", NETWORK)).all()


@pytest.mark.parametrize(
    ("given", "rooms"),
    [
        pytest.param({"offtake_status": "unknown", "relief_year": 2030}, ("unknown", "unknown"), id="status unknown"),
        pytest.param({"offtake_status": "has_room", "relief_year": 2030}, ("unknown", "unknown"), id="no power given"),
        pytest.param({"offtake_status": "shortage", "relief_year": 2029}, ("conditional", "none"), id="shortage"),
        pytest.param(
            {"offtake_status": "shortage", "relief_year": 2030}, ("conditional", "conditional"), id="that year"
        ),
        pytest.param({"offtake_status": "shortage", "relief_year": 2020}, ("conditional", "conditional"), id="stale"),
        pytest.param(
            {"offtake_status": "has_room", "available_mw": 5.0}, ("conditional", "conditional"), id="too little"
        ),
        pytest.param({"offtake_status": "has_room", "available_mw": 9.0}, ("none", "none"), id="just enough"),
    ],
)
def test_what_the_map_of_the_grid_says_of_an_activity(
    rules: Project, given: dict[str, Any], rooms: tuple[str, str]
) -> None:
    """In 2026 and 2030, for an activity that takes 9 MW."""
    grid = tuple(rule for rule in rules.constrain.constraint if rule.layer == "feeding_areas")
    area = {"feeding_area_id": "1", "feed_in_status": "unknown", "geometry": square(-1, -1, 30, 30)}
    card = ConstrainConfig(quad_segs=8, constraint=grid)
    layers = {"feeding_areas": table("feeding_areas", [area | given])}
    drawn = constrain(layers, square(0, 0, 20, 20), card, {}, this_year=2026)
    asks = rules.profiles["electrolyser"].model_copy(update={"power_mw": 9.0})
    by_name = {rule.name: rule for rule in grid}
    worst = []
    for year in (2026, 2030):
        now = drawn[~((drawn["valid_from"] > year) | (drawn["valid_to"] < year)).fillna(False)]
        here = [
            zone_effect(
                row.band if isinstance(row.band, str) else None,
                asks,
                [effect for effect in rules.effects if effect.constraint == row.constraint],
                (by_name[row.constraint], rules.assess),
            )
            for row in now.itertuples()
            if shapely.intersects(row.geometry, POINT)
        ]
        worst.append(max((effect for effect in here if effect != "attention"), key=SEVERITY.get, default="none"))
    assert tuple(worst) == rooms
