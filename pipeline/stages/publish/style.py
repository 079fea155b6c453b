"""Stijl: a plain QGIS style for a layer, from its card; written as XML, no QGIS needed."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as Xml

from pipeline.cards import StyleCard

VERSION = "3.22.16"
GREY = "#d9d9d9"


def qml(card: StyleCard, column: str | None, labels: Mapping[str, str], aliases: Mapping[str, str]) -> str:
    """A QML document: one colour, or a colour per value of a column; `labels` are the Dutch values by our words."""
    root = Xml.Element("qgis", version=VERSION, styleCategories="Symbology|Fields")
    if column is None:
        renderer = Xml.SubElement(
            root, "renderer-v2", type="singleSymbol", enableorderby="0", forceraster="0", symbollevels="0"
        )
        _symbol(Xml.SubElement(renderer, "symbols"), "0", card.fill, card)
    else:
        renderer = Xml.SubElement(
            root,
            "renderer-v2",
            type="categorizedSymbol",
            attr=column,
            enableorderby="1" if card.years else "0",
            forceraster="0",
            symbollevels="0",
        )
        categories, symbols = Xml.SubElement(renderer, "categories"), Xml.SubElement(renderer, "symbols")
        entries = [(labels[value], colour) for value, colour in card.colours.items()]
        for at, (label, colour) in enumerate([*entries, ("", GREY)]):
            Xml.SubElement(categories, "category", render="true", symbol=str(at), value=label, label=label or "overig")
            _symbol(symbols, str(at), colour, card)
        if card.years:  # the first year is drawn last, on top of what comes free later
            clause = Xml.SubElement(Xml.SubElement(renderer, "orderby"), "orderByClause", asc="0", nullsFirst="0")
            clause.text = f'"{column}"'
    named = Xml.SubElement(root, "aliases")
    for place, (field, title) in enumerate(aliases.items()):
        Xml.SubElement(named, "alias", index=str(place), field=field, name=title)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + Xml.tostring(root, encoding="unicode")


def _symbol(parent: Xml.Element, name: str, colour: str, card: StyleCard) -> None:
    symbol = Xml.SubElement(parent, "symbol", name=name, type="fill", alpha="1", clip_to_extent="1", force_rhr="0")
    layer = Xml.SubElement(symbol, "layer", {"class": "SimpleFill"}, enabled="1", locked="0")
    options = Xml.SubElement(layer, "Option", type="Map")
    values = {
        "color": _rgba(colour),
        "style": "no" if colour == "none" else "solid",
        "outline_color": _rgba(card.line),
        "outline_width": f"{card.line_mm:g}",
        "outline_style": "solid" if card.line_mm else "no",
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }
    for key, value in values.items():
        Xml.SubElement(options, "Option", type="QString", name=key, value=value)


def _rgba(colour: str) -> str:
    if colour == "none":
        return "0,0,0,0"
    digits = colour.removeprefix("#").ljust(8, "f")
    return ",".join(str(int(digits[at : at + 2], 16)) for at in (0, 2, 4, 6))
