"""What tables of the project name, held against the plots that there are, before anything is resolved."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import geopandas as gpd
import shapely

from layers.errors import ConfigRefusal, SourceRefusal
from layers.sentences import Sentence
from pipeline.land.keys import KeyIndex
from pipeline.land.register_keys import lost_rows
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.source import SourceConfig

MOST_LIKE = 3


def refuse_unknown_plots(projects: Iterable[InvestmentProject], tables: Mapping[str, Any]) -> None:
    """Refuse a plot in projects.csv that is on no map, or that has no land in a cluster.

    tables: `parcels` and `cluster_boundaries`, RD New.
    """
    rows = list(projects)
    ids = {row.project_id for row in rows}
    # A project may be near another; what it leaves is plots.
    named = {row.project_id: [*row.leaves, *([row.near] if row.near and row.near not in ids else [])] for row in rows}
    parcels = tables["parcels"]
    plots = parcels[parcels["parcel_id"].isin([name for names in named.values() for name in names])]
    known, inside = set(plots["parcel_id"]), _inside(plots, tables["cluster_boundaries"])
    faults: list[str] = [
        Sentence("project '{project}' names '{name}', which has no land in a cluster", project=project, name=name)
        if name in known
        else Sentence(
            "project '{project}' names '{name}', which is no plot and no project{like}",
            project=project,
            name=name,
            like=_like(name, parcels),
        )
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


def _like(name: str, parcels: gpd.GeoDataFrame) -> str:
    """The plots that a name may be meant for, in words."""
    plots = sorted(KeyIndex(parcels["parcel_id"]).resembling(name))
    return Sentence(" (like {plots})", plots=plots[:MOST_LIKE]) if plots else ""


def refuse_lost_rows(sources: Mapping[str, SourceConfig], tables: Mapping[str, Any]) -> None:
    """Refuse a register of which more rows find no plot or site on the map than its card allows.

    tables: plots, contracts and their polygons, registers and corrections; what is not supplied is empty.
    """
    most = {name: card.max_lost for name, card in sources.items() if card.max_lost is not None}
    if not most:
        return
    lost = lost_rows(tables)
    rows = {name: lost[lost["source"] == name] for name in most}
    faults: list[str] = [
        Sentence(
            "source '{source}': {count} rows, {most} allowed; first {value!r}",
            source=name,
            count=len(rows[name]),
            most=most[name],
            value=rows[name]["text"].iloc[0],
        )
        for name in most
        if len(rows[name]) > most[name]
    ]
    if faults:
        raise SourceRefusal(
            "rows of registers that find no plot or site on the map",
            actual=faults,
            expected="keys of plots, names of sites, or contracts that are drawn",
            todo="correct the keys in the source; or allow more with max_lost = ...: what they may be about is unknown",
        )


def _inside(plots: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame) -> Collection[str]:
    """The keys of plots that share land with a boundary."""
    land, shapes = boundaries.geometry.to_numpy(), plots.geometry.to_numpy()
    plot, boundary = shapely.STRtree(land).query(shapes, predicate="intersects")
    shares_land = shapely.area(shapely.intersection(shapes[plot], land[boundary])) > 0.0
    return set(plots["parcel_id"].iloc[plot[shares_land]])
