"""Land that looks vacant, by what holds it back."""

from layers.columns import CASE, CLUSTER, YEAR
from layers.layer import Column, Layer

INSTRUMENTS = (
    "option",
    "reservation",
    "contracted",
    "company_reserve",
    "strategic_reserve",
    "not_serviced",
    "unknown",
    "truly_free",
)

LAYER = Layer(
    name="paper_vacancy",
    meaning="land without use or building: gross vacant, what each instrument holds back, and what is truly "
    "free; the parts sum to gross",
    title="Papieren leegstand",
    is_published=True,
    key=("cluster_id", "year", "case", "instrument"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "year": YEAR,
        "case": CASE,
        "instrument": Column("str", "what holds it back", "Instrument", choices=("gross_vacant", *INSTRUMENTS)),
        "area_m2": Column("float", "land that looks vacant", "Oppervlakte", unit="m2", minimum=0),
        "count": Column("int", "how many holdings", "Aantal", minimum=0),
    },
)
