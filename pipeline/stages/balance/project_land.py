"""Land for projects of all clusters: the sites on which they can begin, their pieces, and what power and water there is
to spare around them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.errors import ConfigRefusal
from pipeline.land.dates import FAR_DAY, day_number, numbered
from pipeline.land.land import AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.supplied import supplied_or_empty
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.project import Project
from pipeline.stages.balance.project_sites import LAST_YEAR


@dataclass(frozen=True)
class ProjectSite:
    """A row of the sites for projects, with its days as numbers; m2."""

    site_id: str
    cluster_id: str
    profile: str
    case: str
    stands_years: int | None
    left_by: str | None
    is_lasting: bool
    from_day: int
    until_day: int
    fails_on: int
    fails_by: str | None
    area_m2: float


@dataclass(frozen=True)
class Utility:
    """Power (MW) or water (m3 a year) that an area has to spare, its land (RD New), the first day (number) on which it
    is there, and the day from which on nothing is said of how much it is. serves_any: where several lie over land, any
    of them can serve it; else it belongs to one of them."""

    name: str
    need: str
    spare: float
    shape: Any
    until_day: int = FAR_DAY
    from_day: int = 0
    serves_any: bool = False


@dataclass(frozen=True)
class ProjectLand:
    """Sites with the pieces of those large enough, m2, shape (RD New) and last claimed year of pieces, plots by key,
    utilities, what of them activities take, and metres of quay along a shape that surely carry the draught of one."""

    sites: Sequence[ProjectSite]
    pieces_of: Mapping[str, tuple[str, ...]]
    area_m2: Mapping[str, float]
    shapes: Mapping[str, Any]
    plots: Mapping[str, Any]
    quay_m: Callable[[Any, str], float]
    today: int
    claimed_until: Mapping[str, float] = field(default_factory=dict)
    utilities: Sequence[Utility] = ()
    takes: Mapping[tuple[str, str], float] = field(default_factory=dict)
    united: dict[tuple[str, ...], Any] = field(default_factory=dict)
    supplied: dict[tuple[str, ...], list[Utility]] = field(default_factory=dict)

    def shape(self, pieces: tuple[str, ...]) -> Any:
        """The land of pieces as one shape, RD New."""
        if pieces not in self.united:
            self.united[pieces] = shapely.union_all([self.shapes[piece] for piece in pieces])
        return self.united[pieces]

    def likely_m2(self, pieces: tuple[str, ...], year: int) -> float:
        """m2 of pieces under a claim that is not decided and in force in a year or later."""
        return sum((self.area_m2[piece] for piece in pieces if self.claimed_until.get(piece, 0) >= year), 0.0)

    def utilities_of(self, pieces: tuple[str, ...]) -> list[Utility]:
        """The utilities on whose land some of these pieces lie."""
        if pieces not in self.supplied:
            hit = self._utility_tree.query([self.shapes[piece] for piece in pieces], predicate="intersects")
            areas = shapely.area(
                shapely.intersection(
                    np.array([self.shapes[piece] for piece in pieces], dtype=object)[hit[0]],
                    np.array([utility.shape for utility in self.utilities], dtype=object)[hit[1]],
                )
            )
            self.supplied[pieces] = [self.utilities[number] for number in np.unique(hit[1][areas > 0]).tolist()]
        return self.supplied[pieces]

    @cached_property
    def _utility_tree(self) -> shapely.STRtree:
        return shapely.STRtree([utility.shape for utility in self.utilities])


def project_land(
    config: Project,
    tables: Mapping[str, Any],
    sites: tuple[pd.DataFrame, pd.DataFrame],
    land: AssessedLand,
    areas: ContiguousAreas,
) -> ProjectLand:
    """The land of all clusters on which projects can be placed, by the sites for them and their pieces; RD New, m2."""
    rows, parts = sites
    taken = land.pieces[land.pieces["piece_id"].isin(parts["piece_id"])]
    claimed = parts[parts["claimed_until"].notna()].drop_duplicates("piece_id")
    names = ("power_mw", "water_m3_year")
    return ProjectLand(
        sites=_listed(rows),
        pieces_of={str(site): tuple(ids) for site, ids in parts.groupby("site_id")["piece_id"]},
        area_m2=dict(zip(taken["piece_id"], taken["area_m2"].tolist(), strict=True)),
        shapes=dict(zip(taken["piece_id"], taken.geometry, strict=True)),
        plots=_plots(config.projects, land.pieces),
        quay_m=lambda shape, profile: areas.along_m(shape, config.profiles[profile].least_draught_m),
        today=day_number(config.card.reference_date),
        claimed_until=dict(zip(claimed["piece_id"], claimed["claimed_until"].astype(float), strict=True)),
        utilities=utilities(config, tables),
        takes={
            (row.profile, name): getattr(config.profiles[row.profile], name)
            for row in config.projects
            for name in names
        },
    )


def _listed(rows: pd.DataFrame) -> list[ProjectSite]:
    days = {name: numbered(rows[name]) for name in ("from_day", "until_day", "fails_on")}
    plain = rows.astype(object).where(rows.notna(), None).assign(**days)[list(ProjectSite.__dataclass_fields__)]
    return [ProjectSite(*row) for row in plain.itertuples(index=False)]


def utilities(config: Project, tables: Mapping[str, Any]) -> list[Utility]:
    """The areas of which is stated how much power or water they have to spare."""
    known = supplied_or_empty(config, tables, ("feeding_areas", "supply_areas"))
    rows: list[Utility] = []
    if "feeding_areas" in known:
        grid = known["feeding_areas"]
        for row in grid[grid["available_mw"].notna()].itertuples():
            # As the rules have it: a year of relief counts from the next, and one that is over relieves nothing.
            is_ahead = pd.notna(row.relief_year) and row.relief_year >= config.years[0]
            until = _first_day(int(row.relief_year) + 1) if is_ahead else FAR_DAY
            rows.append(Utility(row.feeding_area_id, "power_mw", float(row.available_mw), row.geometry, until))
    if "supply_areas" in known:
        water = known["supply_areas"]
        water = water[(water["supply_kind"] == "industrial_water") & water["capacity_m3_year"].notna()]
        rows += [
            Utility(
                row.supply_id,
                "water_m3_year",
                float(row.capacity_m3_year),
                row.geometry,
                # As the rules have it: what is supplied from a year on counts from the next.
                from_day=_first_day(int(row.from_year) + 1) if pd.notna(row.from_year) else 0,
                serves_any=True,
            )
            for row in water.itertuples()
        ]
    return rows


def _first_day(year: int) -> int:
    return int(np.datetime64(f"{min(year, LAST_YEAR)}-01-01", "D").astype(int))


def _plots(projects: Iterable[InvestmentProject], pieces: gpd.GeoDataFrame) -> dict[str, Any]:
    """The shapes (RD New) of the plots that projects name; refuses a name that is neither plot nor project."""
    rows = list(projects)
    named = {name for row in rows for name in (*row.leaves, row.near) if name}
    wanted = named - {row.project_id for row in rows}
    unknown = sorted(wanted - set(pieces["parcel_id"]))
    if unknown:
        raise ConfigRefusal(
            "projects.csv", actual=f"no plot or project {unknown}", expected="keys of plots or projects"
        )
    return {name: pieces[pieces["parcel_id"] == name].geometry.union_all() for name in sorted(wanted)}
