"""Location risk, attention areas and risk areas of external safety."""

from layers.layer import Column, Layer

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
    name="safety_contours",
    meaning="contours around hazardous sites; no contour is no proof of safety",
    title="Veiligheidscontouren",
    key=("contour_id",),
    shape="polygon",
    columns={
        "contour_id": Column("str", "key of the contour", "Contour-id"),
        "contour_kind": Column("str", "what the contour stands for", "Soort contour", choices=CONTOUR_KINDS),
        "risk_class": Column(
            "str",
            "yearly risk that a location-risk contour stands for",
            "Risicoklasse",
            choices=("1e-5", "1e-6", "1e-7", "1e-8"),
            optional=True,
        ),
        "contour_origin": Column(
            "str",
            "what causes it: a site, a pipeline, or transport over road, rail or water",
            "Herkomst contour",
            choices=("site", "pipeline", "transport", "unknown"),
            optional=True,
        ),
        "permit_group": Column(
            "str",
            "permit or group of permits of the site that causes it; empty is not known, and then it counts everywhere",
            "Vergunninggroep",
            optional=True,
        ),
        "substance": Column("str", "substance that decides", "Stof", optional=True),
        "company_name": Column("str", "company that causes it", "Bedrijf", optional=True),
    },
)
