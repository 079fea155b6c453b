"""What the verdict on a plot rests on, in plain Dutch: who has it, each rule that binds it, its size, its site, and
which other changes would do.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

import pandas as pd

from layers.closed_lists import TERM_SENTENCES
from layers.units import enough_m2
from pipeline.land.slivers import least_m2
from pipeline.project.models import ClusterConfig, SliverConfig
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.publish.tables.pieces import StageTables, pieces_of_plots
from pipeline.stages.publish.text.change_words import JOIN_PREFIX, ChangeWords
from pipeline.stages.publish.text.reasons import LEAST_IN_HA
from pipeline.stages.publish.text.rule_lines import RuleLines
from pipeline.stages.publish.text.sentences import Narrator
from pipeline.stages.publish.text.story_parts import (
    StoryRows,
    comes_free,
    evidence_of,
    in_a_row,
    m2_of,
    usable_since,
)
from pipeline.stages.publish.text.translate import dutch_ha, dutch_number

MOST_SETS = 3
ALMOST_ALL = 0.999  # share of a plot from which a part counts as the plot itself
NO_SOLUTION = "beyond"
NO_CHANGE = "none"


@dataclass(frozen=True)
class Change:
    """A set of changes after which a plot is usable, and how many m2 of it are then; None where not worked out."""

    words: str
    usable_m2: float | None = None


@dataclass(frozen=True)
class Story:
    """Plots with their pieces, holdings, rules and sites for one activity, no extension called, and the changes that
    would do.
    """

    narrator: Narrator
    clusters: Mapping[str, ClusterConfig]
    profile: tuple[str, ProfileConfig]
    tables: StageTables
    lifted: tuple[str, ...] = ()
    slivers: SliverConfig = field(default_factory=SliverConfig)

    @cached_property
    def rules(self) -> RuleLines:
        """The words of rules."""
        return RuleLines(self.narrator, self.profile[0], self.slivers)

    @cached_property
    def change_words(self) -> ChangeWords:
        """The words of changes."""
        return ChangeWords(self.narrator, self.profile[1].category)

    def _early(self, table: str) -> pd.DataFrame:
        """The rows of a table for the activity, where it is about one, and no extension called, without shapes."""
        rows = pd.DataFrame(self.tables[table].drop(columns="geometry", errors="ignore"))
        if "profile" in rows:
            rows = rows[rows["profile"] == self.profile[0]].drop(columns="profile")
        return rows[rows["case"] == "earliest"].drop(columns="case") if "case" in rows else rows

    @cached_property
    def pieces(self) -> dict[str, StoryRows]:
        """Per plot its pieces (m2) in every asked year, with verdict, tenure_status, room and reasons."""
        columns = ["cluster_id", "parcel_id", "piece_id", "holding_id", "combination_id", "plan_category", "area_m2"]
        pieces = pd.DataFrame(pieces_of_plots(self.tables)[columns])
        rooms = self._early("rooms")[["combination_id", "plan_category", "year", "room", "open_since", "reasons"]]
        whole = (
            pieces.merge(self._early("assessments")[["piece_id", "year", "verdict"]], on="piece_id")
            .merge(self._early("holding_states")[["holding_id", "year", "tenure_status"]], on=["holding_id", "year"])
            .merge(rooms, on=["combination_id", "plan_category", "year"])
            .fillna({"reasons": ""})
            .sort_values(["parcel_id", "year", "piece_id"])
        )
        # Python's own values, which are read much faster one by one.
        return _by(whole.astype(object).itertuples(), "parcel_id")

    @cached_property
    def holdings(self) -> dict[str, StoryRows]:
        """Per plot its holdings, the largest (m2) first."""
        order = ["parcel_id", "area_m2", "holding_id"]
        ordered = self._early("holdings").sort_values(order, ascending=[True, False, True])
        return _by(ordered.itertuples(), "parcel_id")

    @cached_property
    def sites(self) -> dict[tuple[str, int], Any]:
        """Per piece and year the row of the site that it is part of: m2, number of plots, and since when usable."""
        columns = ["site_id", "year", "area_m2", "parcel_count", "usable_from", "usable_from_latest"]
        both = self._early("sites")[columns].merge(self.tables["site_pieces"], on="site_id")
        return {(row.piece_id, row.year): row for row in both.itertuples()}

    @cached_property
    def changes(self) -> dict[str, list[Change]]:
        """Per plot the smallest sets of changes."""
        rows = self._early("smallest_changes").sort_values("rank")
        return {
            str(parcel): [Change(row.changes, row.usable_m2) for row in group.itertuples()]
            for parcel, group in rows.groupby("parcel_id")
        }

    def years_of(self, parcel: str, only: Collection[str] | None = None) -> dict[int, StoryRows]:
        """The pieces of a plot by asked year, of these pieces only; the first year is now."""
        rows = [row for row in self.pieces[parcel] if only is None or row.piece_id in only]
        return _by(rows, "year")

    def is_part(self, parcel: str, now: StoryRows) -> bool:
        """Whether these pieces are only a part of the plot: what is said of sizes and changes is about the whole."""
        return m2_of(now) < ALMOST_ALL * m2_of(self.holdings[parcel])

    def grounds(self, parcel: str, years: Mapping[int, StoryRows], options: list[Change]) -> list[str]:
        """What the verdict on these pieces rests on, in lines; `options`: sets of changes that are not said yet."""
        now = years[min(years)]
        is_part = self.is_part(parcel, now)
        where = f"{'Dit deel' if is_part else f'Kavel {parcel}'} ({dutch_ha(m2_of(now))}, {self._title(now)})"
        listed = in_a_row([str(year) for year in sorted(years)])
        size = " ".join([*self._size(parcel, now, is_part=is_part), *self._site(years)])
        return [
            f"{where}, beoordeeld voor '{self.profile[1].title}' in {listed}, zonder verlengingen.",
            f"Uitgifte en gebruik: {' '.join(self._held(parcel, now))}",
            *self.rules.lines(years),
            *([f"Maat en ligging: {size}"] if size else []),
            *self._options(parcel, options, now),
        ]

    def _title(self, rows: StoryRows) -> str:
        return self.clusters[rows[0].cluster_id].title

    def shown_holdings(self, parcel: str, now: StoryRows) -> StoryRows:
        """The holdings of these pieces that are large enough to be named, the largest first."""
        names = {row.holding_id for row in now}
        every = [row for row in self.holdings[parcel] if row.holding_id in names]
        least = least_m2(m2_of(every), self.slivers)
        return [row for row in every if row.area_m2 >= least] or every[:1]

    def is_lifted(self, holding: str) -> bool:
        """Whether a scenario lifts who has it today."""
        return f"holding.{self._today.get(holding)}" in self.lifted

    def _held(self, parcel: str, now: StoryRows) -> list[str]:
        states = {row.holding_id: row.tenure_status for row in now}
        holdings = self.shown_holdings(parcel, now)
        lines = []
        for row in holdings:
            state = states[row.holding_id]
            where = f" (op {dutch_ha(row.area_m2)})" if len(holdings) > 1 else ""
            if self.is_lifted(row.holding_id):
                lines.append(f"De grond telt in dit scenario als vrij{where}.")
                continue
            lines.append(f"{TERM_SENTENCES['holding'][state]}{where}{comes_free(row, state)}. {evidence_of(row)}")
        return lines

    @cached_property
    def _today(self) -> dict[str, str]:
        """Per holding its state today as the registers have it, before a scenario lifts it."""
        if not self.lifted or "holding_periods" not in self.tables:
            return {}
        periods = self.tables["holding_periods"]
        ordered = periods[periods["case"] == "earliest"].sort_values(["holding_id", "begins_on"])
        first = ordered.drop_duplicates("holding_id")
        return dict(zip(first["holding_id"], first["tenure_status"], strict=True))

    def _quay(self, parcel: str) -> str:
        """How much quay the plot has, if that was measured."""
        if "parcel_facts" not in self.tables:
            return ""
        metres = self._quays.get(parcel)
        return "; of die er ligt, is niet bekend" if pd.isna(metres) else f"; langs deze kavel ligt {metres:.0f} m kade"

    @cached_property
    def _quays(self) -> dict[str, float]:
        """Per plot its quay (m), nan where that is not known."""
        facts = self.tables["parcel_facts"].drop_duplicates("parcel_id")
        return dict(zip(facts["parcel_id"], facts["quay_m"], strict=True))

    def _size(self, parcel: str, now: StoryRows, *, is_part: bool) -> list[str]:
        asks = self.profile[1]
        area, width, metres = map(dutch_number, (asks.least_area_ha, asks.least_width_m, asks.least_quay_m))
        quay = f"{metres} m kade met genoeg diepgang"
        shortfalls = {
            "too_small": f"wat aaneengesloten vrij is, is kleiner dan de gevraagde {area} ha",
            "too_narrow": f"wat aaneengesloten vrij is, is smaller dan de gevraagde {width} m",
            "no_quay": f"er is minder dan de gevraagde {quay}",
            "unknown": f"of er {quay} is, is niet bekend",
        }
        # Of other land, who has it or what may be there is the reason, not its size.
        could = [row for row in now if row.tenure_status == "free" and row.room == "open"]
        areas = {name: m2_of(row for row in could if row.verdict == name) for name in shortfalls}
        least = least_m2(m2_of(now), self.slivers)
        lines = [
            f"Op {dutch_ha(areas[name])} is de grond vrij en mag het, maar {reason}."
            for name, reason in shortfalls.items()
            if areas[name] >= max(least, LEAST_IN_HA)
        ]
        if lines or any(row.verdict == "usable" for row in now):
            return lines
        if self.is_small(now) and not is_part:
            return [f"Op zichzelf is deze kavel te klein: nodig is {area} ha aaneengesloten."]
        return [f"Nodig is ook {quay}{self._quay(parcel)}."] if asks.least_quay_m else []

    def is_small(self, rows: StoryRows) -> bool:
        """Whether a plot is too small by itself for the activity."""
        return m2_of(rows) < enough_m2(self.profile[1].least_area_ha)

    def _site(self, years: Mapping[int, StoryRows]) -> list[str]:
        """The largest site that the plot is part of, in the first asked year in which it is part of one."""
        for year in sorted(years):
            sites = [self.sites[row.piece_id, year] for row in years[year] if (row.piece_id, year) in self.sites]
            if sites:
                site = max(sites, key=attrgetter("area_m2", "parcel_count"))
                is_now = year == min(years)
                when = "De grond hoort" if is_now else f"In {year} hoort de grond, zonder verlengingen,"
                others = f"{site.parcel_count} kavels, die {'nu' if is_now else 'dan'} ook vrij zijn"
                others = "een kavel" if site.parcel_count == 1 else others
                since = "" if is_now else f", bruikbaar {usable_since(site.usable_from, site.usable_from_latest)}"
                return [f"{when} bij een locatie van {dutch_ha(site.area_m2)} op {others}{since}."]
        return []

    def plans_of(self, rows: StoryRows) -> set[str]:
        """The categories that the plan has for these pieces."""
        return {str(row.plan_category) for row in rows}

    def _options(self, parcel: str, options: list[Change], now: StoryRows) -> list[str]:
        """Sets of changes after which at least half of the plot is usable, a line each, as conditions."""
        if not options:
            return []
        plans = self.plans_of(now)
        shown, left = options[:MOST_SETS], len(options) - MOST_SETS
        lines = [f"- {self.change_words.condition(change.words, plans)}." for change in shown]
        if left > 0:
            lines.append(f"- nog {left} andere {'mogelijkheid' if left == 1 else 'mogelijkheden'}.")
        if self.is_small(now) and any(JOIN_PREFIX not in change.words for change in shown):
            lines.append("Waar geen buurkavel is genoemd, sluit deze kavel aan op grond die dan vrij is.")
        return ["Deze kavel zou ook voor ten minste de helft bruikbaar zijn:", *lines]


def story_of(project: Project, tables: StageTables, profile: str) -> Story:
    """The story of the plots in these tables for an activity, by the rules of a project."""
    narrator = Narrator(
        tables["zones"], project.constrain.constraint, project.effects, project.profiles, project.assess
    )
    return Story(
        narrator,
        project.clusters,
        (profile, project.profiles[profile]),
        tables,
        project.lifted,
        project.balance.slivers,
    )


def _by(ordered: Iterable[Any], column: str) -> dict[Any, StoryRows]:
    """Rows that are in the order of a column, by its values."""
    return {value: list(rows) for value, rows in groupby(ordered, key=attrgetter(column))}
