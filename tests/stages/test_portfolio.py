"""Placing projects on sites and years: a published case, drawn ports,
and every small case against trying all placings."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from cut_port import activity
from drawn_sites import whole_of
from hypothesis import given, settings
from hypothesis import strategies as st
from squared_paper import square, table

from layers.errors import ConfigRefusal
from layers.layer import RD_NEW
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.load import Project
from pipeline.stages.balance.portfolio import placements
from pipeline.stages.balance.programme import Programme
from pipeline.stages.balance.project_land import FreedLand, ProjectLand, project_land
from pipeline.stages.publish.tables.placements import called

SHARED = Path(__file__).parents[3] / "shared" / "data" / "allocation_6x6.json"
YEARS = (2026, 2030, 2050)


def project(name: str, **given: Any) -> InvestmentProject:
    base = {
        "project_id": name,
        "title": name,
        "cluster_id": "paper",
        "profile": "p",
        "area_ha": 1,
        "first_year": 2026,
        "last_year": 2060,
        "source": "drawn",
    }
    return InvestmentProject.model_validate({**base, **given})


def land(
    *sites: dict[str, Any], plots: dict[str, Any] | None = None, room: dict[str, float] | None = None
) -> ProjectLand:
    """Sites, each of one piece of its own unless `pieces` names them;
    `room` is m2 open per plot in every year, each plot a piece.

    A quay lies along a site as its `quay_m` says, and along no plot.
    """
    rows, pieces_of, area = [], {}, {}
    for number, site in enumerate(sites):
        shape = site.get("shape", square(3 * number, 0))
        name = site.get("name", f"s{number}")
        m2 = site.get("ha", 1.0) * 10_000.0
        for year in site.get("years", YEARS):
            rows.append(
                {
                    "site_id": f"{name}.{year}",
                    "cluster_id": site.get("cluster", "paper"),
                    "profile": site.get("profile", "p"),
                    "year": year,
                    "case": "earliest",
                    "area_m2": m2,
                    "quay_m": site.get("quay_m", 0.0),
                    "geometry": shape,
                }
            )
            pieces_of[f"{name}.{year}"] = tuple(site.get("pieces", {name: m2}))
        area |= site.get("pieces", {name: m2})
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=RD_NEW) if rows else table("sites", [])
    metres = {
        site.get("shape", square(3 * number, 0)).wkb: site.get("quay_m", 0.0) for number, site in enumerate(sites)
    }
    area |= room or {}

    def left(names: tuple[str, ...], _: str, __: int) -> list[FreedLand]:
        known = [name for name in names if name in (room or {})]
        return [FreedLand((name,), (room or {})[name], (plots or {})[name]) for name in known]

    def quay_m(shape: Any, _: str) -> float:
        return metres.get(shape.wkb, 0.0)

    return ProjectLand(list(frame.itertuples()), pieces_of, area, plots or {}, YEARS, left, quay_m)


def placed(projects: list[InvestmentProject], where: ProjectLand) -> dict[str, Any]:
    """Per project the site and year, or why it is not placed."""
    rows = placements(tuple(projects), where, 60.0).to_dict("records")
    return {
        row["project_id"]: (row["site_id"], row["start_year"]) if row["is_placed"] else row["reason"] for row in rows
    }


def test_a_published_allocation_case_comes_out_at_its_optimum() -> None:
    """Case of the GeoDMS test suite (Operator/Allocation): 33 free
    cells, three uses, claims per region; optimum 205."""
    case = {
        "free": [[1, 1, 1, 1, 0, 1], [1, 1, 1, 1, 0, 1], [1] * 6, [1] * 6, [1, 1, 1, 1, 0, 1], [1] * 6],
        "suitability": {
            "living": [
                [1, 2, 5, 4, 3, -1],
                [2, 5, 8, 9, 7, 3],
                [4, 10, 12, 13, 12, 6],
                [5, 11, 13, 14, 12, 6],
                [4, 9, 9, 5, 3, 2],
                [2, 2, 4, 3, 1, 1],
            ],
            "working": [
                [1, 1, 2, 3, 4, -6],
                [2, 3, 4, 6, 8, 9],
                [2, 4, 9, 11, 12, 10],
                [1, 3, 5, 9, 10, 6],
                [2, 4, 5, 5, 3, 2],
                [1, 1, 2, 1, 1, 1],
            ],
            "nature": [
                [3, 3, 3, 2, 2, -2],
                [3, 3, 2, 2, 2, 2],
                [3, 2, 1, 1, 1, 1],
                [3, 2, 1, 1, 1, 2],
                [3, 3, 2, 1, 2, 2],
                [3, 3, 3, 3, 3, 3],
            ],
        },
        "claims": [("living", 0, 5, 5, 9), ("nature", 0, 5, 12, 20), ("working", 0, 3, 6, 10), ("working", 4, 5, 2, 4)],
    }
    if SHARED.is_file():
        published = json.loads(SHARED.read_text())
        assert (published["free"], published["suitability"], published["optimum"]) == (
            case["free"],
            case["suitability"],
            205,
        )
    programme, choice = Programme(), {}
    cells = [(row, column) for row in range(6) for column in range(6) if case["free"][row][column]]
    for cell, use in product(cells, case["suitability"]):
        if case["suitability"][use][cell[0]][cell[1]] >= 0:
            choice[cell, use] = programme.choice(case["suitability"][use][cell[0]][cell[1]])
    for cell in cells:
        programme.limit({n: 1.0 for (where, _), n in choice.items() if where == cell}, high=1.0)
    for use, first, last, low, high in case["claims"]:
        choices = {n: 1.0 for ((row, _), kind), n in choice.items() if kind == use and first <= row <= last}
        programme.limit(choices, low=low, high=high)
    solved = programme.solve(60.0)
    assert len(cells) == 33 and solved.value == pytest.approx(205) and solved.gap == 0


@pytest.mark.parametrize(
    ("asks", "site", "result"),
    [
        pytest.param({}, {}, ("s0.2026", 2026), id="it fits"),
        pytest.param({"area_ha": 2}, {}, "no_site_large_enough", id="too large"),
        pytest.param(
            {"first_year": 2031},
            {},
            ("s0.2030", 2031),
            id="it begins when it wants, on the land of the last asked year",
        ),
        pytest.param({"last_year": 2029}, {"years": (2030, 2050)}, "not_in_time", id="the land comes too late"),
        pytest.param(
            {"area_ha": 2, "last_year": 2029}, {"ha": 3, "years": (2050,)}, "not_in_time", id="large enough, too late"
        ),
        pytest.param({"quay_m": 100}, {"quay_m": 99}, "no_quay_long_enough", id="a metre of quay short"),
        pytest.param({}, {"profile": "other"}, "no_site_at_all", id="land for another activity"),
        pytest.param({}, {"cluster": "elsewhere"}, "no_site_at_all", id="land in another cluster"),
    ],
)
def test_one_project_and_one_site(asks: dict[str, Any], site: dict[str, Any], result: Any) -> None:
    assert placed([project("A", **asks)], land(site))["A"] == result


def test_land_that_two_sites_share_is_given_out_once() -> None:
    both = [
        {"name": "one", "ha": 3, "pieces": {"x": 10_000, "y": 20_000}},
        {"name": "two", "ha": 3, "pieces": {"y": 20_000, "z": 10_000}},
    ]
    result = placed([project("A", area_ha=2.5), project("B", area_ha=2)], land(*both))
    assert result["A"] != "displaces_others" and result["B"] == "displaces_others"
    assert set(placed([project("A", area_ha=2), project("B", area_ha=2)], land(*both)).values()) <= {
        ("one.2026", 2026),
        ("two.2026", 2026),
    }


def test_the_heavier_project_goes_first_and_the_other_is_given_what_it_would_displace() -> None:
    rows = placements((project("A", area_ha=2, priority=3), project("B", area_ha=3)), land({"ha": 3}), 60.0)
    by_project = rows.set_index("project_id")
    assert (
        by_project.loc["A", "is_placed"]
        and by_project.loc["B", "reason"] == "displaces_others"
        and by_project.loc["B", "displaced"] == "A"
    )


def test_projects_on_one_site_share_its_quay() -> None:
    result = placed([project("A", quay_m=120), project("B", quay_m=120, priority=0.5)], land({"ha": 5, "quay_m": 200}))
    assert result == {"A": ("s0.2026", 2026), "B": "displaces_others"}


OLD = {"plots": {"old": square(0, 5, 2, 1)}, "room": {"old": 20_000.0}}


def test_land_that_another_leaves_is_there_the_year_after_it_begins() -> None:
    mover, heir = project("A", leaves="old", first_year=2030), project("B", area_ha=2, on_land_of="A")
    assert placed([mover, heir], land({}, **OLD)) == {"A": ("s0.2030", 2030), "B": ("left.A.old", 2031)}


@pytest.mark.parametrize(
    ("mover", "heir", "result"),
    [
        pytest.param({"area_ha": 9}, {}, "waits_for_other", id="the other is not placed"),
        pytest.param({}, {"area_ha": 3}, "left_land_does_not_do", id="what it leaves is too small"),
        pytest.param({"first_year": 2035}, {"last_year": 2034}, "left_land_does_not_do", id="it leaves too late"),
    ],
)
def test_land_that_another_leaves_may_not_do(mover: dict[str, Any], heir: dict[str, Any], result: str) -> None:
    projects = [project("A", leaves="old", **mover), project("B", on_land_of="A", **{"area_ha": 2, **heir})]
    assert placed(projects, land({}, **OLD))["B"] == result


def test_a_chain_of_left_land_runs_on_from_year_to_year() -> None:
    both = {"plots": {"old": square(0, 5), "older": square(5, 5)}, "room": {"old": 10_000.0, "older": 10_000.0}}
    projects = [project("C", on_land_of="B"), project("A", leaves="old"), project("B", on_land_of="A", leaves="older")]
    result = placed(projects, land({"years": (2050,)}, **both))
    assert result == {"A": ("s0.2050", 2050), "B": ("left.A.old", 2051), "C": ("left.B.older", 2052)}
    assert (
        placed([*projects[1:], project("C", on_land_of="B", last_year=2051)], land({"years": (2050,)}, **both))["C"]
        == "left_land_does_not_do"
    )


def test_projects_that_in_the_end_need_their_own_land_are_not_placed() -> None:
    projects = [project("A", leaves="old", on_land_of="B"), project("B", leaves="old", on_land_of="A")]
    assert set(placed(projects, land({}, **OLD)).values()) == {"waits_for_other"}


def test_left_land_has_no_quay_unless_it_lies_along_one_and_must_be_near_too() -> None:
    projects = [project("A", leaves="old"), project("B", on_land_of="A", quay_m=50)]
    assert placed(projects, land({}, **OLD))["B"] == "left_land_does_not_do"
    far = {"plots": {**OLD["plots"], "mill": square(40, 40)}, "room": OLD["room"]}
    near_mill = project("B", on_land_of="A", near="mill", near_m=100)
    assert placed([projects[0], near_mill], land({}, **far))["B"] == "left_land_does_not_do"


def test_left_land_that_is_a_site_later_is_given_out_once() -> None:
    later = {"name": "new", "ha": 2, "pieces": {"old": 20_000.0}, "years": (2050,), "shape": square(0, 5, 2, 1)}
    projects = [
        project("A", leaves="old"),
        project("B", area_ha=2, on_land_of="A", priority=2),
        project("C", area_ha=2, first_year=2050),
    ]
    result = placed(projects, land({}, later, **OLD))
    assert result["B"] == ("left.A.old", 2027) and result["C"] == "displaces_others"


def test_only_the_land_with_room_counts_of_what_another_leaves() -> None:
    projects = [project("A", leaves="old"), project("B", area_ha=2, on_land_of="A")]
    assert placed(projects, land({}, plots=OLD["plots"], room={"old": 15_000.0}))["B"] == "left_land_does_not_do"


def test_a_project_near_another_follows_it_and_near_a_plot_stays_there() -> None:
    sites = land(
        {"name": "far", "shape": square(50, 0)},
        {"name": "near", "shape": square(0, 0)},
        {"name": "by", "shape": square(2, 0)},
        plots={"plot": square(1, 0)},
    )
    result = placed([project("A", near="plot", near_m=20), project("B", near="A", near_m=150)], sites)
    assert {result["A"][0], result["B"][0]} == {"near.2026", "by.2026"}
    assert placed([project("A", near="plot", near_m=20, area_ha=2)], sites)["A"] == "no_site_large_enough"


def test_what_does_not_fit_is_shown_the_best_site_elsewhere() -> None:
    where = land(
        {}, {"name": "late", "cluster": "x", "ha": 9, "years": (2030,)}, {"name": "soon", "cluster": "x", "ha": 5}
    )
    row = placements((project("A", area_ha=4),), where, 60.0).iloc[0]
    assert (row["other_site_id"], row["other_cluster_id"]) == ("soon.2026", "x") and row["largest_m2"] == 10_000


def test_a_row_says_what_a_project_wants_and_what_it_gets() -> None:
    sites = land(
        {"ha": 3, "quay_m": 200},
        {"name": "less", "ha": 2, "years": (2030, 2050)},
        {"name": "away", "cluster": "x", "ha": 5},
        plots={"plot": square(0, 0)},
    )
    asks = [
        project("A", title="first", area_ha=2, quay_m=150, near="plot", near_m=50, first_year=2027),
        project("B", title="second", area_ha=2.5, last_year=2029, priority=0.1),
        project("C", title="third", area_ha=4, profile="p"),
    ]
    rows = placements(tuple(asks), sites, 60.0).astype(object)
    rows = rows.where(rows.notna(), None).set_index("project_id")
    about = ["project_title", "cluster_id", "profile", "wanted_m2", "wanted_quay_m", "window", "waits_on"]
    assert rows[about].to_numpy().tolist() == [
        ["first", "paper", "p", 20_000, 150, "2027-2060", "plot"],
        ["second", "paper", "p", 25_000, 0, "2026-2029", None],
        ["third", "paper", "p", 40_000, 0, "2026-2060", None],
    ]
    result = ["is_placed", "site_id", "start_year", "reason", "displaced", "largest_m2", "other_site_id"]
    assert rows[result].to_numpy().tolist() == [
        [True, "s0.2026", 2027, "placed", None, None, None],
        [False, None, None, "displaces_others", "A", 30_000, "away.2026"],
        [False, None, None, "no_site_large_enough", None, 30_000, "away.2026"],
    ]
    assert rows["other_cluster_id"].tolist() == [None, "x", "x"] and rows["solver_gap"].tolist() == [0, 0, 0]


def quays(*draughts_m: float | None) -> Any:
    """A quay of 100 m along the south of each square in a row, with its draught."""
    rows = []
    for number, draught_m in enumerate(draughts_m):
        left, bottom, right, _ = square(number, 0).bounds
        line = shapely.LineString([(left, bottom), (right, bottom)])
        rows.append({"quay_id": str(number), "draught_m": draught_m, "geometry": line})
    return table("quays", rows)


@pytest.mark.parametrize(
    ("lines", "draught_m", "metres"),
    [
        pytest.param(None, 0, 0, id="quays are not known"),
        pytest.param(quays(), 0, 0, id="there are none"),
        pytest.param(quays(9, 5, None), 0, 300, id="no draught is asked"),
        pytest.param(quays(9, 5, None), 5, 200, id="an unknown draught does not count"),
        pytest.param(quays(9, 5, None), 8, 100, id="a draught too small does not"),
        pytest.param(quays(5, None), 8, 0, id="none is deep enough"),
    ],
)
def test_a_quay_counts_where_it_surely_carries_the_draught(
    rules: Project, lines: Any, draught_m: float, metres: float
) -> None:
    where = drawn_land(rules, lines, least_draught_m=draught_m)
    assert where.quay_m(square(0, 0, 3), "p") == pytest.approx(metres, abs=1)


def drawn_land(rules: Project, lines: Any, projects: tuple[InvestmentProject, ...] = (), **asks: Any) -> ProjectLand:
    """Plot x of pieces a and b that touch, plot y of c, and plot z that is blocked; sites in both cases."""
    shapes = {"a": square(0, 0), "b": square(1, 0), "c": square(5, 0), "d": square(8, 0)}
    plots = {"a": "x", "b": "x", "c": "y", "d": "z"}
    whole = whole_of(rules, shapes, plots=plots, held={"a", "b", "c"}, blocked={"d"}, quays=lines)
    sites = table(
        "sites",
        [
            {"site_id": f"s.{case}", "case": case, "year": 2026, "profile": "p", "geometry": square(0, 0, 2)}
            for case in ("earliest", "latest")
        ],
        cluster_id="paper",
        area_m2=20_000,
    )
    pieces = pd.DataFrame(
        [{"site_id": f"s.{case}", "piece_id": piece} for case in ("earliest", "latest") for piece in "ab"]
    )
    config = replace(rules, profiles={"p": activity(**asks)}, projects=projects)
    return project_land(config, {"sites": sites, "site_pieces": pieces}, whole.land, whole.areas)


def test_no_project_stands_on_a_decided_claim_and_it_is_said_of_others(rules: Project) -> None:
    """Piece a under a claim decided from 2040, piece b under a likely one until 2035: b alone is left of the site."""
    shapes = {"a": square(0, 0), "b": square(1, 0)}
    whole = whole_of(rules, shapes, plots={"a": "x", "b": "x"})
    claims = [("a", "decided", 2040, None), ("b", "likely", 2030, 2035)]
    zones = [
        {"zone_id": f"energy_claim.{band}", "constraint": "energy_claim", "band": band, "valid_from": first}
        | {"valid_to": last, "geometry": shapes[piece]}
        for piece, band, first, last in claims
    ]
    over = pd.DataFrame({"combination_id": ["a", "b"], "zones": ["energy_claim.decided", "energy_claim.likely other"]})
    site = {"site_id": "s", "case": "earliest", "year": 2026, "profile": "p", "geometry": square(0, 0, 2)}
    tables = {
        "sites": table("sites", [site], cluster_id="paper", area_m2=20_000),
        "site_pieces": pd.DataFrame({"site_id": ["s", "s"], "piece_id": ["a", "b"]}),
    }
    ground = replace(whole.land, zones=table("zones", zones), combinations=over)
    where = project_land(replace(rules, profiles={"p": activity()}, projects=()), tables, ground, whole.areas)
    assert where.pieces_of == {"s": ("b",)}
    assert [(row.area_m2, row.geometry.area) for row in where.sites] == [(10_000, 10_000)]
    assert (where.likely_m2(("b",), 2026), where.likely_m2(("b",), 2036), where.likely_m2(("a",), 2026)) == (
        10_000,
        0,
        0,
    )
    assert where.freed(("x",), "p", 2026)[0].pieces == ("b",)


@pytest.mark.parametrize(
    ("asks", "left"),
    [
        pytest.param({}, {"s": ("c",), "p.2026.earliest.a": ("a",)}, id="two parts, the largest first"),
        pytest.param({"least_area_ha": 1.5}, {"s": ("c",)}, id="one is large enough"),
        pytest.param({"least_area_ha": 2.5}, {}, id="none is"),
    ],
)
def test_of_a_site_under_a_decided_claim_what_still_does_is_left(
    rules: Project, asks: dict[str, float], left: dict[str, tuple[str, ...]]
) -> None:
    """A strip b through the middle: a of 1 ha and c of 2 ha beside it."""
    shapes = {"a": square(0, 0), "b": square(1, 0), "c": square(2, 0, 2, 1)}
    whole = whole_of(rules, shapes)
    claim = {
        "zone_id": "energy_claim.decided",
        "constraint": "energy_claim",
        "band": "decided",
        "geometry": shapes["b"],
    }
    over = pd.DataFrame({"combination_id": list("abc"), "zones": [None, "energy_claim.decided", None]})
    site = {"site_id": "s", "case": "earliest", "year": 2026, "profile": "p", "geometry": square(0, 0, 4, 1)}
    tables = {
        "sites": table("sites", [site], cluster_id="paper", area_m2=40_000),
        "site_pieces": pd.DataFrame({"site_id": "s", "piece_id": list("abc")}),
    }
    ground = replace(whole.land, zones=table("zones", [claim]), combinations=over)
    where = project_land(replace(rules, profiles={"p": activity(**asks)}, projects=()), tables, ground, whole.areas)
    assert where.pieces_of == left and {site.site_id for site in where.sites} == set(left)
    assert sum(site.area_m2 for site in where.sites) == sum(
        shapes[piece].area for pieces in left.values() for piece in pieces
    )


def test_projects_stand_on_sites_of_the_early_case_and_on_what_others_leave(rules: Project) -> None:
    asks = (project("A", leaves="x, z"), project("B", near="y", near_m=1), project("C", near="A", near_m=1))
    where = drawn_land(rules, None, asks, least_area_ha=1.5)
    assert [site.site_id for site in where.sites] == ["s.earliest"] and where.pieces_of == {"s.earliest": ("a", "b")}
    assert where.area_m2 == {"a": 10_000, "b": 10_000, "c": 10_000, "d": 10_000}
    assert {name: shape.area for name, shape in where.plots.items()} == {"x": 20_000, "y": 10_000, "z": 10_000}
    (freed,) = where.freed(("x", "y", "z"), "p", 2026)
    assert (freed.pieces, freed.area_m2, freed.shape.area) == (("a", "b"), 20_000, 20_000)


def test_a_project_near_nothing_on_the_map_is_refused(rules: Project) -> None:
    with pytest.raises(ConfigRefusal, match=r"no plot or project \['elders', 'nergens'\]"):
        drawn_land(rules, None, (project("A", leaves="x, nergens"), project("B", near="elders", near_m=1)))


def test_no_projects_are_no_rows() -> None:
    assert placements((), land({}), 60.0).empty


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 2)), min_size=1, max_size=3),
)
def test_no_placing_serves_more_than_the_one_found(
    wanted: list[tuple[int, int, int]], given_sites: list[tuple[int, int]]
) -> None:
    """Against every way to put the projects on the sites; sites that
    share nothing, each there from an asked year on."""
    sites = [{"ha": ha, "years": YEARS[first:]} for ha, first in given_sites]
    projects = [
        project(f"P{n}", area_ha=ha, priority=weight, last_year=(2027, 2031, 2055)[until])
        for n, (ha, weight, until) in enumerate(wanted)
    ]
    best = 0.0
    for places in product([None, *range(len(sites))], repeat=len(projects)):
        used = np.zeros(len(sites))
        worth, fits = 0.0, True
        for wanted, place in zip(projects, places, strict=True):
            if place is None:
                continue
            used[place] += wanted.area_ha
            worth += wanted.priority * wanted.area_ha
            fits &= min(sites[place]["years"]) <= wanted.last_year
        if fits and all(used[place] <= sites[place]["ha"] for place in range(len(sites))):
            best = max(best, worth)
    rows = placements(tuple(projects), land(*sites), 60.0).set_index("project_id")
    result = sum(wanted.priority * wanted.area_ha for wanted in projects if rows.loc[wanted.project_id, "is_placed"])
    assert result == pytest.approx(best) and (rows["solver_gap"] == 0).all()


def test_every_placed_project_lies_where_and_when_it_may() -> None:
    sites = land({"ha": 4}, {"ha": 2, "years": (2030, 2050)})
    rows = placements(tuple(project(f"P{n}", area_ha=1.5, first_year=2026 + n) for n in range(5)), sites, 60.0)
    used = rows[rows["is_placed"]].groupby(rows["site_id"].str.split(".").str[0])["wanted_m2"].sum()
    assert used.to_dict() == {"s0": 30_000, "s1": 15_000} and all(site.geometry.area > 0 for site in sites.sites)


@pytest.mark.parametrize(
    ("site_id", "name"),
    [
        pytest.param(
            "general_industry.2026.earliest.westhaven.WH-0598.1.1", "de locatie bij kavel WH-0598", id="a site"
        ),
        pytest.param(
            "left.P2.westhaven.WH-0403.1.1", "de grond die P2 achterlaat bij kavel WH-0403", id="land that is left"
        ),
        pytest.param("p.2026.earliest.westhaven.A.12.1.1", "de locatie bij kavel A.12", id="a plot with a dot"),
        pytest.param("x", "locatie x", id="a key of another shape"),
        pytest.param(None, "geen locatie", id="no site"),
    ],
)
def test_a_site_is_called_by_its_plot(site_id: str | None, name: str) -> None:
    assert called(site_id, "westhaven") == name
