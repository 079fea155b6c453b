"""Sites of the example, and the plots they are divided into; coordinates in RD New (m)."""

import datetime as dt
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import shapely
from shapely import affinity

RD, DEGREES = "EPSG:28992", "EPSG:4258"
SEED = 20261001
_seeds = [SEED]  # the last is in use
REFERENCE_DATE = dt.date(2026, 10, 1)


def use_seed(seed: int) -> None:
    """Draw from another seed than that of the example."""
    _seeds.append(seed)


def chance_row(number: int = 0) -> random.Random:
    """A row of random numbers of its own, by the seed in use."""
    return random.Random(_seeds[-1] + number)


@dataclass(frozen=True)
class Place:
    """A site: cluster, prefix of its plots, lower left corner in RD New (m), size and plot size (m), turn (degrees)."""

    cluster: str
    name: str
    prefix: str
    corner: tuple[float, float]
    size: tuple[float, float]
    plot_m: float
    turn: float


PLACES = (
    Place("westhaven", "Westhaven", "WH", (146_000, 506_000), (3600, 2400), 95, 7.0),
    Place("westhaven", "Voorhaven", "VH", (144_300, 506_400), (1200, 900), 90, 7.0),
    Place("oosterpark", "Oosterpark", "OP", (156_000, 504_000), (2200, 1800), 100, -4.0),
    Place("papierfabriek", "Papierfabriek", "PF", (163_000, 511_000), (600, 450), 110, 0.0),
    Place("steenbakkerij", "Steenbakkerij", "SB", (140_500, 500_500), (500, 400), 100, 12.0),
    Place("zuivelfabriek", "Zuivelfabriek", "ZF", (152_000, 514_500), (450, 450), 110, 0.0),
)


def turned(shape: Any, place: Place) -> Any:
    """The shape turned about the corner of its place, on the millimetre."""
    return shapely.set_precision(affinity.rotate(shape, place.turn, origin=place.corner), 0.001)


def outline(place: Place) -> Any:
    """The edge of a place."""
    x, y = place.corner
    return turned(shapely.box(x, y, x + place.size[0], y + place.size[1]), place)


def plots(place: Place, chance: random.Random) -> list[tuple[Any, int]]:
    """Rectangles in blocks with roads of 20 m between; each with the number of its block."""
    x0, y0 = place.corner
    shapes, block = [], 0
    y = y0 + 20
    while y < y0 + place.size[1] - 60:
        depth = min(chance.choice([240, 300, 360]), y0 + place.size[1] - 20 - y)
        x = x0 + 20
        while x < x0 + place.size[0] - 60:
            wide = min(chance.choice([360, 480, 600]), x0 + place.size[0] - 20 - x)
            block += 1
            rows = max(1, round(depth / (place.plot_m * chance.choice([0.8, 1.0, 1.4]))))
            for row in range(rows):
                count = max(1, round(wide / (place.plot_m * chance.choice([0.7, 1.0, 1.0, 1.8]))))
                cuts = [0.0, *sorted((k + chance.uniform(-0.2, 0.2)) / count for k in range(1, count)), 1.0]
                low, high = y + depth * row / rows, y + depth * (row + 1) / rows
                shapes += [(shapely.box(x + wide * a, low, x + wide * b, high), block) for a, b in pairwise(cuts)]
            x += wide + 20
        y += depth + 20
    return [(turned(shape, place), number) for shape, number in shapes]


def basin() -> Any:
    """The harbour basin of Westhaven."""
    x, y = PLACES[0].corner
    return turned(shapely.box(x + 1200, y - 900, x + 1420, y + 1500), PLACES[0])
