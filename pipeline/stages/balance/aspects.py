"""Room by aspect: what the rules of each theme, and the category of the plan, leave of all land and of free land."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import ASPECTS, CASES, THEMES_OF_NEEDS
from layers.derived.room_by_aspect import LAYER as ROOM_BY_ASPECT
from pipeline.land.land import AssessedLand, profile_years, theme_of
from pipeline.project.effect_conditions import SEVERITY, UNKNOWN, holds
from pipeline.project.project import Project
from pipeline.project.rules import ConstraintConfig, EffectConfig
from pipeline.stages.balance.stacked import stacked

# Columns of rooms that name what bars, is not known, limits and asks attention; and what each makes of the land, the
# worst first. What none names is open.
FACTOR_COLUMNS = ("blocking", "unknown", "limiting", "attention")
ASPECT_LEVELS = ("blocked", "unknown", "conditional", "attention", "open")


@dataclass(frozen=True)
class AspectRules:
    """The rules of an aspect that can limit an activity: how many can of each, and their source layers that count as
    nothing there, and that are not known. `is_judged`: what its rules leave can be told, for one of them reads layers
    that are known. `is_need`: its rules are about what an activity needs, so that without a need there is room."""

    count_of: Mapping[str, int]
    as_none: tuple[str, ...] = ()
    as_unknown: tuple[str, ...] = ()
    is_judged: bool = True
    is_need: bool = False

    def is_known(self, profile: str) -> bool:
        """Whether the room of an activity on this aspect can be told: of a need also where the activity has none."""
        return self.is_judged or (self.is_need and not self.count_of[profile])


def aspect_rules(config: Project) -> dict[str, AspectRules]:
    """What is known of each aspect; the category of the plan is a rule that every piece has."""
    absences = config.card.absences
    treated = {name: absences[name].treat_as for name in absences}
    decisive, effects = _decisive(config), _limiting_effects(config)
    by_aspect = {"land_use_plan": AspectRules(dict.fromkeys(config.profiles, 1))}
    for aspect in ASPECTS:
        rules = [rule for rule in decisive if rule.theme == aspect]
        # A rule that a scenario lifts limits nothing, whatever its layers hold.
        layers = {rule.name: () if rule.name in config.lifted else rule.located_by for rule in rules}
        absent = {
            name: {layer for each in layers.values() for layer in each if treated.get(layer) == name}
            for name in ("none", "unknown")
        }
        count_of = {
            name: sum(_can_limit(rule, effects.get(rule.name, ()), name, config) for rule in rules)
            for name in config.profiles
        }
        is_judged = any(absent["unknown"].isdisjoint(each) for each in layers.values())
        as_none, as_unknown = tuple(sorted(absent["none"])), tuple(sorted(absent["unknown"]))
        is_need = aspect in THEMES_OF_NEEDS
        by_aspect.setdefault(aspect, AspectRules(count_of, as_none, as_unknown, is_judged, is_need))
    return by_aspect


def _decisive(config: Project) -> list[ConstraintConfig]:
    """The constraints that can limit some kind of object; of what a scenario lifts, all but those that only signal."""
    limits = set(_limiting_effects(config))

    def could_limit(rule: ConstraintConfig) -> bool:
        return rule.standing != "signal" or any(_limits(text.split(" ")[0]) for text in rule.effects.values())

    return [
        rule
        for rule in config.constrain.constraint
        if rule.name in limits or (rule.name in config.lifted and could_limit(rule))
    ]


def _limits(effect: str) -> bool:
    return SEVERITY[effect] >= SEVERITY["conditional"]


def _limiting_effects(config: Project) -> dict[str, list[EffectConfig]]:
    """The effects that limit, by constraint."""
    by_constraint: dict[str, list[EffectConfig]] = defaultdict(list)
    for effect in config.effects:
        if _limits(effect.effect):
            by_constraint[effect.constraint].append(effect)
    return dict(by_constraint)


def _can_limit(rule: ConstraintConfig, effects: Iterable[EffectConfig], profile: str, config: Project) -> bool:
    """Whether a rule with these effects could limit an activity at all, in whichever band."""
    activity = config.profiles[profile]
    return any(
        effect.object_kind in activity.object_kinds
        and holds(effect.condition, UNKNOWN, activity, (rule, config.assess))
        for effect in effects
    )


def room_by_aspect(land: AssessedLand, config: Project) -> pd.DataFrame:
    """The room of all land on plots, and of free land, on each aspect per activity, year and case; m2."""
    if not land.cases:  # a cluster without plots
        return ROOM_BY_ASPECT.empty()
    aspects = aspect_rules(config)
    levels, set_of_row = _levels(land, theme_of(config))
    unknown = ASPECT_LEVELS.index("unknown")
    parts = []
    for name, _, year in profile_years(config):
        rows = land.rooms_by_pair.rows[name, year]
        known = np.where([aspects[aspect].is_known(name) for aspect in ASPECTS], levels, unknown)
        is_level = np.stack([known == level for level in range(len(ASPECT_LEVELS))]).astype(float)
        for case in CASES:
            # m2 by pair of all land and of free land, by set of factors, by level and aspect.
            weights = land.area_m2, land.area_m2 * land.free(year, case)
            by_pair = [np.bincount(land.pair, m2, len(rows)) for m2 in weights]
            by_set = [np.bincount(set_of_row[rows], m2, len(levels)) for m2 in by_pair]
            parts.append({**_columns(*np.einsum("hs,lsa->hla", by_set, is_level)), "profile": name, "year": year})
            parts[-1] |= {"aspect": list(ASPECTS), "case": case}
    table = stacked(parts) if parts else pd.DataFrame()
    return ROOM_BY_ASPECT.conform(table.assign(cluster_id=land.cluster_id, **rule_columns(aspects)))


def _columns(land_m2: Any, free_m2: Any) -> dict[str, Any]:
    """The columns of m2 per aspect, from m2 per level and aspect; what asks attention has room."""
    columns: dict[str, Any] = {}
    for prefix, m2 in (("", land_m2), ("free_", free_m2)):
        of_level = dict(zip(ASPECT_LEVELS, m2, strict=True))
        attention_m2 = of_level.pop("attention")
        columns |= {f"{prefix}{level}_m2": m2 for level, m2 in of_level.items()}
        columns[f"{prefix}open_m2"] = of_level["open"] + attention_m2
    return {**columns, "attention_m2": land_m2[ASPECT_LEVELS.index("attention")]}


def _levels(land: AssessedLand, themes: Mapping[str, str]) -> tuple[Any, Any]:
    """The level of each aspect under every set of factors (sets x aspects), and the set of each row of rooms."""
    factors, place = (
        land.rooms[list(FACTOR_COLUMNS)].fillna(""),
        {name: position for position, name in enumerate(ASPECTS)},
    )
    # Zones ask attention, constraints do the others.
    theme_of_word = {**themes, **dict(zip(land.zones["zone_id"], land.zones["theme"], strict=True))}
    number: Any = np.zeros(len(factors), dtype=int)
    levels_of = []
    for level, name in enumerate(FACTOR_COLUMNS):
        codes, texts = pd.factorize(factors[name], sort=True)
        under: Any = np.full((len(texts), len(ASPECTS)), ASPECT_LEVELS.index("open"))
        for row, text in enumerate(texts):
            under[row, [place[theme_of_word[word]] for word in text.split()]] = level
        levels_of.append((under, codes))
        number = number * len(texts) + codes
    _, first, set_of_row = np.unique(number, return_index=True, return_inverse=True)
    # The worst that any column makes of it.
    return np.min([under[codes[first]] for under, codes in levels_of], axis=0), set_of_row


def rule_columns(aspects: Mapping[str, AspectRules]) -> dict[str, Any]:
    """What to write beside each aspect: how many rules can limit the activity, and source layers not supplied."""

    def listed(names: Iterable[str]) -> str | None:
        return " ".join(names) or None

    def counts(table: pd.DataFrame) -> list[int]:
        return [
            aspects[name].count_of[profile] for name, profile in zip(table["aspect"], table["profile"], strict=True)
        ]

    return {
        "rule_count": counts,
        "as_none": lambda table: [listed(aspects[name].as_none) for name in table["aspect"]],
        "as_unknown": lambda table: [listed(aspects[name].as_unknown) for name in table["aspect"]],
    }
