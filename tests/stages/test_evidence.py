"""Evidence: which record decides, how sure, what says otherwise; and every contract accounted for."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from paper_port import changed, classes, port, settle, state_of_today, states_of
from squared_paper import day, lease, parcels, square

from pipeline.project.load import Project
from pipeline.stages.resolve import Known

HOUSE = {"building_id": "h", "building_status": "in_use", "geometry": shapely.box(100_010, 400_010, 100_040, 400_040)}
TANK = {"land_use_id": "t", "use_kind": "tank", "geometry": shapely.box(100_010, 400_010, 100_040, 400_040)}
RUNS = lease("1", "a", starts_on="2010-01-01", ends_on="2040-12-31")
OPTION = {"right": "option", "ends_on": "2028-01-01", "certainty": "letter"}
DATED = {
    "issue_register": "2026-09-01",
    "ibis_register": "2026-08-01",
    "buildings": "2026-07-01",
    "land_use": "2025-06-01",
    "overrides": "2026-05-01",
    "ground_leases": "2026-04-01",
}


def fix(value: str = "reserved", target: str = "a", until: str = "2030-12-31") -> dict[str, Any]:
    return {
        "corrected_id": target,
        "new_value": value,
        "author": "x",
        "correction_reason": "y",
        "until": pd.Timestamp(until),
    }


REGISTER = ("register", "register", "Uitgiftestatus", "2026-09-01")
CORRECTION = ("override", "decision", "x: y (t/m 31-12-2030)", "2026-05-01")
HELD = {"starts_on": "2010-01-01", "ends_on": "2040-12-31"}
# By plot its status, the records on it (a contract has the key of its plot); the state of today, the kind of record
# that decides and what that rests on, the record and its date, and who says otherwise.
EVIDENCE: dict[str, tuple[str, dict[str, Any], str, tuple[str, str, str | None, str | None], str | None]] = {
    "deed": ("issued", {"contract": HELD}, "leased", ("contract", "deed", "deed", "2010-01-01"), None),
    "offered": (
        "available",
        {"contract": HELD},
        "leased",
        ("contract", "deed", "offered", "2010-01-01"),
        "uitgifteregister: uitgeefbaar",
    ),
    "letter": (
        "available",
        {"contract": OPTION},
        "optioned",
        ("claim", "letter", "letter", "2026-04-01"),
        "uitgifteregister: uitgeefbaar",
    ),
    "ahead": (
        "available",
        {"contract": {**HELD, "starts_on": "2027-01-01"}},
        "contracted",
        ("contract", "deed", "ahead", "2026-04-01"),
        "uitgifteregister: uitgeefbaar",
    ),
    "register": ("available", {}, "free", REGISTER, None),
    "ibis": ("unknown", {"ibis": "available"}, "free", ("ibis", "register", "IBIS", "2026-08-01"), None),
    "both": ("issued", {"ibis": "available"}, "leased", REGISTER, "IBIS: uitgeefbaar"),
    "built": (
        "available",
        {"house_m": 30},
        "unknown",
        ("building", "observed", "Gebouwen", "2026-07-01"),
        "uitgifteregister: uitgeefbaar; gebouwen: 9,0 % bebouwd",
    ),
    "used": (
        "available",
        {"use": "tank"},
        "unknown",
        ("land_use", "observed", "Grondgebruik", "2025-06-01"),
        "uitgifteregister: uitgeefbaar; grondgebruik: 9,0 % in gebruik",
    ),
    "used_later": (
        "not_serviced",
        {"use": "tank"},
        "unknown",
        ("land_use", "observed", "Grondgebruik", "2025-06-01"),
        "uitgifteregister: niet terstond uitgeefbaar; grondgebruik: 9,0 % in gebruik",
    ),
    "green": ("available", {"use": "green"}, "free", REGISTER, None),
    "gone": ("available", {"house_m": 30, "building_status": "demolished"}, "free", REGISTER, None),
    "shed": ("available", {"house_m": 20}, "free", REGISTER, "gebouwen: 4,0 % bebouwd"),
    "hut": ("available", {"house_m": 0.9}, "free", REGISTER, None),
    "tenant": (
        "issued",
        {"contract": HELD, "house_m": 30, "use": "tank"},
        "leased",
        ("contract", "deed", "tenant", "2010-01-01"),
        None,
    ),
    "taken": (
        "available",
        {"contract": OPTION, "house_m": 30},
        "optioned",
        ("claim", "letter", "taken", "2026-04-01"),
        "uitgifteregister: uitgeefbaar; gebouwen: 9,0 % bebouwd",
    ),
    "nothing": ("unknown", {}, "unknown", ("none", "unknown", None, None), None),
    "corrected": ("available", {"fix": "reserved"}, "reserved", CORRECTION, "uitgifteregister: uitgeefbaar"),
    "overruled": (
        "issued",
        {"contract": HELD, "fix": "free"},
        "free",
        CORRECTION,
        "uitgifteregister: uitgegeven; contract: in gebruik gegeven",
    ),
    "over": (
        "issued",
        {"contract": {"ends_on": "2020-01-01"}},
        "unknown",
        ("contract", "unknown", "Contracten", "2026-04-01"),
        "uitgifteregister: uitgegeven",
    ),
    "lingers": (
        "available",
        {"contract": {"ends_on": "2025-06-30", "extension_years": 25, "extension_right": "tenant"}},
        "free",
        REGISTER,
        "contract: verlopen, kan verlengd zijn",
    ),
    "ended": ("available", {"contract": {"ends_on": "2020-01-01"}}, "free", REGISTER, None),
    "ended_extension": (
        "available",
        {"contract": {"ends_on": "2015-06-30", "extension_years": 5, "extension_right": "tenant"}},
        "free",
        REGISTER,
        None,
    ),
    "idle": ("idle", {"contract": HELD}, "idle", ("contract", "deed", "idle", "2010-01-01"), None),
    "idle_built": ("idle", {"house_m": 30}, "idle", REGISTER, None),
    "kept": ("strategic_reserve", {}, "reserved", REGISTER, None),
}


@pytest.fixture(scope="module")
def recorded(rules: Project) -> dict[str, Any]:
    """A port with a plot for each case of EVIDENCE, and a date for each register."""
    rows: dict[str, list[Any]] = {
        name: [] for name in ("ground_leases", "ibis_register", "buildings", "land_use", "overrides")
    }
    for number, (plot, (_, records, *_)) in enumerate(EVIDENCE.items()):
        x, y = square(2 * number, 0).bounds[:2]
        if "contract" in records:
            rows["ground_leases"].append(lease(plot, plot, **{"right": "sublease", **records["contract"]}))
        if "ibis" in records:
            rows["ibis_register"].append({"parcel_id": plot, "issue_status": records["ibis"]})
        if "fix" in records:
            rows["overrides"].append(fix(records["fix"], plot))
        if "house_m" in records:
            shape = shapely.box(x + 10, y + 10, x + 10 + records["house_m"], y + 10 + records["house_m"])
            status = records.get("building_status", "in_use")
            rows["buildings"].append({"building_id": plot, "building_status": status, "geometry": shape})
        if "use" in records:
            shape = shapely.box(x + 10, y + 10, x + 40, y + 40)
            rows["land_use"].append({"land_use_id": plot, "use_kind": records["use"], "geometry": shape})
    tables = port(
        square(0, 0, 2 * len(EVIDENCE)),
        plots=parcels(**{plot: square(2 * number, 0) for number, plot in enumerate(EVIDENCE)}),
        issue_register=[{"parcel_id": plot, "issue_status": status} for plot, (status, *_) in EVIDENCE.items()],
        **rows,
    )
    return settle(rules, tables, dated={name: day(text) for name, text in DATED.items()})


def test_the_strongest_record_decides_and_the_others_are_named(recorded: dict[str, Any]) -> None:
    state = state_of_today(recorded)
    rows = recorded["holdings"].set_index("parcel_id")
    for plot, (_, _, tenure, record, disagreeing) in EVIDENCE.items():
        row = rows.loc[plot]
        dated = None if pd.isna(row["recorded_on"]) else f"{row['recorded_on']:%Y-%m-%d}"
        result = (*(None if pd.isna(row[name]) else row[name] for name in ("decided_by", "certainty", "record")), dated)
        otherwise = None if pd.isna(row["disagreeing"]) else row["disagreeing"]
        assert (state[f"paper.{plot}.1"], result, otherwise) == (tenure, record, disagreeing), plot


def test_a_holding_shows_what_stands_on_it(recorded: dict[str, Any]) -> None:
    rows = recorded["holdings"].set_index("parcel_id")
    built = rows["built_share"][rows["built_share"] > 0]
    assert built.to_dict() == pytest.approx(
        {"built": 0.09, "idle_built": 0.09, "shed": 0.04, "hut": 0.000081, "taken": 0.09, "tenant": 0.09}
    )
    assert set(rows.index[rows["shows_use"]]) == {"built", "used", "used_later", "taken", "idle_built"}
    assert rows.index[rows["is_strategic_reserve"]].tolist() == ["kept"]
    assert set(rows.index[rows["contract_ids"].notna()]) == {
        plot for plot, (_, records, *_) in EVIDENCE.items() if "contract" in records
    }


def test_a_correction_of_a_contract_holds_where_the_contract_lies(rules: Project) -> None:
    half = [{"contract_id": "1", "geometry": square(0, 0, 0.5, 1)}]
    tables = port(status="available", ground_leases=[RUNS], lease_polygons=half, overrides=[fix("unknown", "1")])
    done = settle(rules, tables)
    now = states_of(done).query("year == 2026 and case == 'earliest'").set_index("holding_id")["tenure_status"]
    assert now.to_dict() == {"paper.a.1": "unknown", "paper.a.2": "free"}


def test_the_chain_stands_from_the_owner_down(rules: Project) -> None:
    contracts = [
        lease("O", "a", "option", ends_on="2030-01-01"),
        lease("U", "a", "rent", ends_on="2028-01-01"),
        lease("M", None, "ground_lease", site_name="haven", is_perpetual=True),
        lease("V", "a", "rent", ends_on="2020-01-01"),
    ]
    plots = parcels(a=square(0, 0)).assign(site_name="haven")
    row = settle(rules, port(plots=plots, ground_leases=contracts))["holdings"].iloc[0]
    assert row["chain"] == "M (erfpacht) > U (huur) > V (huur, verlopen) > O (optie)"


@pytest.mark.parametrize(
    ("given", "known"),
    [
        pytest.param({"buildings": [HOUSE]}, Known(), id="a building on it"),
        pytest.param({"land_use": [TANK]}, Known(), id="a tank on it"),
        pytest.param({}, Known(land_use=False), id="surveyed use is not known"),
        pytest.param(
            {"ground_leases": [lease("1", "a", starts_on="2025-01-01", ends_on="2040-12-31")]},
            Known(),
            id="began last year",
        ),
    ],
)
def test_land_is_idle_only_by_all_signs(rules: Project, given: dict[str, Any], known: Known) -> None:
    assert "idle_by_all_signs" not in classes(settle(rules, port(**{"ground_leases": [RUNS], **given}), known=known))


@pytest.mark.parametrize(
    ("second", "is_double"),
    [
        pytest.param({"right": "rent", "holder": "B"}, True, id="two users"),
        pytest.param({"right": "superficies", "holder": "A"}, False, id="one user with two rights"),
        pytest.param({"right": "ground_lease", "holder": "B"}, False, id="one above the other"),
        pytest.param({"right": "rent", "holder": "B", "starts_on": "2041-01-01"}, False, id="one after the other"),
        pytest.param({"right": "option", "holder": "B"}, False, id="an option gives no use"),
    ],
)
def test_a_double_lease_is_two_users_at_one_time(rules: Project, second: dict[str, Any], is_double: bool) -> None:
    right = second.pop("right")
    contracts = [{**RUNS, "holder": "A"}, lease("2", "a", right, ends_on="2045-12-31", **second)]
    assert ("double_lease" in classes(settle(rules, port(ground_leases=contracts)))) is is_double


def test_a_sliver_follows_its_neighbour_and_is_counted(rules: Project) -> None:
    """A lease drawn 30 cm short of the edge of its plot, and 20 cm over the next plot."""
    plots = parcels(a=square(0, 0), b=square(1, 0))
    drawn = [{"contract_id": "1", "geometry": shapely.box(100_000.3, 400_000, 100_100.2, 400_100)}]
    done = settle(rules, port(plots=plots, ground_leases=[RUNS], lease_polygons=drawn))
    assert done["holdings"]["area_m2"].tolist() == pytest.approx([10_000, 10_000])
    slivers = done["conflicts"][done["conflicts"]["conflict_class"] == "sliver"].set_index("subject")["area_m2"]
    assert slivers.to_dict() == pytest.approx({"a": 30.0, "b": 20.0})


def test_a_strip_wider_than_the_tolerance_is_no_sliver(rules: Project) -> None:
    drawn = [{"contract_id": "1", "geometry": shapely.box(100_002, 400_000, 100_100, 400_100)}]
    done = settle(rules, port(ground_leases=[RUNS], lease_polygons=drawn))
    assert sorted(done["holdings"]["area_m2"]) == pytest.approx([200, 9_800])


def test_the_tolerance_is_the_cards(rules: Project) -> None:
    drawn = [{"contract_id": "1", "geometry": shapely.box(100_002, 400_000, 100_100, 400_100)}]
    wide = rules.resolve.tolerance.model_copy(update={"sliver_width_m": 3.0})
    done = settle(rules, port(ground_leases=[RUNS], lease_polygons=drawn), changed(rules, tolerance=wide))
    assert len(done["holdings"]) == 1


FROM_2042 = {"starts_on": "2042-01-01", "ends_on": "2060-01-01"}
# Contract, the plot and site that it names, its right and days; and what became of it, in which cluster, on what m2.
ACCOUNT: list[tuple[str, str | None, str | None, str, dict[str, Any], str, str, float]] = [
    ("used", "one", None, "sublease", {}, "used", "paper", 10_000),
    ("first", "two", None, "sublease", {"ends_on": "2041-12-31"}, "used", "paper", 10_000),
    ("next", "two", None, "sublease", FROM_2042, "waits", "paper", 10_000),
    ("less", "two", None, "temporary_use", {"ends_on": "2030-01-01"}, "superseded", "paper", 10_000),
    ("over", "three", None, "sublease", {"ends_on": "2020-01-01"}, "over", "paper", 10_000),
    ("lapsed", "three", None, "option", {"ends_on": "2020-01-01"}, "over", "paper", 10_000),
    ("above", None, "haven", "ground_lease", {"is_perpetual": True}, "master", "paper", 40_000),
    ("spread", None, "elders", "reservation", {}, "used", "paper", 20_000),
    ("drawn", None, None, "rent", {}, "used", "paper", 5_000),
    ("mistyped", "zz", None, "rent", {}, "used", "paper", 2_500),
    (
        "turned",
        "one",
        None,
        "rent",
        {"starts_on": "2030-01-01", "ends_on": "2020-01-01"},
        "ends_before_begins",
        "all",
        0,
    ),
    ("stray", "yy", None, "rent", {}, "unknown_parcel", "all", 0),
    ("outside", "away", None, "rent", {}, "outside_clusters", "all", 0),
    ("beyond", None, "ver", "rent", {}, "outside_clusters", "all", 0),
    ("nowhere", None, None, "rent", {}, "contract_without_place", "all", 0),
]
SITES = {
    "one": "haven",
    "two": "haven",
    "three": "haven",
    "half": "haven",
    "e1": "elders",
    "e2": "elders",
    "away": "ver",
}


def test_every_contract_is_accounted_for(rules: Project) -> None:
    shapes = {name: square(2 * number, 0) for number, name in enumerate(SITES)} | {"away": square(90, 90)}
    plots = parcels(**shapes)
    refused = [
        {"row": 7, "parcel_id": "one, two", "contract_id": "X", "reason": "empty"},
        {"row": 8, "site_name": "ver", "reason": "empty"},
        {"row": 9, "parcel_id": "one", "contract_id": "Y", "reason": "empty", "layer": "buildings"},
    ]
    same = {
        "source": "c",
        "layer": "ground_leases",
        "file": "c.csv",
        "field": "R",
        "outcome": "refused",
        "geometry": None,
    }
    tables = port(
        square(0, 0, 2 * len(SITES)),
        plots=plots.assign(site_name=plots["parcel_id"].map(SITES)),
        issue_register=[],
        ground_leases=[lease(*row[:2], row[3], site_name=row[2], **row[4]) for row in ACCOUNT],
        lease_polygons=[
            {"contract_id": "drawn", "geometry": square(6, 0, 0.5)},
            {"contract_id": "mistyped", "geometry": square(6.5, 0, 0.25)},
        ],
        refused=[{**same, **row} for row in refused],
    )
    account = settle(rules, tables)["contract_account"].astype(object).set_index("contract_id")
    known = account[account["right_status"] != "refused"]
    columns = ["parcel_id", "site_name", "right_type", "right_status", "cluster_id", "area_m2"]
    assert {contract: [None if pd.isna(v) else v for v in row] for contract, *row in known[columns].itertuples()} == {
        contract: [plot, site, right, status, cluster, pytest.approx(m2)]
        for contract, plot, site, right, _, status, cluster, m2 in ACCOUNT
    }
    refused_columns = ["parcel_id", "site_name", "rationale", "cluster_id", "area_m2"]
    rows = account.loc[account["right_status"] == "refused", refused_columns].where(lambda cell: cell.notna(), None)
    assert [list(row) for row in rows.itertuples()] == [
        ["X", "one", None, "c.csv, rij 7: leeg", "all", 0],
        ["X", "two", None, "c.csv, rij 7: leeg", "all", 0],
        ["c.csv, rij 8", None, "ver", "c.csv, rij 8: leeg", "all", 0],
    ]
