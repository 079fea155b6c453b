"""Source layers as far as they are known: supplied, empty because the project declares so, or not known at all."""

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import shapely

from layers.sources import TABLES
from pipeline.project.project import Project


def supplied_or_empty(config: Project, tables: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The layers of these names that are known; those declared to hold nothing are empty tables, others
    are left out."""
    absent = config.card.absences
    empty = {
        name: TABLES[name].empty()
        for name in names
        if name in absent and name in TABLES and absent[name].treat_as == "none"
    }
    return {**empty, **{name: tables[name] for name in names if name in tables}}


def known_quays(config: Project, tables: Mapping[str, Any]) -> gpd.GeoDataFrame | None:
    """Quays in RD New; none where they are declared absent as nothing, None where they are not known."""
    return supplied_or_empty(config, tables, ("quays",)).get("quays")


def cluster_shape(boundaries: gpd.GeoDataFrame, cluster_id: str) -> Any:
    """The land of a cluster as one shape in RD New: the union of its sites, overlaps once."""
    return shapely.union_all(boundaries[boundaries["cluster_id"] == cluster_id].geometry.to_numpy())
