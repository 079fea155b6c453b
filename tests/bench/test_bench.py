"""The benchmarks run: on a port so small that it costs nothing; what they measure is written down by hand."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pipeline.line import VERBS
from pipeline.runner.stage import RunContext
from pipeline.stages.overlay.engines import reference


def test_the_bench_of_resolve_draws_a_port_and_resolves_it() -> None:
    command = [sys.executable, str(Path(__file__).with_name("resolve.py")), "200", "400"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["contracts", "200", "400"]


def test_the_cost_of_each_stage_is_held_against_what_landed(
    proefpolder: RunContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    ratios = importlib.import_module("ratios")
    assert ratios.yardstick_s() > 0.0
    monkeypatch.setattr(ratios, "LANDED", tmp_path / "landed.csv")
    monkeypatch.setattr(ratios, "yardstick_s", lambda: 2.0)
    given = f"example={proefpolder.store.outputs}"
    ratios.main([given, "--land"])
    assert "DEARER" not in capsys.readouterr().out
    landed = pd.read_csv(tmp_path / "landed.csv")
    assert set(landed["stage"]) == {*VERBS, "all"} and landed["ratio"].max() == landed["ratio"].iloc[-1]
    # A stage that was landed for half of what it costs now is marked, and no other.
    landed.loc[landed["stage"] == "assess", "ratio"] /= 2.0
    landed.to_csv(tmp_path / "landed.csv", index=False)
    ratios.main([given])
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines() if "DEARER" in line] == ["assess"]


def test_a_plain_script_sees_as_many_hectares(proefpolder: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    core = importlib.import_module("core_in_geopandas").core
    outputs, project = proefpolder.store.outputs, proefpolder.project
    wanted = {("holding", "all", "free"), ("verdict", project.publish.lead_profile, "usable")}
    for cluster in project.clusters:
        balance = proefpolder.store.load("balance", cluster, "land_balance")
        first = balance[(balance["year"] == project.years[0]) & (balance["case"] == "earliest")]
        ours = {
            row.heading: row.area_m2 for row in first.itertuples() if (row.measure, row.profile, row.heading) in wanted
        }
        free_ha, usable_ha = core(project.folder, outputs / "work", cluster)
        assert free_ha == pytest.approx(ours.get("free", 0.0) / 1e4, abs=1e-3), cluster
        assert usable_ha == pytest.approx(ours.get("usable", 0.0) / 1e4, abs=1e-3), cluster


def test_the_bench_of_rules_evaluates_a_finished_run(proefpolder: RunContext) -> None:
    where = ("--config", proefpolder.project.folder, "--data", proefpolder.data, "--outputs", proefpolder.store.outputs)
    command = [sys.executable, str(Path(__file__).with_name("rules.py")), "steenbakkerij", *map(str, where)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["cluster", "steenbakkerij"]


def test_the_bench_of_levers_draws_a_small_nation() -> None:
    command = [sys.executable, str(Path(__file__).with_name("levers.py")), "2", "500"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["land", "national", "cluster"]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest land that the generator draws."""
    draw = Path(__file__).parents[3] / "shared" / "tools" / "bench" / "gen.py"
    if not draw.is_file():
        pytest.skip("the generator of the bench does not lie beside the project")
    folder = tmp_path_factory.mktemp("drawn")
    command = [sys.executable, str(draw), "--scale", "XS", "--seed", "5", "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_the_bench_of_the_overlay_agrees_with_the_reference(drawn: Path, tmp_path: Path) -> None:
    """Covered, unique and left over of every parcel, to 1e-9 of it."""
    command = [sys.executable, str(Path(__file__).with_name("overlay.py")), str(drawn), str(tmp_path / "out.gpkg")]
    result = json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.removeprefix("RESULT ")
    )
    assert result["fallbacks"] == 0 and result["parcels"] == 1000
    layers = ("noise", "safety", "building", "housing", "nature", "lease")
    shapes = gpd.read_parquet(drawn / "parcels.parquet").geometry.to_numpy()
    zones = [shapely.union_all(gpd.read_parquet(drawn / f"{name}.parquet").geometry.to_numpy()) for name in layers]
    actual, cut = pd.read_parquet(tmp_path / "out.parquet"), reference(shapes, zones)
    covers = [cut.sets[number] for number in cut.number]
    for layer, name in enumerate(layers):
        for column, mask in (
            (f"a_{name}", [layer in cover for cover in covers]),
            (f"u_{name}", [cover == (layer,) for cover in covers]),
        ):
            expected = np.bincount(cut.owner[mask], weights=cut.area_m2[mask], minlength=len(shapes))
            assert np.abs(actual[column] - expected).max() <= 1e-9 * shapely.area(shapes).max()
    left = gpd.read_file(tmp_path / "out.gpkg").set_index("parcel_id").geometry
    expected = shapely.difference(shapes, shapely.union_all(zones))
    apart = shapely.symmetric_difference(
        left.reindex(range(len(shapes))).fillna(shapely.Polygon()).to_numpy(), expected
    )
    assert shapely.area(apart).max() <= 1e-6


def test_parcels_that_kernels_leave_go_to_the_reference(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same m2 under each layer, and the same remainder, by the reference engine as by kernels."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    from overlay_job import BenchJob, areas, batches

    with ThreadPoolExecutor(1) as pool:
        job = BenchJob(drawn, pool)
    rows = next(batches(drawn / "parcels.parquet", ["geometry"], 140))
    shapes = shapely.from_wkb(rows.column("geometry").to_numpy(zero_copy_only=False))
    chosen = np.arange(0, 140, 7)
    by_kernels = areas(job.pieces(shapes)[0], 140)
    by_reference = areas([job.by_reference(shapes, chosen)], 140)
    for fast, slow in zip(by_kernels, by_reference, strict=True):
        assert np.abs(fast[chosen] - slow[chosen]).max() <= 1e-7


def test_the_bench_on_dask_writes_the_same_bytes(drawn: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("overlay_on_dask.py")), str(drawn), "--rounds", "1"]
    assert "the same bytes" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_bench_of_the_stage_cuts_as_many_holdings_as_wanted(drawn: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("overlay_stage.py")), str(drawn), "2"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["holdings", "2000"]
