"""The line as data: each stage with its units, what it reads as tables and config, and the function that does the work.

May import the runner; declarations only, a rule found here is in the wrong room.
Open `__init__.py` first: the ten stages in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.land.tenure_sources import KEYED_LAYERS, TENURE_REGISTERS, TENURE_SOURCES
from pipeline.runner.stage import Reads, Stage, Units

if TYPE_CHECKING:
    from pipeline.project.project import Project

__all__ = ["LINE", "VERBS"]


TOGETHER = "all"


def _whole(_: Project) -> list[str]:
    return [TOGETHER]


def _every(_: Project) -> str:
    return TOGETHER


def _supplied_layers(project: Project) -> list[str]:
    return sorted({config.layer for config in project.sources.values()})


def _clusters(project: Project) -> list[str]:
    return list(project.clusters)


def _nation(project: Project) -> str:
    return project.balance.national_name


# What a stage is run for, one after the other or at the same time.
PROJECT = Units(names=_whole)
SUPPLIED_LAYERS = Units(names=_supplied_layers, total=_every, are_layers=True)
CLUSTERS = Units(names=_clusters, are_clusters=True)
CLUSTERS_AND_NATION = Units(names=_clusters, total=_nation, are_clusters=True)

HOLDING_TABLES = ("holdings", "holding_periods", "holding_states", "holding_rights")
LINE = (
    Stage(
        name="acquire",
        help="Check source files and pin their checksums. Reads sources/*.toml; writes sources.lock.",
        units=PROJECT,
        config=("sources", "card", "resolve", "clusters.*.title", "publish.changes"),
        resources=("source_roots", "lock_file", "outputs", "flags", "notes"),
        # What is clipped to the clusters needs their boundaries, in RD New.
        uses={"harmonise": "pipeline.stages.harmonise:harmonise"},
        run="pipeline.stages.acquire.pinning:run",
        always=True,
    ),
    Stage(
        name="harmonise",
        help=(
            "Translate source files into our layers, in RD New. Reads sources/*.toml and the files that they "
            "name, and projects.csv; writes a table per source layer, and the rows that were refused."
        ),
        units=SUPPLIED_LAYERS,
        reads=Reads(tables=("source_files",), rows={"source_files": "layer"}),
        reads_of_total=Reads(sources=("cluster_boundaries", *KEYED_LAYERS)),
        config=("sources.{unit}",),
        # Boundaries are checked against the clusters of the project, plots against its projects and registers.
        unit_config={"cluster_boundaries": ("clusters.*.slug",), TOGETHER: ("projects", "sources.*.max_lost")},
        resources=("source_roots", "notes"),
        # Stages do not import each other: what one needs of another is handed to it.
        uses={
            "read_source": "pipeline.stages.acquire.reading:read_source",
            "with_boxes": "pipeline.stages.acquire.clipping:with_boxes",
        },
        run="pipeline.stages.harmonise.ingest:run",
    ),
    Stage(
        name="resolve",
        help=(
            "Settle who holds each part of each plot, and until when. Reads plots, contracts, registers and "
            "overrides.csv; writes holdings, their periods and conflicts."
        ),
        units=CLUSTERS,
        reads=Reads(
            sources=TENURE_SOURCES,
            reports={"refused": TENURE_REGISTERS},
        ),
        config=(
            "resolve",
            "card.reference_date",
            "sources.{sources}.layer",
            "sources.{sources}.dated",
            "card.absences.{sources}.treat_as",
        ),
        shared="pipeline.stages.resolve.cluster:run_for_all",
        run="pipeline.stages.resolve.cluster:run",
    ),
    Stage(
        name="constrain",
        help=(
            "Draw where each constraint applies, and cut housing plans by it. Reads source layers and constrain.toml; "
            "writes zones, and housing plans by the zones over them."
        ),
        units=CLUSTERS,
        reads=Reads(
            sources=("cluster_boundaries", "housing_plans"),
            sources_named_in=(
                "constrain.constraint.*.layer",
                "constrain.constraint.*.own_site.layer",
                "constrain.constraint.*.road_layers",
            ),
            reports={"refused": ("{sources}",)},
        ),
        config=(
            "constrain",
            "rules_on_dwellings",
            "card.reference_date",
            "profiles.*.most_road_m",
            "measure.network",
            "sources.{sources}.layer",
            "sources.{sources}.basis",
            "sources.{sources}.dated",
            "card.absences.{sources}",
        ),
        shared="pipeline.stages.constrain:run_for_all",
        run="pipeline.stages.constrain:run",
    ),
    Stage(
        name="overlay",
        help=("Cut holdings by zones into pieces. Reads holdings and zones; writes pieces and combinations of zones."),
        units=CLUSTERS,
        # Keys and shapes alone: a new contract or title leaves these as they were, and nothing is cut anew.
        reads=Reads(tables=("holding_shapes", "zone_shapes")),
        streamed=("holding_shapes",),
        resources=("engine", "threads", "workers", "on_progress", "files", "code_of"),
        run="pipeline.stages.overlay.cluster:run",
        prepare="pipeline.stages.overlay.compilation:compile_kernels",
    ),
    Stage(
        name="measure",
        help=(
            "Measure plots and what lies around them. Reads holdings, quays, networks, grids and "
            "measure.toml; writes facts per plot, access, air quality and noise."
        ),
        units=CLUSTERS,
        reads=Reads(
            tables=("holdings",),
            sources=(
                "cluster_boundaries",
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
            ),
        ),
        # Which buildings count as standing is said once, in resolve.toml.
        config=("measure", "resolve.built.statuses", "card.absences.{sources}.treat_as"),
        run="pipeline.stages.measure:run",
    ),
    Stage(
        name="assess",
        help=(
            "Judge every piece for each activity, year and case. Reads pieces, profiles.toml, effects.csv "
            "and verdicts.csv; writes room, verdicts and bounds by housing."
        ),
        units=CLUSTERS,
        reads=Reads(
            tables=("pieces", "combinations", "zones", "holdings", "holding_periods"),
            sources=("quays", "sensitive_buildings", "housing_plans"),
        ),
        config=(
            "assess",
            "effects",
            "verdicts",
            "profiles",
            "constrain.constraint",
            "constrain.quad_segs",
            "card.reference_date",
            "years",
            "lifted",
            "card.absences.{sources}.treat_as",
        ),
        run="pipeline.stages.assess:run",
    ),
    Stage(
        name="assemble",
        help=(
            "Join usable pieces into sites. Reads verdicts and assemble.toml; writes sites, bridges and near misses."
        ),
        units=CLUSTERS,
        reads=Reads(
            tables=("pieces", "holdings", "holding_periods", "assessments", "holding_states", "rooms"),
            sources=("quays", "parcels", "cluster_boundaries"),
            sources_named_in=("assemble.bridge.*.layer", "assemble.barrier.*.layer"),
        ),
        config=(
            "assemble",
            "assess.shape",
            "card.reference_date",
            "lifted",
            "years",
            "profiles",
            "publish.lead_profile",
            "balance.levers.not_liftable",
            "card.absences.{sources}.treat_as",
        ),
        run="pipeline.stages.assemble:run",
    ),
    Stage(
        name="balance",
        help=(
            "Draw up the accounting per cluster and for all together. Reads all tables and demand.csv; "
            "writes the land balance, the waterfall, attribution and levers."
        ),
        units=CLUSTERS_AND_NATION,
        reads=Reads(
            tables=(
                *HOLDING_TABLES,
                "contract_needs",
                "conflicts",
                "plan_parts",
                "plan_zones",
                "pieces",
                "combinations",
                "zones",
                "rooms",
                "room_turns",
                "assessments",
                "housing_bounds",
                "usable_without_plans",
                "sites",
                "bridgeable_gaps",
                "site_sizes",
                "fragmentation",
                "parcel_facts",
            ),
            sources=(
                "cluster_boundaries",
                "housing_plans",
                "receptors",
                "source_receptors",
                "quays",
                "feeding_areas",
                "supply_areas",
            ),
        ),
        reads_of_total=Reads(
            tables=("pieces", "holdings", "holding_states", "rooms"),
            tables_of=("balance",),
            sources=("receptors", "source_receptors", "quays", "feeding_areas", "supply_areas"),
        ),
        config=(
            "balance",
            "resolve.built.share_that_makes_unknown",
            "demand",
            "projects",
            "publish.lead_profile",
            "years",
            "card.reference_date",
            "clusters.*.kind",
            # What decides over hectares: a new title of a constraint draws nothing up anew.
            "constrain.constraint.*.name",
            "constrain.constraint.*.layer",
            "constrain.constraint.*.geometry",
            "constrain.constraint.*.area_kind",
            "constrain.constraint.*.theme",
            "constrain.constraint.*.basis",
            "constrain.constraint.*.standing",
            "constrain.constraint.*.effects",
            "constrain.quad_segs",
            "constrain.planned_dwellings",
            "profiles",
            "effects",
            "assess",
            "verdicts",
            "lifted",
            # Of every layer: what rules would say of an aspect without any of its layers is not known.
            "card.absences.*.treat_as",
        ),
        run="pipeline.stages.balance:run",
    ),
    Stage(
        name="publish",
        help=(
            "Write what a planner opens. Reads tables of all stages and publish.toml; writes GeoPackages, "
            "report.html, figures.csv and figures."
        ),
        units=CLUSTERS_AND_NATION,
        reads=Reads(
            published=True,
            # What overviews, the report and the stories of plots are made of, beside what is published as it stands.
            tables=(
                "source_files",
                "holdings",
                "holding_states",
                "conflicts",
                "zones",
                "pieces",
                "combinations",
                "parcel_facts",
                "outward_zoning",
                "rooms",
                "assessments",
                "site_pieces",
                "near_misses",
                "placements",
                "smallest_changes",
            ),
            sources=("cluster_boundaries", "ground_leases", "lease_polygons", "overrides"),
            reports={"refused": ("*",), "refused_shapes": ("*",), "source_facts": ("*",)},
        ),
        config=(
            # Not `changes` and `moved`, nor the swatches of these alone: diff and compare write what they colour.
            "publish.lead_profile",
            "publish.disclaimer",
            "publish.palette.holding",
            "publish.palette.verdict",
            "publish.palette.theme",
            "publish.figures",
            "publish.published",
            "publish.map",
            "publish.law_links",
            "card.name",
            "card.title",
            "card.reference_date",
            "card.absences",
            "not_supplied",
            "scenario.title",
            "clusters",
            "profiles",
            "years",
            "lifted",
            "effects",
            "assess",
            "constrain.constraint",
            "sources.*.layer",
            "sources.*.licence",
            "sources.*.dated",
            "balance.national_name",
            "balance.slivers",
            "balance.group",
            "resolve.built.share_that_makes_unknown",
        ),
        resources=("edition", "outputs", "code_of", "notes"),
        run="pipeline.stages.publish.publication:run",
        places="pipeline.stages.publish.file_names:places",
        shows_words=True,
    ),
)
VERBS = tuple(stage.name for stage in LINE)
