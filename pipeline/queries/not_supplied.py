"""Land that a layer without card or declaration leaves unknown."""

from collections.abc import Sequence

import pandas as pd

from layers.units import M2_PER_HA
from pipeline.land.unknown_land import UnknownLand, unknown_land, unknown_layers
from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext

UNKNOWN_LAND_TABLES = ("pieces", "holdings", "rooms", "holding_states", "assessments")


def not_supplied_note(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return one line that names the layers that count as not known with at most how many hectares (ha) each leaves
    unknown, the most first, and whether nothing is usable before they are given; else none."""
    project = context.project
    layers, undeclared = unknown_layers(project), project.not_supplied
    if not layers and not undeclared:
        return []
    results = Results.from_run(context)
    names = clusters or project.clusters
    land = pd.concat([unknown_land(project, results.tables(UNKNOWN_LAND_TABLES, name), layers) for name in names])
    unknown = UnknownLand.from_pieces(land, layers)
    title, year = project.profiles[project.publish.lead_profile].title, project.years[0]
    first = f"not supplied and not declared absent: {', '.join(undeclared)}; " if undeclared else ""
    if not unknown.by_layer:
        return [f"{first}through them up to 0.0 ha are unknown for {title} in {year}"] if undeclared else []
    listed = ", ".join(f"{name} ({m2 / M2_PER_HA:.1f} ha)" for name, m2 in unknown.by_layer.items())
    if not unknown.is_any_usable:
        return [f"{first}nothing can become usable for {title} before these are given: {listed}"]
    return [
        f"{first}through them up to {unknown.total_m2 / M2_PER_HA:.1f} ha are unknown for {title} in {year}: {listed}"
    ]
