"""Which pieces land for projects consists of."""

from layers.columns import optional_integer, shared, text
from layers.layer import Layer

LAYER = Layer(
    "project_site_pieces",
    "pieces of each site for projects that is large enough for one of them",
    "Delen van locaties voor projecten",
    key=("site_id", "piece_id"),
    stage="balance",
    columns={
        "site_id": text("site for projects", "Locatie"),
        **shared("piece_id", "area_m2"),
        "claimed_until": optional_integer(
            "last year of an energy claim on it that is not decided", "Energieclaim tot en met", unit="year"
        ),
    },
)
