"""QGIS-project: the map as QGIS opens it from inside the GeoPackage, with pages to print; no QGIS needed.

The XML stands in the templates `project` and `layouts`.
"""

from typing import Any
from xml.etree.ElementTree import indent

from pipeline.stages.publish.qgis.map_model import Box, MapModel, Pages
from pipeline.stages.publish.styles.documents import qgis_document, qgis_tree
from pipeline.stages.publish.styles.qml import in_words, style_content

MAP_MM = (300, 258)  # the map on a page: wide, high
COUNT_EXPRESSIONS = {"number": "[% @atlas_featurenumber %]", "total": "[% @atlas_totalfeatures %]"}


def qgs(plan: MapModel, file_name: str) -> str:
    """The text of a .qgs file (EPSG:28992) whose layers lie in the file of that name, beside or around it."""
    styles = {}
    for shown in plan.shown:
        related = [(relation.key, relation.title) for relation in plan.relations if relation.parent == shown.key]
        styles[shown.key] = style_content(shown.look, shown.sheet.fields, related)
    themes = dict(plan.themes)
    root = qgis_tree(
        "project.xml.j2",
        plan=plan,
        file_name=file_name,
        styles=styles,
        layer_id="industrieruimte_{}".format,
        date=f"{plan.params.date:%d-%m-%Y}",
        extent=_fitted(plan.box),
        map_mm=MAP_MM,
        atlases=[_atlas(pages) for pages in plan.pages if pages.theme in themes],
    )
    indent(root, " ")
    return qgis_document(root)


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
