"""How much land has a lease that ends, or can last be extended, in each five years."""

from layers.columns import CASE_OR_BOTH, USE_RIGHTS, area, count, integer, text
from layers.layer import Layer

LAYER = Layer(
    "renewal_wall",
    "land in use by contract, by the years in which the contract ends (per case), or in which its "
    "extension must be called",
    "Verlengingsgolf",
    is_published=True,
    key=("cluster_id", "measure", "case", "from_year", "period", "right_type"),
    stage="balance",
    columns={
        "measure": text("what falls in those years", "Maat", choices=("renewal_ends", "renewal_notice")),
        "case": CASE_OR_BOTH,
        "from_year": integer("first of the years", "Van", unit="year", minimum=1900, maximum=2300),
        "period": text("the years; later, past, or no known end", "Jaren"),
        "right_type": text("kind of right", "Soort recht", choices=USE_RIGHTS),
        "area_m2": area("land, each m2 once", "Oppervlakte"),
        "count": count("how many holdings", "Aantal"),
    },
)
