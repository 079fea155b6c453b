"""Uiterlijk: how a published layer is drawn, in Dutch, made from its card and contract; QGIS, SLD and web
page follow it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from layers.glossary import dutch_choice
from layers.layer import Column, Layer
from pipeline.project.publish import StyleConfig, SwatchConfig
from pipeline.stages.publish.text.translate import published_name, published_title

OTHER_COLOUR = "#d9d9d9"
YEAR_FIELD = "{year}"


@dataclass(frozen=True)
class Field:
    """One published column: Dutch name and title with unit, what it means, its kind, and the Dutch words of a closed
    list.

    year: the asked year that it tells of, if it is one of a column per year.
    """

    name: str
    title: str
    meaning: str = ""
    kind: str = "str"
    choices: tuple[str, ...] = ()
    year: int | None = None
    is_measure: bool = False


@dataclass(frozen=True)
class LegendEntry:
    """One value in the legend: as it stands in the table (None: all others), as it is told, and its swatch.

    others: what all others are, where they are meant and can be named.
    """

    value: str | None
    label: str
    swatch: SwatchConfig
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayerStyle:
    """How a layer is drawn: entries by the values of a published column, or one for all; line, label, and what is told
    on pointing.

    label_words: words with published columns in braces, in place of the label. is_paged: has a page for each shape,
    and marks the one of the page. is_first_on_top: the smallest value is drawn last, on top of the others.
    """

    title: str
    column: str | None
    entries: tuple[LegendEntry, ...]
    line: str
    line_mm: float
    is_see_through: bool = False
    is_first_on_top: bool = False
    label: str | None = None
    label_scales: tuple[int, int] = (10_000, 1)
    tip: tuple[str, ...] = ()
    from_scale: int | None = None
    year: int | None = None
    label_words: str | None = None
    is_paged: bool = False


def fields(layer: Layer, years: tuple[int, ...]) -> tuple[Field, ...]:
    """The published columns of a layer with a column per year written out."""
    return tuple(_field(name, column, years) for name, column in layer.for_years(years).columns.items())


def looks(style: StyleConfig, layer: Layer, years: tuple[int, ...], title: str) -> tuple[LayerStyle, ...]:
    """The look of a layer, or one per year where a column per year colours it; the first is what opens."""
    if style.column and "{year}" in style.column:
        return tuple(look(style, layer, years, (title, (year,))) for year in years)
    return (look(style, layer, years, (title, years)),)


def look(
    style: StyleConfig, layer: Layer, years: tuple[int, ...], title_and_years: tuple[str, tuple[int, ...]]
) -> LayerStyle:
    """The look for one year, or for all: `of` is the layer's title and the years that tip and label tell; the first is
    drawn.

    Columns that the edition leaves out are left out.
    """
    title, year = title_and_years[0], title_and_years[1][0]
    known = {name: published_name(name, column) for name, column in layer.for_years(years).columns.items()}
    column = style.column and style.column.format(year=year)
    look_title, column = title, column if column in known else None
    if column and style.column and "{year}" in style.column:
        look_title = f"{title}, {layer.for_years(years).columns[str(column)].title}"
    tip = [name for part in _runs(style.tip) for name in _each_year(part, title_and_years[1])]
    label = style.label and known.get(style.label.format(year=year))
    return LayerStyle(
        look_title,
        known.get(column or ""),
        _entries(
            style if column else style.model_copy(update={"column": None}),
            years,
            layer.for_years(years).columns[column].choices if column else (),
        ),
        style.line,
        style.line_mm,
        style.is_see_through,
        bool(style.years),
        label,
        (style.label_from_scale, style.label_to_scale),
        tuple(known[name] for name in tip if name in known),
        style.from_scale,
        year,
        _words(style.label_words, title_and_years[1], known),
    )


def _entries(style: StyleConfig, years: tuple[int, ...], choices: tuple[str, ...]) -> tuple[LegendEntry, ...]:
    if style.column is None:
        return (LegendEntry(None, "", SwatchConfig(colour=style.fill)),)
    swatches: Mapping[str, SwatchConfig] = style.swatches
    if style.years:
        swatches = {
            str(year): SwatchConfig(colour=colour)
            for year, colour in zip(years, _spread(style.years, len(years)), strict=True)
        }
    named = [
        LegendEntry(dutch_choice(value), swatch.title or dutch_choice(value), swatch)
        for value, swatch in swatches.items()
        if value != "other"
    ]
    rest = swatches.get("other")
    if rest is None:
        return (*named, LegendEntry(None, "overig", SwatchConfig(colour=OTHER_COLOUR)))
    others = tuple(dutch_choice(value) for value in choices if value not in swatches)
    return (*named, LegendEntry(None, rest.title or "overig", rest, others))


def _runs(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Names in runs of those with a year, and of those without."""
    return [tuple(part) for _, part in groupby(names, key=lambda name: YEAR_FIELD in name)]


def _each_year(names: Sequence[str], years: tuple[int, ...]) -> list[str]:
    """Names once for each year where they have one: all of a year before the next."""
    return [
        name.replace(YEAR_FIELD, str(year))
        for year in (years if YEAR_FIELD in names[0] else years[:1])
        for name in names
    ]


def _words(text: str | None, years: tuple[int, ...], known: Mapping[str, str]) -> str | None:
    """Words with our columns in braces as words with published ones, a line with a year for each; None where one
    is left out.
    """
    lines = (text or "").split("\n")
    filled = "\n".join(line for part in _runs(lines) for line in _each_year(part, years))
    used = re.findall(r"\{(\w+)\}", filled)
    if not used or not set(used) <= set(known):
        return None
    return re.sub(r"\{(\w+)\}", lambda match: f"{{{known[match[1]]}}}", filled)


def _spread(colours: tuple[str, ...], count: int) -> list[str]:
    """So many colours: those given, or where they are too few as many steps from the first to the last."""
    if count <= len(colours):
        return list(colours[:count])
    first, last = (
        [int(colour[position : position + 2], 16) for position in (1, 3, 5)] for colour in (colours[0], colours[-1])
    )
    steps = [
        [round(a + (b - a) * position / (count - 1)) for a, b in zip(first, last, strict=True)]
        for position in range(count)
    ]
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in steps]


def _field(name: str, column: Column, years: tuple[int, ...]) -> Field:
    year = next((year for year in years if str(year) in name.split("_")), None)
    choices = tuple(dutch_choice(value) for value in column.choices)
    measure = column.kind in ("float", "int") and bool(column.unit)
    return Field(
        published_name(name, column), published_title(column), column.meaning, column.kind, choices, year, measure
    )
