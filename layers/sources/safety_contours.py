"""Location risk, attention areas and risk areas of external safety."""

from layers.columns import optional_text, text
from layers.layer import Layer

# Kinds of the Bkl: a contour of location risk binds, an attention area asks for a choice with reasons.
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
    # Towards a site the risk only rises; a line, such as a pipeline, may go round land that it does not reach.
    solid="contour_kind = 'location_risk' AND (contour_origin IS NULL OR contour_origin IN ('site', 'unknown'))",
    columns={
        "contour_id": text("key of the contour", "Contour-id"),
        "contour_kind": text("what the contour stands for", "Soort contour", choices=CONTOUR_KINDS),
        "risk_class": optional_text(
            "yearly risk that a location-risk contour stands for",
            "Risicoklasse",
            choices=("1e-5", "1e-6", "1e-7", "1e-8"),
        ),
        "contour_origin": optional_text(
            "what causes it: a site, a pipeline, or transport over road, rail or water",
            "Herkomst contour",
            choices=("site", "pipeline", "transport", "unknown"),
        ),
        "permit_group": optional_text(
            "permit or group of permits of the site that causes it; empty is not known, and then it counts everywhere",
            "Vergunninggroep",
        ),
        "substance": optional_text("substance that decides", "Stof"),
        "company_name": optional_text("company that causes it", "Bedrijf"),
    },
)
