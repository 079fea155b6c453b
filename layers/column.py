"""The declaration of a column, from which its check, its documentation and its Dutch words follow."""

from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa


@dataclass(frozen=True)
class Column:
    """One column: type, English meaning, Dutch title, unit, and what may stand in it; empty only if optional."""

    kind: str
    meaning: str
    title: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | str | None = None
    maximum: float | str | None = None
    pattern: str = ""
    optional: bool = False
    confidential: bool = False

    def checks(self) -> list[pa.Check]:
        """The pandera checks that this declaration asks for; bounds in its unit."""
        checks = []
        if self.choices:
            checks.append(pa.Check.isin(list(self.choices), error=f"one of {list(self.choices)}"))
        for bound, check, words in ((self.minimum, pa.Check.ge, "at least"), (self.maximum, pa.Check.le, "at most")):
            if bound is not None:
                limit = pd.Timestamp(bound) if self.kind == "date" else bound
                checks.append(check(limit, error=f"{words} {bound} {self.unit}".rstrip()))
        if self.pattern:
            checks.append(pa.Check.str_matches(self.pattern, error=f"text like {self.pattern}"))
        return checks
