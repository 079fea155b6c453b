"""What hangs together: the groups of members that neighbours join, or only those groups that some members are in.

Idea: from each member on, its neighbours among the members, and theirs, until none is left.
Invariant: flags that are given come back as they were; each member is in one group.
Cost: the members of the groups that are asked for, and their neighbours; not how many others there are.
"""

import numpy as np

from pipeline.kernels.numba_cache import kernel


@kernel
def grouped(first, neighbour, is_member, added, is_seen):
    """The groups, among the members and those added to them, that hold one of those added: their positions, rising
    within each group, and where each group begins among them.

    first, neighbour: the neighbours of row k are neighbour[first[k]:first[k + 1]]. is_member, is_seen: a flag per row;
    is_seen all False.
    """
    rows = np.empty(len(is_member), np.int64)
    begins = np.empty(len(added) + 1, np.int64)
    count, filled = 0, 0
    # Those added count as members until the end: which of them were none before is kept to undo it.
    was_member = is_member[added]
    is_member[added] = True
    for start in added:
        if is_seen[start]:
            continue
        begins[count] = filled
        count += 1
        rows[filled] = start
        is_seen[start] = True
        head, filled = filled, filled + 1
        # All that is reached is put behind, until what is at the head has no new neighbours.
        while head < filled:
            row = rows[head]
            head += 1
            for place in range(first[row], first[row + 1]):
                other = neighbour[place]
                if is_member[other] and not is_seen[other]:
                    is_seen[other] = True
                    rows[filled] = other
                    filled += 1
        rows[begins[count - 1] : filled].sort()
    for place in range(len(added)):
        is_member[added[place]] = was_member[place]
    for place in range(filled):
        is_seen[rows[place]] = False
    begins[count] = filled
    return rows[:filled].copy(), begins[: count + 1].copy()
