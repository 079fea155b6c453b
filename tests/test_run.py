"""Run: what is fresh is left alone, what changed runs and no more, and the same input gives the same bytes."""

from __future__ import annotations

import dataclasses
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn_haven import draw_project

from layers.derived.combinations import LAYER as COMBINATIONS
from layers.errors import ConfigRefusal, ContractRefusal
from pipeline.kernels import numba_cache as kernels
from pipeline.kernels.warm_up import begun
from pipeline.line import LINE
from pipeline.project.load import Project, read_project
from pipeline.runner import common, cost
from pipeline.runner.inputs import load, origins
from pipeline.runner.run import Order, plan, run
from pipeline.runner.stage import RunContext
from pipeline.stages.overlay import compilation, pieces, ranges
from pipeline.storage import parquet_stream as parts
from pipeline.storage.delivered_files import DeliveredFiles
from pipeline.storage.store import Store

LEASE_OF_MILL = b"C00835;PF-0013;;ondererfpacht;De Kaap Energie 835 B.V.;01-04-1988;01-04-2027"
FILES = ("figures.csv", "haven.gpkg", "report.html")


def ran(context: RunContext, order: Order | None = None) -> set[str]:
    return {report.stage for report in run(context, order or Order()) if report.reasons} - {"acquire"}


@pytest.fixture
def copy(proefpolder: RunContext, tmp_path: Path) -> RunContext:
    """The finished example in a folder that may be changed."""
    subprocess.run(["cp", "-r", f"{proefpolder.store.outputs}/.", str(tmp_path)], check=True)
    return dataclasses.replace(proefpolder, store=Store(tmp_path))


def test_running_twice_is_running_once(copy: RunContext) -> None:
    assert ran(copy) == set()


@pytest.mark.parametrize(("jobs", "engine", "times"), [(2, "fast", 1), (2, "reference", 0), (1, "fast", 0)])
def test_one_process_compiles_for_all(
    jobs: int, engine: str, times: int, copy: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing was compiled yet, and units go side by side."""
    begun()  # so that the process that compiles beside this one is started only where nothing is stored
    monkeypatch.setattr(kernels, "are_compiled", lambda: False)
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", lambda *_, **__: ThreadPoolExecutor(1))
    cut = list[Any]()
    monkeypatch.setattr(compilation, "overlay_part", lambda *given: cut.append(given))
    list(run(dataclasses.replace(copy, engine=engine), Order(jobs=jobs, anew_from="overlay", up_to="overlay")))
    assert len(cut) == times


COMPILED = """
import sys
import numpy as np
import pandas as pd
import shapely
from drawn_land import configuration
from squared_paper import holdings, overlay_incremental, zones
from pipeline.kernels import numba_cache
from pipeline.kernels.warm_up import begun
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.rules import ShapeConfig
from pipeline.stages.balance.group_sums import group_sums
from pipeline.stages.overlay.compilation import compile_kernels

SHAPE = ShapeConfig(touch_m=1.0, shared_edge_m=5.0, quay_reach_m=20.0, basis="drawn")

def known():
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("pipeline")]
    kernels = [value for module in modules for value in vars(module).values() if hasattr(value, "py_func")]
    return {(kernel.py_func.__qualname__, str(given)) for kernel in kernels for given in kernel.signatures}

begun()  # another process compiles only where nothing is stored
numba_cache.are_compiled = lambda: False
compile_kernels("fast")
before = known()
scattered = shapely.multipolygons([shapely.box(at, 0, at + 5, 9) for at in range(0, 3000, 10)])
for seed in range(12):
    shapes, blades = configuration(seed)
    land, over = ({f"{n}": one for n, one in enumerate(those)} for those in (shapes, [*blades, scattered]))
    overlay_incremental(holdings(**land), zones(**over), "fast", None)
# What later stages ask of land, and of columns.
areas = ContiguousAreas(np.array([shapely.box(x, 0, x + 9, 9) for x in range(0, 27, 9)]), np.full(3, 81.0), SHAPE)
areas.groups(np.arange(3)), areas.groups(np.arange(2), np.array([False, False, True]))
group_sums({"plot": pd.Series(["a", "b", None])}, m2=np.ones(3)), group_sums({"plot": np.arange(0)}, m2=np.arange(0))
print(len(before), sorted(known() - before))
"""


def test_what_is_made_ready_is_all_that_is_compiled() -> None:
    """In a process of its own: land of all kinds asks for no kernel that the squares did not."""
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    command, environment = [sys.executable, "-c", COMPILED], {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    words = done.stdout.split(maxsplit=1)
    assert int(words[0]) > 5 and words[1].strip() == "[]"


def overlaid(context: RunContext) -> dict[str, bytes]:
    """The bytes of what the overlay wrote of the largest cluster."""
    folder = context.store.outputs / "work" / "overlay" / "westhaven"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def test_a_cut_that_is_interrupted_goes_on_after_its_last_whole_range(
    proefpolder: RunContext, copy: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts of 200 holdings and ranges of 64; the same bytes, and nothing of the ranges stays behind."""
    monkeypatch.setattr(ranges, "RANGE_SHAPES", 64)
    monkeypatch.setattr(parts, "PART_ROWS", 200)
    whole = copy.store.outputs / "work" / "overlay" / "westhaven"
    shutil.rmtree(whole)
    seen: list[int] = []

    def stop(_: str, done: int, rows: int) -> None:
        assert rows == 957
        seen.append(done)
        if len(seen) == 6:
            raise KeyboardInterrupt

    order = Order(clusters=("westhaven",), up_to="overlay")
    with pytest.raises(KeyboardInterrupt):
        list(run(dataclasses.replace(copy, on_progress=stop), order))
    stored, before = len(list(whole.rglob("0*.npz"))), len(seen)  # a part that had begun beside it was cut too
    assert stored >= 6 and not list(whole.glob("*.parquet"))
    cut, counted = ranges.cut_range, []
    monkeypatch.setattr(ranges, "cut_range", lambda *given: (counted.append(1), cut(*given))[1])
    list(run(dataclasses.replace(copy, on_progress=stop, threads=8), order))  # parts stay as they were
    assert seen[-1] == 957 and len(counted) == len(seen) - before - stored and not (whole / "ranges").exists()
    assert overlaid(copy) == overlaid(proefpolder)


ANEW = Order(clusters=("westhaven",), anew_from="overlay", up_to="overlay")


@pytest.mark.parametrize("rows", [60, 300])
def test_land_in_parts_of_any_size_gives_the_same_bytes(
    rows: int, proefpolder: RunContext, copy: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut anew, and cut again with what is there; the same counts, and reported up to the last holding."""
    monkeypatch.setattr(parts, "PART_ROWS", rows)
    expected, reported = proefpolder.store.receipt("overlay", "westhaven"), list[int]()
    assert expected is not None
    for cut in (0, 957):
        following = dataclasses.replace(copy, on_progress=lambda _, done, rows: reported.append(done))
        counts = [report.counts for report in run(following, ANEW) if report.stage == "overlay"]
        assert counts[0] == expected.counts | {"cut": [cut, None]} and overlaid(copy) == overlaid(proefpolder)
        assert reported == sorted(reported) and reported[-1] == 957
        reported.clear()
        shutil.rmtree(copy.store.outputs / "work" / "overlay" / "westhaven")


def test_holdings_that_come_and_go_between_parts_give_the_bytes_of_a_full_run(
    proefpolder: RunContext, copy: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was cut before knows holdings that no longer are (under other names), and not some that are there."""
    monkeypatch.setattr(parts, "PART_ROWS", 60)
    home, signed = copy.store, copy.store.receipt("overlay", "westhaven")
    assert signed is not None
    for name, key in (("pieces", "piece_id"), ("holding_fingerprints", "holding_id")):
        table = home.load("overlay", "westhaven", name)
        number = table["holding_id"].rank(method="dense").astype(int)
        renamed = number.between(100, 299)
        table.loc[renamed, "holding_id"] = "!" + table.loc[renamed, "holding_id"]
        if key != "holding_id":
            table.loc[renamed, key] = "!" + table.loc[renamed, key]
        signed.outputs[name] = home.save("overlay", "westhaven", name, table.sort_values(key, ignore_index=True))
    home.sign(signed)
    counts = [report.counts for report in run(copy, ANEW) if report.stage == "overlay"]
    assert counts[0]["cut"] == [200, None] and overlaid(copy) == overlaid(proefpolder)


def test_two_sets_of_zones_under_one_key_are_refused(copy: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest is not proof: what it names twice is not called the same."""
    monkeypatch.setattr(pieces, "combination_id", lambda zones: f"{len(zones) % 7:012}")
    shutil.rmtree(copy.store.outputs / "work" / "overlay" / "westhaven")
    with pytest.raises(ContractRefusal, match="not unique"):
        list(run(copy, ANEW))


@pytest.mark.parametrize(("other", "is_one"), [("z1", True), ("z2", False)])
def test_clusters_share_a_set_of_zones_and_no_two_under_one_key(
    other: str, is_one: bool, proefpolder: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {"a": {"combination_id": ["0" * 12], "zones": ["z1"]}, "b": {"combination_id": ["0" * 12], "zones": [other]}}
    sets = {name: COMBINATIONS.conform(pd.DataFrame(row)) for name, row in rows.items()}
    monkeypatch.setattr(Store, "load_together", lambda _, __, read: pd.concat([sets[unit] for _, unit in read]))
    read = [("overlay", name, "combinations") for name in sets]
    if is_one:
        assert load(proefpolder.store, read, "combinations").equals(sets["a"])
        return
    with pytest.raises(ContractRefusal, match="not unique"):
        load(proefpolder.store, read, "combinations")


def test_a_run_that_cannot_write_leaves_no_half_table_and_nothing_that_goes_on(
    copy: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 60)
    monkeypatch.setattr(ranges, "RANGE_SHAPES", 8)
    folder, before = copy.store.outputs / "work" / "overlay" / "westhaven", overlaid(copy)
    monkeypatch.setattr(Store, "receipt", lambda *_: None)  # all is cut anew
    calls = list[int]()

    def full(*_: object) -> None:
        calls.append(1)
        if len(calls) > 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(parts.TableWriter, "_put", full)
    monkeypatch.setattr(parts, "GROUP_ROWS", 1)
    with pytest.raises(OSError, match="No space"):
        list(run(copy, ANEW))
    assert not [thread.name for thread in threading.enumerate() if "ThreadPool" in thread.name]
    assert overlaid(copy) == before and not list(folder.glob(".*"))


def test_rows_out_of_order_are_refused(copy: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are cut and put together by the order of keys: a stored table that has another one is not used."""
    monkeypatch.setattr(parts, "PART_ROWS", 200)
    reading = Store.parts
    monkeypatch.setattr(Store, "parts", lambda *which: reversed(list(reading(*which))))
    with pytest.raises(ContractRefusal, match="in order of their key"):
        list(run(copy, ANEW))


def test_a_table_damaged_while_it_is_read_is_refused_in_words(copy: RunContext) -> None:
    path = copy.store.place("resolve", "westhaven", "holding_shapes")
    raw = bytearray(path.read_bytes())
    raw[200:2000] = bytes(1800)
    path.write_bytes(raw)
    with pytest.raises(ConfigRefusal, match="damaged"):
        list(copy.store.parts("resolve", "westhaven", "holding_shapes"))


def test_ranges_that_nobody_asks_any_more_are_cleared(copy: RunContext) -> None:
    """Of a run that was killed, after which its change was taken back."""
    copy.store.ranges("overlay", "westhaven").put("of another cut", 3, {"x": np.zeros(1)})
    assert ran(copy) == set() and not copy.store.ranges("overlay", "westhaven").folder.exists()


def test_a_profile_that_changes_cuts_nothing_anew(copy: RunContext) -> None:
    profiles = dict(copy.project.profiles)
    profiles["electrolyser"] = profiles["electrolyser"].model_copy(update={"least_area_ha": 5.0})
    changed = dataclasses.replace(copy, project=dataclasses.replace(copy.project, profiles=profiles))
    assert {report.stage for report in plan(changed, Order()) if report.reasons} == {
        "assess",
        "assemble",
        "balance",
        "publish",
    }
    assert ran(changed, Order(up_to="assess")) == {"assess"}


def _another_profile(project: Project) -> Project:
    profiles = dict(project.profiles)
    profiles["electrolyser"] = profiles["electrolyser"].model_copy(update={"category": "4.2", "noise_dba_m2": 64.0})
    return dataclasses.replace(project, profiles=profiles)


def _another_effect(project: Project) -> Project:
    effects = [
        effect.model_copy(update={"effect": "attention"}) if effect.constraint == "archaeology" else effect
        for effect in project.effects
    ]
    return dataclasses.replace(project, effects=tuple(effects))


def _another_norm(project: Project) -> Project:
    distances = project.assess.category_distances
    nearer = distances.model_copy(update={"quiet": {**distances.quiet, "4.2": 200.0}})
    return dataclasses.replace(project, assess=project.assess.model_copy(update={"category_distances": nearer}))


def _another_horizon(project: Project) -> Project:
    return dataclasses.replace(project, card=project.card.model_copy(update={"horizons": (2035, 2050)}))


def _another_threshold(project: Project) -> Project:
    noise = project.measure.noise
    louder = noise.model_copy(update={"threshold": noise.threshold.model_copy(update={"level": 55.0})})
    return dataclasses.replace(project, measure=project.measure.model_copy(update={"noise": louder}))


def _another_air_norm(project: Project) -> Project:
    air = project.measure.air
    stricter = air.model_copy(update={"no2": air.no2.model_copy(update={"who_advice": 8.0})})
    return dataclasses.replace(project, measure=project.measure.model_copy(update={"air": stricter}))


@pytest.mark.parametrize(
    "change",
    [_another_profile, _another_effect, _another_norm, _another_horizon, _another_threshold, _another_air_norm],
)
def test_what_moves_no_geometry_cuts_nothing_anew(copy: RunContext, change: Callable[[Project], Project]) -> None:
    changed = dataclasses.replace(copy, project=change(copy.project))
    stale = {report.stage for report in plan(changed, Order()) if report.reasons}
    assert stale and not stale & {"harmonise", "resolve", "constrain", "overlay"}


def test_other_words_about_a_rule_cut_nothing_anew(copy: RunContext) -> None:
    card = copy.project.constrain
    reworded = tuple(
        rule.model_copy(update={"source": "een ander handboek", "certainty": "U"}) for rule in card.constraint
    )
    changed = dataclasses.replace(
        copy, project=dataclasses.replace(copy.project, constrain=card.model_copy(update={"constraint": reworded}))
    )
    assert ran(changed, Order(up_to="assess")) == {"constrain", "assess"}


def test_a_rerun_that_makes_the_same_table_stops_there(copy: RunContext) -> None:
    done = [report for report in run(copy, Order(anew_from="constrain", up_to="constrain")) if report.reasons]
    assert {report.stage for report in done} == {"acquire", "constrain"} and ran(copy) == set()


def test_a_contract_draws_up_the_balance_of_its_own_cluster_and_of_the_sum(
    copy: RunContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("data of today")
    shutil.copytree(copy.data / "data", data / "data")
    register = data / "data" / "contracten.csv"
    # A lease at the paper mill runs a year longer.
    content = register.read_bytes()
    assert content.count(LEASE_OF_MILL) == 1
    register.write_bytes(content.replace(LEASE_OF_MILL, LEASE_OF_MILL.replace(b"01-04-2027", b"01-04-2028")))
    changed = dataclasses.replace(copy, data=data)
    done = {(report.stage, report.unit) for report in run(changed, Order(up_to="balance")) if report.reasons}
    assert {unit for stage, unit in done if stage == "resolve"} == set(copy.project.clusters)
    for stage in ("measure", "assess", "assemble"):
        assert {unit for name, unit in done if name == stage} <= {"papierfabriek"}
    assert {unit for stage, unit in done if stage == "balance"} == {"papierfabriek", "nederland"}


@pytest.mark.parametrize("stage", ["resolve", "constrain", "measure", "assess", "assemble", "balance"])
def test_what_units_have_in_common_is_loaded_once_and_left_as_it_was(
    stage: str, copy: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = copy.store.outputs / "work" / stage
    bytes_before = {path.relative_to(before): path.read_bytes() for path in before.rglob("*.parquet")}
    loads: list[str] = []

    def loading(store: Any, parts: Any, name: str, **options: Any) -> Any:
        loads.append(name)
        return load(store, parts, name, **options)

    monkeypatch.setattr(common, "load", loading)
    list(run(copy, Order(("steenbakkerij", "zuivelfabriek"), stage, stage)))
    assert loads and len(loads) == len(set(loads))
    (held,) = common._held.values()
    parts = origins(LINE, next(entry for entry in LINE if entry.name == stage), copy.project, "zuivelfabriek")
    for name, table in held.tables.items():
        fresh = load(copy.store, parts[name], name)
        is_table = isinstance(table, pd.DataFrame)
        assert table.equals(fresh) if is_table else np.array_equal(table.levels, fresh.levels, equal_nan=True), name
    assert {path.relative_to(before): path.read_bytes() for path in before.rglob("*.parquet")} == bytes_before


def test_a_cost_has_the_seconds_the_bytes_and_the_peak_of_what_was_done(tmp_path: Path) -> None:
    def spent(megabytes: int) -> cost.Cost:
        first = cost.begin()
        (tmp_path / "made").write_bytes(np.random.default_rng(0).bytes(megabytes * 10**6))
        (tmp_path / "made").read_bytes()
        return cost.since(first)

    large, small = spent(200), spent(2)
    assert min(large["cpu_s"], large["wall_s"]) > 0.0
    if sys.platform == "linux":
        for name in ("read_bytes", "written_bytes"):
            assert 200e6 <= large[name] < 202e6 and 2e6 <= small[name] < 4e6
        assert large["peak_bytes"] > 200e6
        # It begins anew, where the system lets it.
        if os.access(cost.PROCESS / "clear_refs", os.W_OK):
            assert large["peak_bytes"] - small["peak_bytes"] > 100e6


def test_a_receipt_has_the_cost_and_a_later_run_gives_it(copy: RunContext) -> None:
    (again,) = [report for report in run(copy, Order(("westhaven",), "assess", "assess")) if report.stage == "assess"]
    (later,) = [report for report in run(copy, Order(("westhaven",), None, "assess")) if report.stage == "assess"]
    assert again.reasons and not later.reasons
    assert again.cost["cpu_s"] and (later.cost, later.counts) == (again.cost, again.counts)


def test_a_lost_result_is_made_again(copy: RunContext) -> None:
    (copy.store.outputs / "westhaven.gpkg").unlink()
    assert ran(copy) == {"publish"} and (copy.store.outputs / "westhaven.gpkg").exists()


def test_a_damaged_table_is_made_again(copy: RunContext) -> None:
    copy.store.place("overlay", "westhaven", "pieces").write_bytes(b"half")
    assert "overlay" in ran(copy)


def test_two_runs_in_one_folder_do_not_meet(copy: RunContext) -> None:
    with copy.store.alone(), pytest.raises(ConfigRefusal, match="another run at work"):
        ran(copy)


def test_a_project_goes_to_other_processes_as_it_is() -> None:
    project = read_project(Path(__file__).parents[1] / "config" / "proefpolder")
    assert pickle.loads(pickle.dumps(project)) == project


def start_and_kill(context: RunContext, outputs: Path, when: Callable[[], bool], *words: str) -> None:
    """Start the line in a process of its own, and kill it without warning at a moment."""
    command = [sys.executable, "-m", "pipeline.cli.main", "run", "--config", str(context.project.folder)]
    command += ["--outputs", str(outputs), "--jobs", "2", "-q", *words]
    process = subprocess.Popen(command, start_new_session=True)
    while process.poll() is None and not when():
        time.sleep(0.005)
    assert process.poll() is None, "it was over before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


SMALL = ("steenbakkerij", "papierfabriek")
MOMENTS = ("overlay/papierfabriek/pieces.parquet", "assemble/steenbakkerij/sites.parquet")  # cutting, and assembling


def test_a_run_that_was_killed_goes_on_and_gives_the_same_bytes_in_another_folder(
    proefpolder: RunContext, tmp_path: Path
) -> None:
    """Two clusters in two processes, killed between stages twice."""
    for table in MOMENTS:
        clusters = [word for name in SMALL for word in ("--cluster", name)]
        start_and_kill(proefpolder, tmp_path, (tmp_path / "work" / table).exists, *clusters)
    list(run(dataclasses.replace(proefpolder, store=Store(tmp_path)), Order(SMALL, jobs=2)))
    for name in SMALL:
        file = f"{name}.gpkg"
        assert (tmp_path / file).read_bytes() == (proefpolder.store.outputs / file).read_bytes(), name


def test_a_run_killed_while_publishing_leaves_whole_files_and_the_next_writes_the_same(tmp_path: Path) -> None:
    """And neither litter nor a picture of an earlier run stays behind."""
    folder, outputs = draw_project(tmp_path / "project"), tmp_path / "outputs"
    context = RunContext(read_project(folder), folder, Store(outputs), line=LINE)
    assert "publish" in ran(context)
    pictures = {path.name: path.read_bytes() for path in (outputs / "figures").iterdir()}
    before = {path: path.read_bytes() for path in (outputs / name for name in FILES)}
    for receipt in (outputs / "receipts" / "publish").glob("*.json"):
        receipt.unlink()
    start_and_kill(context, outputs, lambda: any(any(folder.iterdir()) for folder in outputs.glob(".bouw-*")))
    assert list(outputs.glob(".bouw-*")) and {path: path.read_bytes() for path in before} == before
    shutil.rmtree(outputs / "figures")
    (outputs / "figures").mkdir()
    DeliveredFiles(outputs, "haven").add("figures/haven-eerder.svg")
    (outputs / "figures" / "haven-eerder.svg").write_text("of a run that drew more")
    ran(context)
    assert not list(outputs.glob(".bouw-*")) and {path: path.read_bytes() for path in before} == before
    assert {path.name: path.read_bytes() for path in (outputs / "figures").iterdir()} == pictures
