"""The grammar of publish.toml: one palette, what is published in it, and how it is shown on a map."""

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, model_validator

from layers.closed_lists import CLOSED_LISTS, HATCH_NAMES, VERDICTS
from layers.derived import DERIVED
from pipeline.project.models import SET_BY_READER, ConfigModel, Words, one_of

Colour = Annotated[str, Field(pattern=r"^(none|#[0-9a-f]{6}([0-9a-f]{2})?)$")]
# A bar of the waterfall has the colour of its verdict, unless the card gives it another.
HEADING_COLOURS = {f"fall_{verdict}": f"verdict.{verdict}" for verdict in VERDICTS}
COLUMN = r"^[a-z][a-z0-9_{}]*$"


class SwatchConfig(ConfigModel):
    """Colour and pattern of one value; a title only where the Dutch word for the value does not say enough."""

    colour: Colour
    """such as #009e73, or none"""
    hatch: Annotated[str, one_of(HATCH_NAMES)] = "none"
    """the pattern on it"""
    title: str = ""
    """only where the Dutch word for the value does not say enough"""


class StyleConfig(ConfigModel):
    """How a published layer is drawn: by the values of one column in a palette, by year, or in one colour."""

    column: str | None = None
    """the column by whose values it is drawn"""
    palette: str | None = None
    """the palette with their swatches"""
    swatches: dict[str, SwatchConfig] = Field(default_factory=dict, json_schema_extra=SET_BY_READER)
    years: tuple[Colour, ...] = ()
    """a colour per year, the first on top"""
    fill: Colour = "#cccccc"
    """colour of areas"""
    line: Colour = "#555555"
    """colour of lines"""
    line_mm: float = 0.1
    """width of lines"""
    is_see_through: bool = False
    """whether what lies below shines through"""
    label: str | None = Field(default=None, pattern=COLUMN)
    """the column that stands on the land"""
    label_words: str | None = None
    """words with columns in braces, in place of one column"""
    label_from_scale: int = Field(default=10_000, ge=100)
    """labels from 1 to so many on"""
    label_to_scale: int = Field(default=1, ge=1)
    """labels up to 1 to so many"""
    tip: tuple[str, ...] = ()
    """columns that appear when it is pointed at"""
    from_scale: int | None = Field(default=None, ge=100)
    """drawn from 1 to so many on"""


class PublishedLayerConfig(ConfigModel):
    """One layer or table of the GeoPackage: from which derived layer, under which Dutch name and title."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,56}$")
    layer: str
    """the derived layer"""
    title: str
    description: str
    """what stands with it in the GeoPackage"""
    is_internal: bool = False
    """whether the public edition leaves it out"""
    style: StyleConfig | None = None


class FiguresConfig(ConfigModel):
    """Colours of the figures: of lines and parts of bars, by our words; a colour may be that of
    a swatch: "holding.free"."""

    swatches: Annotated[
        dict[str, SwatchConfig], WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}})
    ] = Field(alias="colours")
    """per line or part of a bar a colour, or a swatch such as holding.free"""
    overlap_colours: Literal["Greys", "Blues", "Oranges", "Purples", "Greens"]
    """the scale of overlaps"""
    dots_per_inch: int = Field(ge=72, le=600)
    """sharpness of the PNG files"""

    @property
    def colours(self) -> dict[str, str]:
        """The colour of each part by itself."""
        return {part: swatch.colour for part, swatch in self.swatches.items()}


class MapLayerConfig(ConfigModel):
    """One entry of the map: a published layer, of the rows that `where` asks for. Titles may name the lead activity:
    {lead}."""

    key: str = Field(pattern=COLUMN)
    """by which themes name it"""
    published: str
    """the published layer"""
    title: Words
    each: Literal["once", "year", "theme"] = "once"
    """one entry, or one per asked year ({year}) or theme of the palette ({value})"""
    where: dict[str, str] = Field(default_factory=dict)
    """columns with the value that they must have, or "> number\""""
    style: StyleConfig | None = None
    """where it is not that of the layer"""


class MapGroupConfig(ConfigModel):
    """A group of the legend; what stands first lies on top."""

    title: Words
    layers: tuple[MapLayerConfig, ...]
    """its entries, the topmost first"""


class MapThemeConfig(ConfigModel):
    """What is switched on together."""

    title: Words
    each: Literal["once", "year", "theme"] = "once"
    """one theme, or one per year or theme of the palette"""
    shows: tuple[str, ...]
    """the keys of entries that are switched on"""


class MapRelationConfig(ConfigModel):
    """Rows of `child` that belong to a row of `parent`, by pairs of columns in our words; keys of entries, or
    names of tables."""

    title: Words
    parent: str
    """the entry or table of which there is one"""
    child: str
    """the entry or table with rows that belong to it"""
    on: dict[str, str]
    """pairs of columns that are the same"""


class MapAtlasConfig(ConfigModel):
    """A page for each shape of an entry, drawn in a theme."""

    title: Words
    each: Literal["once", "year"] = "once"
    """one series of pages, or one per year"""
    entry: str
    """the entry whose shapes have a page each"""
    name_by: str
    """the column by which pages are named and sorted"""
    heading: Words
    """words with columns in braces, and {number} and {total} of the pages"""
    tells: tuple[str, ...]
    """columns that stand beside the map"""
    theme: str
    """the theme that it is drawn in"""


class BackgroundConfig(ConfigModel):
    """A map of tiles (XYZ, Web Mercator) under everything, off until it is asked for: the file opens
    without a network."""

    title: Words
    url: Words
    """address of the tiles, with {x}, {y} and {z}"""
    credit: Words
    """whose map it is"""


class MapConfig(ConfigModel):
    """The QGIS project inside each GeoPackage: legend, themes, relations and pages to print."""

    group: tuple[MapGroupConfig, ...]
    """groups of the legend, the topmost first"""
    theme: tuple[MapThemeConfig, ...]
    """themes, of which the first is what opens"""
    relation: tuple[MapRelationConfig, ...] = ()
    """relations between layers"""
    atlas: tuple[MapAtlasConfig, ...] = ()
    """pages to print"""
    background: BackgroundConfig


class PublishConfig(ConfigModel):
    """What the planner opens."""

    lead_profile: str
    """the activity that maps and tables show first"""
    disclaimer: Words
    """what stands below every page and layer"""
    palette: dict[str, dict[str, SwatchConfig]]
    """per list of values the swatch of each value"""
    figures: FiguresConfig
    changes: PublishedLayerConfig
    """the layer of land that changed between two runs"""
    moved: PublishedLayerConfig
    """the layer of land whose verdict differs between two scenarios"""
    published: tuple[PublishedLayerConfig, ...]
    """the layers and tables of the GeoPackage, each a [[published]]"""
    map: MapConfig
    law_links: dict[Words, Words] = Field(default_factory=dict)
    """per law, as a basis begins with it, the lasting address of its text"""

    @model_validator(mode="before")
    @classmethod
    def _mixed(cls, content: Any) -> Any:
        """Each style and each figure with the swatches that it names; the closed lists have theirs, unless the card
        says otherwise."""
        palette = content.get("palette")
        published = content.get("published", [])
        are_tables = isinstance(palette, dict) and all(isinstance(swatches, dict) for swatches in palette.values())
        if not are_tables or not isinstance(published, list):
            return content  # and pydantic says what is wrong with it
        # Before pydantic reads the card: a style is then checked with the swatches in it.
        palette = palette | {name: _with_defaults(palette.get(name, {}), name) for name in CLOSED_LISTS}
        figures = _figures(content.get("figures"), palette)
        return _painted(content | {"published": _with_declared(published)}, palette) | {
            "palette": palette,
            "figures": figures,
        }


def _with_defaults(given: Any, name: str) -> Any:
    """The swatches of a closed list as the card gives them; values that it does not name have those of the list."""
    terms = sorted(CLOSED_LISTS[name], key=lambda term: term.legend)
    listed = {term.key: {"colour": term.colour, "hatch": term.hatch} for term in terms}
    # The order of a palette is that of its legend: a card that names every value decides it.
    return listed | given if set(listed) - set(given) else given


def _with_declared(cards: list[Any]) -> list[Any]:
    """The cards, and one for each layer that says itself how it is published and that no card names."""
    named = [card.get("layer") for card in cards if isinstance(card, dict)]
    return [
        *cards,
        *(
            {"name": layer.published_as, "layer": name, "title": layer.title, "description": f"{layer.title}."}
            for name, layer in DERIVED.items()
            if layer.published_as and name not in named
        ),
    ]


def _painted(content: Any, palette: dict[str, Any]) -> Any:
    """Cards in which each style holds the swatches of the palette that it names."""
    if isinstance(content, list):
        return [_painted(entry, palette) for entry in content]
    if not isinstance(content, dict):
        return content
    painted = {key: _painted(value, palette) for key, value in content.items()}
    style = painted.get("style")
    if isinstance(style, dict) and isinstance(style.get("palette"), str):
        painted["style"] = style | {"swatches": _swatches(style["palette"], palette)}
    return painted


def _swatches(name: str, palette: dict[str, Any]) -> Any:
    if name not in palette:
        raise ValueError(f"palette {name!r} is not there, expected one of {sorted(palette)}")
    return palette[name]


def _figures(card: Any, palette: dict[str, Any]) -> Any:
    """The figures' card with a swatch for every colour: one of the palette, or the colour itself."""
    if not isinstance(card, dict) or not isinstance(card.get("colours"), dict):
        return card
    mixed: dict[str, Any] = {}
    for part, colour in (HEADING_COLOURS | card["colours"]).items():
        palette_name, _, value = str(colour).partition(".")
        if value and value not in _swatches(palette_name, palette):
            raise ValueError(f"colour {colour!r} of figures: palette {palette_name!r} has no {value!r}")
        mixed[part] = palette[palette_name][value] if value else {"colour": colour}
    return card | {"colours": mixed}
