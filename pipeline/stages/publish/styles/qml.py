"""QML: colours, patterns, labels, forms and tips of a layer as QGIS reads them; plain XML, no QGIS needed.

The same children stand in a style document (layer_styles) and in a layer of a project.
"""

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from pipeline.project.publish import SwatchConfig
from pipeline.stages.publish.styles.elements import add, add_xml, qgis_document
from pipeline.stages.publish.styles.style import Field, LayerStyle, LegendEntry

VERSION = "3.22.16"  # older QGIS warns of a style from a newer one
HATCH_ANGLES = {"forward": (45,), "back": (135,), "level": (0,), "upright": (90,), "cross": (45, 135)}
MAP_INK = "#404040"
PAGE_INK, PAGE_MM = "213,0,120,255", "1.4"  # of the shape that a page is about
FAINT_ALPHA = 46  # of 255: zones lie over each other and over the plots
FIT_FROM_SCALE = 20_000  # labels of plots stay inside them; those of clusters are seen from afar
GENERAL, MEASURES, CONNECTED = "Algemeen", "Maten", "Verbonden"
NUMBER_WIDGET: tuple[str, dict[str, str]] = ("TextEdit", {"IsMultiline": "false"})
WIDGETS: dict[str, tuple[str, dict[str, str]]] = {
    "date": ("DateTime", {"display_format": "dd-MM-yyyy", "field_format": "yyyy-MM-dd"}),
    "bool": ("CheckBox", {}),
    "str": ("TextEdit", {"IsMultiline": "true"}),
}
SHORT_FORM = 12  # up to this many columns, measures need no tab of their own
LABEL_BUFFER = (
    '<text-buffer bufferDraw="1" bufferSize="0.7" bufferSizeUnits="MM" bufferColor="255,255,255,220" '
    'bufferOpacity="0.85" />'
)
# Behind labels of several lines, over land of many colours.
LABEL_BACKGROUND = (
    '<background shapeDraw="1" shapeType="0" shapeSizeType="0" shapeSizeX="1" shapeSizeY="0.6" shapeSizeUnit="MM" '
    'shapeFillColor="255,255,255,255" shapeBorderWidth="0" shapeOpacity="0.8" />'
)


def qml(look: LayerStyle | None, fields: Sequence[Field]) -> str:
    """A style document: what opens when the layer is dragged into QGIS; of a table (no look) titles and form."""
    root = Element("qgis", version=VERSION, styleCategories="Fields|Forms" if look is None else "AllStyleCategories")
    children(root, look, fields)
    return qgis_document(root)


def children(
    parent: Element, look: LayerStyle | None, fields: Sequence[Field], related: Sequence[tuple[str, str]] = ()
) -> None:
    """Renderer, labels, fields, form and tip; without a look those of a table. `related`: relations as (id, title)."""
    if look is not None:
        _renderer(parent, look)
        if look.from_scale is not None:
            parent.attrib |= {"hasScaleBasedVisibilityFlag": "1", "minScale": str(look.from_scale), "maxScale": "0"}
        if look.label is not None or look.label_words is not None:
            _labels(parent, look, fields)
    _widgets(parent, fields)
    _form(parent, fields, related)
    if look is not None:
        _tip(parent, look, fields)


def _renderer(parent: Element, look: LayerStyle) -> None:
    kind, order = "categorizedSymbol" if look.column else "singleSymbol", f"{look.is_first_on_top:d}"
    root = add_xml(parent, f'<renderer-v2 type="{kind}" enableorderby="{order}" forceraster="0" symbollevels="0" />')
    if look.column:
        root.set("attr", look.column)
        categories = add(root, "categories")
        for index, entry in enumerate(look.entries):
            _category(categories, str(index), entry)
    symbols = add(root, "symbols")
    for index, entry in enumerate(look.entries):
        _symbol(symbols, str(index), entry.swatch, look)
    if look.is_first_on_top:
        # Descending: the last year is drawn first, and the first lies on top.
        add(add(root, "orderby"), "orderByClause", f'"{look.column}"', asc="0", nullsFirst="0")


def _category(parent: Element, symbol: str, entry: LegendEntry) -> None:
    """All others are written out where they are meant: a legend that is narrowed to a page leaves a plain
    catch-all away.
    """
    category = add(parent, "category", render="true", symbol=symbol, label=entry.label)
    if not entry.others:
        category.set("value", entry.value or "")
        return
    category.set("type", "List")
    for value in entry.others:
        add(category, "val", type="QString", value=value)


def _symbol(parent: Element, name: str, swatch: SwatchConfig, look: LayerStyle) -> None:
    symbol = _empty_symbol(parent, name, "fill")
    fill = swatch.colour
    if look.is_see_through and fill != "none":
        fill = f"{fill[:7]}{FAINT_ALPHA:02x}"
    outline = {
        "color": rgba(fill),
        "style": "no" if fill == "none" else "solid",
        "outline_color": rgba(swatch.colour if look.is_see_through else look.line),
        "outline_width": f"{look.line_mm:g}",
        "outline_style": "solid" if look.line_mm else "no",
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }
    plain = _layer(symbol, "SimpleFill", outline)
    if look.is_paged:
        _mark_page(plain, look)
    ink = rgba(swatch.colour if look.is_see_through else MAP_INK)
    for angle in HATCH_ANGLES.get(swatch.hatch, ()):
        hatch = {"angle": str(angle), "distance": "1.6", "distance_unit": "MM", "line_width": "0.18", "color": ink}
        inner = _empty_symbol(_layer(symbol, "LinePatternFill", hatch), f"@{name}@{angle}", "line")
        line = {"line_color": ink, "line_width": "0.18", "line_width_unit": "MM", "line_style": "solid"}
        _layer(inner, "SimpleLine", line)
    if swatch.hatch == "dots":
        # QGIS takes a pair of properties for a distance: the number, and its unit.
        steps = {"distance_x": "1.8", "distance_y": "1.8", "distance_x_unit": "MM", "distance_y_unit": "MM"}
        shift = {"displacement_x": "0.9", "displacement_x_unit": "MM"}
        inner = _empty_symbol(_layer(symbol, "PointPatternFill", steps | shift), f"@{name}@dots", "marker")
        dot = {"name": "circle", "color": ink, "outline_style": "no", "size": "0.5", "size_unit": "MM"}
        _layer(inner, "SimpleMarker", dot)


def _empty_symbol(parent: Element, name: str, kind: str) -> Element:
    return add_xml(parent, f'<symbol name="{name}" type="{kind}" alpha="1" clip_to_extent="1" force_rhr="0" />')


def _layer(symbol: Element, kind: str, values: dict[str, str]) -> Element:
    layer = add_xml(symbol, f'<layer class="{kind}" enabled="1" locked="0" pass="0" />')
    _options(layer, values)
    for key, value in values.items():  # QGIS before 3.26 reads these in symbols inside symbols
        add(layer, "prop", k=key, v=value)
    return layer


def _mark_page(layer: Element, look: LayerStyle) -> None:
    """The shape that a page is about has a line of its own; elsewhere, and off a page, all are alike."""
    options = _options(add(layer, "data_defined_properties"), {"name": ""})
    properties = add(options, "Option", type="Map", name="properties")
    outline = {
        "outlineWidth": (PAGE_MM, f"{look.line_mm:g}"),
        "outlineColor": (f"'{PAGE_INK}'", f"'{rgba(look.line)}'"),
    }
    for name, (here, elsewhere) in outline.items():
        expression = f"if(@layer_id = @atlas_layerid and $id = @atlas_featureid, {here}, {elsewhere})"
        part = _options(properties, {"active": "true", "expression": expression}, name=name)
        # An expression, in the numbers of QgsProperty.
        add(part, "Option", type="int", name="type", value="3")
    add(options, "Option", type="QString", name="type", value="collection")


def _labels(parent: Element, look: LayerStyle, fields: Sequence[Field]) -> None:
    settings = add(add(parent, "labeling", type="simple"), "settings", calloutType="simple")
    words = look.label_words
    text = add(
        settings,
        "text-style",
        fieldName=str(look.label) if words is None else _expression(words, fields),
        isExpression=f"{words is not None:d}",
        fontSize="7.5",
        fontSizeUnit="Point",
        fontWeight="50",
        textColor=rgba("#222222"),
        textOpacity="1",
    )
    add_xml(text, LABEL_BUFFER)
    if words is not None:
        add_xml(text, LABEL_BACKGROUND)
    from_scale, to_scale = look.label_scales
    fits = f"{from_scale <= FIT_FROM_SCALE:d}"
    add_xml(
        settings,
        f'<placement placement="1" centroidInside="1" centroidWhole="0" fitInPolygonOnly="{fits}" '
        'polygonPlacementFlags="2" />',
    )
    add_xml(
        settings,
        f'<rendering scaleVisibility="1" scaleMin="{to_scale}" scaleMax="{from_scale}" obstacle="1" drawLabels="1" '
        'displayAll="0" />',
    )


def _widgets(parent: Element, fields: Iterable[Field]) -> None:
    configured, named = add(parent, "fieldConfiguration"), add(parent, "aliases")
    for index, field in enumerate(fields, 1):
        _widget(add(configured, "field", name=field.name, configurationFlags="None"), field)
        add(named, "alias", index=str(index), field=field.name, name=field.title)
    add_xml(
        configured,
        '<field name="fid" configurationFlags="None"><editWidget type="Hidden"><config><Option /></config></editWidget>'
        "</field>",
    )


def _widget(parent: Element, field: Field) -> None:
    """How a value is shown in a form: from a list, as a date, a tick, or text."""
    kind, options = ("ValueMap", {}) if field.choices else WIDGETS.get(field.kind, NUMBER_WIDGET)
    config = _options(add(add(parent, "editWidget", type=kind), "config"), options)
    if field.choices:
        values = add(config, "Option", type="List", name="map")
        for choice in field.choices:
            _options(values, {choice: choice})


def _options(parent: Element, values: dict[str, str], **names: str) -> Element:
    """A map of options, as QGIS stores the settings of almost anything."""
    options = add(parent, "Option", type="Map", **names)
    for name, value in values.items():
        kind = "bool" if value in ("true", "false") else "QString"
        add(options, "Option", type=kind, name=name, value=value)
    return options


def tabs(fields: Sequence[Field]) -> dict[str, list[Field]]:
    """The tabs of a form: what a row is, one for every year, and what was measured."""
    fields_by_tab: dict[str, list[Field]] = {}
    for field in fields:
        rest = MEASURES if field.is_measure and len(fields) > SHORT_FORM else GENERAL
        fields_by_tab.setdefault(str(field.year) if field.year else rest, []).append(field)
    order = (GENERAL, *sorted(tab for tab in fields_by_tab if tab.isdigit()), MEASURES)
    return {tab: fields_by_tab[tab] for tab in order if tab in fields_by_tab}


def _form(parent: Element, fields: Sequence[Field], related: Sequence[tuple[str, str]]) -> None:
    add(parent, "editorlayout", "tablayout")
    form = add(parent, "attributeEditorForm")
    place = {field.name: str(index) for index, field in enumerate(fields, 1)}
    for tab, tab_fields in tabs(fields).items():
        container = _container(form, tab)
        for field in tab_fields:
            add(container, "attributeEditorField", name=field.name, index=place[field.name], showLabel="1")
    if related:
        container = _container(form, CONNECTED)
        for key, title in related:
            add(
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
    editable = add(parent, "editable")
    for field in fields:  # results are read, not typed over
        add(editable, "field", name=field.name, editable="0")


def _container(form: Element, name: str) -> Element:
    return add_xml(
        form,
        f'<attributeEditorContainer name="{name}" groupBox="0" columnCount="1" showLabel="1" '
        'visibilityExpressionEnabled="0" visibilityExpression="" />',
    )


def _tip(parent: Element, look: LayerStyle, fields: Sequence[Field]) -> None:
    known = {field.name: field for field in fields}
    head = look.label or (look.tip[0] if look.tip else fields[0].name)
    add(parent, "previewExpression", f'"{head}"')
    # QGIS shows a tip as HTML: titles are escaped here, and values by the expression itself.
    rows = [f"<b>{_plain(look.title)} [% {_safe(known[head])} %]</b>"]
    rows += [f"<b>{_plain(known[name].title)}:</b> [% {_safe(known[name])} %]" for name in look.tip if name != head]
    add(parent, "mapTip", f'<div style="max-width:420px">{"<br/>".join(rows)}</div>')


def _safe(field: Field) -> str:
    """An expression that tells a column with no mark-up of the data."""
    return f"replace(replace(replace({in_words(field)}, '&', '&amp;'), '<', '&lt;'), '\\n', '<br/>')"


def _expression(words: str, fields: Sequence[Field]) -> str:
    """Words with columns in braces as one expression."""
    known = {field.name: field for field in fields}
    parts = re.split(r"\{(\w+)\}", words)  # words and columns by turns
    texts = [in_words(known[part]) if position % 2 else _quoted(part) for position, part in enumerate(parts) if part]
    return f"concat({', '.join(texts)})"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"'{escaped}'"


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


def rgba(colour: str) -> str:
    """A colour as QGIS writes it: red, green, blue and opacity, 0 to 255."""
    if colour == "none":
        return "0,0,0,0"
    digits = colour.removeprefix("#").ljust(8, "f")
    return ",".join(map(str, bytes.fromhex(digits)))
