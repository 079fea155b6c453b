"""The tables of the balance: how each is drawn up for a cluster, and how those of all clusters become one.

A new table is a function and its line here.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import pandas as pd

from layers.derived import DERIVED
from layers.layer import Layer
from pipeline.land.land import law_of, theme_of
from pipeline.stages.balance import in_time
from pipeline.stages.balance.aspects import aspect_rules, room_by_aspect, rule_columns
from pipeline.stages.balance.attribution import attribution, overlaps
from pipeline.stages.balance.categories import category_downgrades
from pipeline.stages.balance.decant_space import decant_space
from pipeline.stages.balance.impact import contour_protection, plan_downgrades, plan_impact
from pipeline.stages.balance.inputs import BalanceInputs
from pipeline.stages.balance.levers import lever_table
from pipeline.stages.balance.mismatch import mismatch, mismatch_index
from pipeline.stages.balance.planned_dwellings import housing_room, housing_under_contours
from pipeline.stages.balance.scarce import scarcity, scarcity_ratio
from pipeline.stages.balance.scarce_in_time import QUAY_COLUMNS, ratios, scarcity_by_year
from pipeline.stages.balance.shortage import all_shortages, limits_of, segment_stocks, shortages_across_clusters
from pipeline.stages.balance.sums import summands
from pipeline.stages.balance.tightness import tightness

Rows = Callable[[BalanceInputs], pd.DataFrame]
Total = Callable[[Layer, Rows, BalanceInputs], pd.DataFrame]


def listed(layer: Layer, _: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rows of all clusters, without a sum."""
    return layer.conform(inputs.tables[layer.name])


def with_all_land(layer: Layer, rows: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rows of all clusters, and those that all land together gives: of one cluster the same again."""
    table, with_land = inputs.tables[layer.name], inputs.tables["holdings"]["cluster_id"].unique()
    if len(with_land) != 1:
        return layer.collect([table, rows(inputs)])
    return layer.collect([table, table[table["cluster_id"] == with_land[0]].assign(cluster_id=inputs.unit)])


def with_kinds(layer: Layer, rows: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rows of all clusters, and those of all land together and of that of each kind of cluster."""
    if not inputs.config.cluster_groups:
        return with_all_land(layer, rows, inputs)
    return layer.collect([inputs.tables[layer.name], rows(inputs)])


def all_land_alone(layer: Layer, rows: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rows that all land together gives, and no others: those of the only cluster, where there is one."""
    return rows(inputs) if len(inputs.config.clusters) > 1 else listed(layer, rows, inputs)


def summed(layer: Layer, _: Rows, inputs: BalanceInputs, metres: Collection[str] = (), **no_sums: Any) -> pd.DataFrame:
    """The rows of all clusters, and the sum of their m2 and counts under the national name and by kind of cluster;
    `metres`: columns in m that add up too; `no_sums`: columns that are worked out from the sums."""
    table = inputs.tables[layer.name]
    key = [column for column in layer.key if column != "cluster_id"]
    measures = [name for name, column in layer.columns.items() if column.unit == "m2" or name == "count"]
    measures += metres
    sums = [
        rows.groupby(key, as_index=False)[measures].sum(min_count=1).assign(cluster_id=name, **no_sums)
        for name, rows in summands(table, inputs.unit, inputs.config.cluster_groups)
    ]
    return layer.collect([table, *sums])


def no_total(layer: Layer, _: Rows, __: BalanceInputs) -> pd.DataFrame:
    """No rows: those of clusters are for other sums alone."""
    return layer.empty()


def _shortages_across(_: Layer, __: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """From the stocks of all clusters."""
    return shortages_across_clusters(inputs.tables["segment_stocks"], inputs.config, inputs.unit)


def once_per_plan(layer: Layer, _: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rows of all clusters, and under the name of all and of each kind of cluster those of each plan around any of
    these once: what lies over a plan is the same around each."""
    table, key = inputs.tables[layer.name], [name for name in layer.key if name != "cluster_id"]
    sums = summands(table, inputs.unit, inputs.config.cluster_groups)
    return layer.collect([table, *(rows.drop_duplicates(key).assign(cluster_id=name) for name, rows in sums)])


def _summed_mismatch(layer: Layer, rows: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The index is that of the summed cells; swaps stay within a cluster."""
    return summed(layer, rows, inputs, mismatch=mismatch_index, swap_m=inputs.config.balance.room.swap_m)


def _summed_aspects(layer: Layer, rows: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rules are those of all clusters."""
    return summed(layer, rows, inputs, **rule_columns(aspect_rules(inputs.config)))


# Per table the rows that land gives, and how the rows of all clusters become the national table.
BALANCE_TABLES: dict[str, tuple[Rows, Total]] = {
    # Supply in time.
    "supply_curve": (lambda i: i.supply_curve, summed),
    "paper_vacancy": (lambda i: in_time.paper_vacancy(i.tenure), summed),
    "renewal_wall": (lambda i: in_time.renewal_wall(i.tenure), summed),
    "decision_calendar": (lambda i: in_time.decision_calendar(i.tenure), listed),
    "double_occupation": (lambda i: in_time.double_occupation(i.tenure), partial(summed, is_peak=in_time.is_peak)),
    # What is free, what may be there, and what dwellings, rules and shared budgets take.
    "mismatch": (lambda i: mismatch(i.land, i.config), _summed_mismatch),
    "room_by_aspect": (lambda i: room_by_aspect(i.land, i.config), _summed_aspects),
    "category_downgrades": (
        lambda i: category_downgrades(i.land, i.tables["housing_bounds"], i.config),
        summed,
    ),
    # Hard plans are set against land as if there were no plan, soft ones against what the hard leave usable.
    "plan_impact": (
        lambda i: plan_impact(
            i.plan_reach, i.plans_in_reach, {True: i.tables["usable_without_plans"], False: i.usable_early}
        ),
        listed,
    ),
    "plan_downgrades": (
        lambda i: plan_downgrades(i.land, i.plans_in_reach, i.tables["housing_bounds"], i.config),
        listed,
    ),
    "contour_protection": (
        lambda i: (
            contour_protection(i.plan_reach, i.plans_in_reach, i.tables["usable_without_plans"], boundary=i.boundary)
            if len(i.housing_plans)
            else DERIVED["contour_protection"].empty()
        ),
        listed,
    ),
    # The other way: what contours leave of each plan.
    "housing_room": (lambda i: housing_room(i.plan_contours), once_per_plan),
    "housing_under_contours": (lambda i: housing_under_contours(i.plan_contours), once_per_plan),
    "tightness": (lambda i: tightness(i.land, i.config), listed),
    "emission_supply": (lambda i: i.emission_supply, listed),
    "joint_headroom": (lambda i: i.headroom[0], with_all_land),
    "binding_receptors": (lambda i: i.headroom[1], with_all_land),
    # What holds land back, alone and together, and what lifting it would free.
    "reason_sets": (lambda i: i.reason_sets, with_kinds),
    "attribution": (lambda i: attribution(i.accounts, theme_of(i.config), law_of(i.config)), with_kinds),
    "overlaps": (lambda i: overlaps(i.accounts, law_of(i.config)), with_kinds),
    "levers": (lambda i: lever_table(i.own_accounts, i.lands, i.config), with_all_land),
    # What is asked: shortages by cause, projects, and plots that there are few of.
    "shortages": (lambda i: all_shortages(i.supply, i.config), partial(summed, cause_group=limits_of)),
    "segment_stocks": (lambda i: segment_stocks(i.supply, i.config), no_total),
    "shortages_across_clusters": (lambda _: DERIVED["shortages_across_clusters"].empty(), _shortages_across),
    "project_sites": (lambda i: i.project_sites[0], listed),
    "project_site_pieces": (lambda i: i.project_sites[1], listed),
    # Projects depend on each other across clusters: they are placed once, on all land.
    "placements": (
        lambda i: i.placements if i.has_all_land else DERIVED["placements"].empty(),
        all_land_alone,
    ),
    "project_overlap": (
        lambda i: i.project_overlap if i.has_all_land else DERIVED["project_overlap"].empty(),
        all_land_alone,
    ),
    "scarce_plots": (lambda i: i.scarce_plots, listed),
    "scarcity_by_year": (
        lambda i: scarcity_by_year(i.scarce_land, i.tenure, i.config),
        partial(summed, metres=QUAY_COLUMNS, **ratios()),
    ),
    "decant_space": (lambda i: decant_space(i.scarce_land, i.tenure, i.areas, i.config), summed),
    "scarcity": (lambda i: scarcity(i.unit, i.scarce_plots, i.config), partial(summed, scarcity=scarcity_ratio)),
}


def balance_tables(inputs: BalanceInputs) -> dict[str, pd.DataFrame]:
    """Every table of a cluster, or of all, by name."""
    return {
        name: total(DERIVED[name], rows, inputs) if inputs.is_national else rows(inputs)
        for name, (rows, total) in BALANCE_TABLES.items()
    }
