"""QGIS-project: the map as QGIS opens it from inside the GeoPackage, with pages to print; no QGIS needed.

The XML stands in the templates `project` and `layouts`.
"""

from functools import cache
from typing import Any
from xml.etree.ElementTree import indent, tostring

from pipeline.stages.publish.qgis.map_model import Box, MapModel, Pages
from pipeline.stages.publish.styles.documents import qgis_document, qgis_tree
from pipeline.stages.publish.styles.qml import in_words, style_content
from pipeline.stages.publish.styles.style import Field, LayerStyle

MAP_MM = (300, 258)  # the map on a page: wide, high
STYLE_PLACE = "<style />"  # where the style of a layer comes
COUNT_EXPRESSIONS = {"number": "[% @atlas_featurenumber %]", "total": "[% @atlas_totalfeatures %]"}


def qgs(plan: MapModel, file_name: str) -> str:
    """The text of a .qgs file (EPSG:28992) whose layers lie in the file of that name, beside or around it."""
    themes = dict(plan.themes)
    root = qgis_tree(
        "project.xml.j2",
        plan=plan,
        file_name=file_name,
        layer_id="industrieruimte_{}".format,
        date=f"{plan.params.date:%d-%m-%Y}",
        extent=_fitted(plan.box),
        map_mm=MAP_MM,
        atlases=[_atlas(pages) for pages in plan.pages if pages.theme in themes],
    )
    indent(root, " ")
    text, *parts = qgis_document(root).split(STYLE_PLACE)
    for shown, part in zip(plan.shown, parts, strict=True):
        related = tuple((relation.key, relation.title) for relation in plan.relations if relation.parent == shown.key)
        text += _style_of_layer(shown.look, shown.sheet.fields, related) + part
    return text


@cache
def _style_of_layer(look: LayerStyle | None, fields: tuple[Field, ...], related: tuple[tuple[str, str], ...]) -> str:
    """The style of a layer (a table without look) as it stands in a project; most projects have the same."""
    layer = qgis_tree("layer.xml.j2", style=style_content(look, fields, related))
    indent(layer, " ", level=2)
    return "".join(tostring(part, encoding="unicode") for part in layer).rstrip()


def _atlas(pages: Pages) -> dict[str, Any]:
    """What a set of pages tells of each of its shapes, beside the map and above it."""
    columns = {name: f"[% {in_words(field)} %]" for name, field in pages.target.sheet.columns.items()}
    facts = [f"{field.title}: [% {in_words(field)} %]" for field in pages.tells]
    return {"pages": pages, "facts": facts, "heading": pages.heading.format(**columns, **COUNT_EXPRESSIONS)}


def _fitted(box: Box) -> Box:
    """The box widened to the shape of the map item, which QGIS would otherwise bend to the box."""
    left, low, right, high = box
    wide_mm, high_mm = MAP_MM
    metres = 1.04 * max((right - left) / wide_mm, (high - low) / high_mm, 1e-3)
    across, up = metres * wide_mm / 2, metres * high_mm / 2
    middle = ((left + right) / 2, (low + high) / 2)
    return middle[0] - across, middle[1] - up, middle[0] + across, middle[1] + up
