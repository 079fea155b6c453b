"""What one kg a year from a plot adds at a point; made by AERIUS or a noise model, never by us."""

from layers.columns import number, text
from layers.layer import Layer

LAYER = Layer(
    "source_receptors",
    "linear contribution of a plot to a receptor; pairs that are not given count as nothing",
    "Bron-rekenpuntmatrix",
    key=("parcel_id", "receptor_id"),
    columns={
        "parcel_id": text("plot that emits", "Kavel"),
        "receptor_id": text("point that receives", "Rekenpunt"),
        "per_kg": number("added at the point per kg emitted a year", "Bijdrage per kg", minimum=0),
    },
)
