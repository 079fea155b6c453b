"""Plots of which it is not sure who has them: what would be free there is unknown."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.land.keys import KeyIndex
from pipeline.stages.resolve.records import ON_OFFER, refused_contracts
from pipeline.stages.resolve.rights import dated, masters_everywhere
from pipeline.stages.resolve.task import ResolveTask

# Why, in the words of who reads it; without those of a contract, which are not for everybody.
TEXTS = {
    "refused": "een geweigerde regel van een register noemt deze kavel",
    "contradiction": "een contract op deze kavel spreekt zichzelf tegen",
    "undrawn": "het contractvlak van een contract op deze kavel is geweigerd",
    "lost": "een regel van een register die geen kavel of terrein vindt, lijkt deze kavel te noemen",
    "unsure": "een register noemt deze kavel twee keer, met verschillende status",
}


def with_doubts(task: ResolveTask) -> ResolveTask:
    """The task with plots and why each is in doubt (the first cause of TEXTS), one row per plot; and with the contracts
    of which a polygon was refused.
    """
    undrawn = _drawn_no_more(task)
    rows = [(plot, cause) for cause, plots in _causes(task, undrawn) for plot in plots]
    doubts = pd.DataFrame(rows, columns=["parcel_id", "cause"], dtype=object).drop_duplicates("parcel_id")
    return replace(task, doubts=doubts, undrawn=frozenset(undrawn["contract_id"]))


def _causes(task: ResolveTask, undrawn: pd.DataFrame) -> Iterator[tuple[str, Sequence[str]]]:
    keys, today = task.keys, pd.Timestamp(task.params.today)
    refused = task.tables["refused"]
    # What a refused row would have said is not known, whatever another row of the plot or the inventory says.
    register = refused[(refused["outcome"] == "refused") & (refused["layer"] == "issue_register")]
    for rows in (refused_contracts(refused), register):
        for row in rows[["parcel_id", "site_name"]].itertuples():
            yield "refused", keys.land.about(row.parcel_id, row.site_name)
    leases = task.leases
    is_drawn = leases["contract_id"].isin(task.tables["lease_polygons"]["contract_id"])
    # A contract on a site that is drawn lies in its polygon.
    wrong = (task.contradiction != "") & ~leases["is_master"] & ~(is_drawn & leases["parcel_id"].isna())
    for row in leases[wrong].itertuples():
        yield "contradiction", keys.land.about(row.parcel_id, row.site_name)
    for row in undrawn.itertuples():
        yield "undrawn", keys.land.about(row.parcel_id, row.site_name)
    for layer, rows in keys.lost.groupby("layer"):
        table = task.tables[layer].loc[rows["row"]]
        for plots in rows["plots"][_binds(table, str(layer), task, today)]:
            yield "lost", plots
    yield "unsure", sorted(keys.unsure)


def _binds(rows: pd.DataFrame, layer: str, task: ResolveTask, today: pd.Timestamp) -> Any:
    """Which rows would bind land today or later, or say that it is not on offer."""
    if layer == "overrides":
        return ((rows["until"] >= today) & (rows["new_value"] != "free")).to_numpy()
    if layer != "ground_leases":
        return (rows["issue_status"] != ON_OFFER[0]).to_numpy()
    leases = task.leases.loc[rows.index]
    return (_lasts(leases, task) & ~leases["is_master"]).to_numpy()


def _drawn_no_more(task: ResolveTask) -> pd.DataFrame:
    """Contracts, now or later, of which a polygon was refused, so that it is not known on what land they lie."""
    refused = task.tables["refused"]
    polygons = refused[(refused["outcome"] == "refused") & (refused["layer"] == "lease_polygons")]
    contracts = KeyIndex(task.leases["contract_id"]) if len(polygons) else KeyIndex(())
    named = {key for text in polygons["contract_id"].dropna() for key in contracts.spellings(text)}
    leases = task.leases[task.leases["contract_id"].isin(named)]
    return leases[_lasts(leases, task) & ~masters_everywhere(leases, task.card.master)]


def _lasts(leases: pd.DataFrame, task: ResolveTask) -> Any:
    """Which rows of the contract register keep land today or later."""
    known = dated(leases.assign(site_of_plot=leases["site_name"]), task.card, task.today)
    return np.where(known["is_use"], known["release_latest"], known["ends"] + 1) > task.today
