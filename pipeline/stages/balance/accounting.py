"""The land balance and the waterfall: every m2 under one heading of each measure, from gross down to usable."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import BOTH, CASES
from layers.derived.land_balance import LAYER as BALANCE
from layers.derived.waterfall import LAYER as WATERFALL
from layers.units import M2_PER_HA
from pipeline.kernels.group_sums import kahan_sums
from pipeline.project.models import BalanceConfig, DemandConfig, SegmentConfig
from pipeline.stages.balance.attribution import QUESTION
from pipeline.stages.balance.falls import with_shares
from pipeline.stages.balance.group_sums import group_sums
from pipeline.stages.balance.inputs import BalanceInputs
from pipeline.stages.balance.rounding import apportion
from pipeline.stages.balance.stacked import stacked
from pipeline.stages.balance.sums import summands

ALL = "all"
NO_GROUPS: Mapping[str, Collection[str]] = MappingProxyType({})


def balance(
    inputs: BalanceInputs, shares: pd.DataFrame, other_measures: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """land_balance and waterfall of one cluster, m2 rounded to 0.1 so that headings still add up.

    shares: m2 per heading when headings have no order. other_measures: rows that other tables of the stage give.
    """
    verdicts = _verdicts(inputs)
    measures = pd.concat([_tenure(inputs), _room(inputs), verdicts], ignore_index=True)
    # Per question and measure, so that the headings of each add up to gross.
    rounded = apportion(measures, [*QUESTION, "measure"])
    falls = with_shares(_waterfall(inputs, verdicts), shares)
    return (
        BALANCE.collect([rounded, _sites(inputs), other_measures], cluster_id=inputs.unit),
        WATERFALL.collect([falls], cluster_id=inputs.unit),
    )


def national(
    table: pd.DataFrame, national_name: str, groups: Mapping[str, Collection[str]] = NO_GROUPS
) -> pd.DataFrame:
    """Balances or waterfalls of all clusters with their sum under the national name, and those of groups of clusters
    under theirs; m2 to 0.1. A demand is the sum of the clusters that state one."""
    layer = WATERFALL if "step" in table else BALANCE
    summed = [name for name in ("area_m2", "count", "share_m2") if name in table]
    key = [name for name in layer.columns if name not in (*summed, "cluster_id")]
    # Sums of tenths drift in the last bits: they are rounded again. What no cluster counts has no count.
    totals = [
        rows.groupby(key, as_index=False)[summed].sum(min_count=1).assign(cluster_id=name)
        for name, rows in summands(table, national_name, groups)
    ]
    return layer.collect([table, *(total.round({"area_m2": 1, "share_m2": 1}) for total in totals)])


def demand(
    rows: Iterable[DemandConfig], supply: pd.DataFrame, shortages: pd.DataFrame, config: BalanceConfig
) -> pd.DataFrame:
    """Demand, and supply less demand in m2, of the clusters that state one; a cluster that states none does not ask for
    nothing.

    Of a segment: what is usable for its own activity less what is asked, as if no other segment asked for that land. Of
    all segments together (activity `all`): what can be served at the same time less what is asked, from the same solve
    as the shortage. What national programmes ask without a place is part of the demand, and stands apart too.
    """
    stated = pd.DataFrame([row.model_dump() for row in rows])
    if stated.empty:
        return BALANCE.empty()
    stated["area_m2"] = stated["demand_ha"] * M2_PER_HA
    stated["heading"] = stated["scenario"] + "." + stated["segment"]
    demanded = stated.groupby(["cluster_id", "year", "segment", "heading"], as_index=False)["area_m2"].sum()
    of_programme = stated[stated["programme"] != ""]
    named = of_programme.assign(heading=of_programme["heading"] + "." + of_programme["programme"])
    measures = [
        demanded.assign(measure="demand", profile=ALL, case=BOTH),
        named[["cluster_id", "year", "heading", "area_m2"]].assign(
            measure="demand_of_programme", profile=ALL, case=BOTH
        ),
        _left_per_segment(demanded, supply, config.segment).assign(measure="supply_minus_demand"),
        _left_together(shortages).assign(measure="supply_minus_demand", profile=ALL),
    ]
    return BALANCE.collect((rows.drop(columns="segment", errors="ignore") for rows in measures), count=pd.NA)


def _left_per_segment(
    demanded: pd.DataFrame, supply: pd.DataFrame, segments: Mapping[str, SegmentConfig]
) -> pd.DataFrame:
    """What is usable for the activity of each segment less what is asked of it, m2, in both cases."""
    is_usable = (supply["measure"] == "verdict") & (supply["heading"] == "usable")
    usable = supply[is_usable].rename(columns={"area_m2": "usable_m2"})
    usable = usable[["cluster_id", "year", "case", "profile", "usable_m2"]]
    activity = demanded["segment"].map({name: segment.profile for name, segment in segments.items()})
    left = demanded.assign(profile=activity).merge(pd.DataFrame({"case": CASES}), how="cross").merge(usable, how="left")
    # A year without usable land has a supply of nothing, not none.
    return left.assign(area_m2=left.pop("usable_m2").fillna(0.0) - left["area_m2"])


def _left_together(shortages: pd.DataFrame) -> pd.DataFrame:
    """What is served of all segments at the same time less what is asked of them, m2."""
    solves = shortages.drop_duplicates(["cluster_id", "year", "case", "scenario"])
    return solves[["cluster_id", "year", "case"]].assign(
        heading=solves["scenario"], area_m2=solves["served_m2"] - solves["wanted_m2"]
    )


def _counted(keys: Mapping[str, Any], area_m2: Any) -> pd.DataFrame:
    """The m2 of each key and how many rows have it."""
    return pd.DataFrame(group_sums(keys, area_m2=area_m2))


def _tenure(inputs: BalanceInputs) -> pd.DataFrame:
    states, holdings = inputs.tables["holding_states"], inputs.tables["holdings"]
    place = pd.Index(holdings["holding_id"]).get_indexer(states["holding_id"])
    keys = {"year": states["year"], "case": states["case"], "heading": states["tenure_status"]}
    counted = _counted(keys, holdings["area_m2"].to_numpy()[place])
    years_and_cases = counted[["year", "case"]].drop_duplicates()
    rest = years_and_cases.assign(heading="no_parcel", area_m2=inputs.no_parcel_m2, count=0)
    return pd.concat([counted, rest]).assign(profile=ALL, measure="holding")


def _room(inputs: BalanceInputs) -> pd.DataFrame:
    land, rooms = inputs.land, inputs.land.rooms_by_pair
    count = np.bincount(land.pair)
    area_m2, is_under = kahan_sums(land.pair, land.area_m2, len(count)), count > 0
    parts = []
    for (profile, year), room in rooms.room.items():
        of_pair = np.where(is_under, room[: len(count)], -1)
        sums, counts = kahan_sums(of_pair, area_m2, len(rooms.words)), np.bincount(room[: len(count)], count)
        some = np.unique(of_pair[is_under])
        about = {"profile": profile, "year": year, "heading": rooms.words[some]}
        parts.append({**about, "area_m2": sums[some], "count": counts[some].astype(int)})
    return stacked(parts).assign(case=BOTH, measure="room")


def _verdicts(inputs: BalanceInputs) -> pd.DataFrame:
    assessments = inputs.tables["assessments"]
    keys = {**{name: assessments[name] for name in QUESTION}, "heading": assessments["verdict"]}
    return _counted(keys, inputs.land.area_m2[inputs.assessed_pieces]).assign(measure="verdict")


def _sites(inputs: BalanceInputs) -> pd.DataFrame:
    sites = inputs.tables["sites"]
    counted = _counted({name: sites[name] for name in QUESTION}, sites["area_m2"])
    return counted.round({"area_m2": 1}).assign(measure="sites", heading=ALL)


def _waterfall(inputs: BalanceInputs, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Gross, and every heading below it in the order of the config; together they are gross, to 0.1 m2."""
    steps = {name: step for step, name in enumerate(inputs.config.balance.waterfall)}
    key = ["year", "case", "profile"]
    every_row = pd.MultiIndex.from_product(
        [verdicts["year"].unique(), CASES, verdicts["profile"].unique(), list(steps)[1:]], names=[*key, "heading"]
    )
    # A heading without land stands there with 0, so that every cluster has the same steps.
    by_heading = verdicts.set_index([*key, "heading"])[["area_m2", "count"]]
    table = by_heading.reindex(every_row, fill_value=0).reset_index()
    table.loc[table["heading"] == "no_parcel", "area_m2"] = inputs.no_parcel_m2
    rounded = apportion(table, key)
    gross = rounded.groupby(key, as_index=False)[["area_m2", "count"]].sum().round({"area_m2": 1})
    with_gross = pd.concat([gross.assign(heading="gross"), rounded])
    return with_gross.assign(measure="waterfall", step=with_gross["heading"].map(steps))
