"""What would make a plot usable, as a condition: nobody says that it will happen."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from layers.closed_lists import WHEN_LIFTED
from layers.glossary import dutch_choice
from pipeline.project.effect_conditions import UNKNOWN
from pipeline.stages.publish.text.sentences import PLAN, Narrator
from pipeline.stages.publish.text.story_parts import in_a_row, in_year
from pipeline.stages.publish.text.translate import dutch_day

WAIT_PREFIX = "wait:"
JOIN_PREFIX = "join:"


@dataclass(frozen=True)
class ChangeWords:
    """Words for sets of changes, for an activity of this category."""

    narrator: Narrator
    category: str

    def condition(self, changes: str, plans: Collection[str]) -> str:
        """A set as a condition, waiting first: `vanaf 2 juni 2041 zonder verlengingen, als het omgevingsplan categorie
        4.2 toestaat (nu 4.1)`; `plans`: the categories that the plan of the plot has now.
        """
        words = sorted(changes.split(" "))
        joined = [word.removeprefix(JOIN_PREFIX) for word in words if word.startswith(JOIN_PREFIX)]
        parts = [wait_words(word) for word in words if word.startswith(WAIT_PREFIX)]
        conditions = [self._condition(word, plans) for word in words if not word.startswith((WAIT_PREFIX, JOIN_PREFIX))]
        conditions += [f"kavel {joined[0]} vrijkomt en erbij komt"] if len(joined) == 1 else []
        conditions += [f"de kavels {in_a_row(joined)} vrijkomen en erbij komen"] if len(joined) > 1 else []
        parts += [f"als {in_a_row(conditions)}"] if conditions else []
        return ", ".join(parts)

    def _condition(self, word: str, plans: Collection[str]) -> str:
        if word in WHEN_LIFTED:
            return WHEN_LIFTED[word]
        if word == PLAN:
            now = in_a_row([dutch_choice(plan) if plan == UNKNOWN else plan for plan in sorted(plans)])
            return f"het omgevingsplan categorie {self.category} toestaat (nu {now})"
        return f"'{self.narrator.title(word)}' hier niet meer geldt"


def days_of(word: str) -> list[dt.date]:
    """The day until which a set waits, and if known to be later, that if all extensions and options are called."""
    return list(map(dt.date.fromisoformat, word.removeprefix(WAIT_PREFIX).split("/")))


def wait_words(word: str) -> str:
    """Until when a set waits: `vanaf 2 maart 2040, uiterlijk in 2060`."""
    early, *late = days_of(word)
    until = f", {in_year(early, late[0])}" if late else " zonder verlengingen"
    return f"vanaf {dutch_day(early)}{until}"
