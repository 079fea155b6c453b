"""Numbers as people and programs write them, brought to digits with a point."""

from typing import Protocol

import pandas as pd

# Blanks that hold a number together, which programs write for the thousands.
HARD_BLANKS = "[\u00a0\u2007\u2009\u202f]"
CURRENCY = r"^(?:€|eur\b|euro\b)\s*|\s*(?:€|\beur|\beuro)$"
NO_CENTS = r"(?<=\d)\s*,(?:-+|=)$"  # 1.250,- and 1.250,=
# Money has no thousandths: what seems so is a thousand with a sign that the card does not name.
THOUSANDS_OF_MONEY = r"^[-+]?\d{1,3}(?:[.,]\d{3})+$"
NO_NUMBER = "?"


class NumberForm(Protocol):
    """The signs of a number: of its decimals, and between its thousands (none: "")."""

    @property
    def decimal(self) -> str:
        """The sign of its decimals."""

    @property
    def thousands(self) -> str:
        """The sign between its thousands."""


def with_points(texts: pd.Series, form: NumberForm) -> pd.Series:
    """Texts without currency and thousands, with a point for the decimals; what is no number so is none afterwards."""
    plain = _with_points(texts, form)
    is_odd = texts.notna() & pd.to_numeric(plain, errors="coerce").isna()
    if is_odd.any():
        plain[is_odd] = _with_points(_amounts(texts[is_odd], form), form)
    return plain


def _amounts(texts: pd.Series, form: NumberForm) -> pd.Series:
    """Texts without currency, and with plain blanks; money of which nobody can say what its point is is no number."""
    plain = texts.str.replace(HARD_BLANKS, " ", regex=True).str.strip()
    amounts = plain.str.replace(CURRENCY, "", regex=True, case=False).str.replace(NO_CENTS, "", regex=True)
    is_unclear = (amounts != plain) & amounts.str.match(THOUSANDS_OF_MONEY, na=False)
    return amounts if form.thousands else amounts.mask(is_unclear, NO_NUMBER)


def _with_points(texts: pd.Series, form: NumberForm) -> pd.Series:
    plain = texts.str.replace(form.thousands, "", regex=False) if form.thousands else texts
    if form.decimal != ".":  # a point that is neither declared nor a decimal says something else
        plain = plain.where(~plain.str.contains(".", regex=False, na=False), NO_NUMBER)
    return plain.str.replace(form.decimal, ".", regex=False)
