"""What was published, and the raw files behind it, read with sqlite, pandas and shapely: no code of the project."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import tomllib
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable

RULES = Path(__file__).parents[2] / "config"
KIND_SUMS = {"vijf_clusters": "cluster", "cluster_6_samen": "cluster_6"}  # sums of clusters, by the kind of their cards
SUMS = ("nederland", *KIND_SUMS)  # what stands in tables beside the clusters: no cluster itself
EARLIEST, LATEST = "vroegst", "laatst"
HOLDER = {EARLIEST: "bezit_{}", LATEST: "bezit_verlengd_{}"}  # columns of who has the land, by case

HOLDINGS = {
    "free": "vrij",
    "not_serviced": "niet terstond uitgeefbaar",
    "optioned": "in optie",
    "reserved": "gereserveerd",
    "contracted": "gecontracteerd",
    "leased": "in gebruik gegeven",
    "idle": "uitgegeven, onbenut",
    "temporary": "tijdelijk in gebruik",
    "public_space": "openbare ruimte",
    "unknown": "onbekend",
}
ROOMS = {"open": "open", "conditional": "voorwaardelijk", "blocked": "uitgesloten", "unknown": "onbekend"}
VERDICTS = {
    **ROOMS,
    **{name: HOLDINGS[name] for name in ("not_serviced", "public_space", "unknown")},
    "usable": "bruikbaar",
    "claimed": "in optie, gereserveerd of gecontracteerd",
    "in_use": "in gebruik",
}

IS_OTHER_DRAW = "OTHER_DRAW" in os.environ  # of the example, by tools/other_draws.py
written_for_the_example = pytest.mark.skipif(IS_OTHER_DRAW, reason="its numbers are of the plots of the example")


def is_enough(compared: int, on_the_example: int) -> bool:
    """Whether so many comparisons say anything: on another draw of the example one does."""
    return compared >= (1 if IS_OTHER_DRAW else on_the_example)


@cache
def _rows(package: Path, name: str) -> pd.DataFrame:
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as database:
        if not database.execute("select 1 from sqlite_master where name = ?", [name]).fetchone():
            national = package.with_name("nederland.gpkg")
            return _rows(national, name).iloc[:0] if national.exists() and national != package else pd.DataFrame()
        return pd.read_sql(f'select * from "{name}"', database).drop(columns="geom", errors="ignore")


def layer(package: Path, name: str) -> pd.DataFrame:
    """A table of a GeoPackage, without its geometry; one that a cluster does not have is empty."""
    return _rows(package, name).copy()


@cache
def rules(name: str) -> dict[str, Any]:
    """A file of rules, as it is written."""
    return tomllib.loads((RULES / f"{name}.toml").read_text(encoding="utf-8"))


def activities() -> dict[str, dict[str, Any]]:
    """The card of each activity by its title."""
    return {card["title"]: card for card in rules("profiles")["profile"].values()}


def effects() -> pd.DataFrame:
    """What each constraint does to what is built, as it is written."""
    return pd.read_csv(RULES / "effects.csv", sep=";")


@cache
def _cells() -> dict[tuple[str, str], str]:
    table = pd.read_csv(RULES / "verdicts.csv", sep=";").set_index("holding").stack()
    return {(HOLDINGS[holding], ROOMS[room]): VERDICTS[word] for (holding, room), word in table.items()}


def cell(holder: str, room: str) -> str:
    """What who has land and what may be there come to, by the written table."""
    return _cells()[holder, room]


def shapes(package: Path, name: str, key: str) -> dict[str, Any]:
    """The shapes of a layer of a GeoPackage (RD New), by their key."""
    return dict(zip(*drawn(package, name, key), strict=True))


def drawn(package: Path, name: str, key: str) -> tuple[list[Any], Any]:
    """The key and shape of each row of a layer of a GeoPackage."""
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as database:
        column = database.execute(
            "select column_name from gpkg_geometry_columns where table_name = ?", [name]
        ).fetchone()[0]
        rows = database.execute(f'select "{key}", "{column}" from "{name}"').fetchall()
    sizes = (0, 32, 48, 48, 64)  # of the envelope in front of the WKB, by its code
    texts = [blob[8 + sizes[(blob[3] >> 1) & 7] :] for _, blob in rows]
    return [label for label, _ in rows], shapely.from_wkb(np.array(texts, dtype=object))


def card(project: Path, name: str) -> dict[str, Any]:
    """The card of a source of a project: file, and which of its columns is which of ours."""
    text = (project / "sources" / f"{name}.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["source"])


def raw(project: Path, data: Path, name: str) -> tuple[pd.DataFrame, Any]:
    """The rows of a raw GeoPackage under our names (only columns that are named outright), and their shapes as
    drawn."""
    source = card(project, name)
    file = data / source["path"]
    inside = source.get("inside", file.stem)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        table = pd.read_sql(f'select rowid as row, * from "{inside}"', database)
    named = {ours: table[theirs] for ours, theirs in source["columns"].items() if isinstance(theirs, str)}
    return pd.DataFrame(named), drawn(file, inside, "rowid")[1]


def units(outputs: Path) -> list[Path]:
    """The GeoPackage of each cluster, without that of the Netherlands."""
    return [path for path in sorted(outputs.glob("*.gpkg")) if path.stem != "nederland"]


def features(path: Path) -> tuple[pd.DataFrame, Any]:
    """The properties and shapes of a raw GeoJSON file in longitude and latitude, the shapes in RD New (some decimetres
    off where PROJ has no grids)."""
    rows = json.loads(path.read_text(encoding="utf-8"))["features"]
    to_rd = pyproj.Transformer.from_crs("EPSG:4258", "EPSG:28992", always_xy=True)
    outlines = [shapely.geometry.shape(row["geometry"]) for row in rows]
    moved = [shapely.transform(outline, to_rd.transform, interleaved=False) for outline in outlines]
    return pd.DataFrame([row["properties"] for row in rows]), np.array(moved, dtype=object)


def register(path: Path) -> list[dict[str, str]]:
    """The rows of the raw contract register, one per plot that it names."""
    with path.open(encoding="cp1252", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return [{**row, "KAVELS": plot.strip()} for row in rows for plot in row["KAVELS"].replace(";", ",").split(",")]


def groups(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The numbers below `count` that hang together by pairs of them, each group in rising order."""
    top = list(range(count))

    def root(number: int) -> int:
        while top[number] != number:
            top[number] = top[top[number]]
            number = top[number]
        return number

    for left, right in pairs:
        top[max(root(left), root(right))] = min(root(left), root(right))
    result: dict[int, list[int]] = {}
    for number in range(count):
        result.setdefault(root(number), []).append(number)
    return list(result.values())
