"""Herkomst: which stage writes which table, and where each unit finds what it reads."""

from __future__ import annotations

from layers.derived import IN_TIME, OF_REASONS, OF_ROOM, OF_WANTED
from pipeline.project.load import Project
from pipeline.runner.stage import Origin

REGISTERS = ("ground_leases", "issue_register", "ibis_register", "overrides")
RESOLVED_FROM = ("cluster_boundaries", "parcels", *REGISTERS, "lease_polygons", "buildings", "land_use")
MEASURED_AGAINST = (
    "buildings",
    "quays",
    "waterways",
    "roads",
    "railways",
    "terminals",
    "power_stations",
    "feeding_areas",
    "supply_areas",
    "nature_sites",
    "nitrogen_hexagons",
    "sensitive_buildings",
    "zoned_sites",
    "noise_zones",
    "noise_attention_areas",
    "noise_budgets",
    "noise_levels",
    "flood_depths",
    "flood_classes",
    "air_no2",
    "air_pm10",
    "air_pm25",
)
# Whom an activity presses on, and the quays that it needs.
PRESSED_ON = ("quays", "sensitive_buildings", "housing_plans")
DERIVED_FROM = {
    "resolve": (
        "holdings",
        "holding_shapes",
        "holding_periods",
        "holding_rights",
        "contract_account",
        "conflicts",
    ),
    "constrain": ("zones", "zone_shapes"),
    "overlay": ("pieces", "combinations"),
    "measure": ("parcel_facts", "access", "grid_access", "nature_rings", "air_quality", "noise_relations"),
    "assess": ("holding_states", "rooms", "assessments", "housing_bounds", "outward_zoning", "usable_without_plans"),
    "assemble": (
        "sites",
        "site_pieces",
        "bridges",
        "site_sizes",
        "fragmentation",
        "key_plots",
        "near_misses",
        "smallest_changes",
        "acceleration_areas",
    ),
    "balance": ("land_balance", "waterfall", *IN_TIME, *OF_ROOM, *OF_REASONS, *OF_WANTED),
}
WRITER = {table: stage for stage, tables in DERIVED_FROM.items() for table in tables}


def supplied(project: Project) -> list[str]:
    """Layers that some source card fills."""
    return sorted({card.layer for card in project.sources.values()})


def cluster_units(project: Project) -> list[str]:
    """One unit per cluster."""
    return list(project.clusters)


def units_and_sum(project: Project) -> list[str]:
    """One unit per cluster, and one for the sum of all."""
    return [*project.clusters, project.balance.national_name]


def from_sources(project: Project, names: tuple[str, ...]) -> dict[str, list[Origin]]:
    """Where source layers come from; those that nothing fills are left out."""
    return {name: [("harmonise", name, name)] for name in names if name in supplied(project)}


def from_stages(names: tuple[str, ...], units: list[str]) -> dict[str, list[Origin]]:
    """Where derived tables of these units come from."""
    return {name: [(WRITER[name], unit, name) for unit in units] for name in names}
