"""Width of areas on squared paper: what is remembered of other areas changes no answer."""

from __future__ import annotations

import numpy as np
import pytest
from squared_paper import square

from pipeline.land.suitability import ContiguousAreas
from pipeline.project.load import Project

LEAST_M = 150.0  # a square is 100 m wide


@pytest.mark.parametrize("seed", range(4))
def test_an_area_is_as_wide_whatever_was_measured_before_it(rules: Project, seed: int) -> None:
    chance = np.random.default_rng(seed)
    shapes = np.array([square(x, y) for x in range(4) for y in range(3)], dtype=object)
    area_m2 = chance.uniform(9_000, 11_000, len(shapes))  # so that another piece is the largest in each drawing
    remembering, answers = ContiguousAreas(shapes, area_m2, rules.assess.shape), []
    for _ in range(40):
        members = np.flatnonzero(chance.random(len(shapes)) < 0.5)
        for patch in remembering.patches(members):
            alone = ContiguousAreas(shapes, area_m2, rules.assess.shape).is_wide(patch, LEAST_M)
            assert remembering.is_wide(patch, LEAST_M) == alone
            answers.append(alone)
    assert 0 < sum(answers) < len(answers) and len(remembering.measured) < len(answers)
