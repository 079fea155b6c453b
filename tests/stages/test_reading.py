"""Reading a user's file: no row is lost in silence, no word of a file about itself is believed, and whatever a library
raises is a refusal in words.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from layers.errors import Refusal, SourceRefusal
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.stages.acquire.input_validation import checksum
from pipeline.stages.acquire.reading import read_source


def read(folder: Path, name: str, **more: Any) -> RawTable:
    """The table in a file of this folder, by a card for plots."""
    fields = {"layer": "parcels", "path": name, "licence": "x", "dated": "2026-10-01", "basis": "drawn", "name": "n"}
    columns = {"columns": {"parcel_id": "KAVEL"}}
    raw = read_source(SourceConfig.model_validate({**fields, **columns, **more}), folder)
    assert isinstance(raw, RawTable)
    return raw


def squares(count: int = 3, **columns: Any) -> gpd.GeoDataFrame:
    shapes = [shapely.box(100_000 + 100 * n, 450_000, 100_100 + 100 * n, 450_100) for n in range(count)]
    return gpd.GeoDataFrame({"KAVEL": [f"P-{n}" for n in range(count)], **columns}, geometry=shapes, crs=28992)


def text_of(folder: Path, text: str, written: str = "utf-8", **csv: Any) -> RawTable:
    (folder / "t.csv").write_bytes(text.encode(written))
    return read(folder, "t.csv", csv={"delimiter": ";", **csv})


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        pytest.param('P-1;"Oost\nP-2;x\nP-3;x\n', "row 2 that is never closed", id="never closed"),
        pytest.param('P-1;"Oost;x\nP-2;x\nP-3;"Zuid" bv\n', "row 2 that is closed in row 4", id="closed by another"),
        pytest.param('P-1;x\nP-2;"Oost\nP-3;Zuid"\n', "row 3 that is closed in row 4", id="in the last field"),
        pytest.param('P-1;x\n"P-2;x\nP-3";x\n', "row 3 that is closed in row 4", id="in the first field"),
    ],
)
def test_a_quote_that_swallows_lines_is_refused_with_its_rows(tmp_path: Path, rows: str, words: str) -> None:
    with pytest.raises(SourceRefusal, match=words) as fault:
        text_of(tmp_path, f"KAVEL;NAAM\n{rows}")
    assert fault.value.place["row"] in words
    assert len(text_of(tmp_path, f"KAVEL;NAAM\n{rows}".replace(";x\nP", "\nP"), quotes=False, width=2).cells) >= 2


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        pytest.param('P-1;"Oost\nkade"\nP-2;x\n', ["Oost\nkade", "x"], id="a cell of two lines"),
        pytest.param('"P\n1";x\nP-2;y\n', ["x", "y"], id="in the first field"),
        pytest.param('P-1;"De ""Kade"""\n', ['De "Kade"'], id="quotes twice"),
        pytest.param('P-1;buis 12"\nP-2;x\n', ['buis 12"', "x"], id="inches"),
    ],
)
def test_quotes_as_they_should_be_are_read(tmp_path: Path, rows: str, names: list[str]) -> None:
    assert text_of(tmp_path, f"KAVEL;NAAM\n{rows}").cells["NAAM"].tolist() == names


def test_a_row_is_numbered_by_the_line_in_which_it_begins(tmp_path: Path) -> None:
    assert text_of(tmp_path, 'KAVEL;NAAM\nP-1;"a\nb"\n\nP-2;x\n').rows.tolist() == [2, 5]


@pytest.mark.parametrize(
    ("text", "plots", "blank"),
    [
        pytest.param("sep=;\nKAVEL;NAAM\nP-1;x\n", ["P-1"], 0, id="sep line"),
        pytest.param("\ufeffsep=;\r\nKAVEL;NAAM\r\nP-1;x\r\n", ["P-1"], 0, id="sep line behind a byte order mark"),
        pytest.param("SEP=,\nKAVEL;NAAM\nP-1;x\n", ["P-1"], 0, id="sep line of another separator"),
        pytest.param("KAVEL;NAAM\nP-1;x\n;\n;\n", ["P-1"], 2, id="delimiters at the end"),
        pytest.param("KAVEL;NAAM\n;\nP-1;x\n ; \n", ["P-1"], 2, id="delimiters between"),
        pytest.param("KAVEL;NAAM\nP-1;x\n;;;;\n", ["P-1"], 1, id="too many delimiters"),
        pytest.param("Kavels 2026;\n;\nKAVEL;NAAM\nP-1;x\n", ["P-1"], 0, id="a title above the header"),
        pytest.param("KAVEL;NAAM;;\nP-1;x;;\n", ["P-1"], 0, id="columns without a name"),
    ],
)
def test_what_excel_writes_into_a_text_table_is_read(tmp_path: Path, text: str, plots: list[str], blank: int) -> None:
    raw = text_of(tmp_path, text)
    assert raw.cells["KAVEL"].tolist() == plots and raw.blank_rows == blank


@pytest.mark.parametrize(
    ("written", "said", "words"),
    [
        pytest.param("utf-8", "cp1252", 'encoding = "utf-8"', id="UTF-8 that calls itself cp1252"),
        pytest.param("utf-8", "latin-1", 'encoding = "utf-8"', id="UTF-8 that calls itself latin-1"),
        pytest.param("cp1252", "utf-8", 'encoding = "cp1252"', id="cp1252 that calls itself UTF-8"),
        pytest.param("utf-16", "utf-8", 'encoding = "utf-16"', id="UTF-16"),
    ],
)
def test_text_in_another_encoding_is_refused_with_the_one_that_it_is_in(
    tmp_path: Path, written: str, said: str, words: str
) -> None:
    with pytest.raises(SourceRefusal, match=re.escape(words)):
        text_of(tmp_path, "KAVEL;NAAM\nP-1;Café\n", written, encoding=said)
    assert text_of(tmp_path, "KAVEL;NAAM\nP-1;Café\n", written, encoding=written).cells["NAAM"].tolist() == ["Café"]


def workbook(folder: Path, rows: list[list[Any]], change: Callable[[str, bytes], bytes] = lambda _, part: part) -> None:
    """A workbook with these rows, of which each part may be changed."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "S"
    for row in rows:
        sheet.append(row)
    book.save(folder / "whole.xlsx")
    with zipfile.ZipFile(folder / "whole.xlsx") as source, zipfile.ZipFile(folder / "b.xlsx", "w") as copy:
        for name in source.namelist():
            copy.writestr(name, change(name, source.read(name)))


def sheet_of(folder: Path, **more: Any) -> RawTable:
    return read(folder, "b.xlsx", xlsx={"sheet": "S", **more})


ROWS = [["KAVEL", "NAAM"], ["P-1", "x"], ["P-2", "y"]]


@pytest.mark.parametrize("stated", ["A1", "A1:A2", "A1:B2", "A1:XFD1048576", ""])
def test_all_rows_are_read_whatever_the_sheet_says_of_its_size(tmp_path: Path, stated: str) -> None:
    tag = f'<dimension ref="{stated}"/>'.encode() if stated else b""
    workbook(tmp_path, ROWS, lambda _, part: re.sub(rb"<dimension[^>]*/>", tag, part))
    assert sheet_of(tmp_path).cells.to_numpy().tolist() == [["P-1", "x"], ["P-2", "y"]]


@pytest.mark.parametrize(
    ("row", "cell", "place"),
    [
        pytest.param(["P-1", "=1+1"], rb"<v ?/>|<v></v>", "B2", id="a value without content"),
        pytest.param(['="P"&1', "x"], rb"<v ?/>|<v></v>", "A2", id="in the key"),
        pytest.param(["P-1", "x", "=EDATE(A2,3)"], rb"nothing", "C2", id="in the last column"),
        pytest.param(["=A9"], rb"nothing", "A2", id="alone in its row"),
    ],
)
def test_a_formula_without_a_value_is_not_empty(tmp_path: Path, row: list[Any], cell: bytes, place: str) -> None:
    """Where a card reads it, its cell is refused."""
    workbook(tmp_path, [["KAVEL", "NAAM", "DATUM"], row], lambda _, part: re.sub(cell, b"", part))
    cells = sheet_of(tmp_path).cells
    assert cells.iloc[0, "ABC".index(place[0])] == f"#FORMULA!{place}" and len(cells) == 1


@pytest.mark.parametrize(
    ("stored", "value"),
    [(rb"<v>2</v>", "2"), (rb"<v></v>", None)],
    ids=["a number", 'an empty text, as IF(...;"") gives'],
)
def test_a_formula_with_a_value_is_read(tmp_path: Path, stored: bytes, value: str | None) -> None:
    def change(name: str, part: bytes) -> bytes:
        kind = b' t="str"' if value is None else b""
        return re.sub(
            rb'<c r="B2"[^>]*><f>([^<]*)</f><v ?/?>(</v>)?', b'<c r="B2"' + kind + rb"><f>\1</f>" + stored, part
        )

    workbook(tmp_path, [["KAVEL", "NAAM"], ["P-1", "=1+1"]], change)
    assert sheet_of(tmp_path).cells["NAAM"].tolist() == [value]


@pytest.mark.parametrize("fill", [b"<fill/>", b"<fill />", b"<fill></fill>"])
def test_a_workbook_with_an_empty_fill_is_read(tmp_path: Path, fill: bytes) -> None:
    workbook(
        tmp_path,
        ROWS,
        lambda name, part: (
            part.replace(b'<fills count="2">', b'<fills count="3">' + fill) if "styles" in name else part
        ),
    )
    assert len(sheet_of(tmp_path).cells) == 2


def test_titles_above_the_header_of_a_sheet_are_passed_by(tmp_path: Path) -> None:
    workbook(tmp_path, [["Uitgifte 2026"], [], *ROWS, [None, ""]])
    raw = sheet_of(tmp_path)
    assert raw.cells["KAVEL"].tolist() == ["P-1", "P-2"] and raw.rows.tolist() == [4, 5]


def test_rows_of_a_sheet_out_of_order_are_refused(tmp_path: Path) -> None:
    workbook(tmp_path, ROWS, lambda _, part: part.replace(b'<row r="3"', b'<row r="1"'))
    with pytest.raises(SourceRefusal, match="row 1 behind row 2"):
        sheet_of(tmp_path)


BYTES = {
    "k.gpkg": lambda f: re.sub(b"Caf\xc3\xa9", b"Caf\xe9x", f),
    "k.geojson": lambda f: f.replace(b"Caf\xc3\xa9", b"Caf\xe9"),
    "k.fgb": lambda f: f.replace(b"Caf\xc3\xa9", b"Caf\xe9x"),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_text_are_refused_with_row_and_column(tmp_path: Path, name: str) -> None:
    squares(NAAM=["x", "Café", "y"]).to_file(tmp_path / name, encoding="utf-8")
    (tmp_path / name).write_bytes(BYTES[name]((tmp_path / name).read_bytes()))
    with pytest.raises(SourceRefusal, match=r"in row \d, field 'NAAM'.*UTF-8") as fault:
        read(tmp_path, name)
    # A FlatGeobuf has its rows in the order of their places.
    assert fault.value.place["row"] == ("3" if name == "k.fgb" else "2") and fault.value.place["field"] == "NAAM"


@pytest.mark.parametrize(("stated", "really"), [("UTF-8", "cp1252"), ("UTF-8", "latin-1"), (None, "cp1252")])
def test_a_shapefile_in_another_encoding_than_it_says(tmp_path: Path, stated: str | None, really: str) -> None:
    squares(NAAM=["x", "Café", "y"]).to_file(tmp_path / "k.shp", encoding="utf-8")
    dbf = (tmp_path / "k.dbf").read_bytes()
    (tmp_path / "k.dbf").write_bytes(dbf.replace("Café".encode(), "Café ".encode(really)))
    (tmp_path / "k.cpg").write_text(stated or "", encoding="ascii")
    if stated is not None:
        with pytest.raises(SourceRefusal, match=r"row 2, field 'NAAM'"):
            read(tmp_path, "k.shp")
    assert read(tmp_path, "k.shp", encoding="cp1252").cells["NAAM"].tolist() == ["x", "Café", "y"]


@pytest.mark.parametrize("name", ["Café", "Zuid–Oost", "Coëvorden", "½ kavel"])
@pytest.mark.parametrize("stated", ["1252", "ISO-8859-1"])
def test_a_shapefile_in_utf_8_that_says_otherwise_is_refused(tmp_path: Path, name: str, stated: str) -> None:
    squares(NAAM=["x", name, "y"]).to_file(tmp_path / "k.shp", encoding="utf-8")
    (tmp_path / "k.cpg").write_text(stated, encoding="ascii")
    with pytest.raises(SourceRefusal, match=r"in row 2, field 'NAAM'[\s\S]*encoding = \"utf-8\""):
        read(tmp_path, "k.shp")
    assert read(tmp_path, "k.shp", encoding="utf-8").cells["NAAM"].tolist() == ["x", name, "y"]


@pytest.mark.parametrize("name", ["Århus", "São Paulo", "Â", "Übersee – 2", "«A»"])
def test_rare_letters_are_not_taken_for_another_encoding(tmp_path: Path, name: str) -> None:
    squares(NAAM=["x", name, "y"]).to_file(tmp_path / "k.shp", encoding="utf-8")
    assert read(tmp_path, "k.shp").cells["NAAM"].tolist() == ["x", name, "y"]


def written(folder: Path, ending: str, name: str) -> RawTable:
    """Three plots, of which the second has this name, out of a file of this format; the names are read as well."""
    frame, more = squares(NAAM=["x", name, "y"], REST=["\ufffd", "\ufffd", "\ufffd"]), {}
    if ending == "csv":
        frame.drop(columns="geometry").to_csv(folder / "k.csv", index=False)
    elif ending == "xlsx":
        plain = frame.drop(columns="geometry")
        workbook(folder, [list(plain), *plain.to_numpy().tolist()])
        (folder / "b.xlsx").rename(folder / "k.xlsx")
        more["xlsx"] = {"sheet": "S"}
    elif ending == "parquet":
        frame.to_parquet(folder / "k.parquet")
    else:
        frame.to_file(folder / f"k.{ending}")
    return read(folder, f"k.{ending}", columns={"parcel_id": "KAVEL", "site_name": "NAAM"}, **more)


TEXT_FORMATS = ("gpkg", "geojson", "parquet", "fgb", "gml", "csv", "xlsx")


@pytest.mark.parametrize("ending", TEXT_FORMATS)
@pytest.mark.parametrize("name", ["HaÃ¯ven", "Zuidâ€“Oost", "CoÃ«vorden", "Co\ufffdvorden"])
def test_text_that_arrives_garbled_is_refused_where_a_card_reads_it(tmp_path: Path, ending: str, name: str) -> None:
    with pytest.raises(SourceRefusal, match=r"in row \d, field 'NAAM'[\s\S]*ask for it anew") as fault:
        written(tmp_path, ending, name)
    assert fault.value.place["field"] == "NAAM"


@pytest.mark.parametrize("ending", TEXT_FORMATS)
@pytest.mark.parametrize("name", ["Haïven", "Århus", "São Paulo – «A»"])
def test_text_as_it_should_be_is_read_from_every_format(tmp_path: Path, ending: str, name: str) -> None:
    assert name in written(tmp_path, ending, name).cells["NAAM"].tolist()


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_a_geopackage_with_edits_that_are_not_in_it_is_refused(tmp_path: Path, ending: str) -> None:
    squares().to_file(tmp_path / "k.gpkg")
    (tmp_path / f"k.gpkg{ending}").write_bytes(b"x")
    with pytest.raises(SourceRefusal, match=f"k.gpkg{ending}"):
        read(tmp_path, "k.gpkg")


def parquet(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    squares().to_parquet(folder / "whole.parquet")
    table = pq.read_table(folder / "whole.parquet")
    meta = table.schema.metadata
    stated = change(json.loads(meta[b"geo"]))
    text = stated if isinstance(stated, bytes) else json.dumps(stated).encode()
    pq.write_table(table.replace_schema_metadata({**meta, b"geo": text}), folder / "k.parquet")


def geometry_column(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda meta: {**meta, "columns": {"geometry": {**meta["columns"]["geometry"], **changes}}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(geometry_column(crs={}), "no coordinate system", id="an empty crs"),
        pytest.param(geometry_column(crs={"type": "GeographicCRS"}), "no coordinate system", id="half a crs"),
        pytest.param(geometry_column(crs=["EPSG", 28992]), "no coordinate system", id="a list as crs"),
        pytest.param(geometry_column(encoding="point"), "geometry encoded as point", id="another encoding"),
        pytest.param(lambda _: b'{"version": "1.0', "metadata 'geo'", id="cut short"),
        pytest.param(lambda _: b"\xff\xfe", "metadata 'geo'", id="no text"),
        pytest.param(lambda _: [1], "metadata 'geo'", id="a list"),
        pytest.param(lambda meta: {**meta, "columns": []}, "metadata 'geo'", id="no columns"),
        pytest.param(lambda meta: {**meta, "primary_column": "geom"}, "primary column 'geom'", id="another primary"),
        pytest.param(lambda meta: {**meta, "primary_column": None}, "primary column None", id="no primary"),
        pytest.param(
            lambda meta: {"primary_column": "g", "columns": {"g": {"encoding": "WKB"}}},
            "primary column 'g'",
            id="no such column",
        ),
        pytest.param(lambda meta: {**meta, "columns": {"geometry": 1}}, "primary column", id="a number for a column"),
    ],
)
def test_metadata_of_geoparquet_that_cannot_be_right_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], words: str
) -> None:
    parquet(tmp_path, change)
    with pytest.raises(SourceRefusal, match=words):
        read(tmp_path, "k.parquet")


def test_a_card_may_name_the_geometry_of_a_geoparquet(tmp_path: Path) -> None:
    parquet(tmp_path, lambda meta: {**meta, "primary_column": "geom"})
    assert len(read(tmp_path, "k.parquet", geometry="geometry").shapes) == 3


def service(rows: int = 3, **stated: Any) -> str:
    return json.dumps({**json.loads(squares(rows).to_json()), **stated})


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        pytest.param({"numberMatched": 25}, "3 features, and the service said that 25 match", id="matched"),
        pytest.param({"numberReturned": 10}, "10 are in this answer", id="returned"),
        pytest.param({"totalFeatures": 4}, "4 match", id="GeoServer"),
        pytest.param({"links": [{"rel": "next", "href": "x"}]}, "a next page", id="next"),
        pytest.param({"exceededTransferLimit": True}, "a next page", id="ArcGIS"),
        pytest.param({"numberMatched": 3, "numberReturned": 3, "links": [{"rel": "self"}]}, None, id="whole"),
        pytest.param({"numberMatched": "unknown"}, None, id="not known"),
    ],
)
@pytest.mark.parametrize("in_front", [True, False])
def test_half_a_download_is_refused(tmp_path: Path, stated: dict[str, Any], words: str | None, in_front: bool) -> None:
    answer = json.loads(service())
    (tmp_path / "k.geojson").write_text(json.dumps({**stated, **answer} if in_front else {**answer, **stated}))
    if words is None:
        assert len(read(tmp_path, "k.geojson").cells) == 3
        return
    with pytest.raises(SourceRefusal, match=words):
        read(tmp_path, "k.geojson")


GML = (
    '<w:FeatureCollection xmlns:w="http://www.opengis.net/wfs/2.0" xmlns:g="http://x.invalid/" '
    'xmlns:gml="http://www.opengis.net/gml/3.2" {stated}>{members}</w:FeatureCollection>'
)
AREA = (
    "<{name}><gml:Polygon srsName='urn:ogc:def:crs:EPSG::28992'><gml:exterior><gml:LinearRing><gml:posList>"
    "100000 450000 100100 450000 100100 450100 100000 450000</gml:posList></gml:LinearRing></gml:exterior>"
    "</gml:Polygon></{name}>"
)
LABEL = "<{name}><gml:Point srsName='urn:ogc:def:crs:EPSG::28992'><gml:pos>100050 450050</gml:pos></gml:Point></{name}>"


def gml(*geometries: str, stated: str = "") -> str:
    member = "<w:member><g:kavel gml:id='k{n}'>{shapes}<g:KAVEL>P-{n}</g:KAVEL></g:kavel></w:member>"
    members = "".join(member.format(n=n, shapes="".join(geometries)) for n in range(3))
    return GML.format(stated=stated, members=members)


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ('numberMatched="25" numberReturned="3"', "25 match"),
        ('numberMatched="unknown" numberReturned="10"', "10 are in this answer"),
        ('numberMatched="3" next="http://x.invalid/?startIndex=3"', "a next page"),
        ('numberOfFeatures="4"', "4 match"),
    ],
)
def test_half_an_answer_of_a_wfs_is_refused(tmp_path: Path, stated: str, words: str) -> None:
    (tmp_path / "k.gml").write_text(gml(AREA.format(name="g:vlak"), stated=stated), encoding="utf-8")
    with pytest.raises(SourceRefusal, match=words):
        read(tmp_path, "k.gml")


@pytest.mark.parametrize(
    ("geometries", "named", "kind"),
    [
        pytest.param(
            (AREA.format(name="g:vlak"), LABEL.format(name="g:label")), None, "Polygon", id="area, then label"
        ),
        pytest.param(
            (LABEL.format(name="g:label"), AREA.format(name="g:vlak")), None, "Polygon", id="label, then area"
        ),
        pytest.param(
            (AREA.format(name="g:vlak"), LABEL.format(name="g:label")), "label", "Point", id="the label by name"
        ),
        pytest.param((AREA.format(name="g:a"), AREA.format(name="g:b")), "a", "Polygon", id="the first of two areas"),
    ],
)
def test_of_several_geometries_the_one_that_fits_or_is_named_is_read(
    tmp_path: Path, geometries: tuple[str, ...], named: str | None, kind: str
) -> None:
    (tmp_path / "k.gml").write_text(gml(*geometries), encoding="utf-8")
    raw = read(tmp_path, "k.gml", **({"geometry": named} if named else {}))
    assert raw.shapes is not None and {shape.geom_type for shape in raw.shapes} == {kind}
    assert raw.cells["KAVEL"].tolist() == ["P-0", "P-1", "P-2"] and sorted(p.name for p in tmp_path.iterdir()) == [
        "k.gml"
    ]


@pytest.mark.parametrize(
    ("geometries", "named", "words"),
    [
        pytest.param(
            (AREA.format(name="g:a"), AREA.format(name="g:b")), None, r"a \(Polygon\), b \(Polygon\)", id="two areas"
        ),
        pytest.param(
            (AREA.format(name="g:a"), LABEL.format(name="g:b")), "c", "expected a geometry 'c'", id="no such name"
        ),
        pytest.param((LABEL.format(name="g:a"), LABEL.format(name="g:b")), None, r"a \(Point\)", id="two labels"),
    ],
)
def test_geometries_of_which_nobody_says_which_counts_are_named(
    tmp_path: Path, geometries: tuple[str, ...], named: str | None, words: str
) -> None:
    (tmp_path / "k.gml").write_text(gml(*geometries), encoding="utf-8")
    with pytest.raises(SourceRefusal, match=words):
        read(tmp_path, "k.gml", **({"geometry": named} if named else {}))


def cut(path: Path, count: int) -> None:
    path.write_bytes(path.read_bytes()[:-count])


def with_records(path: Path, count: int) -> None:
    content = bytearray(path.read_bytes())
    content[4:8] = struct.pack("<I", count)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda f: cut(f / "k.dbf", 60), "too short for the 3 records", id="half a dbf"),
        pytest.param(lambda f: with_records(f / "k.dbf", 2), "3 shapes in the .shx and 2 records", id="two records"),
        pytest.param(lambda f: cut(f / "k.shp", 100), "a .shp of", id="half a shp"),
        pytest.param(lambda f: cut(f / "k.shx", 8), "2 shapes in the .shx and 3 records", id="half a shx"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_parts_of_a_shapefile_that_do_not_belong_together_are_refused(
    tmp_path: Path, spoil: Callable[[Path], None], words: str, zipped: bool
) -> None:
    squares().to_file(tmp_path / "k.shp")
    spoil(tmp_path)
    with zipfile.ZipFile(tmp_path / "k.zip", "w") as archive:
        for path in tmp_path.glob("k.*"):
            if path.suffix != ".zip":
                archive.write(path, path.name)
    with pytest.raises(SourceRefusal, match=words):
        read(tmp_path, "k.zip" if zipped else "k.shp", format="shapefile")


@pytest.mark.parametrize("extra", ["__MACOSX/._k.shp", "map/._k.shp", "__MACOSX/map/k.shp"])
def test_a_zip_of_a_mac_is_read(tmp_path: Path, extra: str) -> None:
    squares().to_file(tmp_path / "k.shp")
    with zipfile.ZipFile(tmp_path / "k.zip", "w") as archive:
        for ending in ("shp", "dbf", "shx", "prj"):
            archive.write(tmp_path / f"k.{ending}", f"map/k.{ending}")
        archive.writestr(extra, b"\x00\x05\x16\x07")
    assert len(read(tmp_path, "k.zip", format="shapefile").cells) == 3


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([4.1, 3.2, 5.0], ["4.1", "3.2", "5"]),
        ([0.1, 1e-3, 123456.0], ["0.1", "0.001", "123456"]),
        ([float("nan"), 2.5, -4.1], [None, "2.5", "-4.1"]),
    ],
)
@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
def test_numbers_of_single_precision_read_as_they_were_written(
    tmp_path: Path, values: list[float], texts: list[str | None], kind: pa.DataType
) -> None:
    table = pa.table({"KAVEL": ["a", "b", "c"], "CAT": pa.array(values, kind)})
    pq.write_table(table, tmp_path / "k.parquet")
    assert read(tmp_path, "k.parquet").cells["CAT"].tolist() == texts


@pytest.mark.parametrize("key", ["KAVEL", "kavel_nr", "fid"])
def test_the_key_of_a_table_is_a_column(tmp_path: Path, key: str) -> None:
    squares().drop(columns="KAVEL").to_file(tmp_path / "k.gpkg", layer="k", FID=key)
    assert read(tmp_path, "k.gpkg").cells[key].tolist() == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([["Haven", "Oost"], [], None], ["Haven, Oost", None, None]),
        ([[1, 2], [3], [None, 4]], ["1, 2", "3", "4"]),
        ([[["a"], ["b"]], None, [["c"]]], ['[["a"], ["b"]]', None, '[["c"]]']),
        ([{"a": 1}, {"a": 2}, None], ['{"a": 1}', '{"a": 2}', None]),
    ],
)
def test_lists_are_joined_and_objects_are_json(tmp_path: Path, values: list[Any], texts: list[str | None]) -> None:
    pq.write_table(pa.table({"KAVEL": ["a", "b", "c"], "T": values}), tmp_path / "k.parquet")
    assert read(tmp_path, "k.parquet").cells["T"].tolist() == texts


@pytest.mark.parametrize(
    ("words", "cell", "read_as"),
    [
        (["NULL"], "null", None),
        (["n.v.t.", "<Null>"], "<null>", None),
        (["onbekend"], " Onbekend ", None),
        (["NULL"], "nullijn", "nullijn"),
        ([], "NULL", "NULL"),
    ],
)
def test_words_for_what_is_not_known_are_empty(
    tmp_path: Path, words: list[str], cell: str, read_as: str | None
) -> None:
    (tmp_path / "t.csv").write_text(f"KAVEL,N\na,{cell}\nb,x\n", encoding="utf-8")
    assert read(tmp_path, "t.csv", empty_words=words).cells["N"].tolist() == [read_as, "x"]


@pytest.mark.parametrize("name", ["a!b", "a;b", "a#b", "a?b", "a%20b", "a&b", "a'b", "a{b}"])
@pytest.mark.parametrize("ending", ["gpkg", "shp", "geojson", "parquet", "fgb", "gml", "zip"])
def test_any_sign_may_stand_in_a_path(tmp_path: Path, name: str, ending: str) -> None:
    folder = tmp_path / f"map {name}"
    folder.mkdir()
    path = folder / f"{name}.{ending}"
    if ending == "parquet":
        squares().to_parquet(path)
    elif ending == "zip":
        squares().to_file(tmp_path / "k.geojson")
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(tmp_path / "k.geojson", "k.geojson")
    else:
        squares().to_file(tmp_path / f"k.{ending}")
        for part in list(tmp_path.glob("k.*")):
            part.rename(folder / f"{name}{part.suffix}")
    before = sorted(part.name for part in folder.iterdir())
    raw = read(folder, path.name, format="geojson" if ending == "zip" else None)
    assert sorted(raw.cells["KAVEL"]) == ["P-0", "P-1", "P-2"] and raw.crs is not None
    assert sorted(part.name for part in folder.iterdir()) == before


@pytest.mark.parametrize("part", ["k.cpg", "k.prj", "k.dbf", "k.shx", "K.CPG", "k.shp.aux.xml"])
def test_every_part_of_a_shapefile_counts_in_its_checksum(tmp_path: Path, part: str) -> None:
    squares().to_file(tmp_path / "k.shp")
    before = checksum(tmp_path / "k.shp")
    (tmp_path / part).write_bytes(b"other")
    assert (checksum(tmp_path / "k.shp") == before) == (part == "k.shp.aux.xml")


@pytest.mark.parametrize("part", ["g.tif.aux.xml", "g.aux.xml", "g.tif.ovr", "g.tif.msk", "g.tfw", "g.prj"])
def test_every_file_of_a_grid_counts_in_its_checksum(tmp_path: Path, part: str) -> None:
    (tmp_path / "g.tif").write_bytes(b"II*\x00")
    before = checksum(tmp_path / "g.tif")
    (tmp_path / "other.txt").write_bytes(b"x")
    assert checksum(tmp_path / "g.tif") == before
    (tmp_path / part).write_bytes(b"x")
    assert checksum(tmp_path / "g.tif") != before


def test_a_file_that_was_swapped_since_it_was_checked_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("KAVEL\na\n", encoding="utf-8")
    fields = {"layer": "issue_register", "path": "t.csv", "licence": "x", "dated": "2026-10-01", "basis": "x"}
    card = SourceConfig.model_validate({**fields, "name": "n", "columns": {"parcel_id": "KAVEL"}})
    pinned, _ = checksum(path)
    assert read_source(card, tmp_path, pinned)
    path.write_text("KAVEL\nb\n", encoding="utf-8")
    with pytest.raises(SourceRefusal, match="another file than when the run began"):
        read_source(card, tmp_path, pinned)


def test_a_file_that_is_swapped_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back before it is looked at again, so that its checksum is as before."""
    path = tmp_path / "t.csv"
    path.write_text("KAVEL\na\n", encoding="utf-8")
    readers = read_source.__globals__["TABLE_READERS"]

    def swapped(card: SourceConfig, place: Path) -> RawTable:
        before = place.read_bytes()
        place.write_text("KAVEL\nb\n", encoding="utf-8")
        raw: RawTable = readers["plain"](card, place)
        (tmp_path / "new").write_bytes(before)
        (tmp_path / "new").replace(place)
        return raw

    monkeypatch.setitem(readers, "plain", readers["csv"])
    monkeypatch.setitem(readers, "csv", swapped)
    fields = {"layer": "issue_register", "path": "t.csv", "licence": "x", "dated": "2026-10-01", "basis": "x"}
    card = SourceConfig.model_validate({**fields, "name": "n", "columns": {"parcel_id": "KAVEL"}})
    with pytest.raises(SourceRefusal, match="another file than when the run began"):
        read_source(card, tmp_path, checksum(path)[0])


@pytest.mark.parametrize("number", ["12x", "1,5", "abc"])
def test_a_number_that_gdal_reads_otherwise_than_it_stands_there_is_refused(tmp_path: Path, number: str) -> None:
    squares(M2=[1.5, 2.5, 3.5]).to_file(tmp_path / "k.shp")
    content = (tmp_path / "k.dbf").read_bytes()
    stored = re.search(rb" +2\.50*", content)
    assert stored is not None
    (tmp_path / "k.dbf").write_bytes(content.replace(stored.group(), number.encode().rjust(len(stored.group()))))
    with pytest.raises(SourceRefusal, match="GDAL warns"):
        read(tmp_path, "k.shp")


def test_what_a_library_raises_is_a_refusal_of_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("out of luck")

    (tmp_path / "t.csv").write_text("KAVEL\na\n", encoding="utf-8")
    monkeypatch.setitem(read_source.__globals__["TABLE_READERS"], "csv", fail)
    with pytest.raises(
        Refusal, match=r"file 't.csv': content that cannot be read \(RuntimeError: out of luck\)"
    ) as fault:
        read(tmp_path, "t.csv")
    assert fault.value.place["source"] == "n" and fault.value.exit_code == 4


def test_a_text_without_anything_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\n\n", encoding="utf-8")
    with pytest.raises(SourceRefusal, match="no header"):
        read(tmp_path, "t.csv")
