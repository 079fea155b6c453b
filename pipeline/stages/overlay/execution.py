"""How the ranges of a cut are worked on: in which executor, how many ahead, what is stored of them, and who
hears of progress.

Results come in the order of the ranges, wherever each was worked on. No more of them wait than can be worked on soon,
so memory is that of a few ranges however many there are. When the reader of results stops, is interrupted or fails,
ranges that have not begun are cancelled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Protocol, TypeVar

from pipeline.kernels.cut import Cuts

Range = TypeVar("Range")
Result = TypeVar("Result")


class Executor(Protocol):
    """Where ranges are worked on: threads here, or other machines."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Any:
        """Work on a range as soon as there is room; what is returned has a result and can be cancelled."""


class RemoteExecutor(Executor, Protocol):
    """Other machines that cut ranges, so many at the same time."""

    threads: int


def map_ordered(
    ranges: Iterable[Range], work: Callable[[Range], Result], executor: Executor, ahead: int
) -> Generator[Result, None, None]:
    """The result of each range, in order; at most `ahead` of them are begun before the first of these is taken."""
    waiting: deque[Any] = deque()
    try:
        # The oldest is waited for, whichever is ready: results keep the order of the ranges.
        for part in ranges:
            waiting.append(executor.submit(work, part))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def thread_pool(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads; when it is left, ranges that have not begun are cancelled."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def done(value: Any) -> Future[Any]:
    """A future whose result is known."""
    future: Future[Any] = Future()
    future.set_result(value)
    return future


class SerialExecutor:
    """An executor that does what is submitted at once, in the thread that submits it."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        return done(work(*arguments))


SERIAL = SerialExecutor()


class RangeStore(Protocol):
    """Ranges that are done, so that a run which was interrupted goes on after the last of them."""

    def get(self, key: str, number: int) -> Mapping[str, Any] | None:
        """The arrays of a range of a cut with this key; None where it is not done."""

    def put(self, key: str, number: int, arrays: Mapping[str, Any]) -> None:
        """Store the arrays of a range, whole or not at all."""

    def part_rows(self, wanted: int) -> int:
        """How many rows a part has of what is cut in parts: as wanted when the first range was stored, or now."""


@dataclass(frozen=True)
class _StoringExecutor:
    """An executor that first looks in a store, and stores each result: as soon as it is there, where it
    is made here.
    """

    executor: Executor
    store: RangeStore
    key: str
    is_local: bool

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Any:
        known = self.store.get(self.key, arguments[0])
        # Of another version: what it stored may have other fields.
        if known is not None and set(known) == set(Cuts._fields):
            return done(Cuts(**known))
        if self.is_local:
            return self.executor.submit(lambda number: self.stored(number, work(number)), *arguments)
        return _ToStore(self, arguments[0], self.executor.submit(work, *arguments))

    def stored(self, number: int, cuts: Cuts) -> Cuts:
        self.store.put(self.key, number, cuts._asdict())
        return cuts


@dataclass(frozen=True)
class _ToStore:
    """A range that is worked on elsewhere; stored when its result arrives."""

    storing: _StoringExecutor
    number: int
    future: Any

    def result(self) -> Any:
        return self.storing.stored(self.number, self.future.result())

    def cancel(self) -> Any:
        return self.future.cancel()


def no_progress(_: int, __: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class ExecutionContext:
    """Ranges are cut in an executor, `ahead` of them before the first is taken, and become polygons in a local one.

    on_progress: is given how many ranges are done, and of how many; store, key: where ranges that are done are stored,
    and under which name of all that is cut; remote: where the executor is not in this process, gives for the holdings
    that are cut (a mask, and the position among all at which it begins) and the zones over them (a mask over all) the
    function that cuts a range of them by its number; cut_remotely: that function, for the holdings at hand; begin: the
    position among all holdings of the first at hand.
    """

    executor: Executor = SERIAL
    local: Executor = SERIAL
    ahead: int = 1
    on_progress: Callable[[int, int], None] = no_progress
    store: RangeStore | None = None
    key: str = ""
    remote: Callable[[int, Any, Any], Callable[[int], Cuts]] | None = None
    cut_remotely: Callable[[int], Cuts] | None = None
    begin: int = 0

    def restricted_to(self, holdings: Any, zones: Any, key: str) -> ExecutionContext:
        """The same, for the holdings of a mask and the zones of another, a cut that goes by this key."""
        cut_remotely = self.remote(self.begin, holdings, zones) if self.remote is not None else None
        return replace(self, key=key, cut_remotely=cut_remotely)

    def storing_executor(self) -> Executor:
        """The executor; where there is a store, ranges are looked up and stored in it."""
        if self.store is None:
            return self.executor
        return _StoringExecutor(self.executor, self.store, self.key, self.cut_remotely is None)


IN_THIS_THREAD = ExecutionContext()


class Progress:
    """How many holdings of all are done, reported whenever more are; parts of them may be cut beside each other."""

    def __init__(self, report: Callable[[int, int], None], rows: int) -> None:
        self.report, self.rows, self.done, self.lock = report, rows, 0, Lock()

    def part(self, context: ExecutionContext, begin: int, count: int) -> ExecutionContext:
        """The same context for so many holdings from a position among all on, which counts holdings where
        ranges are done.
        """
        known = 0

        def on_progress(done: int, ranges: int) -> None:
            nonlocal known
            with self.lock:
                # Holdings by the share of ranges that is done; the last range makes it whole.
                more, known = count * done // ranges - known, count * done // ranges
                self.done += more
                if more:
                    self.report(self.done, self.rows)

        return replace(context, begin=begin, on_progress=on_progress)
