"""A3 pages to print from QGIS: the map, and an atlas with a page for every site and every cluster."""

from xml.etree.ElementTree import Element

from pipeline.stages.publish.qgis.map_model import Box, MapModel, Pages
from pipeline.stages.publish.styles.elements import add, add_xml
from pipeline.stages.publish.styles.qml import in_words

Place = tuple[float, float, float, float]  # on the page, in mm: left, top, wide, high

MAP_MM: Place = (10, 24, 300, 258)
TITLE_MM: Place = (10, 8, 300, 12)
SIDE_MM = 316.0
WIDE_MM = 96.0
# What QGIS calls kinds of items.
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


def layouts(plan: MapModel) -> Element:
    """The layouts of the project (mm; maps in EPSG:28992): one of the whole, and an atlas for each set of pages."""
    root = Element("Layouts")
    if plan.themes:
        theme = plan.themes[0][0]
        _label(
            _page(root, "Kaart A3", plan, theme), "titel", TITLE_MM, f"{plan.params.title}: {theme.lower()}", (17, True)
        )
    for pages in plan.pages:
        if any(title == pages.theme for title, _ in plan.themes):
            _atlas(root, plan, pages)
    return root


def _atlas(root: Element, plan: MapModel, pages: Pages) -> None:
    page = _page(root, f"Atlas: {pages.title.lower()}", plan, pages.theme, target=pages)
    columns = {name: f"[% {in_words(field)} %]" for name, field in pages.target.sheet.columns.items()}
    heading = pages.heading.format(**columns, **COUNT_EXPRESSIONS)
    _label(page, "titel", TITLE_MM, heading, (15, True))
    by = f"&quot;{pages.name_by}&quot;"
    add_xml(
        page,
        f'<Atlas enabled="1" coverageLayer="{layer_id(pages.target.key)}" hideCoverage="0" filterFeatures="0" '
        f'featureFilter="" sortFeatures="1" sortKey="{by}" sortAscending="1" pageNameExpression="{by}" '
        "filenamePattern=\"'pagina_' || @atlas_featurenumber\" />",
    )


def _page(root: Element, name: str, plan: MapModel, theme: str, target: Pages | None = None) -> Element:
    """A page with map, facts, legend, scale, north and what it rests on."""
    layout = add(root, "Layout", name=name, units="mm", printResolution="200")
    add_xml(layout, f'<PageCollection><LayoutItem type="{PAGE}" size="420,297,mm" /></PageCollection>')
    _map(layout, theme, _fitted(plan.box), is_atlas=target is not None)
    lead = f"{plan.params.lead[1]}, als niemand verlengt\nPeildatum {plan.params.date:%d-%m-%Y}"
    _label(layout, "wat", (SIDE_MM, 8, WIDE_MM, 12), lead, (9, False))
    top = MAP_MM[1]
    if target is not None:
        facts = [f"{field.title}: [% {in_words(field)} %]" for field in target.tells]
        high = 5.2 * len(facts) + 4
        _label(layout, "feiten", (SIDE_MM, top, WIDE_MM, high), "\n".join(facts), (9, False))
        top += high
    _legend(layout, plan, theme, top)
    arrow = f'file="{ARROW}" mapUuid="kaart" svgFillColor="30,30,30,255"'
    _item(layout, (PICTURE, "noord"), (SIDE_MM + 82, 240, 12, 15), arrow)
    _bar(layout)
    foot = f"{plan.params.note}\n{plan.params.credit} {plan.background.credit} (als die aan staat)."
    _label(layout, "herkomst", (SIDE_MM, 260, WIDE_MM, 28), foot, (6.5, False))
    return layout


def _fitted(box: Box) -> Box:
    """The box widened to the shape of the map item, which QGIS would otherwise bend to the box."""
    left, low, right, high = box
    metres = 1.04 * max((right - left) / MAP_MM[2], (high - low) / MAP_MM[3], 1e-3)
    across, up = metres * MAP_MM[2] / 2, metres * MAP_MM[3] / 2
    middle = ((left + right) / 2, (low + high) / 2)
    return middle[0] - across, middle[1] - up, middle[0] + across, middle[1] + up


def _item(parent: Element, target: tuple[int, str], place: Place, attributes: str) -> Element:
    """An item of a kind and name, with the attributes of its kind as they stand in the file."""
    # The name is the uuid too: QGIS would draw a random one, and the file would differ from run to run.
    (kind, name), (left, top, wide, high) = target, place
    return add_xml(
        parent,
        f'<LayoutItem type="{kind}" uuid="{name}" id="{name}" position="{left:g},{top:g},mm" '
        f'size="{wide:g},{high:g},mm" {attributes} />',
    )


def _map(layout: Element, theme: str, box: Box, *, is_atlas: bool) -> None:
    # By theme, so that the page prints the same whatever is switched on in the map.
    item = _item(layout, (MAP, "kaart"), MAP_MM, 'followPreset="true"')
    item.attrib |= {"followPresetName": theme, "frame": "true", "outlineWidthM": "0.2,mm", "background": "true"}
    left, low, right, high = box
    add_xml(item, f'<Extent xmin="{left:.1f}" ymin="{low:.1f}" xmax="{right:.1f}" ymax="{high:.1f}" />')
    if is_atlas:
        # Scaling 2 is Auto in QGIS: as near as the shape permits, with a quarter around it.
        add_xml(item, '<AtlasMap atlasDriven="1" scalingMode="2" margin="0.25" />')


def _label(parent: Element, name: str, place: Place, text: str, font: tuple[float, bool]) -> None:
    item = _item(parent, (LABEL, name), place, "")
    item.attrib |= {"labelText": text, "marginX": "0", "marginY": "0", "htmlState": "0"}
    add(item, "LabelFont", description=_font(*font))
    _colour(item, "FontColor")


def _legend(layout: Element, plan: MapModel, theme: str, top: float) -> None:
    """The legend of a theme, narrowed to what lies on the map."""
    item = _item(
        layout,
        (LEGEND, "legenda"),
        (SIDE_MM, top, WIDE_MM, 100),
        'title="" map_uuid="kaart" legendFilterByMap="1" symbolWidth="7" symbolHeight="4" columnCount="1" '
        'resizeToContents="1" fontColor="#1e1e1e" wrapChar="|"',
    )
    styles = add(item, "styles")
    for name, (size, bold, above, left, below) in LEGEND_STYLES.items():
        add_xml(
            styles,
            f'<style name="{name}" marginTop="{above}" marginLeft="{left}" marginBottom="{below}">'
            f'<styleFont description="{_font(size, bold)}" /></style>',
        )
    tree = add(item, "layer-tree-group")
    known = {shown.key: shown for shown in plan.shown}
    for key in dict(plan.themes)[theme]:
        title = known[key].title
        state = {"checked": "Qt::Checked", "expanded": "1"}
        leaf = add(tree, "layer-tree-layer", id=layer_id(key), name=title, **state, providerKey="ogr")
        options = add(add(leaf, "customproperties"), "Option", type="Map")
        add(options, "Option", type="QString", name="legend/title-label", value=title)


def _bar(layout: Element) -> None:
    item = _item(
        layout,
        (BAR, "schaal"),
        (SIDE_MM, 246, 80, 12),
        'style="Single Box" mapUuid="kaart" unitType="meters" unitLabel="m" numMapUnitsPerScaleBarUnit="1" '
        'numSegments="2" numSegmentsLeft="0" segmentSizeMode="1" minBarWidth="30" maxBarWidth="70" height="2.5" '
        'labelBarSpace="1.5" outlineWidth="0.2"',
    )
    add_xml(
        item,
        '<numericFormat id="basic"><Option type="Map">'
        '<Option type="bool" name="show_thousand_separator" value="false" /></Option></numericFormat>',
    )
    add_xml(item, '<text-style fontSize="7.5" fontWeight="50" textColor="30,30,30,255" />')
    _colour(item, "fillColor")
    _colour(item, "fillColor2", "255")
    _colour(item, "strokeColor")


def _colour(parent: Element, tag: str, value: str = "30") -> None:
    add_xml(parent, f'<{tag} red="{value}" green="{value}" blue="{value}" alpha="255" />')


def _font(size: float, bold: bool) -> str:
    return f"{FONT},{size:g},-1,5,{75 if bold else 50},0,0,0,0,0"
