"""Industry against housing: what contours leave of each housing plan and search area, and which rule does what to it.

Nothing is drawn here: plans were cut by zones where these are made, and rules are evaluated on the parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.columns import EFFECTS, HOUSING_KINDS
from layers.derived.housing_room import LAYER as ROOM
from layers.derived.housing_under_contours import LAYER as UNDER_CONTOURS
from layers.sources.housing_plans import HARD_STATUSES
from layers.units import M2_PER_HA
from pipeline.land.land import in_force, law_of
from pipeline.land.shapley import equal_share
from pipeline.project.effect_conditions import SEVERITY, UNKNOWN, holds_for_dwellings, worst_effect
from pipeline.project.project import Project
from pipeline.stages.balance.impact import counted_plans

LEAST_LIMITING = SEVERITY["conditional"]
OUTSIDE = "outside_contours"  # stands for the rules of which the contours need not be given
ROOM_BY_SEVERITY = {0: "open", 1: "open", 2: "conditional", 3: "unknown", 4: "blocked"}
ROOM_NAMES = ("blocked", "conditional", "unknown", "open")
EFFECT_BY_SEVERITY = {SEVERITY[effect]: effect for effect in EFFECTS}


@dataclass(frozen=True)
class PlanContours:
    """Housing plans (rows of the source), their parts (m2) by the zones over them, and these zones, of one cluster."""

    cluster_id: str
    plans: gpd.GeoDataFrame
    parts: pd.DataFrame
    zones: pd.DataFrame
    config: Project

    @cached_property
    def about(self) -> pd.DataFrame:
        """What is told of each plan here, by its key: name, status, kind, m2 and dwellings."""
        plans = self.plans.set_index("plan_id")
        area_m2 = self.parts.groupby("plan_id")["area_m2"].sum()
        plans = plans.loc[area_m2.index]
        dwellings = plans["dwellings"].astype("Int64")
        is_few = dwellings <= self.config.constrain.planned_dwellings.scattered_per_ha * area_m2 / M2_PER_HA
        by_number = np.where(is_few.fillna(False), "scattered_dwelling", "dwelling")
        return pd.DataFrame(
            {
                "plan_name": plans["plan_name"],
                "is_hard": plans["plan_status"].isin(HARD_STATUSES),
                "plan_status": plans["plan_status"],
                "object_kind": plans["object_kind"].where(plans["object_kind"].notna(), by_number),
                "area_m2": area_m2,
                "dwellings": dwellings,
            }
        )

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Every pair of a part (position) and a zone over it, with the constraint and how bad it is for the plan."""
        zones = self.parts["zones"].astype(object).fillna("").str.split()
        part: Any = np.repeat(np.arange(len(zones)), zones.str.len().to_numpy(dtype=int))
        place = pd.Index(self.zones["zone_id"]).get_indexer(np.concatenate([*zones, []]).astype(object))
        kind = self.parts["plan_id"].map(self.about["object_kind"]).to_numpy(dtype=object)[part]
        severity = self._severity_by_kind[place, pd.Index(HOUSING_KINDS).get_indexer(kind)]
        constraint = self.zones["constraint"].to_numpy(dtype=object)[place]
        pairs = pd.DataFrame({"part": part, "zone": place, "constraint": constraint, "severity": severity})
        return pairs[pairs["severity"] > 0]

    @property
    def _severity_by_kind(self) -> Any:
        """How bad each zone (row) is for each kind of housing (column)."""
        height_m = self.config.constrain.planned_dwellings.height_m
        bands = self.zones["band"].astype(object).where(self.zones["band"].notna(), None)
        severity: Any = np.zeros((len(self.zones), len(HOUSING_KINDS)), dtype=int)
        for row, (constraint, band) in enumerate(zip(self.zones["constraint"], bands, strict=True)):
            for column, kind in enumerate(HOUSING_KINDS):
                held = [
                    effect.effect
                    for effect in self.config.effects
                    if (effect.constraint, effect.object_kind) == (constraint, kind)
                    and holds_for_dwellings(effect.condition, band, height_m)
                ]
                severity[row, column] = SEVERITY[worst_effect(held, band)]
        return severity

    @cached_property
    def by_year(self) -> list[tuple[int, pd.DataFrame, pd.DataFrame]]:
        """Per year the parts (m2) of plans that count then, with the worst that any rule does there; and every pair of
        such a part and a rule that does something there, with the worst of its zones in force."""
        years = []
        for year in self.config.years:
            is_now = self.parts["plan_id"].isin(counted_plans(self.plans, year)["plan_id"]).to_numpy(dtype=bool)
            active = in_force(self.zones, year).to_numpy(dtype=bool)
            now = self.pairs[is_now[self.pairs["part"]] & active[self.pairs["zone"]]]
            rules = now.groupby(["part", "constraint"], as_index=False)["severity"].max()
            worst: Any = np.zeros(len(self.parts), dtype=int)
            np.maximum.at(worst, rules["part"].to_numpy(), rules["severity"].to_numpy())
            # Where files of contours need not reach, no contour does not mean that there is none.
            not_given = np.flatnonzero(
                is_now & self.parts["is_outside"].to_numpy(dtype=bool) & (worst < LEAST_LIMITING)
            )
            worst[not_given] = SEVERITY[UNKNOWN]
            beyond = {"part": not_given, "constraint": OUTSIDE, "severity": SEVERITY[UNKNOWN]}
            every = pd.concat([rules, pd.DataFrame(beyond)], ignore_index=True)
            years.append((year, self.parts.assign(worst=worst)[is_now], every))
        return years


def housing_room(contours: PlanContours) -> pd.DataFrame:
    """m2 and dwellings of each plan by what all rules together leave of it, per year from its first year on."""
    rows = []
    for year, parts, _ in contours.by_year:
        about = contours.about.loc[parts["plan_id"].unique()]
        dwellings_per_m2 = about["dwellings"].astype("Float64") / about["area_m2"]
        room, area_m2 = parts["worst"].map(ROOM_BY_SEVERITY), parts["area_m2"]
        counted = {f"{name}_m2": room == name for name in ROOM_NAMES}
        counted |= {"attention_m2": parts["worst"] == SEVERITY["attention"], "outside_m2": parts["is_outside"]}
        sums = {
            name: area_m2.where(which, 0.0).groupby(parts["plan_id"]).sum().loc[about.index]
            for name, which in counted.items()
        }
        of_dwellings = {f"{name}_dwellings": sums[f"{name}_m2"] * dwellings_per_m2 for name in ROOM_NAMES}
        rows.append(about.assign(year=year, **sums, **of_dwellings).reset_index())
    return ROOM.collect(rows, cluster_id=contours.cluster_id)


def housing_under_contours(contours: PlanContours) -> pd.DataFrame:
    """m2 and dwellings of each plan under each rule, per year and by what the rule does: hit, alone, and its equal
    share among the rules that limit there, or where none does among those that ask attention."""
    laws = law_of(contours.config)
    rows = []
    for year, parts, rules in contours.by_year:
        part, severity = rules["part"].to_numpy(), rules["severity"].to_numpy()
        under = parts.loc[part]  # as they stand in the table of parts
        # Where nothing limits, what asks attention shares the land.
        counts = severity >= np.minimum(under["worst"].to_numpy(), LEAST_LIMITING)
        rules_on = np.bincount(part[counts], minlength=len(contours.parts))[part]
        area_m2 = under["area_m2"].to_numpy()
        m2 = {
            "hit_m2": area_m2,
            "sole_m2": np.where(counts & (rules_on == 1), area_m2, 0.0),
            "share_m2": np.where(counts, equal_share(area_m2, rules_on), 0.0),
            "outside_m2": np.where(under["is_outside"], area_m2, 0.0),
        }
        key = {
            "plan_id": under["plan_id"].to_numpy(dtype=object),
            "constraint": rules["constraint"].to_numpy(dtype=object),
            "effect": rules["severity"].map(EFFECT_BY_SEVERITY).to_numpy(dtype=object),
        }
        sums = pd.DataFrame({**key, **m2}).groupby(list(key), as_index=False).sum()
        about = contours.about.loc[sums["plan_id"]].reset_index(drop=True)
        dwellings = sums["hit_m2"] * (about["dwellings"].astype("Float64") / about["area_m2"])
        described = sums.assign(year=year, law=sums["constraint"].map(laws), hit_dwellings=dwellings)
        rows.append(described.join(about[["plan_name", "is_hard"]]))
    return UNDER_CONTOURS.collect(rows, cluster_id=contours.cluster_id)
