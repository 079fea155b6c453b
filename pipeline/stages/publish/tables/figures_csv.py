"""figures.csv: the whole accounting as one text that git can compare."""

from collections.abc import Mapping

import pandas as pd

FIGURES_KEY = ["cluster_id", "year", "case", "profile", "measure", "heading"]


def figures(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The whole accounting as figures.csv has it: cluster, year, case, profile, measure, heading, m2, count; sorted."""
    falls = tables["waterfall"]
    shared = falls.assign(measure="waterfall_shapley", area_m2=falls["share_m2"])
    rows = pd.concat([tables["land_balance"], falls, shared], ignore_index=True)
    return rows.sort_values(FIGURES_KEY, ignore_index=True)[[*FIGURES_KEY, "area_m2", "count"]].rename(
        columns={"cluster_id": "cluster"}
    )
