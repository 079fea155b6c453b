"""The grammar of assemble.toml: which land makes one site, what may be bridged, and what is nearly enough."""

from typing import Annotated, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from layers.columns import BRIDGE_COSTS
from pipeline.project.filter_language import Filter
from pipeline.project.models import ConfigModel, Share, Words, one_of, repeated

# Land that is no layer of its own: plots that are public space, and land inside the boundary on no plot.
PUBLIC_SPACE, NO_PARCEL = "public_space", "no_parcel"


class FeaturesConfig(ConfigModel):
    """Features of a layer, drawn as wide as they lie: half_width_m to either side of a line, or as a column says."""

    layer: str
    """the layer of the features"""
    where: Filter | None = None
    """which of them: a filter in CQL2 on its columns"""
    half_width_m: NonNegativeFloat = 0.0
    """how far a line reaches to either side"""
    half_width_column: str | None = None
    """the column that says so for each"""
    basis: Words


class BridgeConfig(FeaturesConfig):
    """A kind of land over which two parts of a site may be joined, and what that costs; named once."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    title: Words
    cost: Annotated[str, one_of(BRIDGE_COSTS)]
    """what it costs to bridge"""


class AccelerationConfig(ConfigModel):
    """How near sites lie to be one area, and how large an area may be."""

    within_m: NonNegativeFloat
    """sites no farther apart are one area"""
    most_ha: PositiveFloat
    """how large an area may be"""
    basis: Words


class AssembleConfig(ConfigModel):
    """Which usable land makes one site: the widest gap, what may lie in it (cheapest first), what may not, and sizes
    that are counted. Not listed is not bridged."""

    gap_m: NonNegativeFloat
    """the widest gap within a site"""
    sizes_ha: tuple[float, ...] = Field(min_length=1)
    """sizes of sites that are counted, rising"""
    nearly_share: Share
    """land with this part of what an activity needs is a near miss"""
    key_plots: int = Field(ge=0, le=10_000)
    """how many plots are named per question"""
    serves_share: float = Field(gt=0, le=1)
    """the part of a plot that must be usable for it to serve"""
    neighbours_tried: int = Field(ge=0, le=50)
    """how many neighbours may come with a plot, the largest first"""
    basis: Words
    bridge: tuple[BridgeConfig, ...] = ()
    barrier: tuple[FeaturesConfig, ...] = ()
    acceleration: AccelerationConfig

    @model_validator(mode="after")
    def _sizes_rise_and_costs_do_not_fall(self) -> Self:
        if [0.0, *self.sizes_ha] != sorted({0.0, *self.sizes_ha}):
            raise ValueError(f"sizes_ha {list(self.sizes_ha)} must rise from above 0")
        # Its place in the card is the rank of a bridge: of two ways over a gap the first is taken.
        costs = [bridge.cost for bridge in self.bridge]
        if costs != sorted(costs, key=BRIDGE_COSTS.index):
            raise ValueError(f"bridges must stand from cheap to dear: {costs}")
        names = [bridge.name for bridge in self.bridge]
        if repeated(names):
            raise ValueError(f"bridges must have names of their own: {names}")
        return self
