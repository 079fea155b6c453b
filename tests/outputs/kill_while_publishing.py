"""Kill publishing at random moments: what is there for people is then of one run, the old or the new.

Usage: PYTHONPATH=tests python tests/outputs/kill_while_publishing.py [TIMES] [SEED]. Two projects that differ in one
sentence are published into one folder by turns. After each kill every file is the old or the new one; after whatever
run comes next, all are of one run.
"""

import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from drawn_haven import draw_project

from pipeline.storage.store import Store

TIMES = 60


def command(verb, project, outputs):
    """A verb on a project."""
    words = [sys.executable, "-m", "pipeline.cli.main", verb, "-q", "--config", project, "--outputs", outputs]
    return list(map(str, words))


def digests(outputs):
    """What stands there for the planner, by name."""
    paths = [*outputs.glob("[!.]*.*"), *(outputs / "figures").glob("*")]
    return {str(path.relative_to(outputs)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def whole_results(projects, outputs):
    """What both projects give, and how long the second takes to publish; refused where that is not steady."""
    whole, lasts = [], 0.0
    for project in (*projects, *projects):
        start = time.monotonic()
        subprocess.run(command("run", project, outputs), check=True)
        lasts = time.monotonic() - start
        whole.append(digests(outputs))
    if whole[:2] != whole[2:]:
        sys.exit("the same project gives other files a second time")
    if any(whole[0][name] == whole[1][name] for name in ("haven.gpkg", "report.html", "figures/haven-kaart.svg")):
        sys.exit("the two projects give the same files: nothing would be tested")
    return whole[:2], lasts


def main(times, seed):
    """Exit 1 when files are not of one run, or when something is left behind."""
    chance, killed = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as place:
        projects = [draw_project(Path(place) / name, title=f"Haven {name}") for name in "ab"]
        outputs = Path(place) / "outputs"
        whole, lasts = whole_results(projects, outputs)
        for turn in range(times):
            running = subprocess.Popen(command("publish", projects[turn % 2], outputs))
            time.sleep(chance.uniform(0.3, 1.0) * lasts)
            running.kill()
            killed += running.wait() != 0
            state = digests(outputs)
            if any(digest not in (whole[0].get(name), whole[1].get(name)) for name, digest in state.items()):
                sys.exit(f"a file is neither the old nor the new, turn {turn} (seed {seed})")
            with Store(outputs).alone():
                state = digests(outputs)
            units = [
                {name: results[name] for name in results if name.startswith(("haven", "figures/"))} for results in whole
            ]
            if not any(unit.items() <= state.items() for unit in units):
                sys.exit(f"the files of a unit are of two runs, turn {turn} (seed {seed})")
        subprocess.run(command("publish", projects[0], outputs), check=True)
        left = [path.name for path in outputs.iterdir() if path.name.startswith(".") and path.name != ".lock"]
        if digests(outputs) != whole[0] or left:
            sys.exit(f"after it all not what it was, or left behind: {left}")
    sys.stdout.write(f"killed {killed} of {times} times while publishing: files of one run each time\n")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(given[0] if given else TIMES, given[1] if given[1:] else random.randrange(10**6))
