"""Mutation tests on one room: draw mutants at random, run the tests on each, and print those that live as diffs.

Usage: python tools/mutants.py ROOM [--sample 40] [--seed 2292a9fc] [--direct] [--jobs N]

ROOM is a folder or module below pipeline/ or layers/: `land`, `stages/resolve`, `layers/sources`.

The operators are mutmut's, at their default. Its runner does not do here: it puts all mutants of a module in one file,
which every test sees that reads the code of a stage (freshness, names, lengths), and it runs the whole suite in one
process while it traces. So each mutant is written alone into a copy of the tree, and pytest runs there: first the test
files that import the room, then the others that reach the module. A mutant is killed by the first test that fails; one
that runs out of time counts as alive.
"""

import argparse
import difflib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from pipeline.runner.code_closure import file_of, source_of

ROOT = Path(__file__).resolve().parents[1]
NOT_COPIED = (".git", ".venv", "outputs", "*.pyc", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
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


def _reached(module: str, roots: tuple[str, ...]) -> set[str]:
    """A module and all that it imports through modules in these folders, by full name."""
    reached, waiting = {module}, [module]
    while waiting:
        for target, _ in source_of(waiting.pop()).imports:
            # With its package; helpers of the tests are imported by their bare name.
            for name in (target, target.rpartition(".")[0], f"tests.{target}"):
                if name.partition(".")[0] in roots and name not in reached and file_of(name).is_file():
                    reached.add(name)
                    waiting.append(name)
    return reached


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def tests_of(path: Path, room: str, direct: bool) -> list[str]:
    """Test files that reach a module, those first that import it, then its room (as a
    whole first), those last that run the whole line."""
    module = _dotted(path)
    prefix = ".".join((room if room.startswith("layers") else f"pipeline/{room}").split("/"))
    ranked = []
    for test in sorted((ROOT / "tests").rglob("test_*.py")):
        name = _dotted(test.relative_to(ROOT))
        imports = [line for helper in _reached(name, ("tests",)) for line in source_of(helper).imports]
        imported = {target for target, _ in imports} | {f"{target}.{attribute}" for target, attribute in imports}
        is_direct = any(target == prefix or target.startswith(f"{prefix}.") for target in imported)
        runs_line = any(word in test.read_text(encoding="utf-8") for word in WHOLE_LINE)
        if is_direct or (not direct and (runs_line or module in _reached(name, ("tests", "pipeline", "layers")))):
            far = (runs_line, not is_direct, module not in imported, prefix not in imported)
            ranked.append((*far, str(test.relative_to(ROOT))))
    return [test for *_, test in sorted(ranked)]


def outcome(tree: Path, tests: list[str], limit_s: float) -> str:
    """What becomes of a copy of the tree under these tests: killed, alive, timed out, or no tests."""
    command = [sys.executable, "-m", "pytest", "-x", "--no-header", f"--basetemp={tree}.tmp", *tests]
    # A mutant may have the size and the second of the file it replaces: nothing is compiled beside it.
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    with Path(f"{tree}.log").open("w") as log:
        process = subprocess.Popen(command, cwd=tree, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            status = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return "timed out"
    return {0: "alive", NONE_COLLECTED: "no tests"}.get(status, "killed")


def outcome_of(mutant: Mutant, tests: list[str], trees: SimpleQueue[Path], limit_s: float) -> str:
    """What becomes of a mutant in the next copy of the tree that is free; its module is then as it was."""
    tree = trees.get()
    try:
        (tree / mutant.path).write_text(mutant.mutated, encoding="utf-8")
        return outcome(tree, tests, limit_s)
    finally:
        (tree / mutant.path).write_text(mutant.source, encoding="utf-8")
        trees.put(tree)


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
    with tempfile.TemporaryDirectory(prefix="mutants-") as work:
        trees = [Path(work) / f"tree{index}" for index in range(max(1, options.jobs))]
        for tree in trees:
            shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NOT_COPIED))
        return _report(drawn, total, tests, trees)


def _report(drawn: list[Mutant], total: int, tests: dict[Path, list[str]], trees: list[Path]) -> int:
    every_test = list(dict.fromkeys(test for files in tests.values() for test in files))
    began = time.monotonic()
    baseline = outcome(trees[0], every_test, limit_s=3600.0)
    if baseline != "alive":
        print(Path(f"{trees[0]}.log").read_text(encoding="utf-8")[-3000:])  # noqa: T201
        print(f"the tests of this room do not pass on the code as it is: {baseline}")  # noqa: T201
        return 2
    limit_s = (time.monotonic() - began) * TIMES_BASELINE + SPARE_S
    free: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        free.put(tree)
    alive = 0
    with ThreadPoolExecutor(len(trees)) as pool:
        results = pool.map(lambda mutant: outcome_of(mutant, tests[mutant.path], free, limit_s), drawn)
        for count, (mutant, result) in enumerate(zip(drawn, results, strict=True), start=1):
            sys.stderr.write(f"{count}/{len(drawn)} {result}\n")
            if result != "killed":
                alive += 1
                print(f"\n{result}: {mutant.diff()}", flush=True)  # noqa: T201
    killed = len(drawn) - alive
    print(f"{killed} of {len(drawn)} killed ({killed / max(1, len(drawn)):.0%}), drawn from {total}")  # noqa: T201
    return 0 if killed >= 0.8 * len(drawn) else 1


if __name__ == "__main__":
    sys.exit(main())
