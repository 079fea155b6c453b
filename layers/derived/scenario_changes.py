"""Land whose verdict for an activity differs, and which reasons came and went."""

from layers.columns import integer, optional_text, shared, verdict
from layers.layer import Layer

LAYER = Layer(
    "scenario_changes",
    "land of both scenarios whose verdict for an activity differs, no extension called, with the "
    "reasons that fell away and that came",
    "Verschil tussen scenario's",
    key=("cluster_id", "year", "change_id"),
    shape="polygon",
    columns={
        "change_id": integer("number of the piece", "Nummer", minimum=1),
        **shared("cluster_id", "parcel_id", "profile", "year"),
        "verdict_first": verdict("Oordeel eerste"),
        "verdict_second": verdict("Oordeel tweede"),
        "factors_removed": optional_text(
            "reasons of the first that the second has not, space between", "Vervallen redenen"
        ),
        "factors_added": optional_text("reasons of the second that the first has not, space between", "Nieuwe redenen"),
        **shared("area_m2"),
    },
)
