"""Where one reason applies in one band and period."""

from layers.columns import CLUSTER, THEMES
from layers.layer import Column, Layer

LAYER = Layer(
    name="zones",
    meaning="areas where one constraint applies, one per band and period, clipped to the box around the cluster",
    title="Belemmeringen",
    key=("cluster_id", "zone_id"),
    stage="constrain",
    shape="polygon",
    columns={
        "zone_id": Column("str", "key: constraint, band and first year", "Zone"),
        "cluster_id": CLUSTER,
        "constraint": Column("str", "name of the constraint in config/constrain.toml", "Belemmering"),
        "zone_title": Column("str", "what a planner calls it", "Omschrijving"),
        "band": Column("str", "ring, class or level within the constraint; empty is none", "Band", optional=True),
        "valid_from": Column(
            "int", "first year in which it applies; empty is always", "Geldig vanaf", unit="year", optional=True
        ),
        "valid_to": Column(
            "int", "last year in which it applies; empty is open", "Geldig tot", unit="year", optional=True
        ),
        "theme": Column("str", "theme", "Thema", choices=THEMES),
        "direction": Column(
            "str",
            "onto the plot by its surroundings, or from the plot onto them",
            "Richting",
            choices=("onto", "from"),
        ),
        "standing": Column(
            "str", "what it stands on", "Status grondslag", choices=("law", "guideline", "policy", "signal")
        ),
        "basis": Column("str", "law with its article, guideline or document", "Grondslag"),
        "certainty": Column(
            "str",
            "how sure: C certain, L likely, U unsure",
            "Zekerheid",
            choices=("C", "L", "U"),
        ),
        "data_source": Column("str", "file that it was drawn from, and its date", "Bron gegevens", optional=True),
    },
)
