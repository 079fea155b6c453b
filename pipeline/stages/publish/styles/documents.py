"""Documents that QGIS and map servers read, from the templates beside this module: XML as it stands in the file."""

import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import jinja2
from markupsafe import Markup

PACKAGE_DATA = ("templates",)  # freshness counts what is read there
QGIS_DTD = "http://mrcc.com/qgis.dtd"
# In an attribute a bare line break or tab would be read as a blank; other control characters XML cannot hold.
ESCAPES = str.maketrans(
    dict.fromkeys(map(chr, (*range(32), 0xFFFE, 0xFFFF)))
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
VERSION = "3.22.16"  # older QGIS warns of a style from a newer one


def rendered(template: str, **values: Any) -> str:
    """The text of a document; values are escaped, and a name that the template lacks is an error."""
    return _templates().get_template(template).render(values)


def qgis_tree(template: str, **values: Any) -> Element:
    """A document that QGIS reads, as a tree."""
    return fromstring(rendered(template, version=VERSION, **values))


def qgis_document(root: Element) -> str:
    """The text of a document that QGIS reads: a style, a project or metadata."""
    return f"<!DOCTYPE qgis PUBLIC '{QGIS_DTD}' 'SYSTEM'>\n" + tostring(root, encoding="unicode")


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source), autoescape=True, undefined=jinja2.StrictUndefined, finalize=_escaped
    )
    environment.filters["rgba"] = rgba
    return environment


def _source(name: str) -> str:
    """A template on one line: between its elements nothing, between attributes a blank."""
    text = (Path(__file__).parent / PACKAGE_DATA[0] / name).read_text(encoding="utf-8").strip()
    return re.sub(r"\s*\n\s*", " ", re.sub(r"(?<=[>}])\s*\n\s*(?=[<{])", "", text))


def _escaped(value: Any) -> Any:
    """A value as it stands in texts and attributes."""
    return value if isinstance(value, Markup) else Markup(str(value).translate(ESCAPES))


def rgba(colour: str) -> str:
    """A colour as QGIS writes it: red, green, blue and opacity, 0 to 255."""
    if colour == "none":
        return "0,0,0,0"
    digits = colour.removeprefix("#").ljust(8, "f")
    return ",".join(map(str, bytes.fromhex(digits)))
