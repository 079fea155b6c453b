"""Plots inside the cluster, each m2 once, cut by the polygons of contracts."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.project.resolve import ToleranceConfig
from pipeline.spatial.geometry import Shapes, area, keep_dimension, split, unions
from pipeline.spatial.reference_overlay import reference_overlay


@dataclass(frozen=True)
class CutLand:
    """Parts of plots with the position of their plot; pairs of a part and a lease polygon over it, and of a
    part and another plot (its position among the claims) that claims its ground; what slivers moved (m2)."""

    parcel: Any
    shapes: Shapes
    pairs: tuple[Any, Any]
    shared: tuple[Any, Any]
    slivers: pd.DataFrame


@dataclass(frozen=True)
class ClusterParcels:
    """The plots of a cluster, cut; RD New, m2.

    `inside`: plots in the order in which shared ground counts; `pairs` of them that share ground; `parcels`: what is
    left of them, each m2 once; `claims`: plots that claim ground of another; `drawn`: polygons of contracts; `land`:
    the parts."""

    inside: gpd.GeoDataFrame
    pairs: pd.DataFrame
    parcels: gpd.GeoDataFrame
    claims: gpd.GeoDataFrame
    drawn: gpd.GeoDataFrame
    land: CutLand

    @cached_property
    def on_plot(self) -> pd.DataFrame:
        """Each holding (its position) with its plot, then with every other plot that claims its ground;
        and their site."""
        left, claims = (
            pd.DataFrame(part[["parcel_id", "site_name"]]).rename(columns={"site_name": "site_of_plot"})
            for part in (self.parcels, self.claims)
        )
        of_holding = left.iloc[self.land.parcel].assign(holding=np.arange(len(self.land.parcel)))
        shared, claim = self.land.shared
        return pd.concat([of_holding, claims.iloc[claim].assign(holding=shared)], ignore_index=True)


def clip(parcels: gpd.GeoDataFrame, boundary: Any) -> gpd.GeoDataFrame:
    """The parts of plots (RD New) inside the boundary, with their columns; plots without land inside are left out."""
    near = parcels.iloc[np.sort(parcels.sindex.query(boundary, predicate="intersects"))]
    shapes = near.geometry.to_numpy()
    # Most plots lie inside as a whole: only those that cross the edge are cut.
    shapely.prepare(boundary)
    crossing = ~shapely.covers(boundary, shapes)
    inside = shapes.copy()
    inside[crossing] = split(shapes[crossing], boundary)[0]
    return near.set_geometry(inside, crs=parcels.crs)[area(inside) > 0].reset_index(drop=True)


def parcel_overlaps(parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pairs of plots that share ground, as positions `first` < `later` with the m2 that they share."""
    shapes = parcels.geometry.to_numpy()
    left, right = parcels.sindex.query(shapes, predicate="intersects")
    # The index gives each pair twice, and every plot with itself.
    pairs = left < right
    left, right = left[pairs], right[pairs]
    shared = area(keep_dimension(shapely.intersection(shapes[left], shapes[right]), "polygon"))
    real = shared > 0
    return pd.DataFrame({"first": left[real], "later": right[real], "area_m2": shared[real]})


def disjoin(parcels: gpd.GeoDataFrame, pairs: pd.DataFrame) -> gpd.GeoDataFrame:
    """Plots of which none overlaps another, RD New: shared ground stays with the first in the order given."""
    shapes = parcels.geometry.to_numpy().copy()
    later, taken = unions(shapes[pairs["first"].to_numpy()], pairs["later"].to_numpy())
    shapes[later] = keep_dimension(shapely.difference(shapes[later], taken), "polygon")
    return parcels.set_geometry(shapes, crs=parcels.crs)[area(shapes) > 0].reset_index(drop=True)


def cut_parcels(
    parcels: gpd.GeoDataFrame, polygons: gpd.GeoDataFrame, claims: gpd.GeoDataFrame, tolerance: ToleranceConfig
) -> CutLand:
    """Plots cut by lease polygons, and by other plots that claim part of their ground; per plot the m2 add up.

    A polygon of a part that is narrower than the tolerance lies along a line that was meant to coincide: it follows
    the part of the same plot with which it shares the longest edge. A lease that would vanish by that stays where it
    is drawn."""
    parts = reference_overlay(parcels.geometry.to_numpy(), [*polygons.geometry, *claims.geometry])
    # A part may be several polygons, of which some are slivers: those are told apart one by one.
    pieces, source = shapely.get_parts(parts.shapes, return_index=True)
    real = area(pieces) > 0
    pieces, source = pieces[real], source[real]
    piece, cutter = parts.pairs()
    home = _keep_leases(_follow(pieces, source, parts.owner[source], tolerance), source, (piece, cutter), len(polygons))
    moved = home != source
    part, shapes = unions(pieces, home) if moved.any() else (np.arange(len(parts.shapes)), parts.shapes)
    slivers = pd.DataFrame({"parcel": parts.owner[source[moved]], "area_m2": area(pieces[moved])})
    # Parts of which nothing is left give up their number, and their pairs with what cut them.
    number = np.full(len(parts.shapes), -1)
    number[part] = np.arange(len(part))
    is_left = number[piece] >= 0
    piece, cutter = number[piece[is_left]], cutter[is_left]
    is_lease = cutter < len(polygons)
    # Behind the leases stand the claims; a plot does not claim its own ground.
    claim, under = cutter[~is_lease] - len(polygons), piece[~is_lease]
    ids, parcel_ids = claims["parcel_id"].to_numpy(), parcels["parcel_id"].to_numpy()
    other = ids[claim] != parcel_ids[parts.owner[part][under]]
    shared = under[other], claim[other]
    return CutLand(parts.owner[part], shapes, (piece[is_lease], cutter[is_lease]), shared, slivers)


def _keep_leases(home: Any, source: Any, pairs: tuple[Any, Any], leases: int) -> Any:
    """The part of each polygon, with those brought back without which a lease would lie nowhere."""
    part, cutter = pairs
    of_lease = cutter < leases
    left = cutter[of_lease & np.isin(part, source[home == source])]
    # Where no part under a lease stays, all of its slivers go back.
    lost = part[of_lease & ~np.isin(cutter, left)]
    return np.where(np.isin(source, lost), source, home)


def _follow(pieces: Shapes, source: Any, plot: Any, tolerance: ToleranceConfig) -> Any:
    """The part that each polygon belongs to: its own, or for a sliver that of its neighbour; chains of slivers end."""
    thin: Any = np.zeros(len(pieces), dtype=bool)
    several = np.bincount(plot)[plot] > 1  # a plot that is one polygon has no neighbour inside it
    thin[several] = shapely.is_empty(shapely.buffer(pieces[several], -0.5 * tolerance.sliver_width_m, quad_segs=2)) | (
        area(pieces[several]) < tolerance.least_conflict_m2
    )
    home = source.copy()
    loose = np.flatnonzero(thin)
    if not len(loose):
        return home
    sliver, other = shapely.STRtree(pieces).query(pieces[loose], predicate="intersects")
    sliver = loose[sliver]
    # Only a part of the same plot can take a sliver over: the area of a plot stays as it is.
    apart = (plot[sliver] == plot[other]) & (source[sliver] != source[other])
    sliver, other = sliver[apart], other[apart]
    edge = shapely.length(shapely.intersection(pieces[sliver], pieces[other]))
    # Of the neighbours of a sliver one that is no sliver comes first, then the one with the longest edge.
    order = np.lexsort((other, -edge, thin[other], sliver))
    order = order[edge[order] > 0]
    sliver, first = np.unique(sliver[order], return_index=True)
    other = other[order][first]
    follows = ~np.isin(other, loose) | (other < sliver)  # two slivers: the first of them follows
    home[sliver[follows]] = source[other[follows]]
    return home
