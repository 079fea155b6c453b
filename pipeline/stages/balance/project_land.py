"""Land for projects: the sites on which they can be placed, and land of
plots that does for an activity once nobody has it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.errors import ConfigRefusal
from pipeline.land.land import AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.project import Project


@dataclass(frozen=True)
class FreedLand:
    """Land that hangs together and would do for an activity once nobody has it; m2, RD New."""

    pieces: tuple[str, ...]
    area_m2: float
    shape: Any


@dataclass(frozen=True)
class ProjectLand:
    """Sites (rows; no extension called) with their pieces, m2 of pieces, plots by key, and the asked years.

    freed: the land of plots that would do for an activity in a year once nobody has it. quay_m:
    metres of quay along a shape that surely carry the draught of an activity.
    """

    sites: Sequence[Any]
    pieces_of: Mapping[str, tuple[str, ...]]
    area_m2: Mapping[str, float]
    plots: Mapping[str, Any]
    years: tuple[int, ...]
    freed: Callable[[tuple[str, ...], str, int], list[FreedLand]]
    quay_m: Callable[[Any, str], float]


def project_land(config: Project, tables: Mapping[str, Any], land: AssessedLand, areas: ContiguousAreas) -> ProjectLand:
    """The land of all clusters on which projects can be placed; RD New, m2."""
    keys, parcel_ids = (land.pieces[name].to_numpy(dtype=object) for name in ("piece_id", "parcel_id"))

    def freed(left: tuple[str, ...], profile: str, year: int) -> list[FreedLand]:
        pieces = np.flatnonzero(np.isin(parcel_ids, list(left)) & (land.room(profile, year) == "open"))
        return [
            FreedLand(tuple(keys[area]), land.sum_m2(area), shapely.union_all(land.shapes[area]))
            for area in areas.usable(pieces, config.profiles[profile])
        ]

    def quay_m(shape: Any, profile: str) -> float:
        return areas.along_m(shape, config.profiles[profile].least_draught_m)

    early = tables["sites"][tables["sites"]["case"] == "earliest"]
    of_early = tables["site_pieces"][tables["site_pieces"]["site_id"].isin(early["site_id"])]
    pieces_of = {str(site): tuple(piece_ids) for site, piece_ids in of_early.groupby("site_id")["piece_id"]}
    area_m2 = dict(zip(keys, land.area_m2.tolist(), strict=True))
    plots = _plots(config.projects, land.pieces)
    return ProjectLand(list(early.itertuples()), pieces_of, area_m2, plots, config.years, freed, quay_m)


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
