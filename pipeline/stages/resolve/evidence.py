"""Which record decides over each holding today, of what date and how sure, and which records say otherwise."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDING_TOTALS
from layers.columns import EVIDENCE
from layers.glossary import dutch_choice
from layers.sources import TABLES
from pipeline.stages.resolve.chains import join_texts
from pipeline.stages.resolve.conflicts import decimal_comma
from pipeline.stages.resolve.periods import BY
from pipeline.stages.resolve.records import ON_OFFER, Signs, is_use_right, state_of_status
from pipeline.stages.resolve.rights import STATUS_CODE
from pipeline.stages.resolve.task import ResolveParams

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


@dataclass(frozen=True)
class TenureEvidence:
    """Per holding the record that decides, its date, what it rests on, and who says otherwise."""

    decided_by: Any
    record: Any
    recorded_on: Any
    certainty: Any
    disagreeing: Any


def evidence(now: pd.DataFrame, rights: pd.DataFrame, signs: Signs, params: ResolveParams) -> TenureEvidence:
    """Evidence for the period of today (`now`, one row per holding, with the note of its correction)."""
    by = np.array(EVIDENCE, dtype=object)[now["by"]]
    right = now["right"].to_numpy()
    has_right = right >= 0
    started = pd.Series(np.datetime64("NaT", "ms"), index=range(len(now)))
    sure = pd.Series(by).map(CERTAINTY_OF).fillna("unknown").to_numpy(dtype=object)
    titles = {kind: TABLES[name].title for kind, name in SOURCE_OF.items()}
    record = pd.Series(by).map(titles).to_numpy(dtype=object)
    record = np.where(by == "override", now["override_note"], record)
    deciding = rights.iloc[right[has_right]]
    record[has_right] = deciding["contract_id"].to_numpy(dtype=object)
    sure[has_right] = deciding["certainty"].to_numpy(dtype=object)
    started[has_right] = deciding["starts_on"].to_numpy()
    started = started.where(
        started <= pd.Timestamp(params.today)
    )  # one that has yet to begin is known from its register
    source_day = pd.Series(by).map(
        {kind: pd.Timestamp(params.dated[name]) for kind, name in SOURCE_OF.items() if name in params.dated}
    )
    return TenureEvidence(
        by, record, started.fillna(source_day.astype("datetime64[ms]")), sure, _otherwise(now, rights, signs)
    )


def _otherwise(now: pd.DataFrame, rights: pd.DataFrame, signs: Signs) -> Any:
    """What each record says that does not agree with the state of today, semicolons between."""
    state, by = now["state"].to_numpy(), now["by"].to_numpy()
    count = len(state)
    said_state = state_of_status(signs.status)
    in_use = np.isin(state, IN_USE_CODES)
    # Two words for land in use (leased, idle) do not differ.
    register_differs = (
        (said_state != state)
        & (by != BY["register"])
        & ~(in_use & np.isin(said_state, IN_USE_CODES))
        & (signs.status != "unknown")
    )
    word, ibis_word = _spoken(signs.status), _spoken(signs.ibis)
    ibis_differs = (signs.ibis != "unknown") & signs.in_register & (signs.ibis != signs.status)
    built = decimal_comma("gebouwen: %.1f %% bebouwd", 100 * signs.built_share)
    used = decimal_comma("grondgebruik: %.1f %% in gebruik", 100 * signs.used_share)
    vacant = np.isin(
        state, [STATUS_CODE[name] for name in ("free", "not_serviced", "optioned", "reserved", "contracted")]
    )
    unseen = (state == STATUS_CODE["unknown"]) & np.isin(signs.status, ON_OFFER)
    running = rights[is_use_right(rights)]
    tenants = np.where(signs.has_use & ~in_use, np.bincount(running["holding"], minlength=count), 0)
    statements = [
        (register_differs, "uitgifteregister: " + word),
        (ibis_differs, "IBIS: " + ibis_word),
        ((vacant | unseen) & signs.built, built),
        ((vacant | unseen) & signs.used, used),
        ((by == BY["override"]) & (tenants > 0), np.full(count, "contract: in gebruik gegeven", dtype=object)),
        (
            np.isin(signs.status, ON_OFFER) & signs.may_linger,
            np.full(count, "contract: verlopen, kan verlengd zijn", dtype=object),
        ),
    ]
    number = np.concatenate([np.flatnonzero(where) for where, _ in statements])
    texts = np.concatenate([text[where] for where, text in statements]) if count else np.zeros(0, dtype=object)
    order = np.argsort(number, kind="stable")
    return join_texts(number[order], texts[order], count, "; ")


def _spoken(status: Any) -> Any:
    """The Dutch words for statuses."""
    column = pd.Series(status)
    return column.map({name: dutch_choice(name) for name in column.unique()}).to_numpy(dtype=object)
