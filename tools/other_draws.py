"""Draw the example from other seeds, run the line on each, and hold the oracles: python tools/other_draws.py SEED ...

Each seed has a copy of the tree in a folder of its own, kept under --folder or thrown away. Exit 1 where a step fails
or an oracle does not hold.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = "config/proefpolder"
RUN = ("-m", "pipeline.cli.main")
PLACE = ("--config", PROJECT, "--outputs", "outputs")


def main(seeds: list[int], folder: Path) -> int:
    """Hold every seed, one after the other; 0 where all of them hold, 1 otherwise."""
    failed = [seed for seed in seeds if not holds(seed, folder / str(seed))]
    sys.stdout.write(f"{len(seeds)} draws, {len(failed)} that do not hold: {failed}\n")
    return 1 if failed else 0


def holds(seed: int, tree: Path) -> bool:
    """Whether the line runs on the example drawn from a seed and its oracles hold, in a copy of the tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in listed.rstrip("\0").split("\0"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    (tree / PROJECT / "sources.lock").unlink()
    environment = {**os.environ, "PYTHONPATH": str(tree), "OTHER_DRAW": str(seed)}
    environment["PROEFPOLDER_OUTPUTS"] = str(tree / "outputs")
    environment.setdefault("INDUSTRIERUIMTE_KERNELS", str(tree.parent / "kernels"))
    steps = (
        ("-m", "tools.proefpolder", "--seed", str(seed), f"{PROJECT}/data"),
        (*RUN, "acquire", *PLACE),
        (*RUN, "run", *PLACE),
        ("-m", "pytest", "tests/oracle", "tests/test_proefpolder.py::test_what_must_hold_holds", "-k", "not westpoort"),
    )
    for step in steps:
        sys.stdout.write(f"seed {seed}: {' '.join(step)}\n")
        done = subprocess.run([sys.executable, *step], cwd=tree, env=environment, capture_output=True, check=False)
        if done.returncode:
            sys.stdout.write((done.stdout + done.stderr).decode()[-4000:] + "\n")
            return False
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the example from other seeds, run it, and hold the oracles.")
    parser.add_argument("seeds", nargs="+", type=int)
    parser.add_argument("--folder", type=Path, help="where the copies are kept; without it they are thrown away")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        sys.exit(main(given.seeds, (given.folder or Path(passing)).resolve()))
