"""What attribution and levers cost on a national run: python tests/bench/levers.py [CLUSTERS] [PIECES]

Draws clusters with as many pieces each (100 of 10,000 unless given), about a thousand sets of reasons a cluster out of
thirty rules, as contours give them: most land under none to three. Prints the seconds of sorting land by its reasons,
of attribution, and of levers (one to five reasons, by arithmetic), for one question (activity, year, case) over all
clusters together and for one cluster.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDINGS
from pipeline.land.blocking_by_piece import blocking_by_piece
from pipeline.land.blocking_factors import BlockingFactors, best_levers
from pipeline.land.land import AssessedLand

RULES = [f"rule_{number:02}" for number in range(30)]
SETS = 1000
QUESTION = ("p", 2030, "earliest")


def drawn(cluster: int, pieces: int, draw: np.random.Generator) -> AssessedLand:
    """A cluster of squares that are never drawn: what blocks each, its tenure, and its m2."""
    size = np.minimum(draw.poisson(1.6, SETS), 6)
    texts = [" ".join(sorted(draw.choice(RULES, count, replace=False))) for count in size]
    names = [f"c{cluster}.{number:04}" for number in range(SETS)]
    rooms = pd.DataFrame(
        {
            "combination_id": names,
            "plan_category": "4.2",
            "profile": "p",
            "year": 2030,
            "room": ["open" if not text else "blocked" for text in texts],
            "limiting": [text or None for text in texts],
            "open_since": None,
        }
    )
    holdings = [f"h{cluster}.{number}" for number in range(max(1, pieces // 3))]
    states = pd.DataFrame(
        {
            "holding_id": holdings,
            "year": 2030,
            "case": "earliest",
            "tenure_status": draw.choice(
                HOLDINGS, len(holdings), p=[0.2, 0.06, 0.05, 0.05, 0.03, 0.5, 0.03, 0.03, 0.03, 0.02]
            ),
        }
    )
    land = pd.DataFrame(
        {
            "piece_id": [f"p{cluster}.{number}" for number in range(pieces)],
            "holding_id": draw.choice(holdings, pieces),
            "combination_id": draw.choice(names, pieces, p=draw.dirichlet(np.full(SETS, 0.3))),
            "plan_category": "4.2",
            "area_m2": draw.lognormal(8.0, 1.0, pieces),
        }
    )
    nothing: Any = pd.DataFrame()
    frame: Any = land
    return AssessedLand(f"c{cluster}", frame, states, rooms, nothing, nothing)


def main() -> None:
    """Two lines: all clusters together, and one of them."""
    given = [int(word) for word in sys.argv[1:]]
    clusters, pieces = [*given, *(100, 10_000)[len(given) :]][:2]
    draw = np.random.default_rng(1)
    clusters_land = [drawn(number, pieces, draw) for number in range(clusters)]
    sys.stdout.write(f"{'land':<10}{'pieces':>9}{'sets':>7}{'sort s':>9}{'attribution s':>15}{'levers s':>10}\n")
    for name, part in (("national", clusters_land), ("cluster", clusters_land[:1])):
        started = time.perf_counter()
        factors = [blocking_by_piece(land, QUESTION).factors for land in part]
        sets = [
            {blocked.names[number] for number in np.flatnonzero(row)} for blocked in factors for row in blocked.covers
        ]
        whole = BlockingFactors.from_sets(sets, np.concatenate([blocked.area_m2 for blocked in factors]))
        sorted_at = time.perf_counter()
        answers = whole.hit(), whole.unique(), whole.share(), whole.overlap()
        attributed = time.perf_counter()
        best = best_levers(whole, 5, 10)
        done = time.perf_counter()
        assert abs(answers[2].sum() - whole.blocked_m2) < 1e-6 * whole.blocked_m2 and len(best) > 10
        seconds = f"{sorted_at - started:>9.2f}{attributed - sorted_at:>15.3f}{done - attributed:>10.2f}"
        sys.stdout.write(f"{name:<10}{sum(len(g.pieces) for g in part):>9}{len(whole.area_m2):>7}{seconds}\n")


if __name__ == "__main__":
    main()
