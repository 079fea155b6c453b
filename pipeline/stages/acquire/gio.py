"""Decisions under the Omgevingswet: the locations of a geographic information object (GIO, of STOP) as plain features.

GDAL knows no feature in such a file, since none stands in a collection.
"""

from xml.etree import ElementTree

from layers.errors import SourceRefusal

GIO_ELEMENT = b"GeoInformatieObject"
GIO_WITHIN = 4096  # bytes
GML = "http://www.opengis.net/gml/3.2"
ElementTree.register_namespace("gml", GML)  # the prefix by which GDAL knows such a file
# What is said once of all locations, and what of each.
OF_VERSION = ("FRBRWork", "FRBRExpression", "normlabel", "eenheidlabel")
OF_LOCATION = ("naam", "groepID", "kwantitatieveNormwaarde", "kwalitatieveNormwaarde")


def is_gio(content: bytes) -> bool:
    """Whether this is a GIO rather than a collection of features."""
    return GIO_ELEMENT in content[:GIO_WITHIN]


def features_of_gio(thing: str, content: bytes) -> bytes:
    """The locations of a GIO as a collection of features, with what stands of each, the label of its group and what is
    said of all; shapes as they stand there. Refused where the file holds only what changed."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as fault:
        raise SourceRefusal(
            thing, actual=f"text that is no XML ({fault})", expected="a whole file", todo="ask for the delivery again"
        ) from None
    if _all(root, "LocatieMutatie"):
        raise SourceRefusal(
            thing,
            actual="changes to an earlier version (LocatieMutatie)",
            expected="the whole version (Locatie)",
            todo="ask for the version as it is in force, or take it from the download service of the DSO",
        )
    groups = {_text(group, "groepID"): _text(group, "label") for group in _all(root, "Groep")}
    version = {name: _text(root, name) for name in OF_VERSION}
    collection = ElementTree.Element(f"{{{GML}}}FeatureCollection")
    for location in _all(root, "Locatie"):
        feature = ElementTree.SubElement(ElementTree.SubElement(collection, f"{{{GML}}}featureMember"), "Locatie")
        said = {name: _text(location, name) for name in OF_LOCATION}
        said |= {"id": _text(location, "id"), "groep": groups.get(said["groepID"], ""), **version}
        for name, text in said.items():
            if text:
                ElementTree.SubElement(feature, name).text = text
        for holder in _all(location, "geometrie"):
            shapes = [shape for shape in holder if shape.tag.startswith(f"{{{GML}}}")]
            if shapes:
                ElementTree.SubElement(feature, "geometrie").extend(shapes)
    return bytes(ElementTree.tostring(collection, encoding="utf-8", xml_declaration=True))


def _all(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """The elements of this name below an element, whatever their namespace."""
    return element.findall(f".//{{*}}{name}")


def _text(element: ElementTree.Element, name: str) -> str:
    return (element.findtext(f".//{{*}}{name}") or "").strip()
