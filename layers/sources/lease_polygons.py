"""Own polygons of contracts that cover part of a plot or cross its edges."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "lease_polygons",
    "where a contract lies, if drawn; a contract without polygon holds its whole plots",
    "Contractvlakken",
    key=("contract_id",),
    shape="polygon",
    has_parts=True,
    columns={"contract_id": text("contract that the polygon belongs to", "Contract", confidential=True)},
)
