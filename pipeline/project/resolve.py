"""How registers and contracts are weighed; the grammar of resolve.toml."""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, model_validator

from layers.columns import CONTRACT_CERTAINTIES, EXTENSION_RIGHTS, RIGHTS, USE_RIGHTS
from layers.sources.land_use import LAND_USES
from pipeline.project.models import ConfigModel, Share, one_of

Right = Annotated[str, one_of(RIGHTS)]
Months = Annotated[int, Field(ge=0, le=600)]


class MastersConfig(ConfigModel):
    """Which leases are master leases: rights on a whole site, rights anywhere, or any right of these holders."""

    rights: tuple[Right, ...]
    """rights that are master leases where they cover a whole site"""
    rights_everywhere: tuple[Right, ...]
    """rights that are master leases anywhere"""
    holders: tuple[str, ...]
    """holders whose rights are master leases"""
    whole_site_share: float = Field(gt=0, le=1)
    """from this part of a site on a right covers it"""
    basis: str


class LandlordConfig(ConfigModel):
    """Hand-over months of one landlord, by right; rights that it does not name follow the general rule."""

    name: str
    months: dict[Right, Months]
    """per right its months"""
    basis: str


class HandoverConfig(ConfigModel):
    """Months between the last day of use and the day on which land is free: soil, demolition, clearing."""

    basis: str
    months: dict[Right, Months]
    """per right the months between its last day and the day on which land is free"""
    landlord: tuple[LandlordConfig, ...] = ()
    """landlords with months of their own"""
    landlord_of_site: dict[str, str] = Field(default_factory=dict)
    """the landlord of each site, by name"""

    @model_validator(mode="after")
    def _every_use_has_its_handover(self) -> Self:
        missing = sorted(set(USE_RIGHTS) - set(self.months))
        if missing:
            raise ValueError(f"months names no {missing}")
        return self


class ExtensionConfig(ConfigModel):
    """Whether a right to extend still counts, in the latest case, when the last day to call it is past and
    nothing was told."""

    after_last_notice: Literal["counts", "lapsed"]
    """whether it still counts when the last day to call it is past"""
    basis: str


class NoticeConfig(ConfigModel):
    """How long land under notice may stay occupied, in the latest case."""

    dispute_months: Months
    """how long land under notice may stay occupied, in the latest case"""
    basis: str


class ExerciseConfig(ConfigModel):
    """The chance that extensions or options of one class of contract are called; a key left out fits all."""

    chance: Share
    """the chance that it is called"""
    right_type: Right | None = None
    """of which right"""
    extension_right: Annotated[str, one_of(EXTENSION_RIGHTS)] | None = None
    """of which right to extend"""
    certainty: Annotated[str, one_of(CONTRACT_CERTAINTIES)] | None = None
    basis: str


class BuiltConfig(ConfigModel):
    """When buildings make a plot that is free on paper unknown."""

    share_that_makes_unknown: Share
    """from this part under buildings on, a plot that is free on paper is unknown"""
    statuses: tuple[str, ...]
    """statuses of buildings that count"""
    basis: str


class UseConfig(ConfigModel):
    """Which kinds of surveyed use are signs that somebody uses the land, and when land in use looks idle."""

    kinds: tuple[Annotated[str, one_of(LAND_USES)], ...]
    """kinds of surveyed use that show that somebody uses the land"""
    least_share: Share
    """from this part of a plot on it counts as in use"""
    idle_after_years: NonNegativeFloat
    """in use, yet without buildings for so long, it looks idle"""
    basis: str


class ToleranceConfig(ConfigModel):
    """Below which size a difference is drawing noise."""

    area_difference_pct: NonNegativeFloat
    """so much may the registered area differ from that drawn"""
    least_conflict_m2: NonNegativeFloat
    """smaller conflicts are noise"""
    sliver_width_m: NonNegativeFloat
    """narrower overlaps are noise"""
    basis: str


class ResolveConfig(ConfigModel):
    """How registers and contracts are weighed."""

    master: MastersConfig
    handover: HandoverConfig
    extension: ExtensionConfig
    notice: NoticeConfig
    exercise: tuple[ExerciseConfig, ...] = ()
    built: BuiltConfig
    use: UseConfig
    tolerance: ToleranceConfig
