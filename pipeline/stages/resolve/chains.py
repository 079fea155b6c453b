"""The rights on each holding in order from the owner down, what each comes to, and where the chain has a gap."""

from itertools import groupby
from operator import itemgetter
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.derived.holding_rights import LAYER as RIGHTS
from layers.derived.holding_rights import LEVELS
from layers.glossary import dutch_choice
from pipeline.land.dates import FAR_DAY, dates
from pipeline.stages.resolve.rights import RANKS


def chain_level(rights: pd.DataFrame) -> Any:
    """The position of each right in the chain, from the owner down."""
    # A master lease has rank 0; what gives use but is no lease stands below it, and claims come last.
    level = {"bare": "master", "lease": "lease", "use": "use", "temporary": "use"}
    number = np.array([LEVELS.index(level.get(name, "claim")) for name in RANKS])
    return number[rights["rank"].to_numpy()]


def join_texts(number: Any, texts: Any, count: int, between: str) -> Any:
    """Texts of one number joined in the order given (numbers rising), for `count` numbers; None for a number
    without any."""
    lines: Any = np.full(count, None, dtype=object)
    for place, rows in groupby(zip(number, texts, strict=True), key=itemgetter(0)):
        lines[place] = between.join(text for _, text in rows)
    return lines


def contracts(rights: pd.DataFrame, count: int, today: int) -> dict[str, Any]:
    """Per holding the keys of the contracts that count, and the chain of rights from the owner down
    with their kinds."""
    ids = rights["contract_id"].to_numpy()
    counts = (rights["rank"] > 0).to_numpy()
    keys = join_texts(rights["holding"].to_numpy()[counts], ids[counts], count, ", ")
    order = np.lexsort((ids.astype(str), rights["starts"], chain_level(rights), rights["holding"]))
    kinds = rights["right_type"].map({name: f" ({dutch_choice(name)}" for name in rights["right_type"].unique()})
    past = np.where(rights["ends"] < today, ", verlopen)", ")")
    texts = ids + kinds.to_numpy() + past
    chain = join_texts(rights["holding"].to_numpy()[order], texts[order], count, " > ")
    return {"contract_ids": keys, "chain": chain}


def right_statuses(rights: pd.DataFrame, periods: pd.DataFrame, today: int) -> Any:
    """What each right comes to on its holding, by the periods of all cases (`today`: days since 1970).

    It decides today, waits for its time, is superseded by another, or is over; a master lease occupies nothing.
    """
    # A right that decides in any case and on any day waits, if it does not decide today.
    ever = rights.index.isin(periods["right"])
    decides = rights.index.isin(periods["right"][periods["begins"] <= today])
    is_over = (rights["release_latest"] <= today) | (~rights["is_use"] & (rights["ends"] < today))
    return np.select(
        [rights["is_master"], decides, ever, is_over], ["master", "decides", "waits", "over"], "superseded"
    )


def holding_rights(rights: pd.DataFrame, keys: Any) -> pd.DataFrame:
    """Rights per holding under their contract, with days as dates."""
    chosen = rights.assign(
        holding_id=keys[rights["holding"]],
        level=np.array(LEVELS, dtype=object)[chain_level(rights)],
        ends_on=dates(rights["ends"]),
        ends_latest_on=dates(rights["extended"]),
        released_earliest=dates(rights["release_earliest"]),
        released_latest=dates(rights["release_latest"]),
        last_notice_on=dates(rights["notice_by"]),
    )
    return RIGHTS.conform(chosen)


def gaps(rights: pd.DataFrame, holdings: gpd.GeoDataFrame, today: int) -> pd.DataFrame:
    """Subleases without a lease above them, or that outlast it: contract, what is wrong, and the m2."""
    upper = rights[rights["right_type"] == "ground_lease"]
    below = rights[(rights["right_type"] == "sublease") & (rights["ends"] >= today) & ~rights["is_master"]]
    # Where no lease lies above, the end is before all days.
    end = below["holding"].map(upper.groupby("holding")["ends"].max()).fillna(-FAR_DAY)
    gap = np.where(end < today, "geen erfpacht boven deze ondererfpacht", "loopt langer dan de erfpacht erboven")
    rows = below.assign(area_m2=holdings["area_m2"].to_numpy()[below["holding"]], gap=gap)
    return rows[end < below["ends"]]
