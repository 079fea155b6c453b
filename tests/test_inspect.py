"""Inspect: what is in files that somebody brings, what is wrong with them, and which of our layers each may fill."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
from click.testing import CliRunner

from layers.column import Column
from layers.glossary import english_choice
from layers.sources import TABLES
from layers.synonyms import synonyms
from pipeline.cli.main import main
from pipeline.project.load import read_project
from pipeline.queries.inspection.files import inspect_file, inspect_paths
from pipeline.queries.inspection.matching import candidates
from pipeline.queries.inspection.place import likely_system
from pipeline.queries.inspection.profile import FileLayer

EXAMPLE = Path(__file__).parents[1] / "config" / "proefpolder"
RD, DEGREES = "RD New", "degrees (WGS84 or ETRS89)"


def text_file(folder: Path, name: str, content: str | bytes) -> FileLayer:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return inspect_file(path, name)[0]


def test_each_file_of_the_example_is_known_by_the_layer_that_its_card_names() -> None:
    cards = {card.path: card.layer for name, card in read_project(EXAMPLE).sources.items() if name != "overrides"}
    first = {layer.path: candidates(layer) for layer in inspect_paths([EXAMPLE / "data"], EXAMPLE)}
    wrong = {path: layer for path, layer in cards.items() if not first[path] or first[path][0].layer != layer}
    assert wrong == {}


@pytest.mark.parametrize(
    ("extent", "likely"),
    [
        ((104_000, 486_000, 120_000, 494_000), RD),
        ((4.7, 52.3, 4.9, 52.4), DEGREES),
        ((52.3, 4.7, 52.4, 4.9), "degrees with latitude and longitude swapped"),
        ((486_000, 104_000, 494_000, 120_000), "RD New with x and y swapped"),
        ((523_000, 6_850_000, 546_000, 6_870_000), "Web Mercator (EPSG:3857)"),
        ((-71.2, 42.3, -71.0, 42.4), ""),
    ],
)
def test_an_extent_says_which_system_is_likely(extent: tuple[float, ...], likely: str) -> None:
    assert likely_system(extent) == likely


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("leeg.csv", "", "empty file"),
        ("kavels.gpkg", "<html>not found</html>", "expected a file of format gpkg"),
        ("kavels.geojson", '{"type": "FeatureCollection", ', "cannot be read"),
        ("contracten.csv", "KAVEL;HOUDER\nP-1;A\n3,63E+13;B\n", "numbers that a spreadsheet rounded"),
        ("contracten.csv", "KAVEL;HOUDER\nP-1;A\nP-2;B;C\n", "another number of fields"),
        ("lees.txt", "Dit is een brief\nzonder kolommen\n", "plain text without columns"),
        ("tekening.pdf", "%PDF", "stands for no format that is read"),
        ("percelen.parquet", b"PAR1 nothing", "cannot be read"),
        ("dossier.zip", "no zip", "no zip"),
        ("geluid.tif", b"II*\x00nothing", "cannot be read"),
    ],
)
def test_a_fault_of_a_file_is_a_fault_of_that_file(tmp_path: Path, name: str, content: str | bytes, fault: str) -> None:
    assert any(fault in words for words in text_file(tmp_path, name, content).faults)


def test_a_text_table_says_how_it_is_written(tmp_path: Path) -> None:
    table = text_file(
        tmp_path, "c.csv", "Lijst 2026;;\nKAVEL;HUURDER;EINDDATUM\nP-1;Café;31-12-2030\n".encode("cp1252")
    )
    assert table.card["csv"] == {"delimiter": ";", "encoding": "cp1252", "header_row": 2}
    assert [column.date_form for column in table.columns] == ["", "", "%d-%m-%Y"]


def test_shapes_in_columns_are_seen_with_their_likely_system(tmp_path: Path) -> None:
    wkt = text_file(tmp_path, "spoor.csv", "id|geometrie\n1|LINESTRING (120000 490000, 121000 490000)\n")
    assert (wkt.shape, wkt.likely, wkt.card["crs"]) == ("line", RD, "EPSG:28992")
    xy = text_file(tmp_path, "adressen.csv", "adres;x;y\nA1;120000,5;490000,5\n")
    assert xy.card["geometry"] == {"kind": "xy", "x": "x", "y": "y"} and xy.card["csv"]["decimal"] == ","


def test_another_system_than_the_coordinates_are_in_is_a_fault(tmp_path: Path) -> None:
    plots = gpd.GeoDataFrame({"kavel": ["P-1"]}, geometry=[shapely.box(120_000, 490_000, 120_100, 490_100)])
    plots.set_crs(4326).to_file(tmp_path / "a.gpkg")
    plots.to_file(tmp_path / "b.fgb", driver="FlatGeobuf")
    plots.set_geometry(plots.translate(500_000)).set_crs(28992).to_file(tmp_path / "c.fgb", driver="FlatGeobuf")
    faults = [" ".join(layer.faults) for layer in inspect_paths([tmp_path])]
    assert "says EPSG:4326, but its coordinates look like RD New" in faults[0]
    assert 'no coordinate system; likely RD New; name it in the card: crs = "EPSG:28992"' in faults[1]
    assert "not in the Netherlands" in faults[2]


def test_a_formula_without_a_value_is_a_fault_of_its_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Contracten haven",), ("Contractnr", "Kavel", "Einddatum"), ("C1", "P-1", "=EDATE(A1,12)")):
        sheet.append(row)
    book.save(tmp_path / "lijst.xlsx")
    (layer,) = inspect_paths([tmp_path])
    assert layer.card["xlsx"] == {"sheet": "Sheet", "header_row": 2}
    assert any("formulas without a stored value" in fault for fault in layer.faults)


def test_the_answer_fits_the_screen_and_is_json_when_wanted(tmp_path: Path) -> None:
    text_file(tmp_path, "uitgifte.csv", "KAVEL;STATUS\nP-1;Uitgeefbaar\nP-2;Uitgegeven\nP-3;Uitgegeven\n")
    shown = CliRunner().invoke(main, ["inspect", str(tmp_path)])
    assert shown.exit_code == 0 and max(map(len, shown.output.splitlines())) <= 100
    assert "issue_register" in shown.output and "Uitgegeven (2)" in shown.output
    (answer,) = json.loads(CliRunner().invoke(main, ["inspect", str(tmp_path), "--json"]).output)
    assert answer["may_be"][0]["columns"] == {"parcel_id": "KAVEL", "issue_status": "STATUS"}
    assert CliRunner().invoke(main, ["inspect", str(tmp_path / "nergens")]).exit_code == 2


def test_labels_among_areas_do_not_hide_the_areas(tmp_path: Path) -> None:
    shapes = [shapely.box(0, 0, 1, 1), *(shapely.Point(n, 0) for n in range(5))]
    gpd.GeoDataFrame({"id": range(6)}, geometry=shapes, crs=28992).to_file(tmp_path / "pand.gpkg")
    (layer,) = inspect_paths([tmp_path])
    assert layer.shape == "polygon" and any("5 points, 1 polygons" in fault for fault in layer.faults)


def test_synonyms_name_columns_and_values_that_are_there_and_contradict_no_glossary() -> None:
    faults = []
    for name, known in synonyms().items():
        columns: dict[str, Column] = dict(TABLES[name].columns) if name in TABLES else {}
        faults += [
            f"{name}.{column}" for column in (*known.columns, *known.patterns, *known.words) if column not in columns
        ]
        for column, lists in known.words.items():
            choices = columns[column].choices
            faults += [f"{name}.{column}: {key}" for key in lists if key not in choices]
            for key, words in lists.items():
                others = {word: english_choice(word, choices) for word in words}
                faults += [f"{name}: '{word}' is {other}" for word, other in others.items() if other not in (None, key)]
    assert faults == []
