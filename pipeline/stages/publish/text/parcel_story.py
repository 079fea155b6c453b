"""Why a plot is usable or not, now and later, in plain Dutch: who has it, what may be there, and what smallest
change would do.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, groupby, pairwise
from operator import attrgetter
from typing import Any

import pandas as pd

from layers.closed_lists import TERM_SENTENCES, WHEN_LIFTED
from layers.units import enough_m2
from pipeline.land.slivers import least_m2
from pipeline.project.models import ClusterConfig, SliverConfig
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.publish.tables.pieces import StageTables, pieces_of_plots
from pipeline.stages.publish.text.reasons import LEAST_IN_HA
from pipeline.stages.publish.text.sentences import Narrator
from pipeline.stages.publish.text.story_parts import (
    NOT_KNOWN,
    WHOLE,
    StoryRows,
    at_the_latest,
    by_answer,
    comes_free,
    evidence_of,
    in_a_row,
    is_not_known,
    m2_of,
    usable_m2_of,
    usable_part,
    usable_since,
)
from pipeline.stages.publish.text.translate import dutch_day, dutch_ha, dutch_number

MOST_SETS = 3
ALMOST_ALL = 0.999  # share of a plot from which a part counts as the plot itself

NO_SOLUTION = (
    "Er is geen oplossing gevonden: ook als drie dingen tegelijk veranderen (een belemmering vervalt of het plan wordt "
    "ruimer, een buurkavel komt erbij, of er wordt gewacht), blijft de kavel onbruikbaar."
)


@dataclass(frozen=True)
class Story:
    """Tells plots: their pieces with holding, room and verdict for one activity, no extension called, and the changes
    that would do.
    """

    narrator: Narrator
    clusters: Mapping[str, ClusterConfig]
    profile: tuple[str, ProfileConfig]
    tables: StageTables
    lifted: tuple[str, ...] = ()
    slivers: SliverConfig = field(default_factory=SliverConfig)

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
        rooms = self._early("rooms")[["combination_id", "plan_category", "year", "room", "reasons"]]
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
    def sites(self) -> dict[tuple[str, int], tuple[float, int, str]]:
        """Per piece and year the m2 and number of plots of the site that it is part of, and since when that is
        usable."""
        columns = ["site_id", "year", "area_m2", "parcel_count", "usable_from", "usable_from_latest"]
        both = self._early("sites")[columns].merge(self.tables["site_pieces"], on="site_id")
        return {
            (row.piece_id, row.year): (row.area_m2, row.parcel_count, usable_since(row)) for row in both.itertuples()
        }

    @cached_property
    def changes(self) -> dict[str, list[str]]:
        """Per plot the smallest sets of changes."""
        return dict(self._early("smallest_changes").sort_values("rank").groupby("parcel_id")["changes"].agg(list))

    def texts(self) -> pd.DataFrame:
        """The story of every plot; areas in ha, quays in m."""
        key = self.tables["holdings"][["cluster_id", "parcel_id"]].drop_duplicates()
        texts = [" ".join(self.sentences(str(parcel))) for parcel in key["parcel_id"]]
        return pd.DataFrame(key).assign(narrative=texts)

    def sentences(self, parcel: str, only: Iterable[str] | None = None, sets: list[str] | None = None) -> list[str]:
        """The story in sentences: usable or not by year, who has it, what may be there, why size fails,
        the smallest change.

        `only`: of these pieces of the plot; `sets`: changes found elsewhere than in the table.
        """
        rows = self.pieces[parcel]
        if only is not None:
            piece_ids = set(only)
            rows = [row for row in rows if row.piece_id in piece_ids]
        years = _by(rows, "year")
        now = years[min(years)]
        # What is told of sizes and changes is about the whole plot.
        is_part = m2_of(now) < ALMOST_ALL * m2_of(self.holdings[parcel])
        change_sets = self.changes.get(parcel, []) if sets is None else sets
        return [
            self._opening(parcel, years, is_part=is_part),
            *self._held(parcel, now),
            *self._room(now),
            *self._later(years),
            *self._size(parcel, now, is_part=is_part),
            *self._site(years),
            *([] if is_part else self._changes(change_sets, now)),
            *self._bases(rows),
        ]

    def _opening(self, parcel: str, years: Mapping[int, StoryRows], *, is_part: bool) -> str:
        first = min(years)
        whole = m2_of(years[first])
        shares = {year: usable_part(rows, whole) for year, rows in sorted(years.items())}
        where = self.clusters[years[first][0].cluster_id].title
        subject = "Dit deel" if is_part else f"Kavel {parcel}"
        part = shares.pop(first)
        named, activity = f"{subject} ({dutch_ha(whole)}, {where})", f"voor '{self.profile[1].title}'"
        opening = f"{named} is nu ({first}) {part} {activity}"
        if part == NOT_KNOWN:
            opening = f"Niet bekend is of {named[0].lower()}{named[1:]} nu ({first}) bruikbaar is {activity}"
        if not shares:
            return f"{opening}."
        held = any(row.tenure_status != "free" for row in years[first])
        return f"{opening}; {'als niemand verlengt ' if held else ''}{by_answer(shares)}."

    def _held(self, parcel: str, now: StoryRows) -> list[str]:
        states = {row.holding_id: row.tenure_status for row in now}
        every = [row for row in self.holdings[parcel] if row.holding_id in states]
        least = least_m2(m2_of(every), self.slivers)
        holdings = [row for row in every if row.area_m2 >= least] or every[:1]
        lines = []
        for row in holdings:
            state = states[row.holding_id]
            where = f" (op {dutch_ha(row.area_m2)})" if len(holdings) > 1 else ""
            if f"holding.{self._today.get(row.holding_id)}" in self.lifted:
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

    def _room(self, now: StoryRows) -> list[str]:
        """What may be there, per set of reasons the hectares; slivers go to the largest part."""
        whole, counted = m2_of(now), self._counted(now)
        groups: defaultdict[tuple[str, str], float] = defaultdict(float)
        for row in counted:
            reasons = "; ".join(self._parts(zone, row)[0] for zone in row.reasons.split())
            groups[row.room, reasons] += row.area_m2
        largest = max(groups, key=lambda group: (groups[group], group))
        slivers_m2 = whole - m2_of(counted)
        if slivers_m2 <= (1.0 - WHOLE) * whole:  # they go to what lies beside them, unless together they are a part
            groups[largest] += slivers_m2
        least = least_m2(whole, self.slivers)
        parts = []
        for (room, reasons), m2 in sorted(groups.items(), key=lambda item: (-item[1], item[0])):
            if m2 < least and (room, reasons) != largest:
                continue  # of reasons that count, together on too little to name
            share = "Op het geheel" if m2 > WHOLE * whole else f"Op {dutch_ha(m2)}"
            parts.append(f"{share} {TERM_SENTENCES['room'][room]}" + (f": {reasons}." if reasons else "."))
        return parts

    def _counted(self, rows: StoryRows) -> StoryRows:
        """The rows without those under a reason that has too little of their land to count there; all where none is
        left.
        """
        on_m2: defaultdict[str, float] = defaultdict(float)
        for row in rows:
            for rule in self._rules(row):
                on_m2[rule] += row.area_m2
        least = least_m2(m2_of(rows), self.slivers)
        return [row for row in rows if all(on_m2[rule] >= least for rule in self._rules(row))] or rows

    def _rules(self, row: Any) -> set[str]:
        """The rules behind the reasons of a row; zones of one rule count together."""
        return {self._rule_name(zone) for zone in row.reasons.split()}

    def _parts(self, zone: str, row: Any) -> tuple[str, str]:
        return self.narrator.parts(zone, self.profile[0], row.plan_category)

    def _later(self, years: Mapping[int, StoryRows]) -> list[str]:
        """What of the rules changes by year, each against the year before."""
        rooms = {year: self._room(rows) for year, rows in years.items()}
        changed = [year for before, year in pairwise(sorted(rooms)) if rooms[year] != rooms[before]]
        if not changed:
            listed = [str(year) for year in sorted(rooms)]
            return [f"Deze regels zijn in {', '.join(listed[:-1])} en {listed[-1]} gelijk."] if len(rooms) > 1 else []
        return [f"In {year} verandert dat: {' '.join(rooms[year])}" for year in changed]

    def _bases(self, rows: StoryRows) -> list[str]:
        """What each rule that was named stands on, and its source; once."""
        basis_by_rule: dict[str, str] = {}
        for row in chain.from_iterable(map(self._counted, _by(rows, "year").values())):
            for zone in row.reasons.split():
                said, stands_on = self._parts(zone, row)
                basis_by_rule[said.partition(":")[0]] = stands_on
        lines = [f"{name} ({basis})" for name, basis in basis_by_rule.items() if basis]
        return [f"Waar dat op rust: {'; '.join(lines)}."] if lines else []

    def _site(self, years: Mapping[int, StoryRows]) -> list[str]:
        """The largest site that the plot is part of, in the first asked year in which it is part of one."""
        for year in sorted(years):
            sites = [self.sites[row.piece_id, year] for row in years[year] if (row.piece_id, year) in self.sites]
            if sites:
                m2, count, since = max(sites)
                when = "De grond hoort" if year == min(years) else f"In {year} hoort de grond, als niemand verlengt,"
                then = "nu" if year == min(years) else "dan"
                others = "een kavel" if count == 1 else f"{count} kavels, die {then} ook vrij zijn"
                since = "" if year == min(years) else f", {since}"
                return [f"{when} bij een locatie van {dutch_ha(m2)} op {others}{since}."]
        return []

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
        if self._is_small(now) and not is_part:
            return [f"Op zichzelf is deze kavel te klein: nodig is {area} ha aaneengesloten."]
        return [f"Nodig is ook {quay}{self._quay(parcel)}."] if asks.least_quay_m else []

    def _is_small(self, rows: StoryRows) -> bool:
        return m2_of(rows) < enough_m2(self.profile[1].least_area_ha)

    def _changes(self, sets: list[str], now: StoryRows) -> list[str]:
        """The smallest sets of changes after which the plot is usable, or why there are none."""
        if all(row.tenure_status == "public_space" for row in now):
            return ["Openbare ruimte wordt niet uitgegeven."]
        if not sets:
            return []
        if is_not_known(now) and usable_m2_of(now) <= 0:
            return [self._to_know(now)]
        if sets[0] == "none":
            is_whole = usable_m2_of(now) > WHOLE * m2_of(now)
            subject = "Er" if is_whole else "Voor ten minste de helft van de kavel"
            return [f"{subject} is geen verandering nodig."]
        if sets[0] == "beyond":
            return [NO_SOLUTION]
        shown, left = sets[:MOST_SETS], len(sets) - MOST_SETS
        changes = [self._set(text.split(" ")) for text in shown]
        if len(changes) > 1:
            changes = [f"({number}) {text}" for number, text in enumerate(changes, start=1)]
        story = "Kleinste verandering waarna ten minste de helft van de kavel bruikbaar is: " + "; of ".join(changes)
        if left > 0:
            others = "is nog 1 andere mogelijkheid" if left == 1 else f"zijn nog {left} andere mogelijkheden"
            story += f"; er {others}"
        story += "."
        if self._is_small(now) and any("join:" not in text for text in shown):
            story += " Waar geen buurkavel is genoemd, sluit de kavel aan op grond die dan vrij is."
        return [story]

    def _to_know(self, now: StoryRows) -> str:
        """What would have to be known of the plot first: which rules hold there, what the plan admits, who has it."""
        unknown = [row for row in now if "unknown" in (row.room, row.verdict)]
        names = {self._rule_name(zone) for row in unknown if row.room == "unknown" for zone in row.reasons.split()}
        rules = sorted(f"'{self.narrator.title(name)}'" for name in names - {"plan_category"})
        wanted = [f"of {in_a_row(rules)} hier {'geldt' if len(rules) == 1 else 'gelden'}"] if rules else []
        wanted += ["welke categorie het plan toelaat"] if "plan_category" in names else []
        wanted += ["wie de grond heeft"] if any(row.tenure_status == "unknown" for row in unknown) else []
        wanted += ["of er kade met genoeg diepgang ligt"] if not wanted else []
        return f"Kleinste verandering: het wordt bekend {in_a_row(wanted)}; tot dan telt de kavel niet als bruikbaar."

    def _rule_name(self, zone: str) -> str:
        """The rule of a zone; of what is no zone its own name."""
        return str(self.narrator.known[zone]["constraint"]) if zone in self.narrator.known else zone

    def _set(self, words: list[str]) -> str:
        """One set of changes, waiting first."""
        ordered = sorted(words, key=lambda word: (not word.startswith("wait:"), word.startswith("join:"), word))
        parts = [self._lifted(word) for word in ordered]
        if len(parts) > 1:  # others change by themselves in the meantime
            parts[0] = parts[0].replace(", als niemand", " op wat er dan om de kavel verandert, als niemand")
        return in_a_row(parts).replace(",,", ",").removesuffix(",")

    def _lifted(self, word: str) -> str:
        if word in WHEN_LIFTED:
            return WHEN_LIFTED[word]
        kind, _, name = word.partition(":")
        if kind == "join":
            return f"kavel {name} komt vrij en wordt erbij genomen"
        if kind == "wait":
            early, *late = map(dt.date.fromisoformat, name.split("/"))
            words = [
                f"wachten tot {dutch_day(early)}, als niemand verlengt",
                *(at_the_latest(early, day) for day in late),
            ]
            return f"{' '.join(words)},"
        if word == "plan_category":
            return f"het plan laat categorie {self.profile[1].category} toe"
        return f"'{self.narrator.title(word)}' geldt hier niet meer"


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
