"""Every shape of a range cut by the cutters near it: areas of its sets, and the outlines of its pieces where there are
several.

Idea: descent, candidate edges, sweep and sets for one shape after the other; then noding and rings for those that fall
apart. A shape without an edge near it is one piece. Two kernels, one after the other: what is called within a kernel
is compiled with it.
Invariant: the answer for a shape depends on that shape and the cutters alone; m2 of its sets add up to it. A shape
whose outlines do not agree with its sweep has status FALLBACK, and no outlines.
Cost: that of its parts; memory for one range at a time.
"""

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.bitsets import EPS_M2, settled
from pipeline.kernels.candidate_edges import (
    MOST_SLOTS,
    crossings,
    cutter_rows,
    in_order,
    near_edges,
    shape_rows,
    slot_of,
    slots_near,
)
from pipeline.kernels.kd_tree import Boxes, Nodes, grown, grown_rows
from pipeline.kernels.numba_cache import SOME, ZERO, inner, kernel
from pipeline.kernels.polygonize import NOISE, SetAreas, outlined
from pipeline.kernels.ring_assembly import Border
from pipeline.kernels.rings import Edges, Rings
from pipeline.kernels.sorting import rise
from pipeline.kernels.sweepline import SetRoom, sweep, words
from pipeline.kernels.warm_up import begun, ended

UNSPLIT, TRACED, FALLBACK = 0, 1, 2  # status of a shape: one piece, pieces with outlines, left to the reference engine
MOST_EDGES = 20_000
NO_BITS, NO_M2, NO_ROWS = np.zeros(0, np.uint64), np.zeros(0), np.zeros(1, np.int64)
NO_OUTLINES = (NO_ROWS[:0], NO_BITS, NO_BITS, NO_ROWS, NO_ROWS, NO_M2, NO_M2)  # as `traced` gives them


class WorkShapes(NamedTuple):
    """Shapes as rings (RD New, m), where the rings of each begin; the order of work, and the boxes in that order."""

    loops: Rings
    ring_first: Any
    order: Any
    boxes: Boxes


class Measured(NamedTuple):
    """The sets of each shape of a range, and the edges of those that fall apart; `..._first` says where the rows of
    each begin.

    By shape: its position, its status, the cutters of its slots, and its sets (two words of slots) with m2 and the set
    that their land goes to. By edge: a row as in `sweepline`, from the corner of its shape.
    """

    shape: Any
    status: Any
    slot_first: Any
    cutter: Any
    set_first: Any
    word0: Any
    word1: Any
    area: Any
    to_word0: Any
    to_word1: Any
    row: Any
    row_first: Any


class Cuts(NamedTuple):
    """What a range of shapes was cut into; `..._first` says where the rows of each begin, and the end.

    By shape: as in `Measured`, of its sets m2 and the set that their land goes to. By outline: its shape (position in
    this range), its set, its rings, and their coordinates (m, RD New).
    """

    shape: Any
    status: Any
    slot_first: Any
    cutter: Any
    set_first: Any
    area: Any
    to_word0: Any
    to_word1: Any
    part_shape: Any
    part_word0: Any
    part_word1: Any
    part_first: Any
    ring_first: Any
    x: Any
    y: Any


class WorkSpace(NamedTuple):
    """Tables of edges that one shape after the other uses again: as read, in order, and two for crossings of a side."""

    drawn: Any
    rows: Any
    unsorted: Any
    crossed: Any


@inner
def work_space(size):
    """Tables for so many edges."""
    return WorkSpace(np.empty((size, 6)), np.empty((size, 6)), np.empty((size, 3)), np.empty((size, 3)))


@inner
def shape_area(loops, rings):
    """m2 of a shape by its rings, to the bit the same wherever these begin and in whatever order they stand."""
    ring_m2 = np.zeros(rings[1] - rings[0])
    for ring in range(rings[0], rings[1]):
        first, size = loops.first[ring], loops.first[ring + 1] - loops.first[ring] - 1  # the last vertex is the first
        # Begin at the lowest leftmost vertex.
        begins = first
        for i in range(first + 1, first + size):
            is_level = loops.x[i] == loops.x[begins]
            if loops.x[i] < loops.x[begins] or (is_level and loops.y[i] < loops.y[begins]):
                begins = i
        last_x, last_y = 0.0, 0.0
        for step in range(1, size):
            i = first + (begins - first + step) % size
            x, y = loops.x[i] - loops.x[begins], loops.y[i] - loops.y[begins]
            ring_m2[ring - rings[0]] += 0.5 * (last_x * y - last_y * x)
            last_x, last_y = x, y
    rise(ring_m2, len(ring_m2), np.empty(len(ring_m2)))
    whole = 0.0
    for m2 in ring_m2:
        whole += m2
    return whole


@inner
def net_areas(ring_m2, shell, noise):
    """m2 of each shell less its holes, and the most that is too little to be a part.

    What rounding left is no part: from the smallest up, equals together, so long as no more than the noise is lost in
    all.
    """
    net = np.zeros(len(ring_m2))
    for ring in range(len(ring_m2)):
        if shell[ring] >= 0:
            net[shell[ring]] += ring_m2[ring]
    small = np.empty(len(ring_m2))
    count = 0
    for ring in range(len(ring_m2)):
        if shell[ring] == ring and net[ring] <= noise:
            small[count] = net[ring]
            count += 1
    rise(small, count, np.empty(count))
    # Equals go or stay together, so that the order of rings decides nothing.
    least, lost, i = 0.0, 0.0, 0
    while i < count:
        first = i
        while i < count and small[i] == small[first]:
            lost += abs(small[i])
            i += 1
        if lost > noise:
            break
        least = max(0.0, float(small[first]))
    return net, least


@kernel
def measured(leaves, shapes, edges):
    """The sets (m2) of the shape of every leaf (a node of one box), and the edges of those that are to be traced.

    Longer than a page: its lists grow from shape to shape, and handing a dozen of them back and forth costs more than
    the work.
    """
    loops, boxes = shapes.loops, shapes.boxes
    count = len(leaves.begin)
    shape, status = np.empty(count, np.int64), np.zeros(count, np.int8)
    slot_first, set_first = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    cutter = np.empty(4 * count + 16, np.int32)
    word0, word1, area = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint64), np.empty(2 * count)
    to_word0, to_word1 = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint64)
    most_slots = ZERO + (MOST_SLOTS + 1)
    near, space = np.empty((SOME, 2), np.int64), work_space(SOME)
    cutters = np.empty(most_slots, np.int32)
    wound, base = np.empty(most_slots, np.int64), np.empty(most_slots, np.int64)
    room = SetRoom(np.empty((SOME, 2), np.uint64), np.empty(SOME, np.int32), np.empty(SOME))
    edge_rows, row_first = np.empty((SOME, 6)), np.zeros(count + 1, np.int64)
    for leaf in range(count):
        box_at = leaves.begin[leaf]
        shape[leaf] = shapes.order[box_at]
        # As if it had no rows, slots and sets, until they are added.
        row_first[leaf + 1] = row_first[leaf]
        slot_first[leaf + 1], set_first[leaf + 1] = slot_first[leaf], set_first[leaf]
        rings = (shapes.ring_first[shape[leaf]], shapes.ring_first[shape[leaf] + 1])
        box = (boxes.left[box_at], boxes.low[box_at], boxes.right[box_at], boxes.high[box_at])
        # The edges near, and the cutters that they belong to or that wind around the corner: each cutter has a slot.
        chains = leaves.chain[leaves.chain_first[leaf] : leaves.chain_first[leaf + 1]]
        near, edges_near = near_edges(edges, chains, box, near)
        winds = (leaves.wind_first[leaf], leaves.wind_first[leaf + 1])
        slots = slots_near(near, edges_near, leaves.cutter[winds[0] : winds[1]], cutters)
        most = edges_near + loops.first[rings[1]] - loops.first[rings[0]]
        if slots > MOST_SLOTS or most > MOST_EDGES:
            status[leaf] = FALLBACK
            continue
        cutter = grown(cutter, slot_first[leaf] + slots)
        for slot in range(slots):
            cutter[slot_first[leaf] + slot] = cutters[slot]
        slot_first[leaf + 1] += slots
        for slot in range(slots + 1):
            wound[slot] = 0
        for i in range(winds[0], winds[1]):
            wound[1 + slot_of(cutters, slots, np.int64(leaves.cutter[i]))] = leaves.wind[i]
        # Without an edge near it the whole shape has the set of its corner; else it is swept.
        many, sets = ZERO, ZERO + 1
        if edges_near == 0:
            room.words[0, 0], room.words[0, 1] = words(wound, slots + 1)
            room.area[0] = shape_area(loops, rings)
        else:
            if most > len(space.rows):
                space = work_space(2 * most)
            drawn, rows = space.drawn, space.rows
            of_shape = shape_rows(loops, rings, box, drawn)
            many = cutter_rows(edges, near[:edges_near], cutters[:slots], box, drawn, of_shape)
            in_order(drawn, many, rows)
            west = crossings(drawn[of_shape:many], ZERO, (space.unsorted, space.crossed))
            for slot in range(slots + 1):
                base[slot] = wound[slot]
            sets, room = sweep(rows, many, west, base[: slots + 1], room)
        # Its sets, and where the land of those goes that are too small.
        begin, end = set_first[leaf], set_first[leaf] + sets
        set_first[leaf + 1] = end
        if end > len(word0):
            word0, word1, area = grown(word0, end), grown(word1, end), grown(area, end)
            to_word0, to_word1 = grown(to_word0, end), grown(to_word1, end)
        is_small, set_words, m2 = False, room.words, room.area
        for i in range(sets):
            word0[begin + i], word1[begin + i], area[begin + i] = set_words[i, 0], set_words[i, 1], m2[i]
            to_word0[begin + i], to_word1[begin + i] = set_words[i, 0], set_words[i, 1]
            is_small = is_small or m2[i] <= EPS_M2
        if is_small:
            goes_to0, goes_to1 = settled(word0[begin:end], word1[begin:end], area[begin:end], slots + 1)
            for i in range(sets):
                to_word0[begin + i], to_word1[begin + i] = goes_to0[i], goes_to1[i]
        # One piece where all of its land goes to one set; a shape without any set was not swept soundly.
        is_unsplit = True
        for i in range(begin, end):
            is_unsplit = is_unsplit and to_word0[i] == to_word0[begin] and to_word1[i] == to_word1[begin]
        if is_unsplit:
            status[leaf] = FALLBACK if sets == 0 else UNSPLIT
            continue
        # The edges of what falls apart, for its outlines.
        status[leaf] = TRACED
        need = row_first[leaf] + many
        edge_rows = grown_rows(edge_rows, row_first[leaf], need)
        edge_rows[row_first[leaf] : need] = space.rows[:many]
        row_first[leaf + 1] = need
    return Measured(
        shape, status, slot_first, cutter, set_first, word0, word1, area, to_word0, to_word1, edge_rows, row_first
    )


@inner
def wound_at_corner(leaves, leaf, cutters):
    """Counters at the corner of a leaf by slot, from its winding numbers; slot 0, of the shape itself, is 0."""
    wound = np.zeros(len(cutters) + 1, np.int64)
    for slot in range(len(cutters)):
        for i in range(leaves.wind_first[leaf], leaves.wind_first[leaf + 1]):
            if leaves.cutter[i] == cutters[slot]:
                wound[slot + 1] = leaves.wind[i]
    return wound


@inner
def border_of(rows, wound):
    """Where rows cross the western and southern side of the box (metres from its corner), and the counters there."""
    count = len(rows)
    west = crossings(rows, ZERO, (np.empty((count, 3)), np.empty((count, 3))))
    south = crossings(rows, ZERO + 1, (np.empty((count, 3)), np.empty((count, 3))))
    return Border(west, south, wound)


@inner
def holes_of(shell):
    """The first hole of each shell, and after each hole the next of the same shell; -1 for none."""
    hole, following = np.full(len(shell), -1, np.int64), np.full(len(shell), -1, np.int64)
    # Backwards, so that each list runs in the order of the rings.
    for ring in range(len(shell) - 1, -1, -1):
        if shell[ring] >= 0 and shell[ring] != ring:
            following[ring] = hole[shell[ring]]
            hole[shell[ring]] = ring
    return hole, following


@kernel
def traced(leaves, boxes, swept):
    """The outlines (RD New, m) of the shapes of a range whose edges were stored; what does not agree with its sweep
    gets status FALLBACK.

    Longer than a page: the lists of outlines, rings and coordinates grow beside each other.
    """
    part_shape = np.empty(SOME, np.int64)
    part_word0, part_word1 = np.empty(SOME, np.uint64), np.empty(SOME, np.uint64)
    part_first, ring_first = np.zeros(SOME, np.int64), np.zeros(SOME, np.int64)
    out_x, out_y = np.empty(SOME), np.empty(SOME)
    parts, ring_count, filled = ZERO, ZERO, ZERO
    row_first = swept.row_first
    for leaf in range(len(swept.status)):
        begin, end = row_first[leaf], row_first[leaf + 1]
        if begin == end:
            continue
        corner = (boxes.left[leaves.begin[leaf]], boxes.low[leaves.begin[leaf]])
        cutters = swept.cutter[swept.slot_first[leaf] : swept.slot_first[leaf + 1]]
        first, last = swept.set_first[leaf], swept.set_first[leaf + 1]
        sets = SetAreas(swept.word0[first:last], swept.word1[first:last], swept.area[first:last])
        rows = swept.row[begin:end]
        outlines, agreed = outlined(rows, border_of(rows, wound_at_corner(leaves, leaf, cutters)), sets)
        if not agreed:
            swept.status[leaf] = FALLBACK
            continue
        # Shells with more than noise become pieces, each with its holes.
        whole = 0.0
        for m2 in sets.area:
            whole += m2
        shell, part_sets = outlines.shell, outlines.parts
        ring_nodes, first_node, ring_part, rings = outlines.rings
        net, least = net_areas(outlines.area, shell, NOISE * whole)
        hole, following = holes_of(shell)
        for ring in range(rings):
            if shell[ring] != ring or net[ring] <= least:
                continue
            part_shape = grown(part_shape, parts + 1)
            part_word0, part_word1 = grown(part_word0, parts + 1), grown(part_word1, parts + 1)
            part_first = grown(part_first, parts + 2)
            part_shape[parts] = leaf
            part_word0[parts], part_word1[parts] = part_sets.word0[ring_part[ring]], part_sets.word1[ring_part[ring]]
            # The shell, then its holes one after the other.
            loop = ring
            while loop >= 0:
                nodes = ring_nodes[first_node[loop] : first_node[loop + 1]]
                out_x, out_y = grown(out_x, filled + len(nodes) + 1), grown(out_y, filled + len(nodes) + 1)
                ring_first = grown(ring_first, ring_count + 2)
                put_ring((outlines.x, outlines.y, nodes), corner, out_x[filled:], out_y[filled:])
                filled += len(nodes) + 1
                ring_count += 1
                ring_first[ring_count] = filled
                loop = hole[ring] if loop == ring else following[loop]
            parts += 1
            part_first[parts] = ring_count
    return (
        part_shape[:parts],
        part_word0[:parts],
        part_word1[:parts],
        part_first[: parts + 1],
        ring_first[: ring_count + 1],
        out_x[:filled],
        out_y[:filled],
    )


@inner
def put_ring(ring, corner, out_x, out_y):
    """Write a ring of nodes from its lowest leftmost on, closed, in RD New."""
    x, y, nodes = ring
    begins = 0
    # Begun at one place whichever way it was walked, so that equal rings have equal bytes.
    for i in range(1, len(nodes)):
        if x[nodes[i]] < x[nodes[begins]] or (x[nodes[i]] == x[nodes[begins]] and y[nodes[i]] < y[nodes[begins]]):
            begins = i
    for i in range(len(nodes) + 1):
        node = nodes[(begins + i) % len(nodes)]
        out_x[i], out_y[i] = x[node] + corner[0], y[node] + corner[1]


def cut(leaves: Nodes, shapes: WorkShapes, edges: Edges) -> Cuts:
    """Cut the shape of every leaf (a node of one box) by edges near it; m2, RD New."""
    begun()  # where nothing is compiled yet, another process compiles the second kernel meanwhile
    swept: Measured = measured(leaves, shapes, edges)
    slots, sets = swept.slot_first[-1], swept.set_first[-1]
    outlines = NO_OUTLINES
    if swept.row_first[-1] > 0:
        ended()
        outlines = traced(leaves, shapes.boxes, swept)
    by_shape = (swept.shape, swept.status, swept.slot_first, swept.cutter[:slots], swept.set_first)
    by_set = [column[:sets] for column in (swept.area, swept.to_word0, swept.to_word1)]
    columns: tuple[Any, ...] = (*by_shape, *by_set, *outlines)
    return Cuts(*columns)


def compile_traced() -> None:
    """Compile the kernel of outlines, by a call for no shape."""
    int32, int64 = np.zeros(0, np.int32), np.zeros(1, np.int64)
    real, bits = np.zeros(0), np.zeros(0, np.uint64)
    leaves = Nodes(int64, int64, real, real, int32, int64, int32, int32, int64)
    status, rows = np.zeros(0, np.int8), np.zeros((0, 6))
    swept = Measured(int64, status, int64, int32, int64, bits, bits, real, bits, bits, rows, int64)
    traced(leaves, Boxes(real, real, real, real), swept)
