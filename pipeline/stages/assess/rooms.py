"""Which zones do what to which activity, per combination, plan category and year; no geometry here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
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
class CombinedEffect:
    """What one set of zones in force comes to for one activity: how bad, which zones of each severity, which
    constraints bar it, which limit it, and which zones ask for attention."""

    severity: int
    zones: Mapping[int, tuple[str, ...]]
    barring: tuple[str, ...]
    limiting: tuple[str, ...]
    attention: str | None


@dataclass(frozen=True)
class ZoneEffects:
    """Key and constraint of every zone, in order of their keys, and the severity of each for every activity."""

    zone_ids: list[str]
    constraints: list[str]
    severity: Mapping[str, list[int]]

    def combined(self, cover: tuple[int, ...], profile: str) -> CombinedEffect:
        """What the zones at these positions come to together for an activity."""
        by_severity: dict[int, list[int]] = {}
        for place in cover:
            by_severity.setdefault(self.severity[profile][place], []).append(place)
        # Effects below conditional limit nothing; they are counted apart, as attention.
        limiting = [level for level in sorted(by_severity) if level >= SEVERITY["conditional"]]
        return CombinedEffect(
            severity=max(by_severity, default=0),
            zones={level: self._ids(by_severity[level]) for level in limiting},
            barring=self._constraints(by_severity.get(SEVERITY["blocks"], [])),
            limiting=tuple(sorted(self._constraints([place for level in limiting for place in by_severity[level]]))),
            attention=" ".join(self._ids(by_severity.get(SEVERITY["attention"], []))) or None,
        )

    def _ids(self, places: list[int]) -> tuple[str, ...]:
        return tuple(self.zone_ids[place] for place in places)

    def _constraints(self, places: list[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.constraints[place] for place in places))


def rooms(
    combinations: pd.DataFrame, zones: pd.DataFrame, pairs: pd.DataFrame, years: Iterable[int], rules: Rules
) -> pd.DataFrame:
    """Room per combination and plan category that occur together (`pairs`), profile and year."""
    ordered = zones.drop_duplicates("zone_id").sort_values("zone_id", ignore_index=True)
    effects = ZoneEffects(ordered["zone_id"].tolist(), ordered["constraint"].tolist(), _severities(ordered, rules))
    covers = _covers(combinations, effects.zone_ids)
    wanted = list(zip(pairs["combination_id"], pairs["plan_category"], strict=True))

    # Sets of zones, not pieces; most come back in another year or with another plan.
    @cache
    def over(cover: tuple[int, ...]) -> list[CombinedEffect]:
        return [effects.combined(cover, name) for name in rules.profiles]

    @cache
    def answers(cover: tuple[int, ...], plan: str) -> list[tuple[str | None, ...]]:
        by_plan = (SEVERITY[plan_effect(plan, profile, rules.card)] for profile in rules.profiles.values())
        return [_room(effect, severity) for effect, severity in zip(over(cover), by_plan, strict=True)]

    keys: list[tuple[str, str, str, int]] = []
    rows: list[tuple[str | None, ...]] = []
    for year in years:
        active = in_force(ordered, year).to_numpy(dtype=bool)
        inside = {key: tuple(place for place in cover if active[place]) for key, cover in covers.items()}
        for combination, plan in wanted:
            keys += [(combination, plan, name, year) for name in rules.profiles]
            rows += answers(inside[combination], plan)
    columns = ["room", "reasons", "blocking", "limiting", "attention"]
    table = pd.DataFrame(keys, columns=["combination_id", "plan_category", "profile", "year"])
    return LAYER.conform(table.join(pd.DataFrame(rows, columns=columns)))


def _covers(combinations: pd.DataFrame, zone_ids: list[str]) -> dict[str, tuple[int, ...]]:
    """Positions of the zones of each combination."""
    places = {zone: place for place, zone in enumerate(zone_ids)}
    texts = combinations["zones"].fillna("").str.split()
    covers = (tuple(places[zone] for zone in zones) for zones in texts)
    return dict(zip(combinations["combination_id"], covers, strict=True))


def without(zones: pd.DataFrame, constraints: Collection[str]) -> pd.DataFrame:
    """The zones as if some constraints did not exist: their effect falls away, the combinations stay."""
    is_lifted = zones["constraint"].isin(list(constraints))
    return zones.assign(valid_to=zones["valid_to"].mask(is_lifted, 0))


def zone_effect(zone: Mapping[str, Any], profile: ProfileConfig, rules: Rules) -> str:
    """The worst effect of a zone on what a profile puts on the ground; `unknown` where the zone stands for missing
    data."""
    constraint = next((rule for rule in rules.constraints if rule.name == zone["constraint"]), None)
    effects = ["none"]
    for effect in rules.effects:
        if effect.constraint != zone["constraint"] or effect.object_kind not in profile.object_kinds:
            continue
        if holds(effect.condition, zone["band"], profile, (constraint, rules.card)):
            effects.append(effect.effect)
    # A zone of which the band is not known counts as unknown where its effect would matter.
    worst = max(effects, key=SEVERITY.__getitem__)
    return UNKNOWN if zone["band"] == UNKNOWN and SEVERITY[worst] >= SEVERITY["conditional"] else worst


def plan_effect(plan_category: str, profile: ProfileConfig, card: AssessConfig) -> str:
    """What the plan's highest category does to an activity."""
    if plan_category == UNKNOWN:
        return card.plan_category.when_unknown
    too_low = card.categories.index(profile.category) > card.categories.index(plan_category)
    return card.plan_category.when_too_low if too_low else "none"


def _severities(zones: pd.DataFrame, rules: Rules) -> dict[str, list[int]]:
    """Per profile the severity of every zone, in their order; one look-up per constraint and band."""
    pairs = [
        (name, band if isinstance(band, str) else None)
        for name, band in zip(zones["constraint"], zones["band"], strict=True)
    ]
    by_constraint: dict[str, list[EffectConfig]] = {name: [] for name, _ in pairs}
    for effect in rules.effects:
        by_constraint.setdefault(effect.constraint, []).append(effect)
    severity: dict[tuple[str, str | None, str], int] = {}
    for constraint, band in set(pairs):
        few = replace(rules, effects=tuple(by_constraint[constraint]))
        for name, profile in rules.profiles.items():
            effect_on = zone_effect({"constraint": constraint, "band": band}, profile, few)
            severity[constraint, band, name] = SEVERITY[effect_on]
    return {name: [severity[(*pair, name)] for pair in pairs] for name in rules.profiles}


def _room(effect: CombinedEffect, plan: int) -> tuple[str | None, ...]:
    """Room, reasons, constraints that bar and that limit, and zones that ask attention, with the severity of the
    plan."""
    worst = max(effect.severity, plan)
    if worst < SEVERITY["conditional"]:
        return ROOM[worst], None, None, None, effect.attention
    reasons = sorted((*effect.zones.get(worst, ()), *_plan_factor(plan == worst)))
    barring = (*effect.barring, *_plan_factor(plan == SEVERITY["blocks"]))
    limiting = (*effect.limiting, *_plan_factor(plan >= SEVERITY["conditional"]))
    return ROOM[worst], " ".join(reasons), " ".join(barring) or None, " ".join(limiting), effect.attention


def _plan_factor(counts: bool) -> tuple[str, ...]:
    return (PLAN_FACTOR,) if counts else ()
