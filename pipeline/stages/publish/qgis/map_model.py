"""Which layers the map shows, in which groups, themes, relations and pages, from the card and what was written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.derived import DERIVED
from layers.glossary import dutch_choice
from layers.layer import Layer
from pipeline.project.publish import BackgroundConfig, MapAtlasConfig, MapLayerConfig, PublishConfig
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
    """The map of the sheets that have rows (EPSG:28992, m); None where there is no cluster to look at."""
    filled = {sheet.name: sheet for sheet in sheets if len(sheet.content)}
    whole = next((sheet for sheet in filled.values() if sheet.derived == "cluster_overview"), None)
    if whole is None:
        return None
    builder = _MapBuilder(card, filled, params)
    tables = [
        Shown(sheet.name, sheet.title, sheet, None, sheet.content) for sheet in filled.values() if not sheet.is_spatial
    ]
    groups = [
        (
            group.title.format(lead=params.lead[1].lower()),
            tuple(shown for layer in group.layers for shown in builder.entries(layer)),
        )
        for group in card.map.group
    ]
    groups.append((TABLES_TITLE, tuple(tables)))
    known = {shown.key: shown for _, group in groups for shown in group}
    pages = builder.pages(known)
    return MapModel(
        params,
        tuple((title, group) for title, group in groups if group),
        builder.themes(known),
        builder.relations(known),
        pages,
        {part.target.title: _places(part) for part in pages},
        card.map.background,
        _box(whole.content.total_bounds),
    )


@dataclass(frozen=True)
class _Fill:
    """Fills in a text of the card for one year and one theme of the palette."""

    year: int
    lead: str
    value: str

    def __call__(self, text: str) -> str:
        return text.format(year=self.year, lead=self.lead, value=self.value)

    def title(self, text: str) -> str:
        """A title, with the theme in Dutch."""
        return self(text.replace("{value}", dutch_choice(self.value)))


@dataclass(frozen=True)
class _MapBuilder:
    """Makes the parts of a map from its card, the sheets that have rows, and whom it is for."""

    card: PublishConfig
    sheets: Mapping[str, PublishedTable]
    params: MapParams

    def each(self, kind: str) -> list[_Fill]:
        """How texts are filled in for each entry that a card wants: once, per year, or per theme of the palette."""
        years = self.params.years if kind == "year" else self.params.years[:1]
        values = tuple(self.card.palette.get("theme", {})) if kind == "theme" else ("",)
        return [_Fill(year, self.params.lead[1], value) for year in years for value in values]

    def entries(self, layer: MapLayerConfig) -> list[Shown]:
        """The entries of one card whose layer was written and has such rows."""
        sheet = self.sheets.get(layer.published)
        if sheet is None:
            return []
        is_paged = any(atlas.entry == layer.key for atlas in self.card.map.atlas)
        entries = []
        for fill in self.each(layer.each):
            sql, chosen = self._rows(layer, sheet, fill)
            if chosen.any():
                title = fill.title(layer.title)
                style = dataclasses.replace(self._style(layer, sheet, fill), title=title, is_paged=is_paged)
                entries.append(Shown(fill(layer.key), title, sheet, style, sheet.content[chosen], sql))
        return entries

    def _style(self, layer: MapLayerConfig, sheet: PublishedTable, fill: _Fill) -> LayerStyle:
        params = self.params
        if layer.style is None:
            per_year = [drawn for drawn in sheet.looks if drawn.column and drawn.column.endswith(str(fill.year))]
            return _narrowed((per_year or list(sheet.looks))[0], layer, sheet, fill)
        years = (fill.year,) if layer.each == "year" else params.years
        words = (layer.style.label_words or "").replace("{lead}", params.lead[1].lower()) or None
        style = layer.style.model_copy(update={"label_words": words})
        return look(style, self._contract(sheet), params.years, (fill(layer.title), years))

    def _contract(self, sheet: PublishedTable) -> Layer:
        """The layer that a sheet shows, with the columns that its edition has."""
        layer = DERIVED[sheet.derived].for_years(self.params.years)
        columns = {name: column for name, column in layer.columns.items() if sheet.name_of(name) is not None}
        return dataclasses.replace(layer, columns=columns)

    def _rows(self, layer: MapLayerConfig, sheet: PublishedTable, fill: _Fill) -> tuple[str, NDArray[np.bool_]]:
        """The rows that a card asks for: as SQL with the published words, and as a mask on the sheet."""
        mask: NDArray[np.bool_] = np.ones(len(sheet.content), dtype=bool)
        parts, columns = [], self._contract(sheet).columns
        for column, value in layer.where.items():
            name = published_name(column, columns[column])
            values = sheet.content[name]
            words = self.params.lead[1] if value == "{lead}" else dutch_choice(fill(value))
            if value.startswith(">"):
                condition, chosen = f"> {float(value[1:]):g}", values > float(value[1:])
            elif columns[column].kind == "int":
                condition, chosen = f"= {int(words)}", values == int(words)
            else:
                quoted = words.replace("'", "''")
                condition, chosen = f"= '{quoted}'", values.astype(str) == words
            parts.append(f'"{name}" {condition}')
            mask &= chosen.to_numpy(dtype=bool)
        return " AND ".join(parts), mask

    def themes(self, known: Mapping[str, Shown]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Themes of which there is something to see: one per year or theme of the palette needs an entry of that
        year or theme.
        """
        themes = []
        for theme in self.card.map.theme:
            keys = [key for key in theme.shows if "{" in key] or list(theme.shows)
            for fill in self.each(theme.each):
                if any(fill(key) in known for key in keys):
                    shown = tuple(fill(key) for key in theme.shows if fill(key) in known)
                    themes.append((fill.title(theme.title), shown))
        return tuple(themes)

    def relations(self, known: Mapping[str, Shown]) -> tuple[Related, ...]:
        """Relations of which both sides are on the map, with all their columns."""
        (fill,) = self.each("once")
        related = []
        for number, relation in enumerate(self.card.map.relation, 1):
            parent, child = known.get(fill(relation.parent)), known.get(fill(relation.child))
            if parent is None or child is None:
                continue
            pairs = [(parent.sheet.name_of(ours), child.sheet.name_of(theirs)) for ours, theirs in relation.on.items()]
            whole = tuple((ours, theirs) for ours, theirs in pairs if ours is not None and theirs is not None)
            if len(whole) == len(pairs):
                related.append(Related(f"relatie_{number}_{child.key}", relation.title, parent.key, child.key, whole))
        return tuple(related)

    def pages(self, known: Mapping[str, Shown]) -> tuple[Pages, ...]:
        """Pages to print, for each shape of the entries that the card names."""
        return tuple(
            self._page(atlas, known[fill(atlas.entry)], fill)
            for atlas in self.card.map.atlas
            for fill in self.each(atlas.each)
            if fill(atlas.entry) in known
        )

    def _page(self, atlas: MapAtlasConfig, target: Shown, fill: _Fill) -> Pages:
        columns = DERIVED[target.sheet.derived].for_years(self.params.years).columns

        def in_braces(match: re.Match[str]) -> str:
            name = match[1]
            return f"{{{name if name in COUNTS else published_name(name, columns[name])}}}"

        heading = re.sub(r"\{(\w+)\}", in_braces, atlas.heading.replace("{year}", str(fill.year)))
        name_by = published_name(atlas.name_by, columns[atlas.name_by])
        tells = tuple(name for name in map(target.sheet.name_of, map(fill, atlas.tells)) if name is not None)
        return Pages(fill(atlas.title), target, name_by, heading, tells, fill(atlas.theme))


def _narrowed(drawn: LayerStyle, layer: MapLayerConfig, sheet: PublishedTable, fill: _Fill) -> LayerStyle:
    """A look with only the entry of the rows that are asked for, where these have one value in its column."""
    columns = DERIVED[sheet.derived].columns
    wanted = {
        published_name(name, columns[name]): dutch_choice(fill(value))
        for name, value in layer.where.items()
        if name in columns
    }
    value = wanted.get(drawn.column or "")
    entries = tuple(entry for entry in drawn.entries if entry.value is not None and entry.value == value)
    return dataclasses.replace(drawn, column=None, entries=entries) if entries else drawn


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
