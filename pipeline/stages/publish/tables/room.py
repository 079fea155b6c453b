"""Ruimte in beeld: rooms told in sentences, and what housing, roads, nature and air add to plots and pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.air_quality import AIR_CLASSES
from layers.derived.parcel_overview import ROAD
from pipeline.stages.publish.text.sentences import Narrator

PARCEL_KEY = ["cluster_id", "parcel_id"]


def room_overview(rooms: pd.DataFrame, narrator: Narrator) -> pd.DataFrame:
    """Rooms with the sentence that says why; the same room for the same reasons is told once."""
    columns = ["plan_category", "profile", "year", "room", "reasons", "attention"]
    rows = rooms[columns].astype(object).where(rooms[columns].notna(), None).itertuples(index=False, name=None)
    texts: dict[tuple[Any, ...], str] = {}
    sentences = []
    for row in rows:  # a dictionary look-up for most: few rooms are told anew
        if row not in texts:
            texts[row] = narrator.sentence(dict(zip(columns, row, strict=True)))
        sentences.append(texts[row])
    return rooms.assign(narrative=sentences)


def of_pieces(bounds: pd.DataFrame, rooms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Per piece and year the category, who binds it, and the category with soft plans; per pair the sentence.
    Wide by year.
    """
    names = ("category", "binding_id", "category_with_soft_plans")
    wide = bounds.pivot(index="piece_id", columns="year", values=list(names))
    wide.columns = pd.Index([f"{name}_{year}" for name, year in wide.columns])
    last = bounds[bounds["year"] == bounds["year"].max()].set_index("piece_id")["own_risk_radius_m"]
    text_by_year = rooms.pivot(index=["combination_id", "plan_category"], columns="year", values="narrative")
    text_by_year.columns = pd.Index([f"room_text_{year}" for year in text_by_year.columns])
    return wide.join(last).reset_index(), text_by_year.reset_index()


def of_plots(tables: Mapping[str, Any]) -> list[pd.DataFrame]:
    """Per plot: metres along the road, overloaded nature, the class of the air, and what its category
    asks around it.
    """
    return [
        _roads(tables["access"]),
        _nature(tables["nature_rings"]),
        _air(tables["air_quality"]),
        _outward(tables["outward_zoning"]),
    ]


def _roads(access: pd.DataFrame) -> pd.DataFrame:
    by_road = access[access["way"] == "road"]
    wide = by_road.pivot(index=PARCEL_KEY, columns="target", values="distance_m").reindex(columns=list(ROAD))
    wide.columns = pd.Index([f"road_{target}_m" for target in wide.columns])
    snap = by_road.groupby(PARCEL_KEY)["snap_m"].min().rename("road_snap_m")
    return wide.join(snap, how="outer").reset_index()


def _nature(rings: pd.DataFrame) -> pd.DataFrame:
    per_plot = rings.groupby(PARCEL_KEY).agg(
        overloaded=("overloaded", "sum"),
        hexagons_not_known=("not_known", "sum"),
        lowest_critical_load_mol_ha=("lowest_critical_load_mol_ha", "min"),
    )
    return per_plot.reset_index()


def _air(air: pd.DataFrame) -> pd.DataFrame:
    """The heaviest class of the components; where one is not known, only the heaviest of all is certain."""
    order = [AIR_CLASSES[0], "unknown", *AIR_CLASSES[1:-1]]
    rank = air["air_class"].map({name: place for place, name in enumerate(order)})
    worst = air.assign(rank=rank).groupby(PARCEL_KEY)["rank"].min()
    return worst.map(dict(enumerate(order))).rename("air_class").reset_index()


def _outward(outward: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(outward[[*PARCEL_KEY, "outward_m", "outward_buildings", "outward_plan_ids"]])


def with_class(plots: pd.DataFrame) -> pd.DataFrame:
    """Plots of which no background is given have an unknown class."""
    return plots.assign(air_class=np.where(plots["air_class"].isna(), "unknown", plots["air_class"]))
