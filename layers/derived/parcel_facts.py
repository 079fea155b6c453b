"""What can be measured of a plot."""

from functools import partial

from layers.columns import (
    distance,
    length,
    optional_flag,
    optional_integer,
    optional_length,
    optional_number,
    optional_text,
    shared,
    text,
)
from layers.layer import Layer
from layers.sources.feeding_areas import CONGESTION_STATUSES
from layers.sources.waterways import CEMT_CLASSES

known_share = partial(optional_number, unit="0-1")
known_level = partial(optional_number, unit="dB Lden")
FLOOD_STATES = ("dry", "floods", "outside_dike", "unknown")

LAYER = Layer(
    "parcel_facts",
    "distances, built share, water, noise, power and flood per plot inside the cluster; empty is not known",
    "Kavelkenmerken",
    key=("cluster_id", "parcel_id"),
    stage="measure",
    shape="polygon",
    columns={
        **shared("area_m2"),
        "built_share": known_share("share of the plot under buildings", "Bebouwd deel"),
        "width_m": length("diameter of the largest circle inside", "Breedte"),
        "quay_m": optional_length("length of quay that the edge of the plot lies along", "Kadelengte"),
        "quay_land_depth_m": optional_length(
            "land behind that quay, median of lines square to it", "Diepte achter de kade"
        ),
        "quay_bottom_m_nap": optional_number(
            "shallowest bottom level before that quay; no draught",
            "Bodem voor de kade",
            unit="m NAP",
        ),
        "quay_draught_m": optional_length("smallest draught guaranteed at that quay", "Toegestane diepgang"),
        "distance_quay_m": distance("the nearest quay", "Afstand tot kade"),
        "distance_waterway_m": distance("the nearest waterway", "Afstand tot vaarweg"),
        "cemt_class": optional_text(
            "largest ship class of the waterways within reach", "CEMT-klasse", choices=CEMT_CLASSES
        ),
        "distance_railway_m": distance("the nearest railway", "Afstand tot spoor"),
        "distance_nature_m": distance("the nearest Natura 2000 site", "Afstand tot Natura 2000"),
        "distance_sensitive_m": distance("the nearest dwelling or vulnerable building", "Afstand tot gevoelig gebouw"),
        "offtake_status": text(
            "least room to take power in the feeding areas over it", "Afname van stroom", choices=CONGESTION_STATUSES
        ),
        "feed_in_status": text(
            "least room to feed in power in the feeding areas over it",
            "Invoeding van stroom",
            choices=CONGESTION_STATUSES,
        ),
        "feeding_area_count": optional_integer("feeding areas over the plot", "Voedingsgebieden", unit="areas"),
        # Energetic, since decibels are logarithms: their plain mean is too low.
        "noise_mean_db": known_level("energetic mean of the noise level", "Geluid gemiddeld"),
        "noise_max_db": known_level("highest noise level", "Geluid hoogst"),
        "noise_covered_share": known_share("share of the plot with a noise level", "Deel met geluidcijfer"),
        "noise_above_share": known_share("share of that part at or above the card's level", "Deel boven de drempel"),
        "budget_dba_m2": optional_number(
            "noise budget per m2, energetic over its parts", "Kavelbudget", unit="dB(A)/m2"
        ),
        # Sound power of the plot: the budget per m2, and ten times the logarithm of its m2.
        "budget_dba": optional_number("noise budget of the whole plot", "Kavelbudget geheel", unit="dB(A)"),
        "budget_left_dba": optional_number(
            "what permits leave of it; empty is nothing or not known",
            "Geluidruimte over",
            unit="dB(A)",
        ),
        "is_quiet_plot": optional_flag(
            "budget at or below that of a quiet plot, or all of it given away", "Stille kavel"
        ),
        "flood_max_m": optional_number("greatest depth on it", "Overstromingsdiepte hoogst", unit="m"),
        "flood_mean_m": optional_number("mean depth where known", "Overstromingsdiepte gemiddeld", unit="m"),
        "flood_known_share": known_share("share of the plot with a known depth", "Deel met diepte"),
        "flood_outside_share": known_share("share of the plot outside the dikes", "Deel buitendijks"),
        "flood_class": optional_number(
            "class over most of it in the national map", "Overstromingsklasse", unit="class"
        ),
        "flood_state": text("dry, floods, outside the dikes, or not known", "Overstroming", choices=FLOOD_STATES),
    },
)
