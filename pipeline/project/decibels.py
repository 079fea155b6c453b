"""Geluid: levels that carry their unit as their type; two units are two things, and are never compared or added.

Sums and means are of energy: 10 log10 of the sum or mean of 10^(L/10). Formulas: Wet geluidhinder art. 1 (etmaalwaarde),
Directive 2002/49/EC annex I (Lden).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class Decibel:
    """A level in the unit of its class."""

    value: float
    unit: ClassVar[str] = "dB"

    def _same(self, other: object) -> float:
        if type(other) is not type(self):
            raise TypeError(f"{self} and {other!r} are of different units: never mixed")
        return float(other.value)

    def __lt__(self, other: Self) -> bool:
        """Is it less loud? Only levels of one unit can be asked."""
        return self.value < self._same(other)

    def __le__(self, other: Self) -> bool:
        """Is it at most as loud?"""
        return self.value <= self._same(other)

    def __str__(self) -> str:
        """The level with its unit."""
        return f"{self.value:g} {self.unit}"


class Etmaal(Decibel):
    """The highest of day, evening + 5 and night + 10, under the Wet geluidhinder."""

    unit = "dB(A) etmaalwaarde"


class Lden(Decibel):
    """Day, evening and night together, under the Omgevingswet."""

    unit = "dB Lden"


class Lnight(Decibel):
    """The night, under the Omgevingswet."""

    unit = "dB Lnight"


class PerM2(Decibel):
    """Source strength of a square metre of plot."""

    unit = "dB(A)/m2"


class SourceStrength(Decibel):
    """Source strength of a whole plot."""

    unit = "dB(A)"


BY_UNIT: dict[str, type[Decibel]] = {kind.unit: kind for kind in (Etmaal, Lden, Lnight)}


def etmaal(day: float, evening: float, night: float) -> Etmaal:
    """The etmaalwaarde of the A-weighted levels of the three parts of a day."""
    return Etmaal(max(day, evening + 5.0, night + 10.0))


def lden(day: float, evening: float, night: float) -> Lden:
    """Lden of the A-weighted levels of 12 hours of day, 4 of evening and 8 of night."""
    parts = ((12, day), (4, evening + 5.0), (8, night + 10.0))
    return Lden(10.0 * math.log10(sum(hours * 10.0 ** (level / 10.0) for hours, level in parts) / 24.0))


def energetic_sum(levels: Sequence[Any]) -> Any:
    """Levels of one unit together, as energy."""
    first = levels[0]
    energy = sum(10.0 ** ((level.value if level is first else first._same(level)) / 10.0) for level in levels)
    return type(first)(10.0 * math.log10(energy))


def of_plot(per_m2: PerM2, area_m2: float) -> SourceStrength:
    """What a budget per m2 comes to on a whole plot: a larger plot has a larger budget."""
    return SourceStrength(per_m2.value + 10.0 * math.log10(area_m2))
