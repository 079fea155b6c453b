"""The record that decided over each holding today, of what date and how sure, and which records say otherwise."""

from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDING_TOTALS
from layers.columns import EVIDENCE
from layers.glossary import dutch_choice
from layers.sources import TABLES
from pipeline.land.tenure_knowledge import ResolveParams
from pipeline.stages.resolve.chains import join_texts
from pipeline.stages.resolve.conflicts import decimal_comma
from pipeline.stages.resolve.records import ON_OFFER, state_of_status
from pipeline.stages.resolve.rights import BY, STATUS_CODE

SOURCE_OF = {
    "contract": "ground_leases",
    "claim": "ground_leases",
    "register": "issue_register",
    "ibis": "ibis_register",
    "building": "buildings",
    "land_use": "land_use",
    "override": "overrides",
}
CERTAINTY_OF = {
    "override": "decision",
    "register": "register",
    "ibis": "register",
    "building": "observed",
    "land_use": "observed",
}
IN_USE_CODES = tuple(STATUS_CODE[name] for name in HOLDING_TOTALS["firm"])
NOT_IN_USE_CODES = [STATUS_CODE[name] for name in ("free", "not_serviced", "optioned", "reserved", "contracted")]


def evidence(now: pd.DataFrame, rights: pd.DataFrame, signs: pd.DataFrame, params: ResolveParams) -> pd.DataFrame:
    """Per holding the record that decides, its date, what it rests on, and who says otherwise, for the period of today
    (`now`, one row per holding, with the note of its correction)."""
    by = pd.Series(np.array(EVIDENCE, dtype=object)[now["by"]])
    titles = by.map({kind: TABLES[name].title for kind, name in SOURCE_OF.items()})
    dated = {kind: pd.Timestamp(params.dated[name]) for kind, name in SOURCE_OF.items() if name in params.dated}
    has_right = now["right"] >= 0
    deciding = rights[["contract_id", "certainty", "starts_on"]].reindex(now["right"]).reset_index(drop=True)
    # One that has yet to begin is known from its register.
    started = deciding["starts_on"].where(deciding["starts_on"] <= pd.Timestamp(params.today))
    return pd.DataFrame(
        {
            "decided_by": by,
            "record": deciding["contract_id"].where(has_right, titles.where(by != "override", now["note"])),
            "recorded_on": started.fillna(by.map(dated).astype("datetime64[ms]")),
            "certainty": deciding["certainty"].where(has_right, by.map(CERTAINTY_OF).fillna("unknown")),
            "disagreeing": _otherwise(now, signs),
        }
    )


def _otherwise(now: pd.DataFrame, signs: pd.DataFrame) -> Any:
    """What each record says that does not agree with the state of today, semicolons between."""
    state, by, status, ibis = now["state"], now["by"], signs["status"], signs["ibis"]
    said_state = state_of_status(status)
    in_use, on_offer = state.isin(IN_USE_CODES), status.isin(ON_OFFER)
    # Two words for land in use (leased, idle) do not differ.
    register_differs = (
        (said_state != state)
        & (by != BY["register"])
        & ~(in_use & np.isin(said_state, IN_USE_CODES))
        & (status != "unknown")
    )
    ibis_differs = (ibis != "unknown") & signs["in_register"] & (ibis != status)
    open_on_paper = state.isin(NOT_IN_USE_CODES) | ((state == STATUS_CODE["unknown"]) & on_offer)
    statements = [
        (register_differs, "uitgifteregister: " + _spoken(status)),
        (ibis_differs, "IBIS: " + _spoken(ibis)),
        (open_on_paper & signs["built"], decimal_comma("gebouwen: %.1f %% bebouwd", 100 * signs["built_share"])),
        (open_on_paper & signs["used"], decimal_comma("grondgebruik: %.1f %% in gebruik", 100 * signs["used_share"])),
        ((by == BY["override"]) & signs["has_use"] & ~in_use, "contract: in gebruik gegeven"),
        ((on_offer | signs["has_claim"]) & signs["may_linger"], "contract: verlopen, kan verlengd zijn"),
        (signs["doubt"].notna() & (state == STATUS_CODE["unknown"]), signs["doubt"]),
    ]
    said = [pd.Series(text, index=now.index, dtype=object)[where] for where, text in statements]
    lines = pd.concat(said).sort_index(kind="stable")
    return join_texts(lines.index.to_numpy(), lines.to_numpy(), len(now), "; ")


def _spoken(status: pd.Series) -> Any:
    """The Dutch words for statuses."""
    return status.map({name: dutch_choice(name) for name in status.unique()})
