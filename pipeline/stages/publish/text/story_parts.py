"""Parts of the story of a plot that need its rows alone: how much is usable, when it comes free, on what proof."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from layers.glossary import dutch_choice
from pipeline.stages.publish.text.translate import dutch_day, dutch_ha

WHOLE = 0.995  # share of a plot from which a part counts as the plot itself
NOT_KNOWN = "niet bekend"
StoryRows = list[Any]  # of pieces in a year, no extension called; or of holdings
PROOF = {
    "override": "een handmatige correctie",
    "contract": "een contract",
    "claim": "een optie of reservering bij de contracten",
    "register": "het uitgifteregister",
    "ibis": "de IBIS-opgave",
    "building": "een gebouw dat er staat",
    "land_use": "wat er volgens de topografie op de grond ligt",
}


def usable_part(rows: StoryRows, whole: float) -> str:
    """How much of a plot of so many m2 is usable, in words."""
    m2 = usable_m2_of(rows)
    if m2 <= 0:
        return NOT_KNOWN if is_not_known(rows) else "niet bruikbaar"
    return "geheel bruikbaar" if m2 > WHOLE * whole else f"voor {dutch_ha(m2)} bruikbaar"


def is_not_known(rows: StoryRows) -> bool:
    """Whether of half of the land or more it is not known whether the activity may be there, or who has it."""
    return m2_of(row for row in rows if "unknown" in (row.room, row.verdict)) >= 0.5 * m2_of(rows)


def in_a_row(parts: list[str]) -> str:
    """Parts of a sentence with a comma between, and `en` before the last."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} en {parts[-1]}"


def by_answer(parts: Mapping[int, str]) -> str:
    """Years with the same answer together: in 2030 en 2050 niet bruikbaar."""
    groups: dict[str, list[str]] = {}
    for year, part in parts.items():
        groups.setdefault(part, []).append(str(year))
    return ", ".join(f"in {' en '.join(years)} {part}" for part, years in groups.items())


def comes_free(row: Any, state: str) -> str:
    """When a holding comes free, in a clause."""
    if state in ("free", "public_space"):
        return ""
    early, late = row.available_earliest, row.available_latest
    if pd.isna(early):
        return "; wanneer zij vrijkomt, is niet bekend"
    if pd.isna(late):
        return f"; op zijn vroegst vrij vanaf {early:%d-%m-%Y}, wanneer op zijn laatst is niet bekend"
    if early == late:
        return f"; vrij vanaf {early:%d-%m-%Y}"
    return f"; op zijn vroegst vrij vanaf {early:%d-%m-%Y}, met alle verlengingen en opties vanaf {late:%d-%m-%Y}"


def usable_since(row: Any) -> str:
    """Since when a site is usable, and in which year at the latest: bruikbaar per 2 maart 2032 (uiterlijk 2057)."""
    early, late = row.usable_from, row.usable_from_latest
    text = f"bruikbaar per {dutch_day(early)}"
    if pd.isna(late):
        return f"{text} (uiterlijk: niet bekend)"
    if early == late:
        return text
    return f"{text} {at_the_latest(early, late)}"


def at_the_latest(early: dt.date, late: dt.date) -> str:
    """The year until which something may take that can be sooner; the day where that is in the same year."""
    return f"(uiterlijk {late.year if late.year != early.year else dutch_day(late)})"


def evidence_of(row: Any) -> str:
    """What proves who has a holding, and what says otherwise, in sentences."""
    proof = "Daarvan is geen bewijs"
    if row.decided_by in PROOF:
        about = [] if row.certainty in ("register", "unknown") else [dutch_choice(row.certainty)]
        about += [f"van {row.recorded_on:%d-%m-%Y}"] if pd.notna(row.recorded_on) else []
        proof = f"Dat blijkt uit {PROOF[row.decided_by]}" + (f" ({', '.join(about)})" if about else "")
    if isinstance(row.disagreeing, str) and row.disagreeing:
        return f"{proof}. Een andere bron zegt iets anders: {row.disagreeing}."
    return f"{proof}."


def m2_of(rows: Iterable[Any]) -> float:
    """m2 of rows."""
    return float(sum(row.area_m2 for row in rows))


def usable_m2_of(rows: Iterable[Any]) -> float:
    """m2 of the rows that are usable."""
    return m2_of(row for row in rows if row.verdict == "usable")
