"""The verdict on a plot in one line: usable or not, by which day, and if never, what keeps it from that."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from layers.glossary import dutch_choice
from pipeline.project.effect_conditions import UNKNOWN
from pipeline.stages.publish.text.change_words import WAIT_PREFIX, days_of
from pipeline.stages.publish.text.parcel_story import Change, Story
from pipeline.stages.publish.text.reasons import LEAST_IN_HA
from pipeline.stages.publish.text.rule_lines import PiecesByYear
from pipeline.stages.publish.text.sentences import PLAN
from pipeline.stages.publish.text.story_parts import (
    WHOLE,
    StoryRows,
    in_a_row,
    is_not_known,
    m2_of,
    usable_m2_of,
    usable_since,
)
from pipeline.stages.publish.text.translate import dutch_day, dutch_ha, dutch_number

NOT_USABLE = "niet bruikbaar"
NOT_KNOWN = "niet bekend of deze bruikbaar is"
ROOM_WORDS = {
    "blocked": "uitgesloten door",
    "conditional": "alleen onder voorwaarden vanwege",
    "unknown": "niet bekend of dit mag vanwege",
}
TENURE_WORDS = {"public_space": "openbare ruimte", "unknown": "niet bekend wie de grond heeft"}
MOST_RULES = 2
TENURE_CAUSE, ROOM_CAUSE, FIT_CAUSE = range(3)  # kinds of cause, in the order in which they are said


@dataclass(frozen=True)
class VerdictWords:
    """The verdict on a plot of a story, or on some pieces of it; `changes`: what would make it usable."""

    story: Story
    parcel: str
    years: PiecesByYear
    changes: tuple[Change, ...] = ()

    def lines(self) -> list[str]:
        """`Bruikbaar per 2 maart 2032, uiterlijk in 2057.`, from the fullest line to the shortest."""
        first, *later = sorted(self.years)
        groups = self._groups()
        texts = []
        if len(groups) == 1:
            ((words, _),) = groups
            is_usable = words not in (NOT_USABLE, NOT_KNOWN)
            causes = [""] if is_usable else [*(self._shortfall(max(self.years), most) for most in (MOST_RULES, 1)), ""]
            texts = [f"{words}, {_now(later)}{f': {reasons}' if reasons else ''}" for reasons in causes]
        elif len(groups) == 2 and groups[0][0] == NOT_USABLE and groups[1][0] != NOT_KNOWN:
            words, since = groups[1]
            texts = [self._with_day(words, groups[0][1][-1], since)]
        else:
            words, (_, *same) = groups[0]
            parts = [f"{_now(same)} {words}"]
            for (_, before), (words, since) in pairwise(groups):
                is_more = usable_m2_of(self.years[since[0]]) > usable_m2_of(self.years[before[-1]])
                parts.append(self._with_day(words, before[-1], since) if is_more else f"{_in_years(since)} {words}")
            texts = ["; ".join(parts)]
        subject = "Dit deel: " if self.story.is_part(self.parcel, self.years[first]) else ""
        texts = [f"{subject}{text}" for text in texts]
        return [f"{text[0].upper()}{text[1:]}." for text in texts]

    def wait(self) -> Change | None:
        """The set of changes that is nothing but waiting, if its day is one that the line says."""
        pairs = pairwise(self._groups())
        return next(filter(None, (self._wait(before[-1], since[0]) for (_, before), (_, since) in pairs)), None)

    def _wait(self, before: int, year: int) -> Change | None:
        """That set, if its day comes after the first day of one year, and no later than that of another."""
        for change in self.changes:
            if change.words.startswith(WAIT_PREFIX) and " " not in change.words:
                return change if dt.date(before, 1, 1) < days_of(change.words)[0] <= dt.date(year, 1, 1) else None
        return None

    def _groups(self) -> list[tuple[str, list[int]]]:
        """Asked years that follow each other with the same answer, and that answer."""
        groups: list[tuple[str, list[int]]] = []
        for year in sorted(self.years):
            words = answer(self.years[year])
            if groups and groups[-1][0] == words:
                groups[-1][1].append(year)
            else:
                groups.append((words, [year]))
        return groups

    def _with_day(self, words: str, before: int, since: list[int]) -> str:
        """An answer, with the day by which what is usable in the first of these years is usable, and by when at the
        latest: the day from which half of the plot or more is, where that is known; else that of its sites.
        """
        usable = [row for row in self.years[since[0]] if row.verdict == "usable"]
        sites = [site for row in usable if (site := self.story.sites.get((row.piece_id, since[0]))) is not None]
        if len(sites) < len(usable):
            return f"{words} {_in_years(since)}"
        latest = [site.usable_from_latest for site in sites]
        last = pd.NaT if any(map(pd.isna, latest)) else max(latest)
        change = self._wait(before, since[0])
        if change is None:
            return f"{words} {usable_since(max(site.usable_from for site in sites), last)}"
        day, *late = map(pd.Timestamp, days_of(change.words))
        words = words if self._is_at_once(usable, day) else "voor ten minste de helft bruikbaar"
        last = late[0] if late else last
        # Of its sites no day may be known where one is for the plot alone.
        return (
            f"{words} per {dutch_day(day)} zonder verlengingen"
            if pd.isna(last)
            else f"{words} {usable_since(day, last)}"
        )

    def _is_at_once(self, usable: StoryRows, day: dt.date) -> bool:
        """Whether all of these pieces come free together, with room by that day."""
        return len({row.holding_id for row in usable}) == 1 and all(row.open_since <= day.year for row in usable)

    def _shortfall(self, year: int, most: int) -> str:
        """What keeps land from being usable in a year: who has it, so many rules of each room, its size, each where it
        does on half of it or more; else the largest of what does.
        """
        rows = self.years[year]
        causes: defaultdict[tuple[int, str], float] = defaultdict(float)
        for row in rows:
            for cause in self._causes(row):
                causes[cause] += row.area_m2
        least = min(0.5 * m2_of(rows), max(causes.values(), default=0.0))
        named = sorted(cause for cause, m2 in causes.items() if m2 >= least)
        return "; ".join(self._rules(rows, words, most) if place == ROOM_CAUSE else words for place, words in named)

    def _causes(self, row: Any) -> list[tuple[int, str]]:
        """What keeps a piece from being usable: its tenure, its room, and of what is free and open its fit."""
        state = row.tenure_status
        words = TENURE_WORDS.get(state, f"in {row.year} nog {dutch_choice(state)}")
        causes = [] if state == "free" else [(TENURE_CAUSE, words)]
        causes += [] if row.room == "open" else [(ROOM_CAUSE, str(row.room))]
        if not causes and row.verdict != "usable":
            causes.append((FIT_CAUSE, self._fits().get(row.verdict) or dutch_choice(row.verdict)))
        return causes

    def _fits(self) -> Mapping[str, str]:
        """Why land that is free and open does not do."""
        asks = self.story.profile[1]
        words = {
            "too_small": f"te klein, nodig is {dutch_number(asks.least_area_ha)} ha aaneengesloten",
            "too_narrow": f"te smal, nodig is {dutch_number(asks.least_width_m)} m",
            "no_quay": f"te weinig kade, nodig is {dutch_number(asks.least_quay_m)} m met genoeg diepgang",
        }
        return words | {"unknown": "niet bekend of er genoeg kade ligt"}

    def _rules(self, rows: StoryRows, room: str, most: int) -> str:
        """The rules behind a room, so many of those on most land, the rest counted."""
        rules = self.story.rules
        areas = rules.areas([row for row in rows if row.room == room])
        ordered = sorted(areas, key=lambda rule: (-areas[rule], rule))
        titles = [
            f"het omgevingsplan ({self._plans(rows)})" if rule == PLAN else rules.title(rule) for rule in ordered[:most]
        ]
        left = len(ordered) - most
        titles += [f"nog {left} {'regel' if left == 1 else 'regels'}"] if left > 0 else []
        words = ROOM_WORDS.get(room, f"{dutch_choice(room)}:")
        return f"{words} {in_a_row(titles)}" if titles else dutch_choice(room)

    def _plans(self, rows: StoryRows) -> str:
        """The categories that the plan has where it is a reason, and the one that the activity needs."""
        names = {str(row.plan_category) for row in rows if PLAN in row.reasons.split()}
        plans = ["niet bekend" if name == UNKNOWN else name for name in sorted(names)]
        return f"categorie {in_a_row(plans)}, nodig {self.story.profile[1].category}"


def answer(rows: StoryRows) -> str:
    """How much of some land is usable, in words."""
    whole, m2 = m2_of(rows), usable_m2_of(rows)
    if m2 < min(LEAST_IN_HA, 0.5 * whole):
        return NOT_KNOWN if is_not_known(rows) else NOT_USABLE
    return (
        "bruikbaar"
        if m2 > WHOLE * whole
        else f"voor {dutch_ha(m2).removesuffix(' ha')} van {dutch_ha(whole)} bruikbaar"
    )


def _now(later: list[int]) -> str:
    return f"nu en {_in_years(later)}" if later else "nu"


def _in_years(years: list[int]) -> str:
    return f"in {in_a_row(list(map(str, years)))}"
