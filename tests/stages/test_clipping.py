"""Parts of national files: rows that reach into a box or near the clusters, the others counted as left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.errors import ConfigRefusal
from layers.sources import TABLES
from pipeline.project.load import read_project
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.project.validate import contradictions
from pipeline.stages.acquire.clipping import with_boxes
from pipeline.stages.acquire.cluster_boxes import cluster_boxes
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.harmonise import harmonise

EXAMPLE = Path(__file__).parents[2] / "config" / "proefpolder"
X, Y = 100_000, 450_000
BOX = [X, Y, X + 1_000, Y + 1_000]


def card(path: str, **more: Any) -> SourceConfig:
    given = {"layer": "parcels", "path": path, "columns": {"parcel_id": "KAVEL"}, "licence": "x", "basis": "x"}
    return SourceConfig.model_validate({**given, "dated": "2026-10-01", "name": "s", **more})


def national() -> gpd.GeoDataFrame:
    """Squares of 100 m, one in ten of a nation, the third on the edge of the box, the last in another one."""
    corners = [
        (X + 100, Y + 100),
        (X + 500, Y + 500),
        (X + 950, Y + 950),
        (X + 1_200, Y),
        (X + 50_000, Y),
        (X, Y + 90_000),
    ]
    shapes = [shapely.box(x, y, x + 100, y + 100) for x, y in corners]
    return gpd.GeoDataFrame({"KAVEL": [f"P-{n}" for n in range(6)]}, geometry=shapes, crs=28992)


WRITERS = {
    "gpkg": lambda frame, path: frame.to_file(path),
    "fgb": lambda frame, path: frame.to_file(path),
    "shp": lambda frame, path: frame.to_file(path),
    "sqlite": lambda frame, path: frame.to_file(path, driver="SQLite", LAUNDER="NO"),
    "geojson": lambda frame, path: frame.to_file(path),
    "gml": lambda frame, path: frame.to_file(path),
    "parquet": lambda frame, path: frame.to_parquet(path),
}


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("system", [28992, 4258, 3857])
def test_rows_that_reach_into_a_box_stay_and_the_others_are_counted(tmp_path: Path, ending: str, system: int) -> None:
    WRITERS[ending](national().to_crs(system), tmp_path / f"k.{ending}")
    source = card(f"k.{ending}", bbox=[BOX, [X, Y + 89_000, X + 100, Y + 91_000]])
    raw = read_source(source, tmp_path)
    assert isinstance(raw, RawTable)
    done = harmonise(raw, source, TABLES["parcels"])
    assert sorted(done.table["parcel_id"]) == ["P-0", "P-1", "P-2", "P-5"]
    assert done.table.geometry.area.sum() == pytest.approx(40_000, rel=1e-4)  # whole, also on the edge
    assert int(done.facts["rows_left_out"].iloc[0]) == 2
    if ending != "fgb":  # which has an order of its own
        assert raw.rows.tolist() == [1, 2, 3, 6]


def test_the_boxes_around_clusters_follow_their_boundaries(tmp_path: Path) -> None:
    areas = [shapely.box(X, Y, X + 500, Y + 500), shapely.box(X, Y + 90_000, X + 10, Y + 90_010)]
    frame = gpd.GeoDataFrame({"naam": ["a", "b"]}, geometry=areas, crs=28992)
    frame.to_file(tmp_path / "grens.gpkg")
    national().to_file(tmp_path / "k.gpkg")
    columns = {
        "boundary_id": "naam",
        "version": {"value": "1"},
        "cluster_id": "naam",
        "site_name": "naam",
        "status": {"value": "indicative"},
    }
    sources = {
        "grens": card("grens.gpkg", layer="cluster_boundaries", columns=columns, name="grens"),
        "k": card("k.gpkg", clip="clusters + 0.5 km", name="k"),
        "all": card("k.gpkg", name="all"),
    }
    folders = dict.fromkeys(sources, tmp_path)
    boxes = cluster_boxes(sources, folders, harmonise)
    assert boxes == {"k": "99500 449500 101000 451000; 99500 539500 100510 540510"}
    raw = read_source(with_boxes(sources["k"], boxes["k"]), tmp_path)
    assert isinstance(raw, RawTable) and raw.cells["KAVEL"].tolist() == ["P-0", "P-1", "P-2", "P-5"]
    assert with_boxes(sources["all"], boxes.get("all", "")) == sources["all"]
    frame.iloc[:1].to_file(tmp_path / "grens.gpkg")
    assert cluster_boxes(sources, folders, harmonise)["k"] == "99500 449500 101000 451000"


def test_a_project_without_clips_does_not_read_its_boundaries(tmp_path: Path) -> None:
    sources = {"grens": card("nergens.gpkg", layer="cluster_boundaries")}
    assert cluster_boxes(sources, {"grens": tmp_path}, harmonise) == {}


@pytest.mark.parametrize(
    "words",
    [{"clip": "clusters + 5"}, {"clip": "5 km"}, {"bbox": [2, 1, 1, 2]}, {"bbox": [1, 2, 3]}, {"bbox": [BOX, [1]]}],
)
def test_a_clip_that_says_no_place_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"clip|bbox"):
        card("k.gpkg", **words)


def test_a_grid_is_not_clipped(tmp_path: Path) -> None:
    (tmp_path / "g.asc").write_text("ncols 1\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n55\n", encoding="ascii")
    with pytest.raises(ConfigRefusal, match="a grid with bbox or clip"):
        read_source(card("g.asc", layer="noise_levels", columns={}, bbox=BOX), tmp_path)


def test_points_by_coordinates_are_clipped_as_well(tmp_path: Path) -> None:
    pd.DataFrame({"KAVEL": ["a", "b"], "x": [X + 5, X + 9_000], "y": [Y, Y]}).to_csv(tmp_path / "t.csv", index=False)
    place = {"kind": "xy", "x": "x", "y": "y"}
    raw = read_source(card("t.csv", geometry=place, crs="EPSG:28992", bbox=BOX), tmp_path)
    assert isinstance(raw, RawTable) and raw.cells["KAVEL"].tolist() == ["a"] and raw.blank_rows == 1


@pytest.mark.parametrize(("clip", "is_wide"), [("clusters + 5 km", True), ("clusters + 4 m", False)])
def test_a_clip_narrower_than_a_rule_reaches_is_refused(clip: str, is_wide: bool) -> None:
    project = read_project(EXAMPLE)
    names = [name for name, source in project.sources.items() if source.layer == "pipelines"]
    clipped = {name: project.sources[name].model_copy(update={"clip": clip}) for name in names}
    faults = contradictions(replace(project, sources={**project.sources, **clipped}))
    assert (not any("take it at least as wide" in fault for fault in faults)) == is_wide and names
