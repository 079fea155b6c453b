"""Measure what can be measured of each plot: start at `run`, then `facts`."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.land.supplied import cluster_shape, supplied_or_empty
from pipeline.project.project import Project
from pipeline.stages.measure.facts import measure


def run(config: Project, cluster: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """What can be measured of the plots of one cluster (m, m2, dB, shares); a layer declared to hold nothing is
    empty."""
    layers = supplied_or_empty(config, tables, [*tables, *config.card.absences])
    if "buildings" in layers:
        is_standing = layers["buildings"]["building_status"].isin(config.resolve.built.statuses)
        layers["buildings"] = layers["buildings"][is_standing]
    land = cluster_shape(tables["cluster_boundaries"], cluster)
    return {**measure(tables["holdings"], land, layers, config.measure)}
