"""Land that looks vacant, by what holds it back."""

from layers.columns import area, count, text
from layers.layer import Layer

# Parts of gross_vacant, which is none of them.
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
    "paper_vacancy",
    "land without use or building: gross vacant, what each instrument holds back, and what is truly "
    "free; the parts sum to gross",
    "Papieren leegstand",
    is_published=True,
    key=("cluster_id", "year", "case", "instrument"),
    stage="balance",
    columns={
        "instrument": text("what holds it back", "Instrument", choices=("gross_vacant", *INSTRUMENTS)),
        "area_m2": area("land that looks vacant", "Oppervlakte"),
        "count": count("how many holdings", "Aantal"),
    },
)
