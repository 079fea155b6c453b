"""Arrays of shapes in metres of RD New: bring them there, judge, repair, snap, split; areas, widths and distances."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyproj
import shapely

from pipeline.spatial.coordinate_systems import Operation, path_to_rd

Shapes: TypeAlias = Any

GRID_M = 0.001
NOISE_M2 = 1e-6
MOST_CROSSINGS = 200
FITS_M = 0.01  # by which a circle may be wider than what it fits into
LOST = 1e-10  # share of a shape that its two halves may lack or have too much
DOUBLE_M = 2.0**-33  # the step between doubles from 524,288 to a million metres: all of the north
STEP_M = (
    0.0625  # corners to count from stand on a grid that binary numbers write exactly, so that nothing drawn is moved
)
# Validity of RD New on land and in the Dutch part of the North Sea; x then y, west-south-east-north in metres.
BOXES = {
    "netherlands": (0.0, 289_000.0, 300_000.0, 629_000.0),
    "north_sea": (-250_000.0, 289_000.0, 300_000.0, 880_000.0),
}
DIMENSION = {"polygon": 2, "line": 1, "point": 0}


@dataclass(frozen=True)
class Repaired:
    """Shapes after repair, which of them had to be repaired, and their areas in m2 as drawn.

    Of what had to be repaired the area is that within its outline (`outline`); lost: what lies within that outline and
    not in the shape after repair, None where nothing does.
    """

    shapes: Shapes
    was_repaired: Any
    area_before_m2: Any
    lost: Shapes


def to_rd(shapes: Shapes, crs: pyproj.CRS) -> tuple[Shapes, Operation]:
    """Shapes in RD New, and how they came there."""
    path = path_to_rd(crs)
    return (shapes if path.moves_nothing else shapely.transform(shapes, path.forward)), path.operation


def outside_box(shapes: Shapes, box: str) -> Any:
    """Which shapes have a coordinate that is not finite or lies outside the box (RD New, m) of that name."""
    west, south, east, north = BOXES[box]
    bounds = shapely.bounds(shapes)
    inside = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    return ~inside & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)


def looks_like(shapes: Shapes) -> str:
    """What coordinates outside the box of RD New seem to be instead, in words."""
    bounds, land = shapely.total_bounds(shapes), BOXES["netherlands"]
    if not np.isfinite(bounds).all():
        return "coordinates that are not finite"
    # The first guess whose box holds the bounds, as they would be read.
    guesses = {
        "degrees (longitude, latitude)": (bounds, (-180, -90, 180, 90)),
        "RD coordinates with x and y swapped": (bounds[[1, 0, 3, 2]], land),
        "millimetres": (bounds / 1000.0, land),
        "kilometres": (bounds / 0.001, land),
        "Web Mercator metres (EPSG:3857)": (bounds, (300_000, 6_500_000, 850_000, 7_200_000)),
        "UTM zone 31 or 32 metres": (bounds, (100_000, 5_500_000, 900_000, 6_000_000)),
    }
    fits = (
        guess for guess, (read, box) in guesses.items() if (read[:2] >= box[:2]).all() and (read[2:] <= box[2:]).all()
    )
    return next(fits, "another coordinate system")


def repair(shapes: Shapes, shape: str) -> Repaired:
    """Valid 2D shapes (RD New) of the wanted dimension on the 1 mm grid, shells anticlockwise; what is left of
    nothing is None.
    """
    flat = shapely.force_2d(shapes)
    before = np.where(shapely.is_missing(flat), 0.0, shapely.area(flat))
    invalid = ~shapely.is_valid(flat) & ~shapely.is_missing(flat)
    mended = flat.copy()
    # Invalid shapes are few; each is rebuilt ring by ring, because make_valid turns a stray hole into land.
    mended[invalid] = [rebuild(drawn) for drawn in flat[invalid]]
    lost: Any = np.full(flat.shape, None, dtype=object)
    for row in np.flatnonzero(invalid):
        drawn = outline(flat[row])
        before[row], lost[row] = shapely.area(drawn), shapely.difference(drawn, mended[row])
    snapped, lost = shapely.set_precision(mended, GRID_M), shapely.set_precision(lost, GRID_M)
    repaired = shapely.orient_polygons(keep_dimension(snapped, shape))
    return Repaired(repaired, invalid, before, shapely.orient_polygons(keep_dimension(lost, "polygon")))


def outline(shape: Any) -> Any:
    """A valid shape (RD New) within the outline of what is drawn: `rebuild` of its rings through the same corners,
    taken in an order in which edges do not cross. Of a bow-tie the four-sided shape that its corners span.
    """
    return rebuild(shape, _uncrossed)


def _uncrossed(ring: Any) -> Any:
    """The area within a ring through the same corners whose edges do not cross.

    Where two edges cross, the corners between them are taken the other way round: each time the ring gets shorter.
    """
    corners = shapely.get_coordinates(ring)
    corners = corners[:-1][np.any(corners[:-1] != corners[1:], axis=1)]
    for _ in range(MOST_CROSSINGS):
        edges = shapely.linestrings(np.stack([corners, np.roll(corners, -1, axis=0)], axis=1))
        crossing = shapely.STRtree(edges).query(edges, predicate="crosses")
        if not crossing.size:
            break
        first, last = min(tuple(pair) for pair in crossing.T if pair[0] < pair[1])
        corners[first + 1 : last + 1] = corners[first + 1 : last + 1][::-1].copy()
    return _ring_area(shapely.linearrings(corners) if len(corners) > 2 else ring)


def rebuild(shape: Any, ring_area: Callable[[Any], Any] | None = None) -> Any:
    """A valid shape (RD New) from its rings: union of the shells, each less its own holes; a hole outside its shell
    is nothing. `ring_area` gives the land within a ring; without it, what its edges enclose.
    """
    within = ring_area or _ring_area
    polygons = [part for part in _leaves(shape) if shapely.get_type_id(part) == 3]
    if not polygons:
        return shapely.make_valid(shape, method="structure", keep_collapsed=False)
    parts = []
    for polygon in polygons:
        shell = within(shapely.get_exterior_ring(polygon))
        holes = [within(ring) for ring in polygon.interiors]
        parts.append(shapely.difference(shell, shapely.union_all(holes)) if holes else shell)
    return shapely.union_all(parts)


def _ring_area(ring: Any) -> Any:
    return shapely.make_valid(shapely.Polygon(ring), method="structure", keep_collapsed=False)


def keep_dimension(shapes: Shapes, shape: str) -> Shapes:
    """Only the parts of the wanted dimension ("any" keeps all); one part stays single, none becomes None."""
    if shape == "any":
        return np.where(shapely.is_empty(shapes), None, shapes)
    wanted = DIMENSION[shape]
    is_mixed = shapely.get_type_id(shapes) == 7
    flat: Any = np.where((shapely.get_dimensions(shapes) == wanted) | is_mixed, shapes, None)
    # Collections are few: what an intersection leaves along an edge.
    for row in np.flatnonzero(is_mixed):
        parts = [part for part in _leaves(shapes[row]) if shapely.get_dimensions(part) == wanted]
        flat[row] = shapely.union_all(parts) if parts else None
    flat[shapely.is_empty(flat)] = None
    return flat


def _leaves(shape: Any) -> list[Any]:
    if shape is None:
        return []
    parts = shapely.get_parts(shape)
    if shapely.get_type_id(shape) == 7:
        return [leaf for part in parts for leaf in _leaves(part)]
    return [part for part in parts if not shapely.is_empty(part)]


def without_holes(shapes: Shapes) -> tuple[Shapes, Any]:
    """Valid areas (RD New) with the land within their holes, and which of them had any."""
    hollow = _holes(shapes) > 0
    filled = shapes.copy()
    for row in np.flatnonzero(hollow):  # few
        shells = [shapely.Polygon(part.exterior) for part in shapely.get_parts(shapes[row])]
        filled[row] = shapely.orient_polygons(shapely.set_precision(shapely.union_all(shells), GRID_M))
    return filled, hollow


def as_areas(shapes: Shapes, strip_m: float) -> Shapes:
    """Shapes (RD New) for a map of areas: lines, points and areas without surface as a strip of so many metres around
    them, and None where there is nothing to draw.
    """
    drawn = repair(shapes, "any").shapes
    nothing = shapely.is_missing(drawn)
    drawn[nothing] = shapely.convex_hull(shapely.force_2d(shapes[nothing]))  # of an area that fell in: its line
    thin = shapely.get_dimensions(drawn) < 2
    drawn[thin] = shapely.buffer(drawn[thin], strip_m)
    return repair(drawn, "polygon").shapes


def split(shapes: Shapes, cutter: Any) -> tuple[Shapes, Shapes]:
    """The polygonal parts of each shape (RD New, m) inside and outside the cutter; None where there is none. Areas
    (m2) add up.

    GEOS snaps by a share of the coordinates where edges all but coincide: what it loses there is cut again,
    near the origin. So is what it lays on the wrong side, as it does beside a hole that is a needle.
    """
    shapely.prepare(cutter)
    inside, outside = _halves(shapes, cutter)
    cutters = np.broadcast_to(np.asarray(cutter, dtype=object), shapes.shape)
    off = np.abs(area(inside) + area(outside) - area(shapes)) > LOST * area(shapes) + DOUBLE_M * shapely.length(shapes)
    off |= _is_across((inside, outside), cutters)
    if off.any():
        inside[off], outside[off] = _split_near(shapes[off], cutters[off], (inside[off], outside[off]))
    return inside, outside


def _is_across(halves: tuple[Shapes, Shapes], cutters: Shapes) -> Any:
    """Which shapes have a half on the other side of their cutter, by a point in the widest part of it."""
    inner, outer = map(shapely.point_on_surface, halves)
    return ~shapely.is_missing(inner) & ~shapely.intersects(cutters, inner) | shapely.contains_properly(cutters, outer)


def _halves(shapes: Shapes, cutter: Any, grid_m: float | None = None) -> tuple[Shapes, Shapes]:
    inside = keep_dimension(shapely.intersection(shapes, cutter, grid_size=grid_m), "polygon")
    return inside, keep_dimension(shapely.difference(shapes, cutter, grid_size=grid_m), "polygon")


def _split_near(shapes: Shapes, cutters: Shapes, halves: tuple[Shapes, Shapes]) -> tuple[Shapes, Shapes]:
    """The halves given, or those made near the origin where these lose less: as GEOS makes them, or on the grid
    of doubles.
    """
    corners = np.floor(shapely.bounds(shapes)[:, :2] / STEP_M) * STEP_M
    near, near_cutters = moved(shapes, -corners), moved(cutters, -corners)
    best, lost = halves, _lost(shapes, halves, cutters)
    for grid_m in (None, DOUBLE_M):
        inside, outside = (moved(half, corners) for half in _halves(near, near_cutters, grid_m))
        less = _lost(shapes, (inside, outside), cutters)
        best = np.where(less < lost, inside, best[0]), np.where(less < lost, outside, best[1])
        lost = np.minimum(less, lost)
    return best


def _lost(shapes: Shapes, halves: tuple[Shapes, Shapes], cutters: Shapes) -> Any:
    """m2 by which two halves differ from their shape; without end where one is not valid, or on the wrong side."""
    is_sound = np.all([shapely.is_valid(half) | shapely.is_missing(half) for half in halves], axis=0)
    is_sound &= ~_is_across(halves, cutters)
    return np.where(is_sound, np.abs(sum(map(area, halves)) - area(shapes)), np.inf)


def moved(shapes: Shapes, by_m: Any) -> Shapes:
    """Shapes moved by metres east and north, a row for each; a missing one stays missing."""
    xy, shape = shapely.get_coordinates(shapes, return_index=True)
    return shapely.set_coordinates(shapes.copy(), xy + by_m[shape])


def area(shapes: Shapes) -> Any:
    """Areas in m2, 0 where there is no shape."""
    return np.asarray(np.where(shapely.is_missing(shapes), 0.0, shapely.area(shapes)), dtype=float)


def closed(shapes: Shapes, touch_m: float) -> Any:
    """Shapes that touch within `touch_m` as one (RD New, m), without the slits between them; for measuring
    width, not area."""
    reach = 0.51 * touch_m
    grown = shapely.union_all(shapely.buffer(shapes, reach, join_style="mitre"))
    return shapely.buffer(grown, -reach, join_style="mitre")


def width(shape: Any, tolerance_m: float = 0.05) -> float:
    """Diameter in metres of the largest circle inside a polygon; 0 for no polygon. The true one is larger by at most
    twice the tolerance."""
    if shape is None or shapely.is_empty(shape):
        return 0.0
    radii = shapely.length(shapely.maximum_inscribed_circle(shapely.get_parts(shape), tolerance_m))
    return 2.0 * float(radii.max())


def roughly_m(shape: Any) -> float:
    """A tolerance in metres with which the width of a polygon is quickly measured: 0.5 % of its extent, or 0.1 m."""
    x0, y0, x1, y1 = shapely.bounds(shape)
    return float(max(0.1, 0.005 * min(x1 - x0, y1 - y0)))


def is_wide(shape: Any, least_m: float) -> bool:
    """Whether a circle of this diameter (m) fits into a polygon, to a centimetre."""
    if shape is None or shapely.is_empty(shape):
        return least_m <= 0
    # Most land is much wider than that, or much narrower.
    tolerance_m = roughly_m(shape)
    surely_m = width(shape, tolerance_m)
    if surely_m >= least_m or surely_m + 2.0 * tolerance_m < least_m:
        return surely_m >= least_m
    return width(shape, FITS_M / 2.0) + FITS_M >= least_m


def without_noise(shapes: Shapes) -> Shapes:
    """Polygons for a map: parts and holes of too few m2 to draw (NOISE_M2) left out, shells anticlockwise."""
    drawn = shapes.copy()
    for row in np.flatnonzero((shapely.get_num_geometries(shapes) > 1) | (_holes(shapes) > 0)):
        parts = shapely.get_parts(shapes[row])
        real = [_without_small_holes(part) for part in parts if shapely.area(part) >= NOISE_M2]
        drawn[row] = shapely.multipolygons(real) if len(real) > 1 else (real or [shapes[row]])[0]
    return shapely.orient_polygons(drawn)


def _holes(shapes: Shapes) -> Any:
    parts, source = shapely.get_parts(shapes, return_index=True)
    return np.bincount(source, weights=shapely.get_num_interior_rings(parts), minlength=len(shapes))


def _without_small_holes(part: Any) -> Any:
    holes = [ring for ring in part.interiors if shapely.area(shapely.Polygon(ring)) >= NOISE_M2]
    return shapely.Polygon(part.exterior, holes)


def covered_share(shapes: Shapes, covers: Shapes) -> Any:
    """Share (0-1) of the m2 of each polygon under the covers, where several overlap counted once."""
    row, cover = shapely.STRtree(covers).query(shapes, predicate="intersects")
    covered = keep_dimension(shapely.intersection(shapes[row], covers[cover]), "polygon")
    covered_m2 = np.zeros(len(shapes))
    rows, union = unions(covered, row)
    covered_m2[rows] = area(union)
    return np.clip(covered_m2 / area(shapes), 0.0, 1.0)


def nearest(shapes: Shapes, features: Shapes) -> tuple[Any, Any, Any]:
    """Positions of shapes, of the feature nearest to each, and the metres between; of equals the first
    feature counts.
    """
    (row, which), metres = shapely.STRtree(features).query_nearest(shapes, return_distance=True, all_matches=True)
    owner, first = np.unique(row, return_index=True)
    return owner, np.minimum.reduceat(which, first), metres[first]


def unions(shapes: Shapes, number: Any) -> tuple[Any, Shapes]:
    """The numbers that occur, rising, and the union of the shapes (RD New, m) of each; groups of one size are
    joined together.
    """
    order = np.argsort(number, kind="stable")
    names, first, size = np.unique(number[order], return_index=True, return_counts=True)
    joined: Any = np.full(len(names), None, dtype=object)
    for count in np.unique(size):  # sizes, not shapes: a handful
        of_size = np.flatnonzero(size == count)
        members = order[first[of_size][:, None] + np.arange(count)]
        joined[of_size] = shapely.union_all(shapes[members], axis=1)
    return names, joined
