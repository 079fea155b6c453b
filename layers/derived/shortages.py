"""What is asked and not served, and which limit that is due to."""

from layers.columns import area, number, text
from layers.layer import Layer

SHORTAGE_LIMITS = ("land", "time", "environment", "fragmentation", "quality")
# What an activity needs of its land and does not have there: of these, quality.
QUALITY_CAUSES = ("quay", "draught", "grid", "industrial_water", "supplies", "rail_access", "road_access")
SHORTAGE_CAUSES = (*SHORTAGE_LIMITS[:-1], *QUALITY_CAUSES)
# Without a minimum: to lift a limit can cost land where others are lifted already.
SHORT_M2 = number("shortage due to it", "Tekort", unit="m2")
SCENARIO = text("scenario of the demand", "Scenario")
WANTED_AND_SERVED = {"wanted_m2": area("all that is asked", "Gevraagd"), "served_m2": area("of that served", "Bediend")}
LIMIT = text(
    "land: who has it, or it is not there; time: it comes free later, as far as supply is told; environment: what may "
    "be there; fragmentation: size, width and lots; quality: what the activity needs there",
    "Soort oorzaak",
    choices=SHORTAGE_LIMITS,
)
LAYER = Layer(
    "shortages",
    "m2 asked but not served, divided over five limits by their Shapley value, and quality within that over its "
    "causes; together they are the shortage",
    "Tekort naar oorzaak",
    is_published=True,
    key=("cluster_id", "year", "case", "scenario", "cause"),
    stage="balance",
    columns={
        "scenario": SCENARIO,
        "cause": text(
            "the limit, or of quality: quay (metres), draught, grid, industrial water, other supplies, a siding, the "
            "way to the motorway",
            "Oorzaak",
            choices=SHORTAGE_CAUSES,
        ),
        "cause_group": LIMIT,
        "shortage_m2": SHORT_M2,
        **WANTED_AND_SERVED,
    },
)
