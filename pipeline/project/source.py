"""Source cards: the grammar of sources/*.toml, by which a user's own file fills a layer without code."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Tag,
    model_validator,
)

from layers.errors import reading
from layers.sentences import JoinedSentences, Sentence
from pipeline.project.card_faults import GRAMMAR
from pipeline.project.file_formats import INPUT_FORMATS
from pipeline.project.files_at_work import noted
from pipeline.project.filter_language import Filter
from pipeline.project.models import ConfigModel, one_of


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError(f"no encoding {name!r}, expected one such as 'utf-8' or 'cp1252'") from None
    return name


def _date_form(form: str) -> str:
    # Numbers alone: names of months would depend on the language of the machine.
    parts = re.findall(r"%(.)", form)
    if sorted(parts) not in (["Y", "d", "m"], ["d", "m", "y"]):
        raise ValueError(f"date form {form!r}, expected a day, month and year such as '%d-%m-%Y'")
    return form


def _sound_pattern(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error as fault:
        raise ValueError(f"no regular expression: {fault}") from None
    if groups != 1:
        raise ValueError(f"{groups} groups in {text!r}, expected one: the part to take")
    return text


def _several(value: Any) -> Any:
    """A single text as a tuple of one."""
    return (value,) if isinstance(value, str) else value


Encoding = Annotated[str, AfterValidator(_known_encoding)]
Separator = Annotated[str, Field(min_length=1)]


class FromColumnConfig(ConfigModel):
    """A column of the file, and how its text becomes a value of the declared type.

    first_year: of the hundred years that a year in two digits can be. split: what stands between values in a cell;
    ranges: words between the first and the last key of several. prefix: put before a key, so that those of two files
    differ.
    """

    from_: str = Field(alias="from")
    date: Annotated[str, AfterValidator(_date_form)] | None = None
    first_year: PositiveInt | None = None
    perpetual: tuple[str, ...] = ()
    factor: float | None = None
    pattern: Annotated[str, AfterValidator(_sound_pattern)] | None = None
    split: Annotated[tuple[Separator, ...], BeforeValidator(_several)] = ()
    ranges: Annotated[tuple[Separator, ...], BeforeValidator(_several)] = ()
    prefix: str = ""
    highest: Annotated[str, Field(min_length=1)] | None = None
    member: tuple[str, ...] = ()


class ConstantConfig(ConfigModel):
    """The same value in every row."""

    value: str | int | float | bool


class DigestConfig(ConfigModel):
    """A key made of other fields, for files that have none; equal rows get equal keys."""

    digest: tuple[str, ...]


def _column_grammar(value: Any) -> str:
    """Which of the three a table is, by its key."""
    if isinstance(value, ConstantConfig) or (isinstance(value, dict) and "value" in value):
        return CONSTANT
    if isinstance(value, DigestConfig) or (isinstance(value, dict) and "digest" in value):
        return DIGEST
    return GRAMMAR


CONSTANT, DIGEST = f"{GRAMMAR} constant", f"{GRAMMAR} digest"
# A bare name stands for a column of the file.
ColumnConfig = Annotated[
    Annotated[FromColumnConfig, Tag(GRAMMAR)]
    | Annotated[ConstantConfig, Tag(CONSTANT)]
    | Annotated[DigestConfig, Tag(DIGEST)],
    Discriminator(_column_grammar),
    BeforeValidator(lambda value: {"from": value} if isinstance(value, str) else value),
]


class InFileConfig(ConfigModel):
    """Geometry as the file's own format carries it; its name, where features have several."""

    kind: Literal["file"] = "file"
    name: str | None = None


class WktConfig(ConfigModel):
    """Geometry as well-known text in a column."""

    kind: Literal["wkt"]
    column: str


class XyConfig(ConfigModel):
    """Points from two columns of coordinates."""

    kind: Literal["xy"]
    x: str
    y: str


class JoinConfig(ConfigModel):
    """Geometry of another file, found by a key that is unique there."""

    kind: Literal["join"]
    path: str
    column: str
    key: str
    inside: str | None = None


# A bare name stands for a geometry of the file.
GeometryConfig = Annotated[
    Annotated[InFileConfig | WktConfig | XyConfig | JoinConfig, Field(discriminator="kind")],
    BeforeValidator(lambda value: {"kind": "file", "name": value} if isinstance(value, str) else value),
]


class CsvConfig(ConfigModel):
    """How a text table is written; `width` picks the records of so many fields, `names` names them, also where there
    is no header.

    header_row: the line of the header; where it is not named, the first with all columns that the card names. quotes:
    false takes them for signs like any other, true lets a cell have lines that look like records.
    """

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    encoding: Encoding = "utf-8"
    header: bool = True
    header_row: PositiveInt | None = None
    quotes: bool | None = None
    names: tuple[str, ...] = ()
    width: int | None = None

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        return self


class SheetConfig(ConfigModel):
    """Which sheet of a workbook, and in which row its header stands: where it is not named, the first with all columns
    that the card names."""

    sheet: str
    header_row: PositiveInt | None = None


class GridConfig(ConfigModel):
    """What a grid does not say of itself: its value for no data ("none": every cell holds a level), how stored numbers
    become levels, and which of several bands has them. colour_table: "ignore" where colours only show the levels.
    """

    nodata: float | Literal["none"] | None = None
    scale: PositiveFloat | None = None
    offset: float | None = None
    band: PositiveInt | None = None
    colour_table: Literal["ignore"] | None = None


class SourceConfig(ConfigModel):
    """A user's own file, and how it fills one of our layers.

    view: of a GeoPackage, that `inside` may be a view.
    leave_out: named reasons with a filter each, counted apart; `{reference_date}` in them is the project's day.
    dates: columns that only filters name, and the form in which dates stand there.
    close_lines: lines that end where they begin are areas. same_place: rows alike in these columns and in shape
    stand there once. empty_words: words of the file for 'nothing is known', whatever their capitals.
    dissolve_on: rows alike in this column are one area. together: rows of one contract are slices in time, shares of
    several tenants, or parts of its area. combine: how other columns of such rows become one where they differ.
    max_lost: rows of a register that may find no plot or site on the map; none set: any number, and what they may be
    about is unknown.
    """

    layer: str
    path: str
    format: Annotated[str, one_of(tuple(INPUT_FORMATS))] | None = None
    inside: str | None = None
    view: bool = False
    encoding: Encoding | None = None
    csv: CsvConfig = CsvConfig()
    xlsx: SheetConfig | None = None
    grid: GridConfig = GridConfig()
    crs: str | None = None
    box: Literal["netherlands", "north_sea"] = "netherlands"
    geometry: GeometryConfig = InFileConfig()
    columns: dict[str, ColumnConfig] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    where: Filter | None = None
    leave_out: dict[str, Filter] = Field(default_factory=dict)
    dates: dict[str, Annotated[str, AfterValidator(_date_form)]] = Field(default_factory=dict)
    empty_words: tuple[str, ...] = ()
    close_lines: bool = False
    same_place: tuple[str, ...] = ()
    dissolve_on: str | None = None
    together: Literal["slices", "shares", "parts"] | None = None
    combine: dict[str, Literal["sum", "min", "max", "first", "refuse"]] = Field(default_factory=dict)
    max_refused: NonNegativeInt = 0
    max_lost: NonNegativeInt | None = None
    may_be_empty: bool = False
    licence: str
    dated: dt.date
    basis: str
    name: str = ""

    @model_validator(mode="after")
    def _centuries_are_stated(self) -> Self:
        # Of a first day it is no matter: a right that seems to begin later is held until then.
        loose = [
            name
            for name, spec in self.columns.items()
            if isinstance(spec, FromColumnConfig) and "%y" in (spec.date or "") and spec.first_year is None
        ]
        loose += [name for name, form in self.dates.items() if "%y" in form]
        if set(loose) - {"starts_on"}:
            raise ValueError(
                f"years in two digits in {loose}; say the first of the hundred years that they can be, such as "
                "first_year = 1980 (75 is then 2075)"
            )
        return self

    def file_columns(self) -> set[str]:
        """The columns of the file that the card names."""
        names: set[str] = set()
        for spec in self.columns.values():
            names |= set(spec.digest) if isinstance(spec, DigestConfig) else set()
            names |= {spec.from_} if isinstance(spec, FromColumnConfig) else set()
        place = self.geometry
        names |= {place.column} if isinstance(place, WktConfig | JoinConfig) else set()
        return names | ({place.x, place.y} if isinstance(place, XyConfig) else set())


@contextmanager
def about_file(card: SourceConfig) -> Iterator[None]:
    """Say of a refusal from within of which source and file it is; any other exception there is a refusal of it."""
    place = {"source": card.name, "layer": card.layer, "file": card.path, "file_layer": card.inside}
    layer = Sentence(", layer '{layer}'", layer=card.inside) if card.inside else ""
    file = Sentence("source '{source}', file '{file}'", source=card.name, file=card.path)
    thing = JoinedSentences("", [file, layer])
    with noted(thing), reading(thing, **place):
        yield
