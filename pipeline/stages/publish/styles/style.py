"""How a published layer is drawn, in Dutch, made from its card and contract; QGIS, SLD and web page follow it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from layers.glossary import dutch_choice
from layers.layer import Layer
from pipeline.project.publish import StyleConfig, SwatchConfig
from pipeline.stages.publish.text.translate import published_name, published_title

OTHER_COLOUR = "#d9d9d9"
YEAR_FIELD = "{year}"


@dataclass(frozen=True)
class Field:
    """One published column: Dutch name and title with unit, what it means, its kind, and the Dutch words of
    a closed list.

    year: the asked year that it tells of, if it is one of a column per year. column: our name for it.
    """

    name: str
    title: str
    meaning: str = ""
    kind: str = "str"
    choices: tuple[str, ...] = ()
    year: int | None = None
    is_measure: bool = False
    column: str = ""


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
    """The published columns of a layer, titles with their unit; a column per year is written out."""
    return tuple(
        Field(
            published_name(name, column),
            published_title(column),
            column.meaning,
            column.kind,
            tuple(map(dutch_choice, column.choices)),
            next((year for year in years if str(year) in name.split("_")), None),
            column.kind in ("float", "int") and bool(column.unit),
            name,
        )
        for name, column in layer.for_years(years).columns.items()
    )


def looks(
    style: StyleConfig | None, fields: Sequence[Field], years: tuple[int, ...], title: str
) -> tuple[LayerStyle, ...]:
    """The look of a layer, or one per year where a column per year colours it; the first is what opens."""
    if style is None:
        return ()
    if YEAR_FIELD in (style.column or ""):
        return tuple(look(style, fields, (year,), title) for year in years)
    return (look(style, fields, years, title),)


def look(style: StyleConfig, fields: Sequence[Field], years: tuple[int, ...], title: str) -> LayerStyle:
    """The look for the years that tip and label tell; the first of them is drawn.

    Columns that the edition leaves out are left out.
    """
    known = {field.column: field for field in fields}
    names = {column: field.name for column, field in known.items()}
    coloured = known.get((style.column or "").format(year=years[0]))
    return LayerStyle(
        f"{title}, {coloured.title}" if coloured and coloured.year else title,
        coloured.name if coloured else None,
        _entries(style, years, coloured),
        style.line,
        style.line_mm,
        style.is_see_through,
        bool(style.years),
        names.get((style.label or "").format(year=years[0])),
        (style.label_from_scale, style.label_to_scale),
        tuple(names[column] for column in _each_year(style.tip, years) if column in names),
        style.from_scale,
        years[0],
        _words(style.label_words, years, names),
    )


def _entries(style: StyleConfig, years: tuple[int, ...], coloured: Field | None) -> tuple[LegendEntry, ...]:
    if coloured is None:
        return (LegendEntry(None, "", SwatchConfig(colour=style.fill)),)
    swatches = style.swatches
    if style.years:
        colours = zip(years, _spread(style.years, len(years)), strict=True)
        swatches = {str(year): SwatchConfig(colour=colour) for year, colour in colours}
    words = {value: dutch_choice(value) for value in swatches}
    named = [
        LegendEntry(words[value], swatch.title or words[value], swatch)
        for value, swatch in swatches.items()
        if value != "other"
    ]
    rest = swatches.get("other", SwatchConfig(colour=OTHER_COLOUR))
    others = tuple(word for word in coloured.choices if word not in words.values()) if "other" in swatches else ()
    return (*named, LegendEntry(None, rest.title or "overig", rest, others))


def _each_year(texts: Iterable[str], years: tuple[int, ...]) -> list[str]:
    """Texts once for each year where they have one: all of a year before the next."""
    filled: list[str] = []
    for is_yearly, run in groupby(texts, key=lambda text: YEAR_FIELD in text):
        parts = list(run)
        filled += [
            part.replace(YEAR_FIELD, str(year)) for year in (years if is_yearly else years[:1]) for part in parts
        ]
    return filled


def _words(text: str | None, years: tuple[int, ...], names: Mapping[str, str]) -> str | None:
    """Words with our columns in braces as words with published ones, a line with a year for each; None where one
    is left out.
    """
    filled = "\n".join(_each_year((text or "").split("\n"), years))
    used = set(re.findall(r"\{(\w+)\}", filled))
    if not used or not used <= set(names):
        return None
    return re.sub(r"\{(\w+)\}", lambda match: f"{{{names[match[1]]}}}", filled)


def _spread(colours: tuple[str, ...], count: int) -> list[str]:
    """So many colours: those given, or where they are too few as many steps from the first to the last."""
    if count <= len(colours):
        return list(colours[:count])
    first, last = (bytes.fromhex(colour[1:7]) for colour in (colours[0], colours[-1]))
    pairs = list(zip(first, last, strict=True))
    return [
        "#" + bytes(round(start + (end - start) * step / (count - 1)) for start, end in pairs).hex()
        for step in range(count)
    ]
