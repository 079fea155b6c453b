"""SLD: the same colours and patterns for those who do not have QGIS; Styled Layer Descriptor 1.1 with
Symbology Encoding.
"""

from xml.etree.ElementTree import Element, tostring

from pipeline.project.publish import SwatchConfig
from pipeline.stages.publish.styles.elements import add
from pipeline.stages.publish.styles.qml import FAINT_ALPHA, HATCH_ANGLES, MAP_INK
from pipeline.stages.publish.styles.style import LayerStyle, LegendEntry

SLD, SE, OGC = "http://www.opengis.net/sld", "http://www.opengis.net/se", "http://www.opengis.net/ogc"
HATCH_PIXELS, DOT_PIXELS = "7", "3"
PIXELS_PER_MM = 1 / 0.28  # the pixel of the standard


def sld(look: LayerStyle, name: str) -> str:
    """The style document of a layer: a rule per entry, each with its own filter; the last takes what no other names."""
    root = Element("StyledLayerDescriptor", {"version": "1.1.0", "xmlns": SLD, "xmlns:se": SE, "xmlns:ogc": OGC})
    layer = add(root, "NamedLayer")
    add(layer, "se:Name", name)
    style = add(layer, "UserStyle")
    add(style, "se:Name", look.title)
    rules = add(style, "se:FeatureTypeStyle")
    for entry in look.entries:
        rule = add(rules, "se:Rule")
        add(rule, "se:Name", entry.label or look.title)
        if look.column is not None:
            _filter(rule, entry, look)
        _polygon(rule, entry.swatch, look)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _filter(rule: Element, entry: LegendEntry, look: LayerStyle) -> None:
    """The rows of an entry. All others are written out: QGIS takes an ElseFilter for every row."""
    root, column = add(rule, "ogc:Filter"), str(look.column)
    if entry.value is not None:
        _equal(root, column, entry.value)
        return
    either = add(root, "ogc:Or")
    add(add(either, "ogc:PropertyIsNull"), "ogc:PropertyName", column)
    others = [other.value for other in look.entries if other.value is not None]
    named = add(either, "ogc:Not")
    if len(others) > 1:  # an Or of one is none
        named = add(named, "ogc:Or")
    for value in others:
        _equal(named, column, value)


def _equal(parent: Element, column: str, value: str) -> None:
    equal = add(parent, "ogc:PropertyIsEqualTo")
    add(equal, "ogc:PropertyName", column)
    add(equal, "ogc:Literal", value)


def _polygon(rule: Element, swatch: SwatchConfig, look: LayerStyle) -> None:
    faint = look.is_see_through
    plain = add(rule, "se:PolygonSymbolizer")
    if swatch.colour != "none":
        opacity = FAINT_ALPHA / 255 if faint else int(swatch.colour[7:] or "ff", 16) / 255
        _parameters(add(plain, "se:Fill"), {"fill": swatch.colour[:7], "fill-opacity": f"{opacity:.2f}"})
    if look.line_mm:
        line = swatch.colour if faint else look.line
        wide = f"{look.line_mm * PIXELS_PER_MM:.2f}"
        _parameters(add(plain, "se:Stroke"), {"stroke": line[:7], "stroke-width": wide})
    ink = swatch.colour[:7] if faint else MAP_INK
    for angle in HATCH_ANGLES.get(swatch.hatch, ()):
        _mark(rule, "horline", angle, ink)
    if swatch.hatch == "dots":
        _mark(rule, "circle", 0, ink)


def _mark(rule: Element, shape: str, angle: int, ink: str) -> None:
    fill = add(add(rule, "se:PolygonSymbolizer"), "se:Fill")
    graphic = add(add(fill, "se:GraphicFill"), "se:Graphic")
    mark = add(graphic, "se:Mark")
    add(mark, "se:WellKnownName", shape)
    # In pixels, the one unit that all servers read.
    _parameters(add(mark, "se:Stroke"), {"stroke": ink, "stroke-width": "0.6"})
    add(graphic, "se:Size", DOT_PIXELS if shape == "circle" else HATCH_PIXELS)
    if angle:
        add(add(graphic, "se:Rotation"), "ogc:Literal", str(angle))


def _parameters(parent: Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        add(parent, "se:SvgParameter", value, name=name)
