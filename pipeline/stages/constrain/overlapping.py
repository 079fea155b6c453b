"""Values of a constraint where its features overlap: land under several keeps the most that any gives, or what is known
of the feature that it belongs to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.layer import RD_NEW
from pipeline.project.effect_conditions import band_between
from pipeline.project.filter_expressions import select
from pipeline.project.rules import ConstraintConfig, ValuesConfig
from pipeline.spatial.geometry import keep_dimension
from pipeline.spatial.reference_overlay import reference_overlay
from pipeline.stages.constrain.periods import ALWAYS, FOR_GOOD, Years, first_and_last, open_years

Bounds = tuple[float, float]  # the least and the most that a value may be; infinite: nothing bounds it
FREE: Bounds = (np.inf, np.inf)


@dataclass(frozen=True)
class Valued:
    """Features (RD New) with the least and the most that the value of each may be, and its first and last year."""

    shapes: Any
    least: Any
    most: Any
    first: Any
    last: Any

    def years(self, cover: tuple[int, ...]) -> Iterator[tuple[int, int, list[int]]]:
        """From when to when which of some features count."""
        places = list(cover)
        turns = np.unique([ALWAYS, *self.first[places], *(self.last[places] + 1), FOR_GOOD + 1]).tolist()
        for begin, after in pairwise(turns):
            yield begin, after - 1, [n for n in places if self.first[n] <= begin and self.last[n] >= after - 1]

    def most_of(self, cover: tuple[int, ...]) -> Iterator[tuple[int, int, Bounds | None]]:
        """What the best of some features gives, by year; None where none does yet."""
        for begin, end, now in self.years(cover):
            yield begin, end, (float(self.least[now].max()), float(self.most[now].max())) if now else None

    def difference_of(self, cover: tuple[int, ...]) -> Iterator[tuple[int, int, Bounds | None]]:
        """Between what and what the value lies if it is that of one of some features, by year; None where all agree.
        What no longer counts bounds nothing."""
        for begin, end, now in self.years(cover):
            every = [(self.least[n], self.most[n]) if n in now else FREE for n in cover]
            least, most = (
                float(pick(column)) for pick, column in zip((min, max), zip(*every, strict=True), strict=True)
            )
            yield begin, end, (least, most) if len(set(every)) > 1 else None


def by_overlap(
    features: gpd.GeoDataFrame, constraint: ConstraintConfig, how: ValuesConfig, this_year: int
) -> list[tuple[Years, gpd.GeoDataFrame]]:
    """What a constraint with values is drawn from by year, as their `overlap` says; the column holds bands, as text."""
    valued = _valued(features, constraint, how, this_year)
    parts = _under_several(valued.shapes)
    rows: dict[tuple[int, int], list[tuple[str, Any]]] = defaultdict(list)
    if how.overlap == "most":
        alone = _less(valued.shapes, parts)
        bands = map(band_between, valued.least.tolist(), valued.most.tolist())
        for begin, end, band, shape in zip(valued.first.tolist(), valued.last.tolist(), bands, alone, strict=True):
            if begin <= end and shape is not None:
                rows[begin, end].append((band, shape))
    for shape, cover in parts:
        values = valued.most_of(cover) if how.overlap == "most" else valued.difference_of(cover)
        for begin, end, (least, most) in _joined(values):
            rows[begin, end].append((band_between(least, most), shape))
    return [(open_years(*years), _frame(how.column, rows[years])) for years in sorted(rows)]


def _frame(column: str, rows: list[tuple[str, Any]]) -> gpd.GeoDataFrame:
    bands, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame({column: list(bands)}, geometry=list(shapes), crs=RD_NEW)


def _valued(features: gpd.GeoDataFrame, constraint: ConstraintConfig, how: ValuesConfig, this_year: int) -> Valued:
    value = pd.to_numeric(features[how.column]).astype(float)
    value = value.mask(select(features, how.unknown)) if how.unknown else value
    value = value.mask(select(features, how.zero), 0.0) if how.zero else value
    first, last = first_and_last(features, constraint, this_year)
    # What is supplied from a year on counts from the next: until then the land lies outside the areas of suppliers.
    first = first.mask(first > ALWAYS, first + 1) if how.overlap == "most" else first
    # Relief does not make known how much there is.
    last = last.mask(value.isna(), FOR_GOOD) if constraint.until_year else last
    return Valued(
        features.geometry.to_numpy(),
        value.fillna(0.0).to_numpy(),
        value.fillna(np.inf).to_numpy(),
        first.to_numpy(),
        last.to_numpy(),
    )


def _under_several(shapes: Any) -> list[tuple[Any, tuple[int, ...]]]:
    """The parts of land under more than one of some areas (RD New), with the positions of these; by area."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    # Pair by pair: each is small and meets few areas. Land under three lies in three pairs, and is united below.
    both = keep_dimension(shapely.intersection(shapes[left], shapes[right]), "polygon")
    parts = reference_overlay(both[both != np.array(None)], shapes)
    covers = parts.sets.members()
    by_cover: dict[tuple[int, ...], list[Any]] = defaultdict(list)
    for shape, number in zip(parts.shapes, parts.number.tolist(), strict=True):
        by_cover[covers[number]].append(shape)
    return [(shapely.union_all(pieces), cover) for cover, pieces in sorted(by_cover.items()) if len(cover) > 1]


def _less(shapes: Any, parts: list[tuple[Any, tuple[int, ...]]]) -> Any:
    """Some areas without the land that they share; None where nothing is left."""
    if not parts:
        return shapes
    return keep_dimension(shapely.difference(shapes, shapely.union_all([shape for shape, _ in parts])), "polygon")


def _joined(values: Iterable[tuple[int, int, Bounds | None]]) -> Iterator[tuple[int, int, Bounds]]:
    """Periods with the same value that follow each other as one; those without value left out."""
    before: tuple[int, int, Bounds] | None = None
    for begin, end, value in values:
        if before is not None and before[2] == value:
            before = (before[0], end, before[2])
            continue
        if before is not None:
            yield before
        before = None if value is None else (begin, end, value)
    if before is not None:
        yield before
