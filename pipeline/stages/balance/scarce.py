"""Scarce plots: quay, heavy categories and Seveso: which plots have
them, whose users do not need it, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDING_TERMS, counted_in
from layers.derived.scarce_plots import LAYER as PLOTS
from layers.derived.scarce_plots import QUALITIES
from layers.derived.scarcity import LAYER as SCARCITY
from layers.units import M2_PER_HA
from pipeline.land.land import AssessedLand
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.models import ScarceConfig
from pipeline.project.rules import ProfileConfig

USED = counted_in(HOLDING_TERMS, "firm")
CONTRACT_COLUMNS = ("contract_id", "is_quay_bound", "activity_category", "is_seveso")


@dataclass(frozen=True)
class Users:
    """Pieces with plot, contracts and rights on them, bounds by housing, and what was measured of plots.

    `holdings`: keys with the dates on which holdings come free.
    """

    land: AssessedLand
    holdings: pd.DataFrame
    contracts: pd.DataFrame
    rights: pd.DataFrame
    bounds: pd.DataFrame
    facts: pd.DataFrame

    @classmethod
    def from_tables(cls, land: AssessedLand, tables: Mapping[str, Any]) -> Users:
        """The users of a cluster's land."""
        contracts = tables.get("ground_leases", pd.DataFrame({name: [] for name in CONTRACT_COLUMNS}))
        rights, bounds, facts = (tables[name] for name in ("holding_rights", "housing_bounds", "parcel_facts"))
        return cls(land, tables["holdings"], contracts, rights, bounds, facts)


@dataclass(frozen=True)
class ScarceParams:
    """What counts as scarce, the categories from light to heavy, and what activities need."""

    config: ScarceConfig
    categories: tuple[str, ...]
    profiles: Mapping[str, ProfileConfig]

    def is_heavy(self, category: str) -> bool:
        """Whether a category is heavy."""
        return self.categories.index(category) >= self.categories.index(self.config.heavy_category)


def scarce_plots(users: Users, params: ScarceParams) -> pd.DataFrame:
    """Plots with a scarce quality on the reference date; need as the
    register states it, unknown where it does not. m2, m."""
    config = params.config
    order = {name: position for position, name in enumerate(params.categories)}
    plots = _plots(users, order)
    heavy = order[config.heavy_category]
    has = {
        "quay": plots["quay_m"] >= config.quay_m,
        "heavy": (plots["rank"] >= heavy) & (plots["plan_rank"] >= heavy),
        "seveso": (plots["own_risk_radius_m"] >= config.seveso_radius_m) & (plots["plan_rank"] >= heavy),
    }
    metres = {"quay": plots["quay_m"], "heavy": np.nan, "seveso": plots["own_risk_radius_m"]}
    needs = _needs(users, order, heavy)
    tables = []
    for quality, which in has.items():
        scarce = plots.assign(quality=quality, quality_m=metres[quality])[which.fillna(False)]
        stated = scarce["holding_id"].map(needs[quality]).astype("str")
        need = np.where(~scarce["tenure_status"].isin(USED), "nobody", stated.fillna("unknown"))
        tables.append(scarce.assign(need=np.where(scarce["tenure_status"] == "unknown", "unknown", need)))
    return PLOTS.collect(tables, cluster_id=users.land.cluster_id)


def _plots(users: Users, order: Mapping[str, int]) -> pd.DataFrame:
    """Per plot its m2, the tenure of its largest part, its plan, and the
    category and radius that hold for half of it or more."""
    land = users.land
    year = land.cases[0][0]
    pieces = pd.DataFrame(land.pieces.drop(columns="geometry")).assign(tenure_status=land.tenure_status(year))
    dates = users.holdings.set_index("holding_id")[["available_earliest", "available_latest"]]
    for name in dates:
        pieces[name] = dates[name].reindex(pieces["holding_id"]).to_numpy()
    bounds = users.bounds[users.bounds["year"] == year]
    pieces = pieces.merge(bounds[["piece_id", "category", "own_risk_radius_m"]], on="piece_id", how="left")
    pieces["rank"] = pieces["category"].map(order)
    pieces["plan_rank"] = pieces["plan_category"].map(order)
    by_holding = pieces.groupby(["parcel_id", "holding_id", "tenure_status"], as_index=False)["area_m2"].sum()
    largest = by_holding.sort_values("area_m2", ascending=False).drop_duplicates("parcel_id").set_index("parcel_id")
    by_plot = pieces.groupby("parcel_id").agg(
        area_m2=("area_m2", "sum"),
        available_earliest=("available_earliest", "max"),
        available_latest=("available_latest", "max"),
    )
    half = {name: _of_half(pieces, name) for name in ("rank", "plan_rank", "own_risk_radius_m")}
    facts = users.facts.set_index("parcel_id")["quay_m"]
    return by_plot.join(largest[["holding_id", "tenure_status"]]).assign(**half).join(facts).reset_index()


def _of_half(pieces: pd.DataFrame, name: str) -> pd.Series:
    """The highest value that half of a plot or more reaches; nan where too much of it is not known."""
    ordered = pieces.sort_values([name], ascending=False, na_position="last")
    by_plot = ordered.groupby("parcel_id")["area_m2"]
    share = by_plot.cumsum() / by_plot.transform("sum")
    reached = ordered[share >= 0.5 - 1e-9]
    return reached.drop_duplicates("parcel_id").set_index("parcel_id")[name]


def _needs(users: Users, order: Mapping[str, int], heavy: int) -> dict[str, dict[str, str]]:
    """Per quality whether the contracts of a holding say that it is
    needed; holdings without a contract are left out."""
    contracts = users.contracts.drop_duplicates("contract_id").set_index("contract_id")
    rights = users.rights[["holding_id", "contract_id"]].dropna()
    joined = rights.merge(contracts, left_on="contract_id", right_index=True)
    rank = joined["activity_category"].map(order)
    says = {
        "quay": joined["is_quay_bound"].astype("boolean"),
        "heavy": (rank >= heavy).astype("boolean").mask(rank.isna()),
        "seveso": joined["is_seveso"].astype("boolean"),
    }
    by_quality = {}
    for quality, flag in says.items():
        stated = joined.assign(needs=flag.fillna(False).astype(bool), is_stated=flag.notna()).groupby("holding_id")
        any_needs, all_stated = stated["needs"].any(), stated["is_stated"].all()
        answer = np.select([any_needs, all_stated], ["needed", "not_needed"], "unknown")
        by_quality[quality] = dict(zip(any_needs.index, answer, strict=True))
    return by_quality


def scarcity(
    cluster: str, plots: pd.DataFrame, projects: tuple[InvestmentProject, ...], params: ScarceParams
) -> pd.DataFrame:
    """Of a cluster and its scarce plots per quality what there is, and what projects ask of it. m2."""
    of_cluster = [project for project in projects if project.cluster_id == cluster]
    rows: list[dict[str, Any]] = []
    for quality in QUALITIES:
        scarce = plots[plots["quality"] == quality]
        by_need = scarce.groupby("need")["area_m2"].sum()
        asking = [project for project in of_cluster if needs_quality(project, str(quality), params)]
        rows.append(
            {
                "cluster_id": cluster,
                "quality": quality,
                "area_m2": scarce["area_m2"].sum(),
                "free_m2": float(scarce.loc[scarce["tenure_status"] == "free", "area_m2"].sum()),
                "misfit_m2": by_need.get("not_needed", 0.0),
                "unknown_m2": by_need.get("unknown", 0.0),
                "demand_m2": sum(project.area_ha * M2_PER_HA for project in asking),
            }
        )
    table = pd.DataFrame(rows)
    return SCARCITY.conform(table.assign(scarcity=scarcity_ratio(table)))


def scarcity_ratio(table: pd.DataFrame) -> pd.Series:
    """What is asked over what is free; nan where nothing is free."""
    return (table["demand_m2"] / table["free_m2"]).where(table["free_m2"] > 0)


def needs_quality(project: InvestmentProject, quality: str, params: ScarceParams) -> bool:
    """Whether a project needs a scarce quality: quay, heavy or seveso."""
    profile = params.profiles[project.profile]
    return {
        "quay": bool(project.quay_m or profile.least_quay_m),
        "heavy": params.is_heavy(profile.category),
        "seveso": profile.seveso != "none",
    }[quality]
