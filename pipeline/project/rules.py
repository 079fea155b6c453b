"""Rule cards: the grammar of constrain.toml, effects.csv, profiles.toml and assess.toml, the written rules."""

import re
from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, field_validator, model_validator

from layers.columns import AREA_KINDS, DIRECTIONS, EFFECTS, OBJECT_KINDS, RULE_CERTAINTIES, STANDINGS, THEMES
from layers.sources.feeding_areas import MOST_MW
from layers.sources.supply_areas import MOST_M3
from layers.sources.terminals import JUNCTION, TERMINALS
from pipeline.project.filter_language import Filter
from pipeline.project.models import ConfigModel, Hectares, Metres, Words, one_of

RuleCertainty = Annotated[str, one_of(RULE_CERTAINTIES)]
ObjectKind = Annotated[str, one_of(OBJECT_KINDS)]
OTHER_KINDS = "other"  # in the effects of a constraint: every kind of object that is not named


# Between what a distance along the road is measured.
PLOTS, TERMINAL_LAYER = "parcels", "terminals"


class ZoneConfig(ConfigModel):
    """Where a constraint applies, seen from the features of its layer."""

    @property
    def furthest_m(self) -> float:
        """How far from a feature it may apply, as the rule itself says (m)."""
        return 0.0


class AreaConfig(ZoneConfig):
    """The features themselves."""

    kind: Literal["area"]


class BufferConfig(ZoneConfig):
    """All land within a distance of the features; the feature's own distance, from a column, goes before
    the common one."""

    kind: Literal["buffer"]
    distance_m: PositiveFloat
    """the distance for features without their own"""
    distance_column: str | None = None
    """the column with the distance of each feature"""

    @property
    def furthest_m(self) -> float:
        """The common distance (m)."""
        return self.distance_m


class RingsConfig(ZoneConfig):
    """Rings around the features; a band is the land up to its distance and beyond the one before."""

    kind: Literal["rings"]
    bands: dict[str, float]
    """per band how far it reaches, rising, in metres"""

    @model_validator(mode="after")
    def _distances_rise(self) -> Self:
        distances = list(self.bands.values())
        # `unknown` is the band of what the source does not tell.
        strange = [name for name in self.bands if name == "unknown" or not re.fullmatch(r"[A-Za-z0-9_.-]{1,20}", name)]
        if strange or not self.bands:
            raise ValueError(f"band names {strange} must be letters, digits, dots and dashes, and not 'unknown'")
        if [0.0, *distances] != sorted({0.0, *distances}):
            raise ValueError(f"distances {distances} must rise from above 0")
        return self

    @property
    def furthest_m(self) -> float:
        """The distance of the outermost band (m)."""
        return max(self.bands.values())


class OutsideConfig(ZoneConfig):
    """All land that no feature covers, or comes within a distance of; years of a column are those in which a feature
    counts."""

    kind: Literal["outside"]
    reach_m: NonNegativeFloat = 0
    """land within this distance of a feature is covered too"""

    @property
    def furthest_m(self) -> float:
        """How near land must be to a feature (m)."""
        return self.reach_m


class ByRoadConfig(ZoneConfig):
    """Plots that lie farther along the road from a kind of terminal than some activity accepts: a band for each such
    distance, and `unknown` for plots from which no road leads to one. The layer of the constraint holds the roads."""

    kind: Literal["by_road"]
    terminal_kind: Annotated[str, one_of(TERMINALS)]
    """the kind of terminal that the way leads to"""


class ValuesConfig(ZoneConfig):
    """The features themselves, one band per value of a column. Where the land belongs to one of several features and
    the file does not say to which, `overlap = "differs"` takes only the land where they differ, with the least and
    the most that it may be."""

    kind: Literal["values"]
    column: str
    """the column whose values are the bands"""
    overlap: Literal["each", "most", "differs"] = "each"
    """what counts on land under several features: each; the most, where any can serve it; or only where they differ"""
    zero: Filter | None = None
    """features whose value is 0, whatever the column says (a filter)"""
    unknown: Filter | None = None
    """features whose value is not known, whatever the column says (a filter)"""

    @model_validator(mode="after")
    def _values_are_compared(self) -> Self:
        if self.overlap == "each" and (self.zero or self.unknown):
            raise ValueError("zero and unknown are read only where features overlap: name overlap")
        return self


class OwnSiteConfig(ConfigModel):
    """Land on which a feature does not count, because it belongs to that site itself: same value in `column`
    of both layers."""

    layer: str
    """the layer of sites"""
    column: str
    """the column that has the same value in both layers"""


class ConstraintConfig(ConfigModel):
    """One reason why land may not do for an activity: where, when, which way it works, and on what ground."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    title: Words
    layer: str
    """the layer whose features it is drawn from"""
    where: Filter | None = None
    """which features count: a filter in CQL2 on columns of the layer"""
    theme: Annotated[str, one_of(THEMES)]
    """the theme that it is shown under"""
    direction: Annotated[str, one_of(DIRECTIONS)]
    """onto: the surroundings press on the plot; from: the plot's use would press on the surroundings"""
    geometry: AreaConfig | BufferConfig | RingsConfig | OutsideConfig | ValuesConfig | ByRoadConfig = Field(
        discriminator="kind"
    )
    """what land it takes"""
    area_kind: Annotated[str, one_of(AREA_KINDS)] | None = None
    """the kind of residential area by which distances are taken"""
    own_site: OwnSiteConfig | None = None
    """features that do not count on the site that they belong to"""
    from_year: str | int | None = None
    """its first year, or the column that holds it"""
    to_year: str | int | None = None
    """its last year, or the column that holds it"""
    until_year: str | None = None
    """the column of the year in the course of which it ceases to hold"""
    standing: Annotated[str, one_of(STANDINGS)]
    """how firmly it stands"""
    basis: Words
    article: str = ""
    """the article of the law that it rests on"""
    source: Words
    """where that can be read"""
    certainty: RuleCertainty
    effects: dict[str, str] = Field(default_factory=dict)
    """what it does to objects, in place of rows in effects.csv: one effect for all kinds, or by kind with `other`
    for the rest; under a condition: "blocks when category_reaches_band\""""
    effects_basis: str = ""
    """what these effects rest on, where it is not the source"""

    @field_validator("effects", mode="before", json_schema_input_type=str | dict[str, str])
    @classmethod
    def _one_effect_is_for_all(cls, value: object) -> object:
        return {OTHER_KINDS: value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _effects_are_known(self) -> Self:
        strange = sorted(set(self.effects) - {*OBJECT_KINDS, OTHER_KINDS})
        if strange:
            raise ValueError(f"effects of '{self.name}' on {strange}, expected {[*OBJECT_KINDS, OTHER_KINDS]}")
        for row in self.effect_rows():
            for key, known in (("effect", EFFECTS), ("condition", CONDITIONS)):
                if row[key] not in known:
                    raise ValueError(f"{key} of '{self.name}': found '{row[key]}', expected one of {[*known]}")
        return self

    def effect_rows(self, kinds: Collection[str] = OBJECT_KINDS) -> list[dict[str, str]]:
        """Its effects as rows of effects.csv, one for each kind of object that it does something to: those that it
        names, and with `other` all of these kinds."""
        others = {kind: self.effects.get(OTHER_KINDS) for kind in OBJECT_KINDS if kind in kinds}
        stated = {kind: self.effects.get(kind, others.get(kind)) for kind in OBJECT_KINDS}
        rows = []
        for kind, text in stated.items():
            if text is not None:
                effect, _, condition = text.partition(" when ")
                row = {"constraint": self.name, "object_kind": kind, "condition": condition.strip() or "always"}
                rows.append(row | {"effect": effect.strip(), "basis": self.effects_basis or self.source})
        return rows

    @model_validator(mode="after")
    def _stands_on_something(self) -> Self:
        if self.standing == "law" and not self.article.strip():
            raise ValueError(f"constraint '{self.name}' stands on law and names no article")
        first, last = self.from_year, self.to_year
        if isinstance(first, int) and isinstance(last, int) and first > last:
            raise ValueError(f"constraint '{self.name}' ends in {last}, before it begins in {first}")
        if self.until_year and last is not None:
            raise ValueError(f"constraint '{self.name}' names both a last year and one in which it no longer holds")
        return self

    @property
    def road_layers(self) -> tuple[str, ...]:
        """The layers that it reads to measure along the road, beside the roads."""
        return (PLOTS, TERMINAL_LAYER) if isinstance(self.geometry, ByRoadConfig) else ()

    @property
    def located_by(self) -> tuple[str, ...]:
        """The layers that say where it holds, any of which may be absent; of junctions the roads tell."""
        is_to_terminal = isinstance(self.geometry, ByRoadConfig) and self.geometry.terminal_kind != JUNCTION
        return (self.layer, TERMINAL_LAYER) if is_to_terminal else (self.layer,)

    def law(self) -> str:
        """The basis with its article."""
        return f"{self.basis}, {self.article}" if self.article else self.basis


class PlannedDwellingsConfig(ConfigModel):
    """Which housing plans are held against contours, and what is taken of a plan that does not say it."""

    reach_m: NonNegativeFloat = 5000
    """plans within this distance of the land of a cluster count"""
    contours_reach_m: NonNegativeFloat = 0
    """how far beyond the box around that land files of contours are complete"""
    scattered_per_ha: NonNegativeFloat = 2
    """up to so many dwellings per hectare a plan is scattered, where it does not say"""
    height_m: NonNegativeFloat = 15
    """how high dwellings are, where the plan does not say"""
    basis: Words = "aannames; verspreid: ten hoogste twee woningen per hectare (Bkl, bijlage VI)"


class ConstrainConfig(ConfigModel):
    """All constraints, how round their circles are, and which housing plans they are held against."""

    quad_segs: int = Field(ge=8, le=256)
    """segments in a quarter of a circle"""
    planned_dwellings: PlannedDwellingsConfig = PlannedDwellingsConfig()
    constraint: tuple[ConstraintConfig, ...]
    """the constraints, each a [[constraint]]"""


# Supplies that an activity is joined to or not; of water and power it takes an amount.
CONNECTIONS = ("hydrogen", "carbon_dioxide", "heat", "steam")
# What an effect may depend on, and the kind of geometry that it needs ("" any).
CONDITIONS = {
    "always": "",
    "category_reaches_band": "rings",
    "risk_reaches_band": "rings",
    "noise_above_band": "values",
    "height_above_band": "values",
    "is_noise_maker": "",
    "emits_nitrogen": "",
    "stores_hazardous": "",
    "claim_is_decided": "values",
    "takes_power": "",
    "power_above_band": "values",
    "takes_water": "",
    "water_above_band": "values",
    **{f"takes_{supply}": "" for supply in CONNECTIONS},
    "needs_rail": "",
    "road_beyond_band": "by_road",
}


class EffectConfig(ConfigModel):
    """What a constraint does to one kind of object, and under which condition of the profile."""

    constraint: str
    """the constraint, by name"""
    object_kind: ObjectKind
    """the kind of object to which it does something"""
    condition: Annotated[str, one_of(tuple(CONDITIONS))]
    """when it does: a condition of the activity"""
    effect: Annotated[str, one_of(EFFECTS)]
    """what it does"""
    basis: Words


class ProfileConfig(ConfigModel):
    """What an activity asks of land, what it needs there, and what it presses on its surroundings; what is not stated
    is not asked."""

    title: Words
    least_area_ha: Hectares
    """the smallest site, in one"""
    least_width_m: Metres
    """the diameter of the largest circle in it"""
    least_quay_m: Metres = 0
    """length of quay"""
    least_draught_m: Metres = 0
    """depth of water at the quay"""
    category: str
    """its environmental category"""
    object_kinds: tuple[ObjectKind, ...] = Field(min_length=1)
    """what it builds, by which rules know it"""
    is_noise_maker: bool
    """whether it needs a place on a zoned site"""
    emits_nitrogen: bool
    """whether it emits nitrogen"""
    noise_dba_m2: float = Field(ge=0, le=120)
    """source strength"""
    height_m: Metres
    """height of what it builds"""
    risk_radius_m: Metres
    """its own contour of 1e-6 a year"""
    seveso: Literal["none", "low", "high"]
    """its Seveso class"""
    emission_kg_ha: float = Field(default=0, ge=0, le=1_000_000)
    """nitrogen a year per hectare"""
    power_mw: float = Field(default=0, ge=0, le=MOST_MW)
    """power that it takes"""
    water_m3_year: float = Field(default=0, ge=0, le=MOST_M3)
    """process water a year"""
    connections: tuple[Annotated[str, one_of(CONNECTIONS)], ...] = ()
    """other supplies that it is joined to"""
    needs_rail: bool = False
    """whether it needs a siding"""
    most_road_m: PositiveFloat | None = None
    """the longest way along the road to a terminal that it accepts"""
    is_net_zero: bool = False
    """a net-zero technology (Regulation (EU) 2024/1735), for which acceleration areas are sought"""
    basis: Words
    certainty: RuleCertainty


class ProfilesConfig(ConfigModel):
    """All activity profiles, by name."""

    profile: dict[str, ProfileConfig] = Field(min_length=1)
    """the activities by name"""


class PlanCategoryConfig(ConfigModel):
    """What the plan's highest category does to a heavier activity."""

    when_too_low: Literal["blocks", "conditional"]
    """what it does to an activity of a heavier category"""
    when_unknown: Literal["unknown", "blocks", "conditional"]
    """what it does where the category of the plan is not known"""
    basis: Words


class CategoryDistancesConfig(ConfigModel):
    """Metres between an activity of each category and a dwelling, per kind of residential area; 0 is no distance."""

    quiet: dict[str, float]
    """per category the metres to a dwelling in a quiet area"""
    mixed: dict[str, float]
    """per category the metres to a dwelling in a mixed area"""
    basis: Words

    def metres(self, area_kind: str, category: str) -> float:
        """The distance in metres that a category keeps."""
        return float(getattr(self, area_kind)[category])


class ShapeConfig(ConfigModel):
    """When two pieces touch, and how far a quay may lie off."""

    touch_m: NonNegativeFloat
    """pieces no farther apart touch"""
    shared_edge_m: NonNegativeFloat
    """and share an edge of at least this length"""
    quay_reach_m: NonNegativeFloat
    """a quay no farther off belongs to the land"""
    basis: Words


class AssessConfig(ConfigModel):
    """How room and fitness are judged."""

    categories: tuple[str, ...]
    """environmental categories, from light to heavy"""
    category_distances: CategoryDistancesConfig
    plan_category: PlanCategoryConfig
    shape: ShapeConfig

    @model_validator(mode="after")
    def _distances_follow_the_categories(self) -> Self:
        for kind in AREA_KINDS:
            table = getattr(self.category_distances, kind)
            if tuple(table) != self.categories:
                raise ValueError(f"category_distances.{kind} must name each of {list(self.categories)}, in that order")
            metres = list(table.values())
            if metres[0] < 0 or metres != sorted(metres):
                raise ValueError(f"category_distances.{kind}: {metres} must not fall as the category grows heavier")
        return self
