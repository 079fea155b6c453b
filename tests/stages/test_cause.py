"""What keeps a piece from being usable, in one word: what is not known
never reads as a rule, and who has it comes first."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.project.models import SliverConfig
from pipeline.stages.publish.text.reasons import cause, plot_reasons

THEMES = {"a": "noise", "b": "noise", "c": "safety"}


@pytest.mark.parametrize(
    ("verdict", "holding", "reasons", "word"),
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
def test_what_keeps_a_piece_from_being_usable(verdict: str, holding: str, reasons: str | None, word: str) -> None:
    assert cause((verdict, holding, reasons, "4.2"), THEMES) == word


def test_a_plot_tells_each_reason_with_its_hectares() -> None:
    """The largest first; slivers together; nothing where all of it is usable."""
    rows = [
        ("a", "p", 10_000.0, "in gebruik gegeven"),
        ("a", "p", 2_000.0, "Geluidzone"),
        ("a", "p", 5_000.0, "in gebruik gegeven"),
        ("a", "p", 40.0, "smaller dan 30 m"),
        ("a", "p", 3_000.0, None),
        ("a", "q", 800.0, None),
        ("a", "r", 12.0, "Geluidzone"),
        ("b", "p", 700.0, "Geluidzone"),
    ]
    pieces = pd.DataFrame(rows, columns=["cluster_id", "parcel_id", "area_m2", "why_2030"])
    word = plot_reasons(pieces, (2030,), SliverConfig()).set_index(["cluster_id", "parcel_id"])["why_2030"].to_dict()
    assert word == {
        ("a", "p"): "1,50 ha: in gebruik gegeven\n0,20 ha: Geluidzone\nen 1 strook van minder dan 0,01 ha",
        ("a", "q"): None,
        ("a", "r"): "0,00 ha: Geluidzone",
        ("b", "p"): "0,07 ha: Geluidzone",
    }
