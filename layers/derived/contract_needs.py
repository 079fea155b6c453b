"""What contracts of a cluster say that their users need of the land."""

from layers.layer import Layer
from layers.sources.ground_leases import LAYER as LEASES

LAYER = Layer(
    "contract_needs",
    "what each contract on a holding says that its user needs, by the first of its rows in the register",
    "Eisen van gebruikers",
    key=("contract_id",),
    stage="resolve",
    columns={name: LEASES.columns[name] for name in ("is_quay_bound", "activity_category", "is_seveso")},
)
