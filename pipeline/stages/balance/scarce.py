"""Scarce plots: quay, heavy categories and Seveso: which plots have them, which of their users do not need it, and what
is asked."""

from collections.abc import Mapping
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


def scarce_plots(
    land: AssessedLand, tables: Mapping[str, Any], quays: gpd.GeoDataFrame | None, config: Project
) -> pd.DataFrame:
    """Holdings of plots with a scarce quality on the reference date; need as the register states it of who has the
    holding in use, unknown where it does not. m2, m."""
    if not land.cases:  # a cluster without plots
        return PLOTS.empty()
    year, case = land.cases[0]
    scarce = scarce_on(land, tables, year, config).merge(quay_parts(tables, quays, config), how="left")
    status = tenure_status_of(land, year, case)
    scarce = scarce.assign(tenure_status=scarce["holding_id"].map(status))
    scarce["need"] = need_of(scarce, needs_of(tables, config))
    is_quay = scarce["quality"] == "quay"
    return PLOTS.collect([scarce.assign(quay_part_m=scarce["quay_part_m"].where(is_quay))], cluster_id=land.cluster_id)


def scarce_on(land: AssessedLand, tables: Mapping[str, Any], year: int, config: Project) -> pd.DataFrame:
    """Holdings of plots with a scarce quality in a year, whoever has them: a row per quality. m2, m."""
    params, order = config.balance.scarce, _order(config)
    plots = _plots(land, tables, order, year)
    heavy = order[params.heavy_category]
    quay_m, radius_m = plots["quay_m"], plots["own_risk_radius_m"]
    has = {
        "quay": (quay_m >= params.quay_m, quay_m),
        "heavy": ((plots["rank"] >= heavy) & (plots["plan_rank"] >= heavy), np.nan),
        "seveso": ((radius_m >= params.seveso_radius_m) & (plots["plan_rank"] >= _lightest_seveso(config)), radius_m),
    }
    draughts = plots["quay_draught_m"].map(params.draught_class, na_action="ignore").astype(object).fillna("unknown")
    parts = [
        plots.assign(quality=quality, quality_m=metres, draught_class=draughts if quality == "quay" else "all")[
            which.fillna(False)
        ]
        for quality, (which, metres) in has.items()
    ]
    return pd.concat(parts, ignore_index=True)


def tenure_status_of(land: AssessedLand, year: int, case: str) -> pd.Series:
    """Who has each holding in a year, by its key."""
    return pd.Series(land.status_by_holding[year, case], index=sorted(set(land.states["holding_id"])), dtype=object)


def need_of(scarce: pd.DataFrame, needs: pd.DataFrame) -> pd.Series:
    """Whether who has a holding needs its quality: as its contract states it, of use alone."""
    keys = pd.MultiIndex.from_frame(scarce[["holding_id", "quality"]])
    stated = pd.Series(needs.stack().reindex(keys).to_numpy(), index=scarce.index).astype(object).fillna("unknown")
    need = stated.where(scarce["tenure_status"].isin(USED), "nobody")
    return need.mask(scarce["tenure_status"] == "unknown", "unknown")


def _order(config: Project) -> dict[str, int]:
    return {name: position for position, name in enumerate(config.assess.categories)}


def quay_parts(tables: Mapping[str, Any], quays: gpd.GeoDataFrame | None, config: Project) -> pd.DataFrame:
    """Metres of quay of each holding (`quay_part_m`): those of its plot, which its holdings share by how much of the
    quay lies along each, and by their land where it lies along none."""
    facts = tables["parcel_facts"].set_index("parcel_id")["quay_m"]
    holdings = tables["holdings"]
    parts = pd.DataFrame(holdings[["holding_id", "parcel_id", "area_m2"]])
    parts["quay_m"] = parts["parcel_id"].map(facts).to_numpy(dtype=float)
    shared = parts["parcel_id"].duplicated(keep=False).to_numpy() & (parts["quay_m"] > 0).to_numpy()
    along = np.ones(len(parts))
    if shared.any() and quays is not None:
        lines = QuayLines.from_quays(quays, config.assess.shape.quay_reach_m)
        shapes = holdings.geometry.to_numpy()
        along[shared] = [lines.frontage_m(shape) for shape in shapes[shared]]
    by_plot = parts.assign(along=along).groupby("parcel_id")[["along", "area_m2"]].transform("sum")
    share = np.where(
        by_plot["along"] > 0,
        along / by_plot["along"].where(by_plot["along"] > 0),
        parts["area_m2"] / by_plot["area_m2"],
    )
    return parts[["holding_id"]].assign(quay_part_m=parts["quay_m"] * share)


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


def _plots(land: AssessedLand, tables: Mapping[str, Any], order: Mapping[str, int], year: int) -> pd.DataFrame:
    """Per holding its m2 and days; of its plot the plan, the quay, and the category and radius that hold for half of
    the plot or more in a year."""
    bounds = tables["housing_bounds"]
    bounds = bounds.loc[bounds["year"] == year, ["piece_id", "dwelling_category", "own_risk_radius_m"]]
    pieces = pd.DataFrame(land.pieces.drop(columns="geometry")).merge(bounds, how="left")
    pieces["rank"] = pieces["dwelling_category"].map(order)
    pieces["plan_rank"] = pieces["plan_category"].map(order)
    # A plot may have users and free land beside each other: each has its own m2.
    by_holding = pieces.groupby(["parcel_id", "holding_id"], as_index=False).agg(
        {"area_m2": "sum", "available_earliest": "first", "available_latest": "first"}
    )
    half = {name: _of_half(pieces, name) for name in ("rank", "plan_rank", "own_risk_radius_m")}
    quays = tables["parcel_facts"].set_index("parcel_id")[["quay_m", "quay_draught_m"]]
    return by_holding.join(pd.DataFrame(half).join(quays, how="outer"), on="parcel_id")


def _of_half(pieces: pd.DataFrame, name: str) -> pd.Series:
    """The highest value that half of a plot or more reaches; nan where too much of it is not known."""
    # From the highest value down, until half of the plot is reached; what is not known comes last.
    ordered = pieces.sort_values([name], ascending=False, na_position="last")
    by_plot = ordered.groupby("parcel_id")["area_m2"]
    share = by_plot.cumsum() / by_plot.transform("sum")
    reached = ordered[share >= 0.5 - 1e-9]
    return reached.drop_duplicates("parcel_id").set_index("parcel_id")[name]


def needs_of(tables: Mapping[str, Any], config: Project) -> pd.DataFrame:
    """Per holding (rows) and quality whether the contracts of who has it in use today say that it is needed; holdings
    without such a contract are left out."""
    order = _order(config)
    # A master lease, a claim, and a contract that is over or waits for its time have no user.
    rights = tables["holding_rights"].query("level in ('lease', 'use') and right_status == 'decides'")
    lies = rights[["holding_id", "contract_id"]].dropna()
    joined = lies.merge(tables["contract_needs"], on="contract_id")
    rank = joined["activity_category"].map(order)
    says = {
        "quay": joined["is_quay_bound"],
        "heavy": (rank >= order[config.balance.scarce.heavy_category]).astype("boolean").mask(rank.isna()),
        "seveso": joined["is_seveso"],
    }
    by_quality = {}
    for quality, flag in says.items():
        # One contract that needs it is enough; that none does must be stated by all.
        any_needs = flag.fillna(False).groupby(joined["holding_id"]).any()
        all_stated = flag.notna().groupby(joined["holding_id"]).all()
        by_quality[quality] = all_stated.map({True: "not_needed", False: "unknown"}).mask(any_needs, "needed")
    return pd.DataFrame(by_quality)


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
