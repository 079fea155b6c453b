"""What the interactive map of the report carries with it, from the published sheets; WGS84, in
millionths of a degree."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.closed_lists import HOLDINGS, VERDICT_TOTALS, VERDICTS
from layers.glossary import dutch_choice
from pipeline.project.project import Project
from pipeline.stages.publish.tables.pieces import StageTables
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.stages.publish.text.reasons import in_words
from pipeline.stages.publish.text.three_lines import LINE_COLUMNS

# About a decimetre: enough to draw by.
MILLIONTHS = 1_000_000
FIRST_SIGN = 48  # "0": a value is told by one sign, so that a whole row of answers is a short text
NO_ANSWER = -1
EXPLAINED = VERDICT_TOTALS["by_rules"]  # verdicts that rules make; others come from who has it, or from size


def web_map(sheets: Mapping[str, PublishedTable], tables: StageTables, project: Project) -> dict[str, Any]:
    """Plots, pieces with a verdict per activity and year (no extension called), sites and clusters for JSON; in ha.

    Answers stand in the order of activities, and of years in each.
    """
    pieces, plots, held, clusters = (
        sheets[name].rows for name in ("piece_overview", "parcel_overview", "holding_overview", "cluster_overview")
    )
    plot_keys = pd.MultiIndex.from_frame(plots[["cluster_id", "parcel_id"]])
    palette = project.publish.palette
    names = dict(zip(clusters["cluster_id"], clusters["cluster_name"], strict=True))
    phrases, sets, place = _phrases(tables, pieces, project)
    return {
        "years": list(project.years),
        "profiles": [card.title for card in project.profiles.values()],
        "lead": list(project.profiles).index(project.publish.lead_profile),
        "verdicts": _legend(palette["verdict"], VERDICTS),
        "explained": [VERDICTS.index(value) for value in EXPLAINED],
        "holdings": _legend(palette["holding"], HOLDINGS),
        "clusters": {
            "name": clusters["cluster_name"].astype(str).tolist(),
            # Five decimals of a degree are about a metre.
            "box": clusters.geometry.to_crs(4326).bounds.round(5).to_numpy().tolist(),
            "rings": _rings(clusters),
        },
        "plots": {
            "id": plots["parcel_id"].astype(str).tolist(),
            "cluster": plots["cluster_id"].map(names).tolist(),
            "ha": plots["area_m2"].round(2).tolist(),
            # The names under which map.js reads the texts: bytes of the report, which stay.
            "lines": plots[list(LINE_COLUMNS)].fillna("").astype(str).agg("\n".join, axis=1).tolist(),
            "told": plots["narrative"].fillna("").astype(str).tolist(),
            "rings": _rings(plots),
        },
        "pieces": {
            "plot": _places(pieces, plot_keys),
            "verdict": _verdicts(pieces["piece_id"], tables["assessments"], project),
            "set": place,
            "ha": pieces["area_m2"].round(3).tolist(),
            "rings": _rings(pieces),
        },
        "held": {
            "plot": _places(held, plot_keys),
            "answers": _signs([held[f"holding_{year}"] for year in project.years], HOLDINGS),
            "ha": held["area_m2"].round(3).tolist(),
            "rings": _rings(held),
        },
        "laws": project.publish.law_links,
        "phrases": phrases,
        "sets": sets,
        "sites": _sites(sheets["sites"].rows, project) if "sites" in sheets else {"answer": [], "ha": [], "rings": []},
    }


def _places(rows: pd.DataFrame, known: pd.MultiIndex) -> list[int]:
    """For each row the place of its key among those known, such as that of the plot that a piece lies on; else -1."""
    places: list[int] = known.get_indexer(pd.MultiIndex.from_frame(rows[list(known.names)])).tolist()
    return places


def _signs(columns: Sequence[pd.Series], values: Sequence[str]) -> list[str]:
    """One text per row: a sign for each answer."""
    sign = {dutch_choice(value): chr(FIRST_SIGN + position) for position, value in enumerate(values)}
    signs = [column.astype(object).map(sign).fillna(sign[dutch_choice("unknown")]) for column in columns]
    return ["".join(row) for row in zip(*signs, strict=True)]


def _by_answer(rows: pd.DataFrame, key: str | list[str], value: str, project: Project) -> pd.DataFrame:
    """One row per key, one column per answer."""
    order = pd.MultiIndex.from_product([list(project.profiles), project.years])
    return rows.pivot(index=key, columns=["profile", "year"], values=value).reindex(columns=order)


def _verdicts(ids: pd.Series, assessed: pd.DataFrame, project: Project) -> list[str]:
    sign = {value: chr(FIRST_SIGN + position) for position, value in enumerate(VERDICTS)}
    earliest = assessed[assessed["case"] == "earliest"]
    wide = _by_answer(earliest.assign(sign=earliest["verdict"].map(sign)), "piece_id", "sign", project)
    whole = wide.reindex(ids).astype(object).fillna(sign["unknown"])
    return ["".join(row) for row in whole.to_numpy(dtype=object)]


def _phrases(
    tables: StageTables, pieces: pd.DataFrame, project: Project
) -> tuple[list[str], list[list[int]], list[int]]:
    """What makes room what it is, told once each; per combination and plan category one phrase an answer; which of
    these a piece has.
    """
    key = ["combination_id", "plan_category"]
    rooms, zones = tables["rooms"], tables["zones"]
    titles = zones.drop_duplicates("zone_id").set_index("zone_id")["zone_title"].to_dict()
    words = {reasons: in_words(reasons, titles) for reasons in rooms["reasons"].dropna().unique()}
    codes, phrases = pd.factorize(rooms["reasons"].map(words).fillna(""))
    plans = rooms["plan_category"].astype(object).map(dutch_choice)
    sets = _by_answer(rooms.assign(plan_category=plans, phrase=codes), key, "phrase", project)
    sets = sets.fillna(NO_ANSWER).astype(int)
    return [str(phrase) for phrase in phrases], sets.to_numpy().tolist(), _places(pieces, sets.index)


def _sites(sites: gpd.GeoDataFrame, project: Project) -> dict[str, Any]:
    """Sites without extensions: which answer they belong to, hectares, and shape."""
    earliest = sites[sites["case"] == dutch_choice("earliest")]
    titles = [card.title for card in project.profiles.values()]
    answers = [
        titles.index(profile) * len(project.years) + project.years.index(year)
        for profile, year in zip(earliest["profile"], earliest["year"], strict=True)
    ]
    return {"answer": answers, "ha": earliest["net_area_m2"].round(1).tolist(), "rings": _rings(earliest)}


def _rings(content: gpd.GeoDataFrame) -> list[list[list[list[int]]]]:
    """Per shape its polygons, per polygon its rings: a start and then steps, longitude and latitude by turns."""
    if content.empty:
        return []
    parts, shape = shapely.get_parts(content.geometry.to_crs(4326).to_numpy(), return_index=True)
    shapes = shapely.multipolygons(parts, indices=shape)
    _, points, (ring_starts, *offsets) = shapely.to_ragged_array(shapes)
    # Steps from point to point are small numbers: fewer signs in the page.
    whole = np.rint(points * MILLIONTHS).astype(int)
    steps = np.diff(whole, axis=0, prepend=whole[:1])
    steps[ring_starts[:-1]] = whole[ring_starts[:-1]]
    groups = [part.ravel().tolist() for part in np.split(steps, ring_starts[1:-1])]
    for starts in offsets:  # of polygons among rings, then of shapes among polygons
        groups = [groups[start:end] for start, end in pairwise(starts)]
    return groups


def _legend(swatches: Mapping[str, Any], values: Iterable[str]) -> list[dict[str, str]]:
    """Word, colour and pattern of each value."""
    return [
        {
            "label": swatches[value].title or dutch_choice(value),
            "colour": swatches[value].colour,
            "hatch": swatches[value].hatch,
        }
        for value in values
    ]
