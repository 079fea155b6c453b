"""The benchmarks run: on a port so small that it costs nothing; what they measure is told by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.stage import Context


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
