"""Projects that run beside the old plant: the land that they hold twice, and what is free meanwhile."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.project_overlap import LAYER
from pipeline.land.dates import day_number, later, numbered
from pipeline.project.investment_projects import InvestmentProject
from pipeline.stages.balance.in_time import is_peak


def project_overlap(
    placed: pd.DataFrame,
    projects: Iterable[InvestmentProject],
    plot_m2: Mapping[str, float],
    days: Mapping[int, dt.date],
    supply: pd.DataFrame,
) -> pd.DataFrame:
    """m2 per cluster, case and year that placed projects hold twice on the day of that year; of clusters with a project
    that leaves plots. `supply`: the supply curve of the clusters."""
    by_id = {project.project_id: project for project in projects if project.leaves}
    numbers = np.array([day_number(day) for day in days.values()])
    parts = []
    for (cluster, case), rows in placed[placed["project_id"].isin(by_id)].groupby(["cluster_id", "case"]):
        moving = rows[rows["is_placed"]]
        leavers = [by_id[name] for name in moving["project_id"]]
        begins = numbered(moving["start_date"])
        ends = later(begins, 12 * np.array([leaver.years_until_left for leaver in leavers], dtype=int))
        left_m2 = np.array([sum(plot_m2[plot] for plot in leaver.leaves) for leaver in leavers], dtype=float)
        twice_m2 = np.minimum(moving["wanted_m2"].to_numpy(dtype=float), left_m2)
        is_now = (begins <= numbers[:, None]) & (ends > numbers[:, None])
        curve = supply[supply["cluster_id"] == cluster].set_index("year")[f"free_{case}_m2"].reindex(list(days))
        last = np.where(is_now, ends, numbers[:, None] + 1).max(axis=1, initial=0) if len(moving) else numbers + 1
        free_m2 = [_least(curve.to_numpy(), numbers, row, until) for row, until in enumerate(last.tolist())]
        held_m2 = (is_now * twice_m2).sum(axis=1)
        columns = {"held_twice_m2": held_m2, "free_meanwhile_m2": free_m2, "count": is_now.sum(axis=1)}
        table = pd.DataFrame({"cluster_id": cluster, "case": case, "year": list(days), **columns})
        parts.append(table.assign(short_m2=np.maximum(held_m2 - np.array(free_m2), 0.0), is_peak=is_peak))
    return LAYER.collect(parts)


def _least(free_m2: Any, days: Any, row: int, until: int) -> float:
    """The least m2 that is free on the day of a year (row), and on those of later years before a day."""
    is_meant = days < until
    is_meant[:row], is_meant[row] = False, True
    return float(free_m2[is_meant].min())
