"""QML: colours, patterns, labels, forms and tips of a layer as QGIS reads them; plain XML, no QGIS needed.

The same children stand in a style document (layer_styles) and in a layer of a project.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as Xml

from pipeline.project.publish import SwatchConfig
from pipeline.stages.publish.styles.style import Field, LayerStyle, LegendEntry

VERSION = "3.22.16"  # older QGIS warns of a style from a newer one
HATCH_ANGLES = {"forward": (45,), "back": (135,), "level": (0,), "upright": (90,), "cross": (45, 135)}
INK = "#404040"
PAGE_INK, PAGE_MM = "213,0,120,255", "1.4"  # of the shape that a page is about
FAINT_ALPHA = 46  # of 255: zones lie over each other and over the plots
FIT_FROM_SCALE = 20_000  # labels of plots stay inside them; those of clusters are seen from afar
GENERAL, MEASURES, CONNECTED = "Algemeen", "Maten", "Verbonden"


def qml(look: LayerStyle, fields: Sequence[Field]) -> str:
    """A style document: what opens when the layer is dragged into QGIS."""
    root = Xml.Element("qgis", version=VERSION, styleCategories="AllStyleCategories")
    children(root, look, fields)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + Xml.tostring(root, encoding="unicode")


def table_qml(fields: Sequence[Field]) -> str:
    """A style document of a table without shapes: titles and form."""
    root = Xml.Element("qgis", version=VERSION, styleCategories="Fields|Forms")
    children(root, None, fields)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + Xml.tostring(root, encoding="unicode")


def children(
    parent: Xml.Element, look: LayerStyle | None, fields: Sequence[Field], related: Sequence[tuple[str, str]] = ()
) -> None:
    """Renderer, labels, fields, form and tip; without a look those of a table. `related`: relations as (id, title)."""
    if look is not None:
        parent.append(_renderer(look))
        if look.from_scale is not None:
            parent.attrib |= {"hasScaleBasedVisibilityFlag": "1", "minScale": str(look.from_scale), "maxScale": "0"}
        if look.label is not None or look.label_words is not None:
            parent.append(_labels(look, fields))
    _widgets(parent, fields)
    _form(parent, fields, related)
    if look is not None:
        _tell(parent, look, fields)


def _renderer(look: LayerStyle) -> Xml.Element:
    kind = "categorizedSymbol" if look.column else "singleSymbol"
    root = Xml.Element(
        "renderer-v2", type=kind, enableorderby=_flag(look.is_first_on_top), forceraster="0", symbollevels="0"
    )
    if look.column:
        root.set("attr", look.column)
        categories = Xml.SubElement(root, "categories")
        for index, entry in enumerate(look.entries):
            _category(categories, str(index), entry)
    symbols = Xml.SubElement(root, "symbols")
    for index, entry in enumerate(look.entries):
        _symbol(symbols, str(index), entry.swatch, look)
    if look.is_first_on_top:
        clause = Xml.SubElement(Xml.SubElement(root, "orderby"), "orderByClause", asc="0", nullsFirst="0")
        clause.text = f'"{look.column}"'
    return root


def _category(parent: Xml.Element, symbol: str, entry: LegendEntry) -> None:
    """All others are written out where they are meant: a legend that is narrowed to a page leaves a plain
    catch-all away.
    """
    category = Xml.SubElement(parent, "category", render="true", symbol=symbol, label=entry.label)
    if not entry.others:
        category.set("value", entry.value or "")
        return
    category.set("type", "List")
    for value in entry.others:
        Xml.SubElement(category, "val", type="QString", value=value)


def _symbol(parent: Xml.Element, name: str, swatch: SwatchConfig, look: LayerStyle) -> None:
    symbol = Xml.SubElement(parent, "symbol", name=name, type="fill", alpha="1", clip_to_extent="1", force_rhr="0")
    fill = swatch.colour
    if look.is_see_through and fill != "none":
        fill = f"{fill[:7]}{FAINT_ALPHA:02x}"
    plain = _layer(
        symbol,
        "SimpleFill",
        {
            "color": rgba(fill),
            "style": "no" if fill == "none" else "solid",
            "outline_color": rgba(swatch.colour if look.is_see_through else look.line),
            "outline_width": f"{look.line_mm:g}",
            "outline_style": "solid" if look.line_mm else "no",
            "outline_width_unit": "MM",
            "joinstyle": "miter",
        },
    )
    if look.is_paged:
        _mark_page(plain, look)
    ink = swatch.colour if look.is_see_through else INK
    for angle in HATCH_ANGLES.get(swatch.hatch, ()):
        _lines(symbol, f"@{name}@{angle}", angle, ink)
    if swatch.hatch == "dots":
        _dots(symbol, f"@{name}@dots", ink)


def _mark_page(layer: Xml.Element, look: LayerStyle) -> None:
    """The shape that a page is about has a line of its own; elsewhere, and off a page, all are alike."""
    options = Xml.SubElement(Xml.SubElement(layer, "data_defined_properties"), "Option", type="Map")
    Xml.SubElement(options, "Option", type="QString", name="name", value="")
    properties = Xml.SubElement(options, "Option", type="Map", name="properties")
    outline = {
        "outlineWidth": (PAGE_MM, f"{look.line_mm:g}"),
        "outlineColor": (f"'{PAGE_INK}'", f"'{rgba(look.line)}'"),
    }
    for name, (here, elsewhere) in outline.items():
        part = Xml.SubElement(properties, "Option", type="Map", name=name)
        Xml.SubElement(part, "Option", type="bool", name="active", value="true")
        expression = f"if(@layer_id = @atlas_layerid and $id = @atlas_featureid, {here}, {elsewhere})"
        Xml.SubElement(part, "Option", type="QString", name="expression", value=expression)
        Xml.SubElement(part, "Option", type="int", name="type", value="3")
    Xml.SubElement(options, "Option", type="QString", name="type", value="collection")


def _lines(symbol: Xml.Element, name: str, angle: int, ink: str) -> None:
    layer = _layer(
        symbol,
        "LinePatternFill",
        {"angle": str(angle), "distance": "1.6", "distance_unit": "MM", "line_width": "0.18", "color": rgba(ink)},
    )
    inner = Xml.SubElement(layer, "symbol", name=name, type="line", alpha="1", clip_to_extent="1", force_rhr="0")
    _layer(
        inner,
        "SimpleLine",
        {"line_color": rgba(ink), "line_width": "0.18", "line_width_unit": "MM", "line_style": "solid"},
    )


def _dots(symbol: Xml.Element, name: str, ink: str) -> None:
    layer = _layer(
        symbol,
        "PointPatternFill",
        {
            "distance_x": "1.8",
            "distance_y": "1.8",
            "distance_x_unit": "MM",
            "distance_y_unit": "MM",
            "displacement_x": "0.9",
            "displacement_x_unit": "MM",
        },
    )
    inner = Xml.SubElement(layer, "symbol", name=name, type="marker", alpha="1", clip_to_extent="1", force_rhr="0")
    _layer(
        inner,
        "SimpleMarker",
        {"name": "circle", "color": rgba(ink), "outline_style": "no", "size": "0.5", "size_unit": "MM"},
    )


def _layer(symbol: Xml.Element, kind: str, values: dict[str, str]) -> Xml.Element:
    layer = Xml.SubElement(symbol, "layer", {"class": kind}, enabled="1", locked="0", **{"pass": "0"})
    options = Xml.SubElement(layer, "Option", type="Map")
    for key, value in values.items():
        Xml.SubElement(options, "Option", type="QString", name=key, value=value)
    for key, value in values.items():  # QGIS before 3.26 reads these in symbols inside symbols
        Xml.SubElement(layer, "prop", k=key, v=value)
    return layer


def _labels(look: LayerStyle, fields: Sequence[Field]) -> Xml.Element:
    root = Xml.Element("labeling", type="simple")
    settings = Xml.SubElement(root, "settings", calloutType="simple")
    text = Xml.SubElement(
        settings,
        "text-style",
        fieldName=str(look.label) if look.label_words is None else _said(look.label_words, fields),
        isExpression=_flag(look.label_words is not None),
        fontSize="7.5",
        fontSizeUnit="Point",
        fontWeight="50",
        textColor=rgba("#222222"),
        textOpacity="1",
    )
    Xml.SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.7",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,220",
        bufferOpacity="0.85",
    )
    if look.label_words is not None:  # several lines over land of many colours
        Xml.SubElement(
            text,
            "background",
            shapeDraw="1",
            shapeType="0",
            shapeSizeType="0",
            shapeSizeX="1",
            shapeSizeY="0.6",
            shapeSizeUnit="MM",
            shapeFillColor="255,255,255,255",
            shapeBorderWidth="0",
            shapeOpacity="0.8",
        )
    Xml.SubElement(
        settings,
        "placement",
        placement="1",
        centroidInside="1",
        centroidWhole="0",
        fitInPolygonOnly=_flag(look.label_scales[0] <= FIT_FROM_SCALE),
        polygonPlacementFlags="2",
    )
    Xml.SubElement(
        settings,
        "rendering",
        scaleVisibility="1",
        scaleMin=str(look.label_scales[1]),
        scaleMax=str(look.label_scales[0]),
        obstacle="1",
        drawLabels="1",
        displayAll="0",
    )
    return root


def _widgets(parent: Xml.Element, fields: Iterable[Field]) -> None:
    configured, named = Xml.SubElement(parent, "fieldConfiguration"), Xml.SubElement(parent, "aliases")
    for index, field in enumerate(fields, 1):
        kind, options = _widget(field)
        widget = Xml.SubElement(
            Xml.SubElement(configured, "field", name=field.name, configurationFlags="None"), "editWidget", type=kind
        )
        Xml.SubElement(widget, "config").append(options)
        Xml.SubElement(named, "alias", index=str(index), field=field.name, name=field.title)
    hidden = Xml.SubElement(
        Xml.SubElement(configured, "field", name="fid", configurationFlags="None"), "editWidget", type="Hidden"
    )
    Xml.SubElement(Xml.SubElement(hidden, "config"), "Option")


def _widget(field: Field) -> tuple[str, Xml.Element]:
    options = Xml.Element("Option", type="Map")
    if field.choices:
        values = Xml.SubElement(options, "Option", type="List", name="map")
        for choice in field.choices:
            Xml.SubElement(
                Xml.SubElement(values, "Option", type="Map"), "Option", type="QString", name=choice, value=choice
            )
        return "ValueMap", options
    if field.kind == "date":
        _options(options, {"display_format": "dd-MM-yyyy", "field_format": "yyyy-MM-dd"})
        return "DateTime", options
    if field.kind == "bool":
        return "CheckBox", options
    _options(options, {"IsMultiline": "true" if field.kind == "str" and not field.choices else "false"})
    return "TextEdit", options


def _options(parent: Xml.Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        kind = "bool" if value in ("true", "false") else "QString"
        Xml.SubElement(parent, "Option", type=kind, name=name, value=value)


def tabs(fields: Sequence[Field]) -> dict[str, list[Field]]:
    """The tabs of a form: what a row is, one for every year, and what was measured."""
    fields_by_tab: dict[str, list[Field]] = {}
    for field in fields:
        tab = str(field.year) if field.year else MEASURES if field.is_measure and len(fields) > 12 else GENERAL
        fields_by_tab.setdefault(tab, []).append(field)
    first = [
        tab
        for tab in (GENERAL, *sorted(tab for tab in fields_by_tab if tab.isdigit()), MEASURES)
        if tab in fields_by_tab
    ]
    return {tab: fields_by_tab[tab] for tab in first}


def _form(parent: Xml.Element, fields: Sequence[Field], related: Sequence[tuple[str, str]]) -> None:
    Xml.SubElement(parent, "editorlayout").text = "tablayout"
    form = Xml.SubElement(parent, "attributeEditorForm")
    place = {field.name: index for index, field in enumerate(fields, 1)}
    for tab, tab_fields in tabs(fields).items():
        container = _container(form, tab, "1")
        for field in tab_fields:
            Xml.SubElement(
                container, "attributeEditorField", name=field.name, index=str(place[field.name]), showLabel="1"
            )
    if related:
        container = _container(form, CONNECTED, "1")
        for key, title in related:
            Xml.SubElement(
                container,
                "attributeEditorRelation",
                name=key,
                relation=key,
                label=title,
                showLabel="1",
                forceSuppressFormPopup="0",
                nmRelationId="",
                relationWidgetTypeId="relation_editor",
            )
    editable = Xml.SubElement(parent, "editable")
    for field in fields:  # results are read, not typed over
        Xml.SubElement(editable, "field", name=field.name, editable="0")


def _container(form: Xml.Element, name: str, columns: str) -> Xml.Element:
    return Xml.SubElement(
        form,
        "attributeEditorContainer",
        name=name,
        groupBox="0",
        columnCount=columns,
        showLabel="1",
        visibilityExpressionEnabled="0",
        visibilityExpression="",
    )


def _tell(parent: Xml.Element, look: LayerStyle, fields: Sequence[Field]) -> None:
    known = {field.name: field for field in fields}
    head = look.label or (look.tip[0] if look.tip else fields[0].name)
    Xml.SubElement(parent, "previewExpression").text = f'"{head}"'
    rows = [f"<b>{_plain(look.title)} [% {_safe(known[head])} %]</b>"]
    rows += [f"<b>{_plain(known[name].title)}:</b> [% {_safe(known[name])} %]" for name in look.tip if name != head]
    Xml.SubElement(parent, "mapTip").text = f'<div style="max-width:420px">{"<br/>".join(rows)}</div>'


def _safe(field: Field) -> str:
    """An expression that tells a column with no mark-up of the data."""
    return f"replace(replace(replace({in_words(field)}, '&', '&amp;'), '<', '&lt;'), '\\n', '<br/>')"


def _said(words: str, fields: Sequence[Field]) -> str:
    """Words with columns in braces as one expression."""
    known = {field.name: field for field in fields}
    parts = re.split(r"\{(\w+)\}", words)  # words and columns by turns
    said = [in_words(known[part]) if position % 2 else _quoted(part) for position, part in enumerate(parts) if part]
    return f"concat({', '.join(said)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n") + "'"


def in_words(field: Field) -> str:
    """An expression that tells a column as a Dutch reader writes it: dates, decimals, and a dash for nothing."""
    value = f'to_string("{field.name}")'
    if field.kind == "float":
        value = f"replace(to_string(round(\"{field.name}\", 1)), '.', ',')"
    if field.kind == "date":
        value = f"format_date(\"{field.name}\", 'dd-MM-yyyy')"
    return f"coalesce({value}, '–')"


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _flag(yes: bool) -> str:
    return "1" if yes else "0"


def rgba(colour: str) -> str:
    """A colour as QGIS writes it: red, green, blue and opacity, 0 to 255."""
    if colour == "none":
        return "0,0,0,0"
    digits = colour.removeprefix("#").ljust(8, "f")
    return ",".join(str(int(digits[position : position + 2], 16)) for position in (0, 2, 4, 6))
