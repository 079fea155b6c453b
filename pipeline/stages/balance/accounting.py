"""The land balance and the waterfall: every m2 under one heading of each measure, from gross down to usable."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layers.columns import BOTH, CASES
from layers.derived.land_balance import LAYER as BALANCE
from layers.derived.waterfall import LAYER as WATERFALL
from layers.units import M2_PER_HA
from pipeline.project.models import BalanceConfig, DemandConfig
from pipeline.stages.balance.falls import with_shares
from pipeline.stages.balance.rounding import rounded_to_sum

ACCOUNT_KEY = ["cluster_id", "year", "case", "profile", "measure", "heading"]
MEASURE_COLUMNS = [*ACCOUNT_KEY[1:], "area_m2", "count"]
ALL = "all"


@dataclass(frozen=True)
class Account:
    """The tables that a cluster's accounting is drawn up from.

    gross_m2: inside its boundary. shares: m2 per heading when headings have no order.
    other_measures: rows of the balance that other tables of the stage give.
    """

    cluster_id: str
    gross_m2: float
    holdings: pd.DataFrame
    states: pd.DataFrame
    pieces: pd.DataFrame
    rooms: pd.DataFrame
    assessments: pd.DataFrame
    sites: pd.DataFrame
    shares: pd.DataFrame
    other_measures: pd.DataFrame | None = None

    @property
    def no_parcel_m2(self) -> float:
        """m2 inside the boundary on no plot."""
        return no_parcel_m2(self.gross_m2, self.holdings)


def balance(account: Account, config: BalanceConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """land_balance and waterfall of one cluster, m2 rounded to 0.1 so that headings still add up."""
    verdicts = _verdicts(account)
    measures = pd.concat([_tenure(account), _room(account), verdicts], ignore_index=True)
    rounded = pd.concat([apportion(group) for _, group in measures.groupby(ACCOUNT_KEY[1:5], sort=True)])
    land_balance = pd.concat([rounded, _sites(account), account.other_measures])
    falls = with_shares(_waterfall(account, verdicts, config), account.shares)
    return (
        BALANCE.conform(land_balance.assign(cluster_id=account.cluster_id)),
        WATERFALL.conform(falls.assign(cluster_id=account.cluster_id)),
    )


def national(table: pd.DataFrame, national_name: str) -> pd.DataFrame:
    """Balances or waterfalls of all clusters with their sum under the national name; m2 to 0.1."""
    is_waterfall = "step" in table
    groups = [*ACCOUNT_KEY[1:], *(["step"] if is_waterfall else [])]
    summed = ["area_m2", "count", *(["share_m2"] if is_waterfall else [])]
    total = table.groupby(groups, as_index=False)[summed].sum().assign(cluster_id=national_name)
    layer = WATERFALL if is_waterfall else BALANCE
    return layer.collect([table, total.round({"area_m2": 1, "share_m2": 1})])


def demand(rows: Iterable[DemandConfig], supply: pd.DataFrame, lead_profile: str, national_name: str) -> pd.DataFrame:
    """Demand and supply less demand in m2, per cluster and year and for the Netherlands; nothing where none is given.

    The Netherlands are the sum of the clusters that state a demand: one that states none does not ask for nothing.
    """
    stated = pd.DataFrame([row.model_dump() for row in rows])
    if stated.empty:
        return BALANCE.empty()
    by_segment = stated.assign(
        heading=stated["scenario"] + "." + stated["segment"],
        area_m2=stated["demand_ha"] * M2_PER_HA,
        measure="demand",
        profile=ALL,
        case=BOTH,
    )
    demanded = by_segment.groupby([*ACCOUNT_KEY, "scenario"], as_index=False)["area_m2"].sum()
    total = demanded.groupby(["cluster_id", "year", "scenario"], as_index=False)["area_m2"].sum()
    usable = supply[
        (supply["measure"] == "verdict") & (supply["heading"] == "usable") & (supply["profile"] == lead_profile)
    ]
    left = total.merge(pd.DataFrame({"case": CASES}), how="cross").merge(
        usable[["cluster_id", "year", "case", "area_m2"]],
        on=["cluster_id", "year", "case"],
        how="left",
        suffixes=("_demanded", ""),
    )
    left = left.assign(
        measure="supply_minus_demand",
        profile=lead_profile,
        heading=left["scenario"],
        area_m2=left["area_m2"].fillna(0.0) - left["area_m2_demanded"],
    )
    by_cluster = pd.concat([demanded, left])[[*ACCOUNT_KEY, "area_m2"]]
    summed = by_cluster.assign(cluster_id=national_name).groupby(ACCOUNT_KEY, as_index=False)["area_m2"].sum()
    return BALANCE.collect([by_cluster, summed], count=pd.NA)


def apportion(group: pd.DataFrame) -> pd.DataFrame:
    """Areas rounded to 0.1 m2 by largest remainder, so that they add up to their rounded sum."""
    tenths = round(float((group["area_m2"].to_numpy() * 10.0).sum()))
    return group.assign(area_m2=rounded_to_sum(group["area_m2"], group["heading"], tenths))


def no_parcel_m2(gross_m2: float, holdings: pd.DataFrame) -> float:
    """Land inside the boundary on no plot, m2; a rounding below zero is none."""
    return max(0.0, gross_m2 - float(holdings["area_m2"].sum()))


def _measure_rows(rows: pd.DataFrame, **constants: Any) -> pd.DataFrame:
    return rows.assign(**constants)[MEASURE_COLUMNS]


def _tenure(account: Account) -> pd.DataFrame:
    states = account.states.merge(account.holdings[["holding_id", "area_m2"]], on="holding_id")
    counted = states.groupby(["year", "case", "tenure_status"], as_index=False).agg(
        area_m2=("area_m2", "sum"), count=("holding_id", "size")
    )
    years_and_cases = counted[["year", "case"]].drop_duplicates()
    rest = years_and_cases.assign(tenure_status="no_parcel", area_m2=account.no_parcel_m2, count=0)
    rows = pd.concat([counted, rest]).rename(columns={"tenure_status": "heading"})
    return _measure_rows(rows, profile=ALL, measure="holding")


def _room(account: Account) -> pd.DataFrame:
    under = account.pieces.groupby(["combination_id", "plan_category"], as_index=False).agg(
        area_m2=("area_m2", "sum"), count=("piece_id", "size")
    )
    each = account.rooms.merge(under, on=["combination_id", "plan_category"])
    counted = each.groupby(["year", "profile", "room"], as_index=False)[["area_m2", "count"]].sum()
    return _measure_rows(counted.rename(columns={"room": "heading"}), case=BOTH, measure="room")


def _verdicts(account: Account) -> pd.DataFrame:
    each = account.assessments.merge(account.pieces[["piece_id", "area_m2"]], on="piece_id")
    key = ["year", "case", "profile", "verdict"]
    counted = each.groupby(key, as_index=False).agg(area_m2=("area_m2", "sum"), count=("piece_id", "size"))
    return _measure_rows(counted.rename(columns={"verdict": "heading"}), measure="verdict")


def _sites(account: Account) -> pd.DataFrame:
    key = ["year", "case", "profile"]
    counted = account.sites.groupby(key, as_index=False).agg(area_m2=("area_m2", "sum"), count=("site_id", "size"))
    return _measure_rows(counted.assign(area_m2=counted["area_m2"].round(1)), measure="sites", heading=ALL)


def _waterfall(account: Account, verdicts: pd.DataFrame, config: BalanceConfig) -> pd.DataFrame:
    """Gross, and every heading below it in the order of the config; together they are gross, to 0.1 m2."""
    years, profiles = verdicts["year"].unique(), verdicts["profile"].unique()
    steps = {name: step for step, name in enumerate(config.waterfall)}
    every_row = pd.MultiIndex.from_product(
        [years, CASES, profiles, list(steps)[1:]], names=["year", "case", "profile", "heading"]
    )
    table = (
        verdicts.set_index(["year", "case", "profile", "heading"])[["area_m2", "count"]]
        .reindex(every_row, fill_value=0)
        .reset_index()
    )
    table.loc[table["heading"] == "no_parcel", "area_m2"] = account.no_parcel_m2
    key = ["year", "case", "profile"]
    rounded = pd.concat([apportion(group) for _, group in table.groupby(key)])
    gross = (
        rounded.groupby(key, as_index=False)
        .agg(area_m2=("area_m2", "sum"), count=("count", "sum"))
        .assign(heading="gross")
    )
    with_gross = pd.concat([gross.assign(area_m2=gross["area_m2"].round(1)), rounded]).assign(measure="waterfall")
    return with_gross.assign(step=with_gross["heading"].map(steps))
