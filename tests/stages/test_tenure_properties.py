"""Tenure, whatever the records: holdings fill the plots, periods fill time, no case turns round, unknown
is not free."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_port import YEARS, changed, port, sequence_of_states, settle, states_of
from squared_paper import lease, parcels, square

from layers.columns import CASES
from layers.sources.issue_register import ISSUE_STATUSES
from pipeline.project.load import Project
from pipeline.project.resolve import ExerciseConfig
from pipeline.stages.resolve import Known

day = st.one_of(st.none(), st.dates(pd.Timestamp("2015-01-01").date(), pd.Timestamp("2070-12-31").date()).map(str))
contract = st.fixed_dictionaries(
    {
        "right": st.sampled_from(["ground_lease", "sublease", "rent", "temporary_use", "option", "reservation"]),
        "plot": st.sampled_from(["a", "b", "c", None]),
        "starts_on": day,
        "ends_on": day,
        "extension_right": st.sampled_from(["tenant", "mutual", "none", "unknown"]),
        "extension_years": st.one_of(st.none(), st.integers(0, 40)),
        "last_notice_on": day,
        "notice_given_on": day,
        "ends_by_notice_on": day,
        "holder": st.sampled_from(["A", "B", None]),
    }
)
contracts = st.lists(contract, max_size=7)
statuses = st.sampled_from(
    ["available", "issued", "not_serviced", "idle", "unknown", "optioned", "strategic_reserve", "public_space", None]
)
corner = st.integers(0, 60).map(lambda tenth: tenth / 10)
boxes = st.lists(st.tuples(corner, corner, corner, corner), max_size=4)


def leases(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for number, right in enumerate(drawn):
        more = {name: value for name, value in right.items() if name not in ("right", "plot")}
        rows.append(
            lease(str(number), right["plot"], right["right"], site_name=None if right["plot"] else "haven", **more)
        )
    return rows


def harbour(status: str | None, drawn: list[dict[str, Any]], shapes: Iterable[Any] = ()) -> dict[str, Any]:
    """Three plots, two of which overlap, one across the boundary; contracts and some of their polygons."""
    plots = parcels(a=square(0, 0, 2, 2), b=square(1.8, 0, 2, 2), c=square(4, 0, 2, 2)).assign(site_name="haven")
    polygons = [
        {"contract_id": str(number), "geometry": square(x, y, w, h)}
        for number, (x, y, w, h) in enumerate(shapes)
        if w > 0 and h > 0
    ]
    register = [{"parcel_id": name, "issue_status": status} for name in "abc"] if status else []
    return port(
        square(0, 0, 5, 2), plots=plots, issue_register=register, ground_leases=leases(drawn), lease_polygons=polygons
    )


@given(statuses, contracts, boxes, st.randoms())
def test_tenure_holds_together_whatever_the_records(
    rules: Project, status: str | None, drawn: Any, shapes: Any, chance: Any
) -> None:
    """Each property of one drawn port, which is resolved once, and once more with its records in another order."""
    tables = harbour(status, drawn, shapes)
    card = changed(rules, exercise=(ExerciseConfig(chance=0.5, basis="x"),))
    done = settle(rules, tables, card)
    holdings_fill_the_plots_and_nothing_more(done["holdings"])
    periods_fill_time_without_gap_or_overlap(done["holding_periods"])
    earliest_is_never_later_than_latest(done)
    land_is_free_from_the_day_that_its_holding_names(done)
    assert status not in ("unknown", None) or "free" not in set(done["holding_periods"]["tenure_status"])
    assert sorted(done["contract_account"]["contract_id"]) == sorted(str(number) for number in range(len(drawn)))
    the_order_of_records_makes_no_difference(done, settle(rules, in_another_order(tables, chance), card))


def holdings_fill_the_plots_and_nothing_more(holdings: Any) -> None:
    land = shapely.box(100_000, 400_000, 100_380, 400_200).union(shapely.box(100_400, 400_000, 100_500, 400_200))
    assert holdings["area_m2"].sum() == pytest.approx(land.area, rel=1e-6)
    assert shapely.union_all(holdings.geometry.to_numpy()).area == pytest.approx(land.area, rel=1e-6)


def periods_fill_time_without_gap_or_overlap(periods: pd.DataFrame) -> None:
    rows = periods.sort_values(["case", "holding_id", "begins_on"])
    key = [rows["case"], rows["holding_id"]]
    assert (rows["begins_on"].groupby(key).first() == pd.Timestamp("2026-10-01")).all()
    assert rows["until"].groupby(key).tail(1).isna().all()
    following = rows["begins_on"].groupby(key).shift(-1)
    inner = following.notna()
    assert (following[inner] == rows.loc[inner, "until"] + pd.Timedelta(days=1)).all()
    assert set(rows["case"]) == {"earliest", "latest", "expected"}


def earliest_is_never_later_than_latest(done: dict[str, Any]) -> None:
    rows = done["holdings"][done["holdings"]["available_latest"].notna()]
    assert (rows["available_earliest"] <= rows["available_latest"]).all()
    assert (rows["available_earliest"] <= rows["available_expected"]).all()
    for moment in pd.date_range("2026-10-01", "2080-01-01", freq="2557D"):
        free = {case: chance_on(done, case, moment) for case in ("earliest", "expected", "latest")}
        assert (free["latest"] <= free["expected"] + 1e-6).all() and (free["expected"] <= free["earliest"] + 1e-6).all()


def chance_on(done: dict[str, Any], case: str, moment: pd.Timestamp) -> Any:
    rows = done["holding_periods"][
        (done["holding_periods"]["case"] == case) & (done["holding_periods"]["begins_on"] <= moment)
    ]
    return rows.sort_values("begins_on").groupby("holding_id")["chance_free"].last().sort_index().to_numpy()


def land_is_free_from_the_day_that_its_holding_names(done: dict[str, Any]) -> None:
    named = done["holdings"].set_index("holding_id")
    for case, states in states_of(done)[states_of(done)["case"].isin(CASES)].groupby("case"):
        day_free = named.loc[states["holding_id"], f"available_{case}"].to_numpy()
        is_free = (states["tenure_status"] == "free").to_numpy()
        assert (day_free[is_free] <= states["year"].map(YEARS).astype("datetime64[ms]").to_numpy()[is_free]).all()


def in_another_order(tables: dict[str, Any], chance: Any) -> dict[str, Any]:
    mixed = dict(tables)
    for name in ("ground_leases", "lease_polygons", "parcels", "issue_register"):
        order = list(range(len(tables[name])))
        chance.shuffle(order)
        mixed[name] = tables[name].iloc[order].reset_index(drop=True)
    return mixed


def the_order_of_records_makes_no_difference(ordered: dict[str, Any], other: dict[str, Any]) -> None:
    for name in ("holding_periods", "holding_rights", "conflicts", "contract_account"):
        pd.testing.assert_frame_equal(ordered[name], other[name])


@given(contracts)
@settings(max_examples=8)
def test_without_contracts_known_nothing_is_free(rules: Project, drawn: Any) -> None:
    for status in ("available", "issued"):
        done = settle(rules, harbour(status, drawn), known=Known(contracts=False))
        assert "free" not in set(done["holding_periods"]["tenure_status"])


# What a register that knows of a right says of its land.
CONSISTENT = {
    "ground_lease": ("issued", "idle"),
    "sublease": ("issued", "idle"),
    "superficies": ("issued", "idle"),
    "rent": ("issued", "idle"),
    "temporary_use": ("issued", "idle"),
    "option": ("optioned",),
    "reservation": ("reserved",),
}


def test_a_register_that_agrees_never_leaves_less_land_free(rules: Project) -> None:
    """Whatever else it could have said of land with a right in force: undated, it does not outlive the right.

    A plot for each right, end and answer, apart from the others, in one port.
    """
    ends = ("2026-12-31", "2029-12-31", "2049-06-30", None)
    drawn = {f"p{n}": each for n, each in enumerate(product(CONSISTENT, ends, ISSUE_STATUSES))}
    dated = {"starts_on": "2026-07-01", "extension_right": "none"}
    tables = port(
        square(0, 0, 2 * len(drawn), 1),
        plots=parcels(**{plot: square(2 * n, 0) for n, plot in enumerate(drawn)}),
        issue_register=[{"parcel_id": plot, "issue_status": status} for plot, (_, _, status) in drawn.items()],
        ground_leases=[lease(plot, plot, right, ends_on=end, **dated) for plot, (right, end, _) in drawn.items()],
    )
    done = settle(rules, tables)
    states = states_of(done).merge(done["holdings"][["holding_id", "parcel_id"]], on="holding_id")
    free = states[states["tenure_status"] == "free"]
    moments = {plot: {*zip(rows["case"], rows["year"], strict=True)} for plot, rows in free.groupby("parcel_id")}
    assert len(moments) > len(CONSISTENT)
    for right, end in product(CONSISTENT, ends):
        by_status = {
            status: moments.get(plot, set())
            for plot, (kind, until, status) in drawn.items()
            if (kind, until) == (right, end)
        }
        for status in CONSISTENT[right]:
            assert all(by_status[status] >= others for others in by_status.values()), (right, end, status, by_status)
        ends_in_time = end is not None and end < "2030"
        assert (("earliest", 2030) in by_status[CONSISTENT[right][0]]) == (
            end == "2026-12-31" or (ends_in_time and right in ("option", "reservation"))
        ), (right, end)


def test_a_register_keeps_land_of_which_no_claim_is_known(rules: Project) -> None:
    """A claim of another kind, one that is over, and one whose end is not known free nothing."""
    for row in (
        lease("1", "a", "reservation", starts_on="2026-07-01", ends_on="2029-12-31"),
        lease("1", "a", "option", starts_on="2020-07-01", ends_on="2025-12-31"),
        lease("1", "a", "option", starts_on="2026-07-01", ends_on=None),
    ):
        done = settle(rules, port(ground_leases=[row], status="optioned"))
        assert "free" not in set(done["holding_periods"]["tenure_status"])


def test_land_on_option_that_is_built_on_is_unknown_after_it(rules: Project) -> None:
    """As land on offer is: nobody knows who uses it."""
    option = lease("1", "a", "option", starts_on="2026-07-01", ends_on="2029-12-31")
    built = [{"building_id": "1", "building_status": "in_use", "geometry": square(0, 0, 0.5, 0.5)}]
    done = settle(rules, port(ground_leases=[option], status="optioned", buildings=built))
    assert sequence_of_states(done) == "optioned, 2030-01-01 unknown"


def test_land_on_option_that_is_serviced_later_is_not_free_before_that(rules: Project) -> None:
    option = lease("1", "a", "option", starts_on="2026-07-01", ends_on="2027-12-31")
    register = [{"parcel_id": "a", "issue_status": "optioned", "serviced_year": 2040}]
    done = settle(rules, port(ground_leases=[option], issue_register=register))
    assert sequence_of_states(done) == "optioned, 2028-01-01 not_serviced, 2041-01-01 free"


chanced = st.lists(
    st.tuples(st.sampled_from(["sublease", "rent"]), st.integers(2027, 2040), st.integers(1, 15)),
    min_size=1,
    max_size=3,
)


@given(chanced)
@settings(max_examples=5)
def test_the_chance_is_the_sum_over_all_that_may_happen(rules: Project, drawn: list[tuple[str, int, int]]) -> None:
    """Against every combination of who extends and who does not, each told by itself in the latest or earliest case."""
    chance = {"sublease": 0.7, "rent": 0.4}
    cards = tuple(ExerciseConfig(right_type=right, chance=p, basis="x") for right, p in chance.items())
    rows = [
        lease(str(n), "a", right, ends_on=f"{year}-06-30", extension_years=years, extension_right="tenant")
        for n, (right, year, years) in enumerate(drawn)
    ]
    whole = settle(rules, port(ground_leases=rows), changed(rules, exercise=cards))
    moments = [pd.Timestamp(f"{year}-01-01") for year in range(2027, 2062, 3)]
    chances = np.array([chance_on(whole, "expected", moment)[0] for moment in moments])
    # A plot for each combination, apart from the others, in one port.
    choices = {f"p{n}": extends for n, extends in enumerate(product((False, True), repeat=len(rows)))}
    here = [
        {**row, "contract_id": f"{plot}-{n}", "parcel_id": plot, "extension_right": "tenant" if called else "none"}
        for plot, extends in choices.items()
        for n, (row, called) in enumerate(zip(rows, extends, strict=True))
    ]
    land = {plot: square(2 * n, 0) for n, plot in enumerate(choices)}
    boundary = square(0, 0, 2 * len(land), 1)
    register = [{"parcel_id": plot, "issue_status": "issued"} for plot in land]
    drawn_port = port(boundary, plots=parcels(**land), issue_register=register, ground_leases=here)
    resolved = settle(rules, drawn_port)
    owner = resolved["holdings"].set_index("holding_id")["parcel_id"].sort_index()
    by_plot = [dict(zip(owner, chance_on(resolved, "latest", moment), strict=True)) for moment in moments]
    summed = np.zeros(len(moments))
    for plot, extends in choices.items():
        odds = np.prod(
            [
                chance[row["right_type"]] if called else 1 - chance[row["right_type"]]
                for row, called in zip(rows, extends, strict=True)
            ]
        )
        summed += odds * np.array([free[plot] for free in by_plot])
    assert chances == pytest.approx(summed, abs=2e-6)
