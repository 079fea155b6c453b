"""What was found of one thing on this machine."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from textwrap import fill
from typing import Literal

from layers.errors import Refusal, reading

INDENT = " " * 26


@dataclass(frozen=True)
class Diagnosis:
    """What a thing is here, and what to do where it is not as it should be: note, where a run does its work all the
    same; amiss, where it would be refused or cannot be relied upon.
    """

    thing: str
    value: str
    state: Literal["good", "note", "amiss"] = "good"
    todo: str = ""

    def line(self) -> str:
        """The state, thing and value, and what to do on a line of its own; wrapped."""
        words = f"{self.state:<6} {self.thing:<18} {self.value}"
        return "\n".join(_wrapped(text) for text in (words, f"{INDENT}{self.todo}" if self.todo else "") if text)

    def content(self) -> dict[str, str]:
        """As plain values."""
        return {name: str(value) for name, value in asdict(self).items()}


def _wrapped(text: str) -> str:
    # A path is not broken: it is copied.
    return fill(text, 100, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False)


def diagnosed(thing: str, todo: str, check: Callable[[], Iterator[Diagnosis]]) -> list[Diagnosis]:
    """What a check says; whatever is raised in it is amiss, with this to do."""
    try:
        with reading(thing):
            return list(check())
    except Refusal as refusal:
        fault = refusal.__cause__ or refusal
        words = " ".join(str(fault).split())[:200]
        return [Diagnosis(thing, f"does not work ({type(fault).__name__}: {words})", "amiss", todo)]
