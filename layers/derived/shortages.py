"""What is asked and not served, and which limit that is due to."""

from layers.columns import area, number, text
from layers.layer import Layer

SHORTAGE_CAUSES = ("land", "time", "environment", "fragmentation", "quality")
LAYER = Layer(
    "shortages",
    "m2 asked but not served, divided over five limits by their Shapley value; the five sum to the shortage",
    "Tekort naar oorzaak",
    is_published=True,
    key=("cluster_id", "year", "case", "scenario", "cause"),
    stage="balance",
    columns={
        "scenario": text("scenario of the demand", "Scenario"),
        "cause": text(
            "land: who has it, or it is not there; time: it comes free later, as far as supply is told; environment: "
            "what may be there; fragmentation: size and width; quality: quay, power, water, supplies, rail and road",
            "Oorzaak",
            choices=SHORTAGE_CAUSES,
        ),
        # Without a minimum: to lift a limit can cost land where others are lifted already.
        "shortage_m2": number("shortage due to it", "Tekort", unit="m2"),
        "wanted_m2": area("all that is asked", "Gevraagd"),
        "served_m2": area("of that served", "Bediend"),
    },
)
