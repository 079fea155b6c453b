"""Keten: the rights on each holding in order from the owner down, what each comes to, and where the chain has a gap."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.derived.contract_account import LAYER as ACCOUNT
from layers.derived.holding_rights import LAYER as RIGHTS
from layers.derived.holding_rights import LEVELS
from layers.glossary import dutch_choice
from pipeline.land.dates import FAR_DAY, dates
from pipeline.stages.resolve.conflicts import EVERYWHERE
from pipeline.stages.resolve.rights import LEVEL_OF_RANK, RANKS

FATE_OF_ROW = {"decides": "used"}


def levels(rights: pd.DataFrame) -> Any:
    """The place of each right in the chain, as a number from the owner down."""
    number = np.array([0, *(LEVELS.index(LEVEL_OF_RANK.get(rank, "claim")) for rank in RANKS[1:])])
    return number[rights["rank"].to_numpy()]


def joined(number: Any, texts: Any, count: int, between: str) -> Any:
    """Texts of one number joined in the order given, for `count` numbers; None for a number without any."""
    found: Any = np.full(count, None, dtype=object)
    turn = pd.Series(number).groupby(number).cumcount().to_numpy()
    for one in range(int(turn.max(initial=-1)) + 1):  # as many turns as one number has texts
        at = number[turn == one]
        found[at] = texts[turn == one] if one == 0 else found[at] + (between + texts[turn == one])
    return found


def contracts(rights: pd.DataFrame, count: int, today: int) -> tuple[Any, Any]:
    """Per holding the keys of the contracts that count, and the chain of rights from the owner down with their kinds."""
    ids = rights["contract_id"].to_numpy(dtype=object)
    counts = (rights["rank"] > 0).to_numpy()
    keys = joined(rights["holding"].to_numpy()[counts], ids[counts], count, ", ")
    order = np.lexsort((ids.astype(str), rights["starts"], levels(rights), rights["holding"]))
    kinds = rights["right_type"].map({name: f" ({dutch_choice(name)}" for name in rights["right_type"].unique()})
    past = np.where(rights["ends"] < today, ", verlopen)", ")").astype(object)
    texts = ids + kinds.to_numpy(dtype=object) + past
    return keys, joined(rights["holding"].to_numpy()[order], texts[order], count, " > ")


def fates(rights: pd.DataFrame, periods: list[pd.DataFrame], today: int) -> Any:
    """What each right comes to on its holding: it decides today, waits for its time, is superseded by another, or is over."""
    decides: Any = np.zeros(len(rights), dtype=bool)
    ever = decides.copy()
    for rows in periods:
        right = rows["right"].to_numpy()
        ever[right[right >= 0]] = True
        now = (right >= 0) & (rows["begins"] <= today).to_numpy()
        decides[right[now]] = True
    is_over = (rights["release_latest"] <= today) | (~rights["is_use"] & (rights["ends"] < today))
    return np.select(
        [rights["is_master"], decides, ever, is_over], ["master", "decides", "waits", "over"], "superseded"
    )


def table(rights: pd.DataFrame, keys: Any, fate: Any) -> pd.DataFrame:
    """Rights per holding under their contract."""
    chosen = rights.assign(
        holding_id=np.asarray(keys, dtype=object)[rights["holding"]],
        level=np.array(LEVELS, dtype=object)[levels(rights)],
        ends_on=dates(rights["ends"]).to_numpy(),
        ends_latest_on=dates(rights["extended"]).to_numpy(),
        released_earliest=dates(rights["release_earliest"]).to_numpy(),
        released_latest=dates(rights["release_latest"]).to_numpy(),
        last_notice_on=dates(rights["notice_by"]).to_numpy(),
        fate=fate,
    )
    return RIGHTS.conform(chosen)


def account(
    leases: pd.DataFrame, rights: pd.DataFrame, of: tuple[Any, gpd.GeoDataFrame, pd.DataFrame], cluster_id: str
) -> pd.DataFrame:
    """What became of every row of the register that concerns this cluster, or no cluster at all."""
    fate, holdings, lost = of
    owner = pd.Series(holdings["parcel_id"].to_numpy(dtype=object)[rights["holding"]], index=rights.index)
    lies = pd.DataFrame(
        {
            "contract_id": rights["contract_id"].to_numpy(),
            "right_type": rights["right_type"].to_numpy(),
            "parcel_id": rights["parcel_id"].astype(object).fillna(owner).to_numpy(),
            "fate": pd.Series(fate).replace(FATE_OF_ROW).to_numpy(),
            "area_m2": holdings["area_m2"].to_numpy()[rights["holding"]],
        }
    )
    rank = {name: place for place, name in enumerate(("used", "waits", "superseded", "master", "over"))}
    lies = lies.assign(order=lies["fate"].map(rank)).sort_values("order")
    told_as = {"fate": ("fate", "first"), "area_m2": ("area_m2", "sum")}
    own, plot = ["contract_id", "right_type"], ["contract_id", "right_type", "parcel_id"]
    on_plot = leases[plot].merge(lies.groupby(plot).agg(**told_as).reset_index(), on=plot, how="left")
    rest = leases[own].merge(lies.groupby(own).agg(**told_as).reset_index(), on=own, how="left")
    is_loose = lost["loose"].to_numpy()  # it lies where its site is, or where its contract is drawn
    told = np.where(is_loose, rest["fate"], on_plot["fate"])
    m2 = np.where(is_loose, rest["area_m2"], on_plot["area_m2"])
    fallen = lost["why"].to_numpy(dtype=object)
    final = np.where(fallen == "", told, fallen)
    here = (fallen == "") & ~pd.isna(told)
    rows = leases[["contract_id", "parcel_id", "site_name", "right_type"]].assign(
        cluster_id=np.where(here, cluster_id, EVERYWHERE),
        why=None,
        fate=final,
        area_m2=np.where(here, np.nan_to_num(m2.astype(float)), 0.0),
    )
    return ACCOUNT.conform(rows[~pd.isna(final)])


def gaps(rights: pd.DataFrame, holdings: gpd.GeoDataFrame, today: int) -> pd.DataFrame:
    """Subleases without a lease above them, or that outlast it: contract, what is wrong, and the m2."""
    upper = rights[rights["right_type"] == "ground_lease"]
    until = upper.groupby("holding")["ends"].max().reindex(range(len(holdings))).fillna(-FAR_DAY).to_numpy()
    below = rights[(rights["right_type"] == "sublease") & (rights["ends"] >= today) & ~rights["is_master"]]
    end = until[below["holding"]]
    found = below.assign(
        area_m2=holdings["area_m2"].to_numpy()[below["holding"]],
        found=np.where(end < today, "geen erfpacht boven deze ondererfpacht", "loopt langer dan de erfpacht erboven"),
    )
    return found[(end < below["ends"]).to_numpy()]
