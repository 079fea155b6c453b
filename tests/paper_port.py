"""A port on squared paper: one or more plots in a cluster, with registers and contracts as each test gives them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from squared_paper import day, parcels, square, table

from pipeline.land.tenure_timeline import states_on
from pipeline.project.load import Project
from pipeline.stages.resolve import ResolveParams, resolve

YEARS = {2026: day("2026-10-01"), 2030: day("2030-01-01"), 2050: day("2050-01-01")}
RESOLVE_PARAMS = ResolveParams(day("2026-10-01"))
LISTS = ("ground_leases", "lease_polygons", "buildings", "overrides", "ibis_register", "land_use", "refused")


def port(land: Any = None, **given: Any) -> dict[str, Any]:
    """The tables that resolve reads: plot 'a' of 1 ha in a cluster of 2 ha, unless other plots and land are given."""
    boundary = {"boundary_id": "1", "cluster_id": "paper", "site_name": "site", "geometry": land or square(0, 0, 2, 1)}
    rows = {name: table(name, given.get(name, [])) for name in LISTS}
    status = given.get("issue_register", [{"parcel_id": "a", "issue_status": given.get("status", "issued")}])
    return {
        "cluster_boundaries": table("cluster_boundaries", [boundary], status="indicative", version="1"),
        "parcels": given.get("plots", parcels(a=square(0, 0))),
        "issue_register": table("issue_register", status),
        **rows,
    }


def settle(rules: Project, tables: dict[str, Any], card: Any = None, **params: Any) -> dict[str, Any]:
    """The port resolved by the rules of the house, or by a card of the test's own."""
    return resolve(tables, "paper", card or rules.resolve, replace(RESOLVE_PARAMS, **params))


def states_of(done: dict[str, Any]) -> pd.DataFrame:
    """The state of each holding in each case, on the day that stands for each of YEARS."""
    return states_on(done["holding_periods"], YEARS)


def sequence_of_states(done: dict[str, Any], case: str = "earliest", holding: str | None = None) -> str:
    """The sequence of states of a holding (the first), each with the day on which it begins but the first."""
    rows = done["holding_periods"][done["holding_periods"]["case"] == case]
    rows = rows[rows["holding_id"] == (holding or rows["holding_id"].iloc[0])].sort_values("begins_on")
    rows = rows[
        rows["tenure_status"].ne(rows["tenure_status"].shift())
    ]  # another contract, the same state: one stretch
    words = [f"{row.begins_on:%Y-%m-%d} {row.tenure_status}" for row in rows.itertuples()]
    return ", ".join([words[0][11:], *words[1:]])


def classes(done: dict[str, Any]) -> set[str]:
    """The kinds of conflict that were found."""
    return set(done["conflicts"]["conflict_class"])


def changed(rules: Project, **parts: Any) -> Any:
    """The card of resolve with some of its parts replaced."""
    return rules.resolve.model_copy(update=parts)


def state_of_today(done: dict[str, Any], case: str = "earliest") -> dict[str, str]:
    """The state of each holding on the reference date."""
    rows = (
        done["holding_periods"][done["holding_periods"]["case"] == case]
        .sort_values("begins_on")
        .drop_duplicates("holding_id")
    )
    return dict(zip(rows["holding_id"], rows["tenure_status"], strict=True))
