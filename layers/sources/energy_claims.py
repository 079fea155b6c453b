"""Land that energy programmes mean to take, with the year and how sure it is."""

from layers.columns import CLAIM_CERTAINTIES, optional_text, optional_year, text
from layers.layer import Layer

LAYER = Layer(
    "energy_claims",
    "future stations, landings, electrolysers and strips; supply is shown with and without them",
    "Energieclaims",
    key=("claim_id",),
    shape="polygon",
    columns={
        "claim_id": text("key of the claim", "Claim-id"),
        "claim_name": optional_text("what is to come", "Claim"),
        "claim_kind": text(
            "kind of use",
            "Soort claim",
            choices=("station", "converter", "electrolyser", "pipeline", "power_line", "other"),
        ),
        "claim_certainty": text("how sure it is", "Zekerheid claim", choices=CLAIM_CERTAINTIES),
        "programme": optional_text("national programme that it belongs to", "Programma"),
        "from_year": optional_year("first year of use; empty is now", "Vanaf"),
        "to_year": optional_year("last year of use", "Tot en met"),
    },
)
