"""QGIS-project: the map as QGIS opens it from inside the GeoPackage; written by hand, no QGIS needed.

What QGIS asks without saying so: ids longer than ten signs; a real definition beside each CRS code; ProjectionsEnabled;
and no project period, with which layers that have years would open invisible.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from pipeline.stages.publish.qgis.layouts import layer_id, layouts
from pipeline.stages.publish.qgis.map_model import Box, MapModel, Related, Shown
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


def qgs(plan: MapModel, file_name: str) -> str:
    """The text of a .qgs file whose layers lie in the file of that name, beside or around it."""
    root = Xml.Element("qgis", projectname=plan.params.title, version=VERSION)
    Xml.SubElement(root, "homePath", path="")
    Xml.SubElement(root, "title").text = plan.params.title
    _crs(Xml.SubElement(root, "projectCrs"), 28992)
    _tree(root, plan, file_name)
    _relations(root, plan.relations)
    layers = Xml.SubElement(root, "projectlayers")
    for shown in plan.shown:
        _layer(layers, shown, plan, file_name)
    _background(layers, plan)
    _properties(root)
    _themes(root, plan)
    _transform(root)
    root.append(layouts(plan))
    _bookmarks(root, plan)
    _view(root, plan.box)
    Xml.indent(root, " ")
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + Xml.tostring(root, encoding="unicode")


def _source(shown: Shown, file_name: str) -> str:
    subset = f"|subset={shown.sql}" if shown.sql else ""
    return f"./{file_name}|layername={shown.sheet.name}{subset}"


def _tiles(plan: MapModel) -> str:
    return f"type=xyz&zmin=0&zmax=19&url={plan.background.url}"


def _crs(parent: Xml.Element, code: int) -> None:
    system = Xml.SubElement(parent, "spatialrefsys")
    Xml.SubElement(system, "proj4").text = RD_PROJ if code == 28992 else WEB_PROJ
    Xml.SubElement(system, "authid").text = f"EPSG:{code}"


def _tree(root: Xml.Element, plan: MapModel, file_name: str) -> None:
    tree = Xml.SubElement(root, "layer-tree-group")
    opened = set(plan.themes[0][1]) if plan.themes else set()
    for title, group in plan.groups:
        is_open = any(shown.key in opened for shown in group)
        folder = Xml.SubElement(
            tree, "layer-tree-group", name=title, checked="Qt::Checked", expanded="1" if is_open else "0"
        )
        for shown in group:
            _leaf(folder, (layer_id(shown.key), shown.title, "ogr", _source(shown, file_name)), shown.key in opened)
    folder = Xml.SubElement(tree, "layer-tree-group", name="Achtergrond", checked="Qt::Checked", expanded="0")
    _leaf(folder, (layer_id(BACKGROUND), plan.background.title, "wms", _tiles(plan)), False)


def _leaf(parent: Xml.Element, entry: tuple[str, str, str, str], is_shown: bool) -> None:
    key, title, provider, source = entry
    checked = "Qt::Checked" if is_shown else "Qt::Unchecked"
    leaf = Xml.SubElement(
        parent, "layer-tree-layer", id=key, name=title, checked=checked, expanded="1" if is_shown else "0"
    )
    leaf.set("providerKey", provider)
    leaf.set("source", source)


def _layer(parent: Xml.Element, shown: Shown, plan: MapModel, file_name: str) -> None:
    geometry = "Polygon" if shown.look is not None else "No geometry"
    layer = Xml.SubElement(parent, "maplayer", type="vector", geometry=geometry, readOnly="1")
    Xml.SubElement(layer, "id").text = layer_id(shown.key)
    Xml.SubElement(layer, "datasource").text = _source(shown, file_name)
    Xml.SubElement(layer, "layername").text = shown.title
    Xml.SubElement(layer, "abstract").text = shown.sheet.description
    Xml.SubElement(layer, "provider", encoding="UTF-8").text = "ogr"
    if shown.look is not None:
        _crs(Xml.SubElement(layer, "srs"), 28992)
    related = [(relation.key, relation.title) for relation in plan.relations if relation.parent == shown.key]
    children(layer, shown.look, shown.sheet.fields, related)


def _background(parent: Xml.Element, plan: MapModel) -> None:
    layer = Xml.SubElement(parent, "maplayer", type="raster")
    Xml.SubElement(layer, "id").text = layer_id(BACKGROUND)
    Xml.SubElement(layer, "datasource").text = _tiles(plan)
    Xml.SubElement(layer, "layername").text = plan.background.title
    Xml.SubElement(layer, "provider").text = "wms"
    _crs(Xml.SubElement(layer, "srs"), 3857)
    Xml.SubElement(Xml.SubElement(layer, "attribution"), "title").text = plan.background.credit


def _relations(root: Xml.Element, relations: Sequence[Related]) -> None:
    every = Xml.SubElement(root, "relations")
    for relation in relations:
        element = Xml.SubElement(
            every,
            "relation",
            id=relation.key,
            name=relation.title,
            referencedLayer=layer_id(relation.parent),
            referencingLayer=layer_id(relation.child),
            strength="Association",
        )
        for ours, theirs in relation.on:
            Xml.SubElement(element, "fieldRef", referencedField=ours, referencingField=theirs)


def _properties(root: Xml.Element) -> None:
    values = {
        "Paths": {"Absolute": ("bool", "false")},
        "SpatialRefSys": {"ProjectionsEnabled": ("int", "1")},
        "Measurement": {"DistanceUnits": ("QString", "meters"), "AreaUnits": ("QString", "ha")},
        "Measure": {"Ellipsoid": ("QString", "EPSG:7004")},
    }
    properties = Xml.SubElement(root, "properties")
    for group, entries in values.items():
        parent = Xml.SubElement(properties, group)
        for name, (kind, value) in entries.items():
            Xml.SubElement(parent, name, type=kind).text = value


def _themes(root: Xml.Element, plan: MapModel) -> None:
    presets = Xml.SubElement(root, "visibility-presets")
    for title, keys in plan.themes:
        preset = Xml.SubElement(presets, "visibility-preset", {"name": title, "has-expanded-info": "1"})
        for key in keys:
            Xml.SubElement(preset, "layer", id=layer_id(key), style="default", visible="1", expanded="1")
        opened = Xml.SubElement(preset, "expanded-group-nodes")
        for group, shown in plan.groups:
            if any(entry.key in keys for entry in shown):
                Xml.SubElement(opened, "expanded-group-node", id=group)


def _transform(root: Xml.Element) -> None:
    between = Xml.SubElement(
        Xml.SubElement(root, "transformContext"), "srcDest", allowFallback="1", coordinateOp=WEB_TO_RD
    )
    _crs(Xml.SubElement(between, "src"), 3857)
    _crs(Xml.SubElement(between, "dest"), 28992)


def _bookmarks(root: Xml.Element, plan: MapModel) -> None:
    every = Xml.SubElement(root, "Bookmarks")
    for group, places in plan.bookmarks.items():
        for number, (name, (left, low, right, high)) in enumerate(places):
            corners = f"{left} {low}, {right} {low}, {right} {high}, {left} {high}, {left} {low}"
            place = Xml.SubElement(
                every, "Bookmark", id=f"{group} {number}", name=name, group=group, extent=f"POLYGON(({corners}))"
            )
            _crs(place, 28992)


def _view(root: Xml.Element, box: Box) -> None:
    left, low, right, high = box
    margin = 0.08 * max(right - left, high - low)
    edges = {"xmin": left - margin, "ymin": low - margin, "xmax": right + margin, "ymax": high + margin}
    settings = Xml.SubElement(root, "ProjectViewSettings", UseProjectScales="0")
    extent = Xml.SubElement(settings, "DefaultViewExtent", {name: f"{value:.1f}" for name, value in edges.items()})
    _crs(extent, 28992)
