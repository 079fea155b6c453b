"""Inputs that would fill the memory, the stack or the day are refused before they do."""

from __future__ import annotations

import struct
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from layers.errors import ConfigRefusal, SourceRefusal
from pipeline.project.source import FromColumnConfig, SourceConfig
from pipeline.stages.acquire.input_validation import inspect
from pipeline.stages.acquire.reading import read_source

convert = import_module("pipeline.stages.harmonise.convert")  # the package has a function of this name


def card(path: str, **more: Any) -> SourceConfig:
    given = {"layer": "parcels", "path": path, "licence": "x", "dated": "2026-10-01", "basis": "x", "name": "s", **more}
    return SourceConfig.model_validate(given)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        pytest.param("a.csv", 2 * 2**30 + 1, id="a table of text"),
        pytest.param("a.geojson", 2 * 2**30 + 1, id="shapes as text"),
        pytest.param("a.gml", 2 * 2**30 + 1, id="markup"),
        pytest.param("a.gpkg", 32 * 2**30 + 1, id="a base that is read by its parts"),
    ],
)
def test_a_file_that_fills_the_memory_is_not_opened(tmp_path: Path, name: str, size: int) -> None:
    with (tmp_path / name).open("wb") as stream:
        stream.truncate(size)  # a file of nothing, which takes no room on disk
    with pytest.raises(SourceRefusal, match=f"{size:,} bytes"):
        inspect(card(name), tmp_path / name)


def test_a_workbook_counts_as_large_as_it_unfolds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.stages.acquire.input_validation.TEXT_BYTES", 100_000)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", " " * 1_000_000)
    assert (tmp_path / "a.xlsx").stat().st_size < 100_000
    with pytest.raises(SourceRefusal, match="1,000,000 bytes"):
        inspect(card("a.xlsx"), tmp_path / "a.xlsx")


def nested_wkb(depth: int, order: str = "<", place: bool = False) -> bytes:
    """A point within so many collections of one part."""
    mark, kind = (1 if order == "<" else 0), 7 | (0x20000000 if place else 0)
    code = struct.pack(f"{order}i", 28992) if place else b""
    head = struct.pack(f"{order}bI", mark, kind) + code + struct.pack(f"{order}I", 1)
    return head * depth + struct.pack(f"{order}bIdd", mark, 1, 150_000, 450_000)


def write_parquet(folder: Path, wkb: bytes) -> None:
    table = pa.table({"KAVEL": ["a"], "geometry": pa.array([wkb], pa.binary())})
    meta = b'{"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "crs": null}}}'
    pq.write_table(table.replace_schema_metadata({b"geo": meta}), folder / "a.parquet")


@pytest.mark.parametrize(
    "wkb",
    [
        pytest.param(nested_wkb(200_000), id="so deep that the program would end"),
        pytest.param(nested_wkb(33), id="one too deep"),
        pytest.param(nested_wkb(40, ">"), id="the other order of bytes"),
        pytest.param(nested_wkb(40, place=True), id="with the code of a place"),
    ],
)
def test_shapes_within_shapes_without_end_are_refused(tmp_path: Path, wkb: bytes) -> None:
    write_parquet(tmp_path, wkb)
    with pytest.raises(SourceRefusal, match="shapes within shapes in row 1"):
        read_source(card("a.parquet"), tmp_path)


@pytest.mark.parametrize(
    "shape", [shapely.MultiPoint([(1, 1), (2, 2)]), shapely.box(0, 0, 1, 1), shapely.from_wkb(nested_wkb(8))]
)
def test_ordinary_shapes_are_read(tmp_path: Path, shape: Any) -> None:
    write_parquet(tmp_path, shapely.to_wkb(shape))
    assert shapely.equals(read_source(card("a.parquet"), tmp_path).shapes[0], shape)


def test_text_of_shapes_within_shapes_is_refused(tmp_path: Path) -> None:
    deep = "GeometryCollection(" * 100_000 + "POINT(1 1)" + ")" * 100_000
    pd.DataFrame({"KAVEL": ["a", "b"], "g": ["POINT(1 1)", deep]}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(SourceRefusal, match="shapes within shapes in row 2"):
        read_source(card("a.csv", geometry={"kind": "wkt", "column": "g"}), tmp_path)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"((?:a+)+)$", id="repetition in repetition"),
        pytest.param(r"((?:a|aa)+)$", id="two ways to read the same"),
        pytest.param(r"((?:a|a)*)b", id="twice the same choice"),
    ],
)
def test_a_pattern_that_goes_on_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    monkeypatch.setattr(convert, "PATTERN_S", 0.1)
    spec = FromColumnConfig.model_validate({"from": "T", "pattern": pattern})
    with pytest.raises(ConfigRefusal, match=r"more than 0\.1 s of work"):
        convert.pluck(pd.Series(["a" * 60 + "!"], dtype=object), spec)


def test_an_ordinary_pattern_is_not_stopped() -> None:
    spec = FromColumnConfig.model_validate({"from": "T", "pattern": r"kavel (\d+)"})
    assert convert.pluck(pd.Series(["kavel 12", "x"], dtype=object), spec).tolist() == ["12", None]


def test_an_object_without_end_in_a_cell_is_text() -> None:
    text = '{"a":' * 100_000 + "1" + "}" * 100_000
    spec = FromColumnConfig.model_validate({"from": "T", "member": ["b"]})
    assert convert.pluck(pd.Series([text], dtype=object), spec).tolist() == [text]
