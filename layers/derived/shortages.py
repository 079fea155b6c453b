"""What is asked and not served, and which limit that is due to."""

from layers.columns import area, shared, text
from layers.layer import Column, Layer

SHORTAGE_CAUSES = ("land", "time", "environment", "fragmentation", "quality")
LAYER = Layer(
    name="shortages",
    meaning="m2 asked but not served, divided over five limits by their Shapley value; the five sum to the shortage",
    title="Tekort naar oorzaak",
    is_published=True,
    key=("cluster_id", "year", "case", "scenario", "cause"),
    stage="balance",
    columns={
        **shared("cluster_id", "year", "case"),
        "scenario": text("scenario of the demand", "Scenario"),
        "cause": text(
            "land: who has it, or it is not there; time: it comes free later; environment: what may be "
            "there; fragmentation: size and width; quality: quay and draught",
            "Oorzaak",
            choices=SHORTAGE_CAUSES,
        ),
        "shortage_m2": Column("float", "shortage due to it", "Tekort", unit="m2"),
        "wanted_m2": area("all that is asked", "Gevraagd"),
        "served_m2": area("of that served", "Bediend"),
    },
)
