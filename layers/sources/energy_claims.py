"""Land that energy programmes mean to take, with the year and how sure it is."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="energy_claims",
    meaning="future stations, landings, electrolysers and strips; supply is shown with and without them",
    title="Energieclaims",
    key=("claim_id",),
    shape="polygon",
    columns={
        "claim_id": Column("str", "key of the claim", "Claim-id"),
        "claim_name": Column("str", "what is to come", "Claim", optional=True),
        "claim_kind": Column(
            "str",
            "kind of use",
            "Soort claim",
            choices=("station", "converter", "electrolyser", "pipeline", "power_line", "other"),
        ),
        "claim_certainty": Column(
            "str", "how sure it is", "Zekerheid claim", choices=("decided", "likely", "explored", "unknown")
        ),
        "from_year": Column(
            "int", "first year of use; empty is now", "Vanaf", unit="year", minimum=1900, maximum=2200, optional=True
        ),
        "to_year": Column(
            "int", "last year of use", "Tot en met", unit="year", minimum=1900, maximum=2200, optional=True
        ),
    },
)
