"""Harmonise: plots that projects.csv names are held against the map before anything is resolved."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from layers.errors import ConfigRefusal
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.load import read_project
from pipeline.queries.check import check_input
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.stages.harmonise.names import refuse_unknown_plots
from pipeline.storage.store import Store

LAND = shapely.box(100_000, 450_000, 101_000, 451_000)
PLOTS = {
    "IN": shapely.box(100_100, 450_100, 100_200, 450_200),
    "OVER": shapely.box(100_900, 450_000, 101_100, 450_100),  # half of it outside
    "BESIDE": shapely.box(101_000, 450_200, 101_100, 450_300),  # only its edge touches
    "FAR": shapely.box(120_000, 450_000, 120_100, 450_100),
}


def project(key: str, leaves: str = "", near: str = "") -> InvestmentProject:
    given = {"project_id": key, "title": key, "cluster_id": "haven", "profile": "industry", "area_ha": 2, "source": "-"}
    years = {"first_year": 2028, "last_year": 2030}
    return InvestmentProject.model_validate(
        given | years | {"leaves": leaves, "near": near, "near_m": "100" if near else ""}
    )


def refused(*projects: InvestmentProject) -> str:
    drawn = gpd.GeoDataFrame({"parcel_id": list(PLOTS)}, geometry=list(PLOTS.values()), crs=28992)
    land = gpd.GeoDataFrame({"cluster_id": ["haven"]}, geometry=[LAND], crs=28992)
    try:
        refuse_unknown_plots(projects, {"parcels": drawn, "cluster_boundaries": land})
    except ConfigRefusal as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([project("A", leaves="IN, OVER", near="IN")], []),
        ([project("A", leaves="IN"), project("B", near="A")], []),  # near a project
        ([], []),
        ([project("A", leaves="in.")], ["'A' names 'in.', which is no plot and no project (like ['IN'])"]),
        ([project("A", leaves="IN, AWAY")], ["'A' names 'AWAY', which is no plot and no project"]),
        ([project("A", near="FAR")], ["'A' names 'FAR', which has no land in a cluster"]),
        ([project("A", leaves="BESIDE")], ["'A' names 'BESIDE', which has no land in a cluster"]),
        ([project("A", leaves="X1"), project("B", near="X2")], ["'A' names 'X1'", "'B' names 'X2'"]),
        ([project("A", leaves="B"), project("B")], ["'A' names 'B', which is no plot"]),  # a project is no land
        ([project("A", leaves="in")], ["'in', which is no plot"]),  # keys are not rewritten
    ],
)
def test_a_project_names_plots_in_a_cluster_or_projects(rows: list[InvestmentProject], words: list[str]) -> None:
    text = refused(*rows)
    assert bool(text) == bool(words) and all(part in text for part in words)


@pytest.fixture
def misnamed(proefpolder: RunContext, tmp_path: Path) -> RunContext:
    """The finished example, of which one project now leaves a plot that is on no map."""
    subprocess.run(["cp", "-r", f"{proefpolder.store.outputs}/.", str(tmp_path)], check=True)
    first, *rest = proefpolder.project.projects
    changed = dataclasses.replace(
        proefpolder.project, projects=(first.model_copy(update={"leaves": ("WH-9999",)}), *rest)
    )
    return dataclasses.replace(proefpolder, project=changed, store=Store(tmp_path))


def test_a_run_refuses_it_before_it_resolves(misnamed: RunContext) -> None:
    stages = []
    with pytest.raises(ConfigRefusal, match=re.escape("names 'WH-9999', which is no plot")):
        stages += [report.stage for report in run(misnamed, Order(anew_from="resolve"))]
    assert "resolve" not in stages


def test_check_has_a_row_for_it(misnamed: RunContext) -> None:
    rows = {row["source"]: row for row in check_input(misnamed)}
    assert rows["projects.csv"]["state"] == "refused" and "WH-9999" in rows["projects.csv"]["said"]
    assert rows["overrides.csv"]["state"] == "warning" and "XX-0001" in rows["overrides.csv"]["said"]
    assert rows["parcels"]["state"] == "good"


def test_check_does_not_blame_projects_for_plots_of_a_file_that_was_refused(
    proefpolder: RunContext, tmp_path: Path
) -> None:
    shutil.copytree(proefpolder.project.folder.parent, tmp_path / "config", ignore=shutil.ignore_patterns("outputs"))
    folder = tmp_path / "config" / proefpolder.project.folder.name
    card = (folder / "sources" / "parcels.toml").read_text(encoding="utf-8")
    # A second file of plots, of which no column is where its card says.
    second = re.sub(r"(?m)^parcel_id .*$", 'parcel_id = "NO"', card)
    (folder / "sources" / "parcels_2.toml").write_text(second, encoding="utf-8")
    for source in ("overrides.csv", "projects.csv"):
        (folder / source).write_text((folder / source).read_text(encoding="utf-8").replace("WH-04", "ELSEWHERE-04"))
    context = dataclasses.replace(proefpolder, project=read_project(folder), data=folder)
    rows = {row["source"]: row["state"] for row in check_input(context)}
    assert rows["parcels"] == "good" and rows["parcels_2"] == "refused"
    assert not {"projects.csv", "overrides.csv"} & rows.keys()


def test_check_compares_the_lock_with_a_warning(proefpolder: RunContext, tmp_path: Path) -> None:
    """The example has a correction about no plot, which is no reason to pass the lock by."""
    shutil.copytree(proefpolder.project.folder.parent, tmp_path / "config", ignore=shutil.ignore_patterns("outputs"))
    folder = tmp_path / "config" / proefpolder.project.folder.name
    with (folder / "data" / "gemeenten.csv").open("ab") as file:
        file.write(b"\n")
    rows = check_input(dataclasses.replace(proefpolder, project=read_project(folder), data=folder))
    assert [row["state"] for row in rows if row["source"] in ("overrides.csv", "sources.lock")] == [
        "warning",
        "differs",
    ]
