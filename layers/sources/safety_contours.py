"""Location risk, attention areas and risk areas of external safety."""

from layers.columns import text
from layers.layer import Layer

CONTOUR_KINDS = (
    "location_risk",
    "fire_attention_area",
    "explosion_attention_area",
    "toxic_attention_area",
    "prescribed_area",
    "risk_area",
    "influence_area",
)

LAYER = Layer(
    "safety_contours",
    "contours around hazardous sites; no contour is no proof of safety",
    "Veiligheidscontouren",
    key=("contour_id",),
    shape="polygon",
    columns={
        "contour_id": text("key of the contour", "Contour-id"),
        "contour_kind": text("what the contour stands for", "Soort contour", choices=CONTOUR_KINDS),
        "risk_class": text(
            "yearly risk that a location-risk contour stands for",
            "Risicoklasse",
            choices=("1e-5", "1e-6", "1e-7", "1e-8"),
            optional=True,
        ),
        "contour_origin": text(
            "what causes it: a site, a pipeline, or transport over road, rail or water",
            "Herkomst contour",
            choices=("site", "pipeline", "transport", "unknown"),
            optional=True,
        ),
        "permit_group": text(
            "permit or group of permits of the site that causes it; empty is not known, and then it counts everywhere",
            "Vergunninggroep",
            optional=True,
        ),
        "substance": text("substance that decides", "Stof", optional=True),
        "company_name": text("company that causes it", "Bedrijf", optional=True),
    },
)
