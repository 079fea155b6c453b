"""The closed lists of the result: who has the land (holding), what may be there (room), and what both come to
(verdict).

Each list is one table and each value one row of it: columns, glossary, maps, charts, waterfall and totals follow from
the row, so that a new value is a new row and nothing else. verdicts.csv may name it from then on.
"""

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
# Per total the values that count in it, in the order of the list.
HOLDING_TOTALS, VERDICT_TOTALS = (
    {total: tuple(term.key for term in terms if total in term.totals) for term in terms for total in term.totals}
    for terms in (HOLDING_TERMS, VERDICT_TERMS)
)
# All land, land on no plot, and then each verdict; every m2 stands under the first heading that holds.
WATERFALL = (
    "gross",
    "no_parcel",
    *(term.key for term in sorted(VERDICT_TERMS, key=lambda term: (term.waterfall is None, term.waterfall))),
)
