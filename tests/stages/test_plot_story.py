"""The story of a plot: every sentence that a planner may read, word for word, on a plot of a few strips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest
from squared_paper import day

from layers.closed_lists import HOLDINGS, ROOMS
from layers.derived import DERIVED
from pipeline.project.models import ClusterConfig
from pipeline.project.project import Project
from pipeline.project.rules import ConstraintConfig, EffectConfig, ProfileConfig
from pipeline.stages.publish.text.parcel_story import Story
from pipeline.stages.publish.text.sentences import Narrator

YEARS = (2026, 2030)
PROFILE_CASES = (("plant", "earliest"), ("other", "earliest"), ("plant", "latest"))
CLUSTERS = {"paper": ClusterConfig(title="Papier", kind="cluster", basis="getekend")}
BY_YEAR = Mapping[int, str]


@dataclass(frozen=True)
class Strip:
    """A piece of a plot, free, open and usable unless said otherwise; a value may differ by year."""

    name: str
    area_m2: float
    verdict: str | BY_YEAR = "usable"
    tenure: str | BY_YEAR = "free"
    room: str | BY_YEAR = "open"
    reasons: str | BY_YEAR = ""
    holding: str = "h"
    parcel: str = "K1"
    plan: str | None = "5.1"

    def in_year(self, name: str, year: int) -> str:
        """A value in a year."""
        value = getattr(self, name)
        return value if isinstance(value, str) else value[year]


@dataclass
class Port:
    """Strips with what the registers say of their holdings, in the tables that the story is told from."""

    strips: Sequence[Strip]
    rights: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    changes: Sequence[str] = ()
    sites: Sequence[tuple[int, float, int, Sequence[str]]] = ()
    quay_m: Mapping[str, float | None] | None = None
    years: Sequence[int] = YEARS

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables under the names and columns of their contracts, with rows of other activities and cases among them."""
        tables = self._land() | self._sites()
        if self.quay_m is not None:
            tables["parcel_facts"] = pd.DataFrame(
                {"parcel_id": list(self.quay_m), "quay_m": list(self.quay_m.values())}
            )
        return tables

    def _land(self) -> dict[str, pd.DataFrame]:
        """Holdings and pieces, and what was found of them in each year."""
        rows = [(strip, year) for strip in self.strips for year in self.years]
        holdings = pd.DataFrame([self._holding(name) for name in dict.fromkeys(s.holding for s in self.strips)])
        pieces = [(s.name, s.holding, f"c-{s.name}", s.area_m2) for s in self.strips]
        judged = [
            (s.name, *key, year, s.in_year("verdict", year) if key == PROFILE_CASES[0] else "blocked")
            for s, year in rows
            for key in PROFILE_CASES
        ]
        states = [(s.holding, "earliest", year, s.in_year("tenure", year)) for s, year in rows]
        states += [(s.holding, "latest", year, "leased") for s, year in rows]
        where = [(f"c-{s.name}", s.plan or "unknown") for s, _ in rows]
        rooms = [
            (*place, "plant", year, s.in_year("room", year), s.in_year("reasons", year) or None)
            for place, (s, year) in zip(where, rows, strict=True)
        ]
        rooms += [(*place, "other", year, "unknown", None) for place, (_, year) in zip(where, rows, strict=True)]
        state_columns = ["holding_id", "case", "year", "tenure_status"]
        room_columns = ["combination_id", "plan_category", "profile", "year", "room", "reasons"]
        return {
            "holdings": holdings.assign(geometry=None),
            "pieces": pd.DataFrame(pieces, columns=["piece_id", "holding_id", "combination_id", "area_m2"]),
            "assessments": pd.DataFrame(judged, columns=["piece_id", "profile", "case", "year", "verdict"]),
            "holding_states": pd.DataFrame(states, columns=state_columns).drop_duplicates(),
            "rooms": pd.DataFrame(rooms, columns=room_columns),
        }

    def _sites(self) -> dict[str, pd.DataFrame]:
        """Sites with their pieces, and the smallest changes of plot K1."""
        sites = [
            (f"s{number}{case}", profile, year, case, m2 if (profile, case) == PROFILE_CASES[0] else 9.9e6, count)
            for number, (year, m2, count, _) in enumerate(self.sites)
            for profile, case in PROFILE_CASES
        ]
        site_pieces = [
            (f"s{number}{case}", name)
            for number, (*_, names) in enumerate(self.sites)
            for case in ("earliest", "latest")
            for name in names
        ]
        changes = [("K1", "plant", rank, words) for rank, words in reversed(list(enumerate(self.changes)))]
        changes += [("K1", "other", rank, "beyond") for rank in range(len(changes))]
        site_columns = ["site_id", "profile", "year", "case", "area_m2", "parcel_count"]
        return {
            "sites": pd.DataFrame(sites, columns=site_columns).assign(
                geometry=None, usable_from=pd.Timestamp("2029-03-02"), usable_from_latest=pd.Timestamp("2057-01-01")
            ),
            "site_pieces": pd.DataFrame(site_pieces, columns=["site_id", "piece_id"]),
            "smallest_changes": pd.DataFrame(changes, columns=["parcel_id", "profile", "rank", "changes"]),
        }

    def _holding(self, name: str) -> dict[str, Any]:
        strips = [strip for strip in self.strips if strip.holding == name]
        facts: dict[str, Any] = {
            "holding_id": name,
            "cluster_id": "paper",
            "parcel_id": strips[0].parcel,
            "plan_category": strips[0].plan,
            "area_m2": sum(strip.area_m2 for strip in strips),
            "available_earliest": pd.NaT,
            "available_latest": pd.NaT,
            "decided_by": "register",
            "certainty": "register",
            "recorded_on": pd.NaT,
            "disagreeing": None,
        }
        return facts | dict(self.rights.get(name, {}))


def constraint(name: str, title: str, **more: Any) -> ConstraintConfig:
    content = {
        "name": name,
        "title": title,
        "layer": "noise",
        "theme": "noise",
        "direction": "onto",
        "geometry": {"kind": "area"},
        "standing": "guideline",
        "basis": "afspraak",
        "source": "bron",
        "certainty": "C",
    }
    return ConstraintConfig.model_validate(content | more)


@pytest.fixture(scope="module")
def profile(rules: Project) -> ProfileConfig:
    """An activity that asks 2 ha, 50 m and no quay, of category 4.2."""
    update = {"title": "Fabriek", "least_area_ha": 2.0, "least_width_m": 50.0, "least_quay_m": 0.0, "category": "4.2"}
    return rules.profiles["general_industry"].model_copy(update=update)


@pytest.fixture(scope="module")
def narrator(rules: Project, profile: ProfileConfig) -> Narrator:
    """Two zones: noise that blocks, and pipes on which the data say nothing more."""
    common = {"cluster_id": "paper", "theme": "noise", "direction": "onto", "standing": "guideline", "geometry": None}
    zones = pd.DataFrame(
        [
            {
                "zone_id": "noise",
                "constraint": "noise",
                "zone_title": "Geluidzone",
                "band": None,
                "basis": "Wet A",
                "certainty": "C",
                "data_source": "kaart 1",
                **common,
            },
            {
                "zone_id": "pipes",
                "constraint": "pipes",
                "zone_title": "Leidingstrook",
                "band": None,
                "basis": "Wet B",
                "certainty": "L",
                "data_source": None,
                **common,
            },
        ]
    )
    kind = profile.object_kinds[0]
    effects = (
        EffectConfig(constraint="noise", object_kind=kind, condition="always", effect="blocks", basis="te luid"),
        EffectConfig(
            constraint="pipes", object_kind=kind, condition="always", effect="conditional", basis="na overleg"
        ),
    )
    constraints = (constraint("noise", "Geluid"), constraint("pipes", "Leidingen"))
    return Narrator(zones, constraints, effects, {"plant": profile}, rules.assess)


@pytest.fixture
def tell(narrator: Narrator, profile: ProfileConfig) -> Any:
    """The sentences of plot K1 of a port, with what an activity asks changed where a test says so."""

    def sentences(
        port: Port,
        only: Iterable[str] | None = None,
        sets: list[str] | None = None,
        lifted: tuple[str, ...] = (),
        periods: pd.DataFrame | None = None,
        **asks: object,
    ) -> list[str]:
        tables = port.tables() | ({} if periods is None else {"holding_periods": periods})
        story = Story(narrator, CLUSTERS, ("plant", profile.model_copy(update=asks)), tables, lifted=lifted)
        return story.sentences("K1", only, sets)

    return sentences


RULES_ALIKE = "Deze regels zijn in 2026 en 2030 gelijk."
FREE = "De grond is vrij. Dat blijkt uit het uitgifteregister."
OPEN = "Op het geheel mag deze activiteit."


def test_a_plot_that_is_free_open_and_usable_in_every_year(tell: Any) -> None:
    assert tell(Port([Strip("a", 30_000.0)])) == [
        "Kavel K1 (3,00 ha, Papier) is nu (2026) geheel bruikbaar voor 'Fabriek'; in 2030 geheel bruikbaar.",
        FREE,
        OPEN,
        RULES_ALIKE,
    ]


def test_one_year_has_no_later_and_no_rules_that_stay(tell: Any) -> None:
    assert tell(Port([Strip("a", 30_000.0)], years=(2026,))) == [
        "Kavel K1 (3,00 ha, Papier) is nu (2026) geheel bruikbaar voor 'Fabriek'.",
        FREE,
        OPEN,
    ]


def test_years_with_one_answer_stand_together_and_land_in_use_is_written_without_extension(tell: Any) -> None:
    tenure = {2026: "leased", 2030: "leased", 2040: "free", 2050: "free"}
    verdict = {2026: "in_use", 2030: "in_use", 2040: "usable", 2050: "usable"}
    strips = [Strip("a", 25_000.0, verdict, tenure), Strip("b", 5_000.0, "blocked", tenure, "blocked", "noise")]
    lines = tell(Port(strips, {"h": {"decided_by": "contract"}}, years=(2026, 2030, 2040, 2050)))
    assert lines[0] == (
        "Kavel K1 (3,00 ha, Papier) is nu (2026) niet bruikbaar voor 'Fabriek'; als niemand verlengt in 2030 niet "
        "bruikbaar, in 2040 en 2050 voor 2,50 ha bruikbaar."
    )
    assert "Deze regels zijn in 2026, 2030, 2040 en 2050 gelijk." in lines


@pytest.mark.parametrize(
    ("usable_m2", "words"),
    [
        (0.0, "niet bruikbaar"),
        (1.0, "voor 0,00 ha bruikbaar"),
        (9_950.0, "voor 0,99 ha bruikbaar"),
        (9_951.0, "geheel bruikbaar"),
    ],
)
def test_slivers_do_not_keep_a_plot_from_being_wholly_usable(tell: Any, usable_m2: float, words: str) -> None:
    strips = [Strip("b", 10_000.0 - usable_m2, "too_small")]
    strips += [Strip("a", usable_m2)] if usable_m2 else []
    assert f"is nu (2026) {words} voor" in tell(Port(strips))[0]


# Who has the land

HELD = {
    "free": "De grond is vrij",
    "not_serviced": "De grond is nog niet bouwrijp",
    "optioned": "Op de grond rust een optie",
    "reserved": "De grond is gereserveerd",
    "contracted": "Voor de grond is een contract getekend dat nog moet ingaan",
    "leased": "De grond is in gebruik gegeven",
    "idle": "De grond is uitgegeven, maar wordt niet gebruikt",
    "temporary": "De grond is tijdelijk in gebruik",
    "public_space": "De grond is openbare ruimte",
    "unknown": "Wie de grond heeft, is niet bekend",
}
PROOF = {
    "override": "een handmatige correctie",
    "contract": "een contract",
    "claim": "een optie of reservering bij de contracten",
    "register": "het uitgifteregister",
    "ibis": "de IBIS-opgave",
    "building": "een gebouw dat er staat",
    "land_use": "wat er volgens de topografie op de grond ligt",
}


def test_every_holding_has_its_sentence(tell: Any) -> None:
    lines = {name: tell(Port([Strip("a", 3e4, "unknown", name)]))[1] for name in HOLDINGS}
    wrong = {name: line for name, line in lines.items() if not line.startswith(HELD[name])}
    assert not wrong and set(HELD) == set(HOLDINGS)


def test_every_kind_of_evidence_is_named_and_none_is_said(tell: Any) -> None:
    decided = DERIVED["holdings"].columns["decided_by"].choices
    lines = {name: tell(Port([Strip("a", 3e4)], {"h": {"decided_by": name}}))[1] for name in decided}
    expected = {
        name: f"De grond is vrij. Dat blijkt uit {PROOF[name]}."
        if name in PROOF
        else "De grond is vrij. Daarvan is geen bewijs."
        for name in decided
    }
    assert lines == expected and set(PROOF) <= set(decided)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"certainty": "deed"}, "Dat blijkt uit een contract (akte)."),
        ({"certainty": "unknown"}, "Dat blijkt uit een contract."),
        ({"recorded_on": day("2024-05-07")}, "Dat blijkt uit een contract (van 07-05-2024)."),
        (
            {"certainty": "deed", "recorded_on": day("2024-05-07")},
            "Dat blijkt uit een contract (akte, van 07-05-2024).",
        ),
        ({"disagreeing": "IBIS: vrij"}, "Dat blijkt uit een contract. Een andere bron zegt iets anders: IBIS: vrij."),
        ({"disagreeing": ""}, "Dat blijkt uit een contract."),
        ({"decided_by": "none", "certainty": "deed", "recorded_on": day("2024-05-07")}, "Daarvan is geen bewijs."),
    ],
)
def test_evidence_is_written_with_how_sure_and_how_old_it_is(tell: Any, facts: dict[str, Any], line: str) -> None:
    rights = {"h": {"decided_by": "contract", **facts}}
    assert tell(Port([Strip("a", 3e4)], rights))[1] == f"De grond is vrij. {line}"


@pytest.mark.parametrize(
    ("early", "late", "clause"),
    [
        (None, None, "; wanneer zij vrijkomt, is niet bekend"),
        (None, "2041-03-02", "; wanneer zij vrijkomt, is niet bekend"),
        ("2031-02-03", None, "; op zijn vroegst vrij vanaf 03-02-2031, wanneer op zijn laatst is niet bekend"),
        ("2031-02-03", "2031-02-03", "; vrij vanaf 03-02-2031"),
        (
            "2031-02-03",
            "2041-12-05",
            "; op zijn vroegst vrij vanaf 03-02-2031, met alle verlengingen en opties vanaf 05-12-2041",
        ),
    ],
)
def test_when_land_comes_free(tell: Any, early: str | None, late: str | None, clause: str) -> None:
    days = {"available_earliest": early, "available_latest": late}
    rights = {"h": {name: pd.NaT if text is None else pd.Timestamp(text) for name, text in days.items()}}
    lines = {name: tell(Port([Strip("a", 3e4, "in_use", name)], rights))[1] for name in HOLDINGS}
    wrong = {
        name: line
        for name, line in lines.items()
        if line
        != f"{HELD[name]}{'' if name in ('free', 'public_space') else clause}. Dat blijkt uit het uitgifteregister."
    }
    assert not wrong


def test_holdings_of_a_plot_are_written_with_their_hectares_the_largest_first(tell: Any) -> None:
    strips = [
        Strip("a", 10_000.0, holding="small"),
        Strip("b", 20_000.0, "in_use", "leased", holding="large"),
        Strip("c", 50_000.0, "in_use", "optioned", holding="elsewhere", parcel="K2"),
    ]
    lines = tell(Port(strips))
    assert lines[1:3] == [
        "De grond is in gebruik gegeven (op 2,00 ha); wanneer zij vrijkomt, is niet bekend. "
        "Dat blijkt uit het uitgifteregister.",
        "De grond is vrij (op 1,00 ha). Dat blijkt uit het uitgifteregister.",
    ]
    assert lines[0].startswith("Kavel K1 (3,00 ha")


def test_what_a_scenario_lifts_counts_as_free_and_says_so(tell: Any) -> None:
    rows = [
        ("h", "earliest", day("2020-01-01"), "leased"),
        ("h", "earliest", day("2035-01-01"), "free"),
        ("h", "latest", day("2010-01-01"), "idle"),
        ("g", "earliest", day("2020-01-01"), "optioned"),
    ]
    periods = pd.DataFrame(rows[::-1], columns=["holding_id", "case", "begins_on", "tenure_status"])
    strips = [Strip("a", 20_000.0), Strip("b", 10_000.0, holding="g")]
    lifted = tell(Port(strips), lifted=("holding.leased",), periods=periods)
    assert lifted[1] == "De grond telt in dit scenario als vrij (op 2,00 ha)."
    assert lifted[2] == "De grond is vrij (op 1,00 ha). Dat blijkt uit het uitgifteregister."
    assert tell(Port(strips), periods=periods)[1].startswith("De grond is vrij (op 2,00 ha).")
    assert tell(Port(strips), lifted=("holding.leased",))[1].startswith("De grond is vrij (op 2,00 ha).")


# What may be there

NOISE = "Geluidzone: te luid"
PIPES = "Leidingstrook: na overleg"
NOISE_BASIS = "Geluidzone (grondslag: Wet A (richtlijn); zekerheid van de regel: zeker; bron: kaart 1)"
PIPES_BASIS = "Leidingstrook (grondslag: Wet B (richtlijn); zekerheid van de regel: waarschijnlijk)"


@pytest.mark.parametrize(
    ("room", "words"),
    [
        ("open", "mag deze activiteit"),
        ("conditional", "mag deze activiteit alleen onder voorwaarden"),
        ("blocked", "mag deze activiteit niet"),
        ("unknown", "is niet bekend of deze activiteit mag"),
    ],
)
def test_room_has_its_words_reasons_and_what_they_rest_on(tell: Any, room: str, words: str) -> None:
    assert room in ROOMS
    lines = tell(Port([Strip("a", 3e4, "blocked", room=room, reasons="noise pipes")]))
    assert lines[2:] == [
        f"Op het geheel {words}: {NOISE}; {PIPES}.",
        RULES_ALIKE,
        f"Waar dat op rust: {NOISE_BASIS}; {PIPES_BASIS}.",
    ]


def test_room_is_written_by_hectares_the_largest_first_without_slivers(tell: Any) -> None:
    strips = [
        Strip("a", 4_000.0, "blocked", room="blocked", reasons="noise"),
        Strip("b", 3_000.0, "blocked", room="blocked", reasons="noise"),
        Strip("c", 6_000.0, "conditional", room="conditional", reasons="pipes"),
        Strip("d", 15_000.0, "too_small"),
        Strip("e", 50.0, "unknown", room="unknown"),
        Strip("f", 49.0, "unknown", room="unknown", reasons="pipes"),
    ]
    lines = tell(Port(strips))
    assert lines[2:6] == [
        "Op 1,50 ha mag deze activiteit.",
        f"Op 0,70 ha mag deze activiteit niet: {NOISE}.",
        f"Op 0,60 ha mag deze activiteit alleen onder voorwaarden: {PIPES}.",
        "Op 0,01 ha is niet bekend of deze activiteit mag.",
    ]
    assert lines[6] == RULES_ALIKE


def test_on_a_plot_that_is_a_sliver_the_larger_half_is_written(tell: Any) -> None:
    strips = [Strip("a", 30.0, "too_small"), Strip("b", 20.0, "blocked", room="blocked", reasons="noise")]
    assert tell(Port(strips))[2:4] == ["Op 0,00 ha mag deze activiteit.", RULES_ALIKE]


@pytest.mark.parametrize(("open_m2", "words"), [(9_950.0, "Op 0,99 ha mag"), (9_951.0, "Op het geheel mag")])
def test_nearly_the_whole_plot_is_written_as_the_whole(tell: Any, open_m2: float, words: str) -> None:
    strips = [Strip("a", open_m2), Strip("b", 10_000.0 - open_m2, "blocked", room="blocked", reasons="noise")]
    assert tell(Port(strips))[2].startswith(words)


@pytest.mark.parametrize(
    ("plan", "words"), [("3.1", "laat hoogstens categorie 3.1 toe"), (None, "noemt geen milieucategorie")]
)
def test_the_plan_of_the_plot_is_written_with_what_is_wanted(
    tell: Any, rules: Project, plan: str | None, words: str
) -> None:
    lines = tell(Port([Strip("a", 3e4, "blocked", room="blocked", reasons="plan_category", plan=plan)]))
    said = f"het plan {words}, gevraagd is 4.2"
    basis = f"grondslag: {rules.assess.plan_category.basis}; bron: kavelgegevens"
    assert lines[2] == f"Op het geheel mag deze activiteit niet: {said}."
    assert lines[-1] == f"Waar dat op rust: {said} ({basis})."


def test_rules_that_change_are_written_in_the_year_in_which_they_do(tell: Any) -> None:
    years = (2026, 2030, 2040, 2050)
    room = {2026: "blocked", 2030: "blocked", 2040: "open", 2050: "conditional"}
    reasons = {2026: "noise", 2030: "noise", 2040: "", 2050: "pipes"}
    lines = tell(Port([Strip("a", 3e4, "blocked", room=room, reasons=reasons)], years=years))
    assert lines[2:] == [
        f"Op het geheel mag deze activiteit niet: {NOISE}.",
        "In 2040 verandert dat: Op het geheel mag deze activiteit.",
        f"In 2050 verandert dat: Op het geheel mag deze activiteit alleen onder voorwaarden: {PIPES}.",
        f"Waar dat op rust: {NOISE_BASIS}; {PIPES_BASIS}.",
    ]


# Why size fails

QUAY = "er is minder dan de gevraagde 100 m kade met genoeg diepgang"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("too_small", "wat aaneengesloten vrij is, is kleiner dan de gevraagde 2,5 ha"),
        ("too_narrow", "wat aaneengesloten vrij is, is smaller dan de gevraagde 37,5 m"),
        ("no_quay", QUAY),
        ("unknown", "of er 100 m kade met genoeg diepgang is, is niet bekend"),
    ],
)
def test_land_that_is_free_and_open_but_does_not_do_says_why(tell: Any, verdict: str, words: str) -> None:
    asks = {"least_area_ha": 2.5, "least_width_m": 37.5, "least_quay_m": 100.0}
    strips = [
        Strip("a", 10_000.0, verdict),
        Strip("b", 5_000.0, verdict),
        Strip("c", 1_000.0, verdict, "leased", holding="g"),
        Strip("d", 1_000.0, verdict, room="unknown"),
    ]
    lines = tell(Port(strips), **asks)
    assert [line for line in lines if "maar" in line or "Nodig" in line or "te klein" in line] == [
        f"Op 1,50 ha is de grond vrij en mag het, maar {words}."
    ]


@pytest.mark.parametrize(("area_m2", "count"), [(49.0, 0), (50.0, 1)])
def test_slivers_that_do_not_do_are_not_written(tell: Any, area_m2: float, count: int) -> None:
    lines = tell(Port([Strip("a", 30_000.0), Strip("b", area_m2, "too_narrow")]))
    assert sum("is de grond vrij en mag het" in line for line in lines) == count


TOO_SMALL = "Op zichzelf is deze kavel te klein: nodig is 2 ha aaneengesloten."


@pytest.mark.parametrize(
    ("area_m2", "verdict", "is_expected"),
    [(19_999.0, "in_use", True), (20_000.0, "in_use", False), (19_999.0, "usable", False)],
)
def test_a_plot_too_small_by_itself_says_so(tell: Any, area_m2: float, verdict: str, is_expected: bool) -> None:
    lines = tell(Port([Strip("a", area_m2, verdict, "leased")]))
    assert (TOO_SMALL in lines) == is_expected


@pytest.mark.parametrize(
    ("quay_m", "words"),
    [
        ({"K0": 7.0, "K1": 82.4}, "; langs deze kavel ligt 82 m kade"),
        ({"K1": None}, "; of die er ligt, is niet bekend"),
        ({"K0": 7.0}, "; of die er ligt, is niet bekend"),
        (None, ""),
    ],
)
def test_the_quay_that_is_needed_and_that_is_there(tell: Any, quay_m: Any, words: str) -> None:
    strips = [Strip("z", 9_000.0, "in_use", "leased", holding="g", parcel="K0"), Strip("a", 3e4, "in_use", "leased")]
    assert f"Nodig is ook 100 m kade met genoeg diepgang{words}." in tell(
        Port(strips, quay_m=quay_m), least_quay_m=100.0
    )


def test_quay_is_not_written_where_land_is_usable_or_none_is_needed(tell: Any) -> None:
    used = Strip("a", 3e4, "in_use", "leased")
    assert not [line for line in tell(Port([used])) if "kade" in line]
    both = [used, Strip("b", 3e4, holding="g")]
    assert not [line for line in tell(Port(both), least_quay_m=100.0) if "kade" in line]


# The site it is part of


@pytest.mark.parametrize(("count", "others"), [(1, "een kavel"), (3, "3 kavels, die nu ook vrij zijn")])
def test_the_site_of_now(tell: Any, count: int, others: str) -> None:
    sites = [(2026, 34_000.0, 9, ["a"]), (2026, 51_000.0, count, ["b"]), (2030, 9e5, 7, ["a"])]
    lines = tell(Port([Strip("a", 3e4), Strip("b", 3e4)], sites=sites))
    assert [line for line in lines if "locatie" in line] == [f"De grond hoort bij een locatie van 5,10 ha op {others}."]


def test_a_site_of_later_is_written_in_its_year(tell: Any) -> None:
    lines = tell(
        Port([Strip("a", 3e4)], sites=[(2040, 9e5, 7, ["a"]), (2030, 51_000.0, 2, ["a"])], years=(2026, 2030, 2040))
    )
    assert [line for line in lines if "locatie" in line] == [
        "In 2030 hoort de grond, als niemand verlengt, bij een locatie van 5,10 ha op 2 kavels, die dan ook vrij zijn, "
        "bruikbaar per 2 maart 2029 (uiterlijk 2057)."
    ]


def test_a_plot_on_no_site_has_no_sentence_of_one(tell: Any) -> None:
    assert not [line for line in tell(Port([Strip("a", 3e4)])) if "locatie" in line]


# The smallest change

HEAD = "Kleinste verandering waarna ten minste de helft van de kavel bruikbaar is: "
ALONE = " Waar geen buurkavel is genoemd, sluit de kavel aan op grond die dan vrij is."
USED = Strip("a", 3e4, "in_use", "leased")
SMALL = Strip("a", 1e4, "in_use", "leased")

ONE_CHANGE = {
    "holding.not_serviced": "de grond wordt bouwrijp",
    "holding.optioned": "de optie vervalt",
    "holding.reserved": "de reservering vervalt",
    "holding.contracted": "het getekende contract gaat niet door",
    "holding.leased": "het gebruik van deze kavel eindigt eerder dan afgesproken",
    "holding.idle": "de ongebruikte uitgifte eindigt",
    "holding.temporary": "het tijdelijke gebruik eindigt",
    "holding.public_space": "de grond is geen openbare ruimte meer",
    "holding.unknown": "uitzoeken wie de grond heeft, en zij blijkt vrij",
    "plan_category": "het plan laat categorie 4.2 toe",
    "noise": "'Geluid' geldt hier niet meer",
    "strange_rule": "'strange_rule' geldt hier niet meer",
    "join:K7": "kavel K7 komt vrij en wordt erbij genomen",
}


def test_every_change_has_its_words(tell: Any) -> None:
    assert {f"holding.{name}" for name in HOLDINGS if name != "free"} <= set(ONE_CHANGE)
    lines = {word: tell(Port([USED], changes=[word]))[-1] for word in ONE_CHANGE}
    assert lines == {word: f"{HEAD}{words}." for word, words in ONE_CHANGE.items()}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["wait:2040-03-02"], "wachten tot 2 maart 2040, als niemand verlengt."),
        (["wait:2040-03-02/2060-01-01"], "wachten tot 2 maart 2040, als niemand verlengt (uiterlijk 2060)."),
        (["wait:2040-03-02/2040-05-01"], "wachten tot 2 maart 2040, als niemand verlengt (uiterlijk 1 mei 2040)."),
        (
            ["noise wait:2040-03-02/2060-01-01"],
            "wachten tot 2 maart 2040 op wat er dan om de kavel verandert, als niemand verlengt (uiterlijk 2060), en "
            "'Geluid' geldt hier niet meer.",
        ),
        (
            ["noise wait:2040-03-02"],
            "wachten tot 2 maart 2040 op wat er dan om de kavel verandert, als niemand verlengt, en 'Geluid' "
            "geldt hier niet meer"
            ".",
        ),
        (["pipes noise"], "'Geluid' geldt hier niet meer en 'Leidingen' geldt hier niet meer."),
        (
            ["noise join:K7 plan_category"],
            "'Geluid' geldt hier niet meer, het plan laat categorie 4.2 toe en kavel K7 "
            "komt vrij en wordt erbij genomen.",
        ),
        (
            ["noise", "pipes"],
            "(1) 'Geluid' geldt hier niet meer; of (2) 'Leidingen' geldt hier niet meer.",
        ),
        (
            ["noise", "pipes", "plan_category", "join:K7"],
            "(1) 'Geluid' geldt hier niet meer; of (2) 'Leidingen' geldt hier niet meer; of (3) het plan laat "
            "categorie 4.2 toe; er is nog 1 andere mogelijkheid.",
        ),
        (
            ["noise", "pipes", "plan_category", "join:K7", "wait:2040-03-02"],
            "(1) 'Geluid' geldt hier niet meer; of (2) 'Leidingen' geldt hier niet meer; of (3) het plan laat "
            "categorie 4.2 toe; er zijn nog 2 andere mogelijkheden.",
        ),
    ],
)
def test_sets_of_changes_in_their_order(tell: Any, changes: list[str], words: str) -> None:
    assert tell(Port([USED], changes=changes))[-1] == f"{HEAD}{words}"


@pytest.mark.parametrize(
    ("strip", "changes", "is_expected"),
    [
        (SMALL, ["noise"], True),
        (SMALL, ["join:K7"], False),
        (SMALL, ["join:K7", "noise"], True),
        (SMALL, ["join:K7", "join:K8", "join:K9", "noise"], False),
        (USED, ["noise"], False),
        (Strip("a", 2e4, "in_use", "leased"), ["noise"], False),
    ],
)
def test_a_small_plot_says_that_it_joins_free_land(
    tell: Any, strip: Strip, changes: list[str], is_expected: bool
) -> None:
    assert tell(Port([strip], changes=changes))[-1].endswith(ALONE) == is_expected


def test_no_change_is_needed_for_the_whole_or_for_the_half(tell: Any) -> None:
    assert tell(Port([Strip("a", 3e4)], changes=["none"]))[-1] == "Er is geen verandering nodig."
    half = Port([Strip("a", 3e4), Strip("b", 1e4, "in_use", "leased", holding="g")], changes=["none"])
    assert tell(half)[-1] == "Voor ten minste de helft van de kavel is geen verandering nodig."


@pytest.mark.parametrize(("used_m2", "is_whole"), [(49.0, True), (50.0, False)])
def test_a_sliver_in_use_needs_no_change(tell: Any, used_m2: float, is_whole: bool) -> None:
    strips = [Strip("a", 10_000.0 - used_m2), Strip("b", used_m2, "in_use", "leased", holding="g")]
    line = tell(Port(strips, changes=["none"]))[-1]
    assert (line == "Er is geen verandering nodig.") == is_whole


def test_beyond_three_changes_says_that_nothing_does(tell: Any) -> None:
    assert tell(Port([USED], changes=["beyond"]))[-1] == (
        "Er is geen oplossing gevonden: ook als drie dingen tegelijk veranderen (een belemmering vervalt of het plan "
        "wordt ruimer, een buurkavel komt erbij, of er wordt gewacht), blijft de kavel onbruikbaar."
    )


def test_public_space_is_not_issued(tell: Any) -> None:
    street = Strip("a", 3e4, "public_space", "public_space")
    assert tell(Port([street], changes=["noise"]))[-1] == "Openbare ruimte wordt niet uitgegeven."
    both = [street, Strip("b", 3e4, "in_use", "leased", holding="g")]
    assert tell(Port(both, changes=["noise"]))[-1].startswith(HEAD)


def test_sets_found_elsewhere_go_before_the_table_and_none_says_nothing(tell: Any) -> None:
    port = Port([USED], changes=["noise"])
    assert tell(port, sets=["pipes"])[-1] == f"{HEAD}'Leidingen' geldt hier niet meer."
    assert not [line for line in tell(port, sets=[]) if line.startswith(HEAD)]
    assert not [line for line in tell(Port([USED])) if line.startswith(HEAD)]


# A part of a plot


def test_a_part_of_a_plot_tells_only_of_itself(tell: Any) -> None:
    strips = [
        Strip("a", 1e4, "in_use", "leased"),
        Strip("b", 3e4, "blocked", room="blocked", reasons="noise", holding="g"),
    ]
    lines = tell(Port(strips, changes=["noise"]), only=iter(["a"]))
    assert lines == [
        "Dit deel (1,00 ha, Papier) is nu (2026) niet bruikbaar voor 'Fabriek'; als niemand verlengt in 2030 niet "
        "bruikbaar.",
        "De grond is in gebruik gegeven; wanneer zij vrijkomt, is niet bekend. Dat blijkt uit het uitgifteregister.",
        OPEN,
        RULES_ALIKE,
    ]


@pytest.mark.parametrize(("part_m2", "words"), [(9_989.0, "Dit deel ("), (9_990.0, "Kavel K1 (")])
def test_nearly_all_of_a_plot_is_the_plot(tell: Any, part_m2: float, words: str) -> None:
    strips = [Strip("a", part_m2, "in_use", "leased"), Strip("b", 10_000.0 - part_m2, "in_use", "leased")]
    lines = tell(Port(strips, changes=["noise"]), only=["a"])
    assert lines[0].startswith(words) and lines[-1].startswith(HEAD) == (words != "Dit deel (")


def test_the_stories_of_all_plots_stand_with_their_keys(narrator: Narrator, profile: ProfileConfig) -> None:
    strips = [
        Strip("a", 3e4),
        Strip("b", 1e4, holding="g"),
        Strip("c", 2e4, "in_use", "leased", holding="f", parcel="K2"),
    ]
    story = Story(narrator, CLUSTERS, ("plant", profile), Port(strips).tables())
    rows = story.texts()
    assert list(rows.iloc[:, :2].itertuples(index=False, name=None)) == [("paper", "K1"), ("paper", "K2")]
    assert rows.iloc[:, 2].tolist() == [" ".join(story.sentences("K1")), " ".join(story.sentences("K2"))]


# What is not known


@pytest.mark.parametrize(
    ("strip", "first", "smallest"),
    [
        pytest.param(
            Strip("a", 3e4, "unknown", "free", "unknown", "noise pipes"),
            "Niet bekend is of kavel K1",
            "of 'Geluid' en 'Leidingen' hier gelden",
            id="two rules",
        ),
        pytest.param(
            Strip("a", 3e4, "in_use", "leased", "unknown", "noise"),
            "Niet bekend is of kavel K1",
            "of 'Geluid' hier geldt",
            id="in use, with room that is not known",
        ),
        pytest.param(
            Strip("a", 3e4, "unknown", "free", "unknown", "plan_category"),
            "Niet bekend is of kavel K1",
            "welke categorie het plan toelaat",
            id="the plan",
        ),
        pytest.param(
            Strip("a", 3e4, "unknown", "unknown"), "Niet bekend is of kavel K1", "wie de grond heeft", id="who has it"
        ),
        pytest.param(
            Strip("a", 3e4, "unknown"),
            "Niet bekend is of kavel K1",
            "of er kade met genoeg diepgang ligt",
            id="quays alone",
        ),
    ],
)
def test_what_is_not_known_is_no_refusal(tell: Any, strip: Strip, first: str, smallest: str) -> None:
    """It begins with that, and its smallest change is what would make it known, also where no set of changes does."""
    story = tell(Port([strip], changes=["beyond"]))
    assert story[0].startswith(first) and "niet bruikbaar" not in story[0]
    wanted = f"Kleinste verandering: het wordt bekend {smallest}; tot dan telt de kavel niet als bruikbaar."
    assert [line for line in story if line.startswith("Kleinste")] == [wanted]


def test_a_plot_of_which_less_than_half_is_not_known_is_judged_by_the_rest(tell: Any) -> None:
    strips = [
        Strip("a", 3e4, "blocked", "free", "blocked", "noise"),
        Strip("b", 2e4, "unknown", "free", "unknown", "pipes"),
    ]
    story = tell(Port(strips, changes=["noise"]))
    assert "niet bruikbaar" in story[0] and any(line.startswith(HEAD) for line in story)
