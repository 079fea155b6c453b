"""A project in several formats at once, from cards to GeoPackage; and how it follows the files of a pattern."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner, Result
from drawn_haven import draw_project

from pipeline.cli.main import main


def command(verb: str, project: Path, *options: str) -> Result:
    outputs = str(project.parent / "uit")
    return CliRunner().invoke(main, [verb, "--config", str(project), "--outputs", outputs, *options])


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def write_mif(path: Path, plots: gpd.GeoDataFrame) -> None:
    plots.to_file(path, driver="MapInfo File", encoding="UTF-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Plots in two MIF files, a boundary in a zip of two GML, a register in a workbook, contracts in a gz, and water in
    a KML of which a part lies far away."""
    folder = draw_project(tmp_path_factory.mktemp("formaten") / "project")
    data, cards = folder / "data", folder / "sources"
    plots = gpd.read_file(data / "kavels.gpkg")
    (data / "kavels").mkdir()
    write_mif(data / "kavels" / "noord.mif", plots[6:])
    write_mif(data / "kavels" / "zuid.mif", plots[:6])
    replace_in(cards / "parcels.toml", '"data/kavels.gpkg"', '"data\\\\kavels\\\\*.mif"\ncrs = "EPSG:28992"')
    gpd.read_file(data / "grens.gpkg").to_file(data / "grens.gml")
    gpd.read_file(data / "grens.gpkg").assign(cluster="elders").to_file(data / "oud.gml")
    with zipfile.ZipFile(data / "grenzen.gml.zip", "w") as archive:
        for name in ("grens.gml", "oud.gml"):
            archive.write(data / name, f"levering/{name}")
    replace_in(cards / "cluster_boundaries.toml", '"data/grens.gpkg"', '"data/grenzen.gml.zip"\nmember = "*/grens.gml"')
    book = openpyxl.Workbook()
    register = pd.read_csv(data / "uitgifte.csv")
    for row in [["Register"], [], list(register), *register.to_numpy().tolist(), [], ["Totaal", len(register)]]:
        book.active.append(row)
    book.save(data / "uitgifte.xlsx")
    sheet = '"data/uitgifte.xlsx"\nxlsx = { sheet = "Sheet", footer = "Totaal" }'
    replace_in(cards / "issue_register.toml", '"data/uitgifte.csv"', sheet)
    text = "sep=,\n" + (data / "contracten.csv").read_text(encoding="utf-8")
    (data / "contracten.csv.gz").write_bytes(gzip.compress(text.encode()))
    replace_in(cards / "ground_leases.toml", '"data/contracten.csv"', '"data/contracten.csv.gz"')
    water = [shapely.box(100_000, 450_250, 100_600, 450_350), shapely.box(200_000, 450_000, 200_600, 450_100)]
    frame = gpd.GeoDataFrame({"NAAM": ["haven", "elders"]}, geometry=water, crs=28992)
    frame.to_crs(4326).to_file(data / "water.kml", driver="LIBKML")
    card = '[source]\nlayer = "water"\npath = "data/water.kml"\nclip = "clusters + 5 km"\nlicence = "CC0"\n'
    card += 'dated = 2026-10-01\nbasis = "drawn"\n[source.columns]\nwater_id = { digest = ["NAAM"], shape = true }\n'
    (cards / "water.toml").write_text(card, encoding="utf-8")
    replace_in(folder / "project.toml", '"water", ', "")
    for name in ("kavels.gpkg", "grens.gpkg", "uitgifte.csv", "contracten.csv"):
        (data / name).unlink()
    result = command("run", folder)
    assert result.exit_code == 0, result.output
    assert "nothing reads data/grens.gml, data/oud.gml" in result.output
    yield folder


def test_it_has_its_hectares(project: Path) -> None:
    plots = gpd.read_file(project.parent / "uit" / "haven.gpkg", layer="kavels")
    assert len(plots) == 12 and plots.geometry.area.sum() == pytest.approx(120_000, abs=1)
    figures = pd.read_csv(project.parent / "uit" / "figures.csv", sep=None, engine="python").astype(str)
    free = figures[figures.isin(["holding"]).any(axis=1) & figures.isin(["free"]).any(axis=1)]
    assert free.apply(lambda row: "11.0" in " ".join(row), axis=1).any(), free.head().to_string()


def test_what_was_left_out_is_counted(project: Path) -> None:
    sources = gpd.read_file(project.parent / "uit" / "haven.gpkg", layer="bronnen").set_index("bron")
    left_out = sources.filter(like="overgeslagen").iloc[:, 0]
    assert left_out["water"] == 1 and left_out["issue_register"] == 1 and left_out["parcels"] == 0


def test_a_file_that_comes_into_the_folder_makes_the_source_another_one(project: Path) -> None:
    assert "parcels" not in command("status", project).output
    shape = shapely.box(100_600, 450_000, 100_640, 450_100)
    more = gpd.GeoDataFrame(
        {"KAVEL": ["P-13"], "TERREIN": "Haven", "CAT": "6", "OPP": 4e3}, geometry=[shape], crs=28992
    )
    write_mif(project / "data" / "kavels" / "oost.mif", more)
    try:
        assert "source_files/parcels" in command("status", project).output
        refused = command("run", project, "--locked")
        assert refused.exit_code == 4 and "source 'parcels'" in refused.output
        checked = [row["fault"] for row in json.loads(command("check", project, "--json").output)]
        assert any("source 'parcels'" in fault and "the lock has" in fault for fault in checked)
    finally:
        for part in (project / "data" / "kavels").glob("oost.*"):
            part.unlink()
    assert command("run", project, "--locked").exit_code == 0
