"""Draws land and zones at random and holds the fast engine against the reference, for as many seeds as given.

Usage: PYTHONPATH=tests python tests/fuzz/overlay.py [--from SEED] [--count N]
Exit 1 when they disagree; every disagreement is printed with the command that repeats it.
"""

from __future__ import annotations

import argparse
import sys

from drawn_land import configuration, disagreement

from pipeline.stages.overlay.engines import fast_engine


def main() -> int:
    """Draw, compare, print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--from", dest="first", type=int, default=0)
    ask.add_argument("--count", type=int, default=10_000)
    given = ask.parse_args()
    fallbacks = shapes = failed = 0
    for seed in range(given.first, given.first + given.count):
        land, zones = configuration(seed)
        fault = disagreement(land, zones) if land else ""
        shapes, fallbacks = shapes + len(land), fallbacks + (len(fast_engine(land, zones).fallbacks) if land else 0)
        if fault:
            failed += 1
            say(f"seed {seed}: {fault}\n  PYTHONPATH=tests python tests/fuzz/overlay.py --from {seed} --count 1")
        if seed % 1000 == 999 or seed == given.first + given.count - 1:
            say(f"to seed {seed}: {shapes} shapes, {fallbacks} left to the reference, {failed} disagree")
    return 1 if failed else 0


def say(line: str) -> None:
    """A line at once, for who watches."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
