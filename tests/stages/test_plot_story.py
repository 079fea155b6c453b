"""The text on a plot: every sentence that a planner may read, word for word, on a plot of a few strips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
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
from pipeline.stages.publish.text.tenure_words import TenureWords
from pipeline.stages.publish.text.three_lines import PlotText, PlotTexts

YEARS = (2026, 2030)
PROFILE_CASES = (("plant", "earliest"), ("other", "earliest"), ("plant", "latest"))
CLUSTERS = {"paper": ClusterConfig(title="Papier", kind="cluster", basis="getekend")}
BY_YEAR = Mapping[int, str]
TODAY = dt.date(2026, 10, 1)
RIGHT: dict[str, Any] = {
    "right_type": "sublease",
    "holder": "Haven BV",
    "starts_on": pd.Timestamp("2000-01-01"),
    "ends_on": pd.Timestamp("2030-01-01"),
    "last_notice_on": pd.Timestamp("2028-07-01"),
    "extension_right": "tenant",
    "is_noticed": False,
}


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
    usable_m2: float = 9e9
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
            (*place, "plant", year, s.in_year("room", year), s.in_year("reasons", year) or None, 2026)
            for place, (s, year) in zip(where, rows, strict=True)
        ]
        rooms += [(*place, "other", year, "unknown", None, None) for place, (_, year) in zip(where, rows, strict=True)]
        state_columns = ["holding_id", "case", "year", "tenure_status"]
        room_columns = ["combination_id", "plan_category", "profile", "year", "room", "reasons", "open_since"]
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
        changes = [
            ("K1", "plant", rank, words, self.usable_m2) for rank, words in reversed(list(enumerate(self.changes)))
        ]
        changes += [("K1", "other", rank, "beyond", 0.0) for rank in range(len(changes))]
        site_columns = ["site_id", "profile", "year", "case", "area_m2", "parcel_count"]
        return {
            "sites": pd.DataFrame(sites, columns=site_columns).assign(
                geometry=None, usable_from=pd.Timestamp("2029-03-02"), usable_from_latest=pd.Timestamp("2057-01-01")
            ),
            "site_pieces": pd.DataFrame(site_pieces, columns=["site_id", "piece_id"]),
            "smallest_changes": pd.DataFrame(changes, columns=["parcel_id", "profile", "rank", "changes", "usable_m2"]),
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
    """Zones of two rules: noise that blocks, and pipes on which the data say nothing more."""
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
            {
                "zone_id": "louder",
                "constraint": "noise",
                "zone_title": "Geluidzone, de kern",
                "band": None,
                "basis": "Wet A",
                "certainty": "C",
                "data_source": "kaart 1",
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
def write(narrator: Narrator, profile: ProfileConfig) -> Any:
    """The text on plot K1 of a port, with what an activity needs changed where a test says so."""

    def text(
        port: Port,
        only: Iterable[str] | None = None,
        sets: list[str] | None = None,
        lifted: tuple[str, ...] = (),
        periods: pd.DataFrame | None = None,
        rights: Mapping[str, Mapping[str, Any]] | None = None,
        is_public: bool = False,
        **asks: object,
    ) -> PlotText:
        tables = port.tables() | ({} if periods is None else {"holding_periods": periods})
        story = Story(narrator, CLUSTERS, ("plant", profile.model_copy(update=asks)), tables, lifted=lifted)
        deciding = {name: SimpleNamespace(**(RIGHT | dict(right))) for name, right in (rights or {}).items()}
        tenure = TenureWords(story, deciding, TODAY, is_public)
        return PlotTexts(story, tenure).text("K1", None if only is None else set(only), sets)

    return text


@pytest.fixture
def tell(write: Any) -> Any:
    """What the verdict on plot K1 of a port rests on, in lines."""
    return lambda *args, **more: list(write(*args, **more).grounds)


HEADER = "Kavel K1 (3,00 ha, Papier), beoordeeld voor 'Fabriek' in 2026 en 2030, zonder verlengingen."
HELD_BY = "Uitgifte en gebruik: "
FREE = f"{HELD_BY}De grond is vrij. Dat blijkt uit het uitgifteregister."
OPEN = "Regels in 2026 en 2030: op het geheel mag deze activiteit."


def test_a_plot_that_is_free_open_and_usable_in_every_year(tell: Any) -> None:
    assert tell(Port([Strip("a", 30_000.0)])) == [HEADER, FREE, OPEN]


def test_one_year_has_no_later(tell: Any) -> None:
    assert tell(Port([Strip("a", 30_000.0)], years=(2026,))) == [
        "Kavel K1 (3,00 ha, Papier), beoordeeld voor 'Fabriek' in 2026, zonder verlengingen.",
        FREE,
        "Regels in 2026: op het geheel mag deze activiteit.",
    ]


# The verdict

LEASED_UNTIL = {
    "tenure": {2026: "leased", 2030: "leased", 2050: "free"},
    "verdict": {2026: "in_use", 2030: "in_use", 2050: "usable"},
}
THREE_YEARS = (2026, 2030, 2050)


def later(
    changes: Sequence[str] = (), area_m2: float = 3e4, sites: Sequence[Any] = ((2050, 9e5, 7, ["a"]),), **more: Any
) -> Port:
    """A plot that is leased until after 2030, and on a site in 2050."""
    return Port([Strip("a", area_m2, **LEASED_UNTIL)], changes=changes, sites=sites, years=THREE_YEARS, **more)


@pytest.mark.parametrize(
    ("port", "line"),
    [
        pytest.param(Port([Strip("a", 3e4)]), "Bruikbaar, nu en in 2030.", id="now and later"),
        pytest.param(Port([Strip("a", 3e4)], years=(2026,)), "Bruikbaar, nu.", id="one year"),
        pytest.param(later(), "Bruikbaar per 2 maart 2029, uiterlijk in 2057.", id="the day of its site"),
        pytest.param(
            later(["wait:2040-03-02/2044-01-01"]), "Bruikbaar per 2 maart 2040, uiterlijk in 2044.", id="its own day"
        ),
        pytest.param(
            later(["wait:2040-03-02/2040-05-01"]), "Bruikbaar per 2 maart 2040, uiterlijk 1 mei 2040.", id="one year on"
        ),
        pytest.param(
            later(["wait:2040-03-02"]), "Bruikbaar per 2 maart 2040, uiterlijk in 2057.", id="at the latest as its site"
        ),
        pytest.param(
            later(["noise wait:2040-03-02"]), "Bruikbaar per 2 maart 2029, uiterlijk in 2057.", id="not by itself"
        ),
        pytest.param(
            later(["wait:2029-03-02"]),
            "Bruikbaar per 2 maart 2029, uiterlijk in 2057.",
            id="not the turn",
        ),
        pytest.param(later(sites=()), "Bruikbaar in 2050.", id="on no site"),
        pytest.param(
            Port([Strip("a", 3e4, {2026: "usable", 2030: "blocked"})]),
            "Nu bruikbaar; in 2030 niet bruikbaar.",
            id="no longer",
        ),
        pytest.param(
            Port(
                [Strip("a", 2e4), Strip("b", 1e4, {2026: "too_small", 2030: "usable"})],
                sites=[(2030, 9e5, 7, ["a", "b"])],
            ),
            "Nu voor 2,00 van 3,00 ha bruikbaar; bruikbaar per 2 maart 2029, uiterlijk in 2057.",
            id="more of it later",
        ),
        pytest.param(
            Port([Strip("a", 3e4, {2026: "blocked", 2030: "blocked", 2050: "unknown"})], years=THREE_YEARS),
            "Nu en in 2030 niet bruikbaar; in 2050 niet bekend of deze bruikbaar is.",
            id="not known later",
        ),
        pytest.param(
            Port([Strip("a", 3e4, "unknown")]),
            "Niet bekend of deze bruikbaar is, nu en in 2030: niet bekend of er genoeg kade ligt.",
            id="not known",
        ),
    ],
)
def test_the_verdict_with_its_day(write: Any, port: Port, line: str) -> None:
    assert write(port).verdict == line


def test_a_plot_that_comes_free_in_parts_has_half_of_it_by_that_day(write: Any) -> None:
    strips = [Strip("a", 2e4, **LEASED_UNTIL), Strip("b", 2e4, **LEASED_UNTIL, holding="g")]
    port = Port(strips, changes=["wait:2040-03-02"], sites=[(2050, 9e5, 7, ["a", "b"])], years=THREE_YEARS)
    assert write(port).verdict == "Voor ten minste de helft bruikbaar per 2 maart 2040, uiterlijk in 2057."


def test_a_last_day_that_is_not_known_is_not_said(write: Any, narrator: Narrator, profile: ProfileConfig) -> None:
    tables = later().tables()
    tables["sites"]["usable_from_latest"] = pd.NaT
    story = Story(narrator, CLUSTERS, ("plant", profile), tables)
    text = PlotTexts(story, TenureWords(story, {}, TODAY, False)).text("K1")
    assert text.verdict == "Bruikbaar per 2 maart 2029 zonder verlengingen; met alle verlengingen is geen dag bekend."
    tables = later(["wait:2040-03-02"]).tables()
    tables["sites"]["usable_from_latest"] = pd.NaT
    story = Story(narrator, CLUSTERS, ("plant", profile), tables)
    text = PlotTexts(story, TenureWords(story, {}, TODAY, False)).text("K1")
    assert text.verdict == "Bruikbaar per 2 maart 2040 zonder verlengingen."


@pytest.mark.parametrize(
    ("strip", "causes"),
    [
        (Strip("a", 3e4, "in_use", "leased"), "in 2030 nog in gebruik gegeven"),
        (Strip("a", 3e4, "public_space", "public_space"), "openbare ruimte"),
        (Strip("a", 3e4, "too_small"), "te klein, nodig is 2 ha aaneengesloten"),
        (Strip("a", 3e4, "too_narrow"), "te smal, nodig is 50 m"),
        (Strip("a", 3e4, "no_quay"), "te weinig kade, nodig is 0 m met genoeg diepgang"),
        (
            Strip("a", 3e4, "in_use", "leased", "blocked", "noise pipes"),
            "in 2030 nog in gebruik gegeven; uitgesloten door Geluid en Leidingen",
        ),
        (
            Strip("a", 3e4, "conditional", room="conditional", reasons="noise pipes third"),
            "alleen onder voorwaarden vanwege Geluid, Leidingen en nog 1 regel",
        ),
        (
            Strip("a", 3e4, "blocked", room="blocked", reasons="plan_category", plan="3.1"),
            "uitgesloten door het omgevingsplan (categorie 3.1, nodig 4.2)",
        ),
    ],
)
def test_what_keeps_a_plot_from_being_usable_in_the_last_year(write: Any, strip: Strip, causes: str) -> None:
    assert write(Port([strip])).verdict == f"Niet bruikbaar, nu en in 2030: {causes}."


def test_causes_are_named_from_half_of_the_plot_on(write: Any) -> None:
    strips = [Strip("a", 2e4, "in_use", "leased"), Strip("b", 1e4, "too_small", holding="g")]
    assert write(Port(strips)).verdict == "Niet bruikbaar, nu en in 2030: in 2030 nog in gebruik gegeven."
    strips = [Strip("a", 2e4, "in_use", "leased"), Strip("b", 2e4, "too_small", holding="g")]
    assert write(Port(strips)).verdict.endswith("nog in gebruik gegeven; te klein, nodig is 2 ha aaneengesloten.")
    thirds = [
        Strip("a", 1e4, "in_use", "leased"),
        Strip("b", 1.2e4, "too_small", holding="g"),
        Strip("c", 1e4, "blocked", room="blocked", reasons="noise", holding="f"),
    ]
    assert write(Port(thirds)).verdict == "Niet bruikbaar, nu en in 2030: te klein, nodig is 2 ha aaneengesloten."


@pytest.mark.parametrize(
    ("usable_m2", "words"),
    [
        (0.0, "Niet bruikbaar"),
        (49.0, "Niet bruikbaar"),
        (50.0, "Voor 0,01 van 1,00 ha bruikbaar"),
        (9_950.0, "Voor 0,99 van 1,00 ha bruikbaar"),
        (9_951.0, "Bruikbaar"),
    ],
)
def test_slivers_do_not_keep_a_plot_from_being_wholly_usable(write: Any, usable_m2: float, words: str) -> None:
    strips = [Strip("b", 10_000.0 - usable_m2, "too_small")]
    strips += [Strip("a", usable_m2)] if usable_m2 else []
    assert write(Port(strips)).verdict.startswith(f"{words}, nu en in 2030")


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
    wrong = {name: line for name, line in lines.items() if not line.startswith(f"{HELD_BY}{HELD[name]}")}
    assert not wrong and set(HELD) == set(HOLDINGS)


def test_every_kind_of_evidence_is_named_and_none_is_said(tell: Any) -> None:
    decided = DERIVED["holdings"].columns["decided_by"].choices
    lines = {name: tell(Port([Strip("a", 3e4)], {"h": {"decided_by": name}}))[1] for name in decided}
    expected = {
        name: f"{HELD_BY}De grond is vrij. Dat blijkt uit {PROOF[name]}."
        if name in PROOF
        else f"{HELD_BY}De grond is vrij. Daarvan is geen bewijs."
        for name in decided
    }
    assert lines == expected and set(PROOF) <= set(decided)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"certainty": "deed"}, "Dat blijkt uit een contract (akte)."),
        ({"certainty": "unknown"}, "Dat blijkt uit een contract."),
        ({"recorded_on": day("2024-05-07")}, "Dat blijkt uit een contract (van 7 mei 2024)."),
        (
            {"certainty": "deed", "recorded_on": day("2024-05-07")},
            "Dat blijkt uit een contract (akte, van 7 mei 2024).",
        ),
        ({"disagreeing": "IBIS: vrij"}, "Dat blijkt uit een contract. Een andere bron zegt iets anders: IBIS: vrij."),
        ({"disagreeing": ""}, "Dat blijkt uit een contract."),
        ({"decided_by": "none", "certainty": "deed", "recorded_on": day("2024-05-07")}, "Daarvan is geen bewijs."),
    ],
)
def test_evidence_is_written_with_how_sure_and_how_old_it_is(tell: Any, facts: dict[str, Any], line: str) -> None:
    rights = {"h": {"decided_by": "contract", **facts}}
    assert tell(Port([Strip("a", 3e4)], rights))[1] == f"{HELD_BY}De grond is vrij. {line}"


@pytest.mark.parametrize(
    ("early", "late", "clause"),
    [
        (None, None, "; wanneer deze vrijkomt, is niet bekend"),
        (None, "2041-03-02", "; wanneer deze vrijkomt, is niet bekend"),
        (
            "2031-02-03",
            None,
            "; vrij per 3 februari 2031 zonder verlengingen, met alle verlengingen is niet bekend wanneer",
        ),
        ("2031-02-03", "2031-02-03", "; vrij per 3 februari 2031"),
        (
            "2031-02-03",
            "2041-12-05",
            "; vrij per 3 februari 2031 zonder verlengingen, per 5 december 2041 met alle verlengingen en opties",
        ),
    ],
)
def test_when_land_comes_free(tell: Any, early: str | None, late: str | None, clause: str) -> None:
    days = {"available_earliest": early, "available_latest": late}
    rights = {"h": {name: pd.NaT if text is None else pd.Timestamp(text) for name, text in days.items()}}
    lines = {name: tell(Port([Strip("a", 3e4, "in_use", name)], rights))[1] for name in HOLDINGS}
    proof = "Dat blijkt uit het uitgifteregister."
    ends = {name: "" if name in ("free", "public_space") else clause for name in HOLDINGS}
    wrong = {name: line for name, line in lines.items() if line != f"{HELD_BY}{HELD[name]}{ends[name]}. {proof}"}
    assert not wrong


def test_holdings_of_a_plot_are_written_with_their_hectares_the_largest_first(tell: Any) -> None:
    strips = [
        Strip("a", 10_000.0, holding="small"),
        Strip("b", 20_000.0, "in_use", "leased", holding="large"),
        Strip("c", 50_000.0, "in_use", "optioned", holding="elsewhere", parcel="K2"),
    ]
    lines = tell(Port(strips))
    assert lines[1] == (
        f"{HELD_BY}De grond is in gebruik gegeven (op 2,00 ha); wanneer deze vrijkomt, is niet bekend. "
        "Dat blijkt uit het uitgifteregister. De grond is vrij (op 1,00 ha). Dat blijkt uit het uitgifteregister."
    )
    assert lines[0].startswith("Kavel K1 (3,00 ha")


def test_what_a_scenario_lifts_counts_as_free_and_says_so(tell: Any, write: Any) -> None:
    rows = [
        ("h", "earliest", day("2020-01-01"), "leased"),
        ("h", "earliest", day("2035-01-01"), "free"),
        ("h", "latest", day("2010-01-01"), "idle"),
        ("g", "earliest", day("2020-01-01"), "optioned"),
    ]
    periods = pd.DataFrame(rows[::-1], columns=["holding_id", "case", "begins_on", "tenure_status"])
    strips = [Strip("a", 20_000.0), Strip("b", 10_000.0, holding="g")]
    lifted = tell(Port(strips), lifted=("holding.leased",), periods=periods)
    assert lifted[1] == (
        f"{HELD_BY}De grond telt in dit scenario als vrij (op 2,00 ha). "
        "De grond is vrij (op 1,00 ha). Dat blijkt uit het uitgifteregister."
    )
    assert tell(Port(strips), periods=periods)[1].startswith(f"{HELD_BY}De grond is vrij (op 2,00 ha).")
    assert tell(Port(strips), lifted=("holding.leased",))[1].startswith(f"{HELD_BY}De grond is vrij (op 2,00 ha).")
    line = write(Port(strips), lifted=("holding.leased",), periods=periods).tenure
    assert line == "Op 2,00 ha telt in dit scenario als vrij; op 1,00 ha vrij volgens het uitgifteregister."


# Who has it in one line

CONTRACT = {"decided_by": "contract"}
USED_BY = "Ondererfpacht van Haven BV tot en met 1 januari 2030; "


@pytest.mark.parametrize(
    ("right", "line"),
    [
        ({}, f"{USED_BY}verlenging inroepen uiterlijk 1 juli 2028."),
        ({"extension_right": "mutual"}, f"{USED_BY}verlenging in overleg uiterlijk 1 juli 2028."),
        ({"extension_right": "none"}, f"{USED_BY}geen recht op verlenging."),
        ({"extension_right": "unknown"}, f"{USED_BY}recht op verlenging niet bekend."),
        ({"is_noticed": True}, f"{USED_BY}opgezegd."),
        ({"last_notice_on": pd.NaT}, f"{USED_BY}verlenging inroepen, uiterste datum niet bekend."),
        ({"last_notice_on": pd.Timestamp("2026-10-01")}, f"{USED_BY}verlenging inroepen uiterlijk 1 oktober 2026."),
        (
            {"last_notice_on": pd.Timestamp("2026-09-30")},
            f"{USED_BY}verlenging inroepen kon tot en met 30 september 2026.",
        ),
        (
            {"ends_on": pd.NaT, "extension_right": "none"},
            "Ondererfpacht van Haven BV zonder bekend einde; geen recht op verlenging.",
        ),
        (
            {"ends_on": pd.Timestamp("2026-09-30"), "extension_right": "none"},
            "Ondererfpacht van Haven BV, afgelopen op 30 september 2026; geen recht op verlenging.",
        ),
        (
            {"starts_on": pd.Timestamp("2027-03-01"), "extension_right": "none"},
            "Ondererfpacht van Haven BV vanaf 1 maart 2027 tot en met 1 januari 2030; geen recht op verlenging.",
        ),
        ({"right_type": "option"}, "Optie van Haven BV tot en met 1 januari 2030."),
        (
            {"holder": None, "extension_right": "none"},
            "Ondererfpacht van een onbekende houder tot en met 1 januari 2030; geen recht op verlenging.",
        ),
    ],
)
def test_the_right_that_decides_with_its_days(write: Any, right: dict[str, Any], line: str) -> None:
    port = Port([Strip("a", 3e4, "in_use", "leased")], {"h": CONTRACT})
    assert write(port, rights={"h": right}).tenure == line


def test_the_public_edition_names_nobody(write: Any) -> None:
    port = Port([Strip("a", 3e4, "in_use", "leased")], {"h": CONTRACT})
    line = write(port, rights={"h": {}}, is_public=True).tenure
    assert line == "Ondererfpacht tot en met 1 januari 2030; verlenging inroepen uiterlijk 1 juli 2028."


@pytest.mark.parametrize(
    ("state", "facts", "line"),
    [
        ("free", {}, "Vrij volgens het uitgifteregister."),
        ("public_space", {}, "Openbare ruimte volgens het uitgifteregister."),
        ("leased", {}, "In gebruik gegeven volgens het uitgifteregister; door wie en tot wanneer is niet bekend."),
        (
            "reserved",
            {"available_earliest": pd.Timestamp("2031-02-03")},
            "Gereserveerd volgens het uitgifteregister; door wie is niet bekend; vrij per 3 februari 2031.",
        ),
        ("not_serviced", {}, "Niet terstond uitgeefbaar volgens het uitgifteregister; tot wanneer is niet bekend."),
        (
            "not_serviced",
            {"available_earliest": pd.Timestamp("2031-02-03")},
            "Niet terstond uitgeefbaar volgens het uitgifteregister; vrij per 3 februari 2031.",
        ),
        ("unknown", {}, "Niet bekend wie deze grond heeft."),
        ("unknown", CONTRACT, f"Niet bekend wie deze grond nu heeft; {USED_BY[0].lower()}{USED_BY[1:]}opgezegd."),
        ("idle", {"decided_by": "none"}, "Uitgegeven, onbenut; door wie en tot wanneer is niet bekend."),
    ],
)
def test_land_of_which_no_contract_decides_says_what_is_known(
    write: Any, state: str, facts: dict[str, Any], line: str
) -> None:
    port = Port([Strip("a", 3e4, "unknown", state)], {"h": facts})
    assert write(port, rights={"h": {"is_noticed": True}}).tenure == line


def test_the_largest_two_holdings_are_named_and_the_rest_is_counted(write: Any) -> None:
    strips = [Strip(name, area, holding=name) for name, area in (("a", 3e4), ("b", 2e4), ("c", 1e4), ("d", 9e3))]
    strips[0] = Strip("a", 3e4, "in_use", "leased", holding="a")
    line = write(Port(strips, {"a": CONTRACT}), rights={"a": {"is_noticed": True}}).tenure
    assert line == (
        "Op 3,00 ha ondererfpacht van Haven BV tot en met 1 januari 2030; opgezegd; "
        "op 2,00 ha vrij volgens het uitgifteregister; en nog 2 delen."
    )


def test_lines_that_are_too_long_together_are_shortened_and_say_so(write: Any) -> None:
    """Of what would do first, then of who has it, then of the verdict; a name is cut."""
    long = {"holder": "Maatschappij tot Exploitatie van Terreinen en Kaden in de Westelijke Havens"}
    strips = [Strip(name, 1e4, "blocked", "leased", "blocked", "noise pipes", name) for name in "abc"]
    port = Port(strips, dict.fromkeys("abc", CONTRACT), changes=["holding.leased noise pipes", "join:K7 noise pipes"])
    text = write(port, rights=dict.fromkeys("abc", long))
    assert sum(map(len, text.lines)) <= 350
    assert text.tenure.startswith("Op 1,00 ha ondererfpacht van Maatschappij tot Exploitatie van Terr... tot en met")
    assert text.tenure.endswith("; en nog 2 delen.") and "nog 1 mogelijkheid" in text.change


# What may be there

NOISE = (
    "- Geluidzone (op het geheel): te luid. Grondslag: Wet A (richtlijn); zekerheid van de regel: zeker; bron: kaart 1."
)
PIPES = (
    "- Leidingstrook (op het geheel): na overleg. Grondslag: Wet B (richtlijn); zekerheid van de regel: waarschijnlijk."
)


@pytest.mark.parametrize(
    ("room", "words"),
    [
        ("open", "mag deze activiteit"),
        ("conditional", "mag deze activiteit alleen onder voorwaarden"),
        ("blocked", "mag deze activiteit niet"),
        ("unknown", "is niet bekend of deze activiteit mag"),
    ],
)
def test_room_has_its_words_and_each_rule_its_line(tell: Any, room: str, words: str) -> None:
    assert room in ROOMS
    lines = tell(Port([Strip("a", 3e4, "blocked", room=room, reasons="noise pipes")]))
    assert lines[2:] == [f"Regels in 2026 en 2030: op het geheel {words}.", NOISE, PIPES]


def test_rules_stand_once_with_their_hectares_the_largest_first_without_slivers(tell: Any) -> None:
    strips = [
        Strip("a", 4_000.0, "blocked", room="blocked", reasons="noise"),
        Strip("b", 3_000.0, "blocked", room="blocked", reasons="noise pipes"),
        Strip("c", 6_000.0, "conditional", room="conditional", reasons="pipes"),
        Strip("d", 15_000.0, "too_small"),
        Strip("e", 50.0, "unknown", room="unknown"),
        Strip("f", 49.0, "unknown", room="unknown", reasons="other"),
    ]
    lines = tell(Port(strips))
    assert lines[2] == (
        "Regels in 2026 en 2030: op 1,50 ha mag deze activiteit, op 0,70 ha mag deze activiteit niet, op 0,60 ha mag "
        "deze activiteit alleen onder voorwaarden en op 0,01 ha is niet bekend of deze activiteit mag."
    )
    assert lines[3:5] == [
        PIPES.replace("op het geheel", "op 0,90 ha"),
        NOISE.replace("op het geheel", "op 0,70 ha"),
    ]
    assert not any("other" in line for line in lines)


def test_on_a_plot_that_is_a_sliver_the_larger_half_is_written(tell: Any) -> None:
    strips = [Strip("a", 30.0, "too_small"), Strip("b", 20.0, "blocked", room="blocked", reasons="noise")]
    assert tell(Port(strips))[2] == "Regels in 2026 en 2030: op 0,00 ha mag deze activiteit."


@pytest.mark.parametrize(("open_m2", "words"), [(9_950.0, "op 0,99 ha mag"), (9_951.0, "op het geheel mag")])
def test_nearly_the_whole_plot_is_written_as_the_whole(tell: Any, open_m2: float, words: str) -> None:
    strips = [Strip("a", open_m2), Strip("b", 10_000.0 - open_m2, "blocked", room="blocked", reasons="noise")]
    assert tell(Port(strips))[2].startswith(f"Regels in 2026 en 2030: {words}")


@pytest.mark.parametrize(
    ("plan", "words"), [("3.1", "laat hoogstens categorie 3.1 toe"), (None, "noemt geen milieucategorie")]
)
def test_the_plan_of_the_plot_is_written_with_what_is_wanted(
    tell: Any, rules: Project, plan: str | None, words: str
) -> None:
    lines = tell(Port([Strip("a", 3e4, "blocked", room="blocked", reasons="plan_category", plan=plan)]))
    basis = f"Grondslag: {rules.assess.plan_category.basis}; bron: kavelgegevens"
    assert lines[3] == f"- Milieucategorie volgens plan (op het geheel): het plan {words}, gevraagd is 4.2. {basis}."


def test_rules_that_change_are_written_with_the_years_in_which_they_hold(tell: Any) -> None:
    years = (2026, 2030, 2040, 2050)
    room = {2026: "blocked", 2030: "blocked", 2040: "open", 2050: "conditional"}
    reasons = {2026: "noise", 2030: "noise", 2040: "", 2050: "pipes"}
    lines = tell(Port([Strip("a", 3e4, "blocked", room=room, reasons=reasons)], years=years))
    assert lines[2:] == [
        "Regels in 2026 en 2030: op het geheel mag deze activiteit niet; in 2040: op het geheel mag deze activiteit; "
        "in 2050: op het geheel mag deze activiteit alleen onder voorwaarden.",
        NOISE.replace("op het geheel", "op het geheel in 2026 en 2030"),
        PIPES.replace("op het geheel", "op het geheel in 2050"),
    ]


def test_zones_of_one_rule_stand_in_one_line_under_its_title(tell: Any) -> None:
    strips = [
        Strip("a", 2e4, "blocked", room="blocked", reasons="noise"),
        Strip("b", 1e4, "blocked", room="blocked", reasons="louder"),
    ]
    lines = tell(Port(strips))
    assert lines[3:] == [NOISE.replace("Geluidzone", "Geluid")]


# Why size fails

SIZE = "Maat en ligging: "
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
    assert [line for line in lines if line.startswith(SIZE)] == [
        f"{SIZE}Op 1,50 ha is de grond vrij en mag het, maar {words}."
    ]


@pytest.mark.parametrize(("area_m2", "count"), [(49.0, 0), (50.0, 1)])
def test_slivers_that_do_not_do_are_not_written(tell: Any, area_m2: float, count: int) -> None:
    lines = tell(Port([Strip("a", 30_000.0), Strip("b", area_m2, "too_narrow")]))
    assert sum("is de grond vrij en mag het" in line for line in lines) == count


TOO_SMALL = f"{SIZE}Op zichzelf is deze kavel te klein: nodig is 2 ha aaneengesloten."


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
    assert f"{SIZE}Nodig is ook 100 m kade met genoeg diepgang{words}." in tell(
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
    assert lines[-1] == f"{SIZE}De grond hoort bij een locatie van 5,10 ha op {others}."


def test_a_site_of_later_is_written_in_its_year(tell: Any) -> None:
    lines = tell(
        Port([Strip("a", 3e4)], sites=[(2040, 9e5, 7, ["a"]), (2030, 51_000.0, 2, ["a"])], years=(2026, 2030, 2040))
    )
    assert lines[-1] == (
        f"{SIZE}In 2030 hoort de grond, zonder verlengingen, bij een locatie van 5,10 ha op 2 kavels, die dan ook vrij "
        "zijn, bruikbaar per 2 maart 2029, uiterlijk in 2057."
    )


# What would do

ALONE = "Waar geen buurkavel is genoemd, sluit deze kavel aan op grond die dan vrij is."
USED = Strip("a", 3e4, "in_use", "leased")
SMALL = Strip("a", 1e4, "in_use", "leased")

ONE_CHANGE = {
    "holding.not_serviced": "de grond bouwrijp is",
    "holding.optioned": "de optie vervalt",
    "holding.reserved": "de reservering vervalt",
    "holding.contracted": "het getekende contract niet doorgaat",
    "holding.leased": "het gebruik van deze kavel eerder eindigt",
    "holding.idle": "de ongebruikte uitgifte eindigt",
    "holding.temporary": "het tijdelijke gebruik eindigt",
    "holding.public_space": "de grond geen openbare ruimte meer is",
    "holding.unknown": "de grond vrij blijkt te zijn (nu niet bekend)",
    "plan_category": "het omgevingsplan categorie 4.2 toestaat (nu 5.1)",
    "noise": "'Geluid' hier niet meer geldt",
    "strange_rule": "'strange_rule' hier niet meer geldt",
    "join:K7": "kavel K7 vrijkomt en erbij komt",
}


def test_every_change_is_a_condition(write: Any) -> None:
    assert {f"holding.{name}" for name in HOLDINGS if name != "free"} <= set(ONE_CHANGE)
    lines = {word: write(Port([USED], changes=[word])).change for word in ONE_CHANGE}
    assert lines == {word: f"Bruikbaar als {words}." for word, words in ONE_CHANGE.items()}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (["wait:2040-03-02"], "Bruikbaar vanaf 2 maart 2040 zonder verlengingen."),
        (["wait:2040-03-02/2060-01-01"], "Bruikbaar vanaf 2 maart 2040, uiterlijk in 2060."),
        (
            ["noise wait:2040-03-02/2040-05-01"],
            "Bruikbaar vanaf 2 maart 2040, uiterlijk 1 mei 2040, als 'Geluid' hier niet meer geldt.",
        ),
        (
            ["pipes noise"],
            "Bruikbaar als 'Geluid' hier niet meer geldt en 'Leidingen' hier niet meer geldt.",
        ),
        (
            ["noise join:K7 join:K8"],
            "Bruikbaar als 'Geluid' hier niet meer geldt en de kavels K7 en K8 vrijkomen en erbij komen.",
        ),
        (
            ["noise", "pipes"],
            "Bruikbaar als 'Geluid' hier niet meer geldt; of als 'Leidingen' hier niet meer geldt.",
        ),
        (
            ["noise", "pipes", "join:K7"],
            "Bruikbaar als 'Geluid' hier niet meer geldt; of als 'Leidingen' hier niet meer geldt; nog 1 mogelijkheid.",
        ),
    ],
)
def test_sets_of_changes_in_their_order(write: Any, changes: list[str], line: str) -> None:
    assert write(Port([USED], changes=changes)).change == line


def test_a_part_that_becomes_usable_is_said(write: Any) -> None:
    assert write(Port([USED], changes=["noise"], usable_m2=2e4)).change == (
        "Voor 2,00 ha bruikbaar als 'Geluid' hier niet meer geldt."
    )
    assert write(Port([USED]), sets=["noise"]).change == (
        "Voor ten minste de helft bruikbaar als 'Geluid' hier niet meer geldt."
    )


def test_a_day_that_the_verdict_says_is_not_said_again(write: Any) -> None:
    assert write(later(["wait:2040-03-02"])).change == "Wachten volstaat."
    assert write(later(["wait:2040-03-02", "holding.leased"])).change == (
        "Eerder bruikbaar als het gebruik van deze kavel eerder eindigt."
    )


def test_what_the_line_does_not_say_stands_below(tell: Any) -> None:
    names = ["noise", "pipes", "plan_category", *(f"join:K{number}" for number in range(4))]
    lines = tell(Port([USED], changes=names))
    assert lines[-5:] == [
        "Deze kavel zou ook voor ten minste de helft bruikbaar zijn:",
        "- als het omgevingsplan categorie 4.2 toestaat (nu 5.1).",
        "- als kavel K0 vrijkomt en erbij komt.",
        "- als kavel K1 vrijkomt en erbij komt.",
        "- nog 2 andere mogelijkheden.",
    ]
    assert not any("zou ook" in line for line in tell(Port([USED], changes=names[:2])))


@pytest.mark.parametrize(
    ("strip", "changes", "is_expected"),
    [
        (SMALL, ["pipes"], True),
        (SMALL, ["join:K7"], False),
        (SMALL, ["join:K7", "pipes"], True),
        (SMALL, ["join:K7", "join:K8", "join:K9", "pipes"], False),
        (USED, ["pipes"], False),
    ],
)
def test_a_small_plot_says_that_it_joins_free_land(
    tell: Any, strip: Strip, changes: list[str], is_expected: bool
) -> None:
    shown = ["noise", "plan_category"]
    assert (ALONE in tell(Port([strip], changes=[*shown, *changes]))) == is_expected


def test_no_change_is_needed_for_the_whole_or_for_the_half(write: Any) -> None:
    assert write(Port([Strip("a", 3e4)], changes=["none"])).change == "Er is niets nodig."
    half = Port([Strip("a", 3e4), Strip("b", 1e4, "in_use", "leased", holding="g")], changes=["none"])
    assert write(half).change == "Voor ten minste de helft is niets nodig."


def test_beyond_three_changes_says_that_nothing_does(write: Any) -> None:
    assert write(Port([USED], changes=["beyond"])).change == (
        "Geen oplossing gevonden, ook niet als drie dingen tegelijk veranderen."
    )


def test_public_space_is_not_issued(write: Any) -> None:
    street = Strip("a", 3e4, "public_space", "public_space")
    assert write(Port([street], changes=["noise"])).change == "Openbare ruimte wordt niet uitgegeven."
    both = [street, Strip("b", 3e4, "in_use", "leased", holding="g")]
    assert write(Port(both, changes=["noise"])).change.startswith("Bruikbaar als")


def test_sets_found_elsewhere_go_before_the_table_and_none_says_nothing(write: Any) -> None:
    port = Port([USED], changes=["noise"])
    assert "'Leidingen'" in write(port, sets=["pipes"]).change
    assert write(port, sets=[]).change == write(Port([USED])).change == ""


# A part of a plot


def test_a_part_of_a_plot_tells_only_of_itself(write: Any) -> None:
    strips = [
        Strip("a", 1e4, "in_use", "leased"),
        Strip("b", 3e4, "blocked", room="blocked", reasons="noise", holding="g"),
    ]
    text = write(Port(strips, changes=["noise"]), only=iter(["a"]))
    assert text.lines == (
        "Dit deel: niet bruikbaar, nu en in 2030: in 2030 nog in gebruik gegeven.",
        "In gebruik gegeven volgens het uitgifteregister; door wie en tot wanneer is niet bekend.",
    )
    assert text.grounds == (
        "Dit deel (1,00 ha, Papier), beoordeeld voor 'Fabriek' in 2026 en 2030, zonder verlengingen.",
        f"{HELD_BY}De grond is in gebruik gegeven; wanneer deze vrijkomt, is niet bekend. "
        "Dat blijkt uit het uitgifteregister.",
        OPEN,
    )


@pytest.mark.parametrize(("part_m2", "words"), [(9_989.0, "Dit deel ("), (9_990.0, "Kavel K1 (")])
def test_nearly_all_of_a_plot_is_the_plot(write: Any, part_m2: float, words: str) -> None:
    strips = [Strip("a", part_m2, "in_use", "leased"), Strip("b", 10_000.0 - part_m2, "in_use", "leased")]
    text = write(Port(strips, changes=["noise"]), only=["a"])
    assert text.grounds[0].startswith(words) and bool(text.change) == (words != "Dit deel (")


def test_the_texts_of_all_plots_stand_with_their_keys(narrator: Narrator, profile: ProfileConfig) -> None:
    strips = [
        Strip("a", 3e4),
        Strip("b", 1e4, holding="g"),
        Strip("c", 2e4, "in_use", "leased", holding="f", parcel="K2"),
    ]
    story = Story(narrator, CLUSTERS, ("plant", profile), Port(strips).tables())
    texts = PlotTexts(story, TenureWords(story, {}, TODAY, is_public=False))
    rows = texts.texts().set_index("parcel_id")
    assert rows.index.tolist() == ["K1", "K2"] and rows["cluster_id"].tolist() == ["paper", "paper"]
    for parcel in rows.index:
        text = texts.text(parcel)
        assert rows.loc[parcel, ["verdict_line", "tenure_line"]].tolist() == [text.verdict, text.tenure]
        assert rows.at[parcel, "narrative"] == "\n".join(text.grounds)
        assert rows.at[parcel, "change_line"] is None and text.change == ""


# What is not known


@pytest.mark.parametrize(
    ("strip", "wanted"),
    [
        pytest.param(
            Strip("a", 3e4, "unknown", "free", "unknown", "noise pipes"),
            "of 'Geluid' en 'Leidingen' hier gelden",
            id="two rules",
        ),
        pytest.param(
            Strip("a", 3e4, "in_use", "leased", "unknown", "noise"),
            "of 'Geluid' hier geldt",
            id="in use, with room that is not known",
        ),
        pytest.param(
            Strip("a", 3e4, "unknown", "free", "unknown", "plan_category"),
            "welke categorie het plan toelaat",
            id="the plan",
        ),
        pytest.param(Strip("a", 3e4, "unknown", "unknown"), "wie de grond heeft", id="who has it"),
        pytest.param(Strip("a", 3e4, "unknown"), "of er kade met genoeg diepgang ligt", id="quays alone"),
    ],
)
def test_what_is_not_known_is_no_refusal(write: Any, strip: Strip, wanted: str) -> None:
    """It begins with that, and what would do is what would make it known, also where no set of changes does."""
    text = write(Port([strip], changes=["beyond"]))
    assert text.verdict.startswith("Niet bekend of deze bruikbaar is, nu en in 2030: ")
    assert text.change == f"Te beoordelen als bekend is {wanted}; tot dan telt deze kavel niet als bruikbaar."


def test_a_plot_of_which_less_than_half_is_not_known_is_judged_by_the_rest(write: Any) -> None:
    strips = [
        Strip("a", 3e4, "blocked", "free", "blocked", "noise"),
        Strip("b", 2e4, "unknown", "free", "unknown", "pipes"),
    ]
    text = write(Port(strips, changes=["noise"]))
    assert text.verdict.startswith("Niet bruikbaar") and text.change.startswith("Bruikbaar als")
