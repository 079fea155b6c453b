"""QGIS project: groups, themes, relations and pages from the card; nothing that points nowhere; the same
text each time.
"""

from __future__ import annotations

import dataclasses
import io
import sqlite3
import zipfile
from pathlib import Path
from xml.etree import ElementTree as Xml

import geopandas as gpd
import pandas as pd
import pytest
from squared_paper import day, square

from layers.derived import DERIVED
from layers.layer import RD_NEW
from pipeline.project.project import Project
from pipeline.project.publish import PublishedLayerConfig
from pipeline.stages.publish.files.geopackage import write
from pipeline.stages.publish.qgis.map_model import MapModel, MapParams, map_model
from pipeline.stages.publish.qgis.project import qgs
from pipeline.stages.publish.styles.style import fields, looks
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.stages.publish.text.translate import published_name

YEARS = (2026, 2030)
SHORTEST_ID = 11  # QGIS makes up another for a shorter one, without a word


def sheet(rules: Project, name: str, count: int = 2, **values: object) -> PublishedTable:
    """A published layer with `count` squares in a row, and what is told of all of them."""
    card: PublishedLayerConfig = next(card for card in rules.publish.published if card.name == name)
    layer = DERIVED[card.layer].for_years(YEARS)
    values_by_column = {
        column: values.get(column, "x" if kind.kind == "str" else 1) for column, kind in layer.columns.items()
    }
    columns = {published_name(key, layer.columns[key]): [value] * count for key, value in values_by_column.items()}
    content: pd.DataFrame = pd.DataFrame(columns)
    if layer.shape:
        content = gpd.GeoDataFrame(columns, geometry=[square(index, 0) for index in range(count)], crs=RD_NEW)
        content = content.rename_geometry("geom")
    shown = fields(layer, YEARS)
    drawn = looks(card.style, shown, YEARS, card.title)
    return PublishedTable(card.name, card.title, card.description, content, shown, drawn, card.layer)


@pytest.fixture(scope="module")
def map_params() -> MapParams:
    return MapParams("Papier", YEARS, ("general_industry", "Algemene industrie"), day("2026-10-01"), "Let op.", "Bron.")


@pytest.fixture(scope="module")
def sheets(rules: Project) -> list[PublishedTable]:
    return [
        sheet(rules, "clusters", 1, cluster_name="Papier"),
        sheet(rules, "kavels", conflict_count=0),
        sheet(rules, "deelvlakken"),
        sheet(rules, "bezitsvlakken"),
        sheet(rules, "locaties", profile="Algemene industrie", year=2030, case="vroegst"),
        sheet(rules, "belemmeringen", theme="geluid"),
        sheet(rules, "afwijkingen"),
        sheet(rules, "versnellingsgebieden", profile="Algemene industrie", year=2030, is_above_bound=True),
    ]


@pytest.fixture(scope="module")
def drawn(rules: Project, sheets: list[PublishedTable], map_params: MapParams) -> MapModel:
    model = map_model(rules.publish, sheets, map_params)
    assert model is not None
    return model


def read(drawn: MapModel) -> Xml.Element:
    return Xml.fromstring(qgs(drawn, "papier.gpkg").split("\n", 1)[1])


def test_only_what_has_rows_is_shown(drawn: MapModel) -> None:
    keys = {shown.key for shown in drawn.shown}
    assert {"sites_2030", "verdict_2026", "verdict_2030", "constraints_noise", "afwijkingen"} <= keys
    assert not {"sites_2026", "constraints_safety", "conflicts", "bridges"} & keys


def test_rows_are_selected_in_published_words(drawn: MapModel) -> None:
    sql_by_key = {shown.key: shown.sql for shown in drawn.shown}
    assert (
        sql_by_key["sites_2030"] == '"jaar" = 2030 AND "geval" = \'vroegst\' AND "activiteit" = \'Algemene industrie\''
    )
    above = '"activiteit" = \'Algemene industrie\' AND "boven_grens" = 1'
    assert sql_by_key["sites_above_bound"] == above and "acceleration_areas" not in sql_by_key
    assert sql_by_key["constraints_noise"] == "\"thema\" = 'geluid'" and sql_by_key["verdict_2030"] == ""


def test_a_layer_per_year_is_drawn_by_its_year(drawn: MapModel) -> None:
    columns = {shown.key: shown.look.column for shown in drawn.shown if shown.look is not None}
    assert columns["verdict_2030"] == "oordeel_2030" and columns["holdings_2026"] == "bezit_2026"
    assert columns["sites_2030"] is None


def test_a_theme_without_anything_to_see_is_left_out(drawn: MapModel) -> None:
    titles = [title for title, _ in drawn.themes]
    assert titles[0] == "Vrij en bruikbaar op 1 oktober 2026" and "Milieuruimte: geluid" in titles
    assert "Milieuruimte: veiligheid" not in titles


def test_nothing_points_nowhere(drawn: MapModel) -> None:
    root = read(drawn)
    ids = [str(node.text) for node in root.findall("projectlayers/maplayer/id")]
    assert len(set(ids)) == len(ids) and min(map(len, ids)) >= SHORTEST_ID
    named = [node.get("id") for node in root.iter("layer-tree-layer")]
    named += [node.get("id") for node in root.findall("visibility-presets/visibility-preset/layer")]
    named += [node.get(end) for node in root.iter("relation") for end in ("referencedLayer", "referencingLayer")]
    named += [node.get("coverageLayer") for node in root.iter("Atlas")]
    assert set(named) <= set(ids)
    themes = {node.get("name") for node in root.findall("visibility-presets/visibility-preset")}
    assert {node.get("followPresetName") for node in root.iter("LayoutItem") if node.get("followPreset")} <= themes


def test_related_rows_go_by_columns_that_are_there(drawn: MapModel) -> None:
    known = {shown.key: set(shown.sheet.content.columns) for shown in drawn.shown}
    assert drawn.relations
    for relation in drawn.relations:
        for ours, theirs in relation.on:
            assert ours in known[relation.parent] and theirs in known[relation.child]


def test_the_file_next_to_it_is_meant_and_no_other(drawn: MapModel) -> None:
    sources = [str(node.text) for node in read(drawn).findall("projectlayers/maplayer[@type='vector']/datasource")]
    assert all(source.startswith("./papier.gpkg|layername=") for source in sources)


def test_a_page_for_each_shape_and_a_place_to_go_to(drawn: MapModel) -> None:
    root = read(drawn)
    assert [len(places) for places in drawn.bookmarks.values()] == [2, 1]
    assert len(root.findall("Bookmarks/Bookmark")) == 3
    assert {node.get("name") for node in root.iter("Layout")} >= {"Kaart A3", "Atlas: locaties op 1 januari 2030"}
    heading = next(node for node in root.iter("LayoutItem") if "Locatie [%" in (node.get("labelText") or ""))
    assert '"netto_oppervlakte_ha"' in str(heading.get("labelText"))


def test_a_map_item_has_the_shape_of_its_extent(drawn: MapModel) -> None:
    for item in read(drawn).iter("LayoutItem"):
        extent = item.find("Extent")
        if extent is not None:
            wide, high = (float(text) for text in str(item.get("size")).split(",")[:2])
            left, low, right, top = (float(str(extent.get(edge))) for edge in ("xmin", "ymin", "xmax", "ymax"))
            assert (right - left) / (top - low) == pytest.approx(wide / high, rel=1e-3)


def test_what_stands_in_the_data_is_no_markup_in_a_tip(drawn: MapModel) -> None:
    tips = [str(node.text) for node in read(drawn).iter("mapTip")]
    assert tips and all("&lt;" in tip for tip in tips)


def test_no_title_is_left_unfilled(drawn: MapModel) -> None:
    text = qgs(drawn, "papier.gpkg")
    assert "{year}" not in text and "{value}" not in text and "{lead}" not in text


def test_a_page_tells_figures_of_its_own_year(drawn: MapModel) -> None:
    layouts = {str(node.get("name")): node for node in read(drawn).iter("Layout")}
    items = layouts["Atlas: clusters op 1 januari 2030"].iter("LayoutItem")
    label_texts = [str(item.get("labelText")) for item in items]
    assert any("bruikbaar_2030_ha" in text for text in label_texts) and not any(
        "2026_ha" in text for text in label_texts
    )


def test_a_project_of_sheets_without_confidential_columns(
    rules: Project, map_params: MapParams, sheets: list[PublishedTable]
) -> None:
    private = {"bewijsstuk", "contracten"}
    public = [
        dataclasses.replace(
            sheet,
            fields=tuple(field for field in sheet.fields if field.name not in private),
            content=sheet.content.drop(columns=list(private), errors="ignore"),
            looks=tuple(
                dataclasses.replace(look, tip=tuple(n for n in look.tip if n not in private)) for look in sheet.looks
            ),
        )
        for sheet in sheets
    ]
    model = map_model(rules.publish, public, map_params)
    assert model is not None and not [word for word in private if f'"{word}"' in qgs(model, "papier.gpkg")]


def test_a_label_of_words_has_a_line_for_each_year(drawn: MapModel) -> None:
    layers = {str(node.findtext("layername")): node for node in read(drawn).iter("maplayer")}
    text = layers["Clusters, met bruikbare hectares"].find("labeling/settings/text-style")
    assert text is not None and text.get("isExpression") == "1"
    expression = str(text.get("fieldName"))
    assert expression.startswith("concat(") and "\\n" in expression and "\n" not in expression
    for year in drawn.params.years:
        assert expression.count(f'"bruikbaar_{year}_ha"') == 1 and expression.count(f"{year}: ") == 1


def test_a_tip_tells_one_year_after_the_other(drawn: MapModel) -> None:
    """Of plots, which are no layer per year, every asked year; of a layer per year its own."""
    layers = {str(node.findtext("layername")): str(node.findtext("mapTip")) for node in read(drawn).iter("maplayer")}
    places = [layers["Kavels"].index(f"{year}: bruikbaar") for year in drawn.params.years]
    assert places == sorted(places) and layers["Kavels"].count(": bruikbaar") == len(drawn.params.years)
    assert (
        "waarom_niet_2030" in layers["Waarom niet op 1 januari 2030"]
        and "2050" not in layers["Waarom niet op 1 januari 2030"]
    )


def test_a_theme_opens_the_groups_of_what_it_shows(drawn: MapModel) -> None:
    presets = {str(node.get("name")): node for node in read(drawn).iter("visibility-preset")}
    opened = [node.get("id") for node in presets["Waarom niet op 1 januari 2030"].iter("expanded-group-node")]
    assert presets["Waarom niet op 1 januari 2030"].get("has-expanded-info") == "1"
    assert opened == ["Kavels en grenzen", "Waarom niet voor algemene industrie"]


def test_a_page_marks_its_own_shape_and_no_shape_of_another_layer(drawn: MapModel) -> None:
    layers = {str(node.findtext("layername")): node for node in read(drawn).iter("maplayer")}
    expressions = [
        str(node.get("value"))
        for node in layers["Locaties op 1 januari 2030"].iter("Option")
        if node.get("name") == "expression"
    ]
    assert len(expressions) == 2 and all(
        "@layer_id = @atlas_layerid and $id = @atlas_featureid" in text for text in expressions
    )
    assert not [node for node in layers["Kavels"].iter("Option") if node.get("name") == "expression"]


def test_no_period_and_no_network_when_it_opens(drawn: MapModel) -> None:
    root = read(drawn)
    assert root.find("ProjectTimeSettings") is None
    background = next(node for node in root.iter("layer-tree-layer") if node.get("providerKey") == "wms")
    assert background.get("checked") == "Qt::Unchecked"


def test_without_a_cluster_there_is_no_map(rules: Project, map_params: MapParams, sheets: list[PublishedTable]) -> None:
    assert map_model(rules.publish, sheets[1:], map_params) is None


def test_the_project_lies_in_the_file_with_the_same_bytes_each_time(
    tmp_path: Path, drawn: MapModel, sheets: list[PublishedTable]
) -> None:
    plain = [dataclasses.replace(sheet, content=sheet.content.assign(nummer=1)) for sheet in sheets[:1]]
    paths = [write(plain, tmp_path / n / "papier.gpkg", drawn.params.date, qgs(drawn, "papier.gpkg")) for n in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with sqlite3.connect(paths[0]) as base:
        ((name, content),) = base.execute("SELECT name, content FROM qgis_projects").fetchall()
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(content.decode()))) as archive:
        assert name == "papier" and archive.namelist() == ["papier.qgs"]
        assert archive.read("papier.qgs").decode() == qgs(drawn, "papier.gpkg")
