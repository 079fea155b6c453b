"""Derived tables by name, and what overviews and stories begin with: pieces with their plot, columns per year."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

StageTables = Mapping[str, Any]


def pieces_of_plots(tables: StageTables) -> gpd.GeoDataFrame:
    """Pieces (EPSG:28992, m2) with cluster, plot and plan category of their holding; a plan not known is `unknown`."""
    holdings = pd.DataFrame(tables["holdings"][["holding_id", "cluster_id", "parcel_id", "plan_category"]])
    return tables["pieces"].merge(holdings.fillna({"plan_category": "unknown"}), on="holding_id")


def wide_by_year(
    rows: pd.DataFrame, key: str | list[str], names: Mapping[str, str], value: str | None = None
) -> pd.DataFrame:
    """One row per key and a column per year of each value, or of one value in each case; `names`: with {} for
    the year."""
    # Pivot gives columns (value, year), or (case, year): by either the first part picks the name.
    columns = "year" if value is None else ["case", "year"]
    wide = rows.pivot(index=key, columns=columns, values=value or list(names))[list(names)]
    return wide.set_axis([names[part].format(year) for part, year in wide.columns], axis=1).reset_index()
