"""Shared headroom: how much usable land fits a budget that all share, by linear programming; the matrix is given."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array

from layers.derived import DERIVED
from layers.units import M2_PER_HA
from pipeline.land.land import profile_years
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.group_sums import group_sums

TIGHT = 1e-9
ONE_MOLECULE = 1e-24  # mol: what adds less than that to a hectare in a year adds nothing; 1 / Avogadro is 1.7e-24


def emission_supply(usable: pd.DataFrame, cluster_id: str) -> pd.DataFrame:
    """m2 usable per plot, activity and year; `usable` has parcel_id, profile, year and area_m2 per piece."""
    sums = group_sums({name: usable[name] for name in ("parcel_id", "profile", "year")}, area_m2=usable["area_m2"])
    return DERIVED["emission_supply"].conform(pd.DataFrame(sums).assign(cluster_id=cluster_id))


def joint_headroom(
    supply: pd.DataFrame, tables: Mapping[str, Any], config: Project, unit: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """m2 that fit one by one and together per activity and year, and the receptors that bind.

    Empty where it is not known what a kg emitted on a plot adds at each receptor (mol/ha a year), or what headroom each
    receptor has.
    """
    joint: list[dict[str, Any]] = []
    binding: list[pd.DataFrame] = []
    if "source_receptors" in tables and "receptors" in tables:
        matrix, headroom = tables["source_receptors"], tables["receptors"].set_index("receptor_id")["headroom"]
        # Of all plots of the matrix those here are a small part.
        matrix = matrix[matrix["parcel_id"].isin(supply["parcel_id"].unique())]
        is_known = supply["parcel_id"].isin(matrix["parcel_id"].unique()).to_numpy()
        rows_of = supply.groupby(["profile", "year"], sort=False).indices
        fits: dict[tuple[Any, ...], tuple[dict[str, float], pd.DataFrame]] = {}
        for name, profile, year in profile_years(config):
            rows = rows_of.get((name, year), ())
            if profile.emission_kg_ha > 0 and len(rows):
                known, not_known = rows[is_known[rows]], rows[~is_known[rows]]
                plots = supply.iloc[known]
                # The same land comes back in other years.
                key = (*plots["parcel_id"], plots["area_m2"].to_numpy().tobytes(), profile.emission_kg_ha)
                if key not in fits:
                    fits[key] = fit(plots, matrix, headroom, profile)
                fitted, tight = fits[key]
                not_known_m2 = float(supply["area_m2"].iloc[not_known].sum())
                joint.append({"profile": name, "year": year, **fitted, "not_known_m2": not_known_m2})
                binding.append(tight.assign(profile=name, year=year))
    tight = DERIVED["binding_receptors"].collect(binding, cluster_id=unit)
    return DERIVED["joint_headroom"].collect(joint, cluster_id=unit), tight


def fit(
    plots: pd.DataFrame, matrix: pd.DataFrame, headroom: pd.Series, profile: ProfileConfig
) -> tuple[dict[str, float], pd.DataFrame]:
    """The most m2 whose emissions keep every receptor within its headroom; alone: as if each plot were the only one."""
    plots = plots.groupby("parcel_id", as_index=False)["area_m2"].sum()  # one plot may lie in two clusters
    hectares = plots["area_m2"].to_numpy(dtype=float) / M2_PER_HA
    used = matrix[matrix["parcel_id"].isin(plots["parcel_id"])]
    rows = pd.Index(headroom.index).get_indexer(used["receptor_id"])
    columns = pd.Index(plots["parcel_id"]).get_indexer(used["parcel_id"])
    per_ha = used["per_kg"].to_numpy(dtype=float) * profile.emission_kg_ha
    # Of a plot that adds to a receptor without a budget nothing is known to fit.
    has_no_budget = np.isin(np.arange(len(plots)), columns[rows < 0])
    adds = (rows >= 0) & (per_ha > ONE_MOLECULE)
    rows, columns, per_ha = rows[adds], columns[adds], per_ha[adds]
    limit = headroom.to_numpy(dtype=float)
    most = np.where(has_no_budget, 0.0, hectares)
    alone = most.copy()
    np.minimum.at(alone, columns, limit[rows] / per_ha)
    # Each row is divided by its largest coefficient: the solver takes what is very small for nothing.
    largest = np.zeros(len(limit))
    np.maximum.at(largest, rows, per_ha)
    scale = np.where(largest > 0, largest, 1.0)
    if len(limit) and len(plots):
        solved = linprog(
            -np.ones(len(plots)),
            A_ub=csr_array((per_ha / scale[rows], (rows, columns)), shape=(len(limit), len(plots))),
            b_ub=limit / scale,
            bounds=np.column_stack([np.zeros(len(plots)), most]),
            method="highs",
        )
        jointly, price = -solved.fun, -np.asarray(solved.ineqlin.marginals) / scale
    else:
        jointly, price = most.sum(), np.zeros(len(limit))
    tight = np.flatnonzero(price * scale > TIGHT)
    binding = pd.DataFrame(
        {
            "receptor_id": headroom.index.to_numpy()[tight],
            "headroom": limit[tight],
            "per_unit_m2": price[tight] * M2_PER_HA,
        }
    )
    fitted = {"usable_m2": hectares.sum(), "alone_m2": alone.sum(), "jointly_m2": min(jointly, alone.sum())}
    return {name: float(value) * M2_PER_HA for name, value in fitted.items()}, binding
