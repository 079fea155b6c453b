"""The closed lists of the result: who has the land (holding), what may be there (room), and what both
come to (verdict).

Each list is one table and each value one row of it: columns, glossary, maps, charts, waterfall and totals follow from
the row, so that a new value is a new row and nothing else. verdicts.csv may name it from then on.
"""

from dataclasses import dataclass

HATCH_NAMES = ("none", "forward", "back", "level", "upright", "cross", "dots")


@dataclass(frozen=True)
class Term:
    """One value of a closed list: its key, Dutch word, colour and pattern on maps, and the totals that it counts in.

    legend: place in a legend, from 0. waterfall: place among the headings of the waterfall, the first to hold counts.
    sentence: what a holding or room says of land, in Dutch; opening: the same of a room, at the head of its reasons.
    when_lifted: a holding gives way, as it follows `als`. vacancy: what holds back land under it that looks vacant, or
    none. firmness: how firmly it holds the land, 0 for nobody.
    """

    key: str
    dutch: str
    colour: str
    legend: int
    hatch: str = "none"
    totals: tuple[str, ...] = ()
    waterfall: int | None = None
    sentence: str = ""
    opening: str = ""
    when_lifted: str = ""
    vacancy: str = ""
    firmness: int = 0


# Totals of holdings: in_use (somebody uses it or may use it now), claim (it waits for somebody), firm (use or
# contract).
HOLDING_TERMS = (
    Term("free", "vrij", "#009e73", 0, sentence="De grond is vrij", vacancy="truly_free"),
    Term(
        "not_serviced",
        "niet terstond uitgeefbaar",
        "#9ecae1",
        1,
        "dots",
        sentence="De grond is nog niet bouwrijp",
        when_lifted="de grond bouwrijp is",
        vacancy="not_serviced",
    ),
    Term(
        "optioned",
        "in optie",
        "#f0e442",
        2,
        "forward",
        ("claim",),
        sentence="Op de grond rust een optie",
        when_lifted="de optie vervalt",
        vacancy="option",
        firmness=2,
    ),
    Term(
        "reserved",
        "gereserveerd",
        "#e69f00",
        3,
        totals=("claim",),
        sentence="De grond is gereserveerd",
        when_lifted="de reservering vervalt",
        vacancy="reservation",
        firmness=1,
    ),
    Term(
        "contracted",
        "gecontracteerd",
        "#cc4c02",
        4,
        totals=("claim", "firm"),
        sentence="Voor de grond is een contract getekend dat nog moet ingaan",
        when_lifted="het getekende contract niet doorgaat",
        vacancy="contracted",
        firmness=3,
    ),
    Term(
        "leased",
        "in gebruik gegeven",
        "#c3cde0",
        5,
        totals=("in_use", "firm"),
        sentence="De grond is in gebruik gegeven",
        when_lifted="het gebruik van deze kavel eerder eindigt",
        vacancy="none",
        firmness=5,
    ),
    Term(
        "idle",
        "uitgegeven, onbenut",
        "#c3cde0",
        7,
        "level",
        ("in_use", "firm"),
        sentence="De grond is uitgegeven, maar wordt niet gebruikt",
        when_lifted="de ongebruikte uitgifte eindigt",
        vacancy="company_reserve",
        firmness=5,
    ),
    Term(
        "temporary",
        "tijdelijk in gebruik",
        "#b9a7d6",
        6,
        "back",
        ("in_use", "firm"),
        sentence="De grond is tijdelijk in gebruik",
        when_lifted="het tijdelijke gebruik eindigt",
        vacancy="none",
        firmness=4,
    ),
    Term(
        "public_space",
        "openbare ruimte",
        "#f2f2f2",
        8,
        sentence="De grond is openbare ruimte",
        when_lifted="de grond geen openbare ruimte meer is",
        vacancy="none",
    ),
    Term(
        "unknown",
        "onbekend",
        "#b3b3b3",
        9,
        "cross",
        sentence="Wie de grond heeft, is niet bekend",
        when_lifted="de grond vrij blijkt te zijn (nu niet bekend)",
        vacancy="unknown",
    ),
)
ROOM_TERMS = (
    Term("open", "open", "#009e73", 0, sentence="mag deze activiteit", opening="Er is ruimte"),
    Term(
        "conditional",
        "voorwaardelijk",
        "#f0e442",
        1,
        "forward",
        sentence="mag deze activiteit alleen onder voorwaarden",
        opening="Alleen onder voorwaarden ruimte",
    ),
    Term(
        "blocked",
        "uitgesloten",
        "#7a2004",
        2,
        sentence="mag deze activiteit niet",
        opening="Geen ruimte",
    ),
    Term(
        "unknown",
        "onbekend",
        "#b3b3b3",
        3,
        "cross",
        sentence="is niet bekend of deze activiteit mag",
        opening="Niet bekend of er ruimte is",
    ),
)
# Totals of verdicts: free_and_open (only size decides), by_rules (rules forbid it or set conditions).
VERDICT_TERMS = (
    Term("usable", "bruikbaar", "#009e73", 0, totals=("free_and_open",), waterfall=10),
    Term("too_small", "te klein", "#a8ddb5", 1, "back", ("free_and_open",), 7),
    Term("too_narrow", "te smal", "#a8ddb5", 2, "level", ("free_and_open",), 8),
    Term("no_quay", "geen kade", "#a8ddb5", 3, "upright", ("free_and_open",), 9),
    Term("conditional", "voorwaardelijk", "#f0e442", 4, "forward", ("by_rules",), 6),
    Term("blocked", "uitgesloten", "#7a2004", 5, totals=("by_rules",), waterfall=5),
    Term("not_serviced", "niet terstond uitgeefbaar", "#9ecae1", 6, "dots", waterfall=3),
    Term("claimed", "in optie, gereserveerd of gecontracteerd", "#e69f00", 7, waterfall=2),
    Term("in_use", "in gebruik", "#c3cde0", 8, waterfall=1),
    Term("public_space", "openbare ruimte", "#f2f2f2", 9, waterfall=0),
    Term("unknown", "onbekend", "#b3b3b3", 10, "cross", waterfall=4),
)
CLOSED_LISTS = {"holding": HOLDING_TERMS, "room": ROOM_TERMS, "verdict": VERDICT_TERMS}

HOLDINGS, ROOMS, VERDICTS = (tuple(term.key for term in terms) for terms in CLOSED_LISTS.values())
# Per total the values that count in it, in the order of the list.
HOLDING_TOTALS, VERDICT_TOTALS = (
    {total: tuple(term.key for term in terms if total in term.totals) for term in terms for total in term.totals}
    for terms in (HOLDING_TERMS, VERDICT_TERMS)
)
TERM_SENTENCES = {name: {term.key: term.sentence for term in terms} for name, terms in CLOSED_LISTS.items()}
OPENINGS = {term.key: term.opening for term in ROOM_TERMS}
WHEN_LIFTED = {f"holding.{term.key}": term.when_lifted for term in HOLDING_TERMS if term.when_lifted}
VACANCY = {term.key: term.vacancy for term in HOLDING_TERMS}
FIRMNESS = {term.key: term.firmness for term in HOLDING_TERMS}
# All land, land on no plot, and then each verdict; every m2 stands under the first heading that holds.
WATERFALL = (
    "gross",
    "no_parcel",
    *(term.key for term in sorted(VERDICT_TERMS, key=lambda term: (term.waterfall is None, term.waterfall))),
)
