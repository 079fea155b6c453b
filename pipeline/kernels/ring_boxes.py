"""Boxes of chains of edges; and which rings have a box that comes near one of a few other boxes, by a board
of squares.
"""

import numpy as np

from pipeline.kernels.numba_cache import inner, kernel

SQUARES = 256  # along each side of the board


@kernel
def near_boxes(x, y, first, boxes, margin):
    """Which rings (RD New, m) have a box that covers a square of the board that one of the boxes (west, south, east,
    north), grown, covers."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    is_near = np.zeros(len(first) - 1, np.bool_)
    for row in range(len(boxes)):
        if not boxes[row, 0] <= boxes[row, 2]:  # an empty shape has no box
            continue
        west, south = min(west, boxes[row, 0] - margin), min(south, boxes[row, 1] - margin)
        east, north = max(east, boxes[row, 2] + margin), max(north, boxes[row, 3] + margin)
    if west > east:
        return is_near
    # Mark the squares of a board over all boxes that some grown box touches.
    wide, high = max(east - west, 1.0) / SQUARES, max(north - south, 1.0) / SQUARES
    board = np.zeros((SQUARES, SQUARES), np.bool_)
    for row in range(len(boxes)):
        if not boxes[row, 0] <= boxes[row, 2]:
            continue
        left, right = square_of(boxes[row, 0] - margin - west, wide), square_of(boxes[row, 2] + margin - west, wide)
        low, top = square_of(boxes[row, 1] - margin - south, high), square_of(boxes[row, 3] + margin - south, high)
        for column in range(left, right + 1):
            for line in range(low, top + 1):
                board[column, line] = True
    # A ring is near where its own box touches a marked square; most lie beside the board.
    for ring in range(len(first) - 1):
        x0, y0, x1, y1 = box_of(x, y, first[ring], first[ring + 1])
        if x1 < west or x0 > east or y1 < south or y0 > north:
            continue
        for column in range(square_of(x0 - west, wide), square_of(x1 - west, wide) + 1):
            for line in range(square_of(y0 - south, high), square_of(y1 - south, high) + 1):
                is_near[ring] = is_near[ring] or board[column, line]
    return is_near


@inner
def box_of(x, y, begin, end):
    """West, south, east and north of a run of vertices, in their metres."""
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    for vertex in range(begin, end):
        x0, x1 = min(x0, x[vertex]), max(x1, x[vertex])
        y0, y1 = min(y0, y[vertex]), max(y1, y[vertex])
    return x0, y0, x1, y1


@inner
def square_of(along, step):
    """The square of the board at a distance (metres) from its edge; the nearest where it lies beside the board."""
    return int(min(max(along / step, 0.0), SQUARES - 1.0))


@kernel
def chain_boxes(x, y, begin, end):
    """West, south, east and north of each chain, in metres of RD New."""
    count = len(begin)
    left, low, right, high = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    for chain in range(count):
        left[chain], low[chain], right[chain], high[chain] = box_of(x, y, begin[chain], end[chain] + 1)
    return left, low, right, high
