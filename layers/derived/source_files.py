"""Which file stands behind each source card."""

from layers.columns import count, text
from layers.layer import Layer

LAYER = Layer(
    "source_files",
    "files behind the source cards, as they were read",
    "Bronbestanden",
    key=("source",),
    stage="acquire",
    columns={
        "layer": text("layer that it fills", "Laag"),
        "path": text("path below the data folder", "Bestand"),
        "bytes": count("size of the file", "Grootte", unit="bytes"),
        "sha256": text("checksum of the file", "Controlegetal", pattern="^[0-9a-f]{64}$"),
        "clip": text("boxes in RD New (m) beyond which rows are left out; none: empty", "Uitsnede"),
        "dated": text("date of the source according to its card", "Peildatum bron"),
        "licence": text("terms of use", "Licentie"),
        "basis": text("what kind of record it is", "Grondslag"),
    },
)
