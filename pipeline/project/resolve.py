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
    rights_everywhere: tuple[Right, ...]
    holders: tuple[str, ...]
    whole_site_share: float = Field(gt=0, le=1)
    basis: str


class LandlordConfig(ConfigModel):
    """Hand-over months of one landlord, by right; rights that it does not name follow the general rule."""

    name: str
    months: dict[Right, Months]
    basis: str


class HandoverConfig(ConfigModel):
    """Months between the last day of use and the day on which land is free: soil, demolition, clearing."""

    basis: str
    months: dict[Right, Months]
    landlord: tuple[LandlordConfig, ...] = ()
    landlord_of_site: dict[str, str] = Field(default_factory=dict)

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
    basis: str


class NoticeConfig(ConfigModel):
    """How long land under notice may stay occupied, in the latest case."""

    dispute_months: Months
    basis: str


class ExerciseConfig(ConfigModel):
    """The chance that extensions or options of one class of contract are called; a key left out fits all."""

    chance: Share
    right_type: Right | None = None
    extension_right: Annotated[str, one_of(EXTENSION_RIGHTS)] | None = None
    certainty: Annotated[str, one_of(CONTRACT_CERTAINTIES)] | None = None
    basis: str


class BuiltConfig(ConfigModel):
    """When buildings make a plot that is free on paper unknown."""

    share_that_makes_unknown: Share
    statuses: tuple[str, ...]
    basis: str


class UseConfig(ConfigModel):
    """Which kinds of surveyed use are signs that somebody uses the land, and when land in use looks idle."""

    kinds: tuple[Annotated[str, one_of(LAND_USES)], ...]
    least_share: Share
    idle_after_years: NonNegativeFloat
    basis: str


class ToleranceConfig(ConfigModel):
    """Below which size a difference is drawing noise."""

    area_difference_pct: NonNegativeFloat
    least_conflict_m2: NonNegativeFloat
    sliver_width_m: NonNegativeFloat
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
