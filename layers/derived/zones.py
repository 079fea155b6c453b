"""Where one reason applies in one band and period."""

from layers.columns import (
    DIRECTIONS,
    RULE_CERTAINTIES,
    STANDINGS,
    THEMES,
    optional_integer,
    optional_text,
    shared,
    text,
)
from layers.layer import Layer

LAYER = Layer(
    "zones",
    "areas where one constraint applies, one per band and period, clipped to the box around the cluster",
    "Belemmeringen",
    key=("cluster_id", "zone_id"),
    stage="constrain",
    shape="polygon",
    columns={
        "zone_id": text("key: constraint, band and first year", "Zone"),
        **shared("cluster_id"),
        "constraint": text("name of the constraint in config/constrain.toml", "Belemmering"),
        "zone_title": text("what a planner calls it", "Omschrijving"),
        "band": optional_text("ring, class or level within the constraint; empty is none", "Band"),
        "valid_from": optional_integer("first year in which it applies; empty is always", "Geldig vanaf", unit="year"),
        "valid_to": optional_integer("last year in which it applies; empty is open", "Geldig tot", unit="year"),
        "theme": text("theme", "Thema", choices=THEMES),
        "direction": text(
            "onto the plot by its surroundings, or from the plot onto them", "Richting", choices=DIRECTIONS
        ),
        "standing": text("what it stands on", "Status grondslag", choices=STANDINGS),
        "basis": text("law with its article, guideline or document", "Grondslag"),
        "certainty": text("how sure: C certain, L likely, U unsure", "Zekerheid", choices=RULE_CERTAINTIES),
        "data_source": optional_text("file that it was drawn from, and its date", "Bron gegevens"),
    },
)
