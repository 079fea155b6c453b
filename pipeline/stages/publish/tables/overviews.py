"""Overzichten: derived tables joined into what a planner reads, one row per cluster, plot, piece or zone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.glossary import dutch_column, terms
from layers.layer import RD_NEW
from pipeline.project.models import ClusterConfig
from pipeline.project.rules import ProfileConfig
from pipeline.spatial.geometry import keep_dimension
from pipeline.stages.publish.tables import room as room_views
from pipeline.stages.publish.text.reasons import cause, in_words, why_not

# Conflicts whose subject or text names a contract.
ABOUT_CONTRACTS = (
    "ends_before_begins",
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


def cluster_overview(
    tables: Mapping[str, Any], clusters: Mapping[str, ClusterConfig], years: tuple[int, ...], lead: str
) -> gpd.GeoDataFrame:
    """Clusters with m2 free, and usable for the lead profile, per year."""
    sites = tables["cluster_boundaries"]
    rows = []
    for slug, card in clusters.items():
        cluster_sites = sites[sites["cluster_id"] == slug]
        if cluster_sites.empty:
            continue
        shape = cluster_sites.geometry.union_all()
        statuses, versions = sorted(set(cluster_sites["status"])), sorted(set(cluster_sites["version"]))
        row = {"cluster_id": slug, "cluster_name": card.title, "status": statuses[-1], "version": ", ".join(versions)}
        rows.append(
            {
                **row,
                "area_m2": shape.area,
                "geometry": shape,
                **_cluster_years(tables["land_balance"], slug, years, lead),
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=RD_NEW)


def _cluster_years(balance: pd.DataFrame, slug: str, years: tuple[int, ...], lead: str) -> dict[str, float]:
    early = (
        balance[balance["cluster_id"] == slug]
        .set_index(["measure", "profile", "year", "case", "heading"])["area_m2"]
        .to_dict()
    )
    areas = {}
    for year in years:
        areas[f"free_{year}_m2"] = float(early.get(("holding", "all", year, "earliest", "free"), 0.0))
        areas[f"usable_{year}_m2"] = float(early.get(("verdict", lead, year, "earliest", "usable"), 0.0))
        areas[f"usable_latest_{year}_m2"] = float(early.get(("verdict", lead, year, "latest", "usable"), 0.0))
    return areas


def parcel_overview(
    tables: Mapping[str, Any], years: tuple[int, ...], lead: str, stories: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Plots with the holding and dates of their largest part, and m2 usable for the lead profile."""
    holdings, facts = tables["holdings"], tables["parcel_facts"]
    key = ["cluster_id", "parcel_id"]
    largest = holdings.sort_values(["area_m2", "holding_id"], ascending=[False, True]).drop_duplicates(key)
    states = _wide(
        tables["holding_states"],
        "holding_id",
        "tenure_status",
        {"earliest": "holding_{}", "latest": "holding_latest_{}"},
    )
    usable = tables["assessments"].query("profile == @lead and case == 'earliest' and verdict == 'usable'")
    usable = usable.merge(tables["pieces"][["piece_id", "holding_id", "area_m2"]], on="piece_id").merge(
        holdings[["holding_id", *key]], on="holding_id"
    )
    area = usable.pivot_table(index=key, columns="year", values="area_m2", aggfunc="sum").reindex(columns=years)
    area.columns = pd.Index([f"usable_{year}_m2" for year in years])
    clashes = _clashes(tables["conflicts"], holdings)
    contracts = (
        holdings.dropna(subset="contract_ids")
        .groupby(key)["contract_ids"]
        .agg(lambda ids: ", ".join(sorted(set(", ".join(ids).split(", ")))))
    )
    columns = [*key, "site_name", "plan_category", "available_earliest", "available_latest", "holding_id"]
    merged = facts.merge(pd.DataFrame(largest[columns]), on=key).merge(states, on="holding_id")
    extras = [area.reset_index(), clashes.reset_index(), contracts.reset_index(), stories, *room_views.of_plots(tables)]
    for extra in extras:
        merged = merged.merge(extra, on=key, how="left")
    merged = room_views.with_class(merged)
    filled = [*area.columns, "conflict_count"]
    merged[filled] = merged[filled].fillna(0)
    merged["plan_category"] = merged["plan_category"].fillna("unknown")
    return merged


def holding_overview(tables: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Holdings with their state in each asked year and case, and the evidence."""
    names = {"earliest": "holding_{}", "latest": "holding_latest_{}"}
    states = _wide(tables["holding_states"], "holding_id", "tenure_status", names)
    return gpd.GeoDataFrame(tables["holdings"].merge(states, on="holding_id"), crs=RD_NEW)


def _clashes(conflicts: pd.DataFrame, holdings: pd.DataFrame) -> pd.Series:
    """Conflicts per cluster and plot; a subject such as `A / B`, or a holding, is about each plot that it names."""
    named = conflicts.assign(parcel_id=conflicts["subject"].astype(object).str.split(" / ")).explode("parcel_id")
    plot_of = holdings.set_index("holding_id")["parcel_id"].astype(object).to_dict()
    named["parcel_id"] = named["parcel_id"].map(lambda name: plot_of.get(name, name))
    keyed = holdings[["cluster_id", "parcel_id"]].drop_duplicates()
    pairs = (
        named.drop(columns="cluster_id")
        .drop_duplicates(["conflict_class", "subject", "parcel_id"])
        .merge(keyed.astype(object), on="parcel_id")
    )
    return pairs.groupby(["cluster_id", "parcel_id"]).size().rename("conflict_count")


def piece_overview(
    tables: Mapping[str, Any], lead: str, profile: ProfileConfig, texts: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Pieces with holding, room and verdict per year for the lead profile, and in words why they are not usable."""
    pieces = _pieces(tables)
    titles = tables["zones"].drop_duplicates("zone_id").set_index("zone_id")["zone_title"].to_dict()
    themes = tables["zones"].drop_duplicates("zone_id").set_index("zone_id")["theme"].to_dict()
    states = _wide(tables["holding_states"], "holding_id", "tenure_status", {"earliest": "holding_{}"})
    lead_rows = tables["assessments"][tables["assessments"]["profile"] == lead]
    verdicts = _wide(lead_rows, "piece_id", "verdict", {"earliest": "verdict_{}", "latest": "verdict_latest_{}"})
    rooms = tables["rooms"][tables["rooms"]["profile"] == lead]
    key = ["combination_id", "plan_category"]
    wide = rooms.pivot(index=key, columns="year", values=["room", "reasons"])
    wide.columns = pd.Index([f"{name}_{year}" for name, year in wide.columns])
    combinations = tables["combinations"].drop_duplicates("combination_id")
    named = combinations.assign(zone_titles=combinations["zones"].map(lambda ids: in_words(ids, titles)))
    merged = (
        pieces.merge(states, on="holding_id")
        .merge(verdicts, on="piece_id")
        .merge(wide.reset_index(), on=key)
        .merge(named[["combination_id", "zone_titles"]], on="combination_id")
    )
    bounds, sentences = room_views.of_pieces(tables["housing_bounds"], texts[texts["profile"] == lead])
    merged = merged.merge(bounds, on="piece_id").merge(sentences, on=key)
    for year in sorted(set(rooms["year"])):
        columns = [f"verdict_{year}", f"holding_{year}", f"reasons_{year}", "plan_category"]
        rows = merged[columns].astype(object).itertuples(index=False, name=None)
        text_rows = list(rows)
        merged[f"why_{year}"] = [why_not(row, titles, profile) for row in text_rows]
        merged[f"cause_{year}"] = [cause(row, themes) for row in text_rows]
    return merged


def usable_land(tables: Mapping[str, Any], profiles: Mapping[str, ProfileConfig]) -> gpd.GeoDataFrame:
    """Pieces per year and case that some activity can use, with the activities named."""
    usable = tables["assessments"][tables["assessments"]["verdict"] == "usable"]
    order = {name: place for place, name in enumerate(profiles)}
    sorted_rows = usable.sort_values("profile", key=lambda names: names.map(order), kind="stable")
    titled = sorted_rows.assign(title=sorted_rows["profile"].map({name: card.title for name, card in profiles.items()}))
    suited = (
        titled.groupby(["piece_id", "year", "case"])["title"]
        .agg(suited_for=", ".join, profile_count="size")
        .reset_index()
    )
    return gpd.GeoDataFrame(_pieces(tables).merge(suited, on="piece_id"), crs=RD_NEW)


def constraint_areas(tables: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Zones on the land of their cluster, with the m2 of plots that they cover."""
    zones = tables["zones"]
    land = {slug: group.geometry.union_all() for slug, group in tables["cluster_boundaries"].groupby("cluster_id")}
    inside = [
        shapely.intersection(shape, land[slug]) for shape, slug in zip(zones.geometry, zones["cluster_id"], strict=True)
    ]
    shapes = keep_dimension(np.array([*inside, None], dtype=object)[:-1], "polygon")
    under = (
        tables["combinations"]
        .assign(zone_id=tables["combinations"]["zones"].fillna("").str.split(" "))
        .explode("zone_id")
    )
    under = under.drop_duplicates(["combination_id", "zone_id"])[["combination_id", "zone_id"]]
    covered = _pieces(tables)[["cluster_id", "combination_id", "area_m2"]].merge(under, on="combination_id")
    area = covered.groupby(["cluster_id", "zone_id"])["area_m2"].sum().rename("area_m2").reset_index()
    placed = zones.set_geometry(gpd.GeoSeries(shapes, index=zones.index, crs=RD_NEW)).merge(
        area, on=["cluster_id", "zone_id"], how="left"
    )
    return placed[placed.geometry.notna()].fillna({"area_m2": 0.0})


def deviations(tables: Mapping[str, Any]) -> pd.DataFrame:
    """Rows refused, merged or repaired, and conflicts, in one list; duplicates of a register stand there
    as conflicts.
    """
    clashes = tables["conflicts"]
    duplicates = set(clashes.loc[clashes["conflict_class"] == "duplicate_record", "subject"].str.split(" / ").str[0])
    rows = tables["refused"]
    rows = rows[(rows["outcome"] != "duplicate") | ~rows["source"].isin(duplicates)]
    refused = rows.assign(
        cluster_id="all",
        kind=rows["outcome"],
        subject=rows["source"],
        place=lambda t: (
            t["file"].astype(object) + ", rij " + t["row"].astype(str) + ", veld " + t["field"].astype(object)
        ),
        area_m2=rows["area_before_m2"],
    )
    conflicts = clashes.assign(kind="conflict", reason=clashes["conflict_class"], place="")
    columns = ["cluster_id", "kind", "reason", "subject", "place", "finding", "area_m2"]
    return pd.concat([pd.DataFrame(refused[columns]), conflicts[columns]]).drop_duplicates(columns[:5])


def veiled(deviations: pd.DataFrame, private: Collection[str]) -> pd.DataFrame:
    """Deviations without what names a contract, a holder or a correction; `private` are sources with
    confidential columns.
    """
    hidden = deviations["reason"].isin(ABOUT_CONTRACTS) | deviations["subject"].isin(list(private))
    number = (hidden.cumsum()).astype(str)
    return deviations.assign(
        subject=deviations["subject"].where(~hidden, "vertrouwelijk " + number),
        place=deviations["place"].where(~hidden, ""),
        finding=deviations["finding"].where(~hidden, None),
    )


def source_overview(tables: Mapping[str, Any]) -> pd.DataFrame:
    """Sources with their file, and what harmonising did to their rows."""
    joined = tables["source_files"].merge(tables["source_facts"].drop(columns="layer"), on="source", how="left")
    counted = [name for name in joined if name.startswith(("rows_", "area_"))]
    return joined.fillna(dict.fromkeys(counted, 0))  # a grid has cells, no rows


def glossary_terms() -> pd.DataFrame:
    """The terms that a planner may look up."""
    return pd.DataFrame(terms())


def in_dutch(left_out: pd.DataFrame) -> pd.DataFrame:
    """What was left out, with columns under their published names."""
    return left_out.assign(column=left_out["column"].map(lambda name: name if name == "all" else dutch_column(name)))


def _pieces(tables: Mapping[str, Any]) -> gpd.GeoDataFrame:
    about = pd.DataFrame(tables["holdings"][["holding_id", "cluster_id", "parcel_id", "plan_category"]])
    about = about.assign(plan_category=about["plan_category"].fillna("unknown"))
    return tables["pieces"].merge(about, on="holding_id")


def _wide(long: pd.DataFrame, key: str, value: str, names: Mapping[str, str]) -> pd.DataFrame:
    """One row per key, one column per year and case."""
    parts = []
    for case, name in names.items():
        part = long[long["case"] == case].pivot(index=key, columns="year", values=value)
        parts.append(part.set_axis([name.format(year) for year in part.columns], axis=1))
    return pd.concat(parts, axis=1).reset_index()
