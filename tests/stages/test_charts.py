"""Charts: what is drawn where a table has rows of few kinds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from pipeline.runner import cost
from pipeline.stages.publish.charts.canvas import Subject, heading, page, to_files
from pipeline.stages.publish.charts.charts import CHARTS, _between
from pipeline.stages.publish.charts.drawn import DrawnCharts
from pipeline.stages.publish.file_names import CHART_NAMES, FIGURES, MAP_CHART

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


def table(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"value": values})


SETTINGS = {"colour.free": "#009e73", "colour.leased": "#c3cde0"}


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """Results in which one chart was drawn in one colour, and one had nothing to show."""
    earlier = DrawnCharts(tmp_path, "west", "code of today", tmp_path)
    files = {f"west-supply.{kind}": kind.encode() for kind in KINDS}
    earlier.add("supply", files, [table(1.0, 2.0)], {"colour.free": "#009e73", "hatch.free": None})
    earlier.add("empty", {}, [table()], {})
    earlier.write(files)
    return tmp_path


def test_a_chart_that_would_show_the_same_is_not_drawn_again(drawn: Path) -> None:
    earlier = DrawnCharts(drawn, "west", "code of today", drawn)
    both = {"west-supply.svg": b"svg", "west-supply.png": b"png"}
    assert earlier.files("supply", KINDS, [table(1.0, 2.0)], SETTINGS) == both
    assert earlier.files("supply", ["png"], [table(1.0, 2.0)], SETTINGS) == {"west-supply.png": b"png"}
    assert earlier.files("empty", KINDS, [table()], SETTINGS) == {}
    earlier.write(both)
    # Taken over, it stands in the register of the next run too; another's colour is none of its own.
    later = DrawnCharts(drawn, "west", "code of today", drawn)
    assert later.files("supply", KINDS, [table(1.0, 2.0)], SETTINGS | {"colour.leased": "#000000"}) == both


def test_a_chart_is_drawn_again_when_what_it_shows_or_its_file_changed(drawn: Path) -> None:
    earlier = DrawnCharts(drawn, "west", "code of today", drawn)
    same = [table(1.0, 2.0)]
    assert earlier.files("supply", KINDS, [table(1.0, 3.0)], SETTINGS) is None
    assert earlier.files("other", KINDS, same, SETTINGS) is None
    assert earlier.files("supply", KINDS, same, SETTINGS | {"colour.free": "#000000"}) is None
    assert earlier.files("supply", KINDS, same, SETTINGS | {"hatch.free": "dots"}) is None
    assert DrawnCharts(drawn, "west", "code of tomorrow", drawn).files("supply", KINDS, same, SETTINGS) is None
    assert DrawnCharts(drawn, "east", "code of today", drawn).files("supply", KINDS, same, SETTINGS) is None
    (drawn / FIGURES / "west-supply.svg").write_bytes(b"edited by hand")
    assert earlier.files("supply", KINDS, same, SETTINGS) is None
    (drawn / FIGURES / "west-supply.svg").unlink()
    assert earlier.files("supply", KINDS, same, SETTINGS) is None
    for damaged in ("{", '{"supply": {"drawn_from": "x", "files": null}}', '{"supply": {"files": {}}}', "[]"):
        (drawn / "work" / "publish" / "west" / "charts.json").write_text(damaged)
        assert DrawnCharts(drawn, "west", "code of today", drawn).files("supply", KINDS, same, SETTINGS) is None


def test_a_chart_tells_which_settings_it_used() -> None:
    settings = {"colour.free": "#009e73", "hatch.free": "dots", "title.office": "Kantoor"}
    subject = Subject("west", False, "West", "", "office", settings)
    assert subject.paint("fall_free", "free")["hatch"] == ".."
    assert (subject.title_of("office"), subject.title_of("hall")) == ("Kantoor", "hall")
    without_value = {"colour.fall_free": None, "title.office": "Kantoor", "title.hall": None}
    assert subject.used == without_value | {name: settings[name] for name in ("colour.free", "hatch.free")}
    with pytest.raises(KeyError):
        subject.colour("leased")


def with_text(title: str, subject: Subject) -> Figure:
    figure, axes = page(3.0)
    axes.bar([0, 1], [1, 2], label="bars")
    return heading(figure, subject, title, title)


def test_the_font_is_not_read_again_for_each_letter() -> None:
    first = cost.begin()
    if first["read_bytes"] is None:
        pytest.skip("the system does not count what a process reads")
    subject = Subject("west", False, "West", "", "office", {"dots_per_inch": "100"})
    files = to_files({"many": partial(with_text, "letters " * 100)}, subject)
    assert set(files) == {"west-many.svg", "west-many.png"}
    assert (cost.since(first)["read_bytes"] or 0) < 10e6  # the fonts themselves are 8 MB


def test_every_chart_has_its_name_before_it_is_drawn() -> None:
    """The names that a run holds against the folder of results before it begins."""
    assert set(CHART_NAMES) == {*CHARTS, MAP_CHART}
