"""Land for projects: the sites on which they can be placed, and land of
plots that does for an activity once nobody has it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.errors import ConfigRefusal
from pipeline.land.land import AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.project import Project

LAST_YEAR = 2300


@dataclass(frozen=True)
class FreedLand:
    """Land that hangs together and would do for an activity once nobody has it; m2, RD New."""

    pieces: tuple[str, ...]
    area_m2: float
    shape: Any


@dataclass(frozen=True)
class ProjectLand:
    """Sites (rows; no extension called) with their pieces, m2 of pieces, plots by key, and the asked years.

    Land under a decided claim is in no site: it is taken sooner or later, and a project stands longer than a year.
    likely_m2: m2 of pieces under a claim that is not decided and in force in a year or later. freed: the land of plots
    that would do for an activity in a year once nobody has it. quay_m: metres of quay along a shape that surely carry
    the draught of an activity.
    """

    sites: Sequence[Any]
    pieces_of: Mapping[str, tuple[str, ...]]
    area_m2: Mapping[str, float]
    plots: Mapping[str, Any]
    years: tuple[int, ...]
    freed: Callable[[tuple[str, ...], str, int], list[FreedLand]]
    quay_m: Callable[[Any, str], float]
    likely_m2: Callable[[tuple[str, ...], int], float] = lambda _pieces, _year: 0.0


def project_land(config: Project, tables: Mapping[str, Any], land: AssessedLand, areas: ContiguousAreas) -> ProjectLand:
    """The land of all clusters on which projects can be placed; RD New, m2."""
    claims = _claimed(land, config.balance.room.claim_constraint)
    keys, parcel_ids = (land.pieces[name].to_numpy(dtype=object) for name in ("piece_id", "parcel_id"))

    def freed(left: tuple[str, ...], profile: str, year: int) -> list[FreedLand]:
        is_left = np.isin(parcel_ids, list(left)) & ~claims.is_decided
        pieces = np.flatnonzero(is_left & (land.room(profile, year) == "open"))
        return [
            FreedLand(tuple(keys[area]), land.sum_m2(area), shapely.union_all(land.shapes[area]))
            for area in areas.usable(pieces, config.profiles[profile])
        ]

    def quay_m(shape: Any, profile: str) -> float:
        return areas.along_m(shape, config.profiles[profile].least_draught_m)

    def likely_m2(piece_ids: tuple[str, ...], year: int) -> float:
        return land.sum_m2(np.flatnonzero(np.isin(keys, list(piece_ids)) & (claims.last_likely >= year)))

    early = tables["sites"][tables["sites"]["case"] == "earliest"]
    of_early = tables["site_pieces"][tables["site_pieces"]["site_id"].isin(early["site_id"])]
    pieces_of = {str(site): tuple(piece_ids) for site, piece_ids in of_early.groupby("site_id")["piece_id"]}
    area_m2 = dict(zip(keys, land.area_m2.tolist(), strict=True))
    sites, pieces_of = _off_claims(
        early, pieces_of, land, claims, lambda pieces, profile: areas.usable(pieces, config.profiles[profile])
    )
    plots = _plots(config.projects, land.pieces)
    return ProjectLand(sites, pieces_of, area_m2, plots, config.years, freed, quay_m, likely_m2)


@dataclass(frozen=True)
class ClaimedPieces:
    """Per piece whether a decided claim lies on it, whatever its year; and the last year of a claim that is not decided
    (0 where there is none)."""

    is_decided: Any
    last_likely: Any


def _claimed(land: AssessedLand, constraint: str) -> ClaimedPieces:
    zones = land.zones[land.zones["constraint"] == constraint]
    texts = land.combinations.set_index("combination_id")["zones"].reindex(land.pieces["combination_id"]).fillna("")
    of_piece = [set(names.split(" ")) for names in texts]
    is_decided: Any = np.zeros(len(of_piece), dtype=bool)
    last_likely: Any = np.zeros(len(of_piece), dtype=int)
    for zone in zones.itertuples():  # claims, of which there are few
        is_here = np.array([zone.zone_id in names for names in of_piece], dtype=bool)
        if zone.band == "decided":
            is_decided |= is_here
        else:
            last = LAST_YEAR if pd.isna(zone.valid_to) else int(zone.valid_to)
            last_likely[is_here] = np.maximum(last_likely[is_here], last)
    return ClaimedPieces(is_decided, last_likely)


def _off_claims(
    sites: gpd.GeoDataFrame,
    pieces_of: Mapping[str, tuple[str, ...]],
    land: AssessedLand,
    claims: ClaimedPieces,
    usable: Callable[[Any, str], list[Any]],
) -> tuple[list[Any], dict[str, tuple[str, ...]]]:
    """The sites, and the pieces of each, without what lies under a decided claim (RD New, m2): of a site that is cut
    each part that is still usable for its activity, the largest under the key of the site."""
    keys = land.pieces["piece_id"].to_numpy(dtype=object)
    place = {piece: number for number, piece in enumerate(keys)}
    rows, left = [], dict[str, tuple[str, ...]]()
    for site in sites.itertuples():
        pieces = np.array([place[piece] for piece in pieces_of[site.site_id]], dtype=int)
        rest = pieces[~claims.is_decided[pieces]]
        if len(rest) == len(pieces):
            rows.append(site)
            left[site.site_id] = pieces_of[site.site_id]
            continue
        parts = sorted(usable(rest, site.profile), key=lambda part: (-land.sum_m2(part), int(part[0])))
        for number, part in enumerate(parts):
            name = site.site_id if not number else f"{site.profile}.{site.year}.{site.case}.{keys[part].min()}"
            left[name] = tuple(keys[part])
            shape = shapely.union_all(land.shapes[part])
            rows.append(site._replace(site_id=name, area_m2=land.sum_m2(part), geometry=shape))
    return rows, left


def _plots(projects: tuple[InvestmentProject, ...], pieces: gpd.GeoDataFrame) -> dict[str, Any]:
    """The shapes (RD New) of the plots that projects name; refuses a name that is neither plot nor project."""
    named = {name for row in projects for name in (*row.leaves, row.near) if name}
    wanted = named - {row.project_id for row in projects}
    unknown = sorted(wanted - set(pieces["parcel_id"]))
    if unknown:
        raise ConfigRefusal(
            "projects.csv", actual=f"no plot or project {unknown}", expected="keys of plots or projects"
        )
    return {name: pieces[pieces["parcel_id"] == name].geometry.union_all() for name in sorted(wanted)}
