"""Tegenstrijdigheden: records that cannot all be right, each a row with what was found and the m2 concerned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.derived.conflicts import LAYER
from pipeline.cards import ResolveCard, Tolerance
from pipeline.stages.resolve.states import USE

EVERYWHERE = "all"


def rows(kind: str, subjects: Iterable[Any], found: Iterable[str], area_m2: Any = None) -> pd.DataFrame:
    """Conflict rows of one class; the same subject is named once, with its areas summed."""
    made = pd.DataFrame({"subject": list(subjects), "found": list(found)}, dtype=object)
    made["area_m2"] = area_m2 if area_m2 is None else pd.Series(list(area_m2), dtype=float)
    made["area_m2"] = made["area_m2"].astype(float)
    summed = made.groupby("subject", sort=True).agg(
        found=("found", "first"), area_m2=("area_m2", lambda a: a.sum(min_count=1))
    )
    return summed.reset_index().assign(conflict_class=kind)


def gather(found: list[pd.DataFrame], cluster_id: str) -> pd.DataFrame:
    """All conflicts of a cluster under one contract; those that belong to no plot stand under `all`."""
    together = pd.concat(found, ignore_index=True)
    owner = together["cluster_id"].fillna(cluster_id) if "cluster_id" in together else cluster_id
    return LAYER.conform(together.assign(cluster_id=owner))


def of_overlap(parcels: gpd.GeoDataFrame, pairs: pd.DataFrame, tolerance: Tolerance) -> pd.DataFrame:
    """Plots that share more ground than drawing noise; all smaller overlaps together in one row."""
    ids = parcels["parcel_id"].to_numpy()
    large = pairs[pairs["area_m2"] >= tolerance.least_conflict_m2]
    small = pairs[pairs["area_m2"] < tolerance.least_conflict_m2]
    named = rows(
        "parcel_overlap",
        ids[large["later"]] + " / " + ids[large["first"]] if len(large) else [],
        [f"{area:.1f} m2 telt bij de kavel die al bezet is, anders bij de eerste" for area in large["area_m2"]],
        large["area_m2"],
    )
    if small.empty:
        return named
    rest = f"{len(small)} overlappingen van elk minder dan {tolerance.least_conflict_m2:g} m2"
    return pd.concat([named, rows("parcel_overlap", ["kleine overlappingen"], [rest], [small["area_m2"].sum()])])


def of_area(parcels: gpd.GeoDataFrame, tolerance: Tolerance) -> pd.DataFrame:
    """Plots whose registered area differs from the drawn area by more than the tolerance in percent."""
    drawn = parcels.geometry.area
    pct = 100 * (parcels["registered_area_m2"] - drawn).abs() / drawn
    odd = parcels[pct > tolerance.area_difference_pct]
    text = [
        f"register {row.registered_area_m2:.0f} m2, getekend {row.geometry.area:.0f} m2" for row in odd.itertuples()
    ]
    return rows("area_differs", odd["parcel_id"], text, (odd["registered_area_m2"] - odd.geometry.area).abs())


def of_leases(leases: pd.DataFrame, known: pd.Series) -> pd.DataFrame:
    """Contracts that end before they begin, or name a plot that does not exist."""
    broken = leases[ends_before_begins(leases)]
    text = [f"begint {row.starts_on:%d-%m-%Y}, eindigt {row.ends_on:%d-%m-%Y}" for row in broken.itertuples()]
    turned = rows("ends_before_begins", broken["contract_id"], text)
    stray = leases[leases["parcel_id"].notna() & ~leases["parcel_id"].isin(known)]
    text = [
        f"contract {row.contract_id} noemt kavel {row.parcel_id}, die op geen kaart staat" for row in stray.itertuples()
    ]
    unknown = rows("unknown_parcel", stray["contract_id"] + " / " + stray["parcel_id"].astype(object), text)
    return pd.concat([turned, unknown]).assign(cluster_id=EVERYWHERE)


def of_register(register: pd.DataFrame, overrides: pd.DataFrame, known: pd.Series) -> pd.DataFrame:
    """Plots in the register or among the corrections that are on no map."""
    stray = register[~register["parcel_id"].isin(known)]["parcel_id"]
    first = rows(
        "unknown_parcel",
        "register / " + stray.astype(object),
        [f"het register noemt kavel {name}, die op geen kaart staat" for name in stray],
    )
    loose = overrides[~overrides["parcel_id"].isin(known)]["parcel_id"]
    second = rows(
        "override_unknown_parcel",
        loose,
        [f"een correctie noemt kavel {name}, die op geen kaart staat" for name in loose],
    )
    return pd.concat([first, second]).assign(cluster_id=EVERYWHERE)


def of_polygons(polygons: gpd.GeoDataFrame, leases: pd.DataFrame, missed: pd.DataFrame) -> pd.DataFrame:
    """Lease polygons without a contract, and pairs (`missed`) of a plot and a contract whose polygon does not touch it."""
    off = missed[missed["contract_id"].isin(polygons["contract_id"])].drop_duplicates()
    loose = polygons[~polygons["contract_id"].isin(leases["contract_id"])]
    text = ["een contractvlak zonder contract"] * len(loose)
    nameless = rows("unknown_contract", loose["contract_id"], text, loose.geometry.area)
    subjects = off["contract_id"].astype(object) + " / " + off["parcel_id"].astype(object)
    text = ["het contractvlak raakt deze kavel niet; de hele kavel telt als gebonden"] * len(off)
    return pd.concat([nameless.assign(cluster_id=EVERYWHERE), rows("polygon_off_parcel", subjects, text)])


def of_place(leases: pd.DataFrame, parcels: gpd.GeoDataFrame, polygons: gpd.GeoDataFrame) -> pd.DataFrame:
    """Contracts that name no plot, no site that any plot lies on, and have no polygon: nobody knows what they hold."""
    on_site = leases["site_name"].isin(parcels["site_name"].dropna())
    lost = leases[leases["parcel_id"].isna() & ~on_site & ~leases["contract_id"].isin(polygons["contract_id"])]
    text = [f"{row.right_type}: geen kavel, geen bekend terrein, geen contractvlak" for row in lost.itertuples()]
    return rows("contract_without_place", lost["contract_id"], text).assign(cluster_id=EVERYWHERE)


def of_duplicates(refused: pd.DataFrame) -> pd.DataFrame:
    """Rows of a register that stand there more than once."""
    twice = refused[refused["outcome"] == "duplicate"]
    text = [f"{row.file}, rij {row.row}: dezelfde regel staat er meer dan eens" for row in twice.itertuples()]
    return rows("duplicate_record", twice["source"] + " / " + twice["found"].fillna("").astype(object), text).assign(
        cluster_id=EVERYWHERE
    )


def of_double_use(counted: pd.DataFrame, holdings: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Holdings on which two contracts give use to somebody at the same time today."""
    ended = counted["ends_on"].notna() & (counted["ends_on"] < today)
    begun = counted["starts_on"].isna() | (counted["starts_on"] <= today)
    use = counted[counted["right_type"].isin(list(USE)) & begun & ~ended]
    per = use.groupby("holding")["contract_id"].agg(lambda ids: ", ".join(sorted(set(ids))))
    double = per[per.str.contains(", ")]
    ids, areas = holdings["holding_id"].to_numpy()[double.index], holdings["area_m2"].to_numpy()[double.index]
    return rows("double_lease", ids, [f"contracten {names}" for names in double], areas)


def ends_before_begins(leases: pd.DataFrame) -> Any:
    """Which contracts end before they begin."""
    return (leases["ends_on"] < leases["starts_on"]).fillna(False).to_numpy(dtype=bool)


def is_master(leases: pd.DataFrame, card: ResolveCard) -> Any:
    """Which contracts are master leases, that occupy nothing: on a whole site by right, on anything by holder."""
    of_site = leases["parcel_id"].isna() & leases["site_name"].notna() & leases["right_type"].isin(card.master_rights)
    return (of_site | leases["holder"].isin(card.master_holders)).to_numpy(dtype=bool)
