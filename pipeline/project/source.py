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
from pipeline.project.models import SET_BY_READER, ConfigModel, Words, one_of


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


def _around_clusters(text: str) -> str:
    if not CLIP.fullmatch(text):
        raise ValueError(f"{text!r}, expected one such as 'clusters + 5 km'")
    return text


def _boxes(value: Any) -> Any:
    """A single box as a tuple of one."""
    return (value,) if isinstance(value, list | tuple) and len(value) == 4 and not isinstance(value[0], list) else value


def _is_box(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = box
    if not (west < east and south < north):
        raise ValueError(f"{list(box)}, expected west, south, east and north in metres of RD New")
    return box


def _several(value: Any) -> Any:
    """A single text as a tuple of one."""
    return (value,) if isinstance(value, str) else value


def _with_slashes(path: Any) -> Any:
    """A path as it is written on any system: folders are parted by / also where Windows wrote it; a share is not."""
    return path.replace("\\", "/") if isinstance(path, str) and not path.startswith("\\\\") else path


FilePath = Annotated[str, BeforeValidator(_with_slashes)]
CLIP = re.compile(r"clusters \+ (?P<number>\d+(?:\.\d+)?) (?P<unit>m|km)")
BoxOfCard = Annotated[tuple[float, float, float, float], AfterValidator(_is_box)]
BoxesOfCard = Annotated[
    tuple[BoxOfCard, ...], BeforeValidator(_boxes, json_schema_input_type=BoxOfCard | tuple[BoxOfCard, ...])
]
Encoding = Annotated[str, AfterValidator(_known_encoding)]
Separator = Annotated[str, Field(min_length=1)]
Separators = Annotated[
    tuple[Separator, ...], BeforeValidator(_several, json_schema_input_type=Separator | tuple[Separator, ...])
]


class FromColumnConfig(ConfigModel):
    """A column of the file, and how its text becomes a value of the declared type."""

    from_: str = Field(alias="from")
    """the column of the file"""
    date: Annotated[str, AfterValidator(_date_form)] | None = None
    """the form of its dates; yyyy-mm-dd is always read"""
    first_year: PositiveInt | None = Field(default=None, examples=[1980])
    """the first of the hundred years that a year in two digits can be: with 1980, 75 is 2075"""
    perpetual: tuple[str, ...] = ()
    """words for a right that never ends"""
    factor: float | None = None
    """what a number is multiplied by"""
    pattern: Annotated[str, AfterValidator(_sound_pattern)] | None = None
    """a regular expression with one group: the part of the text to take"""
    split: Separators = ()
    """what stands between several values in a cell"""
    ranges: Separators = Field(default=(), examples=["t/m"])
    """words between the first and the last key of several"""
    prefix: str = Field(default="", examples=["noord-"])
    """what is put before a key, so that those of two files differ"""
    highest: Annotated[str, Field(min_length=1)] | None = None
    """of several numbers with this sign between them the highest counts"""
    member: tuple[str, ...] = ()
    """the keys that lead to the value in a cell of JSON"""


class ConstantConfig(ConfigModel):
    """The same value in every row."""

    value: str | int | float | bool
    """the value of every row"""


class DigestConfig(ConfigModel):
    """A key made of other fields, or of where a row lies, for files that have none; equal rows get equal keys."""

    digest: tuple[str, ...] = Field(examples=[["KAVELNR", "INGANG"]])
    """the columns of which the key is made"""
    shape: bool = False
    """whether it is made of the shape as well, as it stands in the file"""

    @model_validator(mode="after")
    def _is_of_something(self) -> Self:
        if not self.digest and not self.shape:
            raise ValueError("a digest of nothing; name columns, or say shape = true")
        return self


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
    BeforeValidator(
        lambda value: {"from": value} if isinstance(value, str) else value,
        json_schema_input_type=str | FromColumnConfig | ConstantConfig | DigestConfig,
    ),
]


class InFileConfig(ConfigModel):
    """Geometry as the file's own format carries it; its name, where features have several."""

    kind: Literal["file"] = "file"
    name: str | None = None
    """the geometry, where features have several"""


class WktConfig(ConfigModel):
    """Geometry as well-known text in a column."""

    kind: Literal["wkt"]
    column: str
    """the column with the text"""


class XyConfig(ConfigModel):
    """Points from two columns of coordinates."""

    kind: Literal["xy"]
    x: str
    """the column with x, or longitude"""
    y: str
    """the column with y, or latitude"""


class JoinConfig(ConfigModel):
    """Geometry of another file, found by a key that is unique there."""

    kind: Literal["join"]
    path: FilePath
    """the file with the shapes, from the data folder on; with * or ? all that it fits, as one table"""
    member: str | None = None
    """of a zip the file in it, or those that a pattern fits, where there are several"""
    column: str
    """the column of this file with the key"""
    key: str
    """the column of the other file with the key, unique there"""
    inside: str | None = None
    """the layer of the other file, where there are several"""


# A bare name stands for a geometry of the file.
GeometryConfig = Annotated[
    Annotated[InFileConfig | WktConfig | XyConfig | JoinConfig, Field(discriminator="kind")],
    BeforeValidator(
        lambda value: {"kind": "file", "name": value} if isinstance(value, str) else value,
        json_schema_input_type=str | InFileConfig | WktConfig | XyConfig | JoinConfig,
    ),
]


class TableConfig(ConfigModel):
    """How a table is written."""

    decimal: Literal[".", ","] = "."
    """the decimal sign, of a workbook that of numbers that stand there as text"""
    thousands: str = ""
    """the sign between thousands"""
    header_row: PositiveInt | None = None
    """the row of the header, from 1 on; else the first with all columns that the card names"""
    footer: Words | None = Field(default=None, examples=["Totaal"])
    """words with which what stands below the table begins: from there on, among the last 50 rows, nothing is a row"""

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        return self


class CsvConfig(TableConfig):
    """How a text table is written."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """the sign between fields"""
    encoding: Encoding = "utf-8"
    """of the text"""
    header: bool = True
    """whether there is a header"""
    quotes: bool | None = None
    """false takes quotes for signs like any other, true lets a cell have lines that look like records"""
    names: tuple[str, ...] = ()
    """names of the fields, in place of the header"""
    width: int | None = None
    """only records of so many fields count"""


class SheetConfig(TableConfig):
    """Which sheet of a workbook, and how it is written."""

    sheet: str
    """the sheet of the workbook"""


class GridConfig(ConfigModel):
    """What a grid does not say of itself."""

    nodata: float | Literal["none"] | None = None
    """the value for no data; "none": every cell holds a level"""
    scale: PositiveFloat | None = None
    """what stored numbers are multiplied by"""
    offset: float | None = None
    """what is added then"""
    band: PositiveInt | None = None
    """which of several bands has the levels, from 1 on"""
    colour_table: Literal["ignore"] | None = None
    """"ignore" where colours only show the levels"""


class SourceConfig(ConfigModel):
    """A user's own file, and how it fills one of our layers."""

    layer: str
    """the layer of ours that the file fills; `industrieruimte describe` lists them"""
    path: FilePath = Field(examples=["percelen/*.gml"])
    """the file, from the data folder on; with * or ? all files that it fits, as one table"""
    member: str | None = Field(default=None, examples=["*.gml"])
    """of a zip the file in it, or those that a pattern fits, where there are several of a format"""
    format: Annotated[str, one_of(tuple(INPUT_FORMATS))] | None = None
    """only where the ending of the file does not say it"""
    inside: str | None = None
    """the layer of a file, where there are several"""
    view: bool = False
    """of a GeoPackage, that `inside` may be a view"""
    encoding: Encoding | None = None
    """of the text, where the file does not say it or says another, such as cp1252"""
    csv: CsvConfig = CsvConfig()
    xlsx: SheetConfig | None = None
    grid: GridConfig = GridConfig()
    crs: str | None = None
    """coordinate system, where the file does not say it"""
    box: Literal["netherlands", "north_sea"] = "netherlands"
    """where its shapes may lie: on land, or up to the end of the Dutch North Sea"""
    geometry: GeometryConfig = InFileConfig()
    """where its shapes are; in the file itself where nothing is said"""
    columns: dict[str, ColumnConfig] = Field(default_factory=dict)
    """per column of the layer the column of the file, or a table that says how it is read"""
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    """per column of the layer, what a word of the file stands for; Dutch words of our lists need no line"""
    bbox: BoxesOfCard = Field(default=(), examples=[[100_000, 450_000, 120_000, 470_000]])
    """west, south, east and north in RD New (m), or several such boxes: rows that reach into none are left out"""
    clip: Annotated[str, AfterValidator(_around_clusters)] | None = Field(default=None, examples=["clusters + 5 km"])
    """such boxes around the clusters"""
    where: Filter | None = Field(default=None, examples=["SOORT = 'kavel'"])
    """which rows count: a filter in CQL2 on columns of the file"""
    leave_out: dict[str, Filter] = Field(default_factory=dict, examples=[{"vervallen": "STATUS = 'V'"}])
    """named reasons to leave rows out, each with a filter, counted apart; {reference_date} is the project's day"""
    dates: dict[str, Annotated[str, AfterValidator(_date_form)]] = Field(
        default_factory=dict, examples=[{"MUTATIE": "%d-%m-%Y"}]
    )
    """columns that only filters name, and the form in which dates stand there"""
    empty_words: tuple[str, ...] = Field(default=(), examples=[["NULL", "n.v.t."]])
    """words of the file for 'nothing is known', whatever their capitals"""
    close_lines: bool = False
    """lines that end where they begin are areas"""
    same_place: tuple[str, ...] = Field(default=(), examples=[["KAVELNR"]])
    """rows alike in these columns and in shape count once"""
    dissolve_on: str | None = None
    """rows alike in this column are parts of one area"""
    together: Literal["slices", "shares", "parts"] | None = Field(default=None, examples=["slices"])
    """rows of one contract are slices in time, shares of several tenants, or parts of its area"""
    combine: dict[str, Literal["sum", "min", "max", "first", "refuse"]] = Field(
        default_factory=dict, examples=[{"dwellings": "sum"}]
    )
    """how other columns of such rows become one where they differ"""
    max_refused: NonNegativeInt = 0
    """so many rows may be refused; more stop the run"""
    max_lost: NonNegativeInt | None = Field(default=None, examples=[5])
    """so many rows of a register may find no plot or site; where it is not said any number, and what they may be
    about is unknown"""
    may_be_empty: bool = False
    """the file may have no rows"""
    licence: str
    """under which terms the file may be used"""
    dated: dt.date
    """the day of which the file is"""
    basis: str
    name: str = Field(default="", json_schema_extra=SET_BY_READER)

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

    @model_validator(mode="after")
    def _a_workbook_is_no_text_table(self) -> Self:
        if self.xlsx is not None and self.csv != CsvConfig():
            raise ValueError('csv beside xlsx; of a workbook say it there: xlsx = { sheet = "...", decimal = "," }')
        return self

    @property
    def clip_distance_m(self) -> float | None:
        """How far around the clusters rows count; None where all do."""
        match = CLIP.fullmatch(self.clip or "")
        return float(match["number"]) * (1000.0 if match["unit"] == "km" else 1.0) if match else None

    @property
    def table(self) -> TableConfig:
        """How the table of the file is written."""
        return self.csv if self.xlsx is None else self.xlsx

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
