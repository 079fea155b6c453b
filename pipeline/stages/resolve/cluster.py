"""Resolve one cluster: the stage's tables from its source layers, and the days and proof that count,
from its config."""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from layers.derived.holding_shapes import LAYER as HOLDING_SHAPES
from layers.sources import TABLES
from pipeline.land.tenure_sources import TENURE_SOURCES
from pipeline.project.project import Project
from pipeline.stages.resolve import Known, ResolveParams, registers, resolve_cluster
from pipeline.stages.resolve.task import ResolveTask

PROOF_LAYERS = ("ground_leases", "buildings", "land_use")  # in the order of `Known`


def run_for_all(config: Project, tables: Mapping[str, Any]) -> ResolveTask:
    """What the registers say as a whole, for all clusters."""
    sources = {name: tables[name] if name in tables else TABLES[name].empty() for name in TENURE_SOURCES}
    # Years are looked up in the periods later on: another horizon resolves nothing anew.
    return registers({**sources, "refused": tables["refused"]}, config.resolve, resolve_params(config))


def run(_: Project, cluster: str, __: Mapping[str, Any], *, shared: ResolveTask) -> dict[str, pd.DataFrame]:
    """Holdings of one cluster (m2, RD New) with their periods, rights and conflicts."""
    resolved = resolve_cluster(shared, cluster)
    return {**resolved, "holding_shapes": HOLDING_SHAPES.conform(resolved["holdings"])}


def resolve_params(config: Project) -> ResolveParams:
    """The reference date, the day of each register (the oldest of several files), and which proof there is."""
    dated: dict[str, dt.date] = {}
    for source in config.sources.values():
        if source.layer in TENURE_SOURCES:
            # As old as its oldest file.
            dated[source.layer] = min(source.dated, dated.get(source.layer, source.dated))
    return ResolveParams(config.card.reference_date, dated, known_proof(config))


def known_proof(config: Project) -> Known:
    """Which proof the project has, or declares that there is none of."""
    absences = config.card.absences
    return Known(*(name not in absences or absences[name].treat_as != "unknown" for name in PROOF_LAYERS))


def describe(config: Project) -> str:
    """What a run knows of who holds the land: its rules and days as JSON, for a later run to compare."""
    params = resolve_params(config)
    content = {
        "resolve": config.resolve.model_dump(mode="json"),
        "reference_date": str(params.today),
        "dated": {name: str(day) for name, day in params.dated.items()},
        "known": dataclasses.asdict(params.known),
        "changes": config.publish.changes.model_dump(mode="json"),
        "clusters": {slug: cluster.title for slug, cluster in config.clusters.items()},
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
