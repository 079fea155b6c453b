"""Webkaart: what the interactive map of the report carries with it, from the published sheets; WGS84, in millionths
of a degree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.closed_lists import HOLDINGS, VERDICT_TOTALS, VERDICTS
from layers.derived import DERIVED
from layers.glossary import dutch_choice
from pipeline.project.publish import SwatchConfig
from pipeline.stages.publish.styles.style import LegendEntry
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.stages.publish.text.translate import published_name

MILLIONTHS = 1_000_000
FIRST_SIGN = 48  # "0": a value is told by one sign, so that a whole row of answers is a short text
NO_ANSWER = -1
EXPLAINED = VERDICT_TOTALS["by_rules"]  # verdicts that rules make; others come from who has it, or from size


@dataclass(frozen=True)
class WebMapParams:
    """Asked years, and the activities by key with their titles; the lead one opens."""

    years: tuple[int, ...]
    profiles: Mapping[str, str]
    lead: str


def web_map(
    sheets: Mapping[str, PublishedTable],
    judged: tuple[pd.DataFrame, pd.DataFrame],
    palette: Mapping[str, Mapping[str, SwatchConfig]],
    params: WebMapParams,
) -> dict[str, Any]:
    """Plots, pieces with a verdict per activity and year (no extension called), sites and clusters, ready for JSON.

    judged: assessments (piece_id, profile, year, case, verdict), and rooms with `told`, what makes them so in words.
    Answers stand in the order of activities, and of years in each.
    """
    pieces, plots, held = sheets["piece_overview"], sheets["parcel_overview"], sheets["holding_overview"]
    number = _numbers(plots)
    phrases, sets, place = _phrases(judged[1], pieces, params)
    return {
        "years": list(params.years),
        "profiles": list(params.profiles.values()),
        "lead": list(params.profiles).index(params.lead),
        "verdicts": [_legend(value, palette["verdict"][value]) for value in VERDICTS],
        "explained": [VERDICTS.index(value) for value in EXPLAINED],
        "holdings": [_legend(value, palette["holding"][value]) for value in HOLDINGS],
        "clusters": _clusters(sheets["cluster_overview"]),
        "plots": {
            "id": plots.series("parcel_id").astype(str).tolist(),
            "cluster": plots.series("cluster_id").map(_names(sheets["cluster_overview"])).tolist(),
            "ha": plots.series("area_m2").round(2).tolist(),
            "told": plots.series("narrative").fillna("").astype(str).tolist(),
            "rings": _rings(plots.content),
        },
        "pieces": {
            "plot": _plots_of(pieces, number),
            "verdict": _verdicts(pieces.series("piece_id"), judged[0], params),
            "set": place,
            "ha": pieces.series("area_m2").round(3).tolist(),
            "rings": _rings(pieces.content),
        },
        "held": {
            "plot": _plots_of(held, number),
            "answers": _signs([held.series(f"holding_{year}") for year in params.years], HOLDINGS),
            "ha": held.series("area_m2").round(3).tolist(),
            "rings": _rings(held.content),
        },
        "phrases": phrases,
        "sets": sets,
        "sites": _sites(sheets.get("sites"), params),
    }


def _numbers(plots: PublishedTable) -> dict[tuple[Any, ...], int]:
    keys = [plots.series(name) for name in ("cluster_id", "parcel_id")]
    return {key: number for number, key in enumerate(zip(*keys, strict=True))}


def _plots_of(parts: PublishedTable, number: Mapping[tuple[Any, ...], int]) -> list[int]:
    """The number of the plot that each part lies on."""
    return [
        number.get(key, NO_ANSWER) for key in zip(parts.series("cluster_id"), parts.series("parcel_id"), strict=True)
    ]


def _names(clusters: PublishedTable) -> dict[str, str]:
    return dict(zip(clusters.series("cluster_id"), clusters.series("cluster_name"), strict=True))


def _signs(columns: Sequence[pd.Series], values: Sequence[str]) -> list[str]:
    """One text per row: a sign for each answer."""
    sign = {dutch_choice(value): chr(FIRST_SIGN + position) for position, value in enumerate(values)}
    signs = [
        column.astype(object).map(sign).fillna(sign[dutch_choice("unknown")]).to_numpy(dtype=object)
        for column in columns
    ]
    return ["".join(row) for row in zip(*signs, strict=True)]


def _verdicts(ids: pd.Series, assessed: pd.DataFrame, params: WebMapParams) -> list[str]:
    sign = {value: chr(FIRST_SIGN + position) for position, value in enumerate(VERDICTS)}
    earliest = assessed[assessed["case"] == "earliest"]
    wide = earliest.assign(sign=earliest["verdict"].map(sign)).pivot(
        index="piece_id", columns=["profile", "year"], values="sign"
    )
    order = [(profile, year) for profile in params.profiles for year in params.years]
    whole = wide.reindex(index=ids, columns=pd.MultiIndex.from_tuples(order)).astype(object).fillna(sign["unknown"])
    return ["".join(row) for row in whole.to_numpy(dtype=object)]


def _phrases(
    rooms: pd.DataFrame, pieces: PublishedTable, params: WebMapParams
) -> tuple[list[str], list[list[int]], list[int]]:
    """What makes room what it is, told once each; per combination and plan category one phrase an answer; which of
    these a piece has.
    """
    key = ["combination_id", "plan_category"]
    codes, phrases = pd.factorize(rooms["narrative"].fillna(""))
    phrase_rows = rooms[[*key, "profile", "year"]].astype(object).assign(phrase=codes)
    phrase_rows["plan_category"] = phrase_rows["plan_category"].map(lambda value: dutch_choice(str(value)))
    wide = phrase_rows.pivot(index=key, columns=["profile", "year"], values="phrase")
    order = [(profile, year) for profile in params.profiles for year in params.years]
    sets = wide.reindex(columns=pd.MultiIndex.from_tuples(order)).fillna(NO_ANSWER).astype(int)
    place = {row: position for position, row in enumerate(sets.index)}
    rows = zip(*(pieces.series(name).astype(object) for name in key), strict=True)
    return [str(phrase) for phrase in phrases], sets.to_numpy().tolist(), [place.get(row, NO_ANSWER) for row in rows]


def _sites(sheet: PublishedTable | None, params: WebMapParams) -> dict[str, Any]:
    """Sites without extensions: which answer they belong to, hectares, and shape."""
    if sheet is None:
        return {"answer": [], "ha": [], "rings": []}
    earliest = sheet.content[(sheet.series("case") == dutch_choice("earliest")).to_numpy()]
    titles, years = list(params.profiles.values()), list(params.years)
    names = [published_name(name, DERIVED["sites"].columns[name]) for name in ("profile", "year", "net_area_m2")]
    answers = [
        titles.index(profile) * len(years) + years.index(year)
        for profile, year in zip(earliest[names[0]], earliest[names[1]], strict=True)
    ]
    return {"answer": answers, "ha": earliest[names[2]].round(1).tolist(), "rings": _rings(earliest)}


def _clusters(sheet: PublishedTable) -> dict[str, Any]:
    boxes = sheet.content.geometry.to_crs(4326).bounds.round(5).to_numpy().tolist()
    names = sheet.series("cluster_name").astype(str).tolist()
    return {"name": names, "box": boxes, "rings": _rings(sheet.content)}


def _rings(content: gpd.GeoDataFrame) -> list[list[list[list[int]]]]:
    """Per shape its polygons, per polygon its rings: a start and then steps, longitude and latitude by turns."""
    shapes = content.geometry.to_crs(4326).to_numpy()
    polygons, shape = shapely.get_parts(shapes, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(points * MILLIONTHS).astype(int)
    starts = np.flatnonzero(np.diff(ring, prepend=-1))
    steps = np.diff(whole, axis=0, prepend=whole[:1])
    steps[starts] = whole[starts]
    steps_by_ring = [part.ravel().tolist() for part in np.split(steps, starts[1:])]
    shape_polygons: list[list[list[list[int]]]] = [[] for _ in shapes]
    places: list[list[list[int]]] = [[] for _ in polygons]
    for index, owner in enumerate(shape):
        shape_polygons[owner].append(places[index])
    for index, owner in enumerate(polygon):
        places[owner].append(steps_by_ring[index])
    return shape_polygons


def _legend(value: str, swatch: SwatchConfig) -> dict[str, str]:
    entry = LegendEntry(dutch_choice(value), swatch.title or dutch_choice(value), swatch)
    return {"label": entry.label, "colour": swatch.colour, "hatch": swatch.hatch}
