"""Open water as areas."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="water",
    meaning="open water; land under it is gross but never net",
    title="Water",
    key=("water_id",),
    shape="polygon",
    columns={"water_id": Column("str", "key of the water", "Water-id")},
)
