"""Scarce plots: quay, heavy categories and Seveso: which plots have them, which of their users do not need it, and what
is asked."""

from collections.abc import Mapping
from typing import Any

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

USED = HOLDING_TOTALS["firm"]


def scarce_plots(land: AssessedLand, tables: Mapping[str, Any], config: Project) -> pd.DataFrame:
    """Holdings of plots with a scarce quality on the reference date; need as the register states it of who has the
    holding in use, unknown where it does not. m2, m."""
    params = config.balance.scarce
    order = {name: position for position, name in enumerate(config.assess.categories)}
    plots = _plots(land, tables, order)
    heavy = order[params.heavy_category]
    quay_m, radius_m = plots["quay_m"], plots["own_risk_radius_m"]
    has = {
        "quay": (quay_m >= params.quay_m, quay_m),
        "heavy": ((plots["rank"] >= heavy) & (plots["plan_rank"] >= heavy), np.nan),
        "seveso": ((radius_m >= params.seveso_radius_m) & (plots["plan_rank"] >= _lightest_seveso(config)), radius_m),
    }
    needs = _needs(tables, order, heavy)
    parts = []
    for quality, (which, metres) in has.items():
        scarce = plots.assign(quality=quality, quality_m=metres)[which.fillna(False)]
        stated = scarce["holding_id"].map(needs[quality]).astype("str").fillna("unknown")
        need = stated.where(scarce["tenure_status"].isin(USED), "nobody")
        parts.append(scarce.assign(need=need.mask(scarce["tenure_status"] == "unknown", "unknown")))
    return PLOTS.collect(parts, cluster_id=land.cluster_id)


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


def _plots(land: AssessedLand, tables: Mapping[str, Any], order: Mapping[str, int]) -> pd.DataFrame:
    """Per holding its m2, tenure and days; of its plot the plan, and the category and radius that hold for half of the
    plot or more."""
    year = land.cases[0][0]
    bounds = tables["housing_bounds"]
    bounds = bounds.loc[bounds["year"] == year, ["piece_id", "dwelling_category", "own_risk_radius_m"]]
    pieces = pd.DataFrame(land.pieces.drop(columns="geometry")).assign(tenure_status=land.tenure_status(year))
    pieces = pieces.merge(bounds, how="left")
    pieces["rank"] = pieces["dwelling_category"].map(order)
    pieces["plan_rank"] = pieces["plan_category"].map(order)
    # A plot may have users and free land beside each other: each has its own m2.
    key = ["parcel_id", "holding_id", "tenure_status"]
    by_holding = pieces.groupby(key, as_index=False).agg(
        {"area_m2": "sum", "available_earliest": "first", "available_latest": "first"}
    )
    half = {name: _of_half(pieces, name) for name in ("rank", "plan_rank", "own_risk_radius_m")}
    quay_m = tables["parcel_facts"].set_index("parcel_id")["quay_m"]
    return by_holding.join(pd.DataFrame({**half, "quay_m": quay_m}), on="parcel_id")


def _of_half(pieces: pd.DataFrame, name: str) -> pd.Series:
    """The highest value that half of a plot or more reaches; nan where too much of it is not known."""
    # From the highest value down, until half of the plot is reached; what is not known comes last.
    ordered = pieces.sort_values([name], ascending=False, na_position="last")
    by_plot = ordered.groupby("parcel_id")["area_m2"]
    share = by_plot.cumsum() / by_plot.transform("sum")
    reached = ordered[share >= 0.5 - 1e-9]
    return reached.drop_duplicates("parcel_id").set_index("parcel_id")[name]


def _needs(tables: Mapping[str, Any], order: Mapping[str, int], heavy: int) -> dict[str, pd.Series]:
    """Per quality whether the contracts of who has a holding in use today say that it is needed; holdings without such
    a contract are left out."""
    # A master lease, a claim, and a contract that is over or waits for its time have no user.
    rights = tables["holding_rights"].query("level in ('lease', 'use') and right_status == 'decides'")
    lies = rights[["holding_id", "contract_id"]].dropna()
    joined = lies.merge(tables["contract_needs"], on="contract_id")
    rank = joined["activity_category"].map(order)
    says = {
        "quay": joined["is_quay_bound"],
        "heavy": (rank >= heavy).astype("boolean").mask(rank.isna()),
        "seveso": joined["is_seveso"],
    }
    by_quality = {}
    for quality, flag in says.items():
        # One contract that needs it is enough; that none does must be stated by all.
        any_needs = flag.fillna(False).groupby(joined["holding_id"]).any()
        all_stated = flag.notna().groupby(joined["holding_id"]).all()
        by_quality[quality] = all_stated.map({True: "not_needed", False: "unknown"}).mask(any_needs, "needed")
    return by_quality


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
