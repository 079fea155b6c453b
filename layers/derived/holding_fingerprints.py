"""What each holding was cut from, so that only what changed is cut again."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "holding_fingerprints",
    "a digest per holding of its shape, the zones near it, and what cut it; the same digest, the same pieces",
    "Afdrukken van vlakken van uitgifte en gebruik",
    key=("holding_id",),
    stage="overlay",
    columns={
        "fingerprint": text("digest of what the pieces were made from", "Afdruk"),
    },
)
