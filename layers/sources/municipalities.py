"""Municipal areas with their code."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "municipalities",
    "municipalities in the year of the source; codes change",
    "Gemeenten",
    key=("municipality_code",),
    shape="polygon",
    columns={
        "municipality_code": text("code of Statistics Netherlands", "Gemeentecode", pattern=r"^GM\d{4}$"),
        "municipality_name": text("name", "Gemeente"),
    },
)
