"""Bezitskaart: how registers and contracts are weighed; the grammar of resolve.toml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from layers.columns import RIGHTS, USE_RIGHTS
from layers.sources.land_use import KINDS as USE_KINDS
from pipeline.project.models import Card, one_of

Right = Annotated[str, one_of(RIGHTS)]
Months = Annotated[int, Field(ge=0, le=600)]


class Masters(Card):
    """Which leases are master leases: rights on a whole site, rights anywhere, or any right of these holders."""

    rights: tuple[Right, ...]
    rights_everywhere: tuple[Right, ...]
    holders: tuple[str, ...]
    whole_site_share: float = Field(gt=0, le=1)
    basis: str


class LandlordRule(Card):
    """Hand-over months of one landlord, by right; rights that it does not name follow the general rule."""

    name: str
    months: dict[Right, Months]
    basis: str


class Handover(Card):
    """Months between the last day of use and the day on which land is free: soil, demolition, clearing."""

    basis: str
    months: dict[Right, Months]
    landlord: tuple[LandlordRule, ...] = ()
    landlord_of_site: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_use_has_its_handover(self) -> Handover:
        missing = sorted(set(USE_RIGHTS) - set(self.months))
        if missing:
            raise ValueError(f"months names no {missing}")
        return self


class Extension(Card):
    """Whether a right to extend still counts, in the latest case, when the last day to call it is past and nothing was told."""

    after_last_notice: Literal["counts", "lapsed"]
    basis: str


class Notice(Card):
    """How long land under notice may stay occupied, in the latest case."""

    dispute_months: Months
    basis: str


class Exercise(Card):
    """The chance that extensions or options of one class of contract are called; a key left out fits all."""

    chance: float = Field(ge=0, le=1)
    right_type: Right | None = None
    extension_right: Literal["tenant", "mutual", "unknown", "none"] | None = None
    certainty: Literal["deed", "decision", "letter", "oral", "unknown"] | None = None
    basis: str


class BuiltRule(Card):
    """When buildings make a plot that is free on paper unknown."""

    share_that_makes_unknown: float = Field(ge=0, le=1)
    statuses: tuple[str, ...]
    basis: str


class UseRule(Card):
    """Which kinds of surveyed use are signs that somebody uses the land, and when land in use looks idle."""

    kinds: tuple[Annotated[str, one_of(USE_KINDS)], ...]
    least_share: float = Field(ge=0, le=1)
    idle_after_years: float = Field(ge=0)
    basis: str


class Tolerance(Card):
    """Below which size a difference is drawing noise."""

    area_difference_pct: float = Field(ge=0)
    least_conflict_m2: float = Field(ge=0)
    sliver_width_m: float = Field(ge=0)
    basis: str


class ResolveCard(Card):
    """How registers and contracts are weighed."""

    master: Masters
    handover: Handover
    extension: Extension
    notice: Notice
    exercise: tuple[Exercise, ...] = ()
    built: BuiltRule
    use: UseRule
    tolerance: Tolerance
