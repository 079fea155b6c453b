"""Refused and repaired rows on the map, by the cluster that they touch."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from pipeline.project.project import Project
from pipeline.stages.publish.tables.confidential_columns import private_sources
from pipeline.stages.publish.tables.pieces import StageTables


def refused_overview(tables: StageTables, project: Project, edition: str) -> gpd.GeoDataFrame:
    """Shapes of refused and repaired rows (EPSG:28992, m2): of a cluster those that touch it, of all every one.

    The public edition does not say in which row and field of a source with confidential columns they stood.
    """
    rows, clusters = tables["refused_shapes"], tables["cluster_boundaries"].dissolve("cluster_id")
    touched: NDArray[np.bool_] = np.zeros((len(rows), len(clusters)), dtype=bool)
    row, cluster = shapely.STRtree(clusters.geometry.to_numpy()).query(rows.geometry.to_numpy(), predicate="intersects")
    touched[row, cluster] = True
    names = clusters.index.to_numpy(dtype=object)[touched.argmax(axis=1)]
    placed = rows.assign(cluster_id=np.where(touched.sum(axis=1) == 1, names, "all"))
    if len(clusters) < len(project.clusters):
        placed = placed[touched.any(axis=1)]
    return placed if edition == "internal" else _veiled(placed, project)


def _veiled(rows: gpd.GeoDataFrame, project: Project) -> gpd.GeoDataFrame:
    hidden = rows["source"].isin(private_sources(project))
    number = hidden.cumsum().astype(str)  # rows stay apart
    return rows.assign(
        source=rows["source"].where(~hidden, "vertrouwelijk " + number),
        file=rows["file"].where(~hidden, ""),
        file_layer=rows["file_layer"].where(~hidden, None),
        row=rows["row"].where(~hidden, 0),
        field=rows["field"].where(~hidden, ""),
        finding=rows["finding"].where(~hidden, None),
    )
