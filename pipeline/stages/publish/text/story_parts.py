"""Parts of the story of a plot that need its rows alone: how much is usable, when it comes free, on what proof."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from layers.glossary import dutch_choice
from pipeline.stages.publish.text.translate import dutch_day

WHOLE = 0.995  # share of a plot from which a part counts as the plot itself
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


def is_not_known(rows: StoryRows) -> bool:
    """Whether of half of the land or more it is not known whether the activity may be there, or who has it."""
    return m2_of(row for row in rows if "unknown" in (row.room, row.verdict)) >= 0.5 * m2_of(rows)


def in_a_row(parts: list[str]) -> str:
    """Parts of a sentence with a comma between, and `en` before the last."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} en {parts[-1]}"


def by_answer(parts: Mapping[int, str]) -> str:
    """PiecesByYear with the same answer together: in 2030 en 2050: op het geheel mag deze activiteit niet."""
    groups: dict[str, list[str]] = {}
    for year, part in parts.items():
        groups.setdefault(part, []).append(str(year))
    return "; ".join(f"in {in_a_row(years)}: {part}" for part, years in groups.items())


def comes_free(row: Any, state: str) -> str:
    """When a holding comes free, in a clause."""
    if state in ("free", "public_space"):
        return ""
    early, late = row.available_earliest, row.available_latest
    if pd.isna(early):
        return "; wanneer deze vrijkomt, is niet bekend"
    if pd.isna(late):
        return f"; vrij per {dutch_day(early)} zonder verlengingen, met alle verlengingen is niet bekend wanneer"
    if early == late:
        return f"; vrij per {dutch_day(early)}"
    return f"; vrij per {dutch_day(early)} zonder verlengingen, per {dutch_day(late)} met alle verlengingen en opties"


def usable_since(early: dt.date, late: Any) -> str:
    """Since when land is usable, and in which year at the latest: per 2 maart 2032, uiterlijk in 2057."""
    text = f"per {dutch_day(early)}"
    if pd.isna(late):
        return f"{text} zonder verlengingen; met alle verlengingen is geen dag bekend"
    return text if early == late else f"{text}, {in_year(early, late)}"


def in_year(early: dt.date, late: dt.date) -> str:
    """The year until which something may take that can be sooner; the day where that is in the same year."""
    return f"uiterlijk in {late.year}" if late.year != early.year else f"uiterlijk {dutch_day(late)}"


def evidence_of(row: Any) -> str:
    """What proves who has a holding, and what says otherwise, in sentences."""
    proof = "Daarvan is geen bewijs"
    if row.decided_by in PROOF:
        about = [] if row.certainty in ("register", "unknown") else [dutch_choice(row.certainty)]
        about += [f"van {dutch_day(row.recorded_on)}"] if pd.notna(row.recorded_on) else []
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
