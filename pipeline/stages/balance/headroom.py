"""Shared headroom: how much usable land fits a budget that all share, by linear programming; the matrix is given."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Deposition:
    """What a kg emitted on a plot adds at each receptor (mol/ha a year), and the headroom of each receptor."""

    per_plot: pd.DataFrame
    receptors: pd.DataFrame


def emission_supply(usable: pd.DataFrame, cluster_id: str) -> pd.DataFrame:
    """m2 usable per plot, activity and year; `usable` has parcel_id, profile, year and area_m2 per piece."""
    sums = usable.groupby(["parcel_id", "profile", "year"], as_index=False)["area_m2"].sum()
    return SUPPLY.conform(sums.assign(cluster_id=cluster_id))


def joint_headroom(
    supply: pd.DataFrame, deposition: Deposition | None, rules: Rulebook, unit: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """m2 that fit one by one and together per activity and year, and the
    receptors that bind; empty where deposition is not known."""
    if deposition is None:
        return JOINT.empty(), BINDING.empty()
    joint, binding = [], []
    with_matrix = set(deposition.per_plot["parcel_id"])
    for name, profile, year in rules.profile_years():
        plots = supply[(supply["profile"] == name) & (supply["year"] == year)]
        if profile.emission_kg_ha <= 0 or plots.empty:
            continue
        known = plots["parcel_id"].isin(with_matrix).to_numpy()
        fitted, tight = fit(plots[known], deposition, profile)
        key = question_key(unit, name, year)
        joint.append({**key, **fitted, "not_known_m2": float(plots["area_m2"][~known].sum())})
        binding.append(tight.assign(**key))
    return JOINT.collect(joint), BINDING.collect(binding)


def fit(plots: pd.DataFrame, deposition: Deposition, profile: ProfileConfig) -> tuple[dict[str, float], pd.DataFrame]:
    """The most m2 whose emissions keep every receptor within its headroom; alone: as if each plot were the only one."""
    plots = plots.groupby("parcel_id", as_index=False)["area_m2"].sum()  # one plot may lie in two clusters
    hectares = plots["area_m2"].to_numpy(dtype=float) / M2_PER_HA
    if not len(plots):
        return {"usable_m2": 0.0, "alone_m2": 0.0, "jointly_m2": 0.0}, BINDING.empty()
    used = deposition.per_plot[deposition.per_plot["parcel_id"].isin(set(plots["parcel_id"]))]
    room = deposition.receptors.set_index("receptor_id")["headroom"]
    rows = pd.Index(room.index).get_indexer(used["receptor_id"])
    columns = pd.Index(plots["parcel_id"]).get_indexer(used["parcel_id"])
    per_ha = used["per_kg"].to_numpy(dtype=float) * profile.emission_kg_ha
    # Of a plot that adds to a receptor without a budget nothing is known to fit.
    has_no_budget = np.isin(np.arange(len(plots)), columns[rows < 0])
    adds = (rows >= 0) & (per_ha > ONE_MOLECULE)
    rows, columns, per_ha = rows[adds], columns[adds], per_ha[adds]
    limit = room.to_numpy(dtype=float)
    most = np.where(has_no_budget, 0.0, hectares)
    alone = most.copy()
    np.minimum.at(alone, columns, limit[rows] / per_ha)
    # Each row is divided by its largest coefficient: the solver takes what is very small for nothing.
    largest = np.zeros(len(room))
    np.maximum.at(largest, rows, per_ha)
    scale = np.where(largest > 0, largest, 1.0)
    matrix = csr_array((per_ha / scale[rows], (rows, columns)), shape=(len(room), len(plots)))
    bounds = np.column_stack([np.zeros(len(plots)), most])
    if len(room):
        solved = linprog(-np.ones(len(plots)), A_ub=matrix, b_ub=limit / scale, bounds=bounds, method="highs")
        jointly, price = -solved.fun, -np.asarray(solved.ineqlin.marginals) / scale
    else:
        jointly, price = most.sum(), np.zeros(0)
    tight = np.flatnonzero(price * scale > TIGHT)
    binding = pd.DataFrame(
        {
            "receptor_id": room.index.to_numpy()[tight],
            "headroom": limit[tight],
            "per_unit_m2": price[tight] * M2_PER_HA,
        }
    )
    fitted = {"usable_m2": hectares.sum(), "alone_m2": alone.sum(), "jointly_m2": min(jointly, alone.sum())}
    return {name: float(value) * M2_PER_HA for name, value in fitted.items()}, binding
