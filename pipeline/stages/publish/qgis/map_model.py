"""Which layers the map shows, in which groups, themes, relations and pages, from the card and what was written."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import pandas as pd

from layers.glossary import dutch_choice
from pipeline.project.publish import BackgroundConfig, MapLayerConfig, PublishConfig
from pipeline.stages.publish.styles.style import Field, LayerStyle, look
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.stages.publish.text.translate import dutch_day

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
    """A page for each shape of an entry: named by a published column, drawn in a theme, with columns told beside it.

    heading: words with columns in braces, in our words, and {number} and {total}.
    """

    title: str
    target: Shown
    name_by: str
    heading: str
    tells: tuple[Field, ...]
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
    groups = [
        (
            group.title.format(lead=params.lead[1].lower()),
            tuple(shown for layer in group.layers for shown in builder.entries(layer)),
        )
        for group in card.map.group
    ]
    plain = [sheet for sheet in filled.values() if not sheet.is_spatial]
    groups.append((TABLES_TITLE, tuple(Shown(sheet.name, sheet.title, sheet, None, sheet.content) for sheet in plain)))
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
    day: str
    lead: str
    value: str

    def __call__(self, text: str) -> str:
        return text.format(year=self.year, day=self.day, lead=self.lead, value=self.value)

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
        days = {
            year: dutch_day(self.params.date if year == self.params.date.year else dt.date(year, 1, 1))
            for year in years
        }
        return [_Fill(year, days[year], self.params.lead[1], value) for year in years for value in values]

    def entries(self, layer: MapLayerConfig) -> list[Shown]:
        """The entries (EPSG:28992) of one card whose layer was written and has such rows."""
        sheet = self.sheets.get(layer.published)
        if sheet is None:
            return []
        is_paged = any(atlas.entry == layer.key for atlas in self.card.map.atlas)
        entries = []
        for fill in self.each(layer.each):
            sql, rows = _selected(layer, sheet, fill)
            if len(rows):
                title = fill.title(layer.title)
                style = dataclasses.replace(self._style(layer, sheet, fill), title=title, is_paged=is_paged)
                entries.append(Shown(fill(layer.key), title, sheet, style, rows, sql))
        return entries

    def _style(self, layer: MapLayerConfig, sheet: PublishedTable, fill: _Fill) -> LayerStyle:
        if layer.style is None:
            per_year = [drawn for drawn in sheet.looks if drawn.column and drawn.column.endswith(str(fill.year))]
            return _narrowed((per_year or sheet.looks)[0], layer, sheet, fill)
        years = (fill.year,) if layer.each == "year" else self.params.years
        words = (layer.style.label_words or "").replace("{lead}", fill.lead.lower())
        return look(layer.style.model_copy(update={"label_words": words}), sheet.fields, years, layer.title)

    def themes(self, known: Mapping[str, Shown]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Themes of which there is something to see: one per year or theme of the palette needs an entry of that
        year or theme.
        """
        themes = []
        for theme in self.card.map.theme:
            # Only what is of the year or theme itself decides; plots and borders are always there.
            keys = [key for key in theme.shows if "{" in key] or theme.shows
            for fill in self.each(theme.each):
                if known.keys() & set(map(fill, keys)):
                    shown = tuple(key for key in map(fill, theme.shows) if key in known)
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
            ours, theirs = parent.sheet.columns, child.sheet.columns
            if relation.on.keys() <= ours.keys() and set(relation.on.values()) <= theirs.keys():
                pairs = tuple(
                    (ours[column].name, theirs[child_column].name) for column, child_column in relation.on.items()
                )
                related.append(Related(f"relatie_{number}_{child.key}", relation.title, parent.key, child.key, pairs))
        return tuple(related)

    def pages(self, known: Mapping[str, Shown]) -> tuple[Pages, ...]:
        """Pages to print (EPSG:28992), for each shape of the entries that the card names."""
        pages = []
        for atlas in self.card.map.atlas:
            for fill in self.each(atlas.each):
                target = known.get(fill(atlas.entry))
                if target is not None:
                    columns = target.sheet.columns
                    tells = tuple(columns[name] for name in map(fill, atlas.tells) if name in columns)
                    heading = atlas.heading.replace("{year}", str(fill.year)).replace("{day}", fill.day)
                    name_by = columns[atlas.name_by].name
                    pages.append(Pages(fill(atlas.title), target, name_by, heading, tells, fill(atlas.theme)))
        return tuple(pages)


def _selected(layer: MapLayerConfig, sheet: PublishedTable, fill: _Fill) -> tuple[str, pd.DataFrame]:
    """The rows that a card asks for: as SQL with the published words, and of the sheet."""
    rows, parts = sheet.content, []
    for column, value in layer.where.items():
        field = sheet.columns[column]
        values = rows[field.name]
        words = fill.lead if value == "{lead}" else dutch_choice(fill(value))
        # A bound, a whole number, true or false, or words: SQL and the rows told by it must be the same.
        if value.startswith(">"):
            condition, chosen = f"> {float(value[1:]):g}", values > float(value[1:])
        elif field.kind == "int":
            condition, chosen = f"= {int(words)}", values == int(words)
        elif field.kind == "bool":
            condition, chosen = f"= {int(value == 'true')}", values.astype(bool) == (value == "true")
        else:
            quoted = words.replace("'", "''")
            condition, chosen = f"= '{quoted}'", values.astype(str) == words
        parts.append(f'"{field.name}" {condition}')
        rows = rows[chosen.to_numpy(dtype=bool)]
    return " AND ".join(parts), rows


def _narrowed(drawn: LayerStyle, layer: MapLayerConfig, sheet: PublishedTable, fill: _Fill) -> LayerStyle:
    """A look with only the entry of the rows that are asked for, where these have one value in its column."""
    wanted = {sheet.columns[name].name: dutch_choice(fill(value)) for name, value in layer.where.items()}
    value = wanted.get(drawn.column or "", "")
    entries = tuple(entry for entry in drawn.entries if entry.value == value)
    return dataclasses.replace(drawn, column=None, entries=entries) if entries else drawn


def _places(pages: Pages) -> list[tuple[str, Box]]:
    """A place to go to for every shape that has a page."""
    words = [str(name).split(".") for name in pages.target.rows[pages.name_by]]
    same = takewhile(lambda parts: len(set(parts)) == 1, zip(*words, strict=False))
    shared = len(list(same)) if len(words) > 1 else 0  # what all begin with tells none apart
    names = [".".join(parts[shared:]) or ".".join(parts) for parts in words]
    return sorted(zip(names, map(_box, pages.target.rows.bounds.to_numpy()), strict=True))


def _box(bounds: Sequence[float]) -> Box:
    left, low, right, high = (round(float(edge), 1) for edge in bounds)
    return left, low, right, high
