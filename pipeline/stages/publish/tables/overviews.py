"""Derived tables joined into what a planner reads, one row per cluster, plot, piece or zone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.derived.air_quality import AIR_CLASSES
from layers.derived.parcel_overview import ROAD
from pipeline.land.categories import CategoryScale, bars_on, highest_ranks
from pipeline.land.land import is_built_up
from pipeline.land.tenure_knowledge import known_proof
from pipeline.project.project import Project
from pipeline.spatial.geometry import keep_dimension
from pipeline.stages.publish.tables.pieces import StageTables, pieces_of_plots, wide_by_year
from pipeline.stages.publish.text.reasons import cause, in_words, why_not
from pipeline.stages.publish.text.sentences import Narrator
from pipeline.stages.publish.text.translate import each_distinct

PARCEL_KEY = ["cluster_id", "parcel_id"]
HOLDING_NAMES = {"earliest": "holding_{}", "latest": "holding_latest_{}"}

# Conflicts whose subject or text names a contract.
ABOUT_CONTRACTS = (
    "ends_before_begins",
    "end_implausible",
    "key_read_otherwise",
    "unknown_parcel",
    "unknown_contract",
    "polygon_off_parcel",
    "contract_without_place",
    "double_lease",
    "duplicate_record",
    "contract_refused",
    "chain_gap",
    "crosses_unleased_parcel",
    "lease_area_differs",
    "notice_date_past",
    "override_expired",
    "override_unknown",
)


KIND_WORDS = {"cluster": "main_cluster", "cluster_6": "cluster_6"}


def cluster_overview(tables: StageTables, project: Project) -> gpd.GeoDataFrame:
    """Clusters (EPSG:28992) with m2 free, and usable for the lead profile, per year."""
    lead = project.publish.lead_profile
    joined = {"status": "max", "version": lambda versions: ", ".join(sorted(set(versions)))}
    clusters = tables["cluster_boundaries"].dissolve("cluster_id", joined).reset_index()
    clusters["cluster_name"] = [project.clusters[slug].title for slug in clusters["cluster_id"]]
    clusters["cluster_kind"] = [KIND_WORDS[project.clusters[slug].kind] for slug in clusters["cluster_id"]]
    clusters["area_m2"] = clusters.area
    key = ["cluster_id", "year", "measure", "profile", "case", "heading"]
    areas = tables["land_balance"].set_index(key)["area_m2"].to_dict()
    for year in project.years:
        headings = {
            f"free_{year}_m2": ("holding", "all", "earliest", "free"),
            f"usable_{year}_m2": ("verdict", lead, "earliest", "usable"),
            f"usable_latest_{year}_m2": ("verdict", lead, "latest", "usable"),
            f"usable_in_use_{year}_m2": ("usable_by_use_today", lead, "earliest", "in_use"),
            f"usable_built_{year}_m2": ("usable_built_today", lead, "earliest", "built"),
        }
        for name, heading in headings.items():
            clusters[name] = [areas.get((slug, year, *heading), 0.0) for slug in clusters["cluster_id"]]
        if not known_proof(project).buildings:
            clusters[f"usable_built_{year}_m2"] = np.nan
    return clusters


def parcel_overview(tables: StageTables, project: Project, stories: pd.DataFrame) -> gpd.GeoDataFrame:
    """Plots with the holding and dates of their largest part, and m2 usable for the lead profile."""
    holdings = pd.DataFrame(tables["holdings"])
    # Of equal parts that with the first key, so that each run tells of the same.
    largest = holdings.sort_values(["area_m2", "holding_id"], ascending=[False, True]).drop_duplicates(PARCEL_KEY)
    states = wide_by_year(tables["holding_states"], "holding_id", HOLDING_NAMES, "tenure_status")
    usable = tables["assessments"].query("case == 'earliest' and verdict == 'usable'")
    usable = usable[usable["profile"] == project.publish.lead_profile]
    usable = usable.merge(tables["pieces"][["piece_id", "holding_id", "area_m2"]], on="piece_id").merge(
        holdings[["holding_id", *PARCEL_KEY]], on="holding_id"
    )
    area = usable.pivot_table(index=PARCEL_KEY, columns="year", values="area_m2", aggfunc="sum")
    area = area.reindex(columns=project.years).set_axis([f"usable_{year}_m2" for year in project.years], axis=1)
    contracts = (
        holdings.dropna(subset="contract_ids")
        .groupby(PARCEL_KEY)["contract_ids"]
        .agg(lambda ids: ", ".join(sorted(set(", ".join(ids).split(", ")))))
    )
    columns = [*PARCEL_KEY, "site_name", "plan_category", "available_earliest", "available_latest", "holding_id"]
    plots = tables["parcel_facts"].merge(largest[columns], on=PARCEL_KEY).merge(states, on="holding_id")
    extras = [area, _clashes(tables["conflicts"], holdings), contracts, stories.set_index(PARCEL_KEY)]
    plots = plots.join(pd.concat([*extras, *_surroundings(tables)], axis=1), on=PARCEL_KEY)
    zeros = dict.fromkeys([*area, "conflict_count"], 0)
    return plots.fillna(zeros | {"plan_category": "unknown", "air_class": "unknown"})


def _clashes(conflicts: pd.DataFrame, holdings: pd.DataFrame) -> pd.Series:
    """Conflicts per cluster and plot; a subject such as `A / B`, or a holding, is about each plot that it names."""
    named = conflicts.assign(parcel_id=conflicts["subject"].astype(object).str.split(" / ")).explode("parcel_id")
    plot_of = holdings.set_index("holding_id")["parcel_id"].astype(object).to_dict()
    named["parcel_id"] = named["parcel_id"].map(lambda name: plot_of.get(name, name))
    pairs = (
        named.drop(columns="cluster_id")
        .drop_duplicates(["conflict_class", "subject", "parcel_id"])
        .merge(holdings[PARCEL_KEY].drop_duplicates().astype(object), on="parcel_id")
    )
    return pairs.groupby(PARCEL_KEY).size().rename("conflict_count")


def _surroundings(tables: StageTables) -> list[pd.DataFrame | pd.Series]:
    """Per plot: metres along the road, overloaded nature, the class of the air, and what its
    category asks around it."""
    by_road = tables["access"].query("way == 'road'")
    roads = by_road.pivot(index=PARCEL_KEY, columns="target", values="distance_m").reindex(columns=list(ROAD))
    # The heaviest class of the components; where one is not known, only the heaviest of all is certain.
    classes = pd.CategoricalDtype([AIR_CLASSES[0], "unknown", *AIR_CLASSES[1:-1]], ordered=True)
    return [
        roads.set_axis([f"road_{target}_m" for target in roads], axis=1),
        by_road.groupby(PARCEL_KEY)["snap_m"].min().rename("road_snap_m"),
        tables["nature_rings"]
        .groupby(PARCEL_KEY)
        .agg(
            overloaded=("overloaded", "sum"),
            hexagons_not_known=("not_known", "sum"),
            lowest_critical_load_mol_ha=("lowest_critical_load_mol_ha", "min"),
        ),
        tables["air_quality"].astype({"air_class": classes}).groupby(PARCEL_KEY)["air_class"].min(),
        tables["outward_zoning"].set_index(PARCEL_KEY)[["outward_m", "outward_buildings", "outward_plan_ids"]],
    ]


def holding_overview(tables: StageTables) -> gpd.GeoDataFrame:
    """Holdings (EPSG:28992) with their state in each asked year and case, and the evidence."""
    states = wide_by_year(tables["holding_states"], "holding_id", HOLDING_NAMES, "tenure_status")
    return tables["holdings"].merge(states, on="holding_id")


# What distance to a category is kept from.
BOUND_WORDS = {"building": "gebouw", "plan": "woningbouwplan"}


def piece_overview(tables: StageTables, project: Project, texts: pd.DataFrame) -> gpd.GeoDataFrame:
    """Pieces (EPSG:28992, m2) with holding, room and verdict per year for the lead profile, and why not usable."""
    lead = project.publish.lead_profile
    zones = tables["zones"].drop_duplicates("zone_id").set_index("zone_id")
    titles, themes = zones["zone_title"].to_dict(), zones["theme"].to_dict()
    states = wide_by_year(tables["holding_states"], "holding_id", HOLDING_NAMES, "tenure_status")
    verdict_names = {"earliest": "verdict_{}", "latest": "verdict_latest_{}"}
    verdicts = wide_by_year(tables["assessments"].query("profile == @lead"), "piece_id", verdict_names, "verdict")
    key = ["combination_id", "plan_category"]
    room_names = {"room": "room_{}", "reasons": "reasons_{}", "narrative": "room_text_{}"}
    combinations = tables["combinations"].drop_duplicates("combination_id")[["combination_id", "zones"]]
    bounds = tables["housing_bounds"]
    bound_columns = ("dwelling_category", "bound_by", "binding_id", "category_with_soft_plans")
    bound_names = {name: f"{name}_{{}}" for name in bound_columns}
    pieces = (
        pieces_of_plots(tables)
        .merge(states, on="holding_id")
        .merge(verdicts, on="piece_id")
        .merge(wide_by_year(texts.query("profile == @lead"), key, room_names), on=key)
        .merge(combinations, on="combination_id")
        .merge(wide_by_year(bounds, "piece_id", bound_names), on="piece_id")
        .merge(bounds.loc[bounds["year"] == bounds["year"].max(), ["piece_id", "own_risk_radius_m"]], on="piece_id")
    )
    pieces["zone_titles"] = each_distinct(pieces["zones"], lambda ids: in_words(ids, titles))
    built = is_built_up(project, tables["holdings"].set_index("holding_id"))
    pieces["is_built_up"] = built[pieces["holding_id"]].array
    for year in project.years:
        columns = [f"verdict_{year}", f"holding_{year}", f"reasons_{year}", "plan_category"]
        # Of many pieces few are unlike: each is put into words once.
        kind, once = _distinct(pieces, columns)
        rows = list(once.astype(object).itertuples(index=False, name=None))
        whys = np.array([why_not(row, titles, project.profiles[lead]) for row in rows], dtype=object)
        causes = np.array([cause(row, themes) for row in rows], dtype=object)
        pieces[f"why_{year}"], pieces[f"cause_{year}"] = whys[kind], causes[kind]
        pieces[f"category_{year}"], pieces[f"category_by_{year}"] = _highest_category(pieces, tables, project, year)
    return pieces


def _highest_category(pieces: pd.DataFrame, tables: StageTables, project: Project, year: int) -> tuple[Any, Any]:
    """Per piece the highest category that all rules on it allow (None where it is not known), and what binds it."""
    scale = CategoryScale(project.assess.categories)
    plan, dwellings = (scale.ranks(pieces[name].tolist()) for name in ("plan_category", f"dwelling_category_{year}"))
    bars = bars_on(pieces, tables["combinations"], tables["zones"], project.effects, year)
    rank = highest_ranks(plan, dwellings, bars)
    titles = {rule.name: rule.title for rule in project.constrain.constraint}
    objects = (
        pieces[f"bound_by_{year}"].map(BOUND_WORDS).astype("str") + " " + pieces[f"binding_id_{year}"].astype("str")
    )
    by = np.where(plan <= dwellings, "omgevingsplan", objects.astype(object).where(objects.notna(), None))
    by = np.where(np.isnan(rank), None, np.where(bars.is_barred, pd.Series(bars.by, dtype=object).map(titles), by))
    return np.where(np.isnan(rank), None, scale.words(rank)), by


def room_overview(tables: StageTables, narrator: Narrator) -> pd.DataFrame:
    """Rooms with the sentence that says why; the same room for the same reasons is told once."""
    rooms = tables["rooms"]
    columns = ["plan_category", "profile", "room", "reasons", "attention"]
    kind, once = _distinct(rooms, columns)
    rows = zip(*(once[name].tolist() for name in columns), strict=True)
    texts = [narrator.sentence(dict(zip(columns, row, strict=True))) for row in rows]
    return rooms.assign(narrative=pd.array(texts, dtype="str").take(kind))


def _distinct(rows: pd.DataFrame, columns: list[str]) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """For each row the place of its values in these columns among the distinct ones, and these as rows."""
    kind = rows.groupby(columns, sort=False, dropna=False).ngroup()
    return kind.to_numpy(), pd.DataFrame(rows.loc[~kind.duplicated(), columns])


def usable_land(tables: StageTables, project: Project) -> gpd.GeoDataFrame:
    """Pieces (EPSG:28992) per year and case that some activity can use, with the activities named."""
    titles = {name: card.title for name, card in project.profiles.items()}
    order = {name: place for place, name in enumerate(titles)}
    usable = tables["assessments"].query("verdict == 'usable'")
    # In the order of the cards, so that each list names activities in the same one.
    usable = usable.sort_values("profile", key=lambda names: names.map(order), kind="stable")
    key = ["piece_id", "year", "case"]
    suited_for: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for *land, profile in zip(*(usable[name].tolist() for name in (*key, "profile")), strict=True):
        suited_for[tuple(land)].append(titles[profile])
    lists = suited_for.values()
    suited = pd.DataFrame(list(suited_for), columns=key)
    suited = suited.assign(suited_for=list(map(", ".join, lists)), profile_count=list(map(len, lists)))
    return pieces_of_plots(tables).merge(suited, on="piece_id")


def constraint_areas(tables: StageTables, law_links: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Zones (EPSG:28992) on the land of their cluster, with the m2 of plots that they cover and the address of the law
    that they rest on.
    """
    zones, combinations = tables["zones"], tables["combinations"]
    land = tables["cluster_boundaries"].dissolve("cluster_id").geometry
    # A zone reaches beyond the cluster: what lies on its land is shown.
    inside = shapely.intersection(zones.geometry.to_numpy(), land.loc[zones["cluster_id"]].to_numpy())
    under = combinations.assign(zone_id=combinations["zones"].fillna("").str.split(" ")).explode("zone_id")
    # A combination that lies in several clusters stands there once for each: it counts once.
    under = under[["combination_id", "zone_id"]].drop_duplicates()
    covered = pieces_of_plots(tables)[["cluster_id", "combination_id", "area_m2"]].merge(under, on="combination_id")
    area = covered.groupby(["cluster_id", "zone_id"], as_index=False)["area_m2"].sum()
    placed = zones.set_geometry(keep_dimension(inside, "polygon"), crs=zones.crs)
    placed = placed.merge(area, on=["cluster_id", "zone_id"], how="left")
    placed["law_link"] = each_distinct(
        placed["basis"], lambda basis: next((link for law, link in law_links.items() if basis.startswith(law)), None)
    )
    return placed[placed.geometry.notna()].fillna({"area_m2": 0.0})


def deviations(tables: StageTables) -> pd.DataFrame:
    """Rows refused, merged or repaired (m2), and conflicts, in one list; duplicates of a register stand there
    as conflicts.
    """
    clashes, rows = tables["conflicts"], tables["refused"]
    duplicates = clashes.loc[clashes["conflict_class"] == "duplicate_record", "subject"].str.split(" / ").str[0]
    rows = rows[(rows["outcome"] != "duplicate") | ~rows["source"].isin(duplicates)]
    file, field = rows["file"].astype(object), rows["field"].astype(object)
    place = file + ", rij " + rows["row"].astype(str) + ", veld " + field
    names = {"outcome": "kind", "source": "subject", "area_before_m2": "area_m2"}
    refused = rows.rename(columns=names).assign(cluster_id="all", place=place)
    conflicts = clashes.assign(kind="conflict", reason=clashes["conflict_class"], place="")
    columns = ["cluster_id", "kind", "reason", "subject", "place", "finding", "area_m2"]
    return pd.concat([refused[columns], conflicts[columns]], ignore_index=True).drop_duplicates(columns[:5])


def veiled(deviations: pd.DataFrame, private: Sequence[str]) -> pd.DataFrame:
    """Deviations without what names a contract, a holder or a correction; `private` are sources with
    confidential columns.
    """
    hidden = deviations["reason"].isin(ABOUT_CONTRACTS) | deviations["subject"].isin(private)
    # Numbered: rows stay apart, and say nothing of what they are about.
    number = hidden.cumsum().astype(str)
    return deviations.assign(
        subject=deviations["subject"].where(~hidden, "vertrouwelijk " + number),
        place=deviations["place"].where(~hidden, ""),
        finding=deviations["finding"].where(~hidden, None),
    )


def source_overview(tables: StageTables) -> pd.DataFrame:
    """Sources with their file, and what harmonising did to their rows (count, m2)."""
    files = tables["source_files"].drop(columns="clip")
    joined = files.merge(tables["source_facts"].drop(columns="layer"), on="source", how="left")
    counted = [name for name in joined if name.startswith(("rows_", "area_"))]
    return joined.fillna(dict.fromkeys(counted, 0))  # a grid has cells, no rows
