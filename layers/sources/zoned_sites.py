"""Sites where large noise makers are allowed."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="zoned_sites",
    meaning="industrial sites with a noise zone; the regime changes per site until 2032 at the latest",
    title="Gezoneerde industrieterreinen",
    key=("zoned_site_id",),
    shape="polygon",
    columns={
        "zoned_site_id": Column("str", "key of the site", "Terrein-id"),
        "site_name": Column("str", "name of the site", "Terrein", optional=True),
        "noise_regime": Column(
            "str", "law that governs its noise", "Geluidregime", choices=("noise_act", "environment_act", "unknown")
        ),
    },
)
