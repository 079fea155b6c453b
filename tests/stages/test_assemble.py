"""Assemble: what touches or lies near becomes one site, with every bridge named."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import square, table

from pipeline.cards import AssembleCard
from pipeline.settings import Project
from pipeline.stages.assemble import Assembled, assemble

GAP = AssembleCard(gap_m=20, basis="drawn")


def assembled(rules: Project, free_from: dict[str, str] | None = None, **shapes: Any) -> Assembled:
    rows = [
        {"piece_id": name, "holding_id": name, "combination_id": "c", "area_m2": shape.area, "geometry": shape}
        for name, shape in shapes.items()
    ]
    dates = {name: pd.Timestamp((free_from or {}).get(name, "2026-10-01")) for name in shapes}
    pieces = table("pieces", rows).assign(cluster_id="paper", parcel_id=sorted(shapes))
    pieces["available_earliest"] = pieces["available_latest"] = pieces["piece_id"].map(dates)
    verdicts = table(
        "assessments",
        [{"piece_id": name, "profile": "p", "year": 2026, "case": "earliest", "verdict": "usable"} for name in shapes],
    )
    return assemble(pieces, verdicts, None, (GAP, rules.assess.shape))


@pytest.mark.parametrize(
    ("shapes", "areas", "bridges"),
    [
        pytest.param({"a": square(0, 0)}, [10_000], 0, id="one"),
        pytest.param({"a": square(0, 0), "b": square(1, 0)}, [20_000], 0, id="two that touch"),
        pytest.param({"a": square(0, 0), "b": square(1.15, 0)}, [20_000], 1, id="two across a road of 15 m"),
        pytest.param({"a": square(0, 0), "b": square(1.21, 0)}, [10_000, 10_000], 0, id="two across 21 m"),
        pytest.param({"a": square(0, 0), "b": square(1, 1)}, [20_000], 1, id="a corner is a bridge of no length"),
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
    done = assembled(rules, **shapes)
    assert (
        done.sites["area_m2"].round(3).tolist() == areas
        and len(done.bridges) == bridges == done.sites["bridge_count"].sum()
    )


def test_a_site_is_free_when_its_last_part_is(rules: Project) -> None:
    done = assembled(rules, {"b": "2029-05-01"}, a=square(0, 0), b=square(1, 0))
    assert done.sites["available_from"].tolist() == [pd.Timestamp("2029-05-01")] and done.sites[
        "parcel_count"
    ].tolist() == [2]


def test_no_usable_land_gives_no_sites(rules: Project) -> None:
    assert len(assembled(rules).sites) == 0


places = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=9, unique=True)


@given(places)
def test_every_site_is_connected_and_no_two_could_be_one(rules: Project, spots: list[tuple[int, int]]) -> None:
    shapes = {f"p{n:02d}": square(x * 1.1, y * 1.25, 1, 1) for n, (x, y) in enumerate(spots)}
    done = assembled(rules, **shapes)
    for site in done.sites.geometry:
        grown = shapely.buffer(site, GAP.gap_m / 2 + 1e-6, quad_segs=64)
        assert shapely.get_num_geometries(grown) == 1  # by other means than the graph that built it
    apart = [shapely.distance(a, b) for n, a in enumerate(done.sites.geometry) for b in done.sites.geometry[:n]]
    assert all(metres > GAP.gap_m for metres in apart)
    assert done.sites["area_m2"].sum() == pytest.approx(sum(shape.area for shape in shapes.values()))


@given(places)
def test_bridges_are_as_few_as_will_do_and_within_the_gap(rules: Project, spots: list[tuple[int, int]]) -> None:
    shapes = {f"p{n:02d}": square(x * 1.1, y * 1.25, 1, 1) for n, (x, y) in enumerate(spots)}
    done = assembled(rules, **shapes)
    assert len(done.bridges) == len(shapes) - len(done.sites)
    assert (done.bridges["gap_m"] <= GAP.gap_m).all()
