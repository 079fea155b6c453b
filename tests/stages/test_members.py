"""Files of a pattern, members of zips and what a gz holds, as one table that says in which file a fault stands."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from layers.errors import ConfigRefusal, SourceRefusal
from layers.sources import TABLES
from pipeline.project.file_formats import format_of_path
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.queries.inspection.files import inspect_file
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.acquire.source_files import checksum_of_source, compare_lock, describe_files, lock_text
from pipeline.stages.harmonise import Harmonised, harmonise


def plots(*keys: str, east: float = 0.0, **columns: Any) -> gpd.GeoDataFrame:
    """Plots of 1 ha in a row."""
    shapes = [shapely.box(x := 100_000 + east + 200 * n, 450_000, x + 100, 450_100) for n in range(len(keys))]
    return gpd.GeoDataFrame({"KAVEL": list(keys), **columns}, geometry=shapes, crs=28992)


def save(frame: gpd.GeoDataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)


def card(path: str, **more: Any) -> SourceConfig:
    given = {"layer": "parcels", "columns": {"parcel_id": "KAVEL"}, "licence": "x", "dated": "2026-10-01"}
    return SourceConfig.model_validate({**given, "path": path, "basis": "x", "name": "s", **more})


def harmonised(folder: Path, path: str, **more: Any) -> Harmonised:
    source = card(path, **more)
    raw = read_source(source, folder)
    assert isinstance(raw, RawTable)
    return harmonise(raw, source, TABLES[source.layer])


def keys_and_ha(done: Harmonised) -> tuple[list[str], float]:
    return sorted(done.table["parcel_id"]), round(done.table.geometry.area.sum() / 10_000, 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Plots in two files, and a third in a folder below."""
    (tmp_path / "percelen" / "noord [def]").mkdir(parents=True)
    plots("P-1", "P-2").to_file(tmp_path / "percelen" / "a.gml")
    plots("P-3", east=1000).to_file(tmp_path / "percelen" / "b.gml")
    plots("P-4", east=2000).to_file(tmp_path / "percelen" / "noord [def]" / "c.gml")
    return tmp_path


def zipped(folder: Path, name: str, *parts: Path, root: Path | None = None) -> str:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.write(part, str(part.relative_to(root or folder)))
    return name


@pytest.mark.parametrize(
    ("pattern", "keys"),
    [
        ("percelen/*.gml", ["P-1", "P-2", "P-3"]),
        ("percelen\\*.gml", ["P-1", "P-2", "P-3"]),
        ("percelen/?.gml", ["P-1", "P-2", "P-3"]),
        ("percelen/**/*.gml", ["P-1", "P-2", "P-3", "P-4"]),
        ("percelen/noord [def]/*.gml", ["P-4"]),
    ],
)
def test_all_files_that_a_pattern_fits_are_one_table(folder: Path, pattern: str, keys: list[str]) -> None:
    assert keys_and_ha(harmonised(folder, pattern)) == (keys, len(keys))


def test_parts_of_a_shapefile_are_no_files_of_a_pattern(tmp_path: Path) -> None:
    for name, east in (("a", 0.0), ("b", 1000.0)):
        plots(f"P-{name}", east=east).to_file(tmp_path / f"{name}.shp")
    assert keys_and_ha(harmonised(tmp_path, "*", format="shapefile")) == (["P-a", "P-b"], 2)


@pytest.mark.parametrize(
    "pattern", ["percelen/*.gpkg", "elders/*.gml", "../*.gml", "/etc/*.gml", "percelen/../../*.gml"]
)
def test_a_pattern_without_a_file_below_the_folder_is_refused(folder: Path, pattern: str) -> None:
    with pytest.raises(SourceRefusal, match=r"is not there|leads outside"):
        harmonised(folder / "percelen" if ".." in pattern else folder, pattern)


def test_a_link_among_the_files_of_a_pattern_leads_nowhere(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("outside") / "x.gml"
    plots("P-9").to_file(other)
    (folder / "percelen" / "x.gml").symlink_to(other)
    with pytest.raises(SourceRefusal, match="leads outside"):
        harmonised(folder, "percelen/*.gml")


def test_a_column_that_one_file_lacks_is_refused_with_its_name(folder: Path) -> None:
    plots("P-5", east=3000).rename(columns={"KAVEL": "kavelnummer"}).to_file(folder / "percelen" / "d.gml")
    with pytest.raises(SourceRefusal) as refusal:
        harmonised(folder, "percelen/*.gml")
    assert "percelen/d.gml" in refusal.value.thing and "a column 'KAVEL'" in refusal.value.expected


def test_a_column_of_a_filter_that_one_file_lacks_is_refused(tmp_path: Path) -> None:
    plots("P-1", SOORT=["water"]).to_file(tmp_path / "a.gpkg")
    plots("P-2", east=500).to_file(tmp_path / "b.gpkg")
    with pytest.raises(SourceRefusal, match="a column 'SOORT'"):
        harmonised(tmp_path, "*.gpkg", where="SOORT = 'water'")


def test_a_refused_row_says_in_which_file_it_stands(tmp_path: Path) -> None:
    plots("P-1", "P-2").to_file(tmp_path / "a.gpkg")
    bad = plots("P-3", "P-4", east=1000)
    bad.loc[0, "KAVEL"] = None
    bad.to_file(tmp_path / "b.gpkg")
    worse = plots("P-5", east=2000)
    worse.loc[0, "KAVEL"] = None
    worse.to_file(tmp_path / "c.gpkg")
    with pytest.raises(SourceRefusal, match=r"rows 1 \(b.gpkg\), 1 \(c.gpkg\)"):
        harmonised(tmp_path, "*.gpkg", max_refused=1)
    done = harmonised(tmp_path, "*.gpkg", max_refused=2)
    assert sorted(done.refused["file"]) == ["b.gpkg", "c.gpkg"] and set(done.refused["row"]) == {1}
    assert int(done.facts["rows_refused"].iloc[0]) == 2 and len(done.refused_shapes) == 2
    assert done.refused_shapes.geometry.centroid.x.round().tolist() == [101_050, 102_050]


def test_of_a_broken_file_among_several_it_is_said_which(folder: Path) -> None:
    (folder / "percelen" / "b.gml").write_text("<html>", encoding="utf-8")
    with pytest.raises(SourceRefusal) as refusal:
        read_source(card("percelen/*.gml"), folder)
    assert "percelen/b.gml" in str(refusal.value)


def test_a_file_that_is_added_is_another_source(folder: Path) -> None:
    source = card("percelen/*.gml")
    before = describe_files({"s": source}, {"s": folder})
    lock = folder / "sources.lock"
    lock.write_text(lock_text(before), encoding="utf-8")
    assert compare_lock(describe_files({"s": source}, {"s": folder}), lock) == []
    plots("P-7", east=5000).to_file(folder / "percelen" / "z.gml")
    after = describe_files({"s": source}, {"s": folder})
    assert after[0]["bytes"] > before[0]["bytes"] and "checksum" in compare_lock(after, lock)[0]
    with pytest.raises(SourceRefusal, match="another file than when the run began"):
        read_source(source, folder, before[0]["sha256"])
    (folder / "percelen" / "z.gml").unlink()
    assert read_source(source, folder, before[0]["sha256"])


def test_one_file_of_a_pattern_has_the_checksum_of_the_file(tmp_path: Path) -> None:
    plots("P-1").to_file(tmp_path / "a.gpkg")
    assert checksum_of_source(card("*.gpkg"), tmp_path) == checksum_of_source(card("a.gpkg"), tmp_path)


ENDINGS = ["gpkg", "shp", "geojson", "fgb", "gml", "parquet"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_members_of_a_zip_are_one_table(tmp_path: Path, ending: str) -> None:
    for name, east in (("a", 0.0), ("b", 1000.0)):
        save(plots(f"P-{name}", east=east), tmp_path / f"{name}.{ending}")
    parts = [part for part in tmp_path.iterdir() if part.suffix not in (".xsd", ".gfs")]
    path = zipped(tmp_path, "geheel.zip", *parts)
    both = harmonised(tmp_path, path, member=f"*.{ending}")
    assert keys_and_ha(both) == (["P-a", "P-b"], 2)
    assert keys_and_ha(harmonised(tmp_path, path, member=f"b.{ending}")) == (["P-b"], 1)
    with pytest.raises(SourceRefusal, match="2 members of format"):
        harmonised(tmp_path, path, format=format_of_path(f"a.{ending}"))


def test_a_text_table_may_lie_in_a_zip(tmp_path: Path) -> None:
    (tmp_path / "uitgifte.csv").write_text("KAVEL;STATUS\nP-1;uitgegeven\n", encoding="utf-8")
    path = zipped(tmp_path, "uitgifte.csv.zip", tmp_path / "uitgifte.csv")
    columns = {"parcel_id": "KAVEL", "issue_status": "STATUS"}
    done = harmonised(tmp_path, path, layer="issue_register", csv={"delimiter": ";"}, columns=columns)
    assert done.table["issue_status"].tolist() == ["issued"]


def test_a_grid_may_lie_in_a_zip_with_the_file_that_places_it(tmp_path: Path) -> None:
    (tmp_path / "g.asc").write_text(
        "ncols 2\nnrows 1\nxllcorner 120000\nyllcorner 480000\ncellsize 10\nNODATA_value -9999\n55 60\n"
    )
    path = zipped(tmp_path, "g.asc.zip", tmp_path / "g.asc")
    grid = read_source(card(path, layer="noise_levels", columns={}, crs="EPSG:28992"), tmp_path)
    assert not isinstance(grid, RawTable) and grid.grid.levels.tolist() == [[55, 60]]
    (tmp_path / "h.asc").write_bytes((tmp_path / "g.asc").read_bytes())
    with pytest.raises(ConfigRefusal, match="2 grids"):
        read_source(card("?.asc", layer="noise_levels", columns={}, crs="EPSG:28992"), tmp_path)


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending != "shp"])
def test_what_a_gz_holds_is_read(tmp_path: Path, ending: str) -> None:
    plain = tmp_path / f"k.{ending}"
    save(plots("P-1", "P-2"), plain)
    (tmp_path / f"k.{ending}.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert keys_and_ha(harmonised(tmp_path, f"k.{ending}.gz")) == (["P-1", "P-2"], 2)
    (layer,) = [seen for seen in inspect_file(tmp_path / f"k.{ending}.gz", f"k.{ending}.gz") if seen.columns]
    assert layer.rows == 2 and "KAVEL" in [column.name for column in layer.columns]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no gz at all", "no gz"),
        (gzip.compress(b" " * 500_000_000), "an ordinary gz"),
        (gzip.compress(b"<html>"), "content that starts with"),
        (gzip.compress(b'{"type": "FeatureCollection"}' * 900)[:-20], "cannot be unpacked"),
        (b"", "an empty file"),
    ],
    ids=["no gz", "a bomb", "another content", "cut short", "empty"],
)
def test_a_gz_that_is_no_ordinary_one_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "k.geojson.gz").write_bytes(content)
    with pytest.raises(SourceRefusal, match=words):
        read_source(card("k.geojson.gz"), tmp_path)


def test_members_of_a_zip_are_shown_with_the_card_that_reads_each(folder: Path) -> None:
    path = zipped(folder, "percelen.zip", *(folder / "percelen").glob("*.gml"))
    first, second = inspect_file(folder / path, path)
    assert (first.member, first.card["member"], first.card["format"]) == ("percelen/a.gml", "percelen/a.gml", "gml")
    assert keys_and_ha(harmonised(folder, path, **{key: second.card[key] for key in ("member", "format")}))[0] == [
        "P-3"
    ]


def test_geometry_may_come_from_a_member_of_a_zip(folder: Path) -> None:
    (folder / "lijst.csv").write_text("KAVEL\nP-3\n", encoding="utf-8")
    path = zipped(folder, "percelen.gml.zip", *(folder / "percelen").glob("*.gml"))
    place = {"kind": "join", "path": path, "member": "*.gml", "column": "KAVEL", "key": "KAVEL"}
    assert keys_and_ha(harmonised(folder, "lijst.csv", geometry=place)) == (["P-3"], 1)
