"""The rules that bind a plot: each once, with its hectares, what it says and what it stands on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from layers.closed_lists import TERM_SENTENCES
from pipeline.land.slivers import least_m2
from pipeline.project.models import SliverConfig
from pipeline.stages.publish.text.reasons import PLAN_TITLE
from pipeline.stages.publish.text.sentences import PLAN, Narrator
from pipeline.stages.publish.text.story_parts import WHOLE, StoryRows, by_answer, in_a_row, m2_of
from pipeline.stages.publish.text.translate import dutch_ha

PiecesByYear = Mapping[int, StoryRows]  # the pieces of a plot by asked year


@dataclass(frozen=True)
class RuleLines:
    """Lines on what may be on land, and why not, for one activity."""

    narrator: Narrator
    profile: str
    slivers: SliverConfig

    def lines(self, years: PiecesByYear) -> list[str]:
        """How much of the land has room, by year, and a line per rule that limits it, the largest first."""
        shares = {year: self._shares(rows) for year, rows in sorted(years.items())}
        return [f"Regels {by_answer(shares)}.", *self._rule_lines(years)]

    def _shares(self, rows: StoryRows) -> str:
        """What of the land has which room; slivers go to the largest part."""
        whole, counted = m2_of(rows), self.counted(rows)
        areas: defaultdict[str, float] = defaultdict(float)
        for row in counted:
            areas[row.room] += row.area_m2
        largest = max(areas, key=lambda room: (areas[room], room))
        slivers_m2 = whole - m2_of(counted)
        if slivers_m2 <= (1.0 - WHOLE) * whole:  # they go to what lies beside them, unless together they are a part
            areas[largest] += slivers_m2
        least = least_m2(whole, self.slivers)
        parts = [
            f"op {'het geheel' if m2 > WHOLE * whole else dutch_ha(m2)} {TERM_SENTENCES['room'][room]}"
            for room, m2 in sorted(areas.items(), key=lambda item: (-item[1], item[0]))
            if m2 >= least or room == largest
        ]
        return in_a_row(parts)

    def counted(self, rows: StoryRows) -> StoryRows:
        """The rows without those under a reason that has too little of their land to count there; all where none is
        left.
        """
        least = least_m2(m2_of(rows), self.slivers)
        areas = self.areas(rows)
        return [row for row in rows if all(areas[rule] >= least for rule in self.rules(row))] or rows

    def areas(self, rows: StoryRows) -> dict[str, float]:
        """m2 under each rule that is a reason there."""
        on_m2: defaultdict[str, float] = defaultdict(float)
        for row in rows:
            for rule in self.rules(row):
                on_m2[rule] += row.area_m2
        return on_m2

    def rules(self, row: Any) -> set[str]:
        """The rules behind the reasons of a row; zones of one rule count together."""
        return {self.rule_name(zone) for zone in row.reasons.split()}

    def rule_name(self, zone: str) -> str:
        """The rule of a zone; of what is no zone its own name."""
        return str(self.narrator.known[zone]["constraint"]) if zone in self.narrator.known else zone

    def title(self, rule: str) -> str:
        """What a planner calls a rule, or the category of the plan."""
        return PLAN_TITLE if rule == PLAN else self.narrator.title(rule)

    def _rule_lines(self, years: PiecesByYear) -> list[str]:
        by_year = {year: self.counted(rows) for year, rows in sorted(years.items())}
        areas = {year: self.areas(rows) for year, rows in by_year.items()}
        most = {rule: max(each.get(rule, 0.0) for each in areas.values()) for each in areas.values() for rule in each}
        phrases: defaultdict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        for row in (row for rows in by_year.values() for row in rows):
            for zone in row.reasons.split():
                # Of one zone the category of the plan may differ by part of the plot.
                said = self.narrator.parts(zone, self.profile, row.plan_category)
                phrases[self.rule_name(zone)][f"{zone} {row.plan_category}" if zone == PLAN else zone] = said
        whole = m2_of(years[min(years)])
        lines = []
        for rule in sorted(most, key=lambda name: (-most[name], name)):
            where = _where({year: each.get(rule, 0.0) for year, each in areas.items()}, whole)
            titles = dict.fromkeys(self._zone_title(zone) for zone in sorted(phrases[rule]))
            title = next(iter(titles)) if len(titles) == 1 else self.title(rule)
            effects = dict.fromkeys(
                said.removeprefix(f"{self._zone_title(zone)}: ") for zone, (said, _) in sorted(phrases[rule].items())
            )
            bases = dict.fromkeys(basis for _, basis in phrases[rule].values() if basis)
            text = f"- {title} ({where}): {'; '.join(effects)}."
            lines.append(" ".join([text, *(f"{basis[0].upper()}{basis[1:]}." for basis in bases)]))
        return lines

    def _zone_title(self, zone: str) -> str:
        if zone in self.narrator.known:
            return str(self.narrator.known[zone]["zone_title"])
        return PLAN_TITLE if zone.partition(" ")[0] == PLAN else zone


def _where(areas: Mapping[int, float], whole: float) -> str:
    """On how much of a plot of so many m2, by year where that differs: `op 0,44 ha`, `op het geheel, vanaf 2030`."""
    words = {
        year: "" if m2 <= 0 else "op het geheel" if m2 > WHOLE * whole else f"op {dutch_ha(m2)}"
        for year, m2 in areas.items()
    }
    groups = [(text, list(years)) for text, years in groupby(words, key=words.__getitem__)]
    if len(groups) == 1:
        return groups[0][0]
    return "; ".join(f"{text} in {in_a_row(list(map(str, years)))}" for text, years in groups if text)
