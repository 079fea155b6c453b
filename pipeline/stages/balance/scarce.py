"""Scarce plots: quay, heavy categories and Seveso: which plots have them, which of their users do not need it, and what
is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.closed_lists import HOLDING_TOTALS
from layers.derived.scarce_plots import LAYER as PLOTS
from layers.derived.scarce_plots import QUALITIES
from layers.derived.scarcity import LAYER as SCARCITY
from layers.units import M2_PER_HA
from pipeline.land.land import AssessedLand
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.project import Project
from pipeline.spatial.frontage import QuayLines

USED = HOLDING_TOTALS["firm"]


@dataclass(frozen=True)
class ScarceLand:
    """The land of a cluster by what makes it scarce (m2, m): what holds in every year is worked out once. `quays`: RD
    New; None where they are not known."""

    land: AssessedLand
    tables: Mapping[str, Any]
    quays: gpd.GeoDataFrame | None
    config: Project

    def scarce_on(self, year: int) -> pd.DataFrame:
        """Holdings of plots with a scarce quality in a year, whoever has them: a row per quality. m2, m."""
        if year not in self._scarce_by_year:
            self._scarce_by_year[year] = self._scarce_on(year)
        return self._scarce_by_year[year]

    def _scarce_on(self, year: int) -> pd.DataFrame:
        plots, is_scarce = self._holdings_in(year), self.qualities_on(year)
        metres = {"quay": plots["quay_m"], "heavy": np.nan, "seveso": plots["own_risk_radius_m"]}
        parts = []
        for quality, quality_m in metres.items():
            which = is_scarce[quality].fillna(False).to_numpy(dtype=bool)
            part = plots.assign(quality=quality, quality_m=quality_m)[which]
            no_quay = {"draught_class": "all", "quay_part_m": np.nan}
            parts.append(part if quality == "quay" else part.assign(**no_quay))
        return pd.concat(parts, ignore_index=True)

    def qualities_on(self, year: int) -> pd.DataFrame:
        """Whether the plot of each holding has each scarce quality in a year, by holding; empty where that is not
        known."""
        params, plots = self.config.balance.scarce, self._holdings_in(year)
        heavy, lightest = self._order[params.heavy_category], _lightest_seveso(self.config)
        quay, rank, plan, radius = (
            _reaches(plots[name], least)
            for name, least in (
                ("quay_m", params.quay_m),
                ("rank", heavy),
                ("plan_rank", heavy),
                ("own_risk_radius_m", params.seveso_radius_m),
            )
        )
        has = {"quay": quay, "heavy": rank & plan, "seveso": radius & _reaches(plots["plan_rank"], lightest)}
        return pd.DataFrame(has).set_index(pd.Index(plots["holding_id"]))

    def _holdings_in(self, year: int) -> pd.DataFrame:
        """The holdings with what dwellings leave of their plots in a year, worked out once."""
        if year not in self._by_year:
            self._by_year[year] = self._holdings.join(self._bounds(year), on="parcel_id")
        return self._by_year[year]

    @cached_property
    def _by_year(self) -> dict[int, pd.DataFrame]:
        return {}

    @cached_property
    def _scarce_by_year(self) -> dict[int, pd.DataFrame]:
        return {}

    def held_in(self, scarce: pd.DataFrame, year: int, case: str) -> pd.DataFrame:
        """Such holdings with who has them in a year, and whether who uses them needs the quality, as the contracts of
        today state it."""
        keys = sorted(set(self.land.states["holding_id"]))
        status = pd.Series(self.land.status_by_holding[year, case], index=keys, dtype=object)
        held = scarce.assign(tenure_status=scarce["holding_id"].map(status))
        stated = self.needs.reindex(pd.MultiIndex.from_frame(held[["holding_id", "quality"]])).to_numpy(dtype=object)
        need = pd.Series(stated, held.index, dtype=object).fillna("unknown")
        need = need.where(held["tenure_status"].isin(USED), "nobody")
        return held.assign(need=need.mask(held["tenure_status"] == "unknown", "unknown"))

    @cached_property
    def _order(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self.config.assess.categories)}

    @cached_property
    def _pieces(self) -> pd.DataFrame:
        columns = ["piece_id", "parcel_id", "holding_id", "area_m2", "available_earliest", "available_latest"]
        pieces = pd.DataFrame({name: self.land.pieces[name].array for name in columns})
        return pieces.assign(plan_rank=self.land.pieces["plan_category"].map(self._order).to_numpy(dtype=float))

    @cached_property
    def _holdings(self) -> pd.DataFrame:
        """Per holding its m2, days and quay; of its plot the category of the plan that holds for half of it or more,
        and the quay."""
        # A plot may have users and free land beside each other: each has its own m2.
        by_holding = self._pieces.groupby(["parcel_id", "holding_id"], as_index=False).agg(
            {"area_m2": "sum", "available_earliest": "first", "available_latest": "first"}
        )
        facts = self.tables["parcel_facts"].set_index("parcel_id")[["quay_m", "quay_draught_m"]]
        of_plot = facts.join(_of_half(self._pieces, "plan_rank"), how="outer")
        holdings = by_holding.join(of_plot, on="parcel_id").merge(self.quay_parts, how="left")
        to_class = self.config.balance.scarce.draught_class
        draughts = holdings["quay_draught_m"].map(to_class, na_action="ignore").astype(object).fillna("unknown")
        return holdings.assign(draught_class=draughts)

    def bounds_of_pieces(self, year: int) -> pd.DataFrame:
        """The category and the radius (m) that dwellings leave of each piece in a year."""
        bounds = self.tables["housing_bounds"]
        bounds = bounds[bounds["year"] == year].set_index("piece_id")
        return bounds[["dwelling_category", "own_risk_radius_m"]].reindex(self._pieces["piece_id"])

    def _bounds(self, year: int) -> pd.DataFrame:
        """Per plot the category beside dwellings and the radius that hold for half of it or more in a year."""
        rows = self.bounds_of_pieces(year)
        rank = rows["dwelling_category"].map(self._order).to_numpy(dtype=float)
        pieces = self._pieces.assign(rank=rank, own_risk_radius_m=rows["own_risk_radius_m"].to_numpy(dtype=float))
        return pd.DataFrame({name: _of_half(pieces, name) for name in ("rank", "own_risk_radius_m")})

    @cached_property
    def quay_parts(self) -> pd.DataFrame:
        """Metres of quay of each holding (`quay_part_m`): those of its plot, which its holdings share by how much of
        the quay lies along each, and by their land where it lies along none."""
        facts, holdings = self.tables["parcel_facts"].set_index("parcel_id")["quay_m"], self.tables["holdings"]
        parts = pd.DataFrame({name: holdings[name].array for name in ("holding_id", "parcel_id", "area_m2")})
        quay_m = parts["parcel_id"].map(facts).to_numpy(dtype=float)
        is_shared = parts["parcel_id"].duplicated(keep=False).to_numpy() & (quay_m > 0)
        along_m = np.ones(len(parts))
        if is_shared.any() and self.quays is not None:
            lines = QuayLines.from_quays(self.quays, self.config.assess.shape.quay_reach_m)
            along_m[is_shared] = [lines.frontage_m(shape) for shape in holdings.geometry.to_numpy()[is_shared]]
        of_plot = parts.assign(along_m=along_m).groupby("parcel_id")[["along_m", "area_m2"]].transform("sum")
        lies_along = of_plot["along_m"].to_numpy() > 0
        weight = np.where(lies_along, along_m, parts["area_m2"])
        total = np.where(lies_along, of_plot["along_m"], of_plot["area_m2"])
        return parts[["holding_id"]].assign(quay_part_m=quay_m * weight / total)

    @cached_property
    def _statements(self) -> pd.DataFrame:
        """What the contracts of who has each holding in use today state; `rank`: of the category of the activity."""
        # A master lease, a claim, and a contract that is over or waits for its time have no user.
        rights = self.tables["holding_rights"].query("level in ('lease', 'use') and right_status == 'decides'")
        lies = rights[["holding_id", "contract_id"]].dropna()
        joined = lies.merge(self.tables["contract_needs"], on="contract_id")
        return joined.assign(rank=joined["activity_category"].map(self._order).astype(float))

    @cached_property
    def category_ranks(self) -> pd.Series:
        """By holding the rank of the heaviest activity of its contracts of use; nan where one states none."""
        by_holding = self._statements.groupby("holding_id")["rank"]
        return by_holding.max().where(by_holding.count() == by_holding.size())

    @cached_property
    def needs(self) -> pd.Series:
        """By holding and quality whether the contracts of who has it in use today say that it is needed; holdings
        without such a contract are left out."""
        joined = self._statements
        rank = joined["rank"]
        heavy = self._order[self.config.balance.scarce.heavy_category]
        says = {
            "quay": joined["is_quay_bound"],
            "heavy": _reaches(rank, heavy),
            "seveso": joined["is_seveso"],
        }
        by_quality = {}
        for quality, flag in says.items():
            # One contract that needs it is enough; that none does must be stated by all.
            any_needs = flag.fillna(False).groupby(joined["holding_id"]).any()
            all_stated = flag.notna().groupby(joined["holding_id"]).all()
            by_quality[quality] = all_stated.map({True: "not_needed", False: "unknown"}).mask(any_needs, "needed")
        return pd.concat(by_quality).swaplevel().astype(object)


def scarce_plots(scarce: ScarceLand) -> pd.DataFrame:
    """Holdings of plots with a scarce quality on the reference date; need as the register states it of who has the
    holding in use, unknown where it does not. m2, m."""
    if not scarce.land.cases:  # a cluster without plots
        return PLOTS.empty()
    year, case = scarce.land.cases[0]
    return PLOTS.collect([scarce.held_in(scarce.scarce_on(year), year, case)], cluster_id=scarce.land.cluster_id)


def _reaches(values: pd.Series, least: float) -> pd.Series:
    """Whether values are at least so much; empty where they are not known."""
    return (values >= least).astype("boolean").mask(values.isna())


def _lightest_seveso(config: Project) -> int:
    """The position of the lightest category of an activity with hazardous substances: where a plan does not allow that,
    it allows none."""
    return min(
        (
            config.assess.categories.index(profile.category)
            for profile in config.profiles.values()
            if profile.seveso != "none"
        ),
        default=len(config.assess.categories),
    )


def _of_half(pieces: pd.DataFrame, name: str) -> pd.Series:
    """The highest value that half of a plot or more reaches; nan where too much of it is not known."""
    # From the highest value down, until half of the plot is reached; what is not known comes last.
    ordered = pieces.sort_values([name], ascending=False, na_position="last")
    by_plot = ordered.groupby("parcel_id")["area_m2"]
    share = by_plot.cumsum() / by_plot.transform("sum")
    reached = ordered[share >= 0.5 - 1e-9]
    return reached.drop_duplicates("parcel_id").set_index("parcel_id")[name]


def scarcity(cluster: str, plots: pd.DataFrame, config: Project) -> pd.DataFrame:
    """Of a cluster and its scarce plots per quality what there is, and what projects ask of it. m2."""
    rows: list[dict[str, Any]] = []
    for quality in QUALITIES:
        scarce = plots[plots["quality"] == quality]
        by_need = scarce.groupby("need")["area_m2"].sum()
        demand_m2 = [
            project.area_ha * M2_PER_HA
            for project in config.projects
            if project.cluster_id == cluster and needs_quality(project, str(quality), config)
        ]
        rows.append(
            {
                "quality": quality,
                "area_m2": scarce["area_m2"].sum(),
                "free_m2": float(scarce.loc[scarce["tenure_status"] == "free", "area_m2"].sum()),
                "misfit_m2": by_need.get("not_needed", 0.0),
                "unknown_m2": by_need.get("unknown", 0.0),
                "demand_m2": sum(demand_m2),
            }
        )
    return SCARCITY.collect(rows, cluster_id=cluster, scarcity=scarcity_ratio)


def scarcity_ratio(table: pd.DataFrame) -> pd.Series:
    """The m2 asked over the m2 free; nan where nothing is free."""
    return (table["demand_m2"] / table["free_m2"]).where(table["free_m2"] > 0)


def needs_quality(project: InvestmentProject, quality: str, config: Project) -> bool:
    """Whether a project needs a scarce quality: quay, heavy or seveso."""
    profile, rank = config.profiles[project.profile], config.assess.categories.index
    return {
        "quay": bool(project.quay_m or profile.least_quay_m),
        "heavy": rank(profile.category) >= rank(config.balance.scarce.heavy_category),
        "seveso": profile.seveso != "none",
    }[quality]
