"""The closed lists of the result: who has the land (holding), what may be there (room), and what both come to
(verdict).

Each list is one table and each value one row of it: columns, glossary, maps, charts, waterfall and totals follow from
the row, so that a new value is a new row and nothing else. verdicts.csv may name it from then on.
"""

import re
from dataclasses import dataclass

HATCH_NAMES = ("none", "forward", "back", "level", "upright", "cross", "dots")


@dataclass(frozen=True)
class Term:
    """One value of a closed list: its key, Dutch word, colour and pattern on maps, and the totals that it counts in.

    legend: place in a legend, from 0. waterfall: place among the headings of the waterfall, the first that holds
    counts.
    """

    key: str
    dutch: str
    colour: str
    legend: int
    hatch: str = "none"
    totals: tuple[str, ...] = ()
    waterfall: int | None = None


# Totals of holdings: in_use (somebody uses it or may use it now), claim (it waits for somebody), firm (use or
# contract).
HOLDING_TERMS = (
    Term("free", "vrij", "#009e73", 0),
    Term("not_serviced", "niet terstond uitgeefbaar", "#9ecae1", 1, "dots"),
    Term("optioned", "in optie", "#f0e442", 2, "forward", ("claim",)),
    Term("reserved", "gereserveerd", "#e69f00", 3, totals=("claim",)),
    Term("contracted", "gecontracteerd", "#cc4c02", 4, totals=("claim", "firm")),
    Term("leased", "in gebruik gegeven", "#c3cde0", 5, totals=("in_use", "firm")),
    Term("idle", "uitgegeven, onbenut", "#c3cde0", 7, "level", ("in_use", "firm")),
    Term("temporary", "tijdelijk in gebruik", "#b9a7d6", 6, "back", ("in_use", "firm")),
    Term("public_space", "openbare ruimte", "#f2f2f2", 8),
    Term("unknown", "onbekend", "#b3b3b3", 9, "cross"),
)
ROOM_TERMS = (
    Term("open", "open", "#009e73", 0),
    Term("conditional", "voorwaardelijk", "#f0e442", 1, "forward"),
    Term("blocked", "uitgesloten", "#7a2004", 2),
    Term("unknown", "onbekend", "#b3b3b3", 3, "cross"),
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
    Term("claimed", "geclaimd", "#e69f00", 7, waterfall=2),
    Term("in_use", "in gebruik", "#c3cde0", 8, waterfall=1),
    Term("public_space", "openbare ruimte", "#f2f2f2", 9, waterfall=0),
    Term("unknown", "onbekend", "#b3b3b3", 10, "cross", waterfall=4),
)
CLOSED_LISTS = {"holding": HOLDING_TERMS, "room": ROOM_TERMS, "verdict": VERDICT_TERMS}

HOLDINGS, ROOMS, VERDICTS = (tuple(term.key for term in terms) for terms in CLOSED_LISTS.values())
# All land, land on no plot, and then each verdict; every m2 stands under the first heading that holds.
WATERFALL = (
    "gross",
    "no_parcel",
    *(term.key for term in sorted(VERDICT_TERMS, key=lambda term: (term.waterfall is None, term.waterfall))),
)


def counted_in(terms: tuple[Term, ...], total: str) -> tuple[str, ...]:
    """The values of a closed list that count in a total, in the order of the list."""
    return tuple(term.key for term in terms if total in term.totals)


def swatches(terms: tuple[Term, ...]) -> dict[str, dict[str, str]]:
    """Colour and pattern by value, in the order of a legend."""
    drawn = sorted(terms, key=lambda term: term.legend)
    return {term.key: {"colour": term.colour, "hatch": term.hatch} for term in drawn}


def words() -> dict[str, str]:
    """The Dutch word for each value of the three lists, and for each holding as a reason (`holding.leased`)."""
    reasons = {f"holding.{term.key}": f"bezit: {term.dutch}" for term in HOLDING_TERMS if term.key != "free"}
    return {term.key: term.dutch for terms in CLOSED_LISTS.values() for term in terms} | reasons


def term_faults() -> list[str]:
    """Values without a word, a colour, a known pattern or a place in the waterfall; and words that two lists spell
    apart."""
    spoken: dict[str, str] = {}
    faults = []
    for name, terms in CLOSED_LISTS.items():
        for term in terms:
            thing = f"layers/closed_lists.py: {name} '{term.key}'"
            if not term.dutch.strip():
                faults.append(f"{thing} has no Dutch word")
            if not re.fullmatch(r"#[0-9a-f]{6}", term.colour):
                faults.append(f"{thing} has no colour, found {term.colour!r}, expected one such as #009e73")
            if term.hatch not in HATCH_NAMES:
                faults.append(f"{thing} has pattern {term.hatch!r}, expected one of {list(HATCH_NAMES)}")
            if name == "verdict" and term.waterfall is None:
                faults.append(f"{thing} has no place in the waterfall")
            if spoken.setdefault(term.key, term.dutch) != term.dutch:
                faults.append(f"{thing} is called '{term.dutch}', and '{spoken[term.key]}' in another list")
    return faults
