"""What became of every row of the contract register."""

from layers.columns import RIGHTS, area, optional_text, text
from layers.layer import Layer

ACCOUNT_STATUSES = (
    "used",
    "waits",
    "superseded",
    "master",
    "over",
    "ends_before_begins",
    "end_implausible",
    "unknown_parcel",
    "contract_without_place",
    "outside_clusters",
    "refused",
)

LAYER = Layer(
    "contract_account",
    "every contract and place once, with what it came to and the m2 that it lies on in this cluster",
    "Verantwoording contracten",
    is_published=True,
    key=("cluster_id", "contract_id", "parcel_id", "site_name", "right_type"),
    stage="resolve",
    shared="key",
    columns={
        "parcel_id": optional_text("plot that the row names", "Kavel"),
        "site_name": optional_text("site that the row names", "Terrein"),
        "right_type": optional_text("kind of right", "Soort recht", choices=RIGHTS),
        "rationale": optional_text("why it was refused, or set aside", "Reden"),
        "right_status": text("what it came to", "Werking", choices=ACCOUNT_STATUSES),
        "area_m2": area("land that it lies on", "Oppervlakte"),
    },
)
