"""The grammar of measure.toml: what is measured of each plot, and against what."""

from typing import Annotated, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from pipeline.project.filter_language import Filter
from pipeline.project.models import ConfigModel, Share, Words, one_of

LEVEL_UNITS = ("dB(A) etmaalwaarde", "dB Lden", "dB Lnight")  # never compared with one another


class LevelConfig(ConfigModel):
    """A noise level with its unit; levels of different units are different things."""

    level: float
    unit: Annotated[str, one_of(LEVEL_UNITS)]


class NoiseMeasureConfig(ConfigModel):
    """How much of a plot must have a level, from which level its share is told, when a plot is quiet, and how near a
    zone is."""

    least_covered_share: Share
    threshold: LevelConfig
    quiet_plot_dba_m2: float = Field(ge=0, le=120)
    link_m: NonNegativeFloat
    basis: Words


class QuayMeasureConfig(ConfigModel):
    """How far a quay may lie off its plot, how far apart depth of land is measured, and how far inland."""

    reach_m: NonNegativeFloat
    transect_m: PositiveFloat
    depth_m: PositiveFloat
    basis: Words


class WaterwayMeasureConfig(ConfigModel):
    """Within which distance a plot lies at a waterway."""

    reach_m: NonNegativeFloat
    basis: Words


class NetworkMeasureConfig(ConfigModel):
    """Which ends of roads join, on which roads one enters the network, and which kinds of road meet in a junction."""

    join_m: NonNegativeFloat
    enter_on: Filter
    junction: tuple[str, ...]
    basis: Words


class PowerMeasureConfig(ConfigModel):
    """Voltages for which the nearest station is told, high to low."""

    voltages_kv: tuple[float, ...] = Field(min_length=1)
    basis: Words


class NatureMeasureConfig(ConfigModel):
    """Rings around a plot in which hexagons are counted, and how far below the critical load is near it."""

    rings_m: tuple[float, ...] = Field(min_length=1)
    near_critical_mol: NonNegativeFloat
    basis: Words
    caveat: Words

    @model_validator(mode="after")
    def _rings_rise(self) -> Self:
        if list(self.rings_m) != sorted(set(self.rings_m)) or self.rings_m[0] <= 0:
            raise ValueError(f"rings_m {list(self.rings_m)} must rise from above 0")
        return self


class AirNormsConfig(ConfigModel):
    """Yearly means in ug/m3: the limit now, that of 2030, and the advice of the WHO; each at most the one before."""

    present: PositiveFloat
    eu_2030: PositiveFloat
    who_advice: PositiveFloat

    @model_validator(mode="after")
    def _norms_fall(self) -> Self:
        if not self.present >= self.eu_2030 >= self.who_advice:
            raise ValueError(
                f"present {self.present:g}, eu_2030 {self.eu_2030:g} and who_advice {self.who_advice:g} must not rise"
            )
        return self


class AirMeasureConfig(ConfigModel):
    """Norms that a background concentration is laid beside, per component."""

    basis: Words
    caveat: Words
    no2: AirNormsConfig
    pm10: AirNormsConfig
    pm25: AirNormsConfig


class FloodMeasureConfig(ConfigModel):
    """Which classes lie outside the dikes, and how much of a plot must be known; deeper than `dry_up_to_m` floods."""

    outside_dike_classes: tuple[int, ...]
    least_known_share: Share
    dry_up_to_m: NonNegativeFloat
    basis: Words


class MeasureConfig(ConfigModel):
    """All measures."""

    noise: NoiseMeasureConfig
    quay: QuayMeasureConfig
    waterway: WaterwayMeasureConfig
    network: NetworkMeasureConfig
    power: PowerMeasureConfig
    nature: NatureMeasureConfig
    air: AirMeasureConfig
    flood: FloodMeasureConfig
