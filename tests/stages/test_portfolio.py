"""Placing projects on sites and days: a published case, and drawn sites."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from squared_paper import day, square

from pipeline.land.dates import FAR_DAY, day_number
from pipeline.project.investment_projects import InvestmentProject
from pipeline.stages.balance.portfolio import placements
from pipeline.stages.balance.programme import Programme
from pipeline.stages.balance.project_land import ProjectLand, ProjectSite, Utility
from pipeline.stages.publish.tables.placements import called

SHARED = Path(__file__).parents[3] / "shared" / "data" / "allocation_6x6.json"


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


def number(text: str) -> int:
    return day_number(day(text))


def first_days(site: dict[str, Any]) -> list[tuple[int, int]]:
    """The first and last day of each row of a site: from each of its years on, or from the day that it names."""
    if "from_day" in site:
        return [(number(site["from_day"]), number(site.get("until_day", "2299-12-31")))]
    years = site.get("years", (2026,))
    return [(number(f"{first}-01-01"), number("2299-12-31")) for first in years[:1]]


def land(*sites: dict[str, Any], plots: dict[str, Any] | None = None, **given: Any) -> ProjectLand:
    """Sites in both cases, each of one piece of its own unless `pieces` names them, from the first of its years on;
    `room` is m2 open per plot whatever day, each plot a piece, which project `left_by` leaves.

    A quay lies along a site as its `quay_m` says, and along no plot.
    """
    rows, pieces_of, area, shapes = [], {}, {}, {}
    metres = {}
    for place, site in enumerate(sites):
        shape = site.get("shape", square(3 * place, 0))
        m2 = site.get("ha", 1.0) * 10_000.0
        pieces = site.get("pieces", {site.get("name", f"s{place}"): m2})
        for (first, last), case in product(first_days(site), site.get("cases", ("earliest", "latest"))):
            fails = number(site["fails_on"]) if "fails_on" in site else FAR_DAY
            row = ProjectSite(
                f"{site.get('name', f's{place}')}.{case}",
                site.get("cluster", "paper"),
                site.get("profile", "p"),
                case,
                site.get("stands_years"),
                None,
                "fails_on" not in site,
                first,
                last,
                fails,
                site.get("fails_by"),
                m2,
            )
            rows.append(row)
            pieces_of[row.site_id] = tuple(pieces)
        area |= pieces
        shapes |= dict.fromkeys(pieces, shape)
        metres[shape.wkb] = site.get("quay_m", 0.0)
    for leaver, plot in given.get("left", {}).items():
        m2 = given["room"][plot]
        for case in ("earliest", "latest"):
            name = f"left.{leaver}.{case}.{plot}"
            rows.append(
                ProjectSite(
                    name, "paper", "p", case, None, leaver, True, number("2026-10-01"), FAR_DAY, FAR_DAY, None, m2
                )
            )
            pieces_of[name] = (plot,)
        area[plot], shapes[plot] = m2, (plots or {})[plot]
    return ProjectLand(
        rows,
        pieces_of,
        area,
        shapes,
        plots or {},
        lambda shape, _: metres.get(shape.wkb, 0.0),
        number("2026-10-01"),
        utilities=given.get("utilities", ()),
        takes=given.get("takes", {}),
    )


def placed(projects: list[InvestmentProject], where: ProjectLand, case: str = "earliest") -> dict[str, Any]:
    """Per project the site and day, or why it is not placed."""
    rows = placements(tuple(projects), where, 60.0)
    return {
        row["project_id"]: (row["site_id"], f"{row['start_date']:%Y-%m-%d}") if row["is_placed"] else row["reason"]
        for row in rows[rows["case"] == case].to_dict("records")
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
        pytest.param({}, {}, ("s0.earliest", "2026-10-01"), id="it fits, today at the earliest"),
        pytest.param({"area_ha": 2}, {}, "no_site_large_enough", id="too large"),
        pytest.param({"first_year": 2031}, {}, ("s0.earliest", "2031-01-01"), id="it begins when it wants"),
        pytest.param({}, {"from_day": "2028-07-15"}, ("s0.earliest", "2028-07-15"), id="on the day that land is free"),
        pytest.param(
            {"first_year": 2029, "last_year": 2029},
            {"from_day": "2029-12-31"},
            ("s0.earliest", "2029-12-31"),
            id="on the last day of its window",
        ),
        pytest.param({"last_year": 2029}, {"from_day": "2030-01-01"}, "not_in_time", id="the land comes a day late"),
        pytest.param(
            {"first_year": 2030},
            {"from_day": "2028-01-01", "until_day": "2029-12-31"},
            "no_site_at_all",
            id="the land no longer serves when it may begin",
        ),
        pytest.param({"quay_m": 100}, {"quay_m": 99}, "no_quay_long_enough", id="a metre of quay short"),
        pytest.param({}, {"profile": "other"}, "no_site_at_all", id="land for another activity"),
        pytest.param({}, {"cluster": "elsewhere"}, "no_site_at_all", id="land in another cluster"),
        pytest.param({}, {"cases": ("latest",)}, "no_site_at_all", id="land in the other case"),
        pytest.param({"life_years": 10}, {}, "no_site_at_all", id="land judged for what stands for good"),
        pytest.param(
            {"life_years": 10, "build_years": 2},
            {"stands_years": 12},
            ("s0.earliest", "2026-10-01"),
            id="land for as long as it is built and stands",
        ),
    ],
)
def test_one_project_and_one_site(asks: dict[str, Any], site: dict[str, Any], result: Any) -> None:
    assert placed([project("A", **asks)], land(site))["A"] == result


def test_both_cases_are_placed() -> None:
    where = land({"cases": ("earliest",)}, {"name": "late", "cases": ("latest",), "from_day": "2035-05-01"})
    assert placed([project("A")], where) == {"A": ("s0.earliest", "2026-10-01")}
    assert placed([project("A")], where, "latest") == {"A": ("late.latest", "2035-05-01")}


def test_of_land_that_serves_for_a_while_is_said_when_and_by_what_it_fails() -> None:
    passing = {"fails_on": "2029-01-01", "fails_by": "noise_zone", "until_day": "2028-12-31", "from_day": "2026-10-01"}
    row = placements((project("A"),), land(passing), 60.0).iloc[0]
    assert (row["reason"], f"{row['fails_on']:%Y-%m-%d}", row["fails_by"]) == (
        "does_not_last",
        "2029-01-01",
        "noise_zone",
    )
    assert placed([project("A", first_year=2029)], land(passing))["A"] == "no_site_at_all"
    assert placed([project("A", area_ha=2)], land(passing))["A"] == "no_site_at_all"
    # Land that lasts goes before it, whenever it comes.
    lasting = {"name": "later", "from_day": "2040-01-01"}
    assert placed([project("A")], land(passing, lasting))["A"] == ("later.earliest", "2040-01-01")


def test_land_that_two_sites_share_is_given_out_once() -> None:
    both = [
        {"name": "first", "ha": 3, "pieces": {"x": 10_000, "y": 20_000}},
        {"name": "second", "ha": 3, "pieces": {"y": 20_000, "z": 10_000}},
    ]
    result = placed([project("A", area_ha=2.5), project("B", area_ha=2)], land(*both))
    assert result["A"] != "displaces_others" and result["B"] == "displaces_others"
    result = placed([project("A", area_ha=2), project("B", area_ha=2)], land(*both))
    assert {name for name, _ in result.values()} <= {"first.earliest", "second.earliest"}


def test_the_heavier_project_goes_first_and_the_other_is_given_what_it_would_displace() -> None:
    rows = placements((project("A", area_ha=2, priority=3), project("B", area_ha=3)), land({"ha": 3}), 60.0)
    by_project = rows[rows["case"] == "earliest"].set_index("project_id")
    assert by_project.loc["A", "is_placed"]
    assert by_project.loc["B", ["reason", "displaced"]].tolist() == ["displaces_others", "A"]


def test_projects_on_the_same_land_share_its_quay() -> None:
    result = placed([project("A", quay_m=120), project("B", quay_m=120, priority=0.5)], land({"ha": 5, "quay_m": 200}))
    assert result == {"A": ("s0.earliest", "2026-10-01"), "B": "displaces_others"}


GRID = {"need": "power_mw", "shape": square(-1, -1, 9, 9)}
TWO_GW = {"takes": {("p", "power_mw"): 1000.0}}


@pytest.mark.parametrize(
    ("stock", "asks", "second"),
    [
        pytest.param({"spare": 1000.0}, {}, "displaces_others", id="there is power for one of both"),
        pytest.param({"spare": 2000.0}, {}, "2026-10-01", id="there is for both"),
        pytest.param(
            {"spare": 1000.0, "shape": square(-1, -1, 2.5, 9)},
            {},
            "2026-10-01",
            id="the other site lies in another area",
        ),
        pytest.param(
            {"spare": 1000.0, "until_day": day_number(day("2032-01-01"))},
            {},
            "2032-01-01",
            id="from the year of relief on nothing is said of it",
        ),
        pytest.param(
            {"spare": 1000.0, "until_day": day_number(day("2032-01-01"))},
            {"last_year": 2031},
            "displaces_others",
            id="relief comes too late",
        ),
        pytest.param({"spare": 1000.0, "need": "water_m3_year"}, {}, "2026-10-01", id="no water is asked"),
    ],
)
def test_projects_share_the_power_of_an_area(stock: dict[str, Any], asks: dict[str, Any], second: Any) -> None:
    utilities = (Utility(name="a", **{**GRID, **stock}),)
    projects = [project("A", priority=2, **asks), project("B", **asks)]
    result = placed(projects, land({}, {"cases": ("earliest",)}, utilities=utilities, **TWO_GW))
    outcomes = [name if isinstance(name, str) else name[1] for name in (result["A"], result["B"])]
    assert sorted(outcomes) == sorted(["2026-10-01", second])


WATER = {"need": "water_m3_year", "shape": square(-1, -1, 9, 9), "serves_any": True}


@pytest.mark.parametrize(
    ("stocks", "second"),
    [
        pytest.param([{"spare": 5.0}, {"spare": 9.0}], "2026-10-01", id="each from another supplier"),
        pytest.param([{"spare": 5.0}, {"spare": 4.0}], "displaces_others", id="no supplier has enough for the second"),
        pytest.param([{"spare": 10.0}, {"spare": 0.0}], "2026-10-01", id="both from the same one"),
        pytest.param(
            [{"spare": 5.0}, {"spare": 9.0, "from_day": day_number(day("2030-01-01"))}],
            "2030-01-01",
            id="from the day on which another supplies",
        ),
        pytest.param(
            [{"spare": 5.0, "serves_any": False}, {"spare": 9.0, "serves_any": False}],
            "displaces_others",
            id="which of two feeds the land is not known",
        ),
    ],
)
def test_projects_take_water_from_a_supplier_that_has_it(stocks: list[dict[str, Any]], second: str) -> None:
    utilities = tuple(Utility(name=name, **{**WATER, **stock}) for name, stock in zip("ab", stocks, strict=True))
    takes = {("p", "water_m3_year"): 5.0}
    where = land({}, {"cases": ("earliest",)}, utilities=utilities, takes=takes)
    result = placed([project("A", priority=2), project("B")], where)
    outcomes = [name if isinstance(name, str) else name[1] for name in (result["A"], result["B"])]
    assert sorted(outcomes) == sorted(["2026-10-01", second])


def test_a_third_project_finds_no_water_left_of_two_suppliers() -> None:
    """What each has left, 4 and 4, serves nobody that takes 5: a supplier serves a project alone."""
    utilities = tuple(Utility(name=name, spare=9.0, **WATER) for name in "ab")
    where = land(
        {}, {"cases": ("earliest",)}, {"cases": ("earliest",)}, utilities=utilities, takes={("p", "water_m3_year"): 5.0}
    )
    result = placed([project("A", priority=3), project("B", priority=2), project("C")], where)
    assert [name for name, outcome in result.items() if outcome == "displaces_others"] == ["C"]


OLD = {"plots": {"old": square(0, 5, 2, 1)}, "room": {"old": 20_000.0}, "left": {"A": "old"}}


@pytest.mark.parametrize(
    ("asks", "day_of_heir"),
    [
        pytest.param({}, "2031-01-01", id="a year after the other begins"),
        pytest.param({"build_years": 3}, "2034-01-01", id="a year after it is built"),
        pytest.param({"build_years": 3, "both_stand_years": 0}, "2033-01-01", id="as soon as it is built"),
    ],
)
def test_land_that_another_leaves_is_there_when_both_have_stood(asks: dict[str, Any], day_of_heir: str) -> None:
    mover = project("A", leaves="old", first_year=2030, **asks)
    result = placed([mover, project("B", area_ha=2, on_land_of="A")], land({}, **OLD))
    assert result == {"A": ("s0.earliest", "2030-01-01"), "B": ("left.A.earliest.old", day_of_heir)}


@pytest.mark.parametrize(
    ("mover", "heir", "result"),
    [
        pytest.param({"area_ha": 9}, {}, "waits_for_other", id="the other is not placed"),
        pytest.param({}, {"area_ha": 3}, "left_land_does_not_do", id="what it leaves is too small"),
        pytest.param({"first_year": 2035}, {"last_year": 2035}, "left_land_does_not_do", id="it leaves too late"),
    ],
)
def test_land_that_another_leaves_may_not_do(mover: dict[str, Any], heir: dict[str, Any], result: str) -> None:
    projects = [project("A", leaves="old", **mover), project("B", on_land_of="A", **{"area_ha": 2, **heir})]
    assert placed(projects, land({}, **OLD))["B"] == result


def test_a_chain_of_left_land_runs_on_from_year_to_year() -> None:
    chain = {
        "plots": {"old": square(0, 5), "older": square(5, 5)},
        "room": {"old": 10_000.0, "older": 10_000.0},
        "left": {"A": "old", "B": "older"},
    }
    projects = [project("C", on_land_of="B"), project("A", leaves="old"), project("B", on_land_of="A", leaves="older")]
    result = placed(projects, land({"from_day": "2050-03-01"}, **chain))
    assert result == {
        "A": ("s0.earliest", "2050-03-01"),
        "B": ("left.A.earliest.old", "2051-03-01"),
        "C": ("left.B.earliest.older", "2052-03-01"),
    }
    late = [*projects[1:], project("C", on_land_of="B", last_year=2051)]
    assert placed(late, land({"from_day": "2050-03-01"}, **chain))["C"] == "left_land_does_not_do"


def test_projects_that_in_the_end_need_their_own_land_are_not_placed() -> None:
    projects = [project("A", leaves="old", on_land_of="B"), project("B", leaves="old", on_land_of="A")]
    assert set(placed(projects, land({}, **OLD)).values()) == {"waits_for_other"}


def test_left_land_has_no_quay_unless_it_lies_along_one_and_must_be_near_too() -> None:
    projects = [project("A", leaves="old"), project("B", on_land_of="A", quay_m=50)]
    assert placed(projects, land({}, **OLD))["B"] == "left_land_does_not_do"
    far = OLD | {"plots": {**OLD["plots"], "mill": square(40, 40)}}
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
    assert result["B"] == ("left.A.earliest.old", "2027-10-01") and result["C"] == "displaces_others"


def test_a_project_near_another_follows_it_and_near_a_plot_stays_there() -> None:
    sites = land(
        {"name": "far", "shape": square(50, 0)},
        {"name": "near", "shape": square(0, 0)},
        {"name": "by", "shape": square(2, 0)},
        plots={"plot": square(1, 0)},
    )
    result = placed([project("A", near="plot", near_m=20), project("B", near="A", near_m=150)], sites)
    assert {result["A"][0], result["B"][0]} == {"near.earliest", "by.earliest"}
    assert placed([project("A", near="plot", near_m=20, area_ha=2)], sites)["A"] == "no_site_large_enough"


def test_what_does_not_fit_is_shown_the_best_site_elsewhere() -> None:
    where = land(
        {}, {"name": "late", "cluster": "x", "ha": 9, "years": (2030,)}, {"name": "soon", "cluster": "x", "ha": 5}
    )
    row = placements((project("A", area_ha=4),), where, 60.0).iloc[0]
    assert (row["other_site_id"], row["other_cluster_id"]) == ("soon.earliest", "x") and row["largest_m2"] == 10_000


@pytest.mark.parametrize(
    ("projects", "sites", "gains"),
    [
        pytest.param([{"area_ha": 1.5}], [{"ha": 1}], 1.5, id="it fits with half a hectare more"),
        pytest.param([{"area_ha": 1.5, "priority": 2}], [{"ha": 1}], 3, id="weighed"),
        pytest.param([{"area_ha": 2.5}], [{"ha": 1}], 0, id="a hectare is not enough"),
        pytest.param([{"area_ha": 1}, {"area_ha": 1}], [{"ha": 1}], 1, id="the hectare serves the second"),
        pytest.param([{"area_ha": 1}], [{"ha": 1}], 0, id="nobody wants it"),
        pytest.param([{"area_ha": 1}], [], 0, id="there is no site to add it to"),
        pytest.param(
            [{"area_ha": 1.5}, {"area_ha": 1.5}], [{"ha": 1}, {"ha": 1}], 3, id="half a hectare on each of two sites"
        ),
    ],
)
def test_what_a_hectare_more_is_worth(projects: list[Any], sites: list[Any], gains: float) -> None:
    asks = tuple(project(f"P{place}", **asks_of) for place, asks_of in enumerate(projects))
    rows = placements(asks, land(*sites, {"cluster": "x", "ha": 0.1}), 60.0)
    assert rows["one_ha_more"].tolist() == pytest.approx([gains] * len(rows))


def test_a_row_says_what_a_project_wants_and_what_it_gets() -> None:
    sites = land(
        {"ha": 3, "quay_m": 200},
        {"name": "less", "ha": 2, "years": (2030,)},
        {"name": "away", "cluster": "x", "ha": 5},
        plots={"plot": square(0, 0)},
    )
    asks = [
        project("A", title="first", area_ha=2, quay_m=150, near="plot", near_m=50, first_year=2027),
        project("B", title="second", area_ha=2.5, last_year=2029, priority=0.1),
        project("C", title="third", area_ha=4, profile="p"),
    ]
    rows = placements(tuple(asks), sites, 60.0).astype(object)
    rows = rows.where(rows.notna(), None)
    rows = rows[rows["case"] == "latest"].set_index("project_id")
    about = ["project_title", "cluster_id", "profile", "wanted_m2", "wanted_quay_m", "window", "near_id", "near_m"]
    assert rows[about].to_numpy().tolist() == [
        ["first", "paper", "p", 20_000, 150, "2027-2060", "plot", 50],
        ["second", "paper", "p", 25_000, 0, "2026-2029", None, None],
        ["third", "paper", "p", 40_000, 0, "2026-2060", None, None],
    ]
    result = ["is_placed", "site_id", "start_year", "reason", "displaced", "largest_m2", "other_site_id"]
    assert rows[result].to_numpy().tolist() == [
        [True, "s0.latest", 2027, "placed", None, None, None],
        [False, None, None, "displaces_others", "A", 30_000, "away.latest"],
        [False, None, None, "no_site_large_enough", None, 30_000, "away.latest"],
    ]
    assert rows["other_cluster_id"].tolist() == [None, "x", "x"] and rows["solver_gap"].tolist() == [0, 0, 0]
    assert rows["waits_on"].isna().all()  # near something is no project that it waits for


def test_no_projects_are_no_rows() -> None:
    assert placements((), land({}), 60.0).empty


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
