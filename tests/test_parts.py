"""A table read and written part by part is the table, whatever the parts; parts end where keys under keys end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import holdings, square

from layers.derived.holding_shapes import LAYER
from pipeline.storage import parquet_stream as parts
from pipeline.storage.parquet_stream import FollowingRows, TableWriter, between, by_key, read

LAND = LAYER.conform(holdings(**{f"h{n:03}": square(n % 9, n // 9) for n in range(100)}))


def written(path: Path, sizes: list[int]) -> bytes:
    table, begin = TableWriter(path), 0
    for size in sizes:
        table.add(LAND.iloc[begin : begin + size])
        begin += size
    table.add(LAND.iloc[begin:])
    table.finish()
    table.place()
    return path.read_bytes()


@pytest.mark.parametrize("group", [7, 50, 1000])
@pytest.mark.parametrize("sizes", [[], [1, 1, 1], [0, 60], [33, 33, 33]])
def test_the_same_bytes_whatever_the_parts(
    group: int, sizes: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "GROUP_ROWS", group)
    assert written(tmp_path / "one.parquet", sizes) == written(tmp_path / "two.parquet", [])


def test_what_was_written_is_read_as_the_table(tmp_path: Path) -> None:
    written(tmp_path / "t.parquet", [10, 80])
    whole = gpd.read_parquet(tmp_path / "t.parquet")
    assert LAYER.conform(whole).equals(LAND) and whole.crs.to_epsg() == 28992
    again = pd.concat(list(read(tmp_path / "t.parquet", 13)), ignore_index=True)
    assert again.equals(LAND) and list(again.columns) == list(LAND.columns)
    assert parts.rows_of(tmp_path / "t.parquet") == 100


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    table = TableWriter(tmp_path / "t.parquet")
    table.add(LAYER.empty())
    table.finish()
    table.place()
    assert LAYER.conform(gpd.read_parquet(tmp_path / "t.parquet")).equals(LAYER.empty())


def test_a_table_that_is_dropped_leaves_what_was_there(tmp_path: Path) -> None:
    before = written(tmp_path / "t.parquet", [])
    table = TableWriter(tmp_path / "t.parquet")
    table.add(LAND.iloc[:3])
    table.drop()
    assert (tmp_path / "t.parquet").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


NAMES = st.lists(st.text("A1-.0 ", min_size=1, max_size=4), max_size=30, unique=True)


@given(NAMES, st.integers(1, 5), st.integers(1, 7))
def test_parts_end_where_keys_under_keys_end(names: list[str], rows: int, frame_rows: int) -> None:
    """Every key has three under it, `KEY.1` to `KEY.3`: as text, those of a part come before the next."""
    table = pd.DataFrame({"key": sorted(names)})
    frames = [table.iloc[row : row + frame_rows] for row in range(0, len(table), frame_rows)]
    split = list(by_key(frames, "key", rows))
    assert [name for part, _ in split for name in part["key"]] == sorted(names)
    assert [bound for _, bound in split[:-1]] == [part["key"].iloc[0] for part, _ in split[1:]]
    under = [sorted(f"{name}.{n}" for name in part["key"] for n in (1, 2, 3)) for part, _ in split]
    assert [name for part in under for name in part] == sorted(f"{name}.{n}" for name in names for n in (1, 2, 3))
    for part, (_, bound) in zip(under, split, strict=True):
        assert bound is None or all(name < bound for name in part)


@given(NAMES, st.lists(st.text("A1-.0 ", max_size=3), max_size=6), st.integers(1, 7), st.integers(1, 3))
def test_what_follows_is_taken_up_to_each_bound_and_nothing_twice(
    names: list[str], bounds: list[str], rows: int, step: int
) -> None:
    """Rows that are wanted: every one, or every second, or third; the others are let go."""
    table = pd.DataFrame({"key": pd.Series(sorted(names), dtype="str")})
    wanted = sorted(names)[::step]
    frames = (table.iloc[row : row + rows] for row in range(0, len(table), rows))
    following = FollowingRows(frames, "key", table.iloc[:0])
    values = pa.array(wanted, pa.large_string())
    taken: list[list[Any]] = [
        following.until(bound, "key", values)["key"].tolist() for bound in [*sorted(bounds), None]
    ]
    assert [name for some in taken for name in some] == wanted
    for some, bound in zip(taken, sorted(bounds), strict=False):
        assert all(name < bound for name in some)


@pytest.mark.parametrize(("begin", "count"), [(0, 100), (0, 7), (3, 1), (6, 2), (13, 40), (98, 2), (40, 0)])
def test_rows_between_are_those_rows(begin: int, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "GROUP_ROWS", 7)
    written(tmp_path / "t.parquet", [])
    some = between(tmp_path / "t.parquet", begin, count)
    assert some.equals(LAND.iloc[begin : begin + count].reset_index(drop=True))


def test_a_table_that_cannot_be_ended_is_taken_away_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk."""
    table = TableWriter(tmp_path / "t.parquet")
    table.add(LAND)

    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(table.writer, "close", full)
    table.drop()
    assert not list(tmp_path.iterdir())
