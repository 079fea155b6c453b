"""Resolve one cluster: the stage's tables from its source layers, and the days and proof that count,
from its config."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from layers.derived.holding_shapes import LAYER as HOLDING_SHAPES
from layers.sources import TABLES
from pipeline.land.tenure_knowledge import resolve_params
from pipeline.land.tenure_sources import TENURE_SOURCES
from pipeline.project.project import Project
from pipeline.stages.resolve import registers, resolve_cluster
from pipeline.stages.resolve.task import ResolveTask


def run_for_all(config: Project, tables: Mapping[str, Any]) -> ResolveTask:
    """What the registers say as a whole, for all clusters."""
    sources = {name: tables[name] if name in tables else TABLES[name].empty() for name in TENURE_SOURCES}
    # Years are looked up in the periods later on: another horizon resolves nothing anew.
    return registers({**sources, "refused": tables["refused"]}, config.resolve, resolve_params(config))


def run(_: Project, cluster: str, __: Mapping[str, Any], *, shared: ResolveTask) -> dict[str, pd.DataFrame]:
    """Holdings of one cluster (m2, RD New) with their periods, rights and conflicts."""
    resolved = resolve_cluster(shared, cluster)
    return {**resolved, "holding_shapes": HOLDING_SHAPES.conform(resolved["holdings"])}
