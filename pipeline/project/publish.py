"""The grammar of publish.toml: one palette, what is published in it, and how it is shown on a map."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from layers.closed_lists import CLOSED_LISTS, HATCH_NAMES, VERDICTS
from layers.derived import DERIVED
from pipeline.project.models import ConfigModel, Words, one_of

Colour = Annotated[str, Field(pattern=r"^(none|#[0-9a-f]{6}([0-9a-f]{2})?)$")]
# A bar of the waterfall has the colour of its verdict, unless the card gives it another.
HEADING_COLOURS = {f"fall_{verdict}": f"verdict.{verdict}" for verdict in VERDICTS}
COLUMN = r"^[a-z][a-z0-9_{}]*$"


class SwatchConfig(ConfigModel):
    """Colour and pattern of one value; a title only where the Dutch word for the value does not say enough."""

    colour: Colour
    hatch: Annotated[str, one_of(HATCH_NAMES)] = "none"
    title: str = ""


class StyleConfig(ConfigModel):
    """How a published layer is drawn: by the values of one column in a palette, by year (the first on top), or
    in one colour.

    label, tip: columns in our words, to stand on the land between two scales (1 to so many), and to appear when it is
    pointed at. label_words: words with columns in braces, in place of one column. from_scale: the layer is drawn from 1
    to so many on.
    """

    column: str | None = None
    palette: str | None = None
    swatches: dict[str, SwatchConfig] = Field(default_factory=dict)
    years: tuple[Colour, ...] = ()
    fill: Colour = "#cccccc"
    line: Colour = "#555555"
    line_mm: float = 0.1
    is_see_through: bool = False
    label: str | None = Field(default=None, pattern=COLUMN)
    label_words: str | None = None
    label_from_scale: int = Field(default=10_000, ge=100)
    label_to_scale: int = Field(default=1, ge=1)
    tip: tuple[str, ...] = ()
    from_scale: int | None = Field(default=None, ge=100)


class PublishedLayerConfig(ConfigModel):
    """One layer or table of the GeoPackage: from which derived layer, under which Dutch name and title."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,56}$")
    layer: str
    title: str
    description: str
    is_internal: bool = False
    style: StyleConfig | None = None


class FiguresConfig(ConfigModel):
    """Colours of the figures: of lines and parts of bars, by our words; a colour may be that of
    a swatch: "holding.free"."""

    swatches: dict[str, SwatchConfig] = Field(alias="colours")
    overlap_colours: Literal["Greys", "Blues", "Oranges", "Purples", "Greens"]
    dots_per_inch: int = Field(ge=72, le=600)

    @property
    def colours(self) -> dict[str, str]:
        """The colour of each part by itself."""
        return {part: swatch.colour for part, swatch in self.swatches.items()}


class MapLayerConfig(ConfigModel):
    """One entry of the map: a published layer, in a style of its own or that of the layer, of the rows that `where`
    asks for.

    each: one entry, or one per asked year ({year}) or per theme of the palette ({value}); {lead} is the lead activity.
    where: column in our words and the value it must have (true or false too), or "> number".
    """

    key: str = Field(pattern=COLUMN)
    published: str
    title: Words
    each: Literal["once", "year", "theme"] = "once"
    where: dict[str, str] = Field(default_factory=dict)
    style: StyleConfig | None = None


class MapGroupConfig(ConfigModel):
    """A group of the legend; what stands first lies on top."""

    title: Words
    layers: tuple[MapLayerConfig, ...]


class MapThemeConfig(ConfigModel):
    """What is switched on together, by keys of entries; each as for an entry. The first is what opens."""

    title: Words
    each: Literal["once", "year", "theme"] = "once"
    shows: tuple[str, ...]


class MapRelationConfig(ConfigModel):
    """Rows of `child` that belong to a row of `parent`, by pairs of columns in our words; keys of entries, or
    names of tables."""

    title: Words
    parent: str
    child: str
    on: dict[str, str]


class MapAtlasConfig(ConfigModel):
    """A page for each shape of an entry, named and sorted by a column, drawn in a theme.

    heading: words with columns in braces, in our words, and {number} and {total} of the pages; tells: columns beside
    the map.
    """

    title: Words
    each: Literal["once", "year"] = "once"
    entry: str
    name_by: str
    heading: Words
    tells: tuple[str, ...]
    theme: str


class BackgroundConfig(ConfigModel):
    """A map of tiles (XYZ, Web Mercator) under everything, off until it is asked for: the file opens
    without a network."""

    title: Words
    url: Words
    credit: Words


class MapConfig(ConfigModel):
    """The QGIS project inside each GeoPackage: legend, themes, relations and pages to print."""

    group: tuple[MapGroupConfig, ...]
    theme: tuple[MapThemeConfig, ...]
    relation: tuple[MapRelationConfig, ...] = ()
    atlas: tuple[MapAtlasConfig, ...] = ()
    background: BackgroundConfig


class PublishConfig(ConfigModel):
    """What the planner opens."""

    lead_profile: str
    disclaimer: Words
    palette: dict[str, dict[str, SwatchConfig]]
    figures: FiguresConfig
    changes: PublishedLayerConfig
    moved: PublishedLayerConfig
    published: tuple[PublishedLayerConfig, ...]
    map: MapConfig

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
