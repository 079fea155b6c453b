"""Milieuruimte: which zones do what to which activity, per combination, plan category and year; no geometry here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from layers.derived.rooms import LAYER
from pipeline.cards import AssessCard, Effect, Profile

SEVERITY = {"none": 0, "attention": 1, "conditional": 2, "unknown": 3, "blocks": 4}
ROOM = {0: "open", 1: "open", 2: "conditional", 3: "unknown", 4: "blocked"}
PLAN = "plan_category"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rules:
    """The written rules: what constraints do to object kinds, the activities, and the scale of categories."""

    effects: tuple[Effect, ...]
    profiles: Mapping[str, Profile]
    card: AssessCard


def rooms(
    combinations: pd.DataFrame, zones: pd.DataFrame, pairs: pd.DataFrame, years: Iterable[int], rules: Rules
) -> pd.DataFrame:
    """Room per combination and plan category that occur together (`pairs`), profile and year."""
    under = combinations.assign(zone_id=combinations["zones"].fillna("").str.split(" ")).explode("zone_id")
    under = under[under["zone_id"] != ""][["combination_id", "zone_id"]]
    said = under.merge(_zone_effects(zones, rules), on="zone_id")
    every = pd.MultiIndex.from_product([years, rules.profiles], names=["year", "profile"]).to_frame(index=False)
    asked = pairs.merge(every, how="cross")
    by_zone = asked.merge(said, on=["combination_id", "profile"])
    in_force = (by_zone["valid_from"].isna() | (by_zone["valid_from"] <= by_zone["year"])) & (
        by_zone["valid_to"].isna() | (by_zone["valid_to"] >= by_zone["year"])
    )
    everything = pd.concat([by_zone[in_force], _by_plan(asked, rules)], ignore_index=True)
    return LAYER.conform(_worst(asked, everything))


def zone_effect(zone: pd.Series, profile: Profile, rules: Rules) -> str:
    """The worst effect of a zone on what a profile puts on the ground; `unknown` where the zone stands for missing data."""
    scale = rules.card.categories
    found = ["none"]
    for effect in rules.effects:
        if effect.constraint != zone["constraint"] or effect.object_kind not in profile.object_kinds:
            continue
        if effect.condition == "is_noise_maker" and not profile.is_noise_maker:
            continue
        if effect.condition == "emits_nitrogen" and not profile.emits_nitrogen:
            continue
        reaches = zone["band"] == UNKNOWN or effect.condition != "category_reaches_band"
        if reaches or scale.index(profile.category) >= scale.index(zone["band"]):
            found.append(effect.effect)
    worst = max(found, key=SEVERITY.__getitem__)
    return UNKNOWN if zone["band"] == UNKNOWN and SEVERITY[worst] >= SEVERITY["conditional"] else worst


def plan_effect(plan_category: str, profile: Profile, card: AssessCard) -> str:
    """What the plan's highest category does to an activity."""
    if plan_category == UNKNOWN:
        return card.plan_category.when_unknown
    too_low = card.categories.index(profile.category) > card.categories.index(plan_category)
    return card.plan_category.when_too_low if too_low else "none"


def _zone_effects(zones: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    rows = [
        (
            zone["zone_id"],
            zone["constraint"],
            name,
            SEVERITY[zone_effect(zone, profile, rules)],
            zone["valid_from"],
            zone["valid_to"],
        )
        for _, zone in zones.iterrows()  # zones x profiles: hundreds, each a look-up in a written table
        for name, profile in rules.profiles.items()
    ]
    return pd.DataFrame(rows, columns=["zone_id", "constraint", "profile", "severity", "valid_from", "valid_to"])


def _by_plan(asked: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    rows = [
        (category, name, PLAN, PLAN, SEVERITY[plan_effect(category, profile, rules.card)])
        for category in asked["plan_category"].unique()
        for name, profile in rules.profiles.items()
    ]
    table = pd.DataFrame(rows, columns=["plan_category", "profile", "zone_id", "constraint", "severity"])
    return asked.merge(table, on=["plan_category", "profile"])


def _worst(asked: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    key = ["combination_id", "plan_category", "profile", "year"]
    said = said[said["severity"] >= SEVERITY["conditional"]].sort_values([*key, "zone_id"])
    worst = said.groupby(key)["severity"].transform("max")
    reasons = (
        said[said["severity"] == worst].groupby(key).agg(severity=("severity", "max"), reasons=("zone_id", " ".join))
    )
    hard = (
        said[said["severity"] == SEVERITY["blocks"]]
        .drop_duplicates([*key, "constraint"])
        .groupby(key)["constraint"]
        .agg(" ".join)
    )
    table = asked.set_index(key).join(reasons).join(hard.rename("blocking")).reset_index()
    return table.assign(room=table["severity"].fillna(0).astype(int).map(ROOM))
