"""What the tables of the balance are drawn up from, for one cluster or for all of them together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.derived.reason_sets import LAYER as SETS
from layers.sources.housing_plans import LAYER as HOUSING_PLANS
from pipeline.land.land import AssessedLand, assessed_land, is_built_up
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.supplied import cluster_shape, known_quays, supplied_or_empty
from pipeline.project.project import Project
from pipeline.stages.balance.attribution import Account, accounts, reason_sets, sum_of_sets
from pipeline.stages.balance.headroom import emission_supply, joint_headroom
from pipeline.stages.balance.impact import PlanReach, plans_in_reach
from pipeline.stages.balance.in_time import Tenure, supply_curve
from pipeline.stages.balance.planned_dwellings import PlanContours
from pipeline.stages.balance.portfolio import placements
from pipeline.stages.balance.project_days import LandInTime
from pipeline.stages.balance.project_land import ProjectLand, project_land
from pipeline.stages.balance.project_overlap import project_overlap
from pipeline.stages.balance.project_sites import SiteFinder, claimed_pieces, project_sites
from pipeline.stages.balance.scarce import ScarceLand, scarce_plots
from pipeline.stages.balance.segment_supply import Supply, supply_of
from pipeline.stages.balance.sums import summands
from pipeline.stages.balance.usable_supply import usable_supply


@dataclass(frozen=True)
class BalanceInputs:
    """The config and the tables of a unit, and what several tables of the balance share; each is worked out once.

    `tables` of the national unit hold the rows of all clusters, tables of the balance itself among them.
    """

    config: Project
    unit: str
    tables: Mapping[str, Any]

    @property
    def is_national(self) -> bool:
        """Whether this is the sum of all clusters."""
        return self.unit == self.config.balance.national_name

    @property
    def has_all_land(self) -> bool:
        """Whether this is the sum of all clusters, or the only one."""
        return self.is_national or list(self.config.clusters) == [self.unit]

    @cached_property
    def land(self) -> AssessedLand:
        """Pieces with tenure and room, RD New."""
        return assessed_land(self.unit, self.tables)

    @property
    def lands(self) -> Iterable[tuple[AssessedLand, ContiguousAreas]]:
        """The land (RD New, m2) and its areas cluster by cluster, so that of a nation only one is in memory."""
        if self.is_national:
            return ((land, self._areas_of(land)) for land in self.land.by_cluster())
        return [(self.land, self.areas)]

    @cached_property
    def quays(self) -> gpd.GeoDataFrame | None:
        """Quays, RD New; None where they are not known."""
        return known_quays(self.config, self.tables)

    @cached_property
    def areas(self) -> ContiguousAreas:
        """Which pieces touch, and how what they make together (m2, m) fits activities."""
        return self._areas_of(self.land)

    def _areas_of(self, land: AssessedLand) -> ContiguousAreas:
        return ContiguousAreas(land.shapes, land.area_m2, self.config.assess.shape, self.quays)

    @cached_property
    def boundary(self) -> Any:
        """The land inside the cluster's boundary as one shape, RD New."""
        return cluster_shape(self.tables["cluster_boundaries"], self.unit)

    @property
    def no_parcel_m2(self) -> float:
        """m2 inside the boundary on no plot; a rounding below zero is none."""
        return max(0.0, float(self.boundary.area) - float(self.tables["holdings"]["area_m2"].sum()))

    @cached_property
    def tenure(self) -> Tenure:
        """Who holds the land of a cluster, day by day."""
        holdings, periods, rights = (self.tables[f"holding{name}"] for name in ("s", "_periods", "_rights"))
        return Tenure(self.unit, holdings, periods, rights, self.config)

    @cached_property
    def assessed_pieces(self) -> Any:
        """The position among the pieces of each row of the assessments."""
        return pd.Index(self.land.pieces["piece_id"]).get_indexer(self.tables["assessments"]["piece_id"])

    @cached_property
    def is_built_up(self) -> Any:
        """Which pieces lie on a holding that is built on today (nullable flags)."""
        holdings = self.tables["holdings"].set_index("holding_id")
        return is_built_up(self.config, holdings)[self.land.pieces["holding_id"]].array

    @cached_property
    def usable_early(self) -> pd.DataFrame:
        """Assessments of pieces that are usable when no extension is called."""
        assessments = self.tables["assessments"]
        return pd.DataFrame(assessments[(assessments["case"] == "earliest") & (assessments["verdict"] == "usable")])

    @cached_property
    def housing_plans(self) -> gpd.GeoDataFrame:
        """Housing plans, RD New; none where they are not known."""
        known = supplied_or_empty(self.config, self.tables, ("housing_plans",))
        return gpd.GeoDataFrame(known.get("housing_plans", HOUSING_PLANS.empty()))

    @cached_property
    def plans_in_reach(self) -> gpd.GeoDataFrame:
        """Housing plans near enough to the cluster to count in any table, RD New."""
        return plans_in_reach(self.housing_plans, self.boundary, self.config)

    @cached_property
    def plan_contours(self) -> PlanContours:
        """Housing plans around the cluster by the contours over them, RD New, m2."""
        parts, zones = self.tables["plan_parts"], self.tables["plan_zones"]
        return PlanContours(self.unit, self.housing_plans, parts, zones, self.config)

    @cached_property
    def plan_reach(self) -> PlanReach:
        """What housing plans reach of usable land, m2."""
        return PlanReach(self.land, self.areas, self.config)

    @cached_property
    def emission_supply(self) -> pd.DataFrame:
        """m2 usable per plot, activity and year."""
        if self.is_national:
            return pd.DataFrame(self.tables["emission_supply"])
        pieces = pd.DataFrame(self.land.pieces[["piece_id", "parcel_id", "area_m2"]])
        return emission_supply(self.usable_early.merge(pieces, on="piece_id"), self.unit)

    @cached_property
    def headroom(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """m2 that fit the shared budget together, and the receptors that bind; a budget is shared by all clusters."""
        return joint_headroom(self.emission_supply, self.tables, self.config, self.unit)

    @cached_property
    def reason_sets(self) -> pd.DataFrame:
        """m2 per set of blocking factors."""
        if self.is_national:
            sums = summands(self.tables["reason_sets"], self.unit, self.config.cluster_groups)
            return SETS.collect([sum_of_sets(rows, name) for name, rows in sums])
        return reason_sets(self.land, self.config, self.no_parcel_m2)

    @cached_property
    def accounts(self) -> list[Account]:
        """The land (m2) of each activity, year and case by what blocks it; of a nation also of each kind of cluster."""
        return list(accounts(self.reason_sets))

    @property
    def own_accounts(self) -> list[Account]:
        """Those of all land of the unit together."""
        return [account for account in self.accounts if account[0]["cluster_id"] == self.unit]

    @cached_property
    def supply(self) -> Supply:
        """The land by the activities that it can serve; m2."""
        return supply_of(self.land, self.areas, self.tenure, self.config)

    @cached_property
    def scarce_land(self) -> ScarceLand:
        """The land by what makes it scarce; m2, m."""
        return ScarceLand(self.land, self.tables, self.quays, self.config)

    @cached_property
    def scarce_plots(self) -> pd.DataFrame:
        """Plots with a scarce quality; m2, m."""
        return scarce_plots(self.scarce_land)

    @cached_property
    def land_in_time(self) -> LandInTime:
        """On which days each piece of a cluster is free and open to each activity."""
        return LandInTime(
            self.land,
            self.tenure.lines,
            pd.Index(self.tenure.holdings["holding_id"]).get_indexer(self.land.pieces["holding_id"]),
            self.tables["room_turns"],
            self.config.verdicts,
            self.config.lifted,
            self.config.card.reference_date,
        )

    @cached_property
    def project_sites(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The sites for projects (m2), and the pieces of those that are large enough."""
        if self.is_national:
            return self.tables["project_sites"], self.tables["project_site_pieces"]
        ends = pd.Index(self.land.pieces["piece_id"])
        gaps = np.column_stack(
            [ends.get_indexer(self.tables["bridgeable_gaps"][f"{side}_piece"]) for side in ("from", "to")]
        )
        claims = claimed_pieces(self.land, self.config.balance.room.claim_constraint)
        return project_sites(SiteFinder(self.config, self.land_in_time, self.areas, gaps, claims))

    @cached_property
    def project_land(self) -> ProjectLand:
        """Where projects can be placed; m2, RD New."""
        return project_land(self.config, self.tables, self.project_sites, self.land, self.areas)

    @cached_property
    def placements(self) -> pd.DataFrame:
        """The projects placed as well as can be; m2."""
        return placements(self.config.projects, self.project_land, self.config.balance.solve_seconds)

    @cached_property
    def project_overlap(self) -> pd.DataFrame:
        """m2 that placed projects hold twice."""
        plot_m2 = {name: float(plot.area) for name, plot in self.project_land.plots.items()}
        supply = self.tables["supply_curve"] if self.is_national else self.supply_curve
        days = {year: self.config.day(year) for year in sorted(set(supply["year"]))}
        return project_overlap(self.placements, self.config.projects, plot_m2, days, supply)

    @cached_property
    def supply_curve(self) -> pd.DataFrame:
        """Free and usable m2 per year of a cluster."""
        return supply_curve(self.tenure, usable_supply(self.land_in_time, self.tenure, self.areas))
