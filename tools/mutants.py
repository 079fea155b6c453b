"""Mutation tests on one room: draw mutants at random, run the tests on each, and print those that live as diffs.

Usage: python tools/mutants.py ROOM [--sample 40] [--seed 2292a9fc] [--direct] [--jobs N]

ROOM is a folder or module below pipeline/ or layers/: `land`, `stages/resolve`, `layers/sources`.

The operators are mutmut's, at their default. Its runner does not do here: it puts all mutants of a module in one file,
which every test sees that reads the code of a stage (freshness, names, lengths), and it runs the whole suite in one
process while it traces. So each mutant is written alone into a copy of the tree, and the tests run on it in a fork of a
process that has imported the libraries already: first the test files that import the room, then the others that reach
the module. A mutant is killed by the first test that fails; one that runs out of time counts as alive.
"""

import argparse
import ast
import difflib
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOT_COPIED = (".git", ".venv", "outputs", "*.pyc", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
LIBRARIES = (
    "pytest hypothesis numpy pandas geopandas shapely pyogrio pyarrow.parquet rasterio exactextract numba scipy.sparse "
    "scipy.optimize pandera.pandas pydantic pyproj matplotlib.pyplot jinja2 openpyxl rich click"
)
WHOLE_LINE = ("proefpolder", "westpoort")  # fixtures that run the line: test files that name them are tried last
TIMES_BASELINE, SPARE_S = 4.0, 30.0  # how long tests on a mutant may take, by what they take on the code as it is
NONE_COLLECTED = 5  # exit status of pytest


@dataclass(frozen=True)
class Mutant:
    """One change of one module, as source text."""

    path: Path
    source: str
    mutated: str

    def diff(self) -> str:
        """The change as a unified diff."""
        name = str(self.path)
        lines = difflib.unified_diff(self.source.splitlines(True), self.mutated.splitlines(True), name, name, n=1)
        return "".join(lines)


@dataclass
class Round:
    """One run of pytest in one copy of the tree."""

    tree: Path
    mutant: Mutant | None
    tests: list[str]
    limit_s: float
    pid: int = 0
    deadline: float = 0.0
    result: str = field(default="")


def draw(room: str, sample: int, seed: str) -> tuple[list[Mutant], int]:
    """Mutants of the functions of a room, drawn at random, and how many there are; all of them where sample is 0."""
    from mutmut.mutation.file_mutation import create_mutations

    folder = ROOT / room if room.startswith("layers") else ROOT / "pipeline" / room
    paths = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    every = []
    for path in paths:
        source = path.read_text(encoding="utf-8")
        module, mutations, _, _ = create_mutations(str(path), source)
        inside = [mutation for mutation in mutations if mutation.contained_by_top_level_function is not None]
        every += [(path.relative_to(ROOT), module, mutation) for mutation in inside]
    drawn = random.Random(int(seed, 16)).sample(every, min(sample or len(every), len(every)))
    return [
        Mutant(path, module.code, module.deep_replace(mutation.original_node, mutation.mutated_node).code)
        for path, module, mutation in drawn
    ], len(every)


@cache
def _imports(path: Path) -> frozenset[str]:
    """Modules of ours that a file imports, by full name; `from a import b` names both a and a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def _file_of(name: str) -> Path | None:
    """The file of a module of ours or of a helper of the tests; None for a library."""
    for base in (ROOT, ROOT / "tests"):
        stem = base.joinpath(*name.split("."))
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if path.is_file():
                return path
    return None


def _closure(path: Path, below: tuple[str, ...]) -> set[Path]:
    """A file and all that it imports through files below the given folders."""
    reached, waiting = {path}, [path]
    while waiting:
        for name in _imports(waiting.pop()):
            target = _file_of(name)
            if target and target not in reached and str(target.relative_to(ROOT)).startswith(below):
                reached.add(target)
                waiting.append(target)
    return reached


def tests_of(path: Path, room: str, direct: bool) -> list[str]:
    """Test files that reach a module, those first that import it, then its room, those last that run the whole line."""
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    prefix = ".".join((room if room.startswith("layers") else f"pipeline/{room}").split("/"))
    ranked = []
    for test in sorted((ROOT / "tests").rglob("test_*.py")):
        helpers = {name for file in _closure(test, ("tests/",)) for name in _imports(file)}
        is_direct = any(name == prefix or name.startswith(f"{prefix}.") for name in helpers)
        runs_line = any(word in test.read_text(encoding="utf-8") for word in WHOLE_LINE)
        if is_direct or (
            not direct and (runs_line or ROOT / path in _closure(test, ("tests/", "pipeline/", "layers/")))
        ):
            ranked.append((runs_line, not is_direct, module not in helpers, str(test.relative_to(ROOT))))
    return [test for *_, test in sorted(ranked)]


def start(round_: Round) -> None:
    """Fork a process that runs the tests of a round in its copy of the tree."""
    if round_.mutant:
        (round_.tree / round_.mutant.path).write_text(round_.mutant.mutated, encoding="utf-8")
    round_.deadline = time.monotonic() + round_.limit_s
    round_.pid = os.fork()
    if round_.pid:
        return
    os.setsid()
    os.chdir(round_.tree)
    log = os.open(round_.tree.parent / f"{round_.tree.name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.environ["PYTHONPATH"] = str(round_.tree)
    sys.path.insert(0, str(round_.tree))
    temporary = f"--basetemp={round_.tree.parent / round_.tree.name}.tmp"
    try:
        import pytest

        status = int(pytest.main(["-x", "-p", "no:cacheprovider", "--no-header", temporary, *round_.tests]))
    except BaseException:  # noqa: BLE001 - whatever a mutant raises, its process ends here
        status = 1
    os._exit(status)


def finish(round_: Round) -> bool:
    """Whether a round has ended: its result is then set, and its module as it was."""
    pid, status = os.waitpid(round_.pid, os.WNOHANG)
    if not pid and time.monotonic() < round_.deadline:
        return False
    if not pid:
        os.killpg(round_.pid, signal.SIGKILL)
        os.waitpid(round_.pid, 0)
        round_.result = "timed out"
    else:
        exit_code = os.waitstatus_to_exitcode(status)
        round_.result = {0: "alive", NONE_COLLECTED: "no tests"}.get(exit_code, "killed")
    if round_.mutant:
        (round_.tree / round_.mutant.path).write_text(round_.mutant.source, encoding="utf-8")
    return True


def run_all(rounds: list[Round], trees: list[Path]) -> Iterator[Round]:
    """Run rounds side by side, one in each copy of the tree, and yield each as it ends."""
    free, waiting, running = list(trees), list(rounds), list[Round]()
    while waiting or running:
        while free and waiting:
            running.append(waiting.pop(0))
            running[-1].tree = free.pop()
            start(running[-1])
        time.sleep(0.1)
        for round_ in [each for each in running if finish(each)]:
            running.remove(round_)
            free.append(round_.tree)
            yield round_


def main() -> int:
    """Draw, run, and report; 0 where at least 80 % of the mutants died."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("room", help="folder or module below pipeline/, or one in layers/")
    parser.add_argument("--sample", type=int, default=40, help="how many mutants to draw; 0 for all (default 40)")
    parser.add_argument(
        "--seed", default="2292a9fc", help="seed in hex (default: the commit the house was rebuilt from)"
    )
    parser.add_argument("--direct", action="store_true", help="run only test files that import the room: quick")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants side by side")
    options = parser.parse_args()
    room = options.room.strip("/").removeprefix("pipeline/").removesuffix(".py")
    os.chdir(ROOT)  # mutmut reads its settings from here
    drawn, total = draw(room, options.sample, options.seed)
    tests = {mutant.path: tests_of(mutant.path, room, options.direct) for mutant in drawn}
    sys.dont_write_bytecode = True  # a mutant may have the size and the second of the file it replaces
    for library in LIBRARIES.split():
        importlib.import_module(library)
    with tempfile.TemporaryDirectory(prefix="mutants-") as work:
        trees = [Path(work) / f"tree{index}" for index in range(max(1, options.jobs))]
        for tree in trees:
            shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NOT_COPIED))
        return _report(drawn, total, tests, trees)


def _report(drawn: list[Mutant], total: int, tests: dict[Path, list[str]], trees: list[Path]) -> int:
    every_test = list(dict.fromkeys(test for files in tests.values() for test in files))
    began = time.monotonic()
    (baseline,) = run_all([Round(trees[0], None, every_test, limit_s=3600.0)], trees[:1])
    if baseline.result != "alive":
        print((trees[0].parent / "tree0.log").read_text(encoding="utf-8")[-3000:])  # noqa: T201
        print(f"the tests of this room do not pass on the code as it is: {baseline.result}")  # noqa: T201
        return 2
    limit_s = (time.monotonic() - began) * TIMES_BASELINE + SPARE_S
    rounds = [Round(trees[0], mutant, tests[mutant.path], limit_s) for mutant in drawn]
    alive = []
    for count, round_ in enumerate(run_all(rounds, trees), start=1):
        sys.stderr.write(f"{count}/{len(rounds)} {round_.result}\n")
        if round_.result != "killed" and round_.mutant:
            alive.append(round_)
            print(f"\n{round_.result}: {round_.mutant.diff()}", flush=True)  # noqa: T201
    killed = len(rounds) - len(alive)
    print(f"{killed} of {len(rounds)} killed ({killed / max(1, len(rounds)):.0%}), drawn from {total}")  # noqa: T201
    return 0 if killed >= 0.8 * len(rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
