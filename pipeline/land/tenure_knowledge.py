"""What the cards alone say of who holds the land: which day counts as today, and which proof there is.

Without pandas: every run writes it down, also where nothing else is done.
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.land.tenure_sources import TENURE_SOURCES
from pipeline.project.project import Project

PROOF_LAYERS = ("ground_leases", "buildings", "land_use")  # in the order of `Known`


@dataclass(frozen=True)
class Known:
    """Which proof there is at all: without contracts or buildings nothing can be shown to be free, without surveyed use
    nothing to be idle."""

    contracts: bool = True
    buildings: bool = True
    land_use: bool = True


@dataclass(frozen=True)
class ResolveParams:
    """The day that counts as today, the day of each register, what is known, and the registers that no source fills."""

    today: dt.date
    dated: Mapping[str, dt.date] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    absent: frozenset[str] = frozenset()


def resolve_params(config: Project) -> ResolveParams:
    """The reference date, the day of each register (the oldest of several files), and which proof there is."""
    dated: dict[str, dt.date] = {}
    for source in config.sources.values():
        if source.layer in TENURE_SOURCES:
            # As old as its oldest file.
            dated[source.layer] = min(source.dated, dated.get(source.layer, source.dated))
    absent = frozenset(TENURE_SOURCES).difference(dated)
    return ResolveParams(config.card.reference_date, dated, known_proof(config), absent)


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
