"""Assemble: what touches, or lies across land that may be bridged, becomes
one site; with its measures, its bridges and what is near."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from drawn_sites import CARD, assembled
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity
from squared_paper import CORNER, square, table

from pipeline.project.load import Project
from pipeline.stages.assemble.bridging import clipped
from pipeline.stages.assemble.rectangle import inscribed_rectangle


@pytest.mark.parametrize(
    ("shapes", "areas", "bridges"),
    [
        pytest.param({"a": square(0, 0)}, [10_000], 0, id="one"),
        pytest.param({"a": square(0, 0), "b": square(1, 0)}, [20_000], 0, id="two that touch"),
        pytest.param({"a": square(0, 0), "b": square(1.15, 0)}, [20_000], 1, id="two across a road of 15 m"),
        pytest.param({"a": square(0, 0), "b": square(1.21, 0)}, [10_000, 10_000], 0, id="two across 21 m"),
        pytest.param({"a": square(0, 0), "b": square(1, 1)}, [20_000], 1, id="a corner, with road on both sides of it"),
        pytest.param(
            {"a": square(0, 0), "b": square(1.1, 0), "c": square(0, 1.1), "d": square(1.1, 1.1)},
            [40_000],
            3,
            id="four around a crossing need three bridges",
        ),
        pytest.param(
            {"a": square(0, 0), "b": square(1, 0), "c": square(2.1, 0)},
            [30_000],
            1,
            id="one bridge joins what touches to a third",
        ),
    ],
)
def test_sites(rules: Project, shapes: dict[str, Any], areas: list[float], bridges: int) -> None:
    done = assembled(rules, shapes)
    assert done.sites["area_m2"].round(3).tolist() == areas
    assert len(done.bridges) == bridges == done.sites["bridge_count"].sum()


ACROSS = {"a": square(0, 0), "b": square(1.12, 0)}
GAP = square(1, -1, 0.12, 3)
PUBLIC_SPACE = {"name": "public", "title": "plein", "layer": "public_space", "cost": "low", "basis": "drawn"}
PUBLIC_PLOT = {"land_use": {}, "others": {"x": square(1, 0, 0.12, 1)}, "public": {"x"}}


@pytest.mark.parametrize(
    ("between", "cost"),
    [
        pytest.param({"land_use": {"road": GAP}}, "low", id="a road"),
        pytest.param({"land_use": {}}, None, id="nothing known"),
        pytest.param({"land_use": {"green": GAP}}, None, id="green, which is not on the list"),
        pytest.param(
            {"land_use": {"road": GAP}, "water": {"ditch": square(1.05, -1, 0.02, 3)}},
            None,
            id="a road with a ditch along it",
        ),
        pytest.param({"land_use": {"road": GAP}, "others": {"x": square(1, 0, 0.12, 1)}}, None, id="a plot of another"),
        pytest.param(
            {"land_use": {"road": GAP}, "others": {"x": square(1, 0, 0.12, 1)}, "public": {"x"}},
            "low",
            id="a plot that is public space, with a road over it",
        ),
        pytest.param({**PUBLIC_PLOT, "card": {"bridge": (PUBLIC_SPACE,)}}, "low", id="public space alone"),
        pytest.param({**PUBLIC_PLOT, "public": set(), "card": {"bridge": (PUBLIC_SPACE,)}}, None, id="nothing public"),
        pytest.param({"land_use": {"road": GAP}, "not_known": ("railways",)}, "low", id="a road, rails not known"),
        pytest.param({"land_use": {"road": square(1, -1, 0.06, 3)}}, None, id="a road half as wide as the gap"),
        pytest.param({"land_use": {"road": square(1, 0.5, 0.12, 0.005)}}, None, id="a road as wide as a hand"),
        pytest.param(
            {
                "land_use": {},
                "rails": {
                    "r": shapely.LineString([(CORNER[0] + 106, CORNER[1] - 50), (CORNER[0] + 106, CORNER[1] + 150)])
                },
            },
            "medium",
            id="a siding",
        ),
        pytest.param({"land_use": {"pipe_rack": GAP}}, "high", id="a strip of pipelines"),
        pytest.param(
            {"land_use": {"road": square(1, -1, 0.06, 3), "pipe_rack": square(1.06, -1, 0.06, 3)}},
            "high",
            id="half road, half pipelines: the dearer counts",
        ),
        pytest.param({"land_use": {"road": GAP, "pipe_rack": GAP}}, "low", id="both: the cheaper counts"),
    ],
)
def test_a_gap_is_bridged_only_over_land_on_the_list(rules: Project, between: dict[str, Any], cost: str | None) -> None:
    done = assembled(rules, ACROSS, **between)
    assert done.bridges["bridge_cost"].tolist() == ([cost] if cost else [])
    assert len(done.sites) == (1 if cost else 2) and done.sites["area_m2"].sum() == pytest.approx(20_000)


def test_nothing_is_bridged_next_to_a_barrier_that_is_not_known(rules: Project) -> None:
    open_to_all = assembled(rules, ACROSS, not_known=("water",))
    assert len(open_to_all.sites) == 2 and open_to_all.bridges.empty


def test_a_road_of_12_m_splits_a_site_of_30_ha_unless_it_may_be_bridged(rules: Project) -> None:
    parts = {"a": square(0, 0, 5, 3), "b": square(5.12, 0, 5, 3)}
    joined, apart = assembled(rules, parts), assembled(rules, parts, card={"bridge": ()})
    counts = [done.site_sizes.set_index("at_least_ha")["site_count"].to_dict() for done in (joined, apart)]
    assert counts[0] == {1: 1, 2: 1, 5: 1, 10: 1, 25: 1, 50: 0, 100: 0}
    assert counts[1] == {1: 2, 2: 2, 5: 2, 10: 2, 25: 0, 50: 0, 100: 0}
    site = joined.sites.iloc[0]
    assert (site["area_m2"], site["part_count"], site["bridge_cost"]) == (300_000, 2, "low")
    assert (
        12 * 300 <= site["bridge_m2"] <= 12 * 340 + 2 * 6 * 60
    )  # the road between, and a reach of 20 m beyond both ends


def test_measures_of_a_site(rules: Project) -> None:
    """A block of 3 by 2 squares with a tail of 2 by 0.2."""
    shapes = {"a": square(0, 0, 3, 2), "tail": square(3, 0, 2, 0.2)}
    site = assembled(rules, shapes, profile={"least_width_m": 50}, owners={"a": "port", "tail": "town"}).sites.iloc[0]
    assert site["area_m2"] == 64_000 and site["net_area_m2"] == pytest.approx(60_000, abs=30)
    assert site["width_m"] == pytest.approx(200, rel=0.01)
    assert (site["rectangle_long_m"], site["rectangle_wide_m"]) == pytest.approx((300, 200), abs=0.1)
    assert site["owner_count"] == 2 and site["owners"] == "port, town"


def test_an_owner_that_is_not_known_leaves_their_number_unknown(rules: Project) -> None:
    site = assembled(rules, {"a": square(0, 0), "b": square(1, 0)}, owners={"a": "port"}).sites.iloc[0]
    assert pd.isna(site["owner_count"]) and site["owners"] == "port"


def test_a_site_is_free_when_its_last_part_is(rules: Project) -> None:
    shapes = {"a": square(0, 0), "b": square(1, 0)}
    done = assembled(rules, shapes, free_from={"b": "2029-05-01"}, late={"b": 2030}, years=(2026, 2030))
    last = done.sites[done.sites["year"] == 2030].iloc[0]
    assert last["available_from"] == pd.Timestamp("2029-05-01") and last["parcel_count"] == 2
    assert last["usable_from_year"] == 2030 and done.sites["usable_from_year"].tolist() == [2026, 2030]


def test_no_usable_land_gives_no_sites(rules: Project) -> None:
    done = assembled(rules, {"a": square(0, 0)}, held={"a"})
    assert len(done.sites) == 0 and done.site_sizes["site_count"].sum() == 0


def test_free_land_that_is_too_small_is_lost_to_fragmentation(rules: Project) -> None:
    done = assembled(rules, {"a": square(0, 0), "b": square(4, 0, 2, 2)}, profile={"least_area_ha": 3})
    lost = done.fragmentation.iloc[0]
    assert (lost["free_and_open_m2"], lost["sites_m2"], lost["loss_m2"]) == (50_000, 40_000, 10_000)


# Near misses


def quay(length_m: float, draught_m: float | None) -> Any:
    line = shapely.LineString([CORNER, (CORNER[0] + length_m, CORNER[1])])
    return table("quays", [{"quay_id": "q", "geometry": line, "draught_m": draught_m}])


@pytest.mark.parametrize(
    ("shape", "asks", "quays", "short"),
    [
        pytest.param(square(0, 0, 2, 1), {"least_area_ha": 3}, None, "area", id="a hectare short"),
        pytest.param(square(0, 0, 1, 1), {"least_area_ha": 3}, None, None, id="not near: a third of what is asked"),
        pytest.param(square(0, 0, 9, 0.8), {"least_width_m": 100}, None, "width", id="too narrow"),
        pytest.param(square(0, 0, 2, 0.8), {"least_area_ha": 3, "least_width_m": 100}, None, "area width", id="both"),
        pytest.param(
            square(0, 0, 2, 2), {"least_quay_m": 150}, quay(100, 9), "quay", id="a quay of 100 m where 150 is asked"
        ),
        pytest.param(
            square(0, 0, 2, 2),
            {"least_quay_m": 100, "least_draught_m": 7},
            quay(200, 5.1),
            "draught",
            id="5.1 m where 7 is asked",
        ),
        pytest.param(
            square(0, 0, 2, 2),
            {"least_quay_m": 100, "least_draught_m": 7},
            quay(200, None),
            "draught_unknown",
            id="draught not known",
        ),
        pytest.param(square(0, 0, 2, 2), {"least_quay_m": 100}, None, "quay_unknown", id="no quays known at all"),
        pytest.param(
            square(0, 0, 2, 2),
            {"least_quay_m": 100, "least_draught_m": 14},
            quay(200, 5.1),
            None,
            id="not near: far too shallow",
        ),
        pytest.param(square(0, 0, 2, 2), {"least_area_ha": 4}, None, None, id="enough is no miss"),
    ],
)
def test_near_misses_name_what_land_is_short_of(
    rules: Project, shape: Any, asks: dict[str, Any], quays: Any, short: str | None
) -> None:
    result = assembled(rules, {"a": shape}, profile=asks, quays=quays).near_misses
    assert result["short_of"].tolist() == ([short] if short else [])


# Key plots


def test_the_plot_between_two_fields_joins_them(rules: Project) -> None:
    shapes = {"left": square(0, 0, 2, 2), "key": square(2, 0), "right": square(3, 0, 2, 2), "far": square(8, 0)}
    result = assembled(rules, shapes, held={"key", "far"}, profile={"least_area_ha": 3}).key_plots
    assert result["parcel_id"].tolist() == ["key"]
    row = result.iloc[0]
    assert (row["gain_m2"], row["sites_joined"], row["largest_before_m2"], row["site_m2"]) == (
        10_000,
        2,
        40_000,
        90_000,
    )


def test_a_plot_makes_usable_what_was_too_small_next_to_it(rules: Project) -> None:
    shapes = {"a": square(0, 0, 2, 1), "key": square(2, 0)}
    row = assembled(rules, shapes, held={"key"}, profile={"least_area_ha": 3}).key_plots.iloc[0]
    assert row["gain_m2"] == 30_000 and row["site_m2"] == 30_000 and row["sites_joined"] == 0


def test_a_plot_across_the_road_joins_the_site_there(rules: Project) -> None:
    shapes = {"a": square(0, 0, 2, 2), "key": square(2.15, 0, 2, 2)}
    row = assembled(
        rules, shapes, held={"key"}, free_from={"key": "2031-01-01"}, profile={"least_area_ha": 3}
    ).key_plots.iloc[0]
    assert (
        row["sites_joined"] == 1
        and row["site_m2"] == 80_000
        and row["available_earliest"] == pd.Timestamp("2031-01-01")
    )


def test_a_plot_without_room_is_no_key(rules: Project) -> None:
    shapes = {"a": square(0, 0, 2, 1), "key": square(2, 0)}
    assert assembled(rules, shapes, held={"key"}, blocked={"key"}, profile={"least_area_ha": 3}).key_plots.empty


# Properties

places = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=9, unique=True)


@given(places)
def test_every_site_is_connected_and_no_two_could_be_one(rules: Project, spots: list[tuple[int, int]]) -> None:
    """On land that is road wherever there is no plot: by growing shapes, not by the graph that built the sites."""
    shapes = {f"p{n:02d}": square(x * 1.1, y * 1.25, 1, 1) for n, (x, y) in enumerate(spots)}
    done = assembled(rules, shapes)
    for site in done.sites.geometry:
        grown = shapely.buffer(site, CARD["gap_m"] / 2 + 1e-6, quad_segs=64)
        assert shapely.get_num_geometries(grown) == 1
    apart = [shapely.distance(a, b) for n, a in enumerate(done.sites.geometry) for b in done.sites.geometry[:n]]
    assert all(metres > CARD["gap_m"] for metres in apart)
    assert done.sites["area_m2"].sum() == pytest.approx(sum(shape.area for shape in shapes.values()))


@given(places)
def test_bridges_are_as_few_as_will_do_and_their_land_joins_the_parts(
    rules: Project, spots: list[tuple[int, int]]
) -> None:
    shapes = {f"p{n:02d}": square(x * 1.1, y * 1.25, 1, 1) for n, (x, y) in enumerate(spots)}
    done = assembled(rules, shapes)
    assert len(done.bridges) == len(shapes) - len(done.sites) and (done.bridges["gap_m"] <= CARD["gap_m"]).all()
    for site_id, site in zip(done.sites["site_id"], done.sites.geometry, strict=True):
        bridges_of_site = done.bridges[done.bridges["site_id"] == site_id].geometry
        assert (
            shapely.get_num_geometries(shapely.union_all([shapely.buffer(site, 0.001), *bridges_of_site.buffer(0.001)]))
            == 1
        )


@given(places, st.integers(0, 8))
def test_what_one_plot_more_gains_is_what_assembling_anew_finds(
    rules: Project, spots: list[tuple[int, int]], which: int
) -> None:
    shapes = {f"p{n:02d}": square(x * 1.0, y * 1.15, 1, 1) for n, (x, y) in enumerate(spots)}
    key = f"p{which % len(spots):02d}"
    asks = {"least_area_ha": 2}
    by_plot = assembled(rules, shapes, held={key}, profile=asks).key_plots.set_index("parcel_id")
    before = assembled(rules, shapes, held={key}, profile=asks).sites["area_m2"].sum()
    after = assembled(rules, shapes, profile=asks)
    gained = after.sites["area_m2"].sum() - before
    if gained == 0:
        assert key not in by_plot.index
        return
    bridges_of_site = after.sites[after.sites.geometry.intersects(shapes[key].centroid)]
    assert by_plot.loc[key, "gain_m2"] == pytest.approx(gained)
    assert by_plot.loc[key, "site_m2"] == pytest.approx(bridges_of_site["area_m2"].iloc[0])


# The largest rectangle inside


@pytest.mark.parametrize("turn", [0, 17, 45, 90, 133])
@pytest.mark.parametrize(
    ("shape", "sides"),
    [
        pytest.param(square(0, 0, 4, 2), (400, 200), id="a rectangle"),
        pytest.param(square(0, 0, 6, 2).union(square(0, 2, 2, 1)), (600, 200), id="an L"),
        pytest.param(square(0, 0, 6, 3).difference(square(2.5, 2, 1, 1)), (600, 200), id="a U"),
        pytest.param(square(0, 0, 9, 9).difference(square(4, 4, 1, 1)), (900, 400), id="a hole"),
    ],
)
def test_the_largest_rectangle_inside(shape: Any, sides: tuple[float, float], turn: float) -> None:
    result = inscribed_rectangle(affinity.rotate(shape, turn))
    assert sorted((result.along_m, result.across_m), reverse=True) == pytest.approx(sides, abs=0.05)


def test_the_rectangle_in_a_triangle_is_near_half_of_it() -> None:
    triangle = shapely.Polygon([(0, 0), (400, 0), (200, 300)])
    result = inscribed_rectangle(triangle)
    assert 0.93 * triangle.area / 2 <= result.along_m * result.across_m <= triangle.area / 2 + 1


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=5
    )
)
def test_the_rectangle_lies_inside_and_no_block_of_squares_is_larger(boxes: list[tuple[int, int, int, int]]) -> None:
    shape = shapely.union_all([square(*box) for box in boxes])
    result = inscribed_rectangle(shape)
    assert shapely.covers(shapely.buffer(shape, 0.01), result.shape)
    if affinity_is_level(shape):
        best = max(
            wide * high
            for x in range(10)
            for y in range(10)
            for wide in range(1, 10 - x)
            for high in range(1, 10 - y)
            if shapely.covers(shape, square(x, y, wide, high))
        )
        assert result.along_m * result.across_m == pytest.approx(best * 10_000, rel=1e-3)


def affinity_is_level(shape: Any) -> bool:
    """Whether the main axis of each part lies along the paper."""
    corners = [shapely.get_coordinates(shapely.minimum_rotated_rectangle(part)) for part in shapely.get_parts(shape)]
    return all(min(abs(side[0]), abs(side[1])) < 1e-6 for ring in corners for side in np.diff(ring, axis=0))


def test_of_equal_rectangles_that_of_the_first_part_counts() -> None:
    """The second part is larger, and its largest rectangle as large as that of the first."""
    first = shapely.box(0, 0, 100, 50)
    second = shapely.union(shapely.box(300, 0, 500, 25), shapely.box(300, 0, 310, 60))
    block = inscribed_rectangle(np.array([first, second]))
    assert (block.along_m, block.across_m) == pytest.approx((100, 50))


def test_a_sliver_that_the_quick_cut_refuses_is_cut_all_the_same() -> None:
    """A strip of a few millimetres between two plots, by the edge of a frame."""
    corners = [
        (157826.445, 505175.457),
        (157728.124, 505182.332),
        (157638.137, 505188.625),
        (157666.56564714518, 505186.63691864954),
        (157717.094, 505183.104),
        (157826.445, 505175.457),
    ]
    frame = [157616.9041774088, 505153.0906470103, 157658.08827867173, 505207.4285110441]
    land = clipped(shapely.LinearRing(corners), np.empty(0, dtype=object), frame)
    assert shapely.area(land) < 0.1 and shapely.covers(shapely.box(*frame).buffer(1e-6), land)
