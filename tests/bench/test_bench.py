"""The benchmarks run: on a port so small that it costs nothing; what they measure is told by hand."""

from __future__ import annotations

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

from pipeline.kernels import wkb
from pipeline.kernels.cut import FREE
from pipeline.runner.stage import Context
from pipeline.stages.overlay import fast
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


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest land that the generator draws."""
    draw = Path(__file__).parents[3] / "shared" / "tools" / "bench" / "gen.py"
    if not draw.is_file():
        pytest.skip("the generator of the bench does not lie beside the project")
    folder = tmp_path_factory.mktemp("drawn")
    subprocess.run([sys.executable, str(draw), "--scale", "XS", "--seed", "5", "--out", str(folder)], check=True, capture_output=True)  # fmt: skip
    return folder


def test_the_bench_of_the_overlay_agrees_with_the_reference(drawn: Path, tmp_path: Path) -> None:
    """Covered, unique and left over of every parcel, to 1e-9 of it."""
    command = [sys.executable, str(Path(__file__).with_name("overlay.py")), str(drawn), str(tmp_path / "out.gpkg")]
    told = json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.removeprefix("RESULT ")
    )
    assert told["odd"] == 0 and told["parcels"] == 1000
    layers = ("noise", "safety", "building", "housing", "nature", "lease")
    shapes = gpd.read_parquet(drawn / "parcels.parquet").geometry.to_numpy()
    blades = [shapely.union_all(gpd.read_parquet(drawn / f"{name}.parquet").geometry.to_numpy()) for name in layers]
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


def test_parcels_that_are_odd_go_to_the_reference(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every seventh parcel called odd: the same sums and remainders as by kernels."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    from overlay_job import Job, remainders, sums
    from overlay_odd import by_reference
    from overlay_read import LAYERS, bytes_of, runs

    with ThreadPoolExecutor(1) as pool:
        job = Job(drawn, pool)
    rows = next(runs(drawn / "parcels.parquet", ["parcel_id", "geometry"], 1000))
    source = bytes_of(rows.column("geometry"))
    cuts = fast.cut_range(fast.land(wkb.polygons(*source), len(rows)), job.knives, job.blocks, FREE)
    left = remainders(source, cuts, len(rows))
    found, shapes = by_reference(drawn, LAYERS, rows, np.arange(0, len(rows), 7), (sums(cuts, len(rows), 6), left))
    for ours, theirs in zip(sums(cuts, len(rows), 6), found, strict=True):
        assert np.abs(ours - theirs).max() <= 1e-7 and (ours[1::7] == theirs[1::7]).all()
    one, two = (shapely.from_wkb(some.fill_null(shapely.to_wkb(shapely.Polygon()))) for some in (left, shapes))
    assert shapely.area(shapely.symmetric_difference(one, two)).max() <= 1e-6


def test_the_bench_spills_and_halves_without_changing_a_bit(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contours in a file, and windows of the raster for a handful of parcels at a time."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import overlay_job
    import overlay_read

    rows = next(overlay_read.runs(drawn / "parcels.parquet", ["parcel_id", "code", "geometry"], 1000))
    with ThreadPoolExecutor(2) as pool:
        plain = overlay_job.Job(drawn, pool).work(rows)
        monkeypatch.setattr(overlay_job, "HELD_BYTES", 1000)
        monkeypatch.setattr(overlay_job, "MOST_CELLS", 3000)
        monkeypatch.setattr(overlay_read, "WHOLE_CELLS", 0)
        monkeypatch.setattr(overlay_read, "PART_BYTES", 100_000)
        spilled = overlay_job.Job(drawn, pool)
        assert len(spilled.held.files) == 2 and spilled.work(rows).equals(plain)
        few = rows.slice(300, 40)
        assert spilled.work(few).equals(plain.slice(300, 40))


def test_the_bench_on_dask_writes_the_same_bytes(drawn: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("overlay_on_dask.py")), str(drawn), "--rounds", "1"]
    assert "the same bytes" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_bench_of_the_stage_cuts_as_many_holdings_as_asked(drawn: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("overlay_stage.py")), str(drawn), "2"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["holdings", "2000"]
