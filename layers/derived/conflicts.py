"""Records that cannot all be right."""

from layers.columns import optional_area, text
from layers.layer import Layer

CONFLICT_CLASSES = (
    "free_but_built",
    "free_but_used",
    "available_but_leased",
    "registers_differ",
    "idle_by_all_signs",
    "chain_gap",
    "crosses_unleased_parcel",
    "lease_area_differs",
    "notice_date_past",
    "sliver",
    "issued_without_contract",
    "contract_over",
    "ends_before_begins",
    "end_implausible",
    "key_read_otherwise",
    "land_in_doubt",
    "unknown_parcel",
    "unknown_contract",
    "not_in_register",
    "servicing_overdue",
    "contract_without_place",
    "double_lease",
    "duplicate_record",
    "contract_refused",
    "area_differs",
    "parcel_overlap",
    "polygon_off_parcel",
    "override_expired",
    "override_unknown",
)

LAYER = Layer(
    "conflicts",
    "registers that disagree with each other or with the ground, one row each",
    "Tegenstrijdigheden",
    key=("cluster_id", "conflict_class", "subject"),
    stage="resolve",
    shared="key",
    columns={
        "conflict_class": text("kind of conflict", "Soort", choices=CONFLICT_CLASSES),
        "subject": text("plot or contract that it is about", "Onderwerp"),
        "finding": text("what was found", "Gevonden"),
        "area_m2": optional_area("area that it concerns", "Oppervlakte"),
    },
)
