"""Supply in time, on squared paper: published patterns, and figures that one can add up by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from paper_port import changed, port, settle
from squared_paper import lease, parcels, square

from layers.derived.supply_curve import LAYER as SUPPLY_CURVE
from pipeline.project.load import Project
from pipeline.project.resolve import ExerciseConfig
from pipeline.stages.balance.in_time import (
    Tenure,
    decision_calendar,
    double_occupation,
    paper_vacancy,
    renewal_wall,
    supply_curve,
)
from pipeline.stages.balance.inputs import BalanceInputs
from pipeline.stages.balance.measures import measures_in_time
from pipeline.stages.balance.stacked import stacked
from pipeline.stages.balance.tables import summed

HA = 10_000.0


def tenure(rules: Project, done: dict[str, Any]) -> Tenure:
    return Tenure("paper", done["holdings"], done["holding_periods"], done["holding_rights"], rules)


def tables_of(rules: Project, resolved: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """All tables in time of the port."""
    held = tenure(rules, resolved)
    return {
        "supply_curve": supply_curve(held, {"earliest": 0.0, "latest": 0.0}),
        "paper_vacancy": paper_vacancy(held),
        "renewal_wall": renewal_wall(held),
        "decision_calendar": decision_calendar(held),
        "double_occupation": double_occupation(held),
    }


def in_time(rules: Project, tables: dict[str, Any], card: Any = None) -> dict[str, pd.DataFrame]:
    return tables_of(rules, settle(rules, tables, card))


def row_of_plots(*hectares: float) -> dict[str, Any]:
    """Plots a, b, c ... of so many hectares in a row."""
    shapes, x = {}, 0.0
    for name, wide in zip("abcdefgh", hectares, strict=False):
        shapes[name] = square(x, 0, wide, 1)
        x += wide
    return {"land": square(0, 0, x, 1), "plots": parcels(**shapes)}


def on_offer(plots: Any, **other: str) -> list[dict[str, Any]]:
    return [{"parcel_id": name, "issue_status": other.get(name, "available")} for name in plots["parcel_id"]]


def test_the_groningen_pattern(rules: Project) -> None:
    """479 ha net stock, about 250 of it reserved for known and possible customers: 229 ha free
    (Groningen Seaports, annual report 2023). By IBIS all of it is on offer."""
    row = row_of_plots(229, 150, 100)
    claims = [lease("R", "b", "reservation"), lease("O", "c", "option", ends_on="2028-12-31")]
    vacancy = in_time(rules, port(**row, issue_register=on_offer(row["plots"]), ground_leases=claims))["paper_vacancy"]
    now = vacancy[(vacancy["year"] == 2026) & (vacancy["case"] == "earliest")].set_index("instrument")["area_m2"] / HA
    assert now["gross_vacant"] == pytest.approx(479)
    assert now["reservation"] + now["option"] == pytest.approx(250)
    assert now["truly_free"] == pytest.approx(229)


def test_the_rotterdam_pattern(rules: Project) -> None:
    """25 years with the tenant's right to 25 more: ends 2027, so
    presumptively held until 2052 (Europoort Kringen on EMO)."""
    contract = lease(
        "1", "a", starts_on="2002-07-01", ends_on="2027-06-30", extension_years=25, extension_right="tenant"
    )
    tables = in_time(rules, port(ground_leases=[contract]))
    supply = tables["supply_curve"].set_index("year")
    assert supply["free_earliest_m2"].idxmax() == 2029 and supply["free_latest_m2"].idxmax() == 2054
    ends = tables["renewal_wall"][tables["renewal_wall"]["measure"] == "renewal_ends"].set_index("case")["period"]
    assert ends.to_dict() == {"earliest": "2026-2030", "latest": "2051-2055"}


def test_supply_is_given_for_every_year_and_the_spread_is_the_difference(rules: Project) -> None:
    row = row_of_plots(1, 2)
    contract = lease("1", "b", ends_on="2030-12-31", extension_years=10, extension_right="mutual")
    table = in_time(rules, port(**row, issue_register=on_offer(row["plots"], b="issued"), ground_leases=[contract]))[
        "supply_curve"
    ]
    assert table["year"].tolist() == list(range(2026, 2061))
    rows = table.set_index("year")[["free_earliest_m2", "free_latest_m2", "spread_m2"]] / HA
    assert rows.loc[[2031, 2032, 2041, 2042]].to_numpy().tolist() == [[1, 1, 0], [3, 1, 2], [3, 1, 2], [3, 3, 0]]
    assert table["free_expected_m2"].isna().all()


def test_expected_supply_lies_between(rules: Project) -> None:
    card = changed(rules, exercise=(ExerciseConfig(chance=0.25, basis="x"),))
    contract = lease("1", "a", ends_on="2030-12-31", extension_years=10, extension_right="tenant")
    table = in_time(rules, port(ground_leases=[contract]), card)["supply_curve"].set_index("year")
    assert table["free_expected_m2"].loc[[2031, 2032, 2042]].tolist() == pytest.approx([0, 7_500, 10_000])


def test_paper_vacancy_adds_up_under_every_instrument(rules: Project) -> None:
    row = row_of_plots(1, 2, 3, 4, 5, 6, 7, 8)
    status = {"c": "strategic_reserve", "d": "not_serviced", "e": "unknown", "f": "idle", "h": "issued"}
    contracts = [
        lease("1", "b", starts_on="2028-01-01", ends_on="2060-01-01"),
        lease("2", "f", ends_on="2060-01-01"),
        lease("3", "g", "option", ends_on="2030-12-31"),
    ]
    rows = in_time(rules, port(**row, issue_register=on_offer(row["plots"], **status), ground_leases=contracts))[
        "paper_vacancy"
    ]
    now = rows[(rows["year"] == 2026) & (rows["case"] == "latest")].set_index("instrument")["area_m2"] / HA
    assert now.drop("gross_vacant").to_dict() == pytest.approx(
        {
            "truly_free": 1,
            "contracted": 2,
            "strategic_reserve": 3,
            "not_serviced": 4,
            "unknown": 5,
            "company_reserve": 6,
            "option": 7,
            "reservation": 0,
        }
    )
    assert now["gross_vacant"] == pytest.approx(28)


def test_land_with_a_building_does_not_look_vacant(rules: Project) -> None:
    house = {"building_id": "h", "building_status": "in_use", "geometry": square(0, 0, 0.5, 0.5)}
    rows = in_time(rules, port(status="available", buildings=[house]))["paper_vacancy"]
    assert rows["area_m2"].sum() == 0


def test_each_m2_stands_in_one_bin_of_the_wall(rules: Project) -> None:
    row = row_of_plots(1, 2, 3, 4)
    contracts = [
        lease("1", "a", ends_on="2030-12-31", extension_years=5, extension_right="tenant", last_notice_on="2029-12-31"),
        lease("2", "b", "rent", ends_on="2031-01-01"),
        lease("3", "c", ends_on="2071-01-01"),
        lease("4", "d", is_perpetual=True),
        lease("5", "d", "option", ends_on="2028-01-01"),
    ]
    status = on_offer(row["plots"], a="issued", b="issued", c="issued", d="issued")
    wall = in_time(rules, port(**row, issue_register=status, ground_leases=contracts))["renewal_wall"]
    ends = wall[(wall["measure"] == "renewal_ends") & (wall["case"] == "earliest")].set_index("period")["area_m2"] / HA
    assert ends.to_dict() == pytest.approx({"2026-2030": 1, "2031-2035": 2, "later": 3, "no_end": 4})
    notice = wall[wall["measure"] == "renewal_notice"]
    assert notice[["period", "area_m2"]].to_numpy().tolist() == [["2026-2030", pytest.approx(HA)]]


@pytest.mark.parametrize(
    ("contract", "act"),
    [
        pytest.param(
            lease(
                "1",
                "a",
                ends_on="2027-12-31",
                extension_years=25,
                extension_right="tenant",
                last_notice_on="2026-12-31",
            ),
            ("buy_out_extension", "2026-12-31"),
            id="the tenant's right: before the last day to call it",
        ),
        pytest.param(
            lease(
                "1",
                "a",
                ends_on="2027-12-31",
                extension_years=25,
                extension_right="mutual",
                last_notice_on="2026-12-31",
            ),
            ("do_not_extend", "2026-12-31"),
            id="both must want it",
        ),
        pytest.param(
            lease("1", "a", ends_on="2027-12-31", extension_years=25, extension_right="mutual"),
            ("do_not_extend", "2026-12-31"),
            id="no day named: a year before the end",
        ),
        pytest.param(lease("1", "a", "option", ends_on="2028-05-01"), ("let_lapse", "2028-05-01"), id="an option"),
        pytest.param(
            lease("1", "a", ends_on="2040-12-31", notice_given_on="2026-01-01", ends_by_notice_on="2028-06-30"),
            ("enforce_notice", "2028-06-30"),
            id="notice given",
        ),
        pytest.param(lease("1", "a", ends_on="2027-12-31"), None, id="ends anyway: nothing to decide"),
        pytest.param(
            lease("1", "a", ends_on="2029-12-31", extension_years=25, extension_right="tenant"),
            None,
            id="cleared too late for 2030: no act will do",
        ),
        pytest.param(lease("1", "a", is_perpetual=True), None, id="perpetual: no act will do"),
    ],
)
def test_until_when_one_can_act_for_2030(rules: Project, contract: dict[str, Any], act: tuple[str, str] | None) -> None:
    table = in_time(rules, port(status="available", ground_leases=[contract]))["decision_calendar"]
    rows = table[table["target_year"] == 2030]
    acts = [(row.action, str(row.act_by.date())) for row in rows.itertuples()]
    assert acts == ([act] if act else [])


def test_decisions_stand_by_hectares_and_the_past_is_marked(rules: Project) -> None:
    row = row_of_plots(1, 5)
    more = {"extension_years": 25, "extension_right": "tenant"}
    contracts = [
        lease("1", "a", ends_on="2027-12-31", last_notice_on="2026-12-31", **more),
        lease("2", "b", ends_on="2028-12-31", last_notice_on="2025-12-31", **more),
    ]
    status = on_offer(row["plots"], a="issued", b="issued")
    table = in_time(rules, port(**row, issue_register=status, ground_leases=contracts))["decision_calendar"]
    ranked = table[table["target_year"] == 2030]
    assert ranked[["rank", "contract_id", "is_past"]].to_numpy().tolist() == [[1, "2", True], [2, "1", False]]


@pytest.mark.parametrize(
    ("old_end", "begins", "twice"),
    [
        pytest.param("2029-12-31", "2028-01-01", {2028: 1, 2029: 1, 2030: 1}, id="until the old plant is cleared"),
        pytest.param("2027-06-30", "2029-01-01", {}, id="gone before the new begins"),
        pytest.param("2045-12-31", "2028-01-01", {}, id="keeps both: growth, no move"),
    ],
)
def test_a_mover_holds_land_twice(rules: Project, old_end: str, begins: str, twice: dict[int, float]) -> None:
    row = row_of_plots(1, 2, 3)
    contracts = [
        lease("1", "a", ends_on=old_end, holder="Staal B.V."),
        lease("2", "b", starts_on=begins, ends_on="2060-12-31", holder="STAAL B.V. "),
    ]
    tables = port(**row, issue_register=on_offer(row["plots"], a="issued"), ground_leases=contracts)
    table = in_time(rules, tables)["double_occupation"].query("case == 'earliest'").set_index("year")
    held = table["held_twice_m2"][table["held_twice_m2"] > 0] / HA
    assert held.to_dict() == twice
    assert (table["short_m2"] == 0).all() and (
        not twice or table.loc[2028, "free_meanwhile_m2"] == pytest.approx(3 * HA)
    )


@pytest.mark.parametrize(
    ("contracts", "twice"),
    [
        pytest.param(
            [
                lease("1", "a", ends_on="2029-12-31", holder="S"),
                lease("2", "b", starts_on="2028-01-01", ends_on="2060-12-31", holder="S"),
                lease("3", "c", starts_on="2028-01-01", ends_on="2060-12-31", holder="S"),
            ],
            1.0,
            id="one old plot, two new: the old is held once more",
        ),
        pytest.param(
            [
                lease("0", "a", "ground_lease", ends_on="2029-12-31", holder="S"),
                lease("1", "a", "superficies", ends_on="2029-12-31", holder="S"),
                lease("2", "c", starts_on="2028-01-01", ends_on="2060-12-31", holder="S"),
            ],
            1.0,
            id="two rights on the old plot",
        ),
        pytest.param(
            [
                lease("1", "a", ends_on="2027-12-31", holder="S"),
                lease("2", "a", starts_on="2028-01-01", ends_on="2060-12-31", holder="S"),
            ],
            0.0,
            id="renewed on the same plot",
        ),
        pytest.param(
            [
                lease("1", "a", starts_on="1990-01-01", ends_on="2029-12-31", holder="S"),
                lease("2", "b", starts_on="2026-06-01", ends_on="2060-12-31", holder="S"),
            ],
            1.0,
            id="a move under way",
        ),
    ],
)
def test_land_held_twice_is_counted_once(rules: Project, contracts: list[dict[str, Any]], twice: float) -> None:
    row = row_of_plots(1, 1, 3)
    tables = port(**row, issue_register=on_offer(row["plots"]), ground_leases=contracts)
    table = in_time(rules, tables)["double_occupation"].query("case == 'earliest'").set_index("year")
    assert table.loc[2029, "held_twice_m2"] / HA == pytest.approx(twice)


def test_a_move_for_which_there_is_no_land_is_short(rules: Project) -> None:
    row = row_of_plots(1, 2)
    contracts = [
        lease("1", "a", ends_on="2029-12-31", holder="S"),
        lease("2", "b", starts_on="2028-01-01", ends_on="2060-12-31", holder="S"),
    ]
    tables = port(**row, issue_register=on_offer(row["plots"], a="issued", b="issued"), ground_leases=contracts)
    table = in_time(rules, tables)["double_occupation"].query("case == 'earliest'").set_index("year")
    assert table.loc[2029, "short_m2"] == pytest.approx(HA) and table["is_peak"].sum() == 3


def test_the_measures_and_the_sum_of_clusters_tell_the_same(rules: Project) -> None:
    done = settle(rules, port(status="available"))
    tables = tables_of(rules, done)
    measures = stacked(measures_in_time(tables, done["conflicts"], 2026))
    supply = measures[(measures["measure"] == "supply") & (measures["case"] == "earliest")]
    assert supply["area_m2"].tolist() == tables["supply_curve"]["free_earliest_m2"].tolist()
    other = tables["supply_curve"].assign(cluster_id="other")
    clusters = {"supply_curve": pd.concat([tables["supply_curve"], other])}
    both = summed(SUPPLY_CURVE, lambda _: other, BalanceInputs(rules, "nederland", clusters))
    nation = both[both["cluster_id"] == "nederland"]["free_earliest_m2"].to_numpy()
    assert nation == pytest.approx(2 * tables["supply_curve"]["free_earliest_m2"].to_numpy())


def test_decisions_of_a_year_stand_by_m2_then_day_then_contract(rules: Project) -> None:
    more = {"ends_on": "2027-12-31", "extension_years": 25, "extension_right": "tenant"}
    contracts = [
        lease("G", "e", holder="S", last_notice_on="2026-01-31", **more),
        lease("G", "f", holder="S", last_notice_on="2026-01-31", **more),
        lease("B", "a", holder="H", last_notice_on="2026-12-31", **more),
        lease("A", "b", last_notice_on="2027-06-30", **more),
        lease("C", "c", "option", ends_on="2026-12-31"),
        lease("E", "d", "option", ends_on="2028-05-01"),
        lease("D", "d", "rent", last_notice_on="2027-06-30", **more),
    ]
    row = row_of_plots(1, 1, 1, 1, 1, 1)
    status = on_offer(row["plots"], a="issued", b="issued", d="issued", e="issued", f="issued")
    table = in_time(rules, port(**row, issue_register=status, ground_leases=contracts))["decision_calendar"]
    rows = [
        [1, "G", "sublease", "buy_out_extension", "2026-01-31", True, 2, 2, "S", "e, f"],
        [2, "B", "sublease", "buy_out_extension", "2026-12-31", False, 1, 1, "H", "a"],
        [3, "C", "option", "let_lapse", "2026-12-31", False, 1, 1, None, "c"],
        [4, "A", "sublease", "buy_out_extension", "2027-06-30", False, 1, 1, None, "b"],
        [5, "D", "rent", "buy_out_extension", "2027-06-30", False, 1, 1, None, "d"],
    ]
    for year in (2030, 2050):
        ranked = table[table["target_year"] == year].sort_values("rank")
        assert [
            [
                *(r.rank, r.contract_id, r.right_type, r.action, f"{r.act_by:%Y-%m-%d}", r.is_past, r.area_m2 / HA),
                *(r.count, r.holder if isinstance(r.holder, str) else None, r.parcel_ids),
            ]
            for r in ranked.astype({"rank": int, "count": int}).itertuples()
        ] == rows


def test_the_wall_counts_the_lowest_right_that_has_begun_and_the_last_of_those_to_end(rules: Project) -> None:
    contracts = [
        lease("1", "a", ends_on="2026-09-30"),
        lease("2", "b", "ground_lease", ends_on="2060-12-31"),
        lease("3", "b", "rent", ends_on="2030-12-31"),
        lease("4", "c", "superficies", ends_on="2031-06-30"),
        lease("5", "c", "rent", ends_on="2030-12-31"),
        lease("6", "d", starts_on="2027-01-01", ends_on="2030-12-31"),
        lease("7", "e", "temporary_use", ends_on="2061-06-30"),
        lease("8", "f", is_perpetual=True),
        lease("9", "g", "rent", ends_on="2030-12-31", extension_years=10, extension_right="tenant"),
        lease("0", "h", "rent", starts_on="2026-10-01", ends_on="2026-10-01"),
    ]
    contracts[8]["last_notice_on"] = pd.Timestamp("2029-12-31")
    row = row_of_plots(1, 2, 3, 4, 5, 6, 7, 8)
    table = in_time(rules, port(**row, issue_register=[], ground_leases=contracts))["renewal_wall"]
    fixed = [
        ("sublease", 2026, "past", 1, 1),
        ("superficies", 2031, "2031-2035", 3, 1),
        ("temporary_use", 2061, "later", 5, 1),
        ("sublease", 2061, "no_end", 6, 1),
    ]
    expected = [
        *(("renewal_ends", case, *wall) for case in ("earliest", "latest") for wall in fixed),
        ("renewal_ends", "earliest", "rent", 2026, "2026-2030", 2 + 7 + 8, 3),
        ("renewal_ends", "latest", "rent", 2026, "2026-2030", 2 + 8, 2),
        ("renewal_ends", "latest", "rent", 2036, "2036-2040", 7, 1),
        ("renewal_notice", "both", "rent", 2026, "2026-2030", 7, 1),
    ]
    rows = table[["measure", "case", "right_type", "from_year", "period", "area_m2", "count"]]
    assert sorted((*row[:5], round(row[5] / HA, 6), row[6]) for row in rows.itertuples(index=False)) == sorted(expected)


@pytest.mark.parametrize(
    ("begins", "years"),
    [
        pytest.param("2025-12-31", [], id="a day more than five years: growth"),
        pytest.param("2026-01-01", [2026, 2027, 2028, 2029, 2030], id="five years to the day"),
        pytest.param("2030-12-31", [], id="on no first of January under both"),
        pytest.param("2029-12-31", [2030], id="on one"),
    ],
)
def test_a_move_lasts_as_many_years_as_the_card_says(rules: Project, begins: str, years: list[int]) -> None:
    """The old land is let go on 1 January 2031."""
    contracts = [
        lease("1", "a", ends_on="2029-12-31", starts_on="2000-01-01", holder="S"),
        lease("2", "b", starts_on=begins, ends_on="2060-12-31", holder="S"),
        lease("3", "c", "option", ends_on="2029-06-30", holder="S"),
    ]
    row = row_of_plots(1, 2, 3)
    tables = port(**row, issue_register=on_offer(row["plots"], a="issued", b="issued"), ground_leases=contracts)
    table = in_time(rules, tables)["double_occupation"].query("case == 'earliest'")
    twice = table[table["held_twice_m2"] > 0]
    assert twice["year"].tolist() == years and set(twice["count"]) <= {1} and table["year"].tolist()[-1] == 2060
    assert twice["held_twice_m2"].tolist() == pytest.approx([HA] * len(years))
    assert table["is_peak"].tolist() == (table["held_twice_m2"] > 0).tolist()
    # The option lapses on 1 July 2029: from 2030 on its land is free throughout.
    free = twice["free_meanwhile_m2"][twice["year"] >= 2030] / HA
    assert free.tolist() == pytest.approx([3] * len(free)) and table["short_m2"][table["year"] >= 2030].sum() == 0
