"""Kaartindeling: which layers the map shows, in which groups, themes, relations and pages, from the card and what was written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.derived import DERIVED
from layers.glossary import dutch_choice
from layers.layer import Layer
from pipeline.project.publish import BackgroundConfig, MapConfig, MapLayerConfig, PublishConfig
from pipeline.stages.publish.styles.style import Look, look
from pipeline.stages.publish.tables.published_table import Sheet
from pipeline.stages.publish.text.translate import published_name

TABLES = "Tabellen"
COUNTS = ("number", "total")
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Asked:
    """For whom the map is: title, asked years, key and title of the lead activity, reference date, and what stands below it."""

    title: str
    years: tuple[int, ...]
    lead: tuple[str, str]
    date: dt.date
    note: str
    credit: str


@dataclass(frozen=True)
class Shown:
    """One entry of the legend: the sheet, how it is drawn (None: a table), and which of its rows, also as SQL on Dutch columns."""

    key: str
    title: str
    sheet: Sheet
    look: Look | None
    rows: pd.DataFrame
    sql: str = ""


@dataclass(frozen=True)
class Related:
    """Rows of a child that belong to a row of the parent, by pairs of published columns."""

    key: str
    title: str
    parent: str
    child: str
    on: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Pages:
    """A page for each shape of an entry: named by a published column, drawn in a theme.

    heading: words with published columns in braces, and {number} and {total}; tells: published columns.
    """

    title: str
    of: Shown
    name_by: str
    heading: str
    tells: tuple[str, ...]
    theme: str


@dataclass(frozen=True)
class Plan:
    """The map as a whole; the first theme is what opens. bookmarks: title and place, by group."""

    asked: Asked
    groups: tuple[tuple[str, tuple[Shown, ...]], ...]
    themes: tuple[tuple[str, tuple[str, ...]], ...]
    relations: tuple[Related, ...]
    pages: tuple[Pages, ...]
    bookmarks: Mapping[str, Sequence[tuple[str, Box]]]
    background: BackgroundConfig
    box: Box

    @property
    def shown(self) -> tuple[Shown, ...]:
        """All entries, the topmost first."""
        return tuple(shown for _, group in self.groups for shown in group)


def plan(card: PublishConfig, sheets: Sequence[Sheet], asked: Asked) -> Plan | None:
    """The map of the sheets that have rows; None where there is no cluster to look at."""
    filled = {sheet.name: sheet for sheet in sheets if len(sheet.content)}
    whole = next((sheet for sheet in filled.values() if sheet.derived == "cluster_overview"), None)
    if whole is None:
        return None
    themes = tuple(card.palette.get("theme", {}))
    paged = {atlas.entry for atlas in card.map.atlas}
    groups = [
        (
            group.title.format(lead=asked.lead[1].lower()),
            tuple(shown for layer in group.layers for shown in _entries(layer, filled, asked, (themes, paged))),
        )
        for group in card.map.group
    ]
    tables = [
        Shown(sheet.name, sheet.title, sheet, None, sheet.content) for sheet in filled.values() if not sheet.is_spatial
    ]
    groups.append((TABLES, tuple(tables)))
    known = {shown.key: shown for _, group in groups for shown in group}
    return Plan(
        asked,
        tuple((title, group) for title, group in groups if group),
        _themes(card.map, known, asked, themes),
        _relations(card.map, known, asked),
        _pages(card.map, known, asked),
        {pages.of.title: _places(pages) for pages in _pages(card.map, known, asked)},
        card.map.background,
        _box(whole.content.total_bounds),
    )


def _fill(year: int, lead: str, value: str, text: str) -> str:
    return text.format(year=year, lead=lead, value=value)


def _each(kind: str, asked: Asked, themes: Sequence[str]) -> list[Callable[[str], str]]:
    """How a text is filled in for each entry that a card asks for."""
    years = asked.years if kind == "year" else asked.years[:1]
    values = themes if kind == "theme" else ("",)
    return [partial(_fill, year, asked.lead[1], value) for year in years for value in values]


def _entries(
    layer: MapLayerConfig, filled: Mapping[str, Sheet], asked: Asked, of: tuple[Sequence[str], Collection[str]]
) -> list[Shown]:
    """The entries of one card whose layer was written and has such rows; `of`: themes of the palette, and keys that have pages."""
    themes, paged = of
    sheet = filled.get(layer.published)
    if sheet is None:
        return []
    made = []
    for fill in _each(layer.each, asked, themes):
        sql, chosen = _rows(layer, sheet, asked, fill)
        if chosen.any():
            title = fill(layer.title.replace("{value}", dutch_choice(fill("{value}"))))
            drawn = dataclasses.replace(_look(layer, sheet, asked, fill), title=title, is_paged=layer.key in paged)
            made.append(Shown(fill(layer.key), title, sheet, drawn, sheet.content[chosen], sql))
    return made


def _look(layer: MapLayerConfig, sheet: Sheet, asked: Asked, fill: Callable[[str], str]) -> Look:
    year = int(fill("{year}"))
    if layer.style is None:
        per_year = [drawn for drawn in sheet.looks if drawn.column and drawn.column.endswith(str(year))]
        drawn = (per_year or list(sheet.looks))[0]
        return _narrowed(drawn, layer, sheet, fill)
    told = (year,) if layer.each == "year" else asked.years
    words = (layer.style.label_words or "").replace("{lead}", asked.lead[1].lower()) or None
    style = layer.style.model_copy(update={"label_words": words})
    return look(style, _contract(sheet, asked), asked.years, (fill(layer.title), told))


def _contract(sheet: Sheet, asked: Asked) -> Layer:
    """The layer that a sheet shows, with the columns that its edition has."""
    layer = DERIVED[sheet.derived].for_years(asked.years)
    return dataclasses.replace(
        layer, columns={name: column for name, column in layer.columns.items() if sheet.name_of(name) is not None}
    )


def _narrowed(drawn: Look, layer: MapLayerConfig, sheet: Sheet, fill: Callable[[str], str]) -> Look:
    """A look with only the entry of the rows that are asked for, where these have one value in its column."""
    columns = DERIVED[sheet.derived].columns
    asked = {
        published_name(name, columns[name]): dutch_choice(fill(value))
        for name, value in layer.where.items()
        if name in columns
    }
    own = tuple(
        entry for entry in drawn.entries if entry.value is not None and entry.value == asked.get(drawn.column or "")
    )
    return dataclasses.replace(drawn, column=None, entries=own) if own else drawn


def _rows(
    layer: MapLayerConfig, sheet: Sheet, asked: Asked, fill: Callable[[str], str]
) -> tuple[str, NDArray[np.bool_]]:
    """The rows that a card asks for: as SQL with the published words, and as a mask on the sheet."""
    frame, parts = sheet.content, []
    mask: NDArray[np.bool_] = np.ones(len(frame), dtype=bool)
    contract = _contract(sheet, asked)
    for column, value in layer.where.items():
        name = published_name(column, contract.columns[column])
        if value.startswith(">"):
            bound = float(value[1:])
            parts.append(f'"{name}" > {bound:g}')
            mask &= (frame[name] > bound).to_numpy(dtype=bool)
            continue
        told = asked.lead[1] if value == "{lead}" else dutch_choice(fill(value))
        if contract.columns[column].kind == "int":
            parts.append(f'"{name}" = {int(told)}')
            mask &= (frame[name] == int(told)).to_numpy(dtype=bool)
        else:
            text = told.replace("'", "''")
            parts.append(f"\"{name}\" = '{text}'")
            mask &= (frame[name].astype(str) == told).to_numpy(dtype=bool)
    return " AND ".join(parts), mask


def _themes(
    card: MapConfig, known: Mapping[str, Shown], asked: Asked, themes: Sequence[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Themes of which there is something to see: one per year or theme of the palette needs an entry of that year or theme."""
    made = []
    for theme in card.theme:
        own = [key for key in theme.shows if "{" in key] or list(theme.shows)
        for fill in _each(theme.each, asked, themes):
            if any(fill(key) in known for key in own):
                title = fill(theme.title.replace("{value}", dutch_choice(fill("{value}"))))
                made.append((title, tuple(fill(key) for key in theme.shows if fill(key) in known)))
    return tuple(made)


def _relations(card: MapConfig, known: Mapping[str, Shown], asked: Asked) -> tuple[Related, ...]:
    fill = _each("once", asked, ())[0]
    made = []
    for number, relation in enumerate(card.relation, 1):
        parent, child = known.get(fill(relation.parent)), known.get(fill(relation.child))
        if parent is None or child is None:
            continue
        pairs = [(parent.sheet.name_of(ours), child.sheet.name_of(theirs)) for ours, theirs in relation.on.items()]
        whole = tuple((ours, theirs) for ours, theirs in pairs if ours is not None and theirs is not None)
        if len(whole) == len(pairs):
            made.append(Related(f"relatie_{number}_{child.key}", relation.title, parent.key, child.key, whole))
    return tuple(made)


def _published(shown: Shown, column: str, asked: Asked) -> str:
    return published_name(column, DERIVED[shown.sheet.derived].for_years(asked.years).columns[column])


def _pages(card: MapConfig, known: Mapping[str, Shown], asked: Asked) -> tuple[Pages, ...]:
    made = []
    for atlas in card.atlas:
        for fill in _each(atlas.each, asked, ()):
            of = known.get(fill(atlas.entry))
            if of is not None:
                heading = re.sub(
                    r"\{(\w+)\}", partial(_heading, of, asked), atlas.heading.replace("{year}", fill("{year}"))
                )
                name_by = _published(of, atlas.name_by, asked)
                tells = tuple(name for name in map(of.sheet.name_of, map(fill, atlas.tells)) if name is not None)
                made.append(Pages(fill(atlas.title), of, name_by, heading, tells, fill(atlas.theme)))
    return tuple(made)


def _heading(of: Shown, asked: Asked, found: re.Match[str]) -> str:
    name = found.group(1)
    return f"{{{name if name in COUNTS else _published(of, name, asked)}}}"


def _places(pages: Pages) -> list[tuple[str, Box]]:
    """A place to go to for every shape that has a page."""
    rows = pages.of.rows
    names = [str(name) for name in rows[pages.name_by]]
    words = list(zip(*(name.split(".") for name in names), strict=False)) if len(names) > 1 else []
    shared = len(list(takewhile(lambda word: len(set(word)) == 1, words)))  # what all begin with tells none apart
    rest = [".".join(name.split(".")[shared:]) or name for name in names]
    return sorted((name, _box(box)) for name, box in zip(rest, rows.bounds.to_numpy(), strict=True))


def _box(bounds: Sequence[float]) -> Box:
    left, low, right, high = (round(float(edge), 1) for edge in bounds)
    return left, low, right, high
