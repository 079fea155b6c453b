"""Scarce land by asked year: what comes free of it, by class of draught and in metres of quay, and what is asked by
then."""

from typing import Any

import numpy as np
import pandas as pd

from layers.columns import CASES
from layers.derived.scarce_plots import QUALITIES
from layers.derived.scarcity_by_year import LAYER as SCARCITY_BY_YEAR
from layers.units import M2_PER_HA
from pipeline.project.project import Project
from pipeline.stages.balance.in_time import Tenure
from pipeline.stages.balance.scarce import ScarceLand, needs_quality

KEY = ["quality", "draught_class"]
# Parts of the land, by what it must be; each in m2 and in metres of quay.
SUPPLY_PARTS = {
    "": None,
    "free_": ("tenure_status", "free"),
    "misfit_": ("need", "not_needed"),
    "unknown_": ("need", "unknown"),
}

QUAY_COLUMNS = ("quay_m", "free_quay_m", "misfit_quay_m", "unknown_quay_m", "demand_quay_m")


def scarcity_by_year(scarce: ScarceLand, tenure: Tenure, config: Project) -> pd.DataFrame:
    """Of a cluster, per asked year, case, scarce quality and class of draught what there is, in m2 and in metres of
    quay, and what projects ask that want to begin by then."""
    cluster = scarce.land.cluster_id
    if not scarce.land.cases:  # without plots
        return SCARCITY_BY_YEAR.empty()
    parts = []
    for year in config.years:
        land, demand = scarce.scarce_on(year), _demand(cluster, year, config)
        for case in CASES:
            supply = _supply(still_stated(scarce.held_in(land, year, case), tenure, year, case))
            both = supply.join(demand, how="outer").fillna(0.0).reset_index()
            parts.append(both.assign(year=year, case=case))
    table = pd.concat(parts, ignore_index=True)
    return SCARCITY_BY_YEAR.conform(table.assign(cluster_id=cluster, **ratios()))


def still_stated(held: pd.DataFrame, tenure: Tenure, year: int, case: str) -> pd.DataFrame:
    """Scarce holdings of a year and case with the need of their users, as far as these are the users of today: who
    comes after them may need it or not."""
    # Without scarce land the column is one of texts.
    is_other = held["holding_id"].map(_has_other_user(tenure, year, case)).to_numpy(dtype=bool)
    is_stated = held["need"].isin(["needed", "not_needed"]).to_numpy(dtype=bool)
    return held.assign(need=held["need"].mask(is_other & is_stated, "unknown"))


def ratios() -> dict[str, Any]:
    """The ratios of a table by m2 and metres of quay: asked over free, of a draught or deeper; nan if none is free."""
    return {
        "scarcity": lambda table: _demand_per_free(table, "demand_m2", "free_m2"),
        "quay_scarcity": lambda table: _demand_per_free(table, "demand_quay_m", "free_quay_m"),
    }


def _demand_per_free(table: pd.DataFrame, demand: str, free: str) -> pd.Series:
    """A deeper quay serves who asks less: from the deepest class up, each with those below it (m2 or m)."""
    depth_m = table["draught_class"].map(_least_m)
    deepest_first = table.assign(depth_m=depth_m).sort_values("depth_m", ascending=False, kind="stable")
    sums = deepest_first.groupby(["quality", "year", "case"])[[demand, free]].cumsum()
    return (sums[demand] / sums[free].where(sums[free] > 0)).reindex(table.index).where(depth_m.notna())


def _least_m(draught_class: str) -> float:
    """The least draught of a class in metres; nan where it is not known."""
    named = {"all": 0.0, "unknown": np.nan}
    return named[draught_class] if draught_class in named else float(draught_class.rstrip("+").split("-")[0])


def _has_other_user(tenure: Tenure, year: int, case: str) -> pd.Series:
    """Whether another contract decides on each holding in a year than on the reference date, by its key."""
    line = tenure.lines[case]
    contracts = [line.contract[line.on(day)] for day in (tenure.today, tenure.config.day(year))]
    return pd.Series(contracts[0] != contracts[1], index=tenure.holdings["holding_id"].to_numpy(dtype=object))


def _supply(scarce: pd.DataFrame) -> pd.DataFrame:
    """m2 and metres of quay per quality and class of draught, of all and of each part."""
    metres = scarce["quay_part_m"].fillna(0.0)
    columns: dict[str, Any] = {}
    for prefix, wanted in SUPPLY_PARTS.items():
        counts = np.ones(len(scarce), dtype=bool) if wanted is None else (scarce[wanted[0]] == wanted[1]).to_numpy()
        columns[f"{prefix or 'area_'}m2"] = scarce["area_m2"] * counts
        columns[f"{prefix}quay_m"] = metres * counts
    return pd.DataFrame({**scarce[KEY], **columns}).groupby(KEY).sum()


def _demand(cluster: str, year: int, config: Project) -> pd.DataFrame:
    """m2 and metres of quay that projects ask which want to begin by a year, per quality and class of draught; who asks
    no draught counts in the shallowest."""
    rows: list[tuple[str, str, float, float]] = []
    for project in config.projects:
        profile = config.profiles[project.profile]
        for quality in map(str, QUALITIES):
            if project.cluster_id == cluster and project.first_year <= year and needs_quality(project, quality, config):
                is_quay = quality == "quay"
                draught = config.balance.scarce.draught_class(profile.least_draught_m) if is_quay else "all"
                metres = max(project.quay_m, profile.least_quay_m) if is_quay else 0.0
                rows.append((quality, draught, project.area_ha * M2_PER_HA, metres))
    table = pd.DataFrame(rows, columns=[*KEY, "demand_m2", "demand_quay_m"])
    return table.astype({"demand_m2": float, "demand_quay_m": float}).groupby(KEY).sum()
