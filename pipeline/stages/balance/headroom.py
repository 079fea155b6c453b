"""Gezamenlijke ruimte: how much usable land fits a budget that all share, by linear programming; the matrix is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array

from layers.derived.binding_receptors import LAYER as BINDING
from layers.derived.emission_supply import LAYER as SUPPLY
from layers.derived.joint_headroom import LAYER as JOINT
from pipeline.rules_card import Profile
from pipeline.stages.balance.ground import Rulebook, held_by

M2_PER_HA = 10_000.0
TIGHT = 1e-9


def emission_supply(usable: pd.DataFrame, cluster_id: str) -> pd.DataFrame:
    """m2 usable per plot, activity and year; `usable` has parcel_id, profile, year and area_m2 per piece."""
    sums = usable.groupby(["parcel_id", "profile", "year"], as_index=False)["area_m2"].sum()
    return SUPPLY.conform(sums.assign(cluster_id=cluster_id))


def joint_headroom(
    supply: pd.DataFrame, matrix: tuple[pd.DataFrame | None, pd.DataFrame | None], rules: Rulebook, unit: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """m2 that fit one by one and together per activity and year, and the receptors that bind; empty without a matrix."""
    given, receptors = matrix
    joint: list[dict[str, Any]] = []
    binding: list[pd.DataFrame] = []
    if given is None or receptors is None:
        return JOINT.empty(), BINDING.empty()
    for name, profile, year in rules.asked():
        own = supply[(supply["profile"] == name) & (supply["year"] == year)]
        if profile.emission_kg_ha <= 0 or own.empty:
            continue
        known = own["parcel_id"].isin(set(given["parcel_id"])).to_numpy()
        found, tight = fit(own[known], given, receptors, profile)
        key = held_by(unit, name, year)
        joint.append({**key, **found, "not_known_m2": float(own["area_m2"][~known].sum())})
        binding.append(tight.assign(**key))
    if not joint:
        return JOINT.empty(), BINDING.empty()
    return JOINT.conform(pd.DataFrame(joint)), BINDING.conform(pd.concat(binding))


def fit(
    own: pd.DataFrame, given: pd.DataFrame, receptors: pd.DataFrame, profile: Profile
) -> tuple[dict[str, float], pd.DataFrame]:
    """The most m2 whose emissions keep every receptor within its headroom; alone: as if each plot were the only one."""
    area_m2 = own["area_m2"].to_numpy(dtype=float)
    used = given[given["parcel_id"].isin(set(own["parcel_id"]))]
    room = receptors.set_index("receptor_id")["headroom"]
    strange = sorted(set(used["receptor_id"]) - set(room.index))
    rows = pd.Index(room.index).get_indexer(used["receptor_id"])
    inside = rows >= 0
    columns = pd.Index(own["parcel_id"]).get_indexer(used["parcel_id"])
    per_m2 = used["per_kg"].to_numpy(dtype=float) * profile.emission_kg_ha / M2_PER_HA
    per_m2 = np.where(inside, per_m2, 0.0)
    matrix = csr_array((per_m2[inside], (rows[inside], columns[inside])), shape=(len(room), len(own)))
    limit = room.to_numpy(dtype=float)
    alone = area_m2.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.where(per_m2 > 0, limit[np.maximum(rows, 0)] / per_m2, np.inf)
    np.minimum.at(alone, columns, most)
    if strange:  # a receptor without a budget: nothing is known to fit
        alone[columns[~inside]] = 0.0
    upper = np.where(np.isin(np.arange(len(own)), columns[~inside]), 0.0, area_m2)
    if not len(own):
        return {"usable_m2": 0.0, "alone_m2": 0.0, "jointly_m2": 0.0}, BINDING.empty()
    solved = linprog(
        -np.ones(len(own)), A_ub=matrix, b_ub=limit, bounds=np.column_stack([np.zeros(len(own)), upper]), method="highs"
    )
    price = -np.asarray(solved.ineqlin.marginals)
    tight = np.flatnonzero(price > TIGHT)
    table = pd.DataFrame(
        {"receptor_id": room.index.to_numpy()[tight], "headroom": limit[tight], "per_unit_m2": price[tight]}
    )
    return {"usable_m2": float(area_m2.sum()), "alone_m2": float(alone.sum()), "jointly_m2": float(-solved.fun)}, table
