"""What tables of the project name, held against the plots that there are, before anything is resolved."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import geopandas as gpd
import shapely

from layers.errors import ConfigRefusal
from pipeline.project.investment_projects import InvestmentProject


def refuse_unknown_plots(projects: Iterable[InvestmentProject], tables: Mapping[str, Any]) -> None:
    """Refuse a plot in projects.csv that is on no map, or that has no land in a cluster.

    tables: `parcels` and `cluster_boundaries`, RD New.
    """
    rows = list(projects)
    ids = {row.project_id for row in rows}
    named = {row.project_id: [name for name in (*row.leaves, row.near) if name and name not in ids] for row in rows}
    parcels = tables["parcels"]
    plots = parcels[parcels["parcel_id"].isin([name for names in named.values() for name in names])]
    known, inside = set(plots["parcel_id"]), _inside(plots, tables["cluster_boundaries"])
    faults = [
        f"project '{project}' names '{name}', which "
        + ("has no land in a cluster" if name in known else "is no plot and no project")
        for project, names in named.items()
        for name in names
        if name not in inside
    ]
    if faults:
        raise ConfigRefusal(
            "projects.csv",
            actual=faults,
            expected="keys of plots that lie in a cluster, or of projects",
            todo="correct leaves and near; a plot that was split or renumbered has a new key in the source of parcels",
        )


def _inside(plots: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame) -> Collection[str]:
    """The keys of plots that share land with a boundary."""
    land, shapes = boundaries.geometry.to_numpy(), plots.geometry.to_numpy()
    plot, boundary = shapely.STRtree(land).query(shapes, predicate="intersects")
    shares_land = shapely.area(shapely.intersection(shapes[plot], land[boundary])) > 0.0
    return set(plots["parcel_id"].iloc[plot[shares_land]])
