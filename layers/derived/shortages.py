"""What is asked and not served, and which limit that is due to."""

from layers.columns import CASE, CLUSTER, YEAR
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
        "cluster_id": CLUSTER,
        "year": YEAR,
        "case": CASE,
        "scenario": Column("str", "scenario of the demand", "Scenario"),
        "cause": Column(
            "str",
            "land: who has it, or it is not there; time: it comes free later; environment: what may be "
            "there; fragmentation: size and width; quality: quay and draught",
            "Oorzaak",
            choices=SHORTAGE_CAUSES,
        ),
        "shortage_m2": Column("float", "shortage due to it", "Tekort", unit="m2"),
        "wanted_m2": Column("float", "all that is asked", "Gevraagd", unit="m2", minimum=0),
        "served_m2": Column("float", "of that served", "Bediend", unit="m2", minimum=0),
    },
)
