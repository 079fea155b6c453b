"""What a run says on a terminal and in a log: lines of a hundred signs, what it will take, and no silence."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from drawn_haven import draw_project

from pipeline.cli import context, heartbeat, messages, progress, report_lines
from pipeline.cli.main import main
from pipeline.cli.options import ProjectOptions, RunOptions
from pipeline.runner.forecast import Forecast, forecast_of, seconds_by_plots
from pipeline.runner.run import Order
from pipeline.runner.stage import RunContext
from pipeline.runner.task import Report
from tools import set_up

LONG = "z" * 64  # as long as the name of a cluster may be
MANY = {f"table_{number}": [10_000, None] for number in range(40)}


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def report(
    stage: str, unit: str, counts: dict[str, Any], seconds: float = 1.0, notes: list[str] | None = None
) -> Report:
    return Report(stage, unit, ["not run yet"], counts, notes or [], {"wall_s": seconds})


def shown(reports: list[Report], context: RunContext, monkeypatch: pytest.MonkeyPatch, **options: Any) -> list[str]:
    """The lines that a run with these reports writes to a log."""
    monkeypatch.setattr(progress, "run", lambda *_: iter(reports))
    how = RunOptions(**options)
    result = CliRunner().invoke(_command(lambda: progress.run_with_progress(context, Order(up_to="publish"), how)))
    assert result.exception is None, result.exception
    return result.output.splitlines()


def _command(work: Any) -> Any:
    import click

    return click.command("work")(lambda: work() and None)


REPORTS = [
    report("harmonise", "parcels", {"parcels": [12, 120_000.0], "refused": [2, None]}, 0.25, ["a note on it"]),
    report("harmonise", "roads", {"roads": [1_400, None], "refused": [0, None]}, 0.5),
    report("harmonise", "all", {}, 0.0),
    report("overlay", "haven", {"cut": [12, None], "pieces": [34, 120_000.0], "combinations": [5, None]}),
    report("assemble", LONG, {"sites": [6, 660_000.0], **MANY}),
    report("publish", "haven", {"haven.gpkg": ["written", None], "figures/": [12, None]}),
]


def test_a_run_writes_a_line_per_stage_and_cluster(rules_context: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(REPORTS, rules_context, monkeypatch)
    words = [" ".join(line.split()) for line in lines]
    assert words == [
        "harmonise 2 layers 1,412 rows or cells, 2 refused 0.8 s",
        "parcels: a note on it",
        "overlay haven pieces 34 (12.0 ha) 1.0 s",
        f"assemble {LONG}",
        "sites 6 1.0 s",  # rows of every year: their hectares count land twice
        "publish haven haven.gpkg, 12 figures 1.0 s",
    ]
    assert max(map(len, lines)) <= 100


def test_all_counts_stand_under_v_within_a_hundred_signs(
    rules_context: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = shown(REPORTS, rules_context, monkeypatch, verbose=True)
    text = " ".join(" ".join(lines).split())
    assert "parcels 12 (12.0 ha), refused 2" in text and "roads 1,400" in text and "cut 12, pieces 34" in text
    assert all(any(f"{name} 10,000" in line for line in lines) for name in MANY) and max(map(len, lines)) <= 100


def test_a_quiet_run_says_nothing(rules_context: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(REPORTS, rules_context, monkeypatch, quiet=True) == []


@pytest.fixture
def rules_context(rules: Any, tmp_path: Path) -> RunContext:
    return context.context_of(ProjectOptions(config=rules.folder, outputs=tmp_path), RunOptions(quiet=True))


@pytest.mark.whole_run
def test_the_balance_and_what_goes_with_it_stand_within_a_hundred_signs(proefpolder: RunContext) -> None:
    given = ("--config", proefpolder.project.folder, "--outputs", proefpolder.store.outputs)
    for words in (("run",), ("run", "--timings"), ("status",), ("run", "--dry-run", "--from", "harmonise")):
        lines = ask(*words, *given).output.splitlines()
        assert not [line for line in lines if len(line) > 100 and str(proefpolder.store.outputs) not in line], words
    table = messages.balance(proefpolder, ())
    first = next(number for number, line in enumerate(table) if line.startswith("westhaven"))
    figures = [line.split() for line in table[first : first + 3]]
    assert figures[0][:4] == ["westhaven", "2026", "972.0", "38.3"] and figures[2][0] == "2050"
    assert figures[2][1:] == ["48.8", "547.1", "398.8", "278.4", "173.6", "144.1", "65.9"]


def test_in_a_narrow_terminal_names_stand_above_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "width", lambda: 80)
    rows = messages._row("westhaven", "2026", ["12345.6"] * 8).splitlines()
    assert rows[0] == "westhaven" and len(rows[1]) <= 80 and rows[1].split()[0] == "2026"


EARLIER = {("assess", "a"): {"wall_s": 4.0}, ("assess", "b"): {"wall_s": 8.0}, ("publish", "a"): {"wall_s": 30.0}}
STALE = [report("assess", unit, {}) for unit in "abc"]


@pytest.mark.parametrize(
    ("stale", "jobs", "expected"),
    [
        pytest.param([], 1, Forecast(0, 0.0), id="nothing to do"),
        pytest.param(STALE[:2], 1, Forecast(2, 12.0), id="as they took"),
        pytest.param(STALE, 1, Forecast(3, 18.0), id="a new cluster as others of its stage"),
        pytest.param(STALE, 3, Forecast(3, 6.0), id="at the same time"),
        pytest.param([*STALE, report("balance", "a", {})], 1, Forecast(4, None), id="a stage that never ran"),
        pytest.param([Report("assess", "a", [])], 1, Forecast(0, 0.0), id="up to date"),
    ],
)
def test_what_a_run_takes_follows_from_the_last(stale: list[Report], jobs: int, expected: Forecast) -> None:
    assert forecast_of(stale, EARLIER, jobs) == expected


def test_a_first_run_is_forecast_by_its_plots() -> None:
    example = seconds_by_plots(1_342, 5, 1)
    assert 30 < example < 90  # measured: 46 to 76 CPU seconds, of which 5 before the plots are read
    assert seconds_by_plots(1_342, 5, 2) < example < seconds_by_plots(13_420, 5, 1)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "some seconds"), (42, "about 40 seconds"), (130, "about 2 minutes"), (7_300, "about 2 hours")],
)
def test_durations_are_words(seconds: float, words: str) -> None:
    assert messages.duration(seconds) == words


def test_before_the_work_a_run_says_what_it_takes_and_where_results_go(proefpolder: RunContext) -> None:
    said = messages.what_it_takes(Forecast(5, 42.0), proefpolder)
    assert "5 steps" in said and "40 seconds at most" in said and str(proefpolder.store.outputs.resolve()) in said
    assert "for the first time" in messages.what_it_takes(Forecast(5, None), proefpolder)


def test_a_silence_is_broken_with_what_the_work_is_at() -> None:
    lines: list[str] = []
    with heartbeat.Heartbeat(lines.append, 0.05) as beat:
        beat.set_work("overlay haven")
        _until(lambda: len(lines) >= 2)
    assert all(line.startswith("overlay haven ... ") for line in lines)
    count = len(lines)
    time.sleep(0.15)
    assert len(lines) == count  # all is done


def test_what_was_heard_begins_the_silence_anew() -> None:
    lines: list[str] = []
    with heartbeat.Heartbeat(lines.append, 0.2) as beat:
        for _ in range(20):
            time.sleep(0.02)
            beat.heard()
    assert not lines


def test_every_command_has_a_heartbeat(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(heartbeat, "SILENCE_S", 0.02)
    monkeypatch.setattr("pipeline.queries.inspection.files.inspect_paths", lambda _: time.sleep(0.3) or [])
    result = ask("inspect", tmp_path)
    assert "inspect ... 0 s" in result.stderr and "..." not in result.stdout


def _until(is_so: Any) -> None:
    for _ in range(500):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("not within five seconds")


def test_project_toml_has_a_place_for_results_and_the_option_wins(tmp_path: Path) -> None:
    folder = draw_project(tmp_path / "haven")
    card = folder / "project.toml"
    card.write_text('outputs = "../uitkomsten"\n' + card.read_text(encoding="utf-8"), encoding="utf-8")
    named = context.context_of(ProjectOptions(config=folder))
    assert named.store.outputs.resolve() == tmp_path / "uitkomsten"
    given = context.context_of(ProjectOptions(config=folder, outputs=tmp_path / "elders", scenario="kleinere_kavels"))
    assert given.store.outputs == tmp_path / "elders" / "scenarios" / "kleinere_kavels"
    # Verbs that open no project ask it for its place too, whatever is wrong with its other cards.
    (folder / "resolve.toml").write_text("x = 1", encoding="utf-8")
    assert "uitkomsten" in ask("clean", "--confidential", "--config", folder).stderr
    assert context.results_folder(None, tmp_path) == Path("outputs")


def test_setting_up_shows_that_it_goes_on_and_how_long_a_step_took(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(set_up, "DOT_SECONDS", 0.05)
    set_up.step("libraries", [sys.executable, "-c", "import time; print('noise'); time.sleep(0.3)"])
    said = capsys.readouterr().out
    assert re.fullmatch(r"  libraries +\.\.+ \d+ s\n", said)


def test_a_step_of_the_set_up_that_fails_shows_what_it_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="3"):
        set_up.step("libraries", [sys.executable, "-c", "import sys; print('no such index'); sys.exit(3)"])
    assert "failed\nno such index\n" in capsys.readouterr().out


QUESTIONS = [
    ("explain", "P-01"),
    ("compare", "base", "kleinere_kavels"),
    ("sweep",),
    ("status",),
    ("explain", "P-01", "--scenario", "kleinere_kavels"),
]


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_a_folder_of_results_that_is_not_there_is_named_by_its_full_path(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = draw_project(tmp_path / "haven")
    monkeypatch.chdir(tmp_path)
    result = ask(*words, "--config", folder, "--outputs", "nergens")
    said = " ".join(result.stderr.split())
    assert f"'{tmp_path.resolve() / 'nergens'}'" in said and "industrieruimte run" in said and "--outputs" in said
    assert result.exit_code == (0 if words == ("status",) else 2)


@pytest.mark.parametrize("day", ["", "@2030-01-01"])
def test_diff_names_a_folder_that_is_not_there_by_its_full_path(
    day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = ask("diff", f"nergens{day}", "elders")
    assert result.exit_code == 2 and f"'{tmp_path.resolve() / 'nergens'}': no such" in result.stderr


def test_lines_are_as_wide_as_the_terminal_but_a_log_has_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    assert report_lines.width() == 100
    monkeypatch.setattr(report_lines.sys.stderr, "isatty", lambda: True)
    assert report_lines.width() == 72
