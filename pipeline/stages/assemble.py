"""Samenvoegen: which pieces together make a plot a company can use?

reads   pieces, assessments, holdings, quays
writes  sites, site_pieces, bridges
keeps   area; every site connected; every bridge listed
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.bridges import LAYER as BRIDGES
from layers.derived.site_pieces import LAYER as SITE_PIECES
from layers.derived.sites import LAYER as SITES
from layers.layer import RD_NEW
from pipeline import patches
from pipeline.cards import AssembleCard
from pipeline.frontage import frontage_m
from pipeline.geometry import closed, width
from pipeline.rules_card import Shape


@dataclass(frozen=True)
class Assembled:
    """Sites per profile, year and case, their pieces, and the gaps between them; RD New, m2 and m."""

    sites: gpd.GeoDataFrame
    site_pieces: pd.DataFrame
    bridges: pd.DataFrame


@dataclass(frozen=True)
class Ground:
    """Pieces that are usable at some time for some activity, what touches what, and what lies within the gap."""

    pieces: gpd.GeoDataFrame
    edges: Any
    pairs: Any
    gaps_m: Any


def assemble(
    pieces: gpd.GeoDataFrame,
    assessments: pd.DataFrame,
    quays: gpd.GeoDataFrame | None,
    cards: tuple[AssembleCard, Shape],
) -> Assembled:
    """Usable pieces that touch, or lie within the gap, as one site; `pieces` carry cluster, parcel and available dates."""
    card, shape = cards
    usable = assessments[assessments["verdict"] == "usable"]
    some = pieces[pieces["piece_id"].isin(usable["piece_id"])].reset_index(drop=True)
    shapes = some.geometry.to_numpy()
    pairs, gaps_m = patches.near(shapes, card.gap_m)
    ground = Ground(some, patches.touching(shapes, shape), pairs, gaps_m)
    made: list[tuple[dict[str, Any], Any, pd.DataFrame]] = []
    seen: dict[bytes, dict[str, Any]] = {}
    for key, group in usable.groupby(["profile", "year", "case"]):
        members = np.flatnonzero(some["piece_id"].isin(group["piece_id"]))
        for found, gaps in _sites(ground, members):
            if found.tobytes() not in seen:
                seen[found.tobytes()] = _measured(ground, found, (quays, shape))
            made.append(_named(key, ground, found, {**seen[found.tobytes()], "gaps": gaps}))
    if not made:
        return Assembled(SITES.empty(), SITE_PIECES.empty(), BRIDGES.empty())
    sites = gpd.GeoDataFrame([row for row, _, _ in made], geometry="geometry", crs=RD_NEW)
    parts = pd.concat([pd.DataFrame({"site_id": row["site_id"], "piece_id": ids}) for row, ids, _ in made])
    return Assembled(
        SITES.conform(sites), SITE_PIECES.conform(parts), BRIDGES.conform(pd.concat([gaps for _, _, gaps in made]))
    )


def _sites(ground: Ground, members: Any) -> list[tuple[Any, Any]]:
    """Positions of the pieces of each site among members, with the positions of its bridges in `ground.pairs`."""
    count = len(ground.pieces)
    touched = patches.groups(len(members), patches.among(ground.edges, members, count))
    place = np.full(count, -1)
    place[members] = np.arange(len(members))
    here = np.flatnonzero((place[ground.pairs] >= 0).all(axis=1)) if len(ground.pairs) else np.array([], dtype=int)
    pairs = place[ground.pairs[here]]
    joined = patches.groups(len(members), pairs)
    chosen = here[patches.bridges(touched, pairs, ground.gaps_m[here])] if len(here) else here
    owner = joined[place[ground.pairs[chosen, 0]]] if len(chosen) else np.array([], dtype=int)
    bridged: dict[int, list[int]] = {}
    for pair, site in zip(chosen.tolist(), owner.tolist(), strict=True):
        bridged.setdefault(site, []).append(pair)
    return [
        (members[inside], np.array(bridged.get(at, []), dtype=int))
        for at, inside in enumerate(patches.positions(joined))
    ]


def _measured(ground: Ground, found: Any, quay: tuple[Any, Shape]) -> dict[str, Any]:
    quays, shape = quay
    touch_m, reach_m = shape.touch_m, shape.quay_reach_m
    own = ground.pieces.iloc[found]
    touched = patches.groups(len(found), patches.among(ground.edges, found, len(ground.pieces)))
    parts = [closed(own.geometry.to_numpy()[inside], touch_m) for inside in patches.positions(touched)]
    whole = shapely.union_all(own.geometry.to_numpy())
    along = np.nan if quays is None else frontage_m(whole, quays, reach_m) if len(quays) else 0.0
    return {
        "cluster_id": own["cluster_id"].iloc[0],
        "area_m2": float(own["area_m2"].sum()),
        "width_m": max(width(part) for part in parts),
        "quay_m": along,
        "parcel_count": own["parcel_id"].nunique(),
        "geometry": shapely.orient_polygons(whole),
    }


def _named(
    key: tuple[str, int, str], ground: Ground, found: Any, measured: dict[str, Any]
) -> tuple[dict[str, Any], Any, pd.DataFrame]:
    profile, year, case = key
    own = ground.pieces.iloc[found]
    site_id = f"{profile}.{year}.{case}.{own['piece_id'].min()}"
    gaps = measured.pop("gaps")
    ids = ground.pieces["piece_id"].to_numpy()
    ends = np.sort(ids[ground.pairs[gaps]].astype(str), axis=1) if len(gaps) else np.empty((0, 2), dtype=object)
    listed = pd.DataFrame(
        {"site_id": site_id, "from_piece": ends[:, 0], "to_piece": ends[:, 1], "gap_m": ground.gaps_m[gaps]}
    )
    row = {
        **measured,
        "site_id": site_id,
        "profile": profile,
        "year": year,
        "case": case,
        "bridge_count": len(gaps),
        "available_from": own[f"available_{case}"].max(),
    }
    return row, own["piece_id"].to_numpy(), listed
