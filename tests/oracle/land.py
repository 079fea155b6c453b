"""The published pieces of a cluster as land of our own: what touches, what is wide enough, and how much quay it has."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from oracle.published import HOLDER, activities, cell, drawn, groups, layer, raw, rules, units
from shapely.ops import substring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipeline.runner.stage import RunContext

STEP_M = 0.5  # along a quay
FINE_M = 0.01  # where it decides
STANDS_ON = 0.2  # an edge at more than about 78 degrees to the quay
FIT = ("bruikbaar", "te klein", "te smal", "geen kade")


@dataclass(frozen=True)
class Quays:
    """Raw lines of quay (RD New) with their draught in m, nan where it is not known."""

    lines: Any
    draught_m: Any

    @cached_property
    def short_m(self) -> float:
        """What a quay may lack where metres are asked: it is walked in steps, and measured otherwise where it bends."""
        return 1.0 if any(len(segments(line)) > 1 for line in self.lines) else 3 * FINE_M

    def frontage_m(self, land: Any, which: Any = None, step_m: float = STEP_M) -> float:
        """Metres of the lines (all, or some by a flag per line) from which a line square to them meets the edge of the
        land within reach; an edge belongs to the nearest of the lines, and one that stands on a line is no quay."""
        lines = self.lines if which is None else self.lines[which]
        reach_m = rules("assess")["shape"]["quay_reach_m"]
        edge = np.array(segments(shapely.boundary(land)), dtype=object)
        lines = lines[shapely.dwithin(lines, shapely.boundary(land), reach_m)]
        metres = 0.0
        for line in lines:
            for straight in segments(line):
                near = edge[shapely.dwithin(edge, straight, reach_m)]
                ends, way = shapely.get_coordinates(near).reshape(-1, 2, 2), direction(straight)
                along = np.abs((ends[:, 1] - ends[:, 0]) @ way) / np.maximum(shapely.length(near), 1e-12)
                places_m = shapely.line_locate_point(straight, shapely.points(ends.reshape(-1, 2)))
                if not len(places_m) or np.ptp(places_m) < step_m:
                    continue
                rays, each_m = square_lines(substring(straight, places_m.min(), places_m.max()), reach_m, step_m)
                met = shapely.intersection(rays[:, None], near[along > STANDS_ON][None, :])
                ray, column = np.nonzero(~shapely.is_empty(met))
                far = shapely.distance(met[ray, column][:, None], lines[None, :])
                is_mine = shapely.distance(met[ray, column], line) <= far.min(axis=1, initial=np.inf) + 1e-9
                metres += each_m * len(np.unique(ray[is_mine]))
        return metres


def width_m(shape: Any, enough_m: float = np.inf) -> float:
    """Diameter of the largest circle in a polygon, to a centimetre, or one of at least so many metres: of squares over
    it those are divided in which the middle of a larger circle may lie."""
    edge = shapely.boundary(shape)
    shapely.prepare(shape)
    west, south, east, north = shape.bounds
    side = max(east - west, north - south) / 16
    x, y = np.meshgrid(np.arange(west + side / 2, east + side, side), np.arange(south + side / 2, north + side, side))
    middles, best = np.column_stack([x.ravel(), y.ravel()]), 0.0
    asks_m = enough_m / 2 - 0.01 if np.isfinite(enough_m) else 0.0
    while len(middles) and side > 0.005 and 2 * best < enough_m:
        points = shapely.points(middles)
        free_m = np.where(shapely.intersects(shape, points), 1, -1) * shapely.distance(edge, points)
        best = max(best, float(free_m.max()))
        middles = middles[free_m + side * 0.7072 > max(best, asks_m)]
        side /= 2
        middles = np.concatenate([middles + side / 2 * np.array(by) for by in ((-1, -1), (-1, 1), (1, -1), (1, 1))])
    return 2 * best


def least_m2(plot_m2: float, card: dict[str, Any]) -> float:
    """From how many m2 on a reason counts on a plot."""
    return float(min(max(card["least_area_m2"], card["least_share"] * plot_m2), 0.5 * plot_m2) - 1e-6)


def usable_ha(land: Any, card: dict[str, Any]) -> float:
    """Hectares of the parts of some land that are large and wide enough for an activity that needs no quay."""
    touch_m = rules("assess")["shape"]["touch_m"]
    together = shapely.buffer(shapely.buffer(land, touch_m, join_style="mitre"), -touch_m, join_style="mitre")
    parts = shapely.get_parts(together)
    large = parts[shapely.area(parts) >= card["least_area_ha"] * 1e4 - 0.5]
    least_m = card["least_width_m"]
    return sum((part.area for part in large if width_m(part, least_m) >= least_m - 0.01), 0.0) / 1e4


def quay_users() -> list[dict[str, Any]]:
    """The cards of activities that ask metres of quay."""
    return [card for card in activities().values() if card.get("least_quay_m")]


def segments(lines: Any) -> list[Any]:
    """The straight parts of lines."""
    return [
        shapely.linestrings(pair)
        for part in shapely.get_parts(lines)
        for pair in pairwise(shapely.get_coordinates(part).tolist())
        if pair[0] != pair[1]
    ]


def direction(straight: Any) -> Any:
    """The way that a straight line runs, as x and y of length 1."""
    begin, end = shapely.get_coordinates(straight)
    return (end - begin) / np.hypot(*(end - begin))


def square_lines(straight: Any, reach_m: float, step_m: float) -> tuple[Any, float]:
    """Lines square to a straight line, so many metres to both sides, about every so many metres of it; and how many
    metres of it each stands for."""
    count = max(1, round(straight.length / step_m))
    way, begin = direction(straight), shapely.get_coordinates(straight)[0]
    step_m = straight.length / count
    middle = begin + (np.arange(count) + 0.5)[:, None] * step_m * way
    side = np.array([-way[1], way[0]]) * reach_m
    return shapely.linestrings(np.stack([middle - side, middle + side], axis=1)), step_m


@dataclass(frozen=True)
class Land:
    """The pieces of a cluster: rows, shapes (RD New), and the quays."""

    package: Path
    pieces: pd.DataFrame
    shapes: Any
    quays: Quays
    measured: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def area_m2(self) -> Any:
        """m2 of each piece as it is drawn."""
        return shapely.area(self.shapes)

    @cached_property
    def pairs(self) -> Any:
        """Pairs of pieces that share an edge of at least the metres of the card."""
        card = rules("assess")["shape"]
        left, right = shapely.STRtree(self.shapes).query(self.shapes, predicate="dwithin", distance=card["touch_m"])
        left, right = left[left < right], right[left < right]
        grown = shapely.buffer(self.shapes, card["touch_m"] + 1e-9)
        shared_m = shapely.length(shapely.intersection(shapely.boundary(self.shapes)[left], grown[right]))
        return np.column_stack([left, right])[shared_m >= card["shared_edge_m"]]

    @cached_property
    def neighbours(self) -> list[set[int]]:
        """The pieces that each piece touches."""
        adjacent: list[set[int]] = [set() for _ in self.shapes]
        for left, right in self.pairs.tolist():
            adjacent[left].add(right)
            adjacent[right].add(left)
        return adjacent

    @cached_property
    def years(self) -> list[int]:
        """The years that are asked."""
        return sorted({int(name[-4:]) for name in self.pieces if name.startswith("oordeel_2")})

    def is_free(self, year: int, case: str) -> Any:
        """Which pieces nobody has."""
        return self.holder(year, case) == "vrij"

    def holder(self, year: int, case: str) -> Any:
        """Who has each piece."""
        name = "holder", year, case
        if name not in self.measured:
            states = layer(self.package, "bezitsvlakken").set_index("bezitsvlak_id")[HOLDER[case].format(year)]
            self.measured[name] = self.pieces["bezitsvlak_id"].map(states).to_numpy(dtype=object)
        return self.measured[name]

    def room(self, activity: str, year: int) -> Any:
        """The room of each piece for an activity."""
        return self._rooms(activity, year)["ruimte"].to_numpy(dtype=object)

    def _rooms(self, activity: str, year: int) -> pd.DataFrame:
        """The row of room of each piece."""
        name, key = ("rooms", activity, year), ["combinatie_id", "milieucategorie_plan"]
        if name not in self.measured:
            rooms = layer(self.package, "milieuruimte")
            rooms = rooms[(rooms["activiteit"] == activity) & (rooms["jaar"] == year)]
            self.measured[name] = self.pieces[key].merge(rooms, on=key, how="left")
        rows: pd.DataFrame = self.measured[name]
        return rows

    def verdicts(self, activity: str, year: int, case: str) -> Any:
        """The verdict of each piece: by the written table, and by what it hangs together with where it is free and
        open."""
        key = "verdicts", activity, year, case
        if key not in self.measured:
            holder, room = self.holder(year, case), self.room(activity, year)
            words = np.array([cell(*pair) for pair in zip(holder, room, strict=True)], dtype=object)
            is_both = (holder == "vrij") & (room == "open")
            for patch in self.patches(is_both):
                words[patch] = self.verdict(patch, activity)
            self.measured[key] = words
        return self.measured[key]

    def reasons(self, activity: str, year: int, case: str) -> list[frozenset[str]]:
        """What keeps each piece from being free and open: who has it, and each rule that limits it."""
        name = "reasons", activity, year, case
        if name not in self.measured:
            texts = self._rooms(activity, year)["beperkt_door"].fillna("")
            rules_on = {text: frozenset(filter(None, text.split("; "))) for text in texts.unique()}
            self.measured[name] = [
                rules_on[text] if state == "vrij" else rules_on[text] | {f"bezit: {state}"}
                for text, state in zip(texts, self.holder(year, case), strict=True)
            ]
        sets: list[frozenset[str]] = self.measured[name]
        return sets

    def counted_reasons(self, activity: str, year: int, case: str) -> list[frozenset[str]]:
        """The same, without those that have too little of a plot to count there; snippers where no other is left."""
        name = "counted", activity, year, case
        if name not in self.measured:
            card, every = rules("balance")["slivers"], self.reasons(activity, year, case)
            plots, on_plot = self.pieces["kavel_id"].tolist(), defaultdict(float)
            for plot, m2, named in zip(plots, self.area_m2, every, strict=True):
                on_plot[plot] += m2
                for reason in named:
                    on_plot[plot, reason] += m2
            self.measured[name] = [
                frozenset(reason for reason in named if on_plot[plot, reason] >= least_m2(on_plot[plot], card))
                or frozenset(["snippers"] * bool(named))
                for plot, named in zip(plots, every, strict=True)
            ]
        sets: list[frozenset[str]] = self.measured[name]
        return sets

    @cached_property
    def no_plot_ha(self) -> float:
        """Hectares inside the boundary that no piece covers."""
        return float(layer(self.package, "clusters")["oppervlakte_ha"].sum() - self.area_m2.sum() / 1e4)

    def is_usable(self, activity: str, year: int, case: str) -> Any:
        """Which pieces were published as usable."""
        rows = layer(self.package, "vrij_en_bruikbaar").query(f"jaar == {year} and geval == {case!r}")
        named = rows[np.array([activity in words for words in rows["bruikbaar_voor"]], dtype=bool)]
        return self.pieces["deelvlak_id"].isin(named["deelvlak_id"]).to_numpy()

    def patches(self, members: Any, more: Iterable[tuple[int, int]] = ()) -> list[list[int]]:
        """The members (a flag per piece) that hang together, by touching and by more pairs."""
        inside = np.flatnonzero(members)
        place = {piece: number for number, piece in enumerate(inside.tolist())}
        both = members[self.pairs].all(axis=1) if len(self.pairs) else np.zeros(0, dtype=bool)
        pairs = [*self.pairs[both].tolist(), *more]
        result = groups(len(inside), [(place[left], place[right]) for left, right in pairs])
        return [inside[group].tolist() for group in result]

    def whole(self, patch: list[int]) -> Any:
        """The land of a patch as one shape, slits closed."""
        key = "whole", tuple(patch)
        if key not in self.measured:
            half_m = 0.51 * rules("assess")["shape"]["touch_m"]  # slits as wide as what counts as touching
            grown = shapely.union_all(shapely.buffer(self.shapes[patch], half_m, join_style="mitre"))
            self.measured[key] = shapely.buffer(grown, -half_m, join_style="mitre")
        return self.measured[key]

    def quay_m(self, patch: list[int], least_draught_m: float) -> tuple[float, float]:
        """Metres of quay along a patch that carry a draught, and metres of which the draught is not known."""
        key = "quay", tuple(patch), least_draught_m
        if key not in self.measured:
            draught_m = self.quays.draught_m
            deep = draught_m >= least_draught_m if least_draught_m else np.ones(len(draught_m), dtype=bool)
            not_known = np.isnan(draught_m) & ~deep
            whole, share = self.whole(patch), rules("assemble")["nearly_share"]
            needs_m = [card["least_quay_m"] * part for card in quay_users() for part in (1, share)]
            metres = [self.quays.frontage_m(whole, which) for which in (deep, not_known)]
            is_close = np.abs(np.subtract.outer([metres[0], sum(metres)], needs_m)).min() <= 1
            if is_close and self.quays.short_m < 1:
                metres = [self.quays.frontage_m(whole, which, FINE_M) for which in (deep, not_known)]
            self.measured[key] = tuple(metres)
        return self.measured[key]

    def verdict(self, patch: list[int], activity: str) -> str:
        """What a patch of free and open land comes to: size, then width, then quay."""
        card = activities()[activity]
        if self.area_m2[patch].sum() < card["least_area_ha"] * 1e4 - 0.5:
            return "te klein"
        if not self.is_wide(patch, card["least_width_m"]):
            return "te smal"
        if not card.get("least_quay_m"):
            return "bruikbaar"
        if not len(self.quays.lines):
            return "onbekend"
        deep_m, not_known_m = self.quay_m(patch, card.get("least_draught_m", 0))
        if deep_m >= card["least_quay_m"] - self.quays.short_m:
            return "bruikbaar"
        return "onbekend" if deep_m + not_known_m >= card["least_quay_m"] - self.quays.short_m else "geen kade"

    def is_wide(self, patch: list[int], least_width_m: float) -> bool:
        """Whether a circle of that width fits, to a centimetre."""
        key = "wide", tuple(patch), least_width_m
        if key not in self.measured:
            self.measured[key] = width_m(self.whole(patch), least_width_m) >= least_width_m - 0.01
        return bool(self.measured[key])


@cache
def land_of(package: Path, project: Path, data: Path) -> Land:
    """The land of a cluster, with the raw quays beside it."""
    keys, outlines = drawn(package, "deelvlakken", "deelvlak_id")
    pieces = layer(package, "deelvlakken").set_index("deelvlak_id", drop=False).loc[keys].reset_index(drop=True)
    rows, drawings = raw(project, data, "quays")
    lines, source = shapely.get_parts(drawings, return_index=True)
    draught_m = pd.to_numeric(rows["draught_m"]).to_numpy()[source] if "draught_m" in rows else len(lines) * [np.nan]
    return Land(package, pieces, outlines, Quays(lines, np.array(draught_m, dtype=float)))


def lands(context: RunContext) -> list[Land]:
    """The land of each cluster of a run."""
    folder = context.project.folder
    return [land_of(package, folder, context.data) for package in units(context.store.outputs)]


def questions(land: Land) -> Iterator[tuple[str, int, str]]:
    """Every activity, year and case."""
    yield from product(activities(), land.years, HOLDER)
