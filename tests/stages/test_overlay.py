"""Overlay: holdings cut by zones; every square metre stays, and the order of zones makes no difference."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import holdings, overlay, square, zones

from pipeline.stages.overlay.engines import ENGINES
from pipeline.stages.overlay.pieces import combination_id

pytestmark = pytest.mark.parametrize("engine", sorted(ENGINES))


def areas(pieces: Any, combinations: Any) -> dict[str, float]:
    """m2 per set of zones."""
    joined = pieces.merge(combinations, on="combination_id").fillna({"zones": ""})
    return {key: round(value, 6) for key, value in joined.groupby("zones")["area_m2"].sum().items()}


@pytest.mark.parametrize(
    ("zone_shapes", "expected"),
    [
        pytest.param({}, {"": 10_000}, id="no zone"),
        pytest.param({"a": square(0, 0)}, {"a": 10_000}, id="a zone that is the holding"),
        pytest.param({"a": square(-1, -1, 3, 3)}, {"a": 10_000}, id="a zone over all"),
        pytest.param({"a": square(1, 0)}, {"": 10_000}, id="a zone touching its edge"),
        pytest.param({"a": square(1, 1)}, {"": 10_000}, id="a zone touching its corner"),
        pytest.param({"a": square(0.5, 0)}, {"": 5_000, "a": 5_000}, id="half"),
        pytest.param({"a": square(0.25, 0.25, 0.5, 0.5)}, {"": 7_500, "a": 2_500}, id="a zone inside"),
        pytest.param(
            {"a": square(0, 0, 0.6, 1), "b": square(0.4, 0, 0.6, 1)},
            {"a": 4_000, "a b": 2_000, "b": 4_000},
            id="two that overlap",
        ),
        pytest.param(
            {"a": square(0, 0, 0.5, 1), "b": square(0.5, 0, 0.5, 1)},
            {"a": 5_000, "b": 5_000},
            id="two that share an edge",
        ),
        pytest.param(
            {"a": square(0, 0, 0.5, 1), "b": square(0, 0, 0.5, 1)}, {"": 5_000, "a b": 5_000}, id="the same zone twice"
        ),
        pytest.param(
            {"a": shapely.difference(square(0, 0), square(0.25, 0.25, 0.5, 0.5))},
            {"": 2_500, "a": 7_500},
            id="a zone with a hole",
        ),
        pytest.param(
            {"a": shapely.union(square(0, 0, 0.2, 1), square(0.8, 0, 0.2, 1))},
            {"": 6_000, "a": 4_000},
            id="a zone in two parts",
        ),
    ],
)
def test_area_is_split_at_the_zone(engine: str, zone_shapes: dict[str, Any], expected: dict[str, float]) -> None:
    assert areas(*overlay(holdings(h=square(0, 0)), zones(**zone_shapes), engine)) == expected


def test_a_plot_along_a_needle_in_its_zone_lies_under_it(engine: str) -> None:
    """A hole 84 m long and of no width, which joined land leaves along an edge: GEOS lays all of the plot outside."""
    tip, bend = (149020.97096417638, 507942.6442917673), (148979.29461153146, 507937.5271599382)
    west = (148977.29492229756, 507937.281632852)
    plot = shapely.Polygon([(148962.671, 508056.387), west, tip, (149006.347, 508061.75)])
    needle = [tip, bend, (149062.595, 507947.755)]
    zone = shapely.Polygon(shapely.box(148_000, 507_000, 150_000, 509_000).exterior, [needle])
    assert areas(*overlay(holdings(h=plot), zones(a=zone), engine)) == {"a": pytest.approx(5280.4817, abs=1e-3)}


def test_a_piece_is_connected(engine: str) -> None:
    pieces, _ = overlay(holdings(h=square(0, 0)), zones(a=square(0.4, -1, 0.2, 3)), engine)
    assert pieces.geometry.geom_type.unique().tolist() == ["Polygon"] and len(pieces) == 3


def test_pieces_of_one_holding_do_not_overlap(engine: str) -> None:
    pieces, _ = overlay(
        holdings(h=square(0, 0)),
        zones(a=shapely.Point(100_050, 400_050).buffer(40), b=square(0.3, 0.1, 0.5, 0.5)),
        engine,
    )
    assert shapely.union_all(pieces.geometry.to_numpy()).area == pytest.approx(pieces["area_m2"].sum(), abs=1e-6)


def test_a_combination_has_the_same_key_everywhere(engine: str) -> None:
    here = overlay(holdings(h=square(0, 0)), zones(a=square(0, 0)), engine)[1]
    there = overlay(holdings(x=square(7, 7)), zones(a=square(7, 7), b=square(20, 20)), engine)[1]
    assert here["combination_id"].tolist() == there["combination_id"].tolist() == [combination_id("a")]


places = st.tuples(st.integers(-2, 12), st.integers(-2, 12), st.integers(1, 9), st.integers(1, 9), st.booleans())


def drawn(spec: list[tuple[int, int, int, int, bool]]) -> dict[str, Any]:
    """Zones on a grid of tenths of a square: rectangles, or discs, so that edges often coincide."""
    shapes = {}
    for number, (x, y, wide, high, is_round) in enumerate(spec):
        shape = square(x / 10, y / 10, wide / 10, high / 10)
        shapes[f"z{number}"] = shapely.centroid(shape).buffer(wide * 5.0) if is_round else shape
    return shapes


@given(st.lists(places, max_size=6))
def test_area_is_preserved_for_any_zones(engine: str, spec: list[tuple[int, int, int, int, bool]]) -> None:
    land = holdings(h=square(0, 0), i=square(1, 0, 0.5, 1))
    pieces, _ = overlay(land, zones(**drawn(spec)), engine)
    areas_m2 = pieces.groupby("holding_id")["area_m2"].sum()
    assert areas_m2["h"] == pytest.approx(10_000, rel=1e-9) and areas_m2["i"] == pytest.approx(5_000, rel=1e-9)


@given(st.lists(places, min_size=2, max_size=5))
def test_each_piece_lies_under_exactly_the_zones_that_its_combination_names(
    engine: str,
    spec: list[tuple[int, int, int, int, bool]],
) -> None:
    shapes = drawn(spec)
    pieces, combinations = overlay(holdings(h=square(0, 0)), zones(**shapes), engine)
    named = combinations.set_index("combination_id")["zones"].fillna("").to_dict()
    for piece in pieces[pieces["area_m2"] > 1e-3].itertuples():
        inside = piece.geometry.representative_point()
        assert {name for name, shape in shapes.items() if shapely.covers(shape, inside)} == set(
            named[piece.combination_id].split()
        )


@given(st.lists(places, min_size=2, max_size=5), st.randoms())
def test_the_order_of_zones_makes_no_difference(
    engine: str, spec: list[tuple[int, int, int, int, bool]], chance: Any
) -> None:
    given_order = zones(**drawn(spec))
    other = given_order.sample(frac=1, random_state=chance.randint(0, 999), ignore_index=True)
    first, second = (overlay(holdings(h=square(0, 0)), over, engine) for over in (given_order, other))
    pd.testing.assert_frame_equal(
        pd.DataFrame(first[0].drop(columns="geometry")), pd.DataFrame(second[0].drop(columns="geometry"))
    )


@given(st.lists(places, min_size=1, max_size=5))
def test_cutting_the_pieces_again_changes_nothing(engine: str, spec: list[tuple[int, int, int, int, bool]]) -> None:
    lines = zones(**drawn(spec))
    pieces, combinations = overlay(holdings(h=square(0, 0)), lines, engine)
    again = overlay(holdings(**{row.piece_id: row.geometry for row in pieces.itertuples()}), lines, engine)
    assert areas(*again) == pytest.approx(areas(pieces, combinations), abs=1e-3)
