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

from layers.sentences import Sentence

REFUSED = "refused: "


class Refusal(Exception):
    """Which thing, what was found, what was expected, what to do; a sentence for who has not seen the code."""

    exit_code = 1

    def __init__(self, thing: str, *, actual: str | Sequence[str], expected: str = "", todo: str = "") -> None:
        self.thing = thing
        self.actual = [actual] if isinstance(actual, str) else list(actual)
        self.expected = expected
        self.todo = todo
        self.rows: Any = None  # a table of the rows refused, for whoever catches this
        self.todo_by_reason: dict[str, str] = {}  # of those rows
        self.others: list[Refusal] = []  # of other files, that came to light in the same round
        self.place: dict[
            str, str
        ] = {}  # source, layer, file, file_layer, row and field that it is about, as far as known
        super().__init__(thing)

    def __reduce__(self) -> tuple[Callable[..., Refusal], tuple[Any, ...], dict[str, Any]]:
        """Whole again on the other side of a process border."""
        # Pickle calls a class with `args` alone, and would lose what is given by keyword.
        whole = partial(type(self), self.thing, actual=self.actual, expected=self.expected, todo=self.todo)
        more = {"rows": self.rows, "todo_by_reason": self.todo_by_reason, "place": self.place, "others": self.others}
        return whole, (), more

    def __str__(self) -> str:
        """The whole message in English: one fault on one line, several faults as a list below the thing; then those of
        others."""
        return self.text()

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The whole message, each sentence as `translate` has it."""
        return f"\n{translate(REFUSED)}".join(part._words(translate) for part in (self, *self.others))

    def each(self) -> list[Refusal]:
        """This refusal and the others with it, each by itself."""
        others, self.others = self.others, []
        return [self, *others]

    def _words(self, translate: Callable[[str], str]) -> str:
        wish = translate(Sentence(", expected {expected}", expected=self.expected)) if self.expected else ""
        thing, faults = translate(self.thing), [translate(fault) for fault in self.actual]
        if len(faults) == 1:
            head = f"{thing}: {faults[0]}{wish}"
        else:
            head = "\n".join([f"{thing}{wish}:", *(f"  - {fault}" for fault in faults)])
        return f"{head}\n  {translate(self.todo)}" if self.todo else head


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
                actual=Sentence(
                    "content that cannot be read ({kind}: {words})",
                    kind=type(fault).__name__,
                    words=" ".join(str(fault).split())[:200],
                ),
                expected="a whole file, as the program that it comes from writes it",
                todo="open it in that program (QGIS, Excel), save it anew, or ask for the delivery again",
            ) from fault
