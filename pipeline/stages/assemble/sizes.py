"""Sizes of sites: how many sites there are from each size on, and what free and open land makes no site at all."""

from typing import Any

import pandas as pd

from layers.derived.fragmentation import LAYER as FRAGMENTATION
from layers.derived.site_sizes import LAYER as SIZES
from layers.units import enough_m2
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment


def site_sizes(sites: pd.DataFrame, assessment: ClusterAssessment) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sites from each size of the card on, and the loss by
    fragmentation: free and open land less the land of sites. m2."""
    areas = dict(iter(sites.groupby(["profile", "year", "case"])["area_m2"]))
    counted: list[dict[str, Any]] = []
    lost: list[dict[str, Any]] = []
    for question in assessment.questions:
        sites_m2 = areas.get(tuple(question.key.values()), pd.Series(dtype=float)).to_numpy()
        for least_ha in assessment.config.assemble.sizes_ha:
            large = sites_m2[sites_m2 >= enough_m2(least_ha)]
            about = {"at_least_ha": least_ha, "site_count": len(large), "area_m2": large.sum()}
            counted.append({**question.key, **about})
        free_m2 = assessment.land.sum_m2(question.is_free_and_open)
        lost.append(
            {
                **question.key,
                "free_and_open_m2": free_m2,
                "sites_m2": sites_m2.sum(),
                "loss_m2": max(0.0, free_m2 - sites_m2.sum()),
                "site_count": len(sites_m2),
                "largest_site_m2": sites_m2.max(initial=0.0),
            }
        )
    cluster = assessment.land.cluster_id
    return SIZES.collect(counted, cluster_id=cluster), FRAGMENTATION.collect(lost, cluster_id=cluster)
