"""The tables of the balance: how each is drawn up for a cluster, and how those of all clusters become one.

A new table is a function and its line here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from layers.derived.attribution import LAYER as ATTRIBUTION
from layers.derived.binding_receptors import LAYER as BINDING_RECEPTORS
from layers.derived.category_downgrades import LAYER as CATEGORY_DOWNGRADES
from layers.derived.contour_protection import LAYER as CONTOUR_PROTECTION
from layers.derived.decision_calendar import LAYER as DECISION_CALENDAR
from layers.derived.double_occupation import LAYER as DOUBLE_OCCUPATION
from layers.derived.emission_supply import LAYER as EMISSION_SUPPLY
from layers.derived.joint_headroom import LAYER as JOINT_HEADROOM
from layers.derived.levers import LAYER as LEVERS
from layers.derived.mismatch import LAYER as MISMATCH
from layers.derived.overlaps import LAYER as OVERLAPS
from layers.derived.paper_vacancy import LAYER as PAPER_VACANCY
from layers.derived.placements import LAYER as PLACEMENTS
from layers.derived.plan_downgrades import LAYER as PLAN_DOWNGRADES
from layers.derived.plan_impact import LAYER as PLAN_IMPACT
from layers.derived.reason_sets import LAYER as REASON_SETS
from layers.derived.renewal_wall import LAYER as RENEWAL_WALL
from layers.derived.scarce_plots import LAYER as SCARCE_PLOTS
from layers.derived.scarcity import LAYER as SCARCITY
from layers.derived.shortages import LAYER as SHORTAGES
from layers.derived.supply_curve import LAYER as SUPPLY_CURVE
from layers.derived.tightness import LAYER as TIGHTNESS
from layers.layer import Layer
from pipeline.stages.balance import in_time
from pipeline.stages.balance.attribution import attribution, overlaps
from pipeline.stages.balance.categories import category_downgrades
from pipeline.stages.balance.impact import contour_protection, plan_downgrades, plan_impact
from pipeline.stages.balance.inputs import BalanceInputs
from pipeline.stages.balance.levers import lever_table
from pipeline.stages.balance.mismatch import mismatch, mismatch_index
from pipeline.stages.balance.portfolio import placements
from pipeline.stages.balance.scarce import scarcity, scarcity_ratio
from pipeline.stages.balance.shortage import all_shortages
from pipeline.stages.balance.tightness import tightness

Rows = Callable[[BalanceInputs], pd.DataFrame]
Total = Callable[[Layer, Rows, BalanceInputs], pd.DataFrame]


def listed(layer: Layer, _: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rows of all clusters, without a sum."""
    return layer.conform(inputs.tables[layer.name])


def with_all_land(layer: Layer, rows: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rows of all clusters, and those that all land together gives."""
    return layer.collect([inputs.tables[layer.name], rows(inputs)])


def all_land_alone(_: Layer, rows: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rows that all land together gives, and no others."""
    return rows(inputs)


def summed(layer: Layer, _: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The rows of all clusters, and the sum of their m2 and counts under the national name."""
    return _with_sums(layer, inputs, lambda sums: sums)


def _with_sums(layer: Layer, inputs: BalanceInputs, complete: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """The rows and their sums; `complete` adds the columns that are no sums."""
    table = inputs.tables[layer.name]
    key = [column for column in layer.key if column != "cluster_id"]
    measures = [name for name, column in layer.columns.items() if column.unit == "m2" or name == "count"]
    sums = table.groupby(key, as_index=False)[measures].sum(min_count=1).assign(cluster_id=inputs.unit)
    return layer.collect([table, complete(sums)])


def _summed_moves(layer: Layer, _: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    return _with_sums(layer, inputs, lambda sums: sums.assign(is_peak=in_time.is_peak(sums)))


def _summed_mismatch(layer: Layer, _: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    """The index is that of the summed cells; swaps stay within a cluster."""
    swap_m = inputs.config.balance.room.swap_m
    return _with_sums(layer, inputs, lambda sums: sums.assign(mismatch=mismatch_index(sums), swap_m=swap_m))


def _summed_scarcity(layer: Layer, _: Rows, inputs: BalanceInputs) -> pd.DataFrame:
    return _with_sums(layer, inputs, lambda sums: sums.assign(scarcity=scarcity_ratio(sums)))


@dataclass(frozen=True)
class BalanceTable:
    """A table of the balance: the rows that land gives, and how the rows of all clusters become the national table."""

    layer: Layer
    rows: Rows
    total: Total

    def for_unit(self, inputs: BalanceInputs) -> pd.DataFrame:
        """The table of a cluster, or of all."""
        return self.total(self.layer, self.rows, inputs) if inputs.is_national else self.rows(inputs)


BALANCE_TABLES = (
    # Supply in time.
    BalanceTable(SUPPLY_CURVE, lambda i: in_time.supply_curve(i.tenure, i.config.balance.in_time), summed),
    BalanceTable(PAPER_VACANCY, lambda i: in_time.paper_vacancy(i.tenure), summed),
    BalanceTable(RENEWAL_WALL, lambda i: in_time.renewal_wall(i.tenure, i.config.balance.in_time), summed),
    BalanceTable(DECISION_CALENDAR, lambda i: in_time.decision_calendar(i.tenure, i.config.balance.in_time), listed),
    BalanceTable(
        DOUBLE_OCCUPATION, lambda i: in_time.double_occupation(i.tenure, i.config.balance.in_time), _summed_moves
    ),
    # What is free, what may be there, and what dwellings, rules and shared budgets take.
    BalanceTable(MISMATCH, lambda i: mismatch(i.land, i.rules, i.config.balance.room.swap_m), _summed_mismatch),
    BalanceTable(
        CATEGORY_DOWNGRADES,
        lambda i: category_downgrades(i.land, i.tables["housing_bounds"], i.config.assess),
        summed,
    ),
    BalanceTable(PLAN_IMPACT, lambda i: plan_impact(i.land, i.housing_plans, i.usable_by_status, i.rules), listed),
    BalanceTable(
        PLAN_DOWNGRADES,
        lambda i: plan_downgrades(i.land, i.housing_plans, i.tables["housing_bounds"], i.rules),
        listed,
    ),
    BalanceTable(
        CONTOUR_PROTECTION,
        lambda i: contour_protection(i.land, i.housing_plans, i.tables["usable_without_plans"], i.protection),
        listed,
    ),
    BalanceTable(TIGHTNESS, lambda i: tightness(i.land, i.rules, i.config.balance.room.tightness_db), listed),
    BalanceTable(EMISSION_SUPPLY, lambda i: i.emission_supply, listed),
    BalanceTable(JOINT_HEADROOM, lambda i: i.headroom[0], with_all_land),
    BalanceTable(BINDING_RECEPTORS, lambda i: i.headroom[1], with_all_land),
    # What holds land back, alone and together, and what lifting it would free.
    BalanceTable(REASON_SETS, lambda i: i.reason_sets, with_all_land),
    BalanceTable(ATTRIBUTION, lambda i: attribution(i.reason_sets, i.rules.theme_of), with_all_land),
    BalanceTable(OVERLAPS, lambda i: overlaps(i.reason_sets), with_all_land),
    BalanceTable(LEVERS, lambda i: lever_table(i.reason_sets, i.lands, i.lever_params), with_all_land),
    # What is asked: shortages by cause, projects, and plots that there are few of.
    BalanceTable(SHORTAGES, lambda i: all_shortages(i.demand_cases, i.supply), summed),
    # Projects depend on each other across clusters: they are placed once, on all land.
    BalanceTable(
        PLACEMENTS,
        lambda i: (
            placements(i.config.projects, i.project_land, i.config.balance.solve_seconds)
            if i.is_national
            else PLACEMENTS.empty()
        ),
        all_land_alone,
    ),
    BalanceTable(SCARCE_PLOTS, lambda i: i.scarce_plots, listed),
    BalanceTable(
        SCARCITY, lambda i: scarcity(i.unit, i.scarce_plots, i.config.projects, i.scarce_params), _summed_scarcity
    ),
)
