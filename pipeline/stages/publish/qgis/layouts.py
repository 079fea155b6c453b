"""Bladen: A3 pages to print from QGIS: the map, and an atlas with a page for every site and every cluster."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from pipeline.stages.publish.qgis.map_model import Box, MapModel, Pages
from pipeline.stages.publish.styles.qml import in_words

PAGE_MM = (420, 297)
MAP_MM = (10.0, 24.0, 300.0, 258.0)  # left, top, wide, high
SIDE_MM = 316.0
WIDE_MM = 96.0
PAGE, MAP, PICTURE, LABEL, LEGEND, BAR = 65638, 65639, 65640, 65641, 65642, 65646
ARROW = ":/images/north_arrows/layout_default_north_arrow.svg"
FONT = "Arial"
COUNT_EXPRESSIONS = {"number": "[% @atlas_featurenumber %]", "total": "[% @atlas_totalfeatures %]"}
# Styles of a legend: size, bold, and the margins above, left and below in mm.
LEGEND_STYLES = {
    "title": (12, True, 0, 0, 3),
    "group": (9, True, 3, 0, 0),
    "subgroup": (9, True, 2, 0, 1),
    "symbol": (8, False, 2, 0, 0),
    "symbolLabel": (8, False, 1, 2, 0),
}


def layer_id(key: str) -> str:
    """The id of an entry in the project."""
    return f"industrieruimte_{key}"


def layouts(plan: MapModel) -> Xml.Element:
    """The layouts of the project: one of the whole, and an atlas for each set of pages."""
    root = Xml.Element("Layouts")
    if plan.themes:
        page = _page(root, "Kaart A3", plan, plan.themes[0][0])
        _label(page, "titel", (10, 8, 300, 12), f"{plan.params.title}: {plan.themes[0][0].lower()}", (17, True))
    for pages in plan.pages:
        if any(title == pages.theme for title, _ in plan.themes):
            _atlas(root, plan, pages)
    return root


def _atlas(root: Xml.Element, plan: MapModel, pages: Pages) -> None:
    page = _page(root, f"Atlas: {pages.title.lower()}", plan, pages.theme, target=pages)
    fields = {field.name: field for field in pages.target.sheet.fields}
    heading = re.sub(
        r"\{(\w+)\}",
        lambda match: COUNT_EXPRESSIONS.get(match[1]) or f"[% {in_words(fields[match[1]])} %]",
        pages.heading,
    )
    _label(page, "titel", (10, 8, 300, 12), heading, (15, True))
    by = f'"{pages.name_by}"'
    Xml.SubElement(
        page,
        "Atlas",
        enabled="1",
        coverageLayer=layer_id(pages.target.key),
        hideCoverage="0",
        filterFeatures="0",
        featureFilter="",
        sortFeatures="1",
        sortKey=by,
        sortAscending="1",
        pageNameExpression=by,
        filenamePattern="'pagina_' || @atlas_featurenumber",
    )


def _page(root: Xml.Element, name: str, plan: MapModel, theme: str, target: Pages | None = None) -> Xml.Element:
    """A page with map, facts, legend, scale, north and what it rests on."""
    layout = Xml.SubElement(root, "Layout", name=name, units="mm", printResolution="200")
    collection = Xml.SubElement(layout, "PageCollection")
    Xml.SubElement(collection, "LayoutItem", type=str(PAGE), size=f"{PAGE_MM[0]},{PAGE_MM[1]},mm")
    _map(layout, theme, _fitted(plan.box), is_atlas=target is not None)
    _label(
        layout,
        "wat",
        (SIDE_MM, 8, WIDE_MM, 12),
        f"{plan.params.lead[1]}, als niemand verlengt\nPeildatum {plan.params.date:%d-%m-%Y}",
        (9, False),
    )
    top = MAP_MM[1]
    if target is not None:
        facts = _facts(target)
        high = 5.2 * len(facts) + 4
        _label(layout, "feiten", (SIDE_MM, top, WIDE_MM, high), "\n".join(facts), (9, False))
        top += high
    _legend(layout, plan, theme, top)
    _picture(layout, (SIDE_MM + 82, 240, 12, 15))
    _bar(layout, (SIDE_MM, 246, 80, 12))
    foot = f"{plan.params.note}\n{plan.params.credit} {plan.background.credit} (als die aan staat)."
    _label(layout, "herkomst", (SIDE_MM, 260, WIDE_MM, 28), foot, (6.5, False))
    return layout


def _facts(pages: Pages) -> list[str]:
    """Title and value of what is told beside the map, as expressions that the page fills in."""
    fields = {field.name: field for field in pages.target.sheet.fields}
    return [f"{fields[name].title}: [% {in_words(fields[name])} %]" for name in pages.tells]


def _fitted(box: Box) -> Box:
    """The box widened to the shape of the map item, which QGIS would otherwise bend to the box."""
    left, low, right, high = box
    metres = 1.04 * max((right - left) / MAP_MM[2], (high - low) / MAP_MM[3], 1e-3)
    across, up = metres * MAP_MM[2] / 2, metres * MAP_MM[3] / 2
    middle = ((left + right) / 2, (low + high) / 2)
    return middle[0] - across, middle[1] - up, middle[0] + across, middle[1] + up


def _item(
    parent: Xml.Element, target: tuple[int, str], place: tuple[float, float, float, float], **values: str
) -> Xml.Element:
    kind, name = target
    left, top, wide, high = place
    return Xml.SubElement(
        parent,
        "LayoutItem",
        {
            "type": str(kind),
            "uuid": name,
            "id": name,
            "position": f"{left:g},{top:g},mm",
            "size": f"{wide:g},{high:g},mm",
        }
        | values,
    )


def _map(layout: Xml.Element, theme: str, box: Box, *, is_atlas: bool) -> None:
    item = _item(
        layout,
        (MAP, "kaart"),
        MAP_MM,
        followPreset="true",
        followPresetName=theme,
        frame="true",
        outlineWidthM="0.2,mm",
        background="true",
    )
    edges = zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    Xml.SubElement(item, "Extent", {name: f"{value:.1f}" for name, value in edges})
    if is_atlas:
        Xml.SubElement(item, "AtlasMap", atlasDriven="1", scalingMode="2", margin="0.25")


def _label(
    parent: Xml.Element, name: str, place: tuple[float, float, float, float], text: str, font: tuple[float, bool]
) -> None:
    item = _item(parent, (LABEL, name), place, labelText=text, marginX="0", marginY="0", htmlState="0")
    Xml.SubElement(item, "LabelFont", description=_font(*font))
    _colour(item, "FontColor")


def _legend(layout: Xml.Element, plan: MapModel, theme: str, top: float) -> None:
    """The legend of a theme, narrowed to what lies on the map."""
    item = _item(
        layout,
        (LEGEND, "legenda"),
        (SIDE_MM, top, WIDE_MM, 100),
        title="",
        map_uuid="kaart",
        legendFilterByMap="1",
        symbolWidth="7",
        symbolHeight="4",
        columnCount="1",
        resizeToContents="1",
        fontColor="#1e1e1e",
        wrapChar="|",
    )
    styles = Xml.SubElement(item, "styles")
    for name, (size, bold, above, left, below) in LEGEND_STYLES.items():
        style = Xml.SubElement(
            styles, "style", name=name, marginTop=str(above), marginLeft=str(left), marginBottom=str(below)
        )
        Xml.SubElement(style, "styleFont", description=_font(size, bold))
    tree = Xml.SubElement(item, "layer-tree-group")
    known = {shown.key: shown for shown in plan.shown}
    for key in dict(plan.themes)[theme]:
        title = known[key].title
        leaf = Xml.SubElement(
            tree, "layer-tree-layer", id=layer_id(key), name=title, checked="Qt::Checked", expanded="1"
        )
        leaf.set("providerKey", "ogr")
        options = Xml.SubElement(Xml.SubElement(leaf, "customproperties"), "Option", type="Map")
        Xml.SubElement(options, "Option", type="QString", name="legend/title-label", value=title)


def _bar(layout: Xml.Element, place: tuple[float, float, float, float]) -> None:
    item = _item(
        layout,
        (BAR, "schaal"),
        place,
        style="Single Box",
        mapUuid="kaart",
        unitType="meters",
        unitLabel="m",
        numMapUnitsPerScaleBarUnit="1",
        numSegments="2",
        numSegmentsLeft="0",
        segmentSizeMode="1",
        minBarWidth="30",
        maxBarWidth="70",
        height="2.5",
        labelBarSpace="1.5",
        outlineWidth="0.2",
    )
    form = Xml.SubElement(Xml.SubElement(item, "numericFormat", id="basic"), "Option", type="Map")
    Xml.SubElement(form, "Option", type="bool", name="show_thousand_separator", value="false")
    Xml.SubElement(item, "text-style", fontSize="7.5", fontWeight="50", textColor="30,30,30,255")
    _colour(item, "fillColor")
    _colour(item, "fillColor2", "255")
    _colour(item, "strokeColor")


def _picture(layout: Xml.Element, place: tuple[float, float, float, float]) -> None:
    _item(layout, (PICTURE, "noord"), place, file=ARROW, mapUuid="kaart", svgFillColor="30,30,30,255")


def _colour(parent: Xml.Element, tag: str, value: str = "30") -> None:
    Xml.SubElement(parent, tag, red=value, green=value, blue=value, alpha="255")


def _font(size: float, bold: bool) -> str:
    return f"{FONT},{size:g},-1,5,{75 if bold else 50},0,0,0,0,0"
