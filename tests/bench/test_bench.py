"""The benchmarks run: on a port so small that it costs nothing; what they measure is told by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pipeline.stage import Context
from pipeline.stages.overlay.engines import reference


def test_the_bench_of_resolve_draws_a_port_and_resolves_it() -> None:
    command = [sys.executable, str(Path(__file__).with_name("resolve.py")), "200", "400"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["contracts", "200", "400"]


def test_the_bench_of_rules_evaluates_a_finished_run(proefpolder: Context) -> None:
    where = ("--config", proefpolder.project.folder, "--data", proefpolder.data, "--outputs", proefpolder.store.outputs)
    command = [sys.executable, str(Path(__file__).with_name("rules.py")), "steenbakkerij", *map(str, where)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["cluster", "steenbakkerij"]


def test_the_bench_of_levers_draws_a_small_nation() -> None:
    command = [sys.executable, str(Path(__file__).with_name("levers.py")), "2", "500"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["land", "national", "cluster"]


def test_the_bench_of_the_overlay_agrees_with_the_reference(tmp_path: Path) -> None:
    """On the smallest land that the generator draws: covered, unique and left over of every parcel, to 1e-9 of it."""
    draw = Path(__file__).parents[3] / "shared" / "tools" / "bench" / "gen.py"
    if not draw.is_file():
        pytest.skip("the generator of the bench does not lie beside the project")
    subprocess.run([sys.executable, str(draw), "--scale", "XS", "--seed", "5", "--out", str(tmp_path)], check=True, capture_output=True)  # fmt: skip
    command = [sys.executable, str(Path(__file__).with_name("overlay.py")), str(tmp_path), str(tmp_path / "out.gpkg")]
    told = json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.removeprefix("RESULT ")
    )
    assert told["odd"] == 0
    layers = ("noise", "safety", "building", "housing", "nature", "lease")
    shapes = gpd.read_parquet(tmp_path / "parcels.parquet").geometry.to_numpy()
    blades = [shapely.union_all(gpd.read_parquet(tmp_path / f"{name}.parquet").geometry.to_numpy()) for name in layers]
    found, cut = pd.read_parquet(tmp_path / "out.parquet"), reference(shapes, blades)
    covers = [cut.sets[number] for number in cut.number]
    for at, name in enumerate(layers):
        for column, asked in (
            (f"a_{name}", [at in cover for cover in covers]),
            (f"u_{name}", [cover == (at,) for cover in covers]),
        ):
            expected = np.bincount(cut.owner[asked], weights=cut.area_m2[asked], minlength=len(shapes))
            assert np.abs(found[column] - expected).max() <= 1e-9 * shapely.area(shapes).max()
    left = gpd.read_file(tmp_path / "out.gpkg").set_index("parcel_id").geometry
    expected = shapely.difference(shapes, shapely.union_all(blades))
    apart = shapely.symmetric_difference(
        left.reindex(range(len(shapes))).fillna(shapely.Polygon()).to_numpy(), expected
    )
    assert shapely.area(apart).max() <= 1e-6
