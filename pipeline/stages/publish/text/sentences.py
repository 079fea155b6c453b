"""Why an activity may be here or not, in Dutch; of each rule what it says, and its basis and the source of the data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from layers.closed_lists import OPENINGS
from layers.glossary import dutch_choice
from pipeline.project.effect_conditions import SEVERITY, UNKNOWN, effect_in_band, holds
from pipeline.project.rules import AssessConfig, ConstraintConfig, EffectConfig, ProfileConfig

PLAN = "plan_category"
ATTENTION = "Let op (telt niet mee):"
CERTAINTY_WORDS = {"C": "zeker", "L": "waarschijnlijk", "U": "onzeker"}


@dataclass
class Narrator:
    """Tells rooms in sentences; what was told of a zone to an activity is kept, for it comes back often."""

    zones: pd.DataFrame
    constraints: tuple[ConstraintConfig, ...]
    effects: tuple[EffectConfig, ...]
    profiles: Mapping[str, ProfileConfig]
    card: AssessConfig
    phrases: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    @cached_property
    def known(self) -> dict[str, Any]:
        """Zones by their key; clusters share what a zone stands for."""
        rows = self.zones.drop_duplicates("zone_id").drop(columns="geometry", errors="ignore")
        return {row["zone_id"]: row for row in rows.to_dict("records")}

    @cached_property
    def rules(self) -> dict[str, ConstraintConfig]:
        """Constraints by name."""
        return {rule.name: rule for rule in self.constraints}

    def sentence(self, room: Mapping[str, Any]) -> str:
        """The sentence of a row of `rooms`: room, what every reason says, and the names of what asks attention. What
        a rule rests on stands in the table of constraints, and in the story of the plot.
        """
        profile = str(room["profile"])
        opening = OPENINGS[str(room["room"])]
        reasons = [self.parts(zone, profile, str(room["plan_category"]))[0] for zone in _listed(room["reasons"])]
        noted = [
            str(self.known[zone]["zone_title"]) if zone in self.known else zone for zone in _listed(room["attention"])
        ]
        text = f"{opening}: {'; '.join(reasons)}." if reasons else f"{opening}."
        return f"{text} {ATTENTION} {'; '.join(noted)}." if noted else text

    def title(self, constraint: str) -> str:
        """What a planner calls a constraint."""
        return self.rules[constraint].title if constraint in self.rules else constraint

    def parts(self, zone: str, profile: str, plan: str) -> tuple[str, str]:
        """What a zone says to an activity; and its basis, how sure that is, and its source."""
        key = (f"{zone}/{plan}" if zone == PLAN else zone, profile)
        if key not in self.phrases:
            self.phrases[key] = self._plan(profile, plan) if zone == PLAN else self._zone(zone, profile)
        return self.phrases[key]

    def _plan(self, profile: str, plan: str) -> tuple[str, str]:
        category = self.profiles[profile].category
        said = "noemt geen milieucategorie" if plan == UNKNOWN else f"laat hoogstens categorie {plan} toe"
        return (
            f"het plan {said}, gevraagd is {category}",
            f"grondslag: {self.card.plan_category.basis}; bron: kavelgegevens",
        )

    def _zone(self, zone: str, profile: str) -> tuple[str, str]:
        row = self.known.get(zone)
        if row is None:
            return zone, ""
        said = self._said(row, self.profiles[profile])
        source = f"; bron: {row['data_source']}" if isinstance(row["data_source"], str) else ""
        basis = f"grondslag: {row['basis']} ({dutch_choice(str(row['standing']))})"
        sure = CERTAINTY_WORDS[str(row["certainty"])]
        return f"{row['zone_title']}: {said}", f"{basis}; zekerheid van de regel: {sure}{source}"

    def _said(self, row: Mapping[str, Any], profile: ProfileConfig) -> str:
        """What the strongest effect says that holds for this activity, of those on what it puts on the ground."""
        name, band = str(row["constraint"]), row["band"] if isinstance(row["band"], str) else None
        effects = [
            effect
            for effect in self.effects
            if effect.constraint == name
            and effect.object_kind in profile.object_kinds
            and holds(effect.condition, band, profile, (self.rules.get(name), self.card))
        ]
        # As the verdict does: of several effects on what the activity builds the most severe counts.
        strongest = max(effects, key=lambda effect: SEVERITY[effect.effect], default=None)
        if strongest is None:
            return "zou gelden: geen gevolg" if band == UNKNOWN else "geen gevolg"
        if band == UNKNOWN:
            return f"zou gelden: {strongest.basis}"
        here = effect_in_band(strongest.effect, strongest.condition, band, profile)
        return strongest.basis if here == strongest.effect else f"kan gelden: {strongest.basis}"


def _listed(ids: Any) -> list[str]:
    return ids.split(" ") if isinstance(ids, str) and ids else []
