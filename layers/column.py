"""The declaration of a column, from which its check, its documentation and its Dutch words follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

# Types in which a cell can be empty, which int and bool of numpy cannot.
DTYPES = {"str": "str", "int": "Int64", "float": "float64", "bool": "boolean", "date": "datetime64[ms]"}


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

    def surely_holds(self, values: pd.Series) -> bool:
        """Whether values of the very type are all allowed; False: they may be, which `checks` finds out, and words."""
        import pandas as pd  # declarations are read without it

        # Of arrays, not of Series: of tables of a few rows most time would go into the objects around them.
        cells = values.array
        if cells.dtype != DTYPES[self.kind] or (not self.optional and cells.isna().any()):
            return False
        # Comparing with an empty cell gives False, or an empty cell, which any() leaves out.
        if (self.minimum is not None and (cells < self.limit(self.minimum)).any()) or (
            self.maximum is not None and (cells > self.limit(self.maximum)).any()
        ):
            return False
        if not self.choices and not self.pattern:
            return True
        distinct = cells.unique().dropna()
        return (not self.choices or set(distinct).issubset(self.choices)) and (
            not self.pattern or bool(pd.Series(distinct).str.match(self.pattern).all())
        )

    def limit(self, bound: float | str) -> float | str | pd.Timestamp:
        """A bound as values of the column compare with it."""
        import pandas as pd  # declarations are read without it

        return pd.Timestamp(bound) if self.kind == "date" else bound

    def checks(self) -> list[pa.Check]:
        """The pandera checks that this declaration asks for; bounds in its unit."""
        import pandera.pandas as pa  # takes half a second, and only what is at fault needs it

        checks = []
        if self.choices:
            checks.append(pa.Check.isin(list(self.choices), error=f"one of {list(self.choices)}"))
        for bound, check, words in ((self.minimum, pa.Check.ge, "at least"), (self.maximum, pa.Check.le, "at most")):
            if bound is not None:
                checks.append(check(self.limit(bound), error=f"{words} {bound} {self.unit}".rstrip()))
        if self.pattern:
            checks.append(pa.Check.str_matches(self.pattern, error=f"text like {self.pattern}"))
        return checks
