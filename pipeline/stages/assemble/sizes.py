"""Sizes of sites: how many sites there are from each size on, and what free and open land makes no site at all."""

from typing import Any

import numpy as np
import pandas as pd

from layers.derived.fragmentation import LAYER as FRAGMENTATION
from layers.derived.site_sizes import LAYER as SIZES
from layers.units import M2_PER_HA
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment


def site_sizes(sites: pd.DataFrame, assessment: ClusterAssessment) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sites from each size of the card on, and the loss by
    fragmentation: free and open land less the land of sites. m2."""
    areas = dict(iter(sites.groupby(["profile", "year", "case"])["area_m2"]))
    counted: list[dict[str, Any]] = []
    lost: list[dict[str, Any]] = []
    for question in assessment.questions():
        key = question.profile, question.year, question.case
        sizes_m2 = areas[key].to_numpy() if key in areas else np.zeros(0)
        about = question.key(assessment.land.cluster_id)
        for least_ha in assessment.params.card.sizes_ha:
            large = sizes_m2[sizes_m2 >= least_ha * M2_PER_HA]
            counted.append({**about, "at_least_ha": least_ha, "site_count": len(large), "area_m2": large.sum()})
        free = assessment.area_m2(question.is_free & question.is_open)
        lost.append(
            {
                **about,
                "free_and_open_m2": free,
                "sites_m2": sizes_m2.sum(),
                "loss_m2": max(0.0, free - sizes_m2.sum()),
                "site_count": len(sizes_m2),
                "largest_site_m2": sizes_m2.max() if len(sizes_m2) else 0.0,
            }
        )
    return SIZES.collect(counted), FRAGMENTATION.collect(lost)
