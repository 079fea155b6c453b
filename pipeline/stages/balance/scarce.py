"""Schaarse kavels: quay, heavy categories and Seveso: which plots have them, who sits there without needing it, and what is asked."""

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


@dataclass(frozen=True)
class Users:
    """Pieces with who has them on the reference date, contracts, bounds by housing, and what was measured of plots."""

    ground: AssessedLand
    contracts: pd.DataFrame
    rights: pd.DataFrame
    bounds: pd.DataFrame
    facts: pd.DataFrame


def scarce_plots(users: Users, card: ScarceConfig, categories: tuple[str, ...]) -> pd.DataFrame:
    """Plots with a scarce quality on the reference date; need as the register tells it, unknown where it does not."""
    year = users.ground.cases[0][0]
    order = {name: at for at, name in enumerate(categories)}
    plots = _plots(users, year, order)
    heavy = order[card.heavy_category]
    has = {
        "quay": plots["quay_m"] >= card.quay_m,
        "heavy": (plots["rank"] >= heavy) & (plots["plan_rank"] >= heavy),
        "seveso": (plots["own_risk_radius_m"] >= card.seveso_radius_m) & (plots["plan_rank"] >= heavy),
    }
    metres = {"quay": plots["quay_m"], "heavy": np.nan, "seveso": plots["own_risk_radius_m"]}
    needs = _needs(users, order, heavy)
    made = []
    for quality, which in has.items():
        own = plots.assign(quality=quality, quality_m=metres[quality])[which.fillna(False)]
        told = own["holding_id"].map(needs[quality]).astype("str")
        own["need"] = np.where(~own["tenure_status"].isin(USED), "nobody", told.fillna("unknown"))
        own["need"] = own["need"].mask(own["tenure_status"] == "unknown", "unknown")
        made.append(own)
    return PLOTS.conform(pd.concat(made).assign(cluster_id=users.ground.cluster_id))


def _plots(users: Users, year: int, order: Mapping[str, int]) -> pd.DataFrame:
    """Per plot its area, the holding of its largest part, its plan, and the category and radius that hold for half of it or more."""
    ground = users.ground
    pieces = pd.DataFrame(ground.pieces.drop(columns="geometry")).assign(tenure_status=ground.tenure_status(year))
    bounds = users.bounds[users.bounds["year"] == year]
    pieces = pieces.merge(bounds[["piece_id", "category", "own_risk_radius_m"]], on="piece_id", how="left")
    pieces["rank"] = pieces["category"].map(order)
    pieces["plan_rank"] = pieces["plan_category"].map(order)
    by_holding = pieces.groupby(["parcel_id", "holding_id", "tenure_status"], as_index=False)["area_m2"].sum()
    largest = by_holding.sort_values("area_m2", ascending=False).drop_duplicates("parcel_id").set_index("parcel_id")
    whole = pieces.groupby("parcel_id").agg(
        area_m2=("area_m2", "sum"),
        available_earliest=("available_earliest", "max"),
        available_latest=("available_latest", "max"),
    )
    half = {name: _of_half(pieces, name) for name in ("rank", "plan_rank", "own_risk_radius_m")}
    facts = users.facts.set_index("parcel_id")["quay_m"]
    return whole.join(largest[["holding_id", "tenure_status"]]).assign(**half).join(facts).reset_index()


def _of_half(pieces: pd.DataFrame, name: str) -> pd.Series:
    """The highest value that half of a plot or more reaches; nan where too much of it is not known."""
    ordered = pieces.sort_values([name], ascending=False, na_position="last")
    share = ordered.groupby("parcel_id")["area_m2"].cumsum() / ordered.groupby("parcel_id")["area_m2"].transform("sum")
    reached = ordered[share >= 0.5 - 1e-9]
    return reached.drop_duplicates("parcel_id").set_index("parcel_id")[name]


def _needs(users: Users, order: Mapping[str, int], heavy: int) -> dict[str, dict[str, str]]:
    """Per quality whether the contracts of a holding say that it is needed; where none says so either way it is left out."""
    told = users.contracts.drop_duplicates("contract_id").set_index("contract_id")
    joined = users.rights[["holding_id", "contract_id"]].dropna().merge(told, left_on="contract_id", right_index=True)
    rank = joined["activity_category"].map(order)
    says = {
        "quay": joined["is_quay_bound"].astype("boolean"),
        "heavy": (rank >= heavy).astype("boolean").mask(rank.isna()),
        "seveso": joined["is_seveso"].astype("boolean"),
    }
    found = {}
    for quality, flag in says.items():
        told = joined.assign(needs=flag.fillna(False).astype(bool), is_told=flag.notna()).groupby("holding_id")
        needs, all_told = told["needs"].any(), told["is_told"].all()
        found[quality] = pd.Series(
            np.select([needs, all_told], ["needed", "not_needed"], "unknown"), index=needs.index
        ).to_dict()
    return found


def scarcity(
    land: tuple[str, pd.DataFrame],
    projects: tuple[InvestmentProject, ...],
    profiles: Mapping[str, ProfileConfig],
    of: tuple[ScarceConfig, tuple[str, ...]],
) -> pd.DataFrame:
    """Of a cluster (its key and its scarce plots) per quality what there is, and what projects ask of it. m2."""
    cluster, plots = land
    card, categories = of
    rows: list[dict[str, Any]] = []
    for quality in QUALITIES:
        own = plots[plots["quality"] == quality]
        area = own.groupby("need")["area_m2"].sum()
        free = float(own.loc[own["tenure_status"] == "free", "area_m2"].sum())
        asked = sum(
            project.area_ha * M2_PER_HA
            for project in projects
            if project.cluster_id == cluster
            and asks(project, profiles[project.profile], str(quality), (card, categories))
        )
        rows.append(
            {
                "cluster_id": cluster,
                "quality": quality,
                "area_m2": own["area_m2"].sum(),
                "free_m2": free,
                "misfit_m2": area.get("not_needed", 0.0),
                "unknown_m2": area.get("unknown", 0.0),
                "demand_m2": asked,
                "scarcity": asked / free if free > 0 else np.nan,
            }
        )
    return SCARCITY.conform(pd.DataFrame(rows)) if rows else SCARCITY.empty()


def asks(
    project: InvestmentProject, profile: ProfileConfig, quality: str, of: tuple[ScarceConfig, tuple[str, ...]]
) -> bool:
    """Whether a project needs a scarce quality."""
    card, categories = of
    heavy = categories.index(profile.category) >= categories.index(card.heavy_category)
    return {
        "quay": bool(project.quay_m or profile.least_quay_m),
        "heavy": heavy,
        "seveso": profile.seveso != "none",
    }[quality]


def sum_of_scarcity(tables: pd.DataFrame, name: str) -> pd.DataFrame:
    """The clusters with their sum."""
    columns = ["area_m2", "free_m2", "misfit_m2", "unknown_m2", "demand_m2"]
    total = tables.groupby("quality", as_index=False)[columns].sum().assign(cluster_id=name)
    total["scarcity"] = (total["demand_m2"] / total["free_m2"]).where(total["free_m2"] > 0)
    return SCARCITY.conform(pd.concat([tables, total]))
