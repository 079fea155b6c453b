"""What was found of one thing on this machine."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from layers.errors import Refusal, reading


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
        """The state, thing and value in a line, and what to do in another."""
        return f"{self.state:<6} {self.thing:<18} {self.value}" + (f"\n{'':<26}{self.todo}" if self.todo else "")

    def content(self) -> dict[str, str]:
        """As plain values."""
        return {name: str(value) for name, value in asdict(self).items()}


def diagnosed(thing: str, todo: str, check: Callable[[], Iterator[Diagnosis]]) -> list[Diagnosis]:
    """What a check says; whatever is raised in it is amiss, with this to do."""
    try:
        with reading(thing):
            return list(check())
    except Refusal as refusal:
        fault = refusal.__cause__ or refusal
        words = " ".join(str(fault).split())[:200]
        return [Diagnosis(thing, f"does not work ({type(fault).__name__}: {words})", "amiss", todo)]
