"""Which zones do what to which activity, per combination, plan category and year; no geometry here."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.room_turns import LAYER as TURNS
from layers.derived.rooms import LAYER
from pipeline.land.land import in_force
from pipeline.project.effect_conditions import SEVERITY, UNKNOWN, effect_in_band, holds, worst_effect
from pipeline.project.models import VerdictConfig
from pipeline.project.project import Project
from pipeline.project.rules import AssessConfig, EffectConfig, ProfileConfig

ROOM = ("open", "open", "conditional", "unknown", "blocked")
PLAN_FACTOR = "plan_category"
NO_YEAR = 9999  # beyond all years in which zones begin or end


@dataclass(frozen=True)
class CombinedEffect:
    """What one set of zones in force comes to for one activity: how bad, which zones of each severity, which
    constraints bar it, which limit it, of which that is not known, and which zones ask for attention."""

    severity: int
    zones: Mapping[int, tuple[str, ...]]
    barring: tuple[str, ...]
    limiting: tuple[str, ...]
    unknown: tuple[str, ...]
    attention: str | None


@dataclass(frozen=True)
class ZoneEffects:
    """Key and constraint of every zone, in order of their keys, and the severity of each for every activity."""

    zone_ids: list[str]
    constraints: list[str]
    severity: Mapping[str, list[int]]

    def combined(self, cover: tuple[int, ...], profile: str) -> CombinedEffect:
        """What the zones at these positions come to together for an activity."""
        by_severity: dict[int, list[int]] = defaultdict(list)
        for place in cover:
            by_severity[self.severity[profile][place]].append(place)
        # Effects below conditional limit nothing; they are counted apart, as attention.
        limiting = [level for level in sorted(by_severity) if level >= SEVERITY["conditional"]]
        return CombinedEffect(
            severity=max(by_severity, default=0),
            zones={level: self._ids(by_severity[level]) for level in limiting},
            barring=self._constraints(by_severity[SEVERITY["blocks"]]),
            limiting=tuple(sorted(self._constraints([place for level in limiting for place in by_severity[level]]))),
            unknown=self._constraints(by_severity[SEVERITY[UNKNOWN]]),
            attention=" ".join(self._ids(by_severity[SEVERITY["attention"]])) or None,
        )

    def _ids(self, places: list[int]) -> tuple[str, ...]:
        return tuple(self.zone_ids[place] for place in places)

    def _constraints(self, places: list[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.constraints[place] for place in places))


def rooms(
    combinations: pd.DataFrame,
    zones: pd.DataFrame,
    pairs: pd.DataFrame,
    years: Iterable[int],
    config: Project,
) -> pd.DataFrame:
    """Room per combination and plan category that occur together (`pairs`), profile and year."""
    return rooms_in_time(combinations, zones, pairs, years, config)[0]


def rooms_in_time(
    combinations: pd.DataFrame,
    zones: pd.DataFrame,
    pairs: pd.DataFrame,
    years: Iterable[int],
    config: Project,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Room per combination and plan category that occur together (`pairs`), profile and year; and from
    which year on it is so, from the first and each later one, asked or not, in which it changes."""
    names, horizons = _pair_names(pairs), sorted(years)
    keys = [(*pair, name) for pair in names for name in config.profiles]
    rows: list[tuple[Any, ...]] = []
    changes: list[tuple[Any, ...]] = []
    since: Any = np.zeros(len(keys), dtype=int)
    before: list[Any] = [None] * len(keys)
    answers = _answers(combinations, zones, pairs, [*horizons, NO_YEAR] if horizons else [], config)
    for year, now in answers:
        is_open = np.array([answer[0] == ROOM[0] for answer in now], dtype=bool)
        since = np.where(is_open, np.where(since > 0, since, year), 0)
        if year in horizons:
            rows += [
                (*key, year, *answer, first or None)
                for key, answer, first in zip(keys, now, since.tolist(), strict=True)
            ]
        # Room, and what limits it: the answers are remembered, so that most are the very same.
        is_new = [
            old is None or (new is not old and (new[0], new[3]) != (old[0], old[3]))
            for new, old in zip(now, before, strict=True)
        ]
        changes += [(*key, year, answer[0], answer[3]) for key, answer in compress(zip(keys, now, strict=True), is_new)]
        before = now
    key = ["combination_id", "plan_category", "profile"]
    columns = ["room", "reasons", "blocking", "limiting", "unknown", "attention", "open_since"]
    return (
        LAYER.conform(pd.DataFrame(rows, columns=[*key, "year", *columns])),
        TURNS.conform(pd.DataFrame(changes, columns=[*key, "turn_year", "room", "limiting"])),
    )


def _pair_names(pairs: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(pairs["combination_id"], pairs["plan_category"], strict=True))


def _answers(
    combinations: pd.DataFrame,
    zones: pd.DataFrame,
    pairs: pd.DataFrame,
    years: list[int],
    config: Project,
) -> Iterator[tuple[int, list[tuple[str | None, ...]]]]:
    """For each of the years, and each between in which a zone turns, the room of every pair for every profile."""
    profiles = config.profiles
    ordered = zones.drop_duplicates("zone_id").sort_values("zone_id", ignore_index=True)
    severities = _severities(ordered, config, profiles)
    effects = ZoneEffects(ordered["zone_id"].tolist(), ordered["constraint"].tolist(), severities)
    covers = _covers(combinations, effects.zone_ids)

    # Sets of zones, not pieces; most come back in another year or with another plan.
    @cache
    def over(cover: tuple[int, ...]) -> list[CombinedEffect]:
        return [effects.combined(cover, name) for name in profiles]

    @cache
    def answers(cover: tuple[int, ...], plan: str) -> list[tuple[str | None, ...]]:
        by_plan = (SEVERITY[plan_effect(plan, profile, config.assess)] for profile in profiles.values())
        return [_room(effect, severity) for effect, severity in zip(over(cover), by_plan, strict=True)]

    for year in _turns(ordered, years):
        active = in_force(ordered, year).to_numpy(dtype=bool)
        inside = {key: tuple(place for place in cover if active[place]) for key, cover in covers.items()}
        yield year, [answer for name, plan in _pair_names(pairs) for answer in answers(inside[name], plan)]


def _turns(zones: pd.DataFrame, years: list[int]) -> list[int]:
    """The asked years, in order, and those between in which a zone begins or no longer holds."""
    changed = {*zones["valid_from"].dropna().astype(int), *(zones["valid_to"].dropna().astype(int) + 1)}
    return sorted({*years, *(year for year in changed if years and years[0] < year < years[-1])})


def _covers(combinations: pd.DataFrame, zone_ids: list[str]) -> dict[str, tuple[int, ...]]:
    """Positions of the zones of each combination."""
    places = {zone: place for place, zone in enumerate(zone_ids)}
    texts = combinations["zones"].fillna("").str.split()
    covers = (tuple(places[zone] for zone in zones) for zones in texts)
    return dict(zip(combinations["combination_id"], covers, strict=True))


def written_verdicts(rows: Iterable[VerdictConfig], states: Iterable[str], rooms: Iterable[str]) -> Any:
    """The verdict of the written table for each state of holdings (rows) and each room (columns)."""
    by_state, columns = {row.holding: row for row in rows}, list(rooms)
    return np.array([[by_state[state].verdict(room) for room in columns] for state in states], dtype=object)


def without(zones: pd.DataFrame, constraints: Collection[str]) -> pd.DataFrame:
    """The zones as if some constraints did not exist: their effect falls away, the combinations stay."""
    is_lifted = zones["constraint"].isin(list(constraints))
    return zones.assign(valid_to=zones["valid_to"].mask(is_lifted, 0))


def zone_effect(
    band: str | None, profile: ProfileConfig, effects: Iterable[EffectConfig], rules: tuple[Any, AssessConfig]
) -> str:
    """The worst of the effects of a zone on what a profile puts on the ground; `unknown` where the zone stands for
    missing data. `rules`: its constraint, and the scale of categories."""
    on_profile = (
        effect_in_band(effect.effect, effect.condition, band, profile)
        for effect in effects
        if effect.object_kind in profile.object_kinds and holds(effect.condition, band, profile, rules)
    )
    return worst_effect(on_profile, band)


def plan_effect(plan_category: str, profile: ProfileConfig, card: AssessConfig) -> str:
    """What the plan's highest category does to an activity."""
    if plan_category == UNKNOWN:
        return card.plan_category.when_unknown
    too_low = card.categories.index(profile.category) > card.categories.index(plan_category)
    return card.plan_category.when_too_low if too_low else "none"


def _severities(zones: pd.DataFrame, config: Project, profiles: Mapping[str, ProfileConfig]) -> dict[str, list[int]]:
    """Per profile the severity of every zone, in their order; one look-up per constraint and band."""
    bands = zones["band"].astype(object).where(zones["band"].notna(), None)
    pairs = list(zip(zones["constraint"], bands, strict=True))
    rules = {rule.name: rule for rule in config.constrain.constraint}
    effects: dict[str, list[EffectConfig]] = defaultdict(list)
    for effect in config.effects:
        effects[effect.constraint].append(effect)
    severity = {
        (constraint, band, name): SEVERITY[
            zone_effect(band, profile, effects[constraint], (rules.get(constraint), config.assess))
        ]
        for constraint, band in set(pairs)
        for name, profile in profiles.items()
    }
    return {name: [severity[(*pair, name)] for pair in pairs] for name in profiles}


def _room(effect: CombinedEffect, plan: int) -> tuple[str | None, ...]:
    """Room, reasons, constraints that bar, that limit and of which that is not known, and zones that ask attention,
    with the severity of the plan."""
    worst = max(effect.severity, plan)
    if worst < SEVERITY["conditional"]:
        return ROOM[worst], None, None, None, None, effect.attention
    # Reasons are what is worst; what bars and what limits are told apart, the plan among them.
    reasons = sorted([*effect.zones.get(worst, ()), *[PLAN_FACTOR] * (plan == worst)])
    barring = [*effect.barring, *[PLAN_FACTOR] * (plan == SEVERITY["blocks"])]
    limiting = [*effect.limiting, *[PLAN_FACTOR] * (plan >= SEVERITY["conditional"])]
    unknown = [*effect.unknown, *[PLAN_FACTOR] * (plan == SEVERITY[UNKNOWN])]
    factors = (" ".join(names) or None for names in (reasons, barring, limiting, unknown))
    return ROOM[worst], *factors, effect.attention
