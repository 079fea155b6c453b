"""Municipal areas with their code."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="municipalities",
    meaning="municipalities in the year of the source; codes change",
    title="Gemeenten",
    key=("municipality_code",),
    shape="polygon",
    columns={
        "municipality_code": Column("str", "code of Statistics Netherlands", "Gemeentecode", pattern=r"^GM\d{4}$"),
        "municipality_name": Column("str", "name", "Gemeente"),
    },
)
