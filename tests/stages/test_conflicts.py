"""Records that cannot all be right: a port with a plot for each way to disagree, and every row that it gives."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from paper_port import port, settle, state_of_today
from squared_paper import lease, parcels, square

from pipeline.project.load import Project

HA = 10_000.0
STATUS = {
    "built": "available",
    "used": "available",
    "leased": "available",
    "lingers": "available",
    "loose": "available",
    "refused": "available",
    "overdue": "not_serviced",
    "silent": "unknown",
    "empty": "issued",
    "idle": "issued",
    "differ": "issued",
    "gap": "issued",
    "outlast": "issued",
    "over": "issued",
    "notice": "issued",
    "twice": "issued",
    "area": "issued",
    "lease_area": "issued",
    "turned": "issued",
    "corrected": "issued",
    "off": "issued",
    "sliver": "issued",
}
PLOTS = {
    **{name: square(2 * number, 0) for number, name in enumerate(STATUS)},
    "over1": square(90, 0),
    "over2": square(90.5, 0),
    "near1": square(93, 0),
    "near2": square(93.99995, 0),
    "cross": square(96, 0),
    "under": square(97, 0),
}
HELD = {"starts_on": "2025-01-01", "ends_on": "2060-12-31", "holder": "S"}  # a tenant of whom nobody says otherwise
OF_ITS_OWN = {
    "idle": {"starts_on": "2010-01-01"},
    "over": {"starts_on": "2010-01-01", "ends_on": "2020-12-31"},
    "lingers": {"ends_on": "2025-06-30", "extension_years": 25, "extension_right": "tenant"},
    "notice": {"ends_on": "2030-12-31", "extension_right": "tenant", "last_notice_on": "2026-01-31"},
    "lease_area": {"area_m2": 12_000.0},
}
WITHOUT_CONTRACT = {"built", "used", "loose", "refused", "overdue", "silent", "empty"}
FIX = {"author": "x", "correction_reason": "y", "new_value": "reserved"}
REFUSED = {"source": "contracten", "layer": "ground_leases", "file": "c.csv", "row": 7, "field": "R", "geometry": None}


def in_plot(name: str, left: float, right: float, top: float = 100) -> Any:
    """A rectangle in metres from the lower left corner of a plot."""
    x, y = PLOTS[name].bounds[:2]
    return shapely.box(x + left, y, x + right, y + top)


def contracts() -> list[dict[str, Any]]:
    """One on each plot, and some more."""
    held = [
        lease(f"C-{name}", name, "sublease" if name in ("gap", "outlast") else "superficies", **HELD | more)
        for name, more in ((name, OF_ITS_OWN.get(name, {})) for name in PLOTS if name not in WITHOUT_CONTRACT)
    ]
    return [
        *held,
        lease("G", "outlast", "ground_lease", **HELD | {"ends_on": "2040-12-31"}),
        lease("D", "twice", "rent", **HELD | {"starts_on": "2026-01-01", "holder": "B"}),
        lease("T", "turned", "rent", starts_on="2030-01-01", ends_on="2020-01-01"),
        lease("Z", "zz", "rent", ends_on="2040-12-31"),
        lease("N", None, "rent", ends_on="2040-12-31"),
    ]


@pytest.fixture(scope="module")
def disagreeing(rules: Project) -> dict[str, Any]:
    """The port, resolved."""
    plots = parcels(**PLOTS).set_index("parcel_id", drop=False)
    plots.loc["area", "registered_area_m2"] = 13_000.0
    plots.loc["differ", "registered_area_m2"] = 10_500.0
    register = {name: STATUS.get(name, "issued") for name in PLOTS}
    years = {"overdue": 2024}
    statuses = [{"parcel_id": n, "issue_status": s, "serviced_year": years.get(n)} for n, s in register.items()]
    drawn = {
        "9": square(2 * list(STATUS).index("loose"), 0, 0.5, 0.5),
        "C-off": square(105, 0),
        "C-cross": square(96, 0, 1.5),
        "C-sliver": in_plot("sliver", 0.3, 100),
    }
    tables = port(
        square(-1, -1, 110, 3),
        plots=plots.reset_index(drop=True),
        issue_register=[*statuses, {"parcel_id": "yy", "issue_status": "issued"}],
        ibis_register=[
            {"parcel_id": "differ", "issue_status": "available"},
            {"parcel_id": "xx", "issue_status": "available"},
        ],
        ground_leases=contracts(),
        lease_polygons=[{"contract_id": name, "geometry": shape} for name, shape in drawn.items()],
        buildings=[{"building_id": "b", "building_status": "in_use", "geometry": in_plot("built", 10, 40, 30)}],
        land_use=[{"land_use_id": "t", "use_kind": "tank", "geometry": in_plot("used", 10, 70, 30)}],
        overrides=[
            {"corrected_id": "corrected", "until": pd.Timestamp("2026-01-01"), **FIX},
            {"corrected_id": "qq", "until": pd.Timestamp("2030-01-01"), **FIX},
        ],
        refused=[
            {**REFUSED, "outcome": "refused", "reason": "empty", "parcel_id": "refused", "contract_id": "X"},
            {**REFUSED, "row": 8, "outcome": "duplicate", "reason": "twice", "finding": "X"},
        ],
    )
    return settle(rules, tables)


EVERYWHERE = "all"
CONFLICTS = [
    ("area_differs", "area", "register 13000 m2, getekend 10000 m2", 3_000),
    ("available_but_leased", "leased", "uitgeefbaar, en een contract geeft de grond in gebruik", HA),
    ("chain_gap", "C-gap", "geen erfpacht boven deze ondererfpacht", HA),
    ("chain_gap", "C-outlast", "loopt langer dan de erfpacht erboven", HA),
    ("contract_over", "lingers", "uitgeefbaar; het contract is verlopen, en kan verlengd zijn", HA),
    ("contract_over", "over", "uitgegeven, en het contract is verlopen", HA),
    (
        "crosses_unleased_parcel",
        "C-cross / under",
        "het contractvlak ligt ook op kavel under, die het contract niet noemt",
        5_000,
    ),
    ("double_lease", "paper.twice.1", "contracten C-twice, D", HA),
    ("free_but_built", "built", "uitgeefbaar, en 9,0 % bebouwd", HA),
    ("free_but_used", "used", "uitgeefbaar, en 18,0 % zichtbaar in gebruik", HA),
    ("idle_by_all_signs", "idle", "een contract geeft de grond in gebruik, en niets wijst op gebruik", HA),
    ("issued_without_contract", "empty", "uitgegeven, en geen contract noemt haar", HA),
    ("not_in_register", "silent", "staat niet in het uitgifteregister, of zonder status", HA),
    (
        "notice_date_past",
        "C-notice",
        "de verlenging kon tot en met 31-01-2026 worden ingeroepen; het register zegt niet of dat is gebeurd",
        HA,
    ),
    ("override_expired", "corrected", "een correctie gold tot en met 01-01-2026", None),
    ("parcel_overlap", "kleine overlappingen", "1 overlappingen van elk minder dan 1 m2", 0.5),
    (
        "parcel_overlap",
        "over2 / over1",
        "5000,0 m2 telt bij de kavel die al bezet is, anders bij de eerste",
        5_000,
    ),
    (
        "polygon_off_parcel",
        "C-off / off",
        "het contractvlak raakt deze kavel niet; de hele kavel telt als gebonden",
        None,
    ),
    ("land_in_doubt", "refused", "een geweigerde regel van een register noemt deze kavel", HA),
    ("land_in_doubt", "turned", "een contract op deze kavel spreekt zichzelf tegen", None),
    ("registers_differ", "differ", "het uitgifteregister en IBIS zeggen niet hetzelfde", HA),
    ("servicing_overdue", "overdue", "bouwrijp in 2024, volgens het register nog niet", HA),
    ("sliver", "sliver", "stroken langs een contractvlak die hun buur volgen: 1", 30),
]
OF_NO_PLOT = [
    ("contract_refused", "X / refused", "c.csv, rij 7: leeg; wat vrij zou zijn, is onbekend", None),
    ("contract_without_place", "N", "geen kavel, geen bekend terrein, geen contractvlak", None),
    ("duplicate_record", "contracten / X", "c.csv, rij 8: dezelfde regel staat er meer dan eens", None),
    ("ends_before_begins", "T", "begint 01-01-2030, eindigt 01-01-2020", None),
    ("lease_area_differs", "C-lease_area", "register 12000 m2, getekend 10000 m2", 2_000),
    ("override_unknown", "qq", "een correctie noemt qq, dat geen kavel op de kaart en geen contract is", None),
    ("unknown_contract", "9", "een contractvlak zonder contract", 2_500),
    ("unknown_parcel", "IBIS / xx", "IBIS noemt kavel xx, die op geen kaart staat", None),
    ("unknown_parcel", "Z / zz", "contract Z noemt kavel zz, die op geen kaart staat", None),
    ("unknown_parcel", "register / yy", "register noemt kavel yy, die op geen kaart staat", None),
]


def test_every_conflict_is_a_row_that_says_what_does_not_agree_and_on_how_many_m2(disagreeing: dict[str, Any]) -> None:
    for cluster_id, expected in (("paper", CONFLICTS), (EVERYWHERE, OF_NO_PLOT)):
        listed = disagreeing["conflicts"][disagreeing["conflicts"]["cluster_id"] == cluster_id]
        rows = listed[["conflict_class", "subject", "finding"]].itertuples(index=False, name=None)
        assert sorted(rows) == sorted(row[:3] for row in expected)
        by_subject = listed.set_index(["conflict_class", "subject"])["area_m2"]
        for kind, subject, _, m2 in expected:
            assert by_subject[kind, subject] == pytest.approx(m2 or float("nan"), nan_ok=True), subject
    assert set(disagreeing["conflicts"]["cluster_id"]) == {"paper", EVERYWHERE}


def test_what_does_not_agree_is_not_free(disagreeing: dict[str, Any]) -> None:
    state = state_of_today(disagreeing)
    assert {name: state[f"paper.{name}.1"] for name in STATUS} == {
        **dict.fromkeys(STATUS, "leased"),
        **dict.fromkeys(["built", "used", "loose", "refused", "over", "silent"], "unknown"),
        "overdue": "not_serviced",
        "lingers": "free",  # the contract may have been extended: a conflict says so
    }


@pytest.mark.parametrize(
    ("absent", "rows"),
    [
        ((), {"not_in_register": 2, "issued_without_contract": 1, "unknown_contract": 1}),
        (("issue_register",), {"not_in_register": 2, "issued_without_contract": 1, "unknown_contract": 1}),
        (("issue_register", "ibis_register"), {"issued_without_contract": 1, "unknown_contract": 1}),
        (("ground_leases",), {"not_in_register": 2}),
    ],
)
def test_an_absent_register_is_no_fault_of_each_row(
    rules: Project, absent: tuple[str, ...], rows: dict[str, int]
) -> None:
    """Two plots that no register names, one that is issued to nobody knows whom, and a polygon of nobody."""
    plots = parcels(a=square(0, 0), b=square(1, 0), c=square(2, 0))
    tables = port(
        square(0, 0, 3, 1),
        plots=plots,
        issue_register=[{"parcel_id": "c", "issue_status": "issued"}],
        lease_polygons=[{"contract_id": "nobody", "geometry": square(0, 0, 0.5, 1)}],
    )
    conflicts = settle(rules, tables, absent=frozenset(absent))["conflicts"]
    assert conflicts["conflict_class"].value_counts().to_dict() == rows
    text = (
        "staat niet in IBIS, of zonder status"
        if "issue_register" in absent
        else "staat niet in het uitgifteregister, of zonder status"
    )
    assert set(conflicts.loc[conflicts["conflict_class"] == "not_in_register", "finding"]) <= {text}
