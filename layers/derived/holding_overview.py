"""One row per holding for the planner: who has it, until when, on what evidence."""

from layers.columns import shared, tenure_status
from layers.derived.holdings import LAYER as HOLDINGS
from layers.layer import Layer

LAYER = Layer(
    "holding_overview",
    "holdings with who has them in each asked year and case, when they come free, and the evidence for it",
    "Uitgifte en gebruik",
    is_published=True,
    key=("holding_id",),
    stage="publish",
    shape="polygon",
    columns={
        **shared("cluster_id", "parcel_id", "site_name", "area_m2"),
        "holding_{year}": tenure_status("{year}: uitgifte en gebruik"),
        "holding_latest_{year}": tenure_status("{year}: uitgifte en gebruik, met alle verlengingen"),
        **shared("available_earliest", "available_expected", "available_latest", "decided_by"),
        **{
            name: HOLDINGS.columns[name]
            for name in (
                "record",
                "recorded_on",
                "certainty",
                "disagreeing",
                "contract_ids",
                "chain",
                "built_share",
            )
        },
    },
)
