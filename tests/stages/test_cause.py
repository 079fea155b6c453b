"""What keeps a piece from being usable, in one word: what is not known never reads as a rule, and who has it comes first."""

from __future__ import annotations

import pytest

from pipeline.stages.publish.views import cause

THEMES = {"a": "noise", "b": "noise", "c": "safety"}


@pytest.mark.parametrize(
    ("verdict", "holding", "reasons", "told"),
    [
        pytest.param("usable", "free", None, "nothing", id="usable"),
        pytest.param("too_narrow", "free", None, "fit", id="too narrow"),
        pytest.param("no_quay", "free", None, "fit", id="no quay"),
        pytest.param("in_use", "leased", "a", "tenure", id="in use, whatever rules lie there"),
        pytest.param("not_serviced", "not_serviced", None, "tenure", id="not serviced"),
        pytest.param("unknown", "unknown", "a", "unknown", id="nobody knows who has it"),
        pytest.param("blocked", "free", "a", "noise", id="one rule"),
        pytest.param("blocked", "free", "a b", "noise", id="two rules of one theme"),
        pytest.param("conditional", "free", "a c", "several", id="two themes"),
        pytest.param("blocked", "free", "plan_category", "plan_category", id="the plan"),
        pytest.param("blocked", "free", "plan_category a", "several", id="the plan and a rule"),
        pytest.param("unknown", "free", "a", "unknown", id="room is not known"),
        pytest.param("blocked", "free", None, "unknown", id="no reason told"),
    ],
)
def test_what_keeps_a_piece_from_being_usable(verdict: str, holding: str, reasons: str | None, told: str) -> None:
    assert cause((verdict, holding, reasons, "4.2"), THEMES) == told
