"""Protected nature, one row per site."""

from layers.columns import optional_text, text
from layers.layer import Layer

LAYER = Layer(
    "nature_sites",
    "Natura 2000 sites, the parts under either directive taken together",
    "Natura 2000",
    key=("nature_site_id",),
    shape="polygon",
    columns={
        "nature_site_id": text("key of the site", "Gebied-id"),
        "site_name": optional_text("name of the site", "Natura 2000-gebied"),
    },
)
