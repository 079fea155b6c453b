"""Styles: lines, fills, patterns, labels, forms and tips as QGIS (QML) and others (SLD) read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from layers.column import Column
from layers.derived import DERIVED
from layers.layer import Layer
from pipeline.project.project import Project
from pipeline.project.publish import StyleConfig, SwatchConfig
from pipeline.stages.publish.styles.documents import rgba
from pipeline.stages.publish.styles.qml import in_words, qml, tabs
from pipeline.stages.publish.styles.sld import sld
from pipeline.stages.publish.styles.style import Field, LayerStyle, LegendEntry, fields, looks

YEARS = (2026, 2030)
SLD = {"sld": "http://www.opengis.net/sld", "se": "http://www.opengis.net/se", "ogc": "http://www.opengis.net/ogc"}
GREEN, RED = SwatchConfig(colour="#009e73"), SwatchConfig(colour="#7a2004", hatch="cross")
FIELDS = (
    Field("kavel_id", "Kavel"),
    Field("oordeel", "Oordeel", choices=("bruikbaar", "te klein")),
    Field("oppervlakte_ha", "Oppervlakte (ha)", kind="float", is_measure=True),
    Field("vrij_vanaf", "Vrij vanaf", kind="date"),
    Field("strategisch", "Strategische reserve", kind="bool"),
    Field("aantal", "Aantal", kind="int"),
)
PLAIN = LayerStyle("Kavels", None, (LegendEntry(None, "", GREEN),), "#222222", 0.2)
BY_VERDICT = LayerStyle(
    "Kavels: oordeel",
    "oordeel",
    (
        LegendEntry("bruikbaar", "Bruikbaar", GREEN),
        LegendEntry("te klein", "Te klein", RED),
        LegendEntry(None, "overig", SwatchConfig(colour="#d9d9d9")),
    ),
    "#123456",
    0.28,
    label="kavel_id",
    tip=("kavel_id", "oppervlakte_ha", "vrij_vanaf"),
)


def read(text: str) -> Xml.Element:
    return Xml.fromstring(text.split("\n", 1)[1].encode())


def options(layer: Xml.Element) -> dict[str, str]:
    """The values of a symbol layer; QGIS reads them in either of two places, in both alike."""
    new = {str(node.get("name")): str(node.get("value")) for node in layer.findall("Option/Option")}
    assert new == {str(node.get("k")): str(node.get("v")) for node in layer.findall("prop")}
    return new


def symbols(look: LayerStyle) -> list[list[tuple[str, dict[str, str]]]]:
    """Per symbol its layers, as kind and values."""
    root = read(qml(look, FIELDS))
    return [
        [(str(layer.get("class")), options(layer)) for layer in symbol.findall("layer")]
        for symbol in root.findall("renderer-v2/symbols/symbol")
    ]


# QML: how land is drawn


def test_one_symbol_for_all_has_its_fill_and_its_outline() -> None:
    ((kind, values),) = symbols(PLAIN)[0]
    renderer = read(qml(PLAIN, FIELDS)).find("renderer-v2")
    assert renderer is not None and renderer.get("type") == "singleSymbol" and renderer.get("attr") is None
    assert (kind, values) == (
        "SimpleFill",
        {
            "color": "0,158,115,255",
            "style": "solid",
            "outline_color": "34,34,34,255",
            "outline_width": "0.2",
            "outline_style": "solid",
            "outline_width_unit": "MM",
            "joinstyle": "miter",
        },
    )


def test_a_symbol_per_value_with_its_label() -> None:
    renderer = read(qml(BY_VERDICT, FIELDS)).find("renderer-v2")
    assert renderer is not None and (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "oordeel")
    categories = [(c.get("value"), c.get("label"), c.get("symbol"), c.get("render")) for c in renderer.iter("category")]
    assert categories == [
        ("bruikbaar", "Bruikbaar", "0", "true"),
        ("te klein", "Te klein", "1", "true"),
        ("", "overig", "2", "true"),
    ]
    assert [symbol.get("name") for symbol in renderer.findall("symbols/symbol")] == ["0", "1", "2"]
    assert [layers[0][1]["color"] for layers in symbols(BY_VERDICT)] == [
        "0,158,115,255",
        "122,32,4,255",
        "217,217,217,255",
    ]


def test_all_others_are_named_where_they_are_known() -> None:
    rest = LegendEntry(None, "overig", GREEN, others=("te smal", "geen kade"))
    root = read(qml(replace(BY_VERDICT, entries=(BY_VERDICT.entries[0], rest)), FIELDS))
    category = root.findall("renderer-v2/categories/category")[1]
    assert (category.get("type"), category.get("value")) == ("List", None)
    assert [node.get("value") for node in category.findall("val")] == ["te smal", "geen kade"]


def test_without_a_line_or_fill_none_is_drawn() -> None:
    bare = replace(PLAIN, line_mm=0.0, entries=(LegendEntry(None, "", SwatchConfig(colour="none")),))
    ((_, values),) = symbols(bare)[0]
    assert (values["style"], values["outline_style"], values["color"]) == ("no", "no", "0,0,0,0")


def test_zones_are_faint_with_an_outline_of_their_colour() -> None:
    faint = replace(BY_VERDICT, is_see_through=True)
    (_, plain), *hatched = symbols(faint)[1]
    assert (plain["color"], plain["outline_color"]) == ("122,32,4,46", "122,32,4,255")
    assert {values["color"] for _, values in hatched} == {"122,32,4,255"}


@pytest.mark.parametrize(
    ("hatch", "angles"),
    [
        ("none", []),
        ("forward", ["45"]),
        ("back", ["135"]),
        ("level", ["0"]),
        ("upright", ["90"]),
        ("cross", ["45", "135"]),
    ],
)
def test_patterns_are_lines_at_their_angle(hatch: str, angles: list[str]) -> None:
    look = replace(PLAIN, entries=(LegendEntry(None, "", SwatchConfig(colour="#009e73", hatch=hatch)),))
    patterns = [(kind, values) for kind, values in symbols(look)[0] if kind != "SimpleFill"]
    assert [(kind, values["angle"]) for kind, values in patterns] == [("LinePatternFill", angle) for angle in angles]
    assert {(v["distance"], v["distance_unit"], v["line_width"], v["color"]) for _, v in patterns} <= {
        ("1.6", "MM", "0.18", "64,64,64,255")
    }
    inner = read(qml(look, FIELDS)).findall("renderer-v2/symbols/symbol/layer/symbol")
    lines = [options(layer) for symbol in inner for layer in symbol.findall("layer[@class='SimpleLine']")]
    assert [symbol.get("name") for symbol in inner] == [f"@0@{angle}" for angle in angles]
    assert lines == [
        {"line_color": "64,64,64,255", "line_width": "0.18", "line_width_unit": "MM", "line_style": "solid"}
    ] * len(angles)


def test_dots_are_markers() -> None:
    look = replace(PLAIN, entries=(LegendEntry(None, "", SwatchConfig(colour="#009e73", hatch="dots")),))
    (_, (kind, values)) = symbols(look)[0]
    assert kind == "PointPatternFill" and (values["distance_x"], values["distance_y"]) == ("1.8", "1.8")
    marker = read(qml(look, FIELDS)).find("renderer-v2/symbols/symbol/layer/symbol/layer[@class='SimpleMarker']")
    assert marker is not None
    result = options(marker)
    assert (result["name"], result["color"], result["size"], result["outline_style"]) == (
        "circle",
        "64,64,64,255",
        "0.5",
        "no",
    )


def test_the_first_value_is_drawn_on_top_where_wanted() -> None:
    plain, first = (read(qml(replace(BY_VERDICT, is_first_on_top=top), FIELDS)) for top in (False, True))
    clause = first.find("renderer-v2/orderby/orderByClause")
    assert clause is not None and (clause.text, clause.get("asc"), clause.get("nullsFirst")) == ('"oordeel"', "0", "0")
    assert plain.find("renderer-v2/orderby") is None
    flags = [node.get("enableorderby") for root in (plain, first) for node in root.findall("renderer-v2")]
    assert flags == ["0", "1"]


def test_a_layer_of_detail_is_drawn_from_its_scale() -> None:
    plain, detail = (read(qml(replace(PLAIN, from_scale=scale), FIELDS)) for scale in (None, 25_000))
    assert detail.get("hasScaleBasedVisibilityFlag") == "1"
    assert (detail.get("minScale"), detail.get("maxScale")) == ("25000", "0")
    assert plain.get("hasScaleBasedVisibilityFlag") is None


@pytest.mark.parametrize(
    ("colour", "text"),
    [("none", "0,0,0,0"), ("#0a141e", "10,20,30,255"), ("#0a141e80", "10,20,30,128"), ("#ffffff00", "255,255,255,0")],
)
def test_colours_as_qgis_writes_them(colour: str, text: str) -> None:
    assert rgba(colour) == text


# QML: labels and tips


def test_a_label_is_a_column_within_its_scales() -> None:
    root = read(qml(replace(BY_VERDICT, label_scales=(20_000, 500)), FIELDS))
    text, place, drawn = (root.find(f"labeling/settings/{name}") for name in ("text-style", "placement", "rendering"))
    assert text is not None and place is not None and drawn is not None
    assert (text.get("fieldName"), text.get("isExpression"), text.get("textColor")) == ("kavel_id", "0", "34,34,34,255")
    assert (drawn.get("scaleMin"), drawn.get("scaleMax")) == ("500", "20000")
    assert (drawn.get("scaleVisibility"), drawn.get("drawLabels")) == ("1", "1")
    assert place.get("fitInPolygonOnly") == "1" and text.find("background") is None
    far = read(qml(replace(BY_VERDICT, label_scales=(20_001, 1)), FIELDS)).find("labeling/settings/placement")
    assert far is not None and far.get("fitInPolygonOnly") == "0"
    assert read(qml(PLAIN, FIELDS)).find("labeling") is None


def test_a_label_of_words_tells_columns_between_them() -> None:
    look = replace(BY_VERDICT, label=None, label_words="{kavel_id}: 't is\n{oppervlakte_ha} ha")
    text = read(qml(look, FIELDS)).find("labeling/settings/text-style")
    assert text is not None and text.get("isExpression") == "1" and text.find("background") is not None
    assert text.get("fieldName") == (
        "concat(coalesce(to_string(\"kavel_id\"), '–'), ': ''t is\\n', "
        "coalesce(replace(to_string(round(\"oppervlakte_ha\", 1)), '.', ','), '–'), ' ha')"
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("str", 'to_string("x")'),
        ("int", 'to_string("x")'),
        ("bool", 'to_string("x")'),
        ("float", "replace(to_string(round(\"x\", 1)), '.', ',')"),
        ("date", "format_date(\"x\", 'dd-MM-yyyy')"),
    ],
)
def test_a_column_is_written_as_a_dutch_reader_writes_it(kind: str, value: str) -> None:
    assert in_words(Field("x", "X", kind=kind)) == f"coalesce({value}, '–')"


def escaped(expression: str) -> str:
    return f"[% replace(replace(replace({expression}, '&', '&amp;'), '<', '&lt;'), '\\n', '<br/>') %]"


def test_a_tip_tells_title_and_columns_and_no_column_twice() -> None:
    root = read(qml(replace(BY_VERDICT, title="Kavels <A & B>"), FIELDS))
    assert root.findtext("previewExpression") == '"kavel_id"'
    rows = [
        f"<b>Kavels &lt;A &amp; B> {escaped(in_words(FIELDS[0]))}</b>",
        f"<b>Oppervlakte (ha):</b> {escaped(in_words(FIELDS[2]))}",
        f"<b>Vrij vanaf:</b> {escaped(in_words(FIELDS[3]))}",
    ]
    assert root.findtext("mapTip") == f'<div style="max-width:420px">{"<br/>".join(rows)}</div>'


@pytest.mark.parametrize(
    ("label", "tip", "head"),
    [("aantal", ("vrij_vanaf",), "aantal"), (None, ("vrij_vanaf", "aantal"), "vrij_vanaf"), (None, (), "kavel_id")],
)
def test_a_row_is_called_by_its_label_else_its_first_tip_else_its_first_column(
    label: str | None, tip: tuple[str, ...], head: str
) -> None:
    assert read(qml(replace(PLAIN, label=label, tip=tip), FIELDS)).findtext("previewExpression") == f'"{head}"'


def test_texts_come_back_as_they_were_but_for_what_xml_cannot_hold() -> None:
    text = 'Kade "A" & \'t <IJ>\tnoord\nzuid'
    look = replace(BY_VERDICT, entries=(LegendEntry(text, f"{text}\x0b\x00\uffff\ufffe", GREEN),))
    category = read(qml(look, FIELDS)).find("renderer-v2/categories/category")
    assert category is not None and (category.get("value"), category.get("label")) == (text, text)
    (rule,) = rules_of(look)
    assert rule.findtext("se:Name", namespaces=SLD) == text and rule.findtext(".//ogc:Literal", namespaces=SLD) == text


# QML: forms


def test_results_are_read_and_not_typed_over(rules: Project) -> None:
    """No field of any published layer can be edited, in a style or in a table."""
    wrong: list[str] = []
    for card in rules.publish.published:
        layer = DERIVED[card.layer]
        shown = fields(layer, YEARS)
        drawn = looks(card.style, shown, YEARS, card.title)
        for text in (qml(None, shown), *(qml(look, shown) for look in drawn)):
            editable = {str(node.get("name")): node.get("editable") for node in read(text).findall("editable/field")}
            wrong += [f"{card.name}.{f.name}" for f in shown if editable.get(f.name) != "0"]
    assert not wrong


def test_each_kind_of_column_has_its_widget() -> None:
    root = read(qml(None, FIELDS))
    widgets = {}
    for node in root.findall("fieldConfiguration/field"):
        widget = node.find("editWidget")
        assert widget is not None
        given = {str(o.get("name")): o.get("value") for o in widget.findall("config/Option/Option") if o.get("value")}
        widgets[str(node.get("name"))] = (widget.get("type"), given)
    assert widgets == {
        "kavel_id": ("TextEdit", {"IsMultiline": "true"}),
        "oordeel": ("ValueMap", {}),
        "oppervlakte_ha": ("TextEdit", {"IsMultiline": "false"}),
        "vrij_vanaf": ("DateTime", {"display_format": "dd-MM-yyyy", "field_format": "yyyy-MM-dd"}),
        "strategisch": ("CheckBox", {}),
        "aantal": ("TextEdit", {"IsMultiline": "false"}),
        "fid": ("Hidden", {}),
    }
    choices = root.findall("fieldConfiguration/field[@name='oordeel']/editWidget/config/Option/Option/Option/Option")
    assert [(node.get("name"), node.get("value")) for node in choices] == [
        ("bruikbaar", "bruikbaar"),
        ("te klein", "te klein"),
    ]
    lines = root.find("fieldConfiguration/field[@name='kavel_id']/editWidget/config/Option/Option")
    assert lines is not None and lines.get("type") == "bool"


def test_columns_go_by_their_titles_in_order() -> None:
    aliases = [
        (node.get("index"), node.get("field"), node.get("name")) for node in read(qml(None, FIELDS)).iter("alias")
    ]
    assert aliases == [(str(index), field.name, field.title) for index, field in enumerate(FIELDS, 1)]


def test_a_form_shows_every_column_once_by_its_place() -> None:
    root = read(qml(None, FIELDS))
    assert root.findtext("editorlayout") == "tablayout"
    shown = [(node.get("name"), node.get("index")) for node in root.iter("attributeEditorField")]
    assert shown == [(field.name, str(index)) for index, field in enumerate(FIELDS, 1)]


def test_tabs_are_general_each_year_and_measures_of_a_long_table() -> None:
    measures = tuple(Field(f"maat_{n}", "Maat", kind="float", is_measure=True) for n in range(9))
    by_year = (Field("oordeel_2030", "2030", year=2030), Field("oordeel_2026", "2026", year=2026))
    # Up to twelve columns stand on one page.
    for count in (2, 9):
        content = tabs((*measures[:count], *by_year, Field("id", "Id")))
        assert {tab: [field.name for field in part] for tab, part in content.items()} == {
            "Algemeen": [*(f"maat_{n}" for n in range(count)), "id"],
            "2026": ["oordeel_2026"],
            "2030": ["oordeel_2030"],
        }
    more = tabs((*measures, Field("maat_9", "Maat", kind="float", is_measure=True), *by_year, Field("id", "Id")))
    assert list(more) == ["Algemeen", "2026", "2030", "Maten"] and len(more["Maten"]) == 10


def test_a_style_says_what_it_styles() -> None:
    style, table = read(qml(PLAIN, FIELDS)), read(qml(None, FIELDS))
    assert (style.get("styleCategories"), table.get("styleCategories")) == ("AllStyleCategories", "Fields|Forms")
    assert table.find("renderer-v2") is None and table.find("mapTip") is None
    assert qml(PLAIN, FIELDS).startswith("<!DOCTYPE qgis") and qml(None, FIELDS).startswith("<!DOCTYPE qgis")


# SLD


def rules_of(look: LayerStyle) -> list[Xml.Element]:
    return Xml.fromstring(sld(look, "kavels").encode()).findall(".//se:Rule", SLD)


def parameters(node: Xml.Element | None) -> dict[str, str]:
    assert node is not None
    return {str(part.get("name")): str(part.text) for part in node.findall("se:SvgParameter", SLD)}


def test_sld_names_layer_style_and_rules() -> None:
    root = Xml.fromstring(sld(BY_VERDICT, "kavels").encode())
    names = [node.text for node in root.iter(f"{{{SLD['se']}}}Name")]
    assert names == ["kavels", "Kavels: oordeel", "Bruikbaar", "Te klein", "overig"]
    (only,) = rules_of(PLAIN)
    assert only.findtext("se:Name", namespaces=SLD) == "Kavels" and only.find("ogc:Filter", SLD) is None


def test_sld_draws_fill_and_outline_of_every_entry() -> None:
    drawn = [rule.find("se:PolygonSymbolizer", SLD) for rule in rules_of(BY_VERDICT)]
    assert all(symbol is not None for symbol in drawn)
    fills = [parameters(symbol.find("se:Fill", SLD)) for symbol in drawn if symbol is not None]
    lines = [parameters(symbol.find("se:Stroke", SLD)) for symbol in drawn if symbol is not None]
    assert [fill["fill"] for fill in fills] == ["#009e73", "#7a2004", "#d9d9d9"]
    assert {fill["fill-opacity"] for fill in fills} == {"1.00"}
    assert lines == [{"stroke": "#123456", "stroke-width": "1.00"}] * 3


def test_sld_and_qml_draw_an_outline_for_the_same_layers(rules: Project) -> None:
    wrong, count = [], 0
    for card in rules.publish.published:
        for look in looks(card.style, fields(DERIVED[card.layer], YEARS), YEARS, card.title):
            plain = [rule.find("se:PolygonSymbolizer/se:Stroke", SLD) for rule in rules_of(look)]
            count += len(plain)
            wrong += [card.name for stroke in plain if (stroke is None) != (look.line_mm == 0)]
    assert not wrong and count > 50


def test_sld_without_line_or_fill_draws_none() -> None:
    bare = replace(PLAIN, line_mm=0.0, entries=(LegendEntry(None, "", SwatchConfig(colour="none")),))
    (rule,) = rules_of(bare)
    assert rule.find(".//se:Fill", SLD) is None and rule.find(".//se:Stroke", SLD) is None


def test_sld_zones_are_faint_and_half_clear_colours_half_clear() -> None:
    rule = rules_of(replace(BY_VERDICT, is_see_through=True))[1]
    first, *patterns = rule.findall("se:PolygonSymbolizer", SLD)
    assert parameters(first.find("se:Fill", SLD)) == {"fill": "#7a2004", "fill-opacity": "0.18"}
    assert parameters(first.find("se:Stroke", SLD))["stroke"] == "#7a2004"
    inks = {parameters(pattern.find(".//se:Mark/se:Stroke", SLD))["stroke"] for pattern in patterns}
    assert inks == {"#7a2004"}
    half = replace(PLAIN, entries=(LegendEntry(None, "", SwatchConfig(colour="#009e7380")),))
    assert parameters(rules_of(half)[0].find(".//se:Fill", SLD)) == {"fill": "#009e73", "fill-opacity": "0.50"}


@pytest.mark.parametrize(
    ("hatch", "marks"),
    [
        ("none", []),
        ("level", [("horline", "7", None)]),
        ("cross", [("horline", "7", "45"), ("horline", "7", "135")]),
        ("dots", [("circle", "3", None)]),
    ],
)
def test_sld_patterns(hatch: str, marks: list[tuple[str, str, str | None]]) -> None:
    look = replace(PLAIN, entries=(LegendEntry(None, "", SwatchConfig(colour="#009e73", hatch=hatch)),))
    graphics = rules_of(look)[0].findall(".//se:Graphic", SLD)
    result = [
        (
            graphic.findtext("se:Mark/se:WellKnownName", namespaces=SLD),
            graphic.findtext("se:Size", namespaces=SLD),
            graphic.findtext("se:Rotation/ogc:Literal", namespaces=SLD),
        )
        for graphic in graphics
    ]
    assert result == marks
    for graphic in graphics:
        assert parameters(graphic.find("se:Mark/se:Stroke", SLD)) == {"stroke": "#404040", "stroke-width": "0.6"}


def admits(node: Xml.Element, row: Mapping[str, str | None]) -> bool:
    """Whether a filter holds for a row."""
    kind = node.tag.partition("}")[2]
    if kind == "Filter":
        return admits(node[0], row)
    if kind == "Or":
        assert len(node) > 1
        return any(admits(part, row) for part in node)
    if kind == "Not":
        return not admits(node[0], row)
    value = row[str(node.findtext("ogc:PropertyName", namespaces=SLD))]
    if kind == "PropertyIsNull":
        return value is None
    assert kind == "PropertyIsEqualTo"
    return value == node.findtext("ogc:Literal", namespaces=SLD)


@pytest.mark.parametrize("count", [1, 2])
def test_every_row_is_drawn_by_one_rule_of_the_sld(count: int) -> None:
    look = replace(BY_VERDICT, entries=(*BY_VERDICT.entries[:count], BY_VERDICT.entries[-1]))
    filters = [rule.find("ogc:Filter", SLD) for rule in rules_of(look)]
    values = ["bruikbaar", "te klein", "geen kade", None]
    chosen = [
        [index for index, part in enumerate(filters) if part is not None and admits(part, {"oordeel": value})]
        for value in values
    ]
    assert chosen == [[0], [1], [count], [count]]


# From card to look

LAYER = Layer(
    name="drawn",
    title="Getekend",
    meaning="drawn",
    shape="polygon",
    columns={
        "parcel_id": Column("str", "plot", "Kavel"),
        "verdict_{year}": Column("str", "verdict", "{year}: oordeel", choices=("usable", "too_small", "blocked")),
        "usable_{year}_m2": Column("float", "usable in {year}", "Bruikbaar in {year}", unit="m2"),
        "from_year": Column("int", "year", "Vanaf jaar", unit="year", optional=True),
    },
    key=("parcel_id",),
)
SWATCHES = {
    "usable": {"colour": "#009e73", "title": "Bruikbaar nu"},
    "blocked": {"colour": "#7a2004", "hatch": "cross"},
}


def drawn(**content: Any) -> tuple[LayerStyle, ...]:
    style = StyleConfig.model_validate({"line": "#222222", "line_mm": 0.2} | content)
    return looks(style, fields(LAYER, YEARS), YEARS, "Kavels")


def entries(look: LayerStyle) -> list[tuple[str | None, str, str, tuple[str, ...]]]:
    return [(entry.value, entry.label, entry.swatch.colour, entry.others) for entry in look.entries]


def test_a_column_per_year_is_drawn_by_its_values_and_the_rest_is_grey() -> None:
    first, second = drawn(column="verdict_{year}", swatches=SWATCHES)
    assert (first.title, second.title) == ("Kavels, 2026: oordeel", "Kavels, 2030: oordeel")
    assert (first.column, second.column, first.year, second.year) == ("oordeel_2026", "oordeel_2030", 2026, 2030)
    assert entries(first) == [
        ("bruikbaar", "Bruikbaar nu", "#009e73", ()),
        ("uitgesloten", "uitgesloten", "#7a2004", ()),
        (None, "overig", "#d9d9d9", ()),
    ]


def test_the_rest_is_named_where_it_has_a_swatch() -> None:
    (titled, _), (untitled, _) = (
        drawn(column="verdict_{year}", swatches=SWATCHES | {"other": {"colour": "#eeeeee", **title}})
        for title in ({"title": "Anders"}, {})
    )
    assert entries(titled)[2] == (None, "Anders", "#eeeeee", ("te klein",))
    assert entries(untitled)[2] == (None, "overig", "#eeeeee", ("te klein",))


def test_one_colour_where_no_column_colours_or_the_edition_leaves_it_out() -> None:
    for content in ({}, {"column": "secret", "swatches": SWATCHES}):
        (look,) = drawn(fill="#abcdef", **content)
        assert (look.title, look.column, entries(look)) == ("Kavels", None, [(None, "", "#abcdef", ())])


def test_years_are_spread_from_the_first_colour_to_the_last() -> None:
    (given,) = drawn(column="from_year", years=("#000000", "#0a141e", "#ffffff"))
    assert [entry[2] for entry in entries(given)] == ["#000000", "#0a141e", "#d9d9d9"]
    assert given.is_first_on_top and [entry[0] for entry in entries(given)] == ["2026", "2030", None]
    style = StyleConfig(column="from_year", years=("#000000", "#0a141e"))
    years = (2026, 2030, 2040)
    (spread,) = looks(style, fields(LAYER, years), years, "Kavels")
    assert [entry[2] for entry in entries(spread)] == ["#000000", "#050a0f", "#0a141e", "#d9d9d9"]


def test_a_tip_tells_each_year_where_the_look_is_of_all_and_its_own_elsewhere() -> None:
    tip = ("parcel_id", "verdict_{year}", "usable_{year}_m2", "from_year", "secret")
    whole = ("kavel_id", "oordeel_2026", "bruikbaar_2026_ha", "oordeel_2030", "bruikbaar_2030_ha", "vanaf_jaar")
    assert drawn(tip=tip)[0].tip == whole
    second = drawn(column="verdict_{year}", swatches=SWATCHES, tip=tip)[1]
    assert second.tip == ("kavel_id", "oordeel_2030", "bruikbaar_2030_ha", "vanaf_jaar")


def test_labels_are_published_columns_or_words_with_a_line_for_each_year() -> None:
    assert drawn(label="usable_{year}_m2")[0].label == "bruikbaar_2026_ha"
    assert drawn(label="secret")[0].label is None and drawn()[0].label is None
    words = "{parcel_id}\n{year}: {usable_{year}_m2} ha"
    result = drawn(label_words=words)[0].label_words
    assert result == "{kavel_id}\n2026: {bruikbaar_2026_ha} ha\n2030: {bruikbaar_2030_ha} ha"
    assert drawn(label_words="{secret} en {parcel_id}")[0].label_words is None
    assert drawn(label_words="alleen woorden")[0].label_words is None and drawn()[0].label_words is None


def test_what_a_card_says_of_lines_and_scales_is_drawn() -> None:
    (look,) = drawn(is_see_through=True, label_from_scale=5_000, label_to_scale=100, from_scale=25_000)
    assert (look.line, look.line_mm, look.is_see_through, look.is_first_on_top) == ("#222222", 0.2, True, False)
    assert (look.label_scales, look.from_scale) == ((5_000, 100), 25_000)


def test_fields_are_the_columns_in_dutch_with_their_year_and_kind() -> None:
    result = {field.name: field for field in fields(LAYER, YEARS)}
    assert list(result) == [
        "kavel_id",
        "oordeel_2026",
        "bruikbaar_2026_ha",
        "oordeel_2030",
        "bruikbaar_2030_ha",
        "vanaf_jaar",
    ]
    assert result["oordeel_2030"] == Field(
        "oordeel_2030",
        "2030: oordeel",
        "verdict",
        "str",
        ("bruikbaar", "te klein", "uitgesloten"),
        2030,
        column="verdict_2030",
    )
    area = result["bruikbaar_2026_ha"]
    assert (area.title, area.kind, area.year, area.is_measure) == ("Bruikbaar in 2026 (ha)", "float", 2026, True)
    assert (result["kavel_id"].is_measure, result["vanaf_jaar"].is_measure) == (False, True)
