"""Constrain: where does each reason apply, from when to when?

reads   the layers that constraints name, cluster_boundaries, housing_plans; the plots, where roads to them are measured
writes  zones, zone_shapes; of housing plans around the cluster plan_parts, plan_zones
keeps   one key per reason, band and period; each with its legal basis
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.plan_parts import LAYER as PLAN_PARTS
from layers.derived.plan_zones import LAYER as PLAN_ZONES
from layers.derived.zone_shapes import LAYER as ZONE_SHAPES
from layers.derived.zones import LAYER
from layers.glossary import dutch_choice
from layers.layer import RD_NEW
from layers.sources import TABLES
from pipeline.land.supplied import cluster_shape, supplied_or_empty
from pipeline.project.effect_conditions import BETWEEN, UNKNOWN
from pipeline.project.filter_expressions import select
from pipeline.project.measure import NetworkMeasureConfig
from pipeline.project.models import AbsentConfig
from pipeline.project.project import Project
from pipeline.project.rules import (
    BufferConfig,
    ByRoadConfig,
    ConstrainConfig,
    ConstraintConfig,
    OutsideConfig,
    RingsConfig,
    ValuesConfig,
)
from pipeline.spatial.geometry import keep_dimension
from pipeline.stages.constrain.by_road import BEYOND_M, plots_beyond
from pipeline.stages.constrain.overlapping import by_overlap
from pipeline.stages.constrain.periods import Years, fixed_years, periods
from pipeline.stages.constrain.planned import features_near, plan_parts

CLUSTER_MARGIN_M = 10.0


# Per constraint, but for those that may apply anywhere, the features that it is drawn from (RD New).
Drawn = dict[str, list[tuple[Years, gpd.GeoDataFrame]]]


@dataclass(frozen=True)
class RoadLimits:
    """The longest ways along the road (m) that activities accept, and how roads are joined to a network."""

    metres: set[float]
    network: NetworkMeasureConfig


@dataclass(frozen=True)
class Around:
    """The box around the land, and how round circles are."""

    box: tuple[float, ...]
    quad_segs: int


def run_for_all(config: Project, tables: Mapping[str, Any]) -> Drawn:
    """What each constraint is drawn from (RD New), for all clusters."""
    accepted = {profile.most_road_m for profile in config.profiles.values() if profile.most_road_m is not None}
    limits = RoadLimits(accepted, config.measure.network)
    doubtful, this_year = _refused_shapes(tables["refused"]), config.card.reference_date.year
    return _drawn_from(tables, config.constrain, config.card.absences, limits, this_year, doubtful)


def run(config: Project, cluster: str, tables: Mapping[str, Any], *, shared: Drawn) -> dict[str, pd.DataFrame]:
    """Zones of one cluster (RD New), each with the files that it was drawn from; and their shapes alone, to cut by."""
    doubtful = _refused_shapes(tables["refused"])
    land = cluster_shape(tables["cluster_boundaries"], cluster)
    zones = _zones(shared, land, config.constrain, doubtful)
    files = {rule.name: _source_text(config, rule.layer) for rule in config.constrain.constraint}
    zones = LAYER.conform(zones.assign(cluster_id=cluster, data_source=zones["constraint"].map(files)))
    parts, plan_zones = over_plans(config, tables, land, shared, doubtful)
    return {
        "zones": zones,
        "zone_shapes": ZONE_SHAPES.conform(zones),
        "plan_parts": PLAN_PARTS.conform(parts.assign(cluster_id=cluster)),
        "plan_zones": PLAN_ZONES.conform(plan_zones.assign(cluster_id=cluster)),
    }


def _refused_shapes(refused: gpd.GeoDataFrame) -> dict[str, Any]:
    """The shapes of refused rows that have one, by layer."""
    lost = refused[(refused["outcome"] == "refused") & refused.geometry.notna()]
    return {str(layer): rows.geometry.to_numpy() for layer, rows in lost.groupby("layer")}


def over_plans(
    config: Project, tables: Mapping[str, Any], land: Any, drawn: Drawn, doubtful: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The parts (m2) of housing plans around land (a shape, RD New) by the zones over them, and these zones: drawn
    wherever the plans are, of constraints that do something to dwellings."""
    known = supplied_or_empty(config, tables, ("housing_plans",))
    every = known.get("housing_plans", TABLES["housing_plans"].empty())
    shapely.prepare(land)
    plans = every[shapely.dwithin(land, every.geometry.to_numpy(), config.constrain.planned_dwellings.reach_m)]
    if plans.empty:
        return PLAN_PARTS.empty(), PLAN_ZONES.empty()
    shapes = plans.geometry.to_numpy()
    rules = [rule for rule in config.constrain.constraint if rule.name in config.rules_on_dwellings]
    near = {
        rule.name: [(years, features_near(features, shapes, rule)) for years, features in drawn[rule.name]]
        for rule in rules
        if rule.name in drawn
    }
    card = config.constrain.model_copy(update={"constraint": tuple(rules)})
    boundaries = tables["cluster_boundaries"]
    given_m = config.constrain.planned_dwellings.contours_reach_m
    boxes = [_box(cluster_shape(boundaries, name), given_m) for name in boundaries["cluster_id"].unique()]
    zones = _zones(near, shapely.box(*plans.total_bounds), card, doubtful)
    return plan_parts(plans, zones, [shapely.box(*box) for box in boxes])


def _source_text(config: Project, layer: str) -> str:
    """The files that fill a layer, each with its date, in Dutch; or why there is none."""
    sources = [source for source in config.sources.values() if source.layer == layer]
    if not sources:
        absent = config.card.absences.get(layer)
        return f"geen bestand: {absent.basis}" if absent else "geen bestand"
    return "; ".join(f"{source.basis} ({source.dated:%d-%m-%Y})" for source in sources)


def constrain(
    layers: Mapping[str, gpd.GeoDataFrame],
    land: Any,
    card: ConstrainConfig,
    absent: Mapping[str, AbsentConfig],
    doubtful: Mapping[str, Any] | None = None,
    roads: RoadLimits | None = None,
    this_year: int = 0,
) -> gpd.GeoDataFrame:
    """Zones around the cluster's land (RD New, m), cut off at its box; a layer declared unknown covers the whole box.

    `doubtful`: shapes of rows that were refused, per layer: what they would have done is not known, and never nothing.
    """
    return _zones(_drawn_from(layers, card, absent, roads, this_year, doubtful or {}), land, card, doubtful)


def _drawn_from(
    layers: Mapping[str, gpd.GeoDataFrame],
    card: ConstrainConfig,
    absent: Mapping[str, AbsentConfig],
    roads: RoadLimits | None,
    this_year: int,
    doubtful: Mapping[str, Any],
) -> Drawn:
    """The features of each constraint by the years in which they count; none of one whose layer is declared unknown."""
    return {
        constraint.name: _features(layers, constraint, roads, this_year, doubtful)
        for constraint in card.constraint
        if constraint.layer not in absent or absent[constraint.layer].treat_as != UNKNOWN
    }


def _features(
    layers: Mapping[str, gpd.GeoDataFrame],
    constraint: ConstraintConfig,
    roads: RoadLimits | None,
    this_year: int,
    doubtful: Mapping[str, Any],
) -> list[tuple[Years, gpd.GeoDataFrame]]:
    """What a constraint is drawn from, by the years in which it counts."""
    features = layers.get(constraint.layer, TABLES[constraint.layer].empty())  # absent: declared to be nothing
    chosen = features[select(features, constraint.where)]
    how = constraint.geometry
    if isinstance(how, ValuesConfig) and how.overlap != "each":
        lost = gpd.GeoDataFrame(geometry=list(doubtful.get(constraint.layer, ())), crs=RD_NEW)
        return by_overlap(pd.concat([chosen, lost], ignore_index=True), constraint, how, this_year)
    if not isinstance(how, ByRoadConfig):
        return list(periods(_off_own_site(chosen, constraint, layers), constraint, this_year))
    if roads is None or not roads.metres:
        return []
    beyond = plots_beyond({**layers, constraint.layer: chosen}, how, roads.metres, roads.network)
    return [(fixed_years(constraint), beyond)]


def _zones(drawn: Drawn, land: Any, card: ConstrainConfig, doubtful: Mapping[str, Any] | None) -> gpd.GeoDataFrame:
    around = Around(_box(land), card.quad_segs)
    rows: list[dict[str, Any]] = []
    for constraint in card.constraint:
        if constraint.name not in drawn:
            # Nobody knows where it applies: it may anywhere.
            rows.append(_row(constraint, UNKNOWN, fixed_years(constraint), shapely.box(*around.box)))
            continue
        for period, group in drawn[constraint.name]:
            for band, shape in zone(group, constraint, around):
                rows.append(_row(constraint, band, period, shape))
        shapes = (doubtful or {}).get(constraint.layer)
        # What was refused might restrict; where a rule holds outside its features, it could only have lifted it.
        is_drawn = drawn[constraint.name] or not isinstance(constraint.geometry, ByRoadConfig)
        if shapes is not None and is_drawn and not _has_refused(constraint.geometry):
            rows += _in_doubt(shapes, constraint, around, rows)
    return LAYER.collect(rows)


def _has_refused(how: Any) -> bool:
    """Whether refused rows can change nothing of a rule any more: where features that overlap are compared, they were
    drawn among them."""
    return isinstance(how, OutsideConfig) or (isinstance(how, ValuesConfig) and how.overlap != "each")


def _box(land: Any, beyond_m: float = 0.0) -> tuple[float, ...]:
    """The box around land (a shape, RD New) in which zones are drawn, or one that reaches so much farther."""
    return tuple(np.array(shapely.bounds(land)) + (CLUSTER_MARGIN_M + beyond_m) * np.array([-1, -1, 1, 1]))


def _in_doubt(
    shapes: Any, constraint: ConstraintConfig, around: Around, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What refused rows might restrict: their widest reach, in the band `unknown`, with what is there of it already."""
    how = constraint.geometry
    if isinstance(how, RingsConfig):
        whole = _discs(shapes, max(how.bands.values()), around)
    elif isinstance(how, BufferConfig):
        whole = _discs(shapes, how.distance_m, around)
    elif isinstance(how, ByRoadConfig):  # with another road a plot might enter the network elsewhere
        whole = shapely.box(*around.box)
    else:
        whole = _land(shapes, around)
    unknown_row = _row(constraint, UNKNOWN, fixed_years(constraint), None)
    drawn = [row for row in rows if row["zone_id"] == unknown_row["zone_id"]]
    for row in drawn:
        rows.remove(row)
    together = _in_box(shapely.union_all([whole, *(row["geometry"] for row in drawn)]), around)
    return drawn if together is None else [{**unknown_row, "geometry": together}]


def zone(features: gpd.GeoDataFrame, constraint: ConstraintConfig, around: Around) -> Iterator[tuple[str | None, Any]]:
    """Band and shape (RD New) of each zone of a constraint around features; bands without land in the box left out."""
    for band, shape in _bands(features, constraint.geometry, around):
        clipped = _in_box(shape, around)
        if clipped is not None:
            yield band, clipped


def _bands(features: gpd.GeoDataFrame, how: Any, around: Around) -> Iterator[tuple[str | None, Any]]:
    """Each band of a geometry around features, with all its land."""
    shapes = features.geometry.to_numpy()
    if isinstance(how, RingsConfig):
        # From the inside out: each ring is its disc less the one before.
        inner = None
        for band, distance_m in how.bands.items():
            disc = _discs(shapes, distance_m, around)
            yield band, disc if inner is None else shapely.difference(disc, inner)
            inner = disc
    elif isinstance(how, ValuesConfig | ByRoadConfig):
        bands = features[how.column if isinstance(how, ValuesConfig) else BEYOND_M].map(band_of)
        for band in sorted(set(bands)):
            yield band, _land(shapes[(bands == band).to_numpy()], around)
    elif isinstance(how, BufferConfig):
        own_reach = features[how.distance_column] if how.distance_column else pd.Series(np.nan, index=features.index)
        reach = own_reach.fillna(how.distance_m).to_numpy(dtype=float)
        # Distances, not features: a handful.
        yield None, shapely.union_all([_discs(shapes[reach == metres], metres, around) for metres in np.unique(reach)])
    elif isinstance(how, OutsideConfig):
        yield None, shapely.difference(shapely.box(*around.box), _within(shapes, how.reach_m, around))
    else:
        yield None, _land(shapes, around)


def band_of(value: Any) -> str:
    """The band of a value of a column: a number without needless decimals, text without spaces,
    `unknown` where empty."""
    if pd.isna(value):
        return UNKNOWN
    return value.replace(" ", "_") if isinstance(value, str) else f"{float(value):.10g}"


def _discs(shapes: Any, metres: float, around: Around) -> Any:
    """All land within so many metres of shapes that reach into the box, as one shape."""
    near = _clip(shapes, around.box, metres)
    return shapely.union_all(shapely.buffer(near, metres, quad_segs=around.quad_segs))


def _within(shapes: Any, metres: float, around: Around) -> Any:
    """All land of shapes, or within so many metres of them, as one shape."""
    return _discs(shapes, metres, around) if metres else _land(shapes, around)


def _land(shapes: Any, around: Around) -> Any:
    """What of the shapes lies in the box, as one shape."""
    return shapely.union_all(_clip(shapes, around.box, 0.0))


def _off_own_site(
    features: gpd.GeoDataFrame, constraint: ConstraintConfig, layers: Mapping[str, gpd.GeoDataFrame]
) -> gpd.GeoDataFrame:
    """Features without the land of the site, or group of sites under one permit, that they belong to."""
    site = constraint.own_site
    if site is None or site.layer not in layers or features.empty:
        return features
    land = layers[site.layer].dissolve(by=site.column).geometry
    group = features[site.column]
    mine = np.flatnonzero(group.isin(land.index).to_numpy())
    shapes = features.geometry.to_numpy().copy()
    shapes[mine] = shapely.difference(shapes[mine], land.reindex(group.iloc[mine]).to_numpy())
    return features.set_geometry(shapes, crs=RD_NEW)[~shapely.is_empty(shapes)]


def _in_box(shape: Any, around: Around) -> Any:
    """The land of a shape that lies in the box; None where there is none."""
    return keep_dimension(np.array([shapely.intersection(shape, shapely.box(*around.box))]), "polygon")[0]


def _clip(shapes: Any, box: tuple[float, ...], reach_m: float) -> Any:
    """The parts of features that can reach into the box."""
    x0, y0, x1, y1 = box
    wide = shapely.box(x0 - reach_m, y0 - reach_m, x1 + reach_m, y1 + reach_m)
    shapely.prepare(wide)
    near = shapes[shapely.intersects(wide, shapes)]
    inside = shapely.covers(wide, near)
    return np.concatenate([near[inside], shapely.intersection(near[~inside], wide)])


def _row(constraint: ConstraintConfig, band: str | None, years: Years, shape: Any) -> dict[str, Any]:
    first, last = years
    zone_id = constraint.name + (f".{band}" if band else "") + (f"@{first}" if first else "")
    title = constraint.title + (f" ({_title(constraint, band)})" if band else "")
    return {
        "zone_id": zone_id + (f"-{last}" if last else ""),
        "cluster_id": "",  # constraints do not know which cluster they serve
        "constraint": constraint.name,
        "zone_title": title + (f", vanaf {first}" if first else "") + (f", tot en met {last}" if last else ""),
        "band": band,
        "valid_from": first,
        "valid_to": last,
        "theme": constraint.theme,
        "direction": constraint.direction,
        "standing": constraint.standing,
        "basis": constraint.law(),
        "certainty": constraint.certainty,
        "data_source": None,  # which file it was drawn from is known where the files are
        "geometry": shape,
    }


def _title(constraint: ConstraintConfig, band: str) -> str:
    if band == UNKNOWN:
        return "niet bekend"
    how = constraint.geometry
    if isinstance(how, RingsConfig):
        return f"tot {how.bands[band]:g} m"
    if isinstance(how, ByRoadConfig):
        return f"verder dan {_number(band)} m"
    unit = TABLES[constraint.layer].columns[how.column].unit if isinstance(how, ValuesConfig) else ""
    if not unit:
        return dutch_choice(band)
    least, is_range, most = band.partition(BETWEEN)
    if not is_range:
        return f"{_number(band)} {unit}"
    return f"tussen {_number(least)} en {_number(most)} {unit}" if most else f"ten minste {_number(least)} {unit}"


def _number(band: str) -> str:
    """A number as a Dutch reader writes it: 2.500.000 and 58,5."""
    return f"{float(band):,.10g}".translate(str.maketrans(",.", ".,"))
