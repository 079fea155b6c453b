"""XML as QGIS and map servers read it: an element in one line, and fixed parts as they stand in the file."""

from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

QGIS_DTD = "http://mrcc.com/qgis.dtd"


def add(parent: Element, tag: str, text: str | None = None, /, **attributes: str) -> Element:
    """Append an element with its text and attributes, and return it."""
    element = SubElement(parent, tag, attributes)
    element.text = text
    return element


def add_texts(parent: Element, **texts: str) -> None:
    """Append an element for each text."""
    for tag, text in texts.items():
        add(parent, tag, text)


def add_xml(parent: Element, xml: str) -> Element:
    """Append a part that is written out as XML, and return it; values in it need no escape."""
    element = fromstring(xml)
    parent.append(element)
    return element


def qgis_document(root: Element) -> str:
    """The text of a document that QGIS reads: a style, a project or metadata."""
    return f"<!DOCTYPE qgis PUBLIC '{QGIS_DTD}' 'SYSTEM'>\n" + tostring(root, encoding="unicode")
