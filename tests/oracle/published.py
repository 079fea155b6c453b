"""What was published, read with sqlite and pandas alone: no code of the project."""

from __future__ import annotations

import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

RULES = Path(__file__).parents[2] / "config"
KIND_SUMS = {"vijf_clusters": "cluster", "cluster_6_samen": "cluster_6"}  # sums of clusters, by the kind of their cards
SUMS = ("nederland", *KIND_SUMS)  # what stands in tables beside the clusters: no cluster itself


def layer(package: Path, name: str) -> pd.DataFrame:
    """A table of a GeoPackage, without its geometry."""
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as database:
        return pd.read_sql(f'select * from "{name}"', database).drop(columns="geom", errors="ignore")


def rules(name: str) -> dict[str, Any]:
    """A file of rules, as it is written."""
    return tomllib.loads((RULES / f"{name}.toml").read_text(encoding="utf-8"))


def shapes(package: Path, name: str, key: str) -> dict[str, Any]:
    """The shapes of a layer of a GeoPackage (RD New), by their key."""
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as database:
        rows = database.execute(f'select "{key}", geom from "{name}"').fetchall()
    sizes = (0, 32, 48, 48, 64)  # of the envelope in front of the WKB, by its code
    return {label: shapely.from_wkb(blob[8 + sizes[(blob[3] >> 1) & 7] :]) for label, blob in rows}
