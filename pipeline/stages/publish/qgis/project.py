"""QGIS-project: the map as QGIS opens it from inside the GeoPackage; written by hand, no QGIS needed.

What QGIS asks without saying so: ids longer than ten signs; a real definition beside each CRS code; ProjectionsEnabled;
and no project period, with which layers that have years would open invisible.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, indent

from pipeline.stages.publish.qgis.layouts import layer_id, layouts
from pipeline.stages.publish.qgis.map_model import Box, MapModel, Related, Shown
from pipeline.stages.publish.styles.elements import add, add_texts, add_xml, qgis_document
from pipeline.stages.publish.styles.qml import VERSION, children

RD_PROJ = (
    "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 "
    "+y_0=463000 +ellps=bessel +units=m +no_defs"
)
WEB_PROJ = (
    "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +wktext +no_defs"
)
# From Web Mercator to RD New as EPSG:4833 has it (1 m): named, so that QGIS does not ask which of two to take.
WEB_TO_RD = (
    "+proj=pipeline +step +inv +proj=webmerc +lat_0=0 +lon_0=0 +x_0=0 +y_0=0 +ellps=WGS84 +step "
    "+proj=push +v_3 +step +proj=cart +ellps=WGS84 "
    "+step +inv +proj=helmert +x=565.4171 +y=50.3319 +z=465.5524 +rx=0.398957388243134 "
    "+ry=-0.343987817378283 +rz=1.87740163998045 +s=4.0725 +convention=coordinate_frame "
    "+step +inv +proj=cart +ellps=bessel +step +proj=pop +v_3 +step +proj=sterea "
    "+lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 "
    "+x_0=155000 +y_0=463000 +ellps=bessel"
)
BACKGROUND = "achtergrondkaart"
PROPERTIES = (
    '<properties><Paths><Absolute type="bool">false</Absolute></Paths>'
    '<SpatialRefSys><ProjectionsEnabled type="int">1</ProjectionsEnabled></SpatialRefSys>'
    '<Measurement><DistanceUnits type="QString">meters</DistanceUnits><AreaUnits type="QString">ha</AreaUnits>'
    '</Measurement><Measure><Ellipsoid type="QString">EPSG:7004</Ellipsoid></Measure></properties>'
)


def qgs(plan: MapModel, file_name: str) -> str:
    """The text of a .qgs file (EPSG:28992) whose layers lie in the file of that name, beside or around it."""
    root = Element("qgis", projectname=plan.params.title, version=VERSION)
    add(root, "homePath", path="")
    add(root, "title", plan.params.title)
    _crs(add(root, "projectCrs"), 28992)
    _tree(root, plan, file_name)
    _relations(root, plan.relations)
    layers = add(root, "projectlayers")
    for shown in plan.shown:
        _layer(layers, shown, plan, file_name)
    _background(layers, plan)
    add_xml(root, PROPERTIES)
    _themes(root, plan)
    _transform(root)
    root.append(layouts(plan))
    _bookmarks(root, plan)
    _view(root, plan.box)
    indent(root, " ")
    return qgis_document(root)


def _source(shown: Shown, file_name: str) -> str:
    # Relative, so that file and project can be moved and sent together.
    subset = f"|subset={shown.sql}" if shown.sql else ""
    return f"./{file_name}|layername={shown.sheet.name}{subset}"


def _tiles(plan: MapModel) -> str:
    return f"type=xyz&zmin=0&zmax=19&url={plan.background.url}"


def _crs(parent: Element, code: int) -> None:
    system = add(parent, "spatialrefsys")
    add_texts(system, proj4=RD_PROJ if code == 28992 else WEB_PROJ, authid=f"EPSG:{code}")


def _tree(root: Element, plan: MapModel, file_name: str) -> None:
    tree = add(root, "layer-tree-group")
    opened = set(plan.themes[0][1]) if plan.themes else set()
    for title, group in plan.groups:
        is_open = any(shown.key in opened for shown in group)
        folder = add(tree, "layer-tree-group", name=title, checked="Qt::Checked", expanded=f"{is_open:d}")
        for shown in group:
            _leaf(folder, (layer_id(shown.key), shown.title, "ogr", _source(shown, file_name)), shown.key in opened)
    folder = add(tree, "layer-tree-group", name="Achtergrond", checked="Qt::Checked", expanded="0")
    _leaf(folder, (layer_id(BACKGROUND), plan.background.title, "wms", _tiles(plan)), False)


def _leaf(parent: Element, entry: tuple[str, str, str, str], is_shown: bool) -> None:
    key, title, provider, source = entry
    checked = "Qt::Checked" if is_shown else "Qt::Unchecked"
    state = {"checked": checked, "expanded": f"{is_shown:d}"}
    add(parent, "layer-tree-layer", id=key, name=title, **state, providerKey=provider, source=source)


def _layer(parent: Element, shown: Shown, plan: MapModel, file_name: str) -> None:
    geometry = "Polygon" if shown.look is not None else "No geometry"
    # Read only: what is typed into a result is lost with the next run.
    layer = add(parent, "maplayer", type="vector", geometry=geometry, readOnly="1")
    source, about = _source(shown, file_name), shown.sheet.description
    add_texts(layer, id=layer_id(shown.key), datasource=source, layername=shown.title, abstract=about)
    add(layer, "provider", "ogr", encoding="UTF-8")
    if shown.look is not None:
        _crs(add(layer, "srs"), 28992)
    related = [(relation.key, relation.title) for relation in plan.relations if relation.parent == shown.key]
    children(layer, shown.look, shown.sheet.fields, related)


def _background(parent: Element, plan: MapModel) -> None:
    layer = add(parent, "maplayer", type="raster")
    title = plan.background.title
    add_texts(layer, id=layer_id(BACKGROUND), datasource=_tiles(plan), layername=title, provider="wms")
    _crs(add(layer, "srs"), 3857)
    add(add(layer, "attribution"), "title", plan.background.credit)


def _relations(root: Element, relations: Sequence[Related]) -> None:
    every = add(root, "relations")
    for relation in relations:
        sides = {"referencedLayer": layer_id(relation.parent), "referencingLayer": layer_id(relation.child)}
        element = add(every, "relation", id=relation.key, name=relation.title, **sides, strength="Association")
        for ours, theirs in relation.on:
            add(element, "fieldRef", referencedField=ours, referencingField=theirs)


def _themes(root: Element, plan: MapModel) -> None:
    presets = add(root, "visibility-presets")
    for title, keys in plan.themes:
        preset = add(presets, "visibility-preset", name=title)
        preset.set("has-expanded-info", "1")
        for key in keys:
            add(preset, "layer", id=layer_id(key), style="default", visible="1", expanded="1")
        opened = add(preset, "expanded-group-nodes")
        for group, shown in plan.groups:
            if any(entry.key in keys for entry in shown):
                add(opened, "expanded-group-node", id=group)


def _transform(root: Element) -> None:
    between = add(add(root, "transformContext"), "srcDest", allowFallback="1", coordinateOp=WEB_TO_RD)
    _crs(add(between, "src"), 3857)
    _crs(add(between, "dest"), 28992)


def _bookmarks(root: Element, plan: MapModel) -> None:
    every = add(root, "Bookmarks")
    for group, places in plan.bookmarks.items():
        for number, (name, (left, low, right, high)) in enumerate(places):
            corners = f"{left} {low}, {right} {low}, {right} {high}, {left} {high}, {left} {low}"
            place = add(
                every, "Bookmark", id=f"{group} {number}", name=name, group=group, extent=f"POLYGON(({corners}))"
            )
            _crs(place, 28992)


def _view(root: Element, box: Box) -> None:
    left, low, right, high = box
    # So that no border lies on the edge of the window.
    margin = 0.08 * max(right - left, high - low)
    corners = (
        f'xmin="{left - margin:.1f}" ymin="{low - margin:.1f}" xmax="{right + margin:.1f}" ymax="{high + margin:.1f}"'
    )
    settings = add(root, "ProjectViewSettings", UseProjectScales="0")
    _crs(add_xml(settings, f"<DefaultViewExtent {corners} />"), 28992)
