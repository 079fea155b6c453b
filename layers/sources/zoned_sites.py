"""Sites where large noise makers are allowed."""

from layers.columns import shared, text
from layers.layer import Layer

LAYER = Layer(
    "zoned_sites",
    "industrial sites with a noise zone; the regime changes per site until 2032 at the latest",
    "Gezoneerde industrieterreinen",
    key=("zoned_site_id",),
    shape="polygon",
    columns={
        "zoned_site_id": text("key of the site", "Terrein-id"),
        **shared("site_name"),
        "noise_regime": text(
            "law that governs its noise", "Geluidregime", choices=("noise_act", "environment_act", "unknown")
        ),
    },
)
