"""One row per plot for the planner."""

from layers.columns import (
    area,
    count,
    optional_count,
    optional_length,
    optional_number,
    optional_text,
    shared,
    tenure_status,
    text,
)
from layers.derived.air_quality import AIR_CLASSES
from layers.derived.outward_zoning import LAYER as OUTWARD
from layers.derived.parcel_facts import LAYER as FACTS
from layers.layer import Layer

ROAD = {
    "motorway_junction": "Over de weg tot oprit snelweg",
    "rail_terminal": "Over de weg tot spoorterminal",
    "inland_terminal": "Over de weg tot binnenvaartterminal",
    "sea_terminal": "Over de weg tot zeehaventerminal",
}

LAYER = Layer(
    "parcel_overview",
    "plots inside the cluster with who has most of them, when they come free, and what was measured",
    "Kavels",
    is_published=True,
    key=("cluster_id", "parcel_id"),
    stage="publish",
    shape="polygon",
    columns={
        "verdict_line": text("usable for the lead profile or not, and by which day", "Oordeel"),
        "tenure_line": text("who has it today, by which right, until when, and by when to act", "Uitgifte en gebruik"),
        "change_line": optional_text("smallest change after which it is usable, as a condition", "Wat zou helpen"),
        "narrative": text(
            "what that rests on: who has it, each rule that binds it, size and site, and other changes that would do",
            "Onderbouwing",
        ),
        "why_{year}": optional_text(
            "what keeps parts of it from being usable for the lead profile, the largest first",
            "{year}: waarom niet",
        ),
        "usable_{year}_m2": area("usable for the lead profile, no extension called", "{year}: bruikbaar"),
        "holding_{year}": tenure_status("{year}: uitgifte en gebruik"),
        "holding_latest_{year}": tenure_status("{year}: uitgifte en gebruik, met alle verlengingen"),
        **shared("site_name", "area_m2", "plan_category", "available_earliest", "available_latest"),
        "contract_ids": optional_text("contracts that count for it", "Contracten", confidential=True),
        "conflict_count": count("conflicts about this plot", "Tegenstrijdigheden"),
        **{
            name: column for name, column in FACTS.columns.items() if name not in ("cluster_id", "parcel_id", "area_m2")
        },
        **{
            f"road_{target}_m": optional_length(
                f"metres along the road to the nearest {target}; empty cannot be reached", title
            )
            for target, title in ROAD.items()
        },
        "road_snap_m": optional_length("metres from the plot to where it enters the road network", "Tot het wegennet"),
        "overloaded": optional_count(
            "overloaded hexagons within the widest ring; a sieve, no test",
            "Overbelaste hexagonen",
            unit="hexagons",
        ),
        "hexagons_not_known": optional_count(
            "hexagons of which the deposition is not known", "Depositie onbekend", unit="hexagons"
        ),
        "lowest_critical_load_mol_ha": optional_number(
            "lowest critical load within the widest ring",
            "Laagste KDW",
            unit="mol/ha",
            minimum=0,
        ),
        "air_class": text(
            "heaviest value that the background of any component exceeds; a signal, no exceedance",
            "Luchtklasse",
            choices=AIR_CLASSES,
        ),
        **{name: OUTWARD.columns[name] for name in ("outward_m", "outward_buildings", "outward_plan_ids")},
    },
)
