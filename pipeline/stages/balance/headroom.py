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
from layers.units import M2_PER_HA
from pipeline.land.land import Rulebook, question_key
from pipeline.project.rules import ProfileConfig

TIGHT = 1e-9
ONE_MOLECULE = 1e-24  # mol: what adds less than that to a hectare in a year adds nothing; 1 / Avogadro is 1.7e-24


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
    for name, profile, year in rules.profile_years():
        own = supply[(supply["profile"] == name) & (supply["year"] == year)]
        if profile.emission_kg_ha <= 0 or own.empty:
            continue
        known = own["parcel_id"].isin(set(given["parcel_id"])).to_numpy()
        found, tight = fit(own[known], given, receptors, profile)
        key = question_key(unit, name, year)
        joint.append({**key, **found, "not_known_m2": float(own["area_m2"][~known].sum())})
        binding.append(tight.assign(**key))
    if not joint:
        return JOINT.empty(), BINDING.empty()
    return JOINT.conform(pd.DataFrame(joint)), BINDING.conform(pd.concat(binding))


def fit(
    own: pd.DataFrame, given: pd.DataFrame, receptors: pd.DataFrame, profile: ProfileConfig
) -> tuple[dict[str, float], pd.DataFrame]:
    """The most m2 whose emissions keep every receptor within its headroom; alone: as if each plot were the only one."""
    own = own.groupby("parcel_id", as_index=False)["area_m2"].sum()  # one plot may lie in two clusters
    hectares = own["area_m2"].to_numpy(dtype=float) / M2_PER_HA
    if not len(own):
        return {"usable_m2": 0.0, "alone_m2": 0.0, "jointly_m2": 0.0}, BINDING.empty()
    used = given[given["parcel_id"].isin(set(own["parcel_id"]))]
    room = receptors.set_index("receptor_id")["headroom"]
    rows = pd.Index(room.index).get_indexer(used["receptor_id"])
    columns = pd.Index(own["parcel_id"]).get_indexer(used["parcel_id"])
    per_ha = used["per_kg"].to_numpy(dtype=float) * profile.emission_kg_ha
    lost = np.isin(
        np.arange(len(own)), columns[rows < 0]
    )  # adds to a receptor without a budget: nothing is known to fit
    inside = (rows >= 0) & (per_ha > ONE_MOLECULE)
    rows, columns, per_ha = rows[inside], columns[inside], per_ha[inside]
    limit = room.to_numpy(dtype=float)
    most = np.where(lost, 0.0, hectares)
    alone = most.copy()
    np.minimum.at(alone, columns, limit[rows] / per_ha)
    # Each row is divided by its largest coefficient: the solver takes what is very small for nothing.
    largest = np.zeros(len(room))
    np.maximum.at(largest, rows, per_ha)
    scale = np.where(largest > 0, largest, 1.0)
    matrix = csr_array((per_ha / scale[rows], (rows, columns)), shape=(len(room), len(own)))
    bounds = np.column_stack([np.zeros(len(own)), most])
    if len(room):
        solved = linprog(-np.ones(len(own)), A_ub=matrix, b_ub=limit / scale, bounds=bounds, method="highs")
        jointly, price = -solved.fun, -np.asarray(solved.ineqlin.marginals) / scale
    else:
        jointly, price = most.sum(), np.zeros(0)
    tight = np.flatnonzero(price * scale > TIGHT)
    table = pd.DataFrame(
        {
            "receptor_id": room.index.to_numpy()[tight],
            "headroom": limit[tight],
            "per_unit_m2": price[tight] * M2_PER_HA,
        }
    )
    found = {"usable_m2": hectares.sum(), "alone_m2": alone.sum(), "jointly_m2": min(jointly, alone.sum())}
    return {name: float(value) * M2_PER_HA for name, value in found.items()}, table
