"""Kaartindeling: which layers the map shows, in which groups, themes, relations and pages, from the card and what
was written.
"""

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
from pipeline.project.validate_publish import COUNTS
from pipeline.stages.publish.styles.style import LayerStyle, look
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.stages.publish.text.translate import published_name

TABLES_TITLE = "Tabellen"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class MapParams:
    """For whom the map is: title, asked years, key and title of the lead activity, reference date, and what
    stands below it.
    """

    title: str
    years: tuple[int, ...]
    lead: tuple[str, str]
    date: dt.date
    note: str
    credit: str


@dataclass(frozen=True)
class Shown:
    """One entry of the legend: the sheet, how it is drawn (None: a table), and which of its rows, also as SQL on
    Dutch columns.
    """

    key: str
    title: str
    sheet: PublishedTable
    look: LayerStyle | None
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
    target: Shown
    name_by: str
    heading: str
    tells: tuple[str, ...]
    theme: str


@dataclass(frozen=True)
class MapModel:
    """The map as a whole; the first theme is what opens. bookmarks: title and place, by group."""

    params: MapParams
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


def map_model(card: PublishConfig, sheets: Sequence[PublishedTable], params: MapParams) -> MapModel | None:
    """The map of the sheets that have rows; None where there is no cluster to look at."""
    filled = {sheet.name: sheet for sheet in sheets if len(sheet.content)}
    whole = next((sheet for sheet in filled.values() if sheet.derived == "cluster_overview"), None)
    if whole is None:
        return None
    themes = tuple(card.palette.get("theme", {}))
    paged = {atlas.entry for atlas in card.map.atlas}
    groups = [
        (
            group.title.format(lead=params.lead[1].lower()),
            tuple(shown for layer in group.layers for shown in _entries(layer, filled, params, (themes, paged))),
        )
        for group in card.map.group
    ]
    tables = [
        Shown(sheet.name, sheet.title, sheet, None, sheet.content) for sheet in filled.values() if not sheet.is_spatial
    ]
    groups.append((TABLES_TITLE, tuple(tables)))
    known = {shown.key: shown for _, group in groups for shown in group}
    return MapModel(
        params,
        tuple((title, group) for title, group in groups if group),
        _themes(card.map, known, params, themes),
        _relations(card.map, known, params),
        _pages(card.map, known, params),
        {pages.target.title: _places(pages) for pages in _pages(card.map, known, params)},
        card.map.background,
        _box(whole.content.total_bounds),
    )


def _fill(year: int, lead: str, value: str, text: str) -> str:
    return text.format(year=year, lead=lead, value=value)


def _each(kind: str, params: MapParams, themes: Sequence[str]) -> list[Callable[[str], str]]:
    """How a text is filled in for each entry that a card asks for."""
    years = params.years if kind == "year" else params.years[:1]
    values = themes if kind == "theme" else ("",)
    return [partial(_fill, year, params.lead[1], value) for year in years for value in values]


def _entries(
    layer: MapLayerConfig,
    filled: Mapping[str, PublishedTable],
    params: MapParams,
    target: tuple[Sequence[str], Collection[str]],
) -> list[Shown]:
    """The entries of one card whose layer was written and has such rows; `of`: themes of the palette, and keys that
    have pages.
    """
    themes, paged = target
    sheet = filled.get(layer.published)
    if sheet is None:
        return []
    entries = []
    for fill in _each(layer.each, params, themes):
        sql, chosen = _rows(layer, sheet, params, fill)
        if chosen.any():
            title = fill(layer.title.replace("{value}", dutch_choice(fill("{value}"))))
            drawn = dataclasses.replace(_look(layer, sheet, params, fill), title=title, is_paged=layer.key in paged)
            entries.append(Shown(fill(layer.key), title, sheet, drawn, sheet.content[chosen], sql))
    return entries


def _look(layer: MapLayerConfig, sheet: PublishedTable, params: MapParams, fill: Callable[[str], str]) -> LayerStyle:
    year = int(fill("{year}"))
    if layer.style is None:
        per_year = [drawn for drawn in sheet.looks if drawn.column and drawn.column.endswith(str(year))]
        drawn = (per_year or list(sheet.looks))[0]
        return _narrowed(drawn, layer, sheet, fill)
    years = (year,) if layer.each == "year" else params.years
    words = (layer.style.label_words or "").replace("{lead}", params.lead[1].lower()) or None
    style = layer.style.model_copy(update={"label_words": words})
    return look(style, _contract(sheet, params), params.years, (fill(layer.title), years))


def _contract(sheet: PublishedTable, params: MapParams) -> Layer:
    """The layer that a sheet shows, with the columns that its edition has."""
    layer = DERIVED[sheet.derived].for_years(params.years)
    return dataclasses.replace(
        layer, columns={name: column for name, column in layer.columns.items() if sheet.name_of(name) is not None}
    )


def _narrowed(
    drawn: LayerStyle, layer: MapLayerConfig, sheet: PublishedTable, fill: Callable[[str], str]
) -> LayerStyle:
    """A look with only the entry of the rows that are asked for, where these have one value in its column."""
    columns = DERIVED[sheet.derived].columns
    wanted = {
        published_name(name, columns[name]): dutch_choice(fill(value))
        for name, value in layer.where.items()
        if name in columns
    }
    entries = tuple(
        entry for entry in drawn.entries if entry.value is not None and entry.value == wanted.get(drawn.column or "")
    )
    return dataclasses.replace(drawn, column=None, entries=entries) if entries else drawn


def _rows(
    layer: MapLayerConfig, sheet: PublishedTable, params: MapParams, fill: Callable[[str], str]
) -> tuple[str, NDArray[np.bool_]]:
    """The rows that a card asks for: as SQL with the published words, and as a mask on the sheet."""
    frame, parts = sheet.content, []
    mask: NDArray[np.bool_] = np.ones(len(frame), dtype=bool)
    contract = _contract(sheet, params)
    for column, value in layer.where.items():
        name = published_name(column, contract.columns[column])
        if value.startswith(">"):
            bound = float(value[1:])
            parts.append(f'"{name}" > {bound:g}')
            mask &= (frame[name] > bound).to_numpy(dtype=bool)
            continue
        words = params.lead[1] if value == "{lead}" else dutch_choice(fill(value))
        if contract.columns[column].kind == "int":
            parts.append(f'"{name}" = {int(words)}')
            mask &= (frame[name] == int(words)).to_numpy(dtype=bool)
        else:
            text = words.replace("'", "''")
            parts.append(f"\"{name}\" = '{text}'")
            mask &= (frame[name].astype(str) == words).to_numpy(dtype=bool)
    return " AND ".join(parts), mask


def _themes(
    card: MapConfig, known: Mapping[str, Shown], params: MapParams, themes: Sequence[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Themes of which there is something to see: one per year or theme of the palette needs an entry of that
    year or theme.
    """
    themes_shown = []
    for theme in card.theme:
        keys = [key for key in theme.shows if "{" in key] or list(theme.shows)
        for fill in _each(theme.each, params, themes):
            if any(fill(key) in known for key in keys):
                title = fill(theme.title.replace("{value}", dutch_choice(fill("{value}"))))
                themes_shown.append((title, tuple(fill(key) for key in theme.shows if fill(key) in known)))
    return tuple(themes_shown)


def _relations(card: MapConfig, known: Mapping[str, Shown], params: MapParams) -> tuple[Related, ...]:
    fill = _each("once", params, ())[0]
    related = []
    for number, relation in enumerate(card.relation, 1):
        parent, child = known.get(fill(relation.parent)), known.get(fill(relation.child))
        if parent is None or child is None:
            continue
        pairs = [(parent.sheet.name_of(ours), child.sheet.name_of(theirs)) for ours, theirs in relation.on.items()]
        whole = tuple((ours, theirs) for ours, theirs in pairs if ours is not None and theirs is not None)
        if len(whole) == len(pairs):
            related.append(Related(f"relatie_{number}_{child.key}", relation.title, parent.key, child.key, whole))
    return tuple(related)


def _published(shown: Shown, column: str, params: MapParams) -> str:
    return published_name(column, DERIVED[shown.sheet.derived].for_years(params.years).columns[column])


def _pages(card: MapConfig, known: Mapping[str, Shown], params: MapParams) -> tuple[Pages, ...]:
    pages = []
    for atlas in card.atlas:
        for fill in _each(atlas.each, params, ()):
            target = known.get(fill(atlas.entry))
            if target is not None:
                heading = re.sub(
                    r"\{(\w+)\}", partial(_heading, target, params), atlas.heading.replace("{year}", fill("{year}"))
                )
                name_by = _published(target, atlas.name_by, params)
                tells = tuple(name for name in map(target.sheet.name_of, map(fill, atlas.tells)) if name is not None)
                pages.append(Pages(fill(atlas.title), target, name_by, heading, tells, fill(atlas.theme)))
    return tuple(pages)


def _heading(target: Shown, params: MapParams, match: re.Match[str]) -> str:
    name = match.group(1)
    return f"{{{name if name in COUNTS else _published(target, name, params)}}}"


def _places(pages: Pages) -> list[tuple[str, Box]]:
    """A place to go to for every shape that has a page."""
    rows = pages.target.rows
    names = [str(name) for name in rows[pages.name_by]]
    words = list(zip(*(name.split(".") for name in names), strict=False)) if len(names) > 1 else []
    shared = len(list(takewhile(lambda word: len(set(word)) == 1, words)))  # what all begin with tells none apart
    rest = [".".join(name.split(".")[shared:]) or name for name in names]
    return sorted((name, _box(box)) for name, box in zip(rest, rows.bounds.to_numpy(), strict=True))


def _box(bounds: Sequence[float]) -> Box:
    left, low, right, high = (round(float(edge), 1) for edge in bounds)
    return left, low, right, high
