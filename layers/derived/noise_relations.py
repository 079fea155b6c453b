"""Which zones and attention areas belong to which site; a site may have several, and a zone several sites."""

from layers.columns import area, optional_number, shared, text
from layers.layer import Layer
from layers.sources.zoned_sites import LAYER as SITES

LAYER = Layer(
    "noise_relations",
    "pairs of a zoned site and a noise zone or attention area near it, each in the unit of its own law",
    "Geluidregimes",
    is_published=True,
    key=("cluster_id", "zoned_site_id", "noise_area_id"),
    stage="measure",
    columns={
        "zoned_site_id": SITES.columns["zoned_site_id"],
        **shared("site_name"),
        "noise_regime": SITES.columns["noise_regime"],
        "noise_area_id": text("key of the zone or attention area", "Geluidgebied"),
        "noise_area_kind": text("what it is", "Soort geluidgebied", choices=("noise_zone", "noise_attention_area")),
        "limit_dba_etmaal": optional_number(
            "limit under the Wet geluidhinder", "Grens etmaalwaarde", unit="dB(A) etmaalwaarde"
        ),
        "limit_db_lden": optional_number("limit under the Omgevingswet", "Grens Lden", unit="dB Lden"),
        "limit_db_lnight": optional_number("limit at night under the Omgevingswet", "Grens Lnight", unit="dB Lnight"),
        "linked_by": text("how the two were found to belong together", "Verband", choices=("name", "place", "both")),
        "overlaps_site_m2": area(
            "land of the site inside it; an attention area is a ring and should have none", "Op het terrein"
        ),
    },
)
