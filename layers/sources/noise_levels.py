"""A grid of levels, averaged energetically, never arithmetically."""

from layers.layer import RasterLayer

LAYER = RasterLayer(
    name="noise_levels",
    meaning="noise level; no data is unknown, not silent",
    title="Geluidbelasting",
    kind="level",
    unit="dB Lden",
    minimum=0,
    maximum=140,
)
