"""GML: a copy that GDAL may write a schema beside, in UTF-8, with the geometry that the layer is about."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pyogrio

from layers.errors import SourceRefusal
from layers.sources import TABLES
from pipeline.project.file_formats import INPUT_FORMATS
from pipeline.project.source import InFileConfig, SourceConfig
from pipeline.stages.acquire.gio import features_of_gio, is_gio
from pipeline.stages.acquire.input_validation import refuse_markup

# So far into a file its geometries are looked for: features of one kind are alike.
LOOKED_AT_BYTES = 4 * 2**20
HOLDER_KINDS = {
    "polygon": ("Polygon", "MultiPolygon", "Surface", "MultiSurface", "CompositeSurface", "PolyhedralSurface"),
    "line": ("LineString", "MultiLineString", "Curve", "MultiCurve", "CompositeCurve"),
    "point": ("Point", "MultiPoint"),
}
# An element with a prefix of its own that holds a shape, and not one of the parts that GML builds shapes of.
HOLDER = re.compile(
    rb"<((?!gml:)[\w.-]+:)?(?!\w*Members?\b|exterior|interior|patches|segments|baseSurface)([\w.-]+)(?:\s[^<>]*)?>\s*"
    rb"<(?:[\w.-]+:)?(" + "|".join(kind for kinds in HOLDER_KINDS.values() for kind in kinds).encode() + rb")[\s>/]"
)


def gml_copy(card: SourceConfig, content: bytes, folder: Path) -> Path:
    """A copy in this folder, in UTF-8 where the card names the encoding that the file really has."""
    thing = f"source '{card.name}', file '{card.path}'"
    refuse_markup(thing, INPUT_FORMATS["gml"], content)
    content = features_of_gio(thing, content) if is_gio(content) else content
    copy = folder / "copy.gml"
    try:
        copy.write_bytes(content.decode(card.encoding).encode("utf-8") if card.encoding else content)
    except (UnicodeDecodeError, LookupError) as fault:
        raise SourceRefusal(thing, actual=str(fault), expected=f"text in {card.encoding}") from None
    _pick_geometry(thing, card, content, copy)
    return copy


def _pick_geometry(thing: str, card: SourceConfig, content: bytes, copy: Path) -> None:
    """Where features have several geometries, have GDAL read the one that the card names, or that fits the layer."""
    holders = {holder.decode(): kind.decode() for _, holder, kind in HOLDER.findall(content[:LOOKED_AT_BYTES])}
    named = card.geometry.name if isinstance(card.geometry, InFileConfig) else None
    if named is None and len(holders) < 2:
        return
    shape = TABLES[card.layer].shape if card.layer in TABLES else ""
    fitting = [name for name, kind in holders.items() if kind in HOLDER_KINDS.get(shape, ())]
    picked = fitting[0] if named is None and len(fitting) == 1 else named
    if picked is None or picked not in holders:
        raise SourceRefusal(
            thing,
            actual=f"geometries {', '.join(f'{name} ({kind})' for name, kind in holders.items())} in one feature",
            expected=f"a geometry '{named}'" if named else "one that fits the layer",
            todo='name the one that counts in the card: geometry = "..."',
        )
    pyogrio.list_layers(copy)  # which writes what it takes for the schema
    schema = copy.with_suffix(".gfs")
    if schema.is_file():
        _point_at(schema, picked)


def _point_at(schema: Path, name: str) -> None:
    """Have the schema that GDAL reads say that this element is the geometry, whatever its type."""
    tree = ElementTree.parse(schema)
    for kind in tree.iter("GMLFeatureClass"):
        for tag in ("GeometryName", "GeometryElementPath"):
            for element in kind.findall(tag):
                element.text = name
        for tag in ("GeometryType", "DatasetSpecificInfo"):
            for element in kind.findall(tag):
                kind.remove(element)
    tree.write(schema)
