"""Land of one company or of a group under one permit, on which its own contours do not count."""

from layers.columns import optional_text, text
from layers.layer import Layer

LAYER = Layer(
    "permit_sites",
    "sites of hazardous activities; sites under one permit share one group",
    "Vergunde locaties",
    key=("permit_site_id",),
    shape="polygon",
    columns={
        "permit_site_id": text("key of the site", "Locatie-id"),
        "permit_group": text("permit or group of permits that the site belongs to", "Vergunninggroep"),
        "company_name": optional_text("company on the site", "Bedrijf"),
    },
)
