"""What a planner reads of a plot first: the verdict, who has it, what would do; together no longer than a paragraph."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

import pandas as pd

from pipeline.project.project import Project
from pipeline.stages.publish.tables.pieces import StageTables
from pipeline.stages.publish.text.parcel_story import NO_CHANGE, NO_SOLUTION, Change, Story, story_of
from pipeline.stages.publish.text.sentences import PLAN
from pipeline.stages.publish.text.story_parts import WHOLE, StoryRows, in_a_row, is_not_known, m2_of, usable_m2_of
from pipeline.stages.publish.text.tenure_words import TenureWords
from pipeline.stages.publish.text.translate import dutch_ha
from pipeline.stages.publish.text.verdict_words import VerdictWords

MOST_CHARACTERS = 350
LINE_COLUMNS = ("verdict_line", "tenure_line", "change_line")


@dataclass(frozen=True)
class PlotText:
    """The three lines on a plot, and in lines what they rest on."""

    verdict: str
    tenure: str
    change: str
    grounds: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that say something."""
        return tuple(filter(None, (self.verdict, self.tenure, self.change)))


@dataclass(frozen=True)
class PlotTexts:
    """Texts on the plots of a story."""

    story: Story
    tenure: TenureWords

    def texts(self) -> pd.DataFrame:
        """The texts of every plot, a row each; areas in ha, quays in m."""
        key = pd.DataFrame(self.story.tables["holdings"][["cluster_id", "parcel_id"]].drop_duplicates())
        texts = [self.text(str(parcel)) for parcel in key["parcel_id"]]
        lines = [(text.verdict, text.tenure, text.change or None) for text in texts]
        key[list(LINE_COLUMNS)] = pd.DataFrame(lines, index=key.index, dtype=object)
        return key.assign(narrative=["\n".join(text.grounds) for text in texts])

    def text(self, parcel: str, only: Collection[str] | None = None, sets: list[str] | None = None) -> PlotText:
        """The text on a plot, or on these pieces of it; `sets`: changes found elsewhere than in the table."""
        years = self.story.years_of(parcel, only)
        now = years[min(years)]
        changes = self.story.changes.get(parcel, []) if sets is None else list(map(Change, sets))
        is_part = self.story.is_part(parcel, now)
        words = VerdictWords(self.story, parcel, years, () if is_part else tuple(changes))
        options = [("", [])] if is_part else self._change_lines(changes, words.wait(), now)
        # The fullest lines that fit together; the shortest that says what would do is left last.
        *most, least = options
        verdicts, tenures = words.lines(), self.tenure.lines(parcel, now)
        every = [*product(verdicts, tenures, most), *product(verdicts, tenures, [least])]
        texts = [(verdict, tenure, *option) for verdict, tenure, option in every]
        fitting = (text for text in texts if sum(map(len, text[:3])) <= MOST_CHARACTERS)
        verdict, tenure, change, left = next(fitting, texts[-1])
        return PlotText(verdict, tenure, change, tuple(self.story.grounds(parcel, years, left)))

    def _change_lines(
        self, changes: list[Change], wait: Change | None, now: StoryRows
    ) -> list[tuple[str, list[Change]]]:
        """Lines on what would do, from the fullest to the shortest, each with the sets that it does not say; `wait`:
        the set that the verdict says.
        """
        if all(row.tenure_status == "public_space" for row in now):
            return [("Openbare ruimte wordt niet uitgegeven.", [])]
        if not changes:
            return [("", [])]
        if is_not_known(now) and usable_m2_of(now) <= 0:
            return [(self._to_know(now), [])]
        if changes[0].words == NO_CHANGE:
            is_whole = usable_m2_of(now) > WHOLE * m2_of(now)
            return [("Er is niets nodig." if is_whole else "Voor ten minste de helft is niets nodig.", [])]
        if changes[0].words == NO_SOLUTION:
            return [("Geen oplossing gevonden, ook niet als drie dingen tegelijk veranderen.", [])]
        sets = [change for change in changes if change is not wait]
        if not sets:
            return [("Wachten volstaat.", [])]
        return self._sets(sets, now, "" if wait is None else "eerder ")

    def _sets(self, sets: list[Change], now: StoryRows, sooner: str) -> list[tuple[str, list[Change]]]:
        plans = self.story.plans_of(now)
        conditions = [self.story.change_words.condition(change.words, plans) for change in sets[:2]]
        heads = [f"{sooner}{_head(change, now)}" for change in sets[:2]]
        lines = []
        for shown in range(len(conditions), 0, -1):
            parts = [f"{heads[0]} {conditions[0]}"]
            parts += [f"of {'' if heads[1] == heads[0] else f'{heads[1]} '}{conditions[1]}"] if shown == 2 else []
            left = sets[shown:]
            parts += [f"nog {len(left)} {'mogelijkheid' if len(left) == 1 else 'mogelijkheden'}"] if left else []
            lines.append(("; ".join(parts), left))
        count = len(sets[0].words.split(" "))
        lines.append((f"{sooner}bruikbaar als {count} dingen tegelijk veranderen (zie onderbouwing)", sets))
        return [(f"{text[0].upper()}{text[1:]}.", left) for text, left in lines]

    def _to_know(self, now: StoryRows) -> str:
        """What would have to be known of the plot first: which rules hold there, what the plan admits, who has it."""
        rules = self.story.rules
        unknown = [row for row in now if "unknown" in (row.room, row.verdict)]
        names = {rules.rule_name(zone) for row in unknown if row.room == "unknown" for zone in row.reasons.split()}
        titles = sorted(f"'{rules.title(name)}'" for name in names - {PLAN})
        wanted = [f"of {in_a_row(titles)} hier {'geldt' if len(titles) == 1 else 'gelden'}"] if titles else []
        wanted += ["welke categorie het plan toelaat"] if PLAN in names else []
        wanted += ["wie de grond heeft"] if any(row.tenure_status == "unknown" for row in unknown) else []
        wanted += ["of er kade met genoeg diepgang ligt"] if not wanted else []
        return f"Te beoordelen als bekend is {in_a_row(wanted)}; tot dan telt deze kavel niet als bruikbaar."


def _head(change: Change, now: StoryRows) -> str:
    """How much becomes usable, at the head of a condition."""
    if change.usable_m2 is None:
        return "voor ten minste de helft bruikbaar"
    is_whole = change.usable_m2 > WHOLE * m2_of(now)
    return "bruikbaar" if is_whole else f"voor {dutch_ha(change.usable_m2)} bruikbaar"


def plot_texts_of(project: Project, tables: StageTables, profile: str, edition: str) -> PlotTexts:
    """Texts on the plots in these tables for an activity; the public edition names nobody."""
    story = story_of(project, tables, profile)
    rights = tables["holding_rights"]
    deciding = rights[rights["right_status"] == "decides"]
    by_holding = {row.holding_id: row for row in deciding.itertuples()}
    return PlotTexts(story, TenureWords(story, by_holding, project.card.reference_date, edition == "public"))
