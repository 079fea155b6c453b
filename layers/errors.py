"""Refusals: what the user sees when something cannot be right.

Refusal                exit  what was refused
 |- ConfigRefusal         2   a card in config/
 |- ContractRefusal       3   a table that breaks its layer's contract
 '- SourceRefusal         4   a file that a source card points at
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any


class Refusal(Exception):
    """Which thing, what was found, what was expected, what to do; a sentence for who has not seen the code."""

    exit_code = 1

    def __init__(self, thing: str, *, actual: str | Sequence[str], expected: str = "", todo: str = "") -> None:
        self.thing = thing
        self.actual = [actual] if isinstance(actual, str) else list(actual)
        self.expected = expected
        self.todo = todo
        self.rows: Any = None  # a table of the rows refused, for whoever catches this
        self.others: list[Refusal] = []  # of other files, that came to light in the same round
        self.place: dict[
            str, str
        ] = {}  # source, layer, file, file_layer, row and field that it is about, as far as known
        super().__init__(thing)

    def __reduce__(self) -> tuple[Callable[..., Refusal], tuple[Any, ...], dict[str, Any]]:
        """Whole again on the other side of a process border."""
        # Pickle calls a class with `args` alone, and would lose what is given by keyword.
        whole = partial(type(self), self.thing, actual=self.actual, expected=self.expected, todo=self.todo)
        return whole, (), {"rows": self.rows, "place": self.place, "others": self.others}

    def __str__(self) -> str:
        """The whole message: one fault on one line, several faults as a list below the thing; then those of others."""
        return "\nrefused: ".join([self._words(), *map(str, self.others)])

    def each(self) -> list[Refusal]:
        """This refusal and the others with it, each by itself."""
        others, self.others = self.others, []
        return [self, *others]

    def _words(self) -> str:
        wish = f", expected {self.expected}" if self.expected else ""
        if len(self.actual) == 1:
            head = f"{self.thing}: {self.actual[0]}{wish}"
        else:
            head = "\n".join([f"{self.thing}{wish}:", *(f"  - {fault}" for fault in self.actual)])
        return f"{head}\n  {self.todo}" if self.todo else head


class ConfigRefusal(Refusal):
    """A card in config/ is unreadable, contradictory or incomplete."""

    exit_code = 2


class ContractRefusal(Refusal):
    """A table on the line breaks the contract of its layer."""

    exit_code = 3


class SourceRefusal(Refusal):
    """A file is not there, not what it says it is, or holds rows that cannot be right."""

    exit_code = 4


def together(refusals: Sequence[Refusal]) -> Refusal:
    """Several refusals as one to raise: the first, that has the others with it."""
    first, *others = [part for refusal in refusals for part in refusal.each()]
    first.others = others
    return first


@contextmanager
def concerning(**place: object) -> Iterator[None]:
    """Say of a refusal from within which source, layer, file, file_layer, row or field it is about; what it says itself
    of its place stands.
    """
    try:
        yield
    except Refusal as refusal:
        refusal.place = {name: str(value) for name, value in place.items() if value is not None} | refusal.place
        raise


@contextmanager
def reading(thing: str, **place: object) -> Iterator[None]:
    """As `concerning`, and the one fence around a user's file: whatever a library raises at what stands in it is a
    refusal of that file.
    """
    with concerning(**place):
        try:
            yield
        except Refusal:
            raise
        except Exception as fault:  # no list of all that a dozen libraries raise is ever whole
            raise SourceRefusal(
                thing,
                actual=f"content that cannot be read ({type(fault).__name__}: {' '.join(str(fault).split())[:200]})",
                expected="a whole file, as the program that it comes from writes it",
                todo="open it in that program (QGIS, Excel), save it anew, or ask for the delivery again",
            ) from fault
