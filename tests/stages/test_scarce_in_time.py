"""Scarce land in time on drawn land: classes of draught, metres of quay that holdings share, and what is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from cut_port import activity, with_years
from drawn_sites import whole_of
from pydantic import ValidationError
from squared_paper import CORNER, square, table

from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.load import Project
from pipeline.project.models import ScarceConfig
from pipeline.stages.balance.in_time import Tenure
from pipeline.stages.balance.scarce import ScarceLand
from pipeline.stages.balance.scarce_in_time import ratios, scarcity_by_year

X, Y = CORNER
SCARCE = ScarceConfig(quay_m=50, draught_classes_m=(4, 12), heavy_category="5.1", seveso_radius_m=300, basis="drawn")


@pytest.mark.parametrize(
    ("draught_m", "name"), [(0, "0-4"), (3.9, "0-4"), (4, "4-12"), (11.9, "4-12"), (12, "12+"), (20, "12+")]
)
def test_a_class_holds_its_lower_bound(draught_m: float, name: str) -> None:
    assert SCARCE.draught_class(draught_m) == name


@pytest.mark.parametrize("bounds", [(8, 4), (4, 4), (-1, 4)])
def test_bounds_of_draught_rise_from_above_nothing(bounds: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        ScarceConfig.model_validate({**SCARCE.model_dump(), "draught_classes_m": bounds})


@pytest.mark.parametrize(
    ("shapes", "parts"),
    [
        pytest.param({"a": square(0, 0), "b": square(1, 0)}, {"a": 100, "b": 100}, id="both at the water"),
        pytest.param({"a": square(0, 0), "b": square(0, 1)}, {"a": 200, "b": 0}, id="one behind the other"),
        pytest.param({"a": square(0, 1), "b": square(0, 2, 3, 1)}, {"a": 50, "b": 150}, id="none along it: by land"),
    ],
)
def test_holdings_of_a_plot_share_its_quay(rules: Project, shapes: dict[str, Any], parts: dict[str, float]) -> None:
    """Of a plot that has 200 m of quay by its facts; each metre stands once."""
    quays = table("quays", [{"quay_id": "q", "geometry": shapely.LineString([(X, Y - 5), (X + 200, Y - 5)])}])
    assert shares(rules, shapes, quays) == pytest.approx(parts)


def test_a_plot_without_known_quay_shares_none(rules: Project) -> None:
    assert np.isnan(shares(rules, {"a": square(0, 0), "b": square(1, 0)}, None, quay_m=np.nan)["a"])
    assert shares(rules, {"a": square(0, 0)}, None) == {"a": 200}


def shares(rules: Project, shapes: dict[str, Any], quays: Any, quay_m: float = 200.0) -> dict[str, float]:
    whole = whole_of(rules, shapes, plots=dict.fromkeys(shapes, "x"))
    facts = pd.DataFrame({"parcel_id": ["x"], "quay_m": [quay_m]})
    tables = {"holdings": whole.land.pieces, "parcel_facts": facts}
    rows = ScarceLand(whole.land, tables, quays, rules).quay_parts
    return dict(zip(rows["holding_id"], rows["quay_part_m"], strict=True))


def period(holding: str, case: str, begins: str, status: str, contract: str | None = None) -> dict[str, Any]:
    return {
        "holding_id": holding,
        "case": case,
        "begins_on": begins,
        "tenure_status": status,
        "decided_by": "contract",
        "contract_id": contract,
        "chance_free": float(status == "free"),
    }


def by_year(rules: Project, later: tuple[str, str | None], quay_m: float = 100.0, **contract: Any) -> pd.DataFrame:
    """Plot a at 100 m of quay for 9 m of draught: leased by C now, and as `later` says from 2029; a project that asks
    80 m from 2030."""
    years = (2026, 2030)
    whole = whole_of(rules, {"a": square(0, 0)}, held={"a"}, years=years)
    status, name = later
    states = whole.land.states
    states = states.assign(tenure_status=states["tenure_status"].mask(states["year"] == 2030, status))
    states = pd.concat([states.assign(case=case) for case in ("earliest", "latest")], ignore_index=True)
    land = replace(whole.land, states=states)
    periods = table(
        "holding_periods",
        [
            period("a", case, begins, *held)
            for case in ("earliest", "latest")
            for begins, held in (("2026-10-01", ("leased", "C")), ("2029-01-01", (status, name)))
        ],
    )
    periods["until"] = pd.to_datetime(["2028-12-31", None] * 2).astype(periods["until"].dtype)
    project = InvestmentProject.model_validate(
        {
            **{"project_id": "A", "title": "A", "cluster_id": "paper", "profile": "p", "area_ha": 3, "quay_m": 80},
            **{"first_year": 2030, "last_year": 2031, "source": "drawn"},
        }
    )
    balance = rules.balance.model_copy(update={"scarce": SCARCE})
    profiles = {"p": activity(category="3.1", least_draught_m=5)}
    config = with_years(rules, years, balance=balance, profiles=profiles, projects=(project,))
    bounds = pd.DataFrame({"piece_id": ["a", "a"], "year": years, "dwelling_category": "1", "own_risk_radius_m": 0.0})
    needs = [{"contract_id": "C", "is_quay_bound": pd.NA, "activity_category": None, "is_seveso": pd.NA, **contract}]
    tables = {
        "holdings": land.pieces,
        "holding_rights": pd.DataFrame(
            [{"holding_id": "a", "contract_id": "C", "level": "use", "right_status": "decides"}]
        ),
        "contract_needs": pd.DataFrame(needs),
        "housing_bounds": bounds,
        "parcel_facts": pd.DataFrame({"parcel_id": ["a"], "quay_m": [quay_m], "quay_draught_m": [9.0]}),
    }
    tenure = Tenure("paper", land.pieces, periods, pd.DataFrame(), config)
    rows = scarcity_by_year(ScarceLand(land, tables, None, config), tenure, config)
    assert set(rows["quality"]) == {"quay"} and set(rows["draught_class"]) == {"4-12"}
    return rows[rows["case"] == "earliest"].set_index("year")


@pytest.mark.parametrize(
    ("later", "free", "misfit", "unknown"),
    [
        pytest.param(("free", None), 1, 0, 0, id="it comes free"),
        pytest.param(("leased", "C"), 0, 1, 0, id="who does not need it stays"),
        pytest.param(("leased", "D"), 0, 0, 1, id="another comes, of whom nothing is stated"),
        pytest.param(("unknown", None), 0, 0, 1, id="who has it is not known"),
        pytest.param(("optioned", "D"), 0, 0, 0, id="an option uses nothing"),
    ],
)
def test_what_a_year_holds(rules: Project, later: tuple[str, str | None], free: int, misfit: int, unknown: int) -> None:
    rows = by_year(rules, later, is_quay_bound=False)
    now, then = rows.loc[2026], rows.loc[2030]
    assert (now["area_m2"], now["quay_m"], now["misfit_m2"], now["misfit_quay_m"]) == (10_000, 100, 10_000, 100)
    for part, hectares in (("free", free), ("misfit", misfit), ("unknown", unknown)):
        assert (then[f"{part}_m2"], then[f"{part}_quay_m"]) == (10_000 * hectares, 100 * hectares), part


@pytest.mark.parametrize("quay_m", [0.0, np.nan])
def test_without_scarce_land_there_is_what_projects_ask(rules: Project, quay_m: float) -> None:
    rows = by_year(rules, ("free", None), quay_m)
    assert rows.index.tolist() == [2030] and rows.loc[2030, ["area_m2", "free_m2", "demand_m2"]].tolist() == [
        0,
        0,
        30_000,
    ]
    assert np.isnan(rows.loc[2030, "scarcity"])


def test_a_project_asks_from_the_year_in_which_it_may_begin(rules: Project) -> None:
    rows = by_year(rules, ("free", None), is_quay_bound=True)
    assert rows["demand_m2"].to_dict() == {2026: 0, 2030: 30_000}
    assert rows["demand_quay_m"].to_dict() == {2026: 0, 2030: 80}
    assert rows.loc[2030, "scarcity"] == 3 and rows.loc[2030, "quay_scarcity"] == 0.8
    assert np.isnan(rows.loc[2026, "quay_scarcity"])


def test_a_deeper_quay_serves_who_asks_less() -> None:
    """100 m asked of 4 m and 50 m of 12 m; 300 m free, all of it deep. Quays of which the draught is not known serve
    nobody for sure."""
    rows = pd.DataFrame(
        [("0-4", 0.0, 20.0), ("4-12", 100.0, 0.0), ("12+", 50.0, 300.0), ("unknown", 0.0, 999.0)],
        columns=["draught_class", "demand_quay_m", "free_quay_m"],
    ).assign(quality="quay", year=2030, case="earliest", demand_m2=0.0, free_m2=0.0)
    shares_of = ratios()["quay_scarcity"](rows)
    assert shares_of.tolist()[:3] == pytest.approx([150 / 320, 150 / 300, 50 / 300]) and np.isnan(shares_of[3])
    assert ratios()["scarcity"](rows).isna().all()
