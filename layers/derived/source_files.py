"""Which file stands behind each source card."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="source_files",
    meaning="files behind the source cards, as they were read",
    title="Bronbestanden",
    key=("source",),
    stage="acquire",
    columns={
        "source": Column("str", "name of the source card", "Bron"),
        "layer": Column("str", "layer that it fills", "Laag"),
        "path": Column("str", "path below the data folder", "Bestand"),
        "bytes": Column("int", "size of the file", "Grootte", unit="bytes", minimum=0),
        "sha256": Column("str", "checksum of the file", "Controlegetal", pattern="^[0-9a-f]{64}$"),
        "dated": Column("str", "date of the source according to its card", "Peildatum bron"),
        "licence": Column("str", "terms of use", "Licentie"),
        "basis": Column("str", "what kind of record it is", "Grondslag"),
    },
)
