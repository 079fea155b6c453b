"""Free and open land is usable when what hangs together is large and wide enough, and has its quay."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.units import enough_m2
from pipeline.kernels.connected import grouped
from pipeline.project.rules import ProfileConfig, ShapeConfig
from pipeline.spatial.adjacency import touching
from pipeline.spatial.frontage import QuayLines
from pipeline.spatial.geometry import closed, is_wide, roughly_m, width

MOST_WALKED = 1000  # pieces of an area up to which walking it is quicker than seeing it as a whole
PIECES_TRIED = 3  # largest pieces of an area whose own width is measured before that of the whole


@dataclass(frozen=True)
class BaseAreas:
    """The areas that a base makes by itself: of each its pieces (`pieces` from one of `begins` to the next, rising),
    its m2, and its largest pieces; `area` is the number of the area of each piece, -1 where it is none of the base.
    `is_base` is a flag per piece, `most_pieces` how many the area of most pieces has."""

    area: Any
    pieces: Any
    begins: Any
    m2: Any
    largest: list[Any]
    is_base: Any
    most_pieces: int


@dataclass(frozen=True)
class JoinedArea:
    """An area that some pieces make with a base: which of these pieces, and the numbers of the areas of the base."""

    members: Any
    areas: list[int]


@dataclass
class ContiguousAreas:
    """Pieces that touch (RD New, m2), joined to contiguous areas.

    What was measured of an area is remembered, for the same area comes back in many years and activities.
    """

    shapes: Any
    area_m2: Any
    card: ShapeConfig
    quays: Any = None
    measured: dict[tuple[str, bytes], float] = field(default_factory=dict)
    judged: dict[tuple[tuple[float, ...], bytes], str] = field(default_factory=dict)
    wide: dict[tuple[float, int], list[Any]] = field(default_factory=dict)
    lines: dict[float, tuple[QuayLines, QuayLines]] = field(default_factory=dict)

    @cached_property
    def edges(self) -> Any:
        """Which pieces touch, over at least the card's metres of edge: pairs of positions."""
        return touching(self.shapes, self.card)

    @cached_property
    def piece_m(self) -> Any:
        """What each piece is surely wide by itself, metres; nan until it is measured."""
        return np.full(len(self.shapes), np.nan)

    @cached_property
    def is_near_quay(self) -> Any:
        """Which pieces have a quay within the card's metres, or little more."""
        lines = self.quays.geometry.to_numpy()
        near: Any = np.zeros(len(self.shapes), dtype=bool)
        # More than the reach, which is held when it is measured; and so much that an edge within the reach, and what
        # closes a slit at it, is of such pieces alone.
        reach_m = self.card.quay_reach_m + 2.0 * self.card.touch_m + 1.0
        near[shapely.STRtree(lines).query(self.shapes, predicate="dwithin", distance=reach_m)[0]] = True
        return near

    @cached_property
    def neighbours(self) -> tuple[Any, Any]:
        """The pieces that each piece touches, one after the other, and where those of each begin."""
        ends = np.concatenate([self.edges, self.edges[:, ::-1]]).astype(np.int64)
        ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
        first = np.searchsorted(ends[:, 0], np.arange(len(self.shapes) + 1))
        return first, np.ascontiguousarray(ends[:, 1])

    @cached_property
    def _flags(self) -> tuple[Any, Any]:
        """Twice a flag per piece, all False but while they are used."""
        return np.zeros(len(self.shapes), dtype=bool), np.zeros(len(self.shapes), dtype=bool)

    def groups(self, members: Any, base: Any = None) -> tuple[Any, Any]:
        """The pieces of each area of members that hang together, and where each area begins.

        base: a flag per piece; then the members hang together with these too, and areas without a member are left out.
        """
        none, is_seen = self._flags
        pieces, begins = grouped(*self.neighbours, none if base is None else base, np.asarray(members, int), is_seen)
        return pieces, begins

    def patches(self, members: Any, base: Any = None) -> list[Any]:
        """Positions of the pieces of each area of members that hang together, by themselves or with a base (a flag
        per piece); in order of their first piece."""
        pieces, begins = self.groups(members, base)
        return sorted(np.split(pieces, begins[1:-1]), key=lambda patch: int(patch[0])) if len(pieces) else []

    def verdicts(self, members: Any, profile: ProfileConfig) -> Any:
        """The verdict of each member piece for a profile, by m2, width and metres of quay: usable, too_small,
        too_narrow, no_quay or unknown.

        Unknown: no quays are known, or the draught of too many of them is not.
        """
        verdicts: Any = np.full(len(self.shapes), "too_small", dtype=object)
        for patch in self._large(self.groups(members), profile):  # contiguous areas, not rows
            verdicts[patch] = self.verdict(patch, profile)
        return verdicts[members]

    def usable(self, members: Any, profile: ProfileConfig, base: Any = None) -> list[Any]:
        """The areas that members make, by themselves or with a base (a flag per piece), that are usable for a
        profile."""
        return self.usable_of(self.groups(members, base), profile)

    def usable_of(self, groups: tuple[Any, Any], profile: ProfileConfig) -> list[Any]:
        """Those of the areas (as `groups` gives them) that are usable for a profile."""
        return [patch for patch in self._large(groups, profile) if self.verdict(patch, profile) == "usable"]

    def base_areas(self, is_base: Any) -> BaseAreas:
        """The areas of a base (a flag per piece), seen once for all that is joined to them."""
        pieces, begins = self.groups(np.flatnonzero(is_base))
        area: Any = np.full(len(self.shapes), -1)
        area[pieces] = np.repeat(np.arange(len(begins) - 1), np.diff(begins))
        m2 = np.add.reduceat(self.area_m2[pieces], begins[:-1]) if len(pieces) else np.empty(0)
        largest = [self._largest(patch) for patch in np.split(pieces, begins[1:-1])]
        flags = area >= 0
        return BaseAreas(area, pieces, begins, m2, largest, flags, int(np.diff(begins).max(initial=0)))

    def usable_with(self, members: Any, profile: ProfileConfig, base: BaseAreas) -> list[Any]:
        """The members in each area that they make with a base and that is usable for a profile, in order of its first
        piece; pieces of the base may stand among them.

        As `usable` finds them, but a large area of the base costs the same whatever its size.
        """
        if base.most_pieces <= MOST_WALKED:
            return self.usable(members, profile, base.is_base)
        joined = self._joined(members, base)
        return [area.members for area in joined if self._is_usable_with(area, profile, base)]

    def _joined(self, members: Any, base: BaseAreas) -> list[JoinedArea]:
        """What members make with a base: a walk over the members alone, that sees each area of the base as one."""
        first, neighbour = self.neighbours
        left = set(np.asarray(members, int).tolist())
        touches = {piece: neighbour[first[piece] : first[piece + 1]] for piece in left}
        areas = {piece: set(base.area[[piece, *ends]].tolist()) - {-1} for piece, ends in touches.items()}
        by_area: dict[int, set[int]] = {}
        for piece, numbers in areas.items():
            for number in numbers:
                by_area.setdefault(number, set()).add(piece)
        joined = []
        while left:
            queue, numbers = [left.pop()], set[int]()
            for piece in queue:  # grows while it is read
                new = areas[piece] - numbers
                numbers |= new
                reached = left & set(touches[piece].tolist()).union(*(by_area[number] for number in new))
                left -= reached
                queue += reached
            joined.append(JoinedArea(np.array(sorted(queue)), sorted(numbers)))
        return sorted(joined, key=lambda area: min([area.members[0], *base.pieces[base.begins[area.areas]]]))

    def _is_usable_with(self, joined: JoinedArea, profile: ProfileConfig, base: BaseAreas) -> bool:
        """Whether an area is usable; its pieces are put together only where size and largest pieces do not say it."""
        beyond = joined.members[base.area[joined.members] < 0]
        m2, least_m2 = base.m2[joined.areas].sum() + self.area_m2[beyond].sum(), enough_m2(profile.least_area_ha)
        # Within what sums in another order may differ.
        if m2 < least_m2 * (1.0 - 1e-9):
            return False
        if m2 > least_m2 * (1.0 + 1e-9) and not profile.least_quay_m:
            some = np.sort(np.concatenate([beyond, *(base.largest[number] for number in joined.areas)]))
            if self._has_wide_piece(some, profile.least_width_m):
                return True
        parts = [base.pieces[base.begins[number] : base.begins[number + 1]] for number in joined.areas]
        return self.verdict(np.sort(np.concatenate([beyond, *parts])), profile) == "usable"

    def _large(self, groups: tuple[Any, Any], profile: ProfileConfig) -> list[Any]:
        """The areas that are not surely too small: most are, and are seen together."""
        pieces, begins = groups
        if not len(pieces):
            return []
        # Within what sums in another order may differ.
        enough = np.add.reduceat(self.area_m2[pieces], begins[:-1]) >= enough_m2(profile.least_area_ha) * (1.0 - 1e-9)
        patches = [pieces[begins[area] : begins[area + 1]] for area in np.flatnonzero(enough).tolist()]
        return sorted(patches, key=lambda patch: int(patch[0]))

    def verdict(self, patch: Any, profile: ProfileConfig) -> str:
        """The verdict of one area: size first, then width, then metres of quay deep enough."""
        needs = (profile.least_area_ha, profile.least_width_m, profile.least_quay_m, profile.least_draught_m)
        key = (needs, _digest(patch))
        if key not in self.judged:
            self.judged[key] = self._judged(patch, profile)
        return self.judged[key]

    def _judged(self, patch: Any, profile: ProfileConfig) -> str:
        if float(self.area_m2[patch].sum()) < enough_m2(profile.least_area_ha):
            return "too_small"
        if not self.is_wide(patch, profile.least_width_m):
            return "too_narrow"
        if not profile.least_quay_m:
            return "usable"
        if self.quays is None:
            return "unknown"
        # Quay of unknown draught may do: then nobody can say that it does not.
        deep, not_known = self.quay_m(patch, profile.least_draught_m)
        if deep >= profile.least_quay_m:
            return "usable"
        return "unknown" if deep + not_known >= profile.least_quay_m else "no_quay"

    def width_m(self, patch: Any) -> float:
        """Diameter of the largest circle inside an area, metres."""
        return self._measure("width", patch, width)

    def is_wide(self, patch: Any, least_m: float) -> bool:
        """Whether an area is so many metres wide; it is where one of its pieces is, which is measured sooner, or where
        it holds an area that is."""
        if self._has_wide_piece(patch, least_m) or self._holds_wide_area(patch, least_m):
            return True
        fits = bool(self._measure(f"wide {least_m:g}", patch, lambda shape: float(is_wide(shape, least_m))))
        if fits:
            self.wide.setdefault((least_m, int(self._largest(patch)[0])), []).append(np.sort(patch))
        return fits

    def _holds_wide_area(self, patch: Any, least_m: float) -> bool:
        """Whether an area that was found wide enough, of which one of its largest pieces is the largest, lies in it."""
        areas = [area for piece in self._largest(patch).tolist() for area in self.wide.get((least_m, piece), ())]
        return any(np.isin(area, patch, assume_unique=True).all() for area in areas)

    def _has_wide_piece(self, patch: Any, least_m: float) -> bool:
        """Whether one of the largest pieces of an area is wide enough by itself."""
        if least_m <= 0:
            return True
        largest = self._largest(patch)
        for piece in largest[np.isnan(self.piece_m[largest])]:
            self.piece_m[piece] = width(self.shapes[piece], roughly_m(self.shapes[piece]))
        return bool((self.piece_m[largest] >= least_m).any())

    def _largest(self, patch: Any) -> Any:
        """The pieces of an area whose own width is tried; of equals the first."""
        return patch[np.argsort(-self.area_m2[patch], kind="stable")[:PIECES_TRIED]]

    def quay_m(self, patch: Any, draught_m: float) -> tuple[float, float]:
        """Metres of quay along an area that surely carry this draught (m), and metres of which the draught
        is not known."""
        # Of an area only the pieces near a quay count: areas that differ elsewhere are measured once.
        near = patch[self.is_near_quay[patch]] if len(self.quays) else patch[:0]
        if not len(near):
            return 0.0, 0.0
        deep, not_known = self._lines_of(draught_m)
        # Quays of unknown draught are the same for every draught that is asked.
        return self._along(f"quay {draught_m:g}", near, deep), self._along("quay ?", near, not_known)

    def along_m(self, shape: Any, draught_m: float) -> float:
        """Metres of quay along any land (RD New) that surely carry a draught (m); 0 where no quays are known."""
        if self.quays is None:
            return 0.0
        return self._lines_of(draught_m)[0].frontage_m(shape)

    def _lines_of(self, draught_m: float) -> tuple[QuayLines, QuayLines]:
        """Quays that surely carry a draught (m), and those of which it is not known."""
        if draught_m not in self.lines:
            draught = self.quays["draught_m"]
            fits = draught >= draught_m if draught_m else pd.Series(True, index=draught.index)
            both = self.quays[fits], self.quays[~fits & draught.isna()]
            deep, not_known = (QuayLines.from_quays(quays, self.card.quay_reach_m) for quays in both)
            self.lines[draught_m] = deep, not_known
        return self.lines[draught_m]

    def _along(self, quantity: str, patch: Any, quays: QuayLines) -> float:
        return self._measure(quantity, patch, quays.frontage_m) if len(quays.lines) else 0.0

    def _measure(self, quantity: str, patch: Any, measure: Callable[[Any], float]) -> float:
        key = (quantity, _digest(patch))
        if key not in self.measured:
            self.measured[key] = measure(closed(self.shapes[patch], self.card.touch_m))
        return self.measured[key]


def _digest(patch: Any) -> bytes:
    """A digest of the pieces of an area: the positions of large areas would fill memory."""
    return blake2b(patch.tobytes(), digest_size=16).digest()
