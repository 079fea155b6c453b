"""Where files of a project lie: in its data folder, in further ones that it names, or where nothing reads them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner

from layers.errors import SourceRefusal
from pipeline.cli.main import main
from pipeline.project.load import read_project
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.queries.unread import unread, unread_in_words
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.acquire.source_files import checksum_of_source

EXAMPLE = Path(__file__).parents[1] / "config" / "proefpolder"


def card(path: str, **more: Any) -> SourceConfig:
    given = {"layer": "parcels", "columns": {"parcel_id": "KAVEL"}, "licence": "x", "dated": "2026-10-01"}
    return SourceConfig.model_validate({**given, "path": path, "basis": "x", "name": "s", **more})


def plots(path: Path, key: str = "P-1") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = shapely.box(100_000, 450_000, 100_100, 450_100)
    gpd.GeoDataFrame({"KAVEL": [key]}, geometry=[shape], crs=28992).to_file(path)


def keys(source: SourceConfig, *folders: Path) -> list[str]:
    raw = read_source(source, folders)
    assert isinstance(raw, RawTable)
    return list(raw.cells["KAVEL"])


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A data folder and a network drive, with a file each."""
    plots(tmp_path / "data" / "hier.gpkg", "P-1")
    plots(tmp_path / "G schijf" / "GIS data" / "kavels (def).gpkg", "P-2")
    return tmp_path / "data", tmp_path / "G schijf"


def test_a_file_is_looked_for_in_every_folder(places: tuple[Path, Path]) -> None:
    assert keys(card("hier.gpkg"), *places) == ["P-1"]
    for path in ("GIS data/kavels (def).gpkg", "GIS data\\kavels (def).gpkg", "GIS*/*.gpkg"):
        assert keys(card(path), *places) == ["P-2"]
    whole = str(places[1] / "GIS data" / "kavels (def).gpkg")
    assert keys(card(whole), *places) == ["P-2"]
    with pytest.raises(SourceRefusal, match="leads outside the data folder"):
        keys(card(whole), places[0])


def test_a_file_of_one_name_in_two_folders_is_refused(places: tuple[Path, Path]) -> None:
    plots(places[1] / "hier.gpkg", "P-9")
    with pytest.raises(SourceRefusal, match="is in 2 of the folders") as refusal:
        keys(card("hier.gpkg"), *places)
    assert "by its whole path" in refusal.value.todo
    assert keys(card(str(places[1] / "hier.gpkg")), *places) == ["P-9"]
    assert checksum_of_source(card("hier.gpkg"), (places[0], places[0])) == checksum_of_source(
        card("hier.gpkg"), places[0]
    )


@pytest.mark.parametrize("path", ["nergens.gpkg", "../elders.gpkg"])
def test_a_file_in_none_of_the_folders_is_refused_with_their_names(places: tuple[Path, Path], path: str) -> None:
    with pytest.raises(SourceRefusal, match="G schijf"):
        keys(card(path), *places)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the example of which one file lies on another drive."""
    folder = tmp_path / "project"
    shutil.copytree(EXAMPLE, folder)
    (tmp_path / "G schijf" / "data").mkdir(parents=True)
    shutil.move(folder / "data" / "kavels.gpkg", tmp_path / "G schijf" / "data")
    text = (folder / "project.toml").read_text(encoding="utf-8")
    text = text.replace('extends        = ".."', f'extends = "{EXAMPLE.parent}"')
    roots = '[data]\nroots = ["..\\\\G schijf"]\n'
    (folder / "project.toml").write_text(f"{text}\n{roots}", encoding="utf-8")
    return folder


def test_a_project_names_further_folders(project: Path) -> None:
    read = read_project(project)
    folders = read.roots(project)["parcels"]
    assert isinstance(folders, tuple) and folders[1] == project / "../G schijf"
    assert len(checksum_of_source(read.sources["parcels"], folders)[0]) == 64
    assert unread(read, project) == []


def test_what_nothing_reads_is_named_once(project: Path) -> None:
    (project / "sources" / "Kavels.TOML").write_text("", encoding="utf-8")
    (project / "data" / "oud.gpkg").write_bytes(b"x")
    (project / "archief" / "2019").mkdir(parents=True)
    (project / "archief" / "2019" / "a.csv").write_text("x", encoding="utf-8")
    (project / "leeg").mkdir()
    (project / "asses.toml").write_text("", encoding="utf-8")
    for name in ("LEESMIJ.md", ".git", "data/water.qix"):
        (project / name).write_text("x", encoding="utf-8")
    (project / "outputs").mkdir()
    (project / "outputs" / "nederland.gpkg").write_bytes(b"x")
    names = ["archief/", "asses.toml", "data/oud.gpkg", "sources/Kavels.TOML"]
    assert unread(read_project(project), project, [project / "outputs"]) == names


def test_many_files_are_named_in_short() -> None:
    assert unread_in_words([f"{n}" for n in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"


def test_check_notes_what_nothing_reads(project: Path) -> None:
    (project / "data" / "oud.gpkg").write_bytes(b"x")
    for path in (project / "sources").glob("*.toml"):
        if path.stem not in ("parcels", "cluster_boundaries"):
            path.unlink()
    result = CliRunner().invoke(main, ["check", "--config", str(project)])
    assert result.exit_code == 0 and "note" in result.output and "nothing reads " in result.output
