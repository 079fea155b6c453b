"""Decant space on drawn land: who may move where, and the most that could come back against every way of moving."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from cut_port import activity, with_room
from drawn_sites import whole_of
from scipy.optimize import linprog
from squared_paper import square, table

from pipeline.project.load import Project
from pipeline.project.models import ScarceConfig
from pipeline.stages.balance.decant_space import decant_space
from pipeline.stages.balance.in_time import Tenure
from pipeline.stages.balance.scarce import ScarceLand

SCARCE = ScarceConfig(quay_m=50, draught_classes_m=(4, 12), heavy_category="5.1", seveso_radius_m=300, basis="drawn")
HA = 10_000


@dataclass(frozen=True)
class Plot:
    """A plot on squared paper: who has it, its quay (None: not known), the category beside dwellings, and what the
    contract of its user states."""

    shape: Any
    status: str = "free"
    quay: bool | None = False
    category: str | None = "4.2"
    contract: str | None = None
    needs_quay: bool | None = None
    own_category: str | None = None
    shows_use: bool = False


def user(shape: Any, contract: str = "C", **more: Any) -> Plot:
    """A plot at a quay, used by who does not need that, in a light category."""
    stated = {"status": "leased", "quay": True, "needs_quay": False, "own_category": "3.1"}
    return Plot(shape, **{**stated, "contract": contract, **more})


def space(
    rules: Project, plots: dict[str, Plot], swap_m: float = 400, least_ha: float = 1, barred: Any = ()
) -> pd.Series:
    """The decant space of the plots on the reference date, no extension called."""
    whole = whole_of(rules, {name: plot.shape for name, plot in plots.items()}, profile={"least_area_ha": least_ha})
    names = sorted(plots)
    states = pd.concat([whole.land.states.assign(case=case) for case in ("earliest", "latest")], ignore_index=True)
    states["tenure_status"] = states["holding_id"].map({name: plot.status for name, plot in plots.items()})
    zones = table("zones", [{"zone_id": "open_water", "constraint": "open_water", "geometry": square(0, 0)}])
    over = whole.land.combinations.assign(
        zones=["open_water" if name in barred else None for name in whole.land.combinations["combination_id"]]
    )
    land = replace(whole.land, states=states, zones=zones, combinations=over)
    land.pieces["plan_category"] = "6"
    land.pieces["shows_use"] = [plots[name].shows_use for name in land.pieces["holding_id"]]
    periods = [
        {"holding_id": name, "case": case, "begins_on": "2026-10-01", "tenure_status": plots[name].status}
        | {
            "decided_by": "contract",
            "contract_id": plots[name].contract,
            "chance_free": float(plots[name].status == "free"),
        }
        for name in names
        for case in ("earliest", "latest")
    ]
    contracts = {plot.contract: plot for plot in plots.values() if plot.contract}
    needs = [
        {
            "contract_id": name,
            "is_quay_bound": plot.needs_quay,
            "activity_category": plot.own_category,
            "is_seveso": False,
        }
        for name, plot in contracts.items()
    ]
    needs_table = pd.DataFrame(needs, columns=["contract_id", "is_quay_bound", "activity_category", "is_seveso"])
    rights = [
        {"holding_id": name, "contract_id": plots[name].contract, "level": "use", "right_status": "decides"}
        for name in names
        if plots[name].contract
    ]
    quay_m = [{True: 100.0, False: 0.0, None: np.nan}[plots[name].quay] for name in names]
    tables = {
        "holdings": land.pieces,
        "holding_rights": pd.DataFrame(rights, columns=["holding_id", "contract_id", "level", "right_status"]),
        "contract_needs": needs_table.astype({"is_quay_bound": "boolean", "is_seveso": "boolean"}),
        "housing_bounds": pd.DataFrame(
            {"piece_id": names, "year": 2026, "dwelling_category": [plots[name].category for name in names]}
        ).assign(own_risk_radius_m=0.0),
        "parcel_facts": pd.DataFrame({"parcel_id": names, "quay_m": quay_m, "quay_draught_m": 9.0}),
    }
    balance = rules.balance.model_copy(update={"scarce": SCARCE})
    lead = rules.publish.model_copy(update={"lead_profile": "p"})
    card = rules.card.model_copy(update={"horizons": ()})
    profiles = {"p": activity(least_area_ha=least_ha)}
    config = with_room(replace(rules, balance=balance, publish=lead, card=card, profiles=profiles), swap_m=swap_m)
    tenure = Tenure("paper", land.pieces, table("holding_periods", periods), pd.DataFrame(), config)
    rows = decant_space(ScarceLand(land, tables, None, config), tenure, whole.areas, config)
    assert set(rows["year"]) == {2026} and len(rows) == 2
    return rows[rows["case"] == "earliest"].iloc[0]


A, B = square(0, 0), square(2, 0)


@pytest.mark.parametrize(
    ("plots", "returns", "unknown"),
    [
        pytest.param({"a": user(A), "b": Plot(B)}, 1, 0, id="who does not need the quay moves"),
        pytest.param({"a": user(A, needs_quay=True), "b": Plot(B)}, 0, 0, id="who needs it stays"),
        pytest.param({"a": user(A, needs_quay=None), "b": Plot(B)}, 0, 1, id="the register is silent"),
        pytest.param({"a": user(A, own_category=None), "b": Plot(B)}, 0, 1, id="its category is not stated"),
        pytest.param({"a": user(A, own_category="4.2"), "b": Plot(B, category="4.1")}, 0, 0, id="too heavy for there"),
        pytest.param({"a": user(A), "b": Plot(B, category=None)}, 0, 1, id="what may be there is not known"),
        pytest.param({"a": user(A), "b": Plot(B, quay=True)}, 0, 0, id="a quay for a quay wins nothing"),
        pytest.param({"a": user(A), "b": Plot(B, quay=None)}, 0, 1, id="whether there is a quay is not known"),
        pytest.param({"a": user(A), "b": Plot(B, category="5.1")}, 0, 0, id="not to heavy land that it does not need"),
        pytest.param(
            {"a": user(A, category="5.1"), "b": Plot(B, category="5.1")}, 1, 0, id="from heavy land to heavy land"
        ),
        pytest.param(
            {"a": user(A, category="5.1", own_category="5.1"), "b": Plot(B)}, 0, 0, id="who needs heavy land gets none"
        ),
        pytest.param({"a": user(A), "b": Plot(square(2, 0, 1, 0.9))}, 0, 0, id="too small for a site"),
        pytest.param({"a": user(square(0, 0, 2, 1)), "b": Plot(square(3, 0))}, 0, 0, id="too small for the user"),
        pytest.param({"a": user(A), "b": Plot(square(6, 0))}, 0, 0, id="too far"),
        pytest.param({"a": user(A), "b": Plot(B, status="unknown")}, 0, 1, id="who has it is not known"),
        pytest.param({"a": user(A), "b": Plot(B, status="optioned")}, 0, 0, id="an option holds it"),
        pytest.param({"a": user(A), "b": Plot(B, shows_use=True)}, 0, 0, id="it shows use"),
        pytest.param({"a": user(A, status="optioned"), "b": Plot(B)}, 0, 0, id="nobody uses it"),
        pytest.param({"a": user(A), "c": user(square(4, 0), "D"), "b": Plot(B)}, 1, 0, id="one place for two"),
        pytest.param(
            {"a": user(A), "c": user(square(0, 1)), "b": Plot(B), "d": Plot(square(2, 2))},
            0,
            0,
            id="a contract moves as a whole",
        ),
        pytest.param(
            {"a": user(A), "c": user(square(0, 1), "D"), "b": Plot(B), "d": Plot(square(2, 2))},
            2,
            0,
            id="two contracts go two ways",
        ),
        pytest.param(
            {"a": user(square(0, 0, 2, 1)), "b": Plot(square(3, 0)), "c": Plot(square(4, 0))}, 2, 0, id="plots together"
        ),
    ],
)
def test_who_moves(rules: Project, plots: dict[str, Plot], returns: float, unknown: float) -> None:
    row = space(rules, plots)
    assert (row["quay_returns_m2"], row["quay_unknown_m2"]) == pytest.approx((returns * HA, unknown * HA), abs=1)
    assert row["seveso_returns_m2"] == row["seveso_unknown_m2"] == 0


def test_heavy_land_comes_back_from_who_is_light(rules: Project) -> None:
    light = user(A, quay=False, category="5.1")
    assert space(rules, {"a": light, "b": Plot(B)})["heavy_returns_m2"] == HA
    at_quay = replace(light, quay=True, needs_quay=True)
    assert space(rules, {"a": at_quay, "b": Plot(B)})["heavy_returns_m2"] == 0
    assert space(rules, {"a": at_quay, "b": Plot(B, quay=True)})["heavy_returns_m2"] == HA


@pytest.mark.parametrize(
    ("plots", "barred", "free", "unknown"),
    [
        pytest.param({"a": Plot(A), "b": Plot(B)}, (), 2, 0, id="two sites"),
        pytest.param({"a": Plot(square(0, 0, 0.5, 1)), "b": Plot(square(0.5, 0))}, (), 1.5, 0, id="together"),
        pytest.param({"a": Plot(square(0, 0, 0.5, 1)), "b": Plot(B)}, (), 1, 0, id="a scrap is none"),
        pytest.param({"a": Plot(A), "b": Plot(B)}, ("a",), 1, 0, id="nothing may be built"),
        pytest.param({"a": Plot(A), "b": Plot(B, "unknown")}, (), 1, 1, id="who has it is not known"),
        pytest.param(
            {"a": Plot(square(0, 0, 0.5, 1)), "b": Plot(square(0.5, 0, 0.5, 1), "unknown")}, (), 0, 1, id="nor together"
        ),
        pytest.param({"a": Plot(A, shows_use=True), "b": Plot(B, "reserved")}, (), 0, 0, id="not truly free"),
        pytest.param({"a": Plot(A, category=None, quay=None)}, (), 1, 0, id="whatever may be there"),
    ],
)
def test_what_is_decant_space(rules: Project, plots: dict[str, Plot], barred: Any, free: float, unknown: float) -> None:
    row = space(rules, plots, barred=barred)
    assert (row["decant_m2"], row["decant_unknown_m2"]) == pytest.approx((free * HA, unknown * HA))


def most_m2(plots: dict[str, Plot], swap_m: float, least_ha: float, is_sure: bool) -> float:
    """The most m2 of quay that comes back, by a linear programme over every user and plot: all are light enough for
    anywhere, and no plot is heavy."""
    may = {"free"} if is_sure else {"free", "unknown"}
    takes = {
        n: p for n, p in plots.items() if p.status in may and (p.quay is False or (p.quay is None and not is_sure))
    }
    areas: list[set[str]] = []
    for name in takes:
        touching = [area for area in areas if any(_touch(takes[name], takes[other]) for other in area)]
        areas = [area for area in areas if area not in touching] + [{name}.union(*touching)]
    size = {name: plot.shape.area for name, plot in plots.items()}
    areas = [area for area in areas if sum(size[n] for n in area) >= least_ha * HA - 0.5]
    moves = [False] if is_sure else [False, None]
    # Land of which it is not known who has it has no known contract.
    users: dict[Any, list[str]] = {}
    for name, plot in plots.items():
        if plot.quay is True and plot.status == "leased" and plot.needs_quay in moves:
            users.setdefault(plot.contract, []).append(name)
        elif plot.quay is True and plot.status == "unknown" and not is_sure:
            users.setdefault(plot.contract or name, []).append(name)
    pairs = [
        (giver, name)
        for giver, held in users.items()
        for area in areas
        if sum(size[n] for n in area) >= sum(size[n] for n in held) - 0.5
        and any(plots[n].shape.distance(plots[o].shape) <= swap_m for n in area for o in held)
        for name in area
    ]
    if not pairs:
        return 0.0
    rows = [[float(pair[0] == giver) for pair in pairs] for giver in users]
    rows += [[float(pair[1] == name) for pair in pairs] for name in takes]
    bounds = [sum(size[n] for n in held) for held in users.values()] + [size[n] for n in takes]
    return float(-linprog(-np.ones(len(pairs)), A_ub=rows, b_ub=bounds).fun)


def _touch(left: Plot, right: Plot) -> bool:
    return shapely.intersection(left.shape, right.shape).length > 1


@pytest.mark.parametrize("seed", range(25))
def test_most_that_comes_back_is_the_best_of_all_moves(rules: Project, seed: int) -> None:
    draw = random.Random(seed)
    cells = draw.sample(list(itertools.product(range(4), range(3))), 9)
    plots = {}
    for number, (column, row) in enumerate(cells):
        status = draw.choice(["free", "free", "leased", "leased", "unknown"])
        stated = draw.choice([True, False, False, None])
        contract = draw.choice("CDE") + str(stated) if status == "leased" else None
        quay = draw.choice([True, True, False, None]) if status != "free" else draw.choice([True, False, False, None])
        plots[f"p{number}"] = Plot(
            square(column, row, 1, draw.choice([0.5, 1])),
            status,
            quay,
            "4.2",
            contract,
            stated,
            "3.1" if contract else None,
        )
    swap_m, least_ha = draw.choice([30, 101, 250]), draw.choice([0.5, 1, 1.5])
    row = space(rules, plots, swap_m, least_ha)
    sure, may = (most_m2(plots, swap_m, least_ha, is_sure) for is_sure in (True, False))
    assert row["quay_returns_m2"] == pytest.approx(sure, abs=1)
    assert row["quay_unknown_m2"] == pytest.approx(may - sure, abs=1)
