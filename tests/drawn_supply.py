"""Drawn areas of stations and suppliers, and the room that the rules leave an activity at places on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from squared_paper import square, table

from pipeline.land.rooms import zone_effect
from pipeline.project.effect_conditions import SEVERITY
from pipeline.project.project import Project
from pipeline.project.rules import ConstrainConfig
from pipeline.stages.constrain import constrain

PAPER = square(0, 0, 8, 8)


def feeding_areas(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Areas of stations; what is left out is not known."""
    return table("feeding_areas", [{"feeding_area_id": f"f{n}", **row} for n, row in enumerate(rows)])


def water_areas(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Areas of suppliers of industrial water."""
    same = {"supply_kind": "industrial_water"}
    return table("supply_areas", [{"supply_id": f"w{n}", **same, **row} for n, row in enumerate(rows)])


def room_at(
    rules: Project, layer: str, areas: Any, takes: Mapping[str, float], refused: Sequence[Any] = ()
) -> dict[tuple[int, float, float], str]:
    """`none`, `conditional` or `unknown` for an activity that takes so much, in years around 2030 at the middle of
    every square of the paper (row and column)."""
    chosen = tuple(
        rule
        for rule in rules.constrain.constraint
        if rule.layer == layer and (layer == "feeding_areas" or rule.theme == "industrial_water")
    )
    doubtful = {layer: np.array([*refused, None], dtype=object)[:-1]} if refused else {}
    drawn = constrain(
        {layer: areas}, PAPER, ConstrainConfig(quad_segs=8, constraint=chosen), {}, doubtful, this_year=2026
    )
    asks = rules.profiles["electrolyser"].model_copy(update=dict(takes))
    by_name = {rule.name: rule for rule in chosen}
    effects = [
        zone_effect(
            row.band if isinstance(row.band, str) else None,
            asks,
            [effect for effect in rules.effects if effect.constraint == row.constraint],
            (by_name[row.constraint], rules.assess),
        )
        for row in drawn.itertuples()
    ]
    middles = [(column + 0.5, row + 0.5) for column in range(8) for row in range(8)]
    places = [square(x, y, 0, 0).centroid for x, y in middles]
    covers = shapely.intersects(drawn.geometry.to_numpy()[:, None], places)
    first, last = drawn["valid_from"].fillna(0).to_numpy(int), drawn["valid_to"].fillna(9999).to_numpy(int)
    rooms = {}
    for year in range(2026, 2036):
        now = (first <= year) & (year <= last)
        for number, middle in enumerate(middles):
            here = [effect for effect, is_over in zip(effects, covers[:, number] & now, strict=True) if is_over]
            limits = [effect for effect in here if effect != "attention"]
            rooms[year, *middle] = max(limits, key=SEVERITY.__getitem__, default="none")
    return rooms
