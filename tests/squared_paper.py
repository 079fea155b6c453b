"""Squared paper: shapes one can draw, in squares of 100 m; the paper's corner lies at RD (100 000, 400 000)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from layers.derived import DERIVED
from layers.layer import RD_NEW
from layers.sources import TABLES
from pipeline.stages.overlay.execution import IN_THIS_THREAD, ExecutionContext
from pipeline.stages.overlay.incremental import PreviousResult, prepared
from pipeline.stages.overlay.pieces import Part, overlay_part

SIDE = 100.0
CORNER = (100_000.0, 400_000.0)


def square(column: float, row: float, wide: float = 1, high: float = 1) -> Any:
    """A rectangle of so many squares, from its lower left corner."""
    x, y = CORNER[0] + SIDE * column, CORNER[1] + SIDE * row
    return shapely.box(x, y, x + SIDE * wide, y + SIDE * high)


def table(name: str, rows: list[dict[str, Any]], **same: Any) -> Any:
    """A table under its layer's contract; columns left out are empty, `unknown` where that is a choice."""
    layer = {**TABLES, **DERIVED}[name]
    if not rows:
        return layer.empty()
    frame = pd.DataFrame([{**same, **row} for row in rows])
    for column, declared in layer.columns.items():
        if column not in frame:
            frame[column] = "unknown" if "unknown" in declared.choices else None
    if not layer.shape:
        return layer.conform(frame)
    return layer.conform(gpd.GeoDataFrame(frame, geometry="geometry", crs=RD_NEW))


def parcels(**shapes: Any) -> Any:
    """Plots by name."""
    return table(
        "parcels", [{"parcel_id": name, "geometry": shape} for name, shape in shapes.items()], plan_category="5.1"
    )


def holdings(**shapes: Any) -> Any:
    """Holdings by name, each a plot of its own."""
    rows = [
        {"holding_id": name, "parcel_id": name, "geometry": shape, "area_m2": shape.area}
        for name, shape in shapes.items()
    ]
    return table("holdings", rows, cluster_id="paper", plan_category="5.1")


def zones(**shapes: Any) -> Any:
    """Zones by name."""
    rows = [
        {"zone_id": name, "constraint": name, "zone_title": name, "geometry": shape} for name, shape in shapes.items()
    ]
    return table(
        "zones",
        rows,
        cluster_id="paper",
        theme="safety",
        direction="onto",
        standing="law",
        basis="drawn",
        certainty="C",
    )


def lease(contract: str, parcel: str | None, right: str = "sublease", **more: Any) -> dict[str, Any]:
    """A row of ground_leases, with dates as text (2030-01-01)."""
    row = {
        "contract_id": contract,
        "parcel_id": parcel,
        "right_type": right,
        "extension_right": "none",
        "certainty": "deed",
        **more,
    }
    return {name: pd.Timestamp(value) if name.endswith("_on") and value else value for name, value in row.items()}


def day(text: str) -> dt.date:
    """A day from text."""
    return dt.date.fromisoformat(text)


def overlay_incremental(
    holdings: Any, zones: Any, engine: str, previous: PreviousResult | None, context: ExecutionContext = IN_THIS_THREAD
) -> tuple[Any, Any, Any]:
    """Pieces, combinations and fingerprints of all holdings as one part."""
    return overlay_part(Part(holdings, previous, context), prepared(zones), engine)


def overlay(
    holdings: Any, zones: Any, engine: str = "fast", context: ExecutionContext = IN_THIS_THREAD
) -> tuple[Any, Any]:
    """Pieces and combinations of a full cut."""
    pieces, combinations, _ = overlay_incremental(holdings, zones, engine, None, context)
    return pieces, combinations
