"""Small lists of numbers put in order: the sorts of numpy are general, and take longer to compile than all else.

Idea: stretches of RUN numbers are put in order one by one, and merged by twos, fours and so on.
Invariant: what is equal keeps its order; numbers are compared, never computed.
Cost: n log n, and next to nothing where the list is nearly in order already.
"""

import numpy as np

from pipeline.kernels.numba_cache import inner

RUN = 16


@inner
def rise(values, count, spare):
    """Put the first numbers of a list in order; spare: another list as long."""
    # Insertion sort within each run.
    for begin in range(0, count, RUN):
        for i in range(begin + 1, min(begin + RUN, count)):
            value, place = values[i], i
            while place > begin and values[place - 1] > value:
                values[place] = values[place - 1]
                place -= 1
            values[place] = value
    # Merge neighbouring runs, by ever longer ones; runs that follow each other already stay as they are.
    width = RUN
    while width < count:
        for begin in range(0, count - width, 2 * width):
            middle, end = begin + width, min(begin + 2 * width, count)
            if values[middle - 1] <= values[middle]:
                continue
            for i in range(begin, middle):
                spare[i] = values[i]
            left, right, place = begin, middle, begin
            while left < middle:
                if right < end and values[right] < spare[left]:
                    values[place] = values[right]
                    right += 1
                else:
                    values[place] = spare[left]
                    left += 1
                place += 1
        width *= 2


@inner
def order_of(keys, count):
    """The places of the first of a list of keys in rising order."""
    order, spare = np.empty(count, np.uint32), np.empty(count, np.uint32)
    # Insertion sort of places within each run.
    for begin in range(0, count, RUN):
        order[begin] = begin
        for i in range(begin + 1, min(begin + RUN, count)):
            key, place = keys[i], i
            while place > begin and keys[order[place - 1]] > key:
                order[place] = order[place - 1]
                place -= 1
            order[place] = i
    # Merge neighbouring runs, by ever longer ones; runs that follow each other already stay as they are.
    width = RUN
    while width < count:
        for begin in range(0, count - width, 2 * width):
            middle, end = begin + width, min(begin + 2 * width, count)
            if keys[order[middle - 1]] <= keys[order[middle]]:
                continue
            for i in range(begin, middle):
                spare[i] = order[i]
            left, right, place = begin, middle, begin
            while left < middle:
                if right < end and keys[order[right]] < keys[spare[left]]:
                    order[place] = order[right]
                    right += 1
                else:
                    order[place] = spare[left]
                    left += 1
                place += 1
        width *= 2
    return order
