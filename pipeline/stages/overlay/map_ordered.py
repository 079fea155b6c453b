"""Stroom: ranges of work done side by side, and given back in order as soon as they and all before them are done.

Idea: whoever takes the results reads, or writes, while the next ranges are worked on; no more of them wait than can be
worked on soon, so memory is that of a few ranges however many there are.
Invariant: the order of results is that of the ranges, wherever and beside whatever each was worked on.
Cost: nothing but the waiting. When the taker stops, is interrupted or fails, what has not begun is not begun any more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

Range = TypeVar("Range")
Made = TypeVar("Made")


class Doing(Protocol):
    """A range that is being worked on."""

    def result(self) -> Any:
        """What was made of it, waiting for it where need be; raises what the work raised."""

    def cancel(self) -> Any:
        """Do not begin it any more."""


class Pool(Protocol):
    """Where ranges are worked on: threads here, or machines elsewhere."""

    def submit(self, work: Callable[..., Any], /, *given: Any) -> Doing:
        """Work on a range as soon as there is room."""


def flow(ranges: Iterable[Range], work: Callable[[Range], Made], pool: Pool, ahead: int) -> Generator[Made, None, None]:
    """What is made of each range, in order; at most `ahead` of them are begun before the first of these is taken."""
    doing: deque[Doing] = deque()
    try:
        for one in ranges:
            doing.append(pool.submit(work, one))
            if len(doing) >= ahead:
                yield doing.popleft().result()
        while doing:
            yield doing.popleft().result()
    finally:
        for one_left in doing:
            one_left.cancel()


@contextmanager
def threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads; when it is left, what has not begun is not begun any more, and who waits for it is told so."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
