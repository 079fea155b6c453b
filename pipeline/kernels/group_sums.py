"""Sums of numbers by group, each with what the addition before it lost (Kahan), as pandas adds.

Idea: what a sum loses of a small number is added to the next.
Invariant: in the order of the rows; the same bits as a groupby of pandas, in a small part of its time on few rows.
Cost: one pass over the rows.
"""

import numpy as np

from pipeline.kernels.numba_cache import kernel


@kernel
def kahan_sums(group, values, count):
    """The sum of the values of each of `count` groups; group: the number of the group of each row, or -1 for none.

    What is not a number is left out.
    """
    sums, lost = np.zeros(count), np.zeros(count)
    for row in range(len(group)):
        place = group[row]
        if place < 0 or np.isnan(values[row]):
            continue
        value = values[row] - lost[place]
        added = sums[place] + value
        lost[place] = added - sums[place] - value
        sums[place] = added
    return sums
