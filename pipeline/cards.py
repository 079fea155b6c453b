"""Kaartjes: the grammar of the TOML cards in config/; unknown keys are refused, nothing has a hidden default."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from layers.columns import EFFECTS, HOLDINGS, ROOMS, THEMES, VERDICTS


def one_of(choices: tuple[str, ...]) -> Any:
    def check(value: str) -> str:
        if value not in choices:
            raise ValueError(f"found {value!r}, expected one of {list(choices)}")
        return value

    return AfterValidator(check)


class Card(BaseModel):
    """A card: frozen, and every key known."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


SLUG = r"^[a-z0-9_-]{1,64}$"


class ClusterCard(Card):
    """A cluster, or a site of the scattered sixth."""

    title: str
    kind: Literal["cluster", "cluster_6"]
    basis: str
    slug: str = Field(default="", pattern=r"^$|" + SLUG)


class Absent(Card):
    """A layer that a project does not have: does that count as nothing there, or as not known?"""

    treat_as: Literal["none", "unknown"]
    basis: str


class ProjectCard(Card):
    """The project: which day counts as today, which years are asked, and whose rules it takes."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    title: str
    extends: str | None = None
    reference_date: dt.date
    horizons: tuple[Annotated[int, Field(ge=1900, le=2200)], ...]
    absent: dict[str, Absent] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _horizons_lie_ahead(self) -> ProjectCard:
        years = [self.reference_date.year, *self.horizons]
        if any(later <= earlier for earlier, later in pairwise(years)):
            raise ValueError(f"horizons {list(self.horizons)} must rise, and lie after {self.reference_date.year}")
        return self


class Area(Card):
    """The features themselves."""

    kind: Literal["area"]


class Buffer(Card):
    """All land within a distance of the features."""

    kind: Literal["buffer"]
    distance_m: float = Field(gt=0)


class Rings(Card):
    """Rings around the features; a band is the land up to its distance and beyond the one before."""

    kind: Literal["rings"]
    bands: dict[str, float]

    @model_validator(mode="after")
    def _distances_rise(self) -> Rings:
        distances = list(self.bands.values())
        strange = [name for name in self.bands if not re.fullmatch(r"[A-Za-z0-9_.-]{1,20}", name)]
        if strange:
            raise ValueError(f"band names {strange} must be letters, digits, dots and dashes")
        if any(later <= earlier for earlier, later in pairwise([0.0, *distances])):
            raise ValueError(f"distances {distances} must rise from above 0")
        return self


class Outside(Card):
    """All land that no feature covers."""

    kind: Literal["outside"]


class Constraint(Card):
    """One reason why land may not do for an activity: where, when, and on what ground."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    title: str
    layer: str
    where: str | None = None
    theme: Annotated[str, one_of(THEMES)]
    geometry: Area | Buffer | Rings | Outside = Field(discriminator="kind")
    from_year: str | None = None
    to_year: str | None = None
    basis: str
    certainty: Literal["C", "L", "U"]


class ConstrainCard(Card):
    """All constraints, and how round their circles are."""

    quad_segs: int = Field(ge=8, le=256)
    constraint: tuple[Constraint, ...]


CONDITIONS = ("always", "category_reaches_band", "is_noise_maker", "emits_nitrogen")


class Effect(Card):
    """What a constraint does to one kind of object, and under which condition of the profile."""

    constraint: str
    object_kind: str
    condition: Annotated[str, one_of(CONDITIONS)]
    effect: Annotated[str, one_of(EFFECTS)]
    basis: str


class Profile(Card):
    """What an activity asks of land."""

    title: str
    least_area_ha: float = Field(ge=0)
    least_width_m: float = Field(ge=0)
    least_quay_m: float = Field(default=0, ge=0)
    category: str
    object_kinds: tuple[str, ...] = Field(min_length=1)
    is_noise_maker: bool
    emits_nitrogen: bool
    basis: str
    certainty: Literal["C", "L", "U"]


class ProfilesCard(Card):
    """All activity profiles, by name."""

    profile: dict[str, Profile]


class PlanCategory(Card):
    """What the plan's highest category does to a heavier activity."""

    when_too_low: Annotated[str, one_of(EFFECTS)]
    when_unknown: Annotated[str, one_of(EFFECTS)]
    basis: str


class Shape(Card):
    """When two pieces touch, and how far a quay may lie off."""

    touch_m: float = Field(ge=0)
    shared_edge_m: float = Field(ge=0)
    quay_reach_m: float = Field(ge=0)
    basis: str


class NoiseRule(Card):
    """How much of a plot must have a noise level before a mean is given."""

    least_covered_share: float = Field(ge=0, le=1)
    basis: str


class Distances(Card):
    """Which roads count as motorway."""

    motorway: str
    basis: str


class CategoryByDistance(Card):
    """Which constraint's bands give the highest category at a distance."""

    constraint: str


class AssessCard(Card):
    """How room, fitness and facts are judged."""

    categories: tuple[str, ...]
    plan_category: PlanCategory
    shape: Shape
    noise: NoiseRule
    distances: Distances
    category_by_distance: CategoryByDistance


class AssembleCard(Card):
    """Which usable land makes one site."""

    gap_m: float = Field(ge=0)
    basis: str


class InTime(Card):
    """How far supply is told, how wide the bins of ending leases are, and when a public party must speak."""

    until_year: int = Field(ge=1900, le=2200)
    bin_years: int = Field(ge=1, le=50)
    notice_months: int = Field(ge=0, le=600)
    longest_move_years: int = Field(ge=0, le=100)
    basis: str


class BalanceCard(Card):
    """Order of the waterfall, the name of the sum of all clusters, and how supply is told in time."""

    national_name: str = Field(pattern=SLUG)
    waterfall: tuple[str, ...]
    basis: str
    in_time: InTime

    @model_validator(mode="after")
    def _every_verdict_has_its_place(self) -> BalanceCard:
        if sorted(self.waterfall) != sorted(("gross", "no_parcel", *VERDICTS)) or self.waterfall[0] != "gross":
            raise ValueError(f"waterfall must start with 'gross' and name each of {['no_parcel', *VERDICTS]} once")
        return self


Colour = Annotated[str, Field(pattern=r"^(none|#[0-9a-f]{6}([0-9a-f]{2})?)$")]


class StyleCard(Card):
    """Colours of a published layer by the value of one column, by year (the first year on top), or one colour."""

    column: str | None = None
    colours: dict[str, Colour] = Field(default_factory=dict)
    years: tuple[Colour, ...] = ()
    fill: Colour = "#cccccc"
    line: Colour = "#555555"
    line_mm: float = 0.1


class PublishedLayer(Card):
    """One layer or table of the GeoPackage: from which derived layer, under which Dutch name and title."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,56}$")
    layer: str
    title: str
    description: str
    is_internal: bool = False
    style: StyleCard | None = None


class FiguresCard(Card):
    """Colours of the figures: of lines and parts of bars, by our words."""

    colours: dict[str, Colour]
    dots_per_inch: int = Field(ge=72, le=600)


class PublishCard(Card):
    """What the planner opens."""

    lead_profile: str
    disclaimer: str
    figures: FiguresCard
    changes: PublishedLayer
    published: tuple[PublishedLayer, ...]


class VerdictRow(Card):
    """One row of the written table of holding and room."""

    holding: Annotated[str, one_of(HOLDINGS)]
    open: Annotated[str, one_of(VERDICTS)]
    conditional: Annotated[str, one_of(VERDICTS)]
    blocked: Annotated[str, one_of(VERDICTS)]
    unknown: Annotated[str, one_of(VERDICTS)]

    def verdict(self, room: str) -> str:
        """The verdict for a room."""
        return str(getattr(self, room)) if room in ROOMS else "unknown"


class Demand(Card):
    """A published figure of demand; the file ships empty."""

    cluster_id: str
    year: int
    scenario: str
    segment: str
    demand_ha: float
    source: str
    version: str
    page: str
