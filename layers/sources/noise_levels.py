"""A grid of levels, averaged energetically, never arithmetically."""

from layers.layer import RasterLayer

LAYER = RasterLayer(
    "noise_levels",
    "noise level; no data is unknown, not silent",
    "Geluidbelasting",
    kind="level",
    unit="dB Lden",
    minimum=0,
    maximum=140,
)
