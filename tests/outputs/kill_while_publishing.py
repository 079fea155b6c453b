"""Kill publishing at random moments: every file is then the whole old or the whole new.

Usage: kill_while_publishing.py OUTPUTS [SEED]. OUTPUTS holds the finished example. It is copied; two projects differing
in one sentence are published into the copy by turns.
"""

import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
TIMES = 20
CLUSTER = "zuivelfabriek"


def command(config, outputs):
    """How the cluster is published."""
    program = Path(sys.executable).with_name("industrieruimte")
    return [program, "publish", "-q", "-c", CLUSTER, "--config", config / "proefpolder", "--outputs", outputs]


def fingerprints(outputs):
    """What stands there for the planner, by name."""
    paths = [path for path in outputs.glob(f"{CLUSTER}*") if path.is_file()]
    paths += list((outputs / "figures").glob(f"{CLUSTER}-*"))
    visible = [path for path in paths if not path.name.startswith(".")]
    return {str(path.relative_to(outputs)): hashlib.sha256(path.read_bytes()).hexdigest() for path in visible}


def projects(folder):
    """The example, and the example with another sentence below everything."""
    for name in ("a", "b"):
        shutil.copytree(ROOT / "config", folder / name)
    card = folder / "b" / "publish.toml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("Dit is een verkenning", "Dit blijft een verkenning"), encoding="utf-8")
    return folder / "a", folder / "b"


def main(source, seed):
    """Exit 1 when a file is neither old nor new, or when something is left behind."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        outputs = Path(place) / "outputs"
        shutil.copytree(source, outputs, ignore=shutil.ignore_patterns("scenarios", "*.gpkg-*"))
        both = projects(Path(place))
        whole = []
        for config in (*both, *both):  # the second time nothing but publishing is left to do
            start = time.monotonic()
            subprocess.run(command(config, outputs), check=True)
            lasts = time.monotonic() - start
            whole.append(fingerprints(outputs))
        if whole[:2] != whole[2:]:
            sys.exit("the same project gives other files a second time")
        if whole[0] == whole[1]:
            sys.exit("the two projects give the same files: nothing would be tested")
        killed = 0
        for turn in range(TIMES):
            running = subprocess.Popen(command(both[turn % 2], outputs))
            time.sleep(chance.uniform(0.4, 0.95) * lasts)
            running.kill()
            killed += running.wait() != 0
            for name, digest in fingerprints(outputs).items():
                if digest not in (whole[0].get(name), whole[1].get(name)):
                    sys.exit(f"{name} is neither the old nor the new, turn {turn} (seed {seed})")
        subprocess.run(command(both[0], outputs), check=True)
        left = [path.name for path in outputs.iterdir() if path.name.startswith(".") and path.name != ".lock"]
        if fingerprints(outputs) != whole[0] or left:
            sys.exit(f"after it all not what it was, or left behind: {left}")
        sys.stdout.write(f"killed {killed} of {TIMES} times while publishing: every file whole\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6))
