"""Workers of a Dask cluster: they cut the same land to the same bits, go on when one is lost, and are refused in words
where they cannot.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from time import sleep
from typing import Any

import pytest
import shapely
from squared_paper import holdings, overlay, overlay_incremental, square, zones

from layers.errors import ConfigRefusal
from pipeline.kernels.cut import Cuts
from pipeline.runner import workers as runner_workers
from pipeline.runner.freshness import Evidence, expected_receipt
from pipeline.runner.remote_units import remote_results
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.runner.task import Task
from pipeline.runner.workers import RemoteResult, Workers, check_versions, connected
from pipeline.stages.overlay import ranges, remote_ranges
from pipeline.stages.overlay.execution import ExecutionContext, done
from pipeline.stages.overlay.incremental import PreviousResult
from pipeline.storage.checksums import checksum
from pipeline.storage.parquet_stream import between
from pipeline.storage.store import Store
from tools.same_outputs import main as compare

distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

LAND = holdings(**{f"h{n:03}": square(n % 20, n // 20) for n in range(400)})
SMALL = "steenbakkerij"  # a cluster of the example that costs little
CLUSTER_STAGES = ("resolve", "constrain", "measure", "assess", "assemble", "balance", "publish")
OVER = zones(a=square(0.5, 0.5, 9, 7), b=square(2.2, -1, 0.5, 32), c=square(-1, 3.3, 32, 2))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers, each a process of one thread, on this machine alone."""
    options = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(**options) as local:
        yield local


class FakeClient:
    """A client whose workers answer so."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def run(self, *_: Any, **__: Any) -> dict[str, Any]:
        return self.answers


def written(folder: Path) -> tuple[remote_ranges.SharedTable, remote_ranges.SharedTable]:
    tables = []
    for name, frame in (("holdings", LAND), ("zones", OVER)):
        path = folder / f"{name}.parquet"
        frame.to_parquet(path)
        tables.append(remote_ranges.SharedTable(path, sha256(path.read_bytes()).hexdigest()))
    return tables[0], tables[1]


def content(pieces: Any) -> list[Any]:
    return [*pieces.drop(columns="geometry").itertuples(index=False, name=None), *shapely.to_wkb(pieces.geometry)]


def context_over(
    workers: Workers, tables: tuple[remote_ranges.SharedTable, remote_ranges.SharedTable]
) -> ExecutionContext:
    return ExecutionContext(workers, ahead=5, remote=lambda *which: remote_ranges.cutter(tables, *which))


def test_a_run_on_a_cluster_writes_the_same_bytes(cluster: Any, proefpolder: RunContext, tmp_path: Path) -> None:
    """All stages of one cluster of the example, of which nothing was done before, and the cutting of all land."""
    outputs = proefpolder.store.outputs
    shutil.copytree(outputs, tmp_path, dirs_exist_ok=True)
    (tmp_path / f"{SMALL}.gpkg").unlink()
    for stage in ("overlay", *CLUSTER_STAGES):
        shutil.rmtree(tmp_path / "work" / stage / (SMALL if stage != "overlay" else ""))
    context = replace(proefpolder, store=Store(tmp_path), scheduler=cluster.scheduler_address)
    reports = list(run(context, Order(up_to="overlay"))) + list(run(context, Order(clusters=(SMALL,))))
    assert {report.stage for report in reports if report.reasons} == {"acquire", "overlay", *CLUSTER_STAGES}
    assert all(report.cost["cpu_s"] > 0.0 for report in reports if report.stage in CLUSTER_STAGES)
    files = [*outputs.glob("work/overlay/*/*.parquet"), *outputs.glob(f"work/*/{SMALL}/*.parquet")]
    files += outputs.glob(f"figures/{SMALL}-*")
    assert len(files) >= 60
    for path in files:
        assert (tmp_path / path.relative_to(outputs)).read_bytes() == path.read_bytes(), path
    assert compare(outputs, tmp_path) == 0


def test_a_unit_is_refused_where_a_worker_reads_something_else(
    cluster: Any, proefpolder: RunContext, tmp_path: Path
) -> None:
    """A folder of results that is another one on the worker, and a card of another value."""
    stage = next(stage for stage in proefpolder.line if stage.name == "balance")
    task = Task(stage, expected_receipt(Evidence(proefpolder), stage, SMALL), ["changed"])
    empty = replace(proefpolder, store=Store(tmp_path))
    richer = replace(task, receipt=replace(task.receipt, config={**task.receipt.config, "years": [2026]}))
    with connected(cluster.scheduler_address, remote_ranges.version) as workers:
        for context, given, words in ((empty, task, "input '"), (proefpolder, richer, "years")):
            refusal = rf"balance of {SMALL} from something else: .*{words}"
            with remote_results(workers, context, [given]) as (result,), pytest.raises(ConfigRefusal, match=refusal):
                result()


def test_a_worker_that_is_killed_costs_its_unit_and_not_the_run(proefpolder: RunContext, tmp_path: Path) -> None:
    """Of two workers one is killed while both are at a unit."""
    outputs, names = proefpolder.store.outputs, list(proefpolder.project.clusters)
    shutil.copytree(outputs, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "receipts" / "resolve")
    options = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    killed: list[int] = []
    with distributed.LocalCluster(**options) as local:
        with distributed.Client(local.scheduler_address, set_as_default=False) as client:
            place, pid = sorted(client.run(os.getpid).items())[0]

        def kill_at_work() -> None:
            while not local.scheduler.workers[place].processing:
                sleep(0.01)
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)

        context = replace(proefpolder, store=Store(tmp_path), scheduler=local.scheduler_address)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(kill_at_work)
            reports = [report for report in run(context, Order(up_to="resolve")) if report.stage == "resolve"]
    assert killed == [pid]
    assert [report.unit for report in reports if report.reasons] == names
    for path in outputs.glob("work/resolve/*/*.parquet"):
        assert (tmp_path / path.relative_to(outputs)).read_bytes() == path.read_bytes(), path


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.4:8786", "10.0.0.4:8786", "ws://scheduler.example:80", "tcp://[fe80::1]:1"]
)
def test_a_scheduler_on_another_machine_must_speak_tls(address: str) -> None:
    with pytest.raises(ConfigRefusal, match="without TLS"), connected(address, remote_ranges.version):
        pass


def test_a_worker_that_is_killed_costs_its_ranges_and_not_the_run(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "RANGE_SHAPES", 4)
    killed: list[int] = []
    with connected(cluster.scheduler_address, remote_ranges.version) as workers:
        pids = sorted(workers.client.run(os.getpid).values())

        def kill(done: int, ranges: int) -> None:
            if done == 10 and ranges == 128:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        cut = overlay_incremental(
            LAND, OVER, "fast", None, replace(context_over(workers, written(tmp_path)), on_progress=kill)
        )
    assert killed == [pids[0]] and content(cut[0]) == content(overlay(LAND, OVER)[0])


def test_a_scheduler_that_stops_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "RANGE_SHAPES", 4)
    options = {"n_workers": 1, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(**options) as going:

        def stop(done: int, _: int) -> None:
            if done == 3:
                going.close()

        with (
            connected(going.scheduler_address, remote_ranges.version) as workers,
            pytest.raises(ConfigRefusal, match="the scheduler is gone"),
        ):
            overlay_incremental(
                LAND, OVER, "fast", None, replace(context_over(workers, written(tmp_path)), on_progress=stop)
            )


def test_only_the_holdings_of_a_mask_from_a_place_on_are_cut_elsewhere(cluster: Any, tmp_path: Path) -> None:
    """Part of the land, of which one holding in ten was elsewhere in the run before."""
    part = LAND[100:200].reset_index(drop=True)
    moved = part["holding_id"].str.endswith("7").to_numpy()
    before = part.set_geometry(part.geometry.where(~moved, part.geometry.translate(5_000.0)))
    previous = PreviousResult(*overlay_incremental(before, OVER, "fast", None))
    with connected(cluster.scheduler_address, remote_ranges.version) as workers:
        context = replace(context_over(workers, written(tmp_path)), begin=100)
        pieces, _, _ = overlay_incremental(part, OVER, "fast", previous, context)
    assert pieces.attrs["cut"] == moved.sum() == 10
    assert content(pieces) == content(overlay(part, OVER)[0])


def test_tables_are_read_once_by_threads_of_one_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And held against their checksums once, also for another part of the land."""
    read, summed = [], []
    monkeypatch.setattr(remote_ranges, "between", lambda *bounds: (read.append(bounds), between(*bounds))[1])
    monkeypatch.setattr(remote_ranges, "checksum", lambda path: (summed.append(path), checksum(path))[1])
    monkeypatch.setattr(ranges, "RANGE_SHAPES", 4)
    tables = written(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        for begin in (0, 200):
            cut = remote_ranges.cutter(tables, begin, [True] * 200, [True] * len(OVER))
            assert all(isinstance(cuts, Cuts) for cuts in pool.map(cut, range(8)))
    assert [bounds[1:] for bounds in read] == [(0, 200), (200, 200)] and len(summed) == 2


def test_a_table_that_workers_do_not_see_is_refused(cluster: Any, tmp_path: Path) -> None:
    tables = written(tmp_path)
    tables[0].path.unlink()
    with (
        connected(cluster.scheduler_address, remote_ranges.version) as workers,
        pytest.raises(ConfigRefusal, match=r"cannot read .*holdings"),
    ):
        overlay_incremental(LAND, OVER, "fast", None, context_over(workers, tables))


def test_a_table_that_is_another_on_the_workers_is_refused(cluster: Any, tmp_path: Path) -> None:
    holdings_there, zones_there = written(tmp_path)
    other = replace(zones_there, sha256="of another file")
    with (
        connected(cluster.scheduler_address, remote_ranges.version) as workers,
        pytest.raises(ConfigRefusal, match=r"another .*zones"),
    ):
        overlay_incremental(LAND, OVER, "fast", None, context_over(workers, (holdings_there, other)))


def test_workers_of_another_version_are_refused() -> None:
    """What they have in common is not named."""
    client = FakeClient({"tcp://10.0.0.7:9": "code 1, numpy 2.4", "tcp://10.0.0.8:9": "code 2, numpy 2.4"})
    with pytest.raises(ConfigRefusal, match=r"10\.0\.0\.7:9 is of another version: it has code 1, .*worker: code 2\n"):
        check_versions(client, lambda: "code 2, numpy 2.4")


def test_a_worker_that_is_lost_before_it_answers_is_of_no_other_version() -> None:
    check_versions(FakeClient({"tcp://10.0.0.7:9": OSError("connection closed")}), remote_ranges.version)


def test_a_worker_that_changed_after_the_first_check_is_refused(cluster: Any, tmp_path: Path) -> None:
    """Each range is checked too."""
    tables = written(tmp_path)
    other = replace(
        remote_ranges.cutter(tables, 0, [True] * len(LAND), [True] * len(OVER)).args[1], version="of next year"
    )
    with (
        connected(cluster.scheduler_address, remote_ranges.version) as workers,
        pytest.raises(ConfigRefusal, match="of next year"),
    ):
        workers.submit(remote_ranges.cut_there, tables, other, 0).result()


def test_what_a_worker_runs_out_of_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, as a worker would: a fault in words, which the run refuses with."""

    def full(*_: Any) -> Any:
        raise MemoryError("17 GB")

    monkeypatch.setattr(ranges, "cut_range", full)
    tables = written(tmp_path)
    fault = remote_ranges.cutter(tables, 0, [True] * len(LAND), [True] * len(OVER))(0)
    assert isinstance(fault, ConfigRefusal) and "MemoryError 17 GB" in fault.actual[0]
    with pytest.raises(ConfigRefusal, match="MemoryError 17 GB"):
        RemoteResult(done(fault)).result()


def test_something_else_that_listens_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_workers, "SECONDS_TO_ANSWER", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ConfigRefusal, match="no scheduler"), connected(address, remote_ranges.version):
            pass


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:9", "127.0.0.1", "nonsense://x:8786", "inproc://x:1", "tcp://", ""],
)
def test_an_address_without_a_scheduler_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_workers, "SECONDS_TO_ANSWER", 2)
    with pytest.raises(ConfigRefusal, match="no scheduler"), connected(address, remote_ranges.version):
        pass


def test_tls_without_a_certificate_is_refused() -> None:
    with pytest.raises(ConfigRefusal, match="no certificate"), connected("tls://127.0.0.1:9", remote_ranges.version):
        pass


def test_a_cluster_without_workers_is_refused() -> None:
    options = {"n_workers": 0, "host": "127.0.0.1", "dashboard_address": None}
    with (
        distributed.LocalCluster(**options) as empty,
        pytest.raises(ConfigRefusal, match="no workers"),
        connected(empty.scheduler_address, remote_ranges.version),
    ):
        pass
