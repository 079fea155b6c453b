"""The grammar of measure.toml: what is measured of each plot, and against what."""

from typing import Annotated, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from pipeline.project.filter_language import Filter
from pipeline.project.models import ConfigModel, Share, Words, one_of

LEVEL_UNITS = ("dB(A) etmaalwaarde", "dB Lden", "dB Lnight")  # never compared with one another


class LevelConfig(ConfigModel):
    """A noise level with its unit; levels of different units are different things."""

    level: float
    """in decibels"""
    unit: Annotated[str, one_of(LEVEL_UNITS)]
    """of which measure"""


class NoiseMeasureConfig(ConfigModel):
    """How much of a plot must have a level, from which level its share is told, when a plot is quiet, and how near a
    zone is."""

    least_covered_share: Share
    """so much of a plot must have a level"""
    threshold: LevelConfig
    quiet_plot_dba_m2: float = Field(ge=0, le=120)
    """a plot with less budget is quiet"""
    link_m: NonNegativeFloat
    """how near a zone is"""
    basis: Words


class QuayMeasureConfig(ConfigModel):
    """How far a quay may lie off its plot, how far apart depth of land is measured, and how far inland."""

    reach_m: NonNegativeFloat
    """a quay no farther off belongs to the plot"""
    transect_m: PositiveFloat
    """how far apart depth of land is measured"""
    depth_m: PositiveFloat
    """how far inland at most"""
    basis: Words


class WaterwayMeasureConfig(ConfigModel):
    """Within which distance a plot lies at a waterway."""

    reach_m: NonNegativeFloat
    """a plot within this distance lies at the waterway"""
    basis: Words


class NetworkMeasureConfig(ConfigModel):
    """Which ends of roads join, on which roads one enters the network, and which kinds of road meet in a junction."""

    join_m: NonNegativeFloat
    """ends of roads no farther apart are joined"""
    enter_on: Filter
    """roads on which one enters the network: a filter in CQL2"""
    junction: tuple[str, ...]
    """kinds of road that meet in a junction of a motorway"""
    basis: Words


class PowerMeasureConfig(ConfigModel):
    """Voltages for which the nearest station is told, high to low."""

    voltages_kv: tuple[float, ...] = Field(min_length=1)
    """high to low"""
    basis: Words


class NatureMeasureConfig(ConfigModel):
    """Rings around a plot in which hexagons are counted, and how far below the critical load is near it."""

    rings_m: tuple[float, ...] = Field(min_length=1)
    """outer distances of the rings, rising, in metres"""
    near_critical_mol: NonNegativeFloat
    """how far below the critical load is near it"""
    basis: Words
    caveat: Words
    """what stands with these numbers"""

    @model_validator(mode="after")
    def _rings_rise(self) -> Self:
        if list(self.rings_m) != sorted(set(self.rings_m)) or self.rings_m[0] <= 0:
            raise ValueError(f"rings_m {list(self.rings_m)} must rise from above 0")
        return self


class AirNormsConfig(ConfigModel):
    """Yearly means in ug/m3: the limit now, that of 2030, and the advice of the WHO; each at most the one before."""

    present: PositiveFloat
    """the limit now, in ug/m3"""
    eu_2030: PositiveFloat
    """that of 2030"""
    who_advice: PositiveFloat
    """the advice of the WHO"""

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
    """what stands with these numbers"""
    no2: AirNormsConfig
    pm10: AirNormsConfig
    pm25: AirNormsConfig


class FloodMeasureConfig(ConfigModel):
    """Which classes lie outside the dikes, and how much of a plot must be known; deeper than `dry_up_to_m` floods."""

    outside_dike_classes: tuple[int, ...]
    """classes of the file that lie outside the dikes"""
    least_known_share: Share
    """so much of a plot must be known"""
    dry_up_to_m: NonNegativeFloat
    """deeper water counts as a flood"""
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
