"""Nature around a plot, the noise regimes of its site, and its noise budget."""

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from layers.derived.nature_rings import LAYER as RINGS
from layers.derived.noise_relations import LAYER as RELATIONS
from pipeline.project.measure import NatureMeasureConfig, NoiseMeasureConfig
from pipeline.spatial.geometry import area
from pipeline.spatial.reference_overlay import reference_overlay

LEAST_BUDGET_M2 = 1e-3  # of a plot under a budget; less is a touch
LIMITS = {
    "noise_zones": ("noise_zone", "noise_zone_id"),
    "noise_attention_areas": ("noise_attention_area", "attention_area_id"),
}


def nature_rings(plots: gpd.GeoDataFrame, hexagons: gpd.GeoDataFrame | None, card: NatureMeasureConfig) -> pd.DataFrame:
    """Hexagons per ring around the centre of each plot (m), how many are overloaded, and the lowest
    critical load (mol/ha)."""
    if hexagons is None or hexagons.empty:
        return RINGS.empty()
    centre = shapely.get_coordinates(shapely.centroid(plots.geometry.to_numpy()))
    place = shapely.get_coordinates(shapely.centroid(hexagons.geometry.to_numpy()))
    load, fall = hexagons["critical_load_mol_ha"].to_numpy(), hexagons["deposition_mol_ha"].to_numpy()
    over = fall > load
    kinds = {
        "hexagons": np.ones(len(load), dtype=bool),
        "overloaded": over,
        "near_overloaded": ~over & (fall > load - card.near_critical_mol),
        "not_known": np.isnan(fall),
    }
    counts = {name: _in_rings(place[which], centre, card.rings_m) for name, which in kinds.items()}
    lowest = _lowest(place, load, centre, card.rings_m)
    tables = [
        plots[["cluster_id", "parcel_id"]].assign(
            ring_m=ring,
            **{name: in_rings[index] for name, in_rings in counts.items()},
            lowest_critical_load_mol_ha=lowest[index],
        )
        for index, ring in enumerate(card.rings_m)
    ]
    return RINGS.collect(tables, rationale=card.caveat)


def _in_rings(places: Any, centres: Any, rings_m: tuple[float, ...]) -> Any:
    """How many places lie in each ring (m) around each centre: a row per ring."""
    if not len(places):
        return np.zeros((len(rings_m), len(centres)), dtype=int)
    tree = cKDTree(places)
    within = [tree.query_ball_point(centres, reach, return_length=True) for reach in rings_m]
    return np.diff(within, axis=0, prepend=0)


def _lowest(places: Any, load: Any, centres: Any, rings_m: tuple[float, ...]) -> Any:
    """The lowest load in each ring: per load the places between two distances are counted, from high loads to low."""
    lowest = np.full((len(rings_m), len(centres)), np.nan)
    for value in np.unique(load)[::-1]:  # critical loads: some dozens
        lowest = np.where(_in_rings(places[load == value], centres, rings_m) > 0, value, lowest)
    return lowest


def noise_relations(cluster: str, land: Any, layers: Mapping[str, Any], link_m: float) -> pd.DataFrame:
    """Zoned sites on the cluster's land with every zone and attention area that belongs to them, by name or by
    place, and the m2 that they overlap."""
    sites = layers.get("zoned_sites")
    if sites is None:
        return RELATIONS.empty()
    near = sites[shapely.intersects(sites.geometry.to_numpy(), land)]
    rows = [
        row
        for site in near.itertuples()  # sites: a handful per cluster
        for name, kind_and_key in LIMITS.items()
        if name in layers
        for row in _areas_of_site(site, layers[name], kind_and_key, link_m)
    ]
    return RELATIONS.collect(rows, cluster_id=cluster)


def _areas_of_site(
    site: Any, areas: gpd.GeoDataFrame, kind_and_key: tuple[str, str], link_m: float
) -> Iterator[dict[str, Any]]:
    """Zones or attention areas that belong to a zoned site, by name or within `link_m`, with the m2
    that they overlap."""
    kind, key = kind_and_key
    by_place = shapely.dwithin(areas.geometry.to_numpy(), site.geometry, link_m)
    by_name = (areas["site_name"] == site.site_name).fillna(False).to_numpy(dtype=bool)
    linked_by = np.where(by_place & by_name, "both", np.where(by_place, "place", "name"))
    for position in np.flatnonzero(by_place | by_name):
        limit_area = areas.iloc[position]
        yield {
            **{name: getattr(site, name) for name in ("zoned_site_id", "site_name", "noise_regime")},
            **{name: limit_area.get(name) for name in ("limit_dba_etmaal", "limit_db_lden", "limit_db_lnight")},
            "noise_area_id": limit_area[key],
            "noise_area_kind": kind,
            "linked_by": str(linked_by[position]),
            "overlaps_site_m2": float(shapely.area(shapely.intersection(limit_area.geometry, site.geometry))),
        }


def plot_budget(plots: gpd.GeoDataFrame, budgets: gpd.GeoDataFrame | None, card: NoiseMeasureConfig) -> pd.DataFrame:
    """Noise budget of each plot: per m2 (energetic over its parts), as a whole, what permits take, and whether it is
    a quiet plot.

    Empty where less than the card's share of the plot has a budget that is known.
    """
    names = ["budget_dba_m2", "budget_dba", "budget_left_dba"]
    facts = pd.DataFrame(np.nan, index=plots.index, columns=names).assign(is_quiet_plot=None)
    if budgets is None or budgets.empty:
        return facts
    shapes = plots.geometry.to_numpy()
    # Where budgets overlap the lowest counts: they are laid from low to high, and the first over a part is its own.
    ordered = budgets.dropna(subset="budget_dba_m2").sort_values(["budget_dba_m2", "budget_id"])
    parts = reference_overlay(shapes, list(ordered.geometry))
    part, budget = parts.pairs()
    first = np.unique(part, return_index=True)[1]
    part, budget = part[first], budget[first]
    m2 = area(parts.shapes[part])
    real = m2 > LEAST_BUDGET_M2
    plot, m2, row = parts.owner[part[real]], m2[real], ordered.iloc[budget[real]]
    covered, energy, taken = (
        np.bincount(plot, weights=m2 * strength, minlength=len(shapes))
        for strength in (1.0, _energy(row["budget_dba_m2"]), _energy(row["used_dba_m2"]))
    )
    known = covered / area(shapes) >= card.least_covered_share
    with np.errstate(divide="ignore", invalid="ignore"):
        per_m2 = np.where(known, 10.0 * np.log10(energy / covered), np.nan)
        facts["budget_dba_m2"] = per_m2
        facts["budget_dba"] = np.where(known, 10.0 * np.log10(energy), np.nan)
        left = 10.0 * np.log10(np.maximum(energy - taken, 0.0))
        facts["budget_left_dba"] = np.where(known & np.isfinite(left), left, np.nan)
    is_small = per_m2 <= card.quiet_plot_dba_m2
    is_known = known & (
        is_small | ~np.isnan(taken)
    )  # what permits take must be known before a plot is called not quiet
    quiet = is_small | (energy <= taken)
    facts["is_quiet_plot"] = pd.Series(np.where(is_known, quiet, None), index=plots.index).astype("boolean")
    return facts


def _energy(levels: pd.Series) -> Any:
    return 10.0 ** (levels.to_numpy(dtype=float) / 10.0)
