"""SLD: the same colours and patterns for those who do not have QGIS; Styled Layer Descriptor 1.1 with
Symbology Encoding.
"""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from pipeline.project.publish import SwatchConfig
from pipeline.stages.publish.styles.qml import FAINT_ALPHA, HATCH_ANGLES, INK
from pipeline.stages.publish.styles.style import LayerStyle, LegendEntry

SLD, SE, OGC = "http://www.opengis.net/sld", "http://www.opengis.net/se", "http://www.opengis.net/ogc"
HATCH_PIXELS, DOT_PIXELS = "7", "3"
PIXELS_PER_MM = 1 / 0.28  # the pixel of the standard


def sld(look: LayerStyle, name: str) -> str:
    """The style document of a layer: a rule per entry, each with its own filter; the last takes what no other names."""
    root = Xml.Element("StyledLayerDescriptor", {"version": "1.1.0", "xmlns": SLD, "xmlns:se": SE, "xmlns:ogc": OGC})
    layer = Xml.SubElement(root, "NamedLayer")
    Xml.SubElement(layer, "se:Name").text = name
    style = Xml.SubElement(layer, "UserStyle")
    Xml.SubElement(style, "se:Name").text = look.title
    rules = Xml.SubElement(style, "se:FeatureTypeStyle")
    for entry in look.entries:
        rule = Xml.SubElement(rules, "se:Rule")
        Xml.SubElement(rule, "se:Name").text = entry.label or look.title
        if look.column is not None:
            _filter(rule, entry, look)
        _polygon(rule, entry.swatch, look)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode")


def _filter(rule: Xml.Element, entry: LegendEntry, look: LayerStyle) -> None:
    """The rows of an entry. All others are written out: QGIS takes an ElseFilter for every row."""
    root, column = Xml.SubElement(rule, "ogc:Filter"), str(look.column)
    if entry.value is not None:
        _equal(root, column, entry.value)
        return
    either = Xml.SubElement(root, "ogc:Or")
    Xml.SubElement(Xml.SubElement(either, "ogc:PropertyIsNull"), "ogc:PropertyName").text = column
    others = [other.value for other in look.entries if other.value is not None]
    named = Xml.SubElement(either, "ogc:Not")
    if len(others) > 1:  # an Or of one is none
        named = Xml.SubElement(named, "ogc:Or")
    for value in others:
        _equal(named, column, value)


def _equal(parent: Xml.Element, column: str, value: str) -> None:
    equal = Xml.SubElement(parent, "ogc:PropertyIsEqualTo")
    Xml.SubElement(equal, "ogc:PropertyName").text = column
    Xml.SubElement(equal, "ogc:Literal").text = value


def _polygon(rule: Xml.Element, swatch: SwatchConfig, look: LayerStyle) -> None:
    faint = look.is_see_through
    plain = Xml.SubElement(rule, "se:PolygonSymbolizer")
    if swatch.colour != "none":
        opacity = FAINT_ALPHA / 255 if faint else int(swatch.colour[7:] or "ff", 16) / 255
        _parameters(Xml.SubElement(plain, "se:Fill"), {"fill": swatch.colour[:7], "fill-opacity": f"{opacity:.2f}"})
    if look.line_mm:
        line = swatch.colour if faint else look.line
        wide = f"{look.line_mm * PIXELS_PER_MM:.2f}"
        _parameters(Xml.SubElement(plain, "se:Stroke"), {"stroke": line[:7], "stroke-width": wide})
    ink = swatch.colour[:7] if faint else INK
    for angle in HATCH_ANGLES.get(swatch.hatch, ()):
        _mark(rule, "horline", angle, ink)
    if swatch.hatch == "dots":
        _mark(rule, "circle", 0, ink)


def _mark(rule: Xml.Element, shape: str, angle: int, ink: str) -> None:
    fill = Xml.SubElement(Xml.SubElement(rule, "se:PolygonSymbolizer"), "se:Fill")
    graphic = Xml.SubElement(Xml.SubElement(fill, "se:GraphicFill"), "se:Graphic")
    mark = Xml.SubElement(graphic, "se:Mark")
    Xml.SubElement(mark, "se:WellKnownName").text = shape
    _parameters(Xml.SubElement(mark, "se:Stroke"), {"stroke": ink, "stroke-width": "0.6"})
    Xml.SubElement(graphic, "se:Size").text = DOT_PIXELS if shape == "circle" else HATCH_PIXELS
    if angle:
        Xml.SubElement(Xml.SubElement(graphic, "se:Rotation"), "ogc:Literal").text = str(angle)


def _parameters(parent: Xml.Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        Xml.SubElement(parent, "se:SvgParameter", name=name).text = value
