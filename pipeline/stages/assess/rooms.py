"""Milieuruimte: which zones do what to which activity, per combination, plan category and year; no geometry here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layers.derived.rooms import LAYER
from pipeline.land.land import in_force
from pipeline.project.effect_conditions import SEVERITY, UNKNOWN, holds
from pipeline.project.rules import AssessConfig, ConstraintConfig, EffectConfig, ProfileConfig

ROOM = ("open", "open", "conditional", "unknown", "blocked")
PLAN_FACTOR = "plan_category"


@dataclass(frozen=True)
class Rules:
    """The written rules: constraints, what they do to object kinds, the activities, and the scale of categories."""

    constraints: tuple[ConstraintConfig, ...]
    effects: tuple[EffectConfig, ...]
    profiles: Mapping[str, ProfileConfig]
    card: AssessConfig


@dataclass(frozen=True)
class Said:
    """What one set of zones in force says to one activity: how bad, which zones, which constraints bar, what needs attention."""

    severity: int
    zones: Mapping[int, tuple[str, ...]]
    barring: tuple[str, ...]
    limiting: tuple[str, ...]
    attention: str | None


def rooms(
    combinations: pd.DataFrame, zones: pd.DataFrame, pairs: pd.DataFrame, years: Iterable[int], rules: Rules
) -> pd.DataFrame:
    """Room per combination and plan category that occur together (`pairs`), profile and year."""
    places = {zone: place for place, zone in enumerate(sorted(set(zones["zone_id"])))}
    ordered = zones.drop_duplicates("zone_id").sort_values("zone_id", ignore_index=True)
    verdicts = _zone_severities(ordered, rules)
    covers = {
        key: tuple(places[zone] for zone in str(text).split(" ")) if isinstance(text, str) and text else ()
        for key, text in zip(combinations["combination_id"], combinations["zones"], strict=True)
    }
    by_plan = {
        (plan, name): SEVERITY[plan_effect(plan, profile, rules.card)]
        for plan in pairs["plan_category"].unique()
        for name, profile in rules.profiles.items()
    }
    zone_names = ordered["zone_id"].tolist(), ordered["constraint"].tolist()
    answers: dict[tuple[tuple[int, ...], str], list[tuple[str | None, ...]]] = {}
    said: dict[tuple[int, ...], list[Said]] = {}
    requested = list(zip(pairs["combination_id"], pairs["plan_category"], strict=True))
    keys: list[tuple[str, str, str, int]] = []
    answer_rows: list[tuple[str | None, ...]] = []
    for year in years:
        active = in_force(ordered, year).to_numpy(dtype=bool)
        inside = {key: tuple(place for place in cover if active[place]) for key, cover in covers.items()}
        for combination, plan in requested:  # sets of zones, not pieces; most come back in another year or plan
            cover = inside[combination]
            if (cover, plan) not in answers:
                if cover not in said:
                    said[cover] = [_said(cover, verdicts[name], zone_names) for name in rules.profiles]
                both = zip(said[cover], rules.profiles, strict=True)
                answers[cover, plan] = [
                    _together(said_of_profile, by_plan[plan, name]) for said_of_profile, name in both
                ]
            keys += [(combination, plan, name, year) for name in rules.profiles]
            answer_rows += answers[cover, plan]
    columns = ["room", "reasons", "blocking", "limiting", "attention"]
    table = pd.DataFrame(keys, columns=["combination_id", "plan_category", "profile", "year"])
    return LAYER.conform(table.join(pd.DataFrame(answer_rows, columns=columns)))


def without(zones: pd.DataFrame, constraints: Collection[str]) -> pd.DataFrame:
    """The zones as if some constraints did not exist: their effect falls away, the combinations stay."""
    is_lifted = zones["constraint"].isin(list(constraints))
    return zones.assign(valid_to=zones["valid_to"].mask(is_lifted, 0))


def zone_effect(zone: Mapping[str, Any], profile: ProfileConfig, rules: Rules) -> str:
    """The worst effect of a zone on what a profile puts on the ground; `unknown` where the zone stands for missing data."""
    constraint = next((rule for rule in rules.constraints if rule.name == zone["constraint"]), None)
    effects = ["none"]
    for effect in rules.effects:
        if effect.constraint != zone["constraint"] or effect.object_kind not in profile.object_kinds:
            continue
        if holds(effect.condition, zone["band"], profile, (constraint, rules.card)):
            effects.append(effect.effect)
    worst = max(effects, key=SEVERITY.__getitem__)
    return UNKNOWN if zone["band"] == UNKNOWN and SEVERITY[worst] >= SEVERITY["conditional"] else worst


def plan_effect(plan_category: str, profile: ProfileConfig, card: AssessConfig) -> str:
    """What the plan's highest category does to an activity."""
    if plan_category == UNKNOWN:
        return card.plan_category.when_unknown
    too_low = card.categories.index(profile.category) > card.categories.index(plan_category)
    return card.plan_category.when_too_low if too_low else "none"


def _zone_severities(zones: pd.DataFrame, rules: Rules) -> dict[str, list[int]]:
    """Per profile the severity of every zone, in their order; one look-up per constraint and band."""
    looked: dict[tuple[str, str | None, str], int] = {}
    pairs = [
        (name, band if isinstance(band, str) else None)
        for name, band in zip(zones["constraint"], zones["band"], strict=True)
    ]
    by_constraint = {
        name: tuple(effect for effect in rules.effects if effect.constraint == name)
        for name in {pair[0] for pair in pairs}
    }
    for constraint, band in set(pairs):
        few = Rules(rules.constraints, by_constraint[constraint], rules.profiles, rules.card)
        for name, profile in rules.profiles.items():
            said = zone_effect({"constraint": constraint, "band": band}, profile, few)
            looked[constraint, band, name] = SEVERITY[said]
    return {name: [looked[(*pair, name)] for pair in pairs] for name in rules.profiles}


def _said(cover: tuple[int, ...], severity: list[int], zones: tuple[list[str], list[str]]) -> Said:
    names, constraints = zones
    by: dict[int, list[int]] = {}
    for place in cover:
        by.setdefault(severity[place], []).append(place)
    hard = dict.fromkeys(constraints[place] for place in by.get(SEVERITY["blocks"], []))
    ids = {
        level: tuple(names[place] for place in places)
        for level, places in by.items()
        if level >= SEVERITY["conditional"]
    }
    noted = " ".join(names[place] for place in by.get(SEVERITY["attention"], []))
    soft = dict.fromkeys(constraints[place] for level in sorted(ids) for place in by[level])
    return Said(max(by, default=0), ids, tuple(hard), tuple(sorted(soft)), noted or None)


def _together(said: Said, plan: int) -> tuple[str | None, ...]:
    """Room, reasons, constraints that bar and that limit, and zones that ask attention, once the plan has spoken too."""
    worst = max(said.severity, plan)
    if worst < SEVERITY["conditional"]:
        return ROOM[worst], None, None, None, said.attention
    plan_factor = (PLAN_FACTOR,) if plan == worst else ()
    reasons = " ".join(sorted((*said.zones.get(worst, ()), *plan_factor)))
    barring = " ".join((*said.barring, *((PLAN_FACTOR,) if plan == SEVERITY["blocks"] else ())))
    limiting = " ".join((*said.limiting, *((PLAN_FACTOR,) if plan >= SEVERITY["conditional"] else ())))
    return ROOM[worst], reasons, barring or None, limiting, said.attention
