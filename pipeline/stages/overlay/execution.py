"""Verloop: how the ranges of a cut are gone through: beside how many others, where, what is kept of them, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Protocol

from pipeline.kernels.cut import Cuts
from pipeline.stages.overlay.map_ordered import Doing, Pool


class Kept(Protocol):
    """Ranges that are done, so that a run which was ended goes on after the last of them."""

    def get(self, key: str, number: int) -> Mapping[str, Any] | None:
        """The arrays of a range of a cut with this key; None where it is not done."""

    def put(self, key: str, number: int, arrays: Mapping[str, Any]) -> None:
        """Keep the arrays of a range, whole or not at all."""

    def part_rows(self, asked: int) -> int:
        """How many rows a part has of what is cut in parts: as asked when the first range was kept, or now."""


@dataclass(frozen=True)
class Done:
    """What was made at once."""

    made: Any

    def result(self) -> Any:
        return self.made

    def cancel(self) -> None:
        return None


class AtOnce:
    """A pool of nobody else: what is submitted is done."""

    def submit(self, work: Callable[..., Any], /, *given: Any) -> Done:
        return Done(work(*given))


AT_ONCE = AtOnce()


@dataclass(frozen=True)
class _Keeping:
    """A pool that asks first what is kept under a key, and keeps what is made: as soon as it is, where it is made here."""

    pool: Pool
    kept: Kept
    key: str
    is_here: bool

    def submit(self, work: Callable[..., Any], /, *given: Any) -> Doing:
        known = self.kept.get(self.key, given[0])
        if known is not None and set(known) == set(Cuts._fields):
            return Done(Cuts(**known))
        if self.is_here:
            return self.pool.submit(lambda number: self.keep(number, work(number)), *given)
        return _ToKeep(self, given[0], self.pool.submit(work, *given))

    def keep(self, number: int, made: Cuts) -> Cuts:
        self.kept.put(self.key, number, made._asdict())
        return made


@dataclass(frozen=True)
class _ToKeep:
    keeping: _Keeping
    number: int
    doing: Doing

    def result(self) -> Any:
        return self.keeping.keep(self.number, self.doing.result())

    def cancel(self) -> Any:
        return self.doing.cancel()


def nobody(_: int, __: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Course:
    """Ranges are cut in a pool, `ahead` of them before the first is taken, and made polygons of here.

    told: is given how many ranges are done, and of how many; kept, key: where ranges that are done are kept, and under which
    name of all that is cut; there: where the pool is not in this process, gives for the holdings that are cut (a mask, and the
    place among all at which it begins) and the zones over them (a mask over all) what cuts a range of them by its number;
    elsewhere: that, for the holdings at hand; begin: the place among all holdings of the first at hand.
    """

    pool: Pool = AT_ONCE
    here: Pool = AT_ONCE
    ahead: int = 1
    told: Callable[[int, int], None] = nobody
    kept: Kept | None = None
    key: str = ""
    there: Callable[[int, Any, Any], Callable[[int], Cuts]] | None = None
    elsewhere: Callable[[int], Cuts] | None = None
    begin: int = 0

    def over(self, mask: Any, key: str, zones: Any) -> Course:
        """The same, for the holdings of a mask and the zones of another, a cut that goes by this key."""
        return replace(self, key=key, elsewhere=self.there(self.begin, mask, zones) if self.there is not None else None)

    def keeping(self) -> Pool:
        """The pool, keeping what is done."""
        if self.kept is None:
            return self.pool
        return _Keeping(self.pool, self.kept, self.key, self.elsewhere is None)


ALONE = Course()


class Tally:
    """How many holdings of all are done, told whenever more are; parts of them may be gone through beside each other."""

    def __init__(self, told: Callable[[int, int], None], rows: int) -> None:
        self.told, self.rows, self.done, self.alone = told, rows, 0, Lock()

    def part(self, course: Course, begin: int, count: int) -> Course:
        """The same course for so many holdings from a place among all on, which counts holdings where ranges are told."""
        known = 0

        def told(done: int, ranges: int) -> None:
            nonlocal known
            with self.alone:
                more, known = count * done // ranges - known, count * done // ranges
                self.done += more
                if more:
                    self.told(self.done, self.rows)

        return replace(course, begin=begin, told=told)
