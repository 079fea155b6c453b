"""Charts: what is drawn where a table has rows of few kinds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from pipeline.stages.publish.charts.charts import _between
from pipeline.stages.publish.charts.drawn import FIGURES, DrawnCharts
from pipeline.storage.store import replace

KINDS = ("svg", "png")


@pytest.mark.parametrize(
    ("periods", "years"),
    [
        pytest.param([(2030, "2030-2034"), (2040, "2040-2044")], [2030, 2035, 2040], id="nothing ends later"),
        pytest.param([(2030, "2030-2034"), (2045, "later")], [2030, 2035, 2040], id="up to what ends later"),
        pytest.param([(2026, "past"), (2045, "later")], [], id="no bin with years of its own"),
    ],
)
def test_bins_of_the_renewal_wall_run_on_between_the_first_and_the_last(
    periods: list[tuple[int, str]], years: list[int]
) -> None:
    table = pd.DataFrame(periods, columns=["from_year", "period"])
    assert _between(table) == {(year, f"{year}-{year + 4}") for year in years}


def drawing(*values: float) -> partial[Figure | None]:
    return partial(lambda _: Figure(), pd.DataFrame({"value": values}))


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """Results in which one chart was drawn, and one had nothing to show."""
    earlier = DrawnCharts(tmp_path, "west", "rules of today")
    earlier.add("supply", files := {f"west-supply.{kind}": kind.encode() for kind in KINDS}, drawing(1.0, 2.0))
    earlier.add("empty", {}, drawing())
    earlier.write()
    for name, content in files.items():
        replace(tmp_path / FIGURES / name, content)
    return tmp_path


def test_a_chart_that_would_show_the_same_is_not_drawn_again(drawn: Path) -> None:
    earlier = DrawnCharts(drawn, "west", "rules of today")
    assert earlier.files("supply", KINDS, drawing(1.0, 2.0)) == {"west-supply.svg": b"svg", "west-supply.png": b"png"}
    assert earlier.files("supply", ["png"], drawing(1.0, 2.0)) == {"west-supply.png": b"png"}
    assert earlier.files("empty", KINDS, drawing()) == {}


def test_a_chart_is_drawn_again_when_what_it_shows_or_its_file_changed(drawn: Path) -> None:
    earlier = DrawnCharts(drawn, "west", "rules of today")
    assert earlier.files("supply", KINDS, drawing(1.0, 3.0)) is None
    assert earlier.files("other", KINDS, drawing(1.0, 2.0)) is None
    assert DrawnCharts(drawn, "west", "rules of tomorrow").files("supply", KINDS, drawing(1.0, 2.0)) is None
    assert DrawnCharts(drawn, "east", "rules of today").files("supply", KINDS, drawing(1.0, 2.0)) is None
    (drawn / FIGURES / "west-supply.svg").write_bytes(b"edited by hand")
    assert earlier.files("supply", KINDS, drawing(1.0, 2.0)) is None
    (drawn / FIGURES / "west-supply.svg").unlink()
    assert earlier.files("supply", KINDS, drawing(1.0, 2.0)) is None
    for damaged in ("{", '{"supply": {"drawn_from": "x", "files": null}}', '{"supply": {"files": {}}}', "[]"):
        (drawn / "work" / "publish" / "west" / "charts.json").write_text(damaged)
        assert DrawnCharts(drawn, "west", "rules of today").files("supply", KINDS, drawing(1.0, 2.0)) is None
