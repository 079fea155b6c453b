"""Which of our layers a layer of a file may be, with a score out of a hundred and what speaks for it.

Idea: what counts is what few layers share. A word that stands for one layer alone weighs most; one that stands for four
(naam, soort) half as much.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from layers.column import Column
from layers.layer import RasterLayer
from layers.sources import RASTERS, TABLES
from layers.synonyms import Synonyms, parts_of_name, plain, synonyms
from pipeline.queries.inspection.profile import ColumnProfile, FileLayer

NAME_POINTS, COLUMN_POINTS, WORD_POINTS, SHAPE_POINTS = 35.0, 45.0, 20.0, 8.0
LEAST_SCORE = 15
MOST_CANDIDATES = 4
LEAST_CONTAINED = 5  # signs of a word that may stand within another
IN_PROJECT = ("overrides",)  # written in the project itself, never delivered
# Words in names of files that say nothing of what is in them.
NO_MEANING = ("export", "def", "definitief", "sample", "data", "rd", "actueel", "nieuw", "kopie", "dro", "dmb", "nl")
# Columns that programs add by themselves.
OF_PROGRAMS = ("fid", "objectid", "ogcfid", "gmlid", "shapelength", "shapearea", "shapeleng")
CELL_KINDS = {
    "int": ("whole number",),
    "float": ("whole number", "number"),
    "date": ("date",),
    "bool": ("yes or no", "whole number"),
}


@dataclass(frozen=True)
class ColumnMatch:
    """A column of a layer and the column of a file that may fill it, how surely (0-1), and why."""

    column: str
    field: str
    strength: float
    reason: str


@dataclass(frozen=True)
class Candidate:
    """A layer that a file may fill, with a score out of a hundred, what speaks for it, and its columns."""

    layer: str
    score: int
    reasons: tuple[str, ...]
    matches: tuple[ColumnMatch, ...] = ()


def candidates(file: FileLayer) -> list[Candidate]:
    """The layers that a layer of a file may be, the likeliest first; none where nothing speaks for any."""
    if file.shape == "grid":
        scored = [_grid_candidate(file, name, layer) for name, layer in RASTERS.items()]
    elif file.columns or file.shape:
        scored = [_candidate(file, name) for name in TABLES if name not in IN_PROJECT]
    else:
        return []
    ranked = sorted(scored, key=lambda candidate: (-candidate.score, candidate.layer))
    return [candidate for candidate in ranked if candidate.score >= LEAST_SCORE][:MOST_CANDIDATES]


def _candidate(file: FileLayer, name: str) -> Candidate:
    layer, known = TABLES[name], synonyms()[name]
    points, reasons = _name_points(file, known)
    matches = matched_columns(file, name)
    points += _column_points(file, name, matches)
    word_points, word_reasons = _word_points(file, known, matches)
    points += word_points
    fit, shape_reason = _shape_fit(file, name)
    if fit == 1.0:
        points += SHAPE_POINTS * (points > SHAPE_POINTS)
    listed = [f"{match.field} -> {match.column} ({match.reason})" for match in matches]
    score = round(min(points, 99.0) * fit)
    return Candidate(
        name, score, (*reasons, *listed, *word_reasons, shape_reason or _fitting(layer.shape)), tuple(matches)
    )


# Names of files ------------------------------------------------------------------------------------------------------


def _name_points(file: FileLayer, known: Synonyms) -> tuple[float, list[str]]:
    """Points for the name of the layer, the file and the folder, and the words that gave them."""
    stem = re.split(r"[/\\]", file.path)
    inner = re.split(r"[/\\]", file.member)[-1] if file.member else ""
    named = [(file.name, 1.0), (_stem(inner), 1.0), (_stem(stem[-1]), 1.0)]
    named += [(stem[-2], 0.4)] if len(stem) > 1 else []
    best, word = 0.0, ""
    for text, weight in named:
        for synonym in known.files:
            share = _name_share(text, synonym) * weight * _rarity("files", plain(synonym))
            if share > best:
                best, word = share, synonym
    return NAME_POINTS * best, [f"name has '{word}'"] if best > 0.1 else []


def _stem(name: str) -> str:
    return re.sub(r"(\.[A-Za-z0-9]{2,8}){1,2}$", "", name)


def _name_share(text: str, synonym: str) -> float:
    """How much of a name a synonym is (0-1): all of it, words of it, or a part of a word."""
    words = [word for word in parts_of_name(text) if not word.isdigit() and word not in NO_MEANING]
    wanted = parts_of_name(synonym)
    joined, target = "".join(parts_of_name(text)), "".join(wanted)
    if not words or not target:
        return 0.0
    if joined == target or (words == [word for word in wanted if not word.isdigit()] and joined.startswith(target)):
        return 1.0
    every = parts_of_name(text)
    for start in range(len(every) - len(wanted) + 1):
        if every[start : start + len(wanted)] == wanted:
            # The last word of a Dutch or English name says what a thing is, those before it of what.
            is_last = start + len(wanted) == len(
                [word for word in every if word not in NO_MEANING and not word.isdigit()]
            )
            return 0.65 + 0.15 * min(1.0, len(target) / max(1, len(joined))) + 0.1 * is_last
    if len(target) >= LEAST_CONTAINED and target in joined:
        return 0.35 + 0.35 * len(target) / len(joined)
    return 0.0


@cache
def _counts(kind: str) -> Counter[str]:
    """In how many layers a word stands."""
    if kind == "files":
        return Counter(word for known in synonyms().values() for word in {plain(text) for text in known.files})
    if kind == "columns":
        return Counter(
            word
            for known in synonyms().values()
            for word in {plain(text) for texts in known.columns.values() for text in texts}
        )
    return Counter(word for name in TABLES for word in _list_words(name))


def _list_words(name: str) -> set[str]:
    """The words of all closed lists of a layer, in both languages."""
    from layers.glossary import dutch_choice

    known = synonyms()[name]
    listed = {plain(word) for lists in known.words.values() for texts in lists.values() for word in texts}
    choices = {choice for column in TABLES[name].columns.values() for choice in column.choices}
    return listed | {plain(choice) for choice in choices} | {plain(dutch_choice(choice)) for choice in choices}


def _rarity(kind: str, word: str) -> float:
    """1 for a word of one layer, half for one of four."""
    return float(max(1, _counts(kind)[word]) ** -0.5)


# Columns -------------------------------------------------------------------------------------------------------------


def matched_columns(file: FileLayer, name: str) -> list[ColumnMatch]:
    """For each column of a layer the column of the file that may fill it best; a column fills one, unless the words of
    both lists stand in it."""
    known = synonyms()[name]
    pairs = [
        match
        for column, declared in TABLES[name].columns.items()
        if column != "source"
        for field in file.columns
        if (match := _match(field, column, declared, known)) is not None
    ]
    keys, unique = TABLES[name].key, {field.name for field in file.columns if field.is_key}
    # A key is sought first among what is unique: the name of a thing often is what its key is called.
    pairs.sort(
        key=lambda match: (-match.strength - 0.1 * (match.column in keys and match.field in unique), match.column)
    )
    taken: dict[str, ColumnMatch] = {}
    used: dict[str, ColumnMatch] = {}
    for match in pairs:
        first = used.get(match.field)
        is_shared = first is not None and "words" in match.reason and "words" in first.reason
        if match.column not in taken and (first is None or is_shared):
            taken[match.column] = match
            used.setdefault(match.field, match)
    return [taken[column] for column in TABLES[name].columns if column in taken]


def _match(field: ColumnProfile, column: str, declared: Column, known: Synonyms) -> ColumnMatch | None:
    """How surely a column of a file fills a column of ours; None where it does not."""
    by_name = _name_strength(field.name, known.columns.get(column, []))
    if field.kind == "empty":
        return ColumnMatch(column, field.name, by_name * 0.5, "name, but empty") if by_name > 0.5 else None
    pattern = known.patterns.get(column) or declared.pattern
    if pattern and field.samples:
        if all(re.match(pattern, text) for text in field.samples):
            return ColumnMatch(column, field.name, max(by_name, 0.85), "written like it")
        by_name *= 0.8 if not declared.pattern else 0.3
    if declared.choices and (by_name or not all(word.isdigit() for word in field.words or field.samples)):
        share = _share_of_list(field, column, declared, known)
        if share is not None and share >= 0.5:
            strength = min(1.0, 0.35 * by_name + 0.65 * share) if by_name else 0.6 * share * _word_rarity(field)
            return ColumnMatch(column, field.name, strength, "words") if strength > 0.25 else None
        return ColumnMatch(column, field.name, by_name * 0.4, "name, other words") if by_name > 0.5 else None
    if by_name == 0.0:
        return None
    if declared.kind in CELL_KINDS and field.kind not in CELL_KINDS[declared.kind]:
        by_name *= 0.3 if _has_numbers(field, declared) else 0.1
    if declared.kind == "str" and field.kind in ("date", "yes or no"):
        by_name *= 0.4
    return ColumnMatch(column, field.name, by_name, "name") if by_name >= 0.2 else None


def _has_numbers(field: ColumnProfile, declared: Column) -> bool:
    return declared.kind in ("int", "float") and any(re.search(r"\d", text) for text in field.samples)


def _name_strength(name: str, texts: Iterable[str]) -> float:
    """How well a name is one of these (0-1): the first say most; as a part of the name half as much."""
    last = re.split(r"[|.]", name)[-1] or name
    tried = {plain(name), plain(last)}
    best = 0.0
    for place, text in enumerate(texts):
        target = plain(text)
        if target in tried:
            best = max(best, 1.0 - 0.015 * place)
        elif len(target) >= LEAST_CONTAINED and target in plain(name):
            best = max(best, 0.55 * len(target) / len(plain(last)) if len(plain(last)) >= len(target) else 0.3)
    return min(best, 1.0)


def _share_of_list(field: ColumnProfile, column: str, declared: Column, known: Synonyms) -> float | None:
    """The share of the cells that are words of a closed list; None where there are too many different cells."""
    words = field.words or (dict.fromkeys(field.samples, 1) if field.distinct <= len(field.samples) else {})
    if not words:
        return None
    fits = sum(number for word, number in words.items() if known.choice_of(column, word, declared.choices) is not None)
    return fits / sum(words.values())


def _word_rarity(field: ColumnProfile) -> float:
    """How seldom the words of a column are among those of other layers."""
    words = [plain(word) for word in (field.words or field.samples)]
    rarities = [_rarity("words", word) if _counts("words")[word] else 0.5 for word in words]
    return sum(rarities) / len(rarities) if rarities else 0.0


def _column_points(file: FileLayer, name: str, matches: list[ColumnMatch]) -> float:
    """Points for how much of the layer the file fills, and how much of the file the layer explains."""
    if not matches:
        return 0.0
    columns = {column: declared for column, declared in TABLES[name].columns.items() if column != "source"}
    weights = {column: 0.4 if declared.optional else 1.0 for column, declared in columns.items()}
    worth = {match.column: match.strength * _match_rarity(match) for match in matches}
    least = sum(weight for column, weight in weights.items() if weight == 1.0) or 1.0
    filled = min(1.0, sum(weights[column] * value for column, value in worth.items()) / max(least, 1.5))
    named = [field for field in file.columns if plain(field.name) not in OF_PROGRAMS]
    explained = min(1.0, sum(worth.values()) / max(2.0, min(len(named), 8)))
    return COLUMN_POINTS * (0.55 * filled + 0.45 * explained)


def _match_rarity(match: ColumnMatch) -> float:
    if match.reason in ("words", "written like it"):
        return 1.0
    return _rarity("columns", plain(re.split(r"[|.]", match.field)[-1]))


# Cells and shapes ----------------------------------------------------------------------------------------------------


def _word_points(file: FileLayer, known: Synonyms, matches: list[ColumnMatch]) -> tuple[float, list[str]]:
    """Points for words in cells: those of closed lists that few layers have, and hints."""
    by_name = {field.name: field for field in file.columns}
    lists = [_word_rarity(by_name[match.field]) * match.strength for match in matches if match.reason == "words"]
    patterns = [0.9 for match in matches if match.reason == "written like it"]
    hint, share = _hint(file, known)
    best = max([*lists, *patterns, share], default=0.0)
    return WORD_POINTS * best, [f"cells say '{hint}'"] if hint and share >= 0.2 else []


def _hint(file: FileLayer, known: Synonyms) -> tuple[str, float]:
    """The hint that stands in most rows, and in which share of them."""
    best = ("", 0.0)
    for hint in known.hints:
        target = plain(hint)
        for field in file.columns:
            words = field.words or dict.fromkeys(field.samples, 1)
            if not words:
                continue
            hits = sum(n for word, n in words.items() if _says(plain(word), target))
            share = hits / sum(words.values()) * (1.0 if field.words else 0.6)
            if share > best[1]:
                best = (hint, share)
    return best


def _says(word: str, target: str) -> bool:
    return word == target or (len(target) > LEAST_CONTAINED and target in word)


def _shape_fit(file: FileLayer, name: str) -> tuple[float, str]:
    """The factor by which shapes fit a layer, and what is odd about them."""
    wanted, close = TABLES[name].shape, file.card.get("close_lines", False)
    if not wanted:
        return (1.0, "") if not file.shape else (0.6, f"{file.shape}s, where a table is due")
    if not file.shape:
        return 0.55, f"no shapes, where {_due(wanted)} are due"
    if wanted in (file.shape, "any") or (close and wanted == "polygon"):
        return 1.0, ""
    if file.shape == "polygon" and wanted == "line":
        return 0.65, "areas, where lines are due"
    return 0.4, f"{file.shape}s, where {_due(wanted)} are due"


def _fitting(shape: str) -> str:
    return f"{_due(shape)}, as is due" if shape else "a table, as is due"


def _due(shape: str) -> str:
    return "shapes" if shape == "any" else "areas" if shape == "polygon" else f"{shape}s"


def _grid_candidate(file: FileLayer, name: str, layer: RasterLayer) -> Candidate:
    """A grid by its name, the words in its tags, the range and kind of its values, and the size of its cells."""
    known, grid = synonyms()[name], file.grid
    points, reasons = _name_points(file, known)
    points *= 1.6
    words = plain(str(grid.get("words", "")))
    unit = next((unit for unit in known.units if len(plain(unit)) > 1 and plain(unit) in words), "")
    if unit:
        points, reasons = points + 15.0, [*reasons, f"tags say '{unit}'"]
    fit, reason = _range_fit(grid, layer, known.coarse)
    return Candidate(name, round(min(99.0, (points + 15.0 * (fit == 1.0)) * fit)), (*reasons, reason))


def _range_fit(grid: Any, layer: RasterLayer, coarse: float) -> tuple[float, str]:
    low, high = grid.get("lowest"), grid.get("highest")
    if low is None:
        return 0.5, "no value in it"
    if low < layer.minimum or high > layer.maximum:
        return 0.1, f"values {low:g} to {high:g}, beyond {layer.minimum:g} to {layer.maximum:g} {layer.unit}"
    said = f"values {low:g} to {high:g}"
    if layer.kind == "class" and not (grid["is_whole"] and high <= 20):
        return 0.2, f"{said}, no classes"
    if layer.kind != "class" and grid["is_whole"] and high <= 12 and str(grid["kind"]).startswith(("uint", "int")):
        return 0.4, f"{said}, which look like classes"
    if layer.kind == "level" and not (high >= 35.0):
        return 0.4, f"{said}, low for {layer.unit}"
    if coarse and grid["cell"] < coarse:
        return 0.6, f"{said}, cells of {grid['cell']:g} m"
    if layer.kind == "depth" and high > 20:
        return 0.4, f"{said}, deep for {layer.unit}"
    return 1.0, said
