"""Monitoring: what moved between two runs, piece by piece; the parts of data, rules and time add up."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_port import RESOLVE_PARAMS, changed, port
from squared_paper import day, lease, parcels, square

from pipeline.cli.main import main
from pipeline.project.load import Project
from pipeline.project.resolve import ResolveConfig
from pipeline.queries import land_changes as monitoring
from pipeline.runner.stage import RunContext
from pipeline.stages.resolve import ResolveParams


@dataclass(frozen=True)
class Side:
    """A run on squared paper."""

    given: dict[str, Any]
    config: ResolveConfig
    params: ResolveParams = RESOLVE_PARAMS
    clusters: dict[str, str] = field(default_factory=lambda: {"paper": "Papier"})
    later_day: Any = None

    @property
    def today(self) -> Any:
        return self.later_day or self.params.today

    def tables(self) -> dict[str, Any]:
        return port(**self.given)

    def data_key(self) -> str:
        return str(id(self.given))


def moved(old: Side, new: Side) -> dict[str, tuple[float, float, float, float]]:
    """m2 per change, with the parts of data, rules and time."""
    land = monitoring.changes(old, new)  # type: ignore[arg-type]
    sums = monitoring.summary(land)
    causes = sums[["by_data_m2", "by_rules_m2", "by_time_m2"]]
    assert causes.sum(axis=1).to_numpy() == pytest.approx(sums["area_m2"].to_numpy())
    return {row.change: (row.area_m2, row.by_data_m2, row.by_rules_m2, row.by_time_m2) for row in sums.itertuples()}


def later(text: str) -> ResolveParams:
    return replace(RESOLVE_PARAMS, today=day(text))


FREE = {"status": "available"}
LEASED = {"status": "issued", "ground_leases": [lease("1", "a", ends_on="2030-12-31")]}
LONGER = {"status": "issued", "ground_leases": [lease("1", "a", ends_on="2040-12-31")]}
OPTION = {"status": "available", "ground_leases": [lease("1", "a", "option", ends_on="2028-12-31")]}
M2 = 10_000.0


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(FREE, FREE, {}, id="nothing"),
        pytest.param(FREE, LEASED, {"taken": (M2, M2, 0, 0)}, id="let out"),
        pytest.param(LEASED, FREE, {"freed": (M2, M2, 0, 0)}, id="given back"),
        pytest.param(LEASED, LONGER, {"extended": (M2, M2, 0, 0)}, id="extended"),
        pytest.param(LONGER, LEASED, {"shortened": (M2, M2, 0, 0)}, id="shortened"),
        pytest.param(OPTION, FREE, {"lapsed": (M2, M2, 0, 0)}, id="an option withdrawn"),
        pytest.param(OPTION, LEASED, {"taken": (M2, M2, 0, 0)}, id="an option taken up"),
        pytest.param(
            LEASED,
            {"status": "issued", "ground_leases": [lease("2", "a", ends_on="2060-12-31")]},
            {"reissued": (M2, M2, 0, 0)},
            id="another contract in its place",
        ),
        pytest.param(
            LEASED,
            {
                "status": "issued",
                "ground_leases": [lease("1", "a", ends_on="2030-12-31", extension_years=25, extension_right="tenant")],
            },
            {"extended": (M2, M2, 0, 0)},
            id="a right to extend was granted",
        ),
        pytest.param(
            {"status": "reserved"},
            {"status": "optioned"},
            {"taken": (M2, M2, 0, 0)},
            id="an option on what was reserved",
        ),
        pytest.param(
            {"status": "optioned"},
            {"status": "reserved"},
            {"loosened": (M2, M2, 0, 0)},
            id="a reservation where an option was",
        ),
        pytest.param({"status": "unknown"}, FREE, {"corrected": (M2, M2, 0, 0)}, id="now it is known"),
        pytest.param({"status": "not_serviced"}, FREE, {"serviced": (M2, M2, 0, 0)}, id="serviced"),
    ],
)
def test_what_became_of_the_land(rules: Project, old: Any, new: Any, expected: Any) -> None:
    land = moved(Side(old, rules.resolve), Side(new, rules.resolve))
    assert land == {name: pytest.approx(parts) for name, parts in expected.items()}


def test_time_alone(rules: Project) -> None:
    land = moved(Side(OPTION, rules.resolve), Side(OPTION, rules.resolve, later("2029-01-01")))
    assert land == {"lapsed": pytest.approx((M2, 0, 0, M2))}


def test_rules_alone(rules: Project) -> None:
    slow = rules.resolve.handover.model_copy(update={"months": {**rules.resolve.handover.months, "sublease": 36}})
    land = moved(Side(LEASED, rules.resolve), Side(LEASED, changed(rules, handover=slow)))
    assert land == {"extended": pytest.approx((M2, 0, M2, 0))}


def test_two_causes_of_which_either_would_do_share_alike(rules: Project) -> None:
    """The option was withdrawn from the register, and its day has passed as well."""
    land = moved(Side(OPTION, rules.resolve), Side(FREE, rules.resolve, later("2029-01-01")))
    assert land == {"lapsed": pytest.approx((M2, M2 / 2, 0, M2 / 2))}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({"a": square(0, 0, 2, 1)}, {"a": square(0, 0), "b": square(1, 0)}, {"split": 2 * M2}, id="split"),
        pytest.param(
            {"a": square(0, 0), "b": square(1, 0)}, {"c": square(0, 0, 2, 1)}, {"merged": 2 * M2}, id="merged"
        ),
        pytest.param({"a": square(0, 0)}, {"z": square(0, 0)}, {"renumbered": M2}, id="renumbered"),
        pytest.param({"a": square(0, 0)}, {"a": square(0, 0), "b": square(1, 0)}, {"new": M2}, id="a new plot"),
        pytest.param({"a": square(0, 0), "b": square(1, 0)}, {"a": square(0, 0)}, {"retired": M2}, id="a plot gone"),
        pytest.param(
            {"a": square(0, 0), "b": square(1, 0)},
            {"a": square(0, 0, 0.6, 1), "b": square(0.6, 0, 0.8, 1), "c": square(1.4, 0, 0.6, 1)},
            {"rearranged": 2 * M2},
            id="boundaries drawn anew",
        ),
        pytest.param({"a": square(0, 0)}, {"a": square(0, 0, 0.99999, 1)}, {}, id="an edge that moved by a millimetre"),
    ],
)
def test_the_lineage_of_plots_by_overlap(rules: Project, old: Any, new: Any, expected: dict[str, float]) -> None:
    sides = [
        Side(
            {
                "plots": parcels(**shapes),
                "issue_register": [{"parcel_id": n, "issue_status": "available"} for n in shapes],
            },
            rules.resolve,
        )
        for shapes in (old, new)
    ]
    land = monitoring.changes(*sides)  # type: ignore[arg-type]
    kin = monitoring.lineages(land).set_index("lineage")["area_m2"]
    assert kin[kin >= 1].to_dict() == pytest.approx(expected)


land = st.tuples(st.integers(1, 19), st.integers(1, 19))
given_side = st.tuples(
    land, st.sampled_from(["available", "issued", "unknown"]), st.integers(2027, 2045), st.booleans()
)
MANY = 8  # drawings that lie apart in one cluster, for the price of one


@given(
    *[st.lists(given_side, min_size=MANY, max_size=MANY)] * 2,
    st.sampled_from(["2026-10-01", "2029-02-03", "2041-01-01"]),
)
@settings(max_examples=4)
def test_each_m2_counts_once_and_the_causes_add_up(rules: Project, old: Any, new: Any, today: str) -> None:
    sides = []
    for drawings in (old, new):
        plots, register, contracts, polygons = {}, [], [], []
        for n, ((cut, drawn), status, year, has_polygon) in enumerate(drawings):
            plots |= {f"a{n}": square(0, 2 * n, cut / 10, 1), f"b{n}": square(cut / 10, 2 * n, 2 - cut / 10, 1)}
            register += [{"parcel_id": f"{name}{n}", "issue_status": status} for name in "ab"]
            extension = {"extension_years": 5, "extension_right": "tenant"}
            contracts.append(lease(f"{n}", f"a{n}", ends_on=f"{year}-06-30", **extension))
            polygons += [{"contract_id": f"{n}", "geometry": square(0, 2 * n, drawn / 10, 0.5)}] * has_polygon
        registers = {"issue_register": register, "ground_leases": contracts, "lease_polygons": polygons}
        sides.append({"land": square(0, 0, 2, 2 * MANY), "plots": parcels(**plots), **registers})
    old_side, new_side = Side(sides[0], rules.resolve), Side(sides[1], rules.resolve, later(today))
    land = monitoring.changes(old_side, new_side)  # type: ignore[arg-type]
    for n in range(MANY):
        pieces = land[land.intersects(square(0, 2 * n, 2, 1).buffer(1.0))]
        assert pieces["area_m2"].sum() == pytest.approx(2 * M2, abs=0.1)
        assert pieces.geometry.union_all().area == pytest.approx(2 * M2, abs=0.1)
    assert land["area_m2"].sum() == pytest.approx(2 * M2 * MANY, abs=0.1 * MANY)
    parts = land[["by_data_m2", "by_rules_m2", "by_time_m2"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(land["area_m2"].where(land["change"] != "unchanged", 0.0).to_numpy())


def test_a_run_against_itself_on_a_later_day(proefpolder: RunContext, tmp_path: Any) -> None:
    place = str(proefpolder.store.outputs)
    result = CliRunner().invoke(
        main, ["diff", place, f"{place}@2029-01-01", "--json", "--gpkg", str(tmp_path / "w.gpkg")]
    )
    expected = json.loads(result.output)
    assert result.exit_code == 5 and (tmp_path / "w.gpkg").is_file() and expected["land"]
    assert {"lapsed", "taken"} <= {row["change"] for row in expected["sums"]}
    assert [row["by_time_m2"] for row in expected["sums"]] == pytest.approx(
        [row["area_m2"] for row in expected["sums"]]
    )


@pytest.mark.parametrize(
    ("place", "words"),
    [
        pytest.param("nergens", "no such file or folder", id="no folder"),
        pytest.param("nergens@2029-01-01", "nergens': no such folder", id="no folder on a day"),
        pytest.param("{run}/figures@2029-01-01", "snapshot.json", id="no results on a day"),
        pytest.param("{run}@2029-13-01", "is no date", id="no such month"),
        pytest.param("{run}@2029", "is no date", id="a year"),
        pytest.param("{run}@2020-01-01", "before the reference date", id="a day before the run"),
    ],
)
def test_what_holds_no_run_is_refused_in_words(proefpolder: RunContext, place: str, words: str) -> None:
    run = str(proefpolder.store.outputs)
    result = CliRunner().invoke(main, ["diff", run, place.format(run=run)])
    assert result.exit_code == 2 and "refused: " in result.output and words in result.output


def test_the_foreseen_is_time_and_the_unforeseen_is_data(rules: Project) -> None:
    """A lease ends in 2027. Foreseen for 2030: free. In 2030 the register still says issued, without a contract."""
    ends = {"status": "issued", "ground_leases": [lease("1", "a", ends_on="2027-06-30")]}
    foreseen = Side(ends, rules.resolve, later_day=day("2030-01-01"))
    assert moved(Side(ends, rules.resolve), foreseen) == {"freed": pytest.approx((M2, 0, 0, M2))}
    still = Side(dict(ends), rules.resolve, later("2030-01-01"))
    assert moved(foreseen, still) == {"corrected": pytest.approx((M2, M2, 0, 0))}
