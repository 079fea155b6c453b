"""The command line: help and example everywhere, exit codes, and answers from a run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from layers.derived import DERIVED
from layers.sources import TABLES
from pipeline.cli.main import main
from pipeline.line import LINE, VERBS
from pipeline.project.load import Project, read_project
from pipeline.queries.describe import describe_column, internal_name
from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext
from tools.list_commands import with_commands

ROOT = Path(__file__).parents[1]
COMMANDS = sorted(main.commands)
HEAVY = ("pandas", "geopandas", "numpy", "shapely", "numba", "pydantic", "pandera", "matplotlib", "rasterio", "rich")

# What is not loaded either where a command only compares what stands there with the cards, files and code.
HEAVY_TABLES = (*sorted({*HEAVY} - {"pydantic", "rich"}), "pyarrow", "pyproj", "scipy", "pipeline.stages.overlay")


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_every_command_has_help_in_the_imperative_and_an_example() -> None:
    helps = {name: [ask(name, flag) for flag in ("-h", "--help")] for name in COMMANDS}
    assert not [
        name
        for name, results in helps.items()
        if any(result.exit_code or f"Example: industrieruimte {name}" not in result.output for result in results)
    ]
    first_words = {name: (command.help or "").split()[0] for name, command in main.commands.items()}
    assert not {name: word for name, word in first_words.items() if not word.istitle() or word.endswith("s")}


def test_help_imports_nothing_heavy() -> None:
    """Each --help in one process of its own, so that no other test has imported before."""
    script = (
        "import sys; from click.testing import CliRunner; from pipeline.cli.main import main\n"
        "runs = [CliRunner().invoke(main, [*words, '--help']) for words in [[], *([name] for name in main.commands)]]\n"
        "print(max(run.exit_code for run in runs), *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    exit_code, *modules = done.stdout.split()
    assert exit_code == "0" and not sorted(set(HEAVY) & set(modules))


@pytest.mark.parametrize("verb", ["status", "run"])
def test_where_all_is_up_to_date_no_table_is_loaded(verb: str, proefpolder: RunContext) -> None:
    given = ("--config", str(proefpolder.project.folder), "--outputs", str(proefpolder.store.outputs))
    first = ask(verb, *given)
    script = (
        f"import sys; from click.testing import CliRunner; from pipeline.cli.main import main\n"
        f"done = CliRunner().invoke(main, {[verb, *given]})\n"
        "print(done.output, file=sys.stderr); print(done.exit_code, *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    exit_code, *modules = done.stdout.split()
    assert exit_code == "0" and not sorted({*HEAVY_TABLES} & {*modules}), done.stderr
    # What is said again from the store are the same words.
    assert done.stderr.split("\n", 1)[1].strip() == first.output.split("\n", 1)[1].strip()


def test_every_stage_and_every_file_of_commands_is_a_verb() -> None:
    files = {path.stem for path in (ROOT / "pipeline" / "cli" / "commands").glob("[a-z]*.py")}
    stages = [stage.name for stage in LINE]
    assert set(COMMANDS) == files | set(stages) and list(main.commands)[: len(stages)] == stages


def test_every_verb_is_a_target_and_stands_in_the_readme() -> None:
    """When the table fails: make docs."""
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(listed.split("verbs, with ARGS")[1].split()) | {"check", "clean"}  # these two are about the code
    assert set(COMMANDS) <= targets and "make check-input" in listed and "make clean-confidential" in listed
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_commands(readme) == readme and not [name for name in COMMANDS if f"`{name}`" not in readme]
    assert len(readme.splitlines()) <= 150


def test_the_version_is_shown() -> None:
    assert ask("--version").output.startswith("industrieruimte, version 0.")


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    result = ask("run", "--config", tmp_path)
    assert result.exit_code == 2 and "no project.toml" in result.output


def test_a_cluster_that_is_not_there_is_refused_with_those_that_are(proefpolder: RunContext) -> None:
    result = ask(
        "run", "-c", "westhven", "--config", proefpolder.project.folder, "--outputs", proefpolder.store.outputs
    )
    assert result.exit_code == 2 and "westhaven" in result.output


def test_the_demo_runs_the_example_that_comes_with_the_tool(proefpolder: RunContext) -> None:
    result = ask("demo", "--outputs", proefpolder.store.outputs)
    assert result.exit_code == 0 and "nothing changed" in result.output and "westhaven" in result.output


def test_a_second_run_says_that_nothing_changed(proefpolder: RunContext) -> None:
    result = ask("run", "--config", proefpolder.project.folder, "--outputs", proefpolder.store.outputs)
    assert result.exit_code == 0 and "nothing changed" in result.output


def test_timings_say_what_each_stage_cost_also_of_what_was_up_to_date(proefpolder: RunContext) -> None:
    given = ("--config", proefpolder.project.folder, "--outputs", proefpolder.store.outputs)
    lines = ask("run", "--timings", "-q", "--to", "assemble", *given).output.splitlines()
    heads, rows = lines[0].split("  "), {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert list(rows) == list(VERBS[: VERBS.index("assemble") + 1])
    assert {"stage", "units", "peak MB"} <= {head.strip() for head in heads}
    units, has_run, cpu_s, *_, rows_written, _ = rows["assess"]
    tables = Results.from_run(proefpolder).tables(("assessments", "rooms"), "westhaven").values()
    assert (units, has_run) == ("5", "0") and float(cpu_s) > 0.01
    assert int(rows_written.replace(",", "")) > sum(map(len, tables))


def test_status_is_quiet_when_all_is_fresh(proefpolder: RunContext) -> None:
    given = ("--config", proefpolder.project.folder, "--outputs", proefpolder.store.outputs)
    assert ask("status", *given).output == "nothing would run: all results are up to date\n"
    assert not any(row["stale"] for row in json.loads(ask("status", "--json", *given).stdout))


def test_a_dry_run_says_why_and_writes_nothing(tmp_path: Path, proefpolder: RunContext) -> None:
    result = ask("run", "--dry-run", "--config", proefpolder.project.folder, "--outputs", tmp_path / "new")
    assert "not run yet" in result.output and not (tmp_path / "new").exists()


def test_check_answers_in_json(proefpolder: RunContext) -> None:
    rows = json.loads(ask("check", "--json", "--config", proefpolder.project.folder).stdout)
    assert {"source", "file", "layer", "row", "field", "fault", "value", "todo", "severity"} <= set(rows[0])
    assert {"good", "note"} <= {row["severity"] for row in rows} <= {"good", "note", "warning"}


def test_describe_shows_the_columns_of_a_layer() -> None:
    (layer,) = json.loads(ask("describe", "parcels", "--json").stdout)
    assert layer["key"] == ["parcel_id"] and {"unit", "title", "meaning"} <= set(layer["columns"][0])
    assert "confidential" in ask("describe", "ground_leases").output


def test_describe_says_where_a_published_column_comes_from() -> None:
    column = json.loads(ask("describe", "kavels.bruikbaar_2030_ha", "--json").stdout)
    assert (column["unit"], column["published_unit"], column["stage"]) == ("m2", "ha", "publish")
    assert column["declared"].startswith("layers/derived/parcel_overview.py:")
    assert [place.split(":")[0] for place in column["computed"]] == ["pipeline/stages/publish/tables/overviews.py"]
    assert {"assessments", "pieces"} <= set(column["inputs"])
    path, line = column["computed"][0].split()[0].split(":")
    assert "usable_{year}_m2" in (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_describe_follows_a_column_to_the_stage_that_computes_it() -> None:
    text = ask("describe", "kavels.kadelengte_m").stdout
    assert "taken over from parcel_facts.quay_m of measure, pipeline/stages/measure/quays.py:" in text


def test_every_published_column_is_described() -> None:
    project = read_project(ROOT / "config" / "proefpolder")
    columns = [(card.layer, name) for card in project.publish.published for name in DERIVED[card.layer].columns]
    for layer, name in columns:
        described = describe_column(layer, name)
        assert bool(described["computed"]) != bool(described["taken_over_from"]), (layer, name)
        assert described["inputs"] or described["stage_reads"] or described["taken_over_from"], (layer, name)


def test_the_shape_of_every_layer_is_described() -> None:
    for layer in (*DERIVED.values(), *TABLES.values()):
        if layer.shape:
            described = describe_column(layer.name, "geometry")
            assert (described["name"], described["type"]) == (f"{layer.name}.geometry", layer.shape)


ORIGINS = {
    "kavels.toelichting": ("computed", "pipeline/stages/publish/text/three_lines.py", "texts"),
    "kavels.geom": ("computed", "pipeline/stages/publish/tables/overviews.py", "parcel_overview"),
    "kavels.kadelengte_m": ("taken_over_from", "pipeline/stages/measure/quays.py", "parcel_facts.quay_m"),
    "kavels.bruikbaar_JAAR_ha": ("years", "project.toml", "whichever year"),
    "deelvlakken.waarom_niet_2030": ("computed", "pipeline/stages/publish/tables/overviews.py", "piece_overview"),
    "near_misses.short_of": ("computed", "pipeline/stages/assemble/near_misses.py", "measured"),
    "rooms.reasons": ("computed", "pipeline/land/rooms.py", "rooms"),
    "assessments.verdict": ("computed", "pipeline/stages/assess/__init__.py", "assess"),
    "pieces.combination_id": ("computed", "pipeline/stages/overlay/pieces.py", "_cut"),
    "zones.zone_title": ("computed", "pipeline/stages/constrain/__init__.py", "_row"),
    "parcels.parcel_id": ("source", "`columns`", "layer = 'parcels'"),
    "parcels.geometry": ("source", "the shapes of `path`", "layer = 'parcels'"),
    "overrides.author": ("source", "author", "overrides.csv"),
}


@pytest.mark.parametrize(("column", "origin"), ORIGINS.items(), ids=ORIGINS)
def test_a_column_is_described_by_the_place_that_it_comes_from(
    column: str, origin: tuple[str, str, str], rules: Project
) -> None:
    table, _, name = column.partition(".")
    described = describe_column(internal_name(table, rules), name)
    key, place, words = origin
    filled = [each for each in ("computed", "taken_over_from", "source") if described[each]]
    assert len(filled) == 1 and key in (*filled, "years")
    places = described[key] if isinstance(described[key], list) else [described[key]]
    assert len(places) == 1 and place in str(places[0]) and words in str(places[0])


def test_describe_does_not_take_rounding_or_an_old_name_for_writing() -> None:
    share = describe_column("waterfall", "share_m2")["computed"]
    assert any("falls.py" in place for place in share) and not any("accounting.py" in place for place in share)
    released = describe_column("near_miss_overview", "short_of")
    assert [origin["column"] for origin in released["taken_over_from"]] == ["near_misses.short_of"]


@pytest.mark.parametrize("name", ["kleuren", "kavels.kleur", "noise_levels.kleur"])
def test_describe_of_an_unknown_name_is_refused(name: str) -> None:
    assert ask("describe", name).exit_code == 2


def test_explain_is_about_a_plot_in_dutch(proefpolder: RunContext) -> None:
    result = ask("explain", "WH-0100", "--config", proefpolder.project.folder, "--outputs", proefpolder.store.outputs)
    assert (
        result.exit_code == 0
        and "volgens correctie, bewijsstuk grondzaken: gereserveerd voor een kabeltracé, nog niet in het register "
        "(t/m 31-12-2031)"
        in result.output
        and "geen vergunningoordeel" in result.output
    )


def test_explain_answers_for_any_day(proefpolder: RunContext) -> None:
    where = ("--config", proefpolder.project.folder, "--outputs", proefpolder.store.outputs)
    answers = [ask("explain", "WH-0100", "--on", day, *where).output for day in ("2031-12-31", "2032-01-01")]
    assert "vroegst gereserveerd, laatst gereserveerd" in answers[0] and answers[0] != answers[1]


def test_explain_of_nothing_known_is_refused(proefpolder: RunContext) -> None:
    assert (
        ask(
            "explain", "nergens", "--config", proefpolder.project.folder, "--outputs", proefpolder.store.outputs
        ).exit_code
        == 2
    )


def test_diff_of_the_same_figures_is_nothing(proefpolder: RunContext) -> None:
    same = proefpolder.store.outputs
    result = ask("diff", same, same)
    assert result.exit_code == 0 and result.output.endswith("no difference\n")
    assert " ha did not change" in result.output


def test_diff_tells_what_moved_and_ends_with_5(proefpolder: RunContext, tmp_path: Path) -> None:
    figures = pd.read_csv(proefpolder.store.outputs / "figures.csv")
    figures.loc[0, "area_m2"] += 10_000
    figures.to_csv(tmp_path / "figures.csv", index=False)
    result = ask("diff", proefpolder.store.outputs, tmp_path)
    assert result.exit_code == 5 and "(+1.00)" in result.output and "1 figures differ" in result.output


def test_in_a_project_folder_that_project_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("init", tmp_path / "mine").exit_code == 0
    monkeypatch.chdir(tmp_path / "mine")
    assert "project.toml, line 6: reference_date" in ask("check").output
    assert 'name = "mine"' in Path("project.toml").read_text(encoding="utf-8")
    assert not Path("overrides.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert ask("init", tmp_path / "mine").exit_code == 2


def test_a_cluster_alone_says_what_is_left_behind(proefpolder: RunContext) -> None:
    result = ask(
        "run", "-c", "westhaven", "--config", proefpolder.project.folder, "--outputs", proefpolder.store.outputs
    )
    said = " ".join(result.output.split())
    assert result.exit_code == 0 and "nederland.gpkg, report.html and figures.csv are of an earlier run" in said


def test_a_file_where_a_folder_is_due_is_refused(proefpolder: RunContext, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = ask("run", "--config", proefpolder.project.folder, "--outputs", tmp_path / "file")
    assert result.exit_code == 2 and "Traceback" not in result.output and "refused" in result.output


def test_a_lock_that_is_not_there_is_refused_with_locked(proefpolder: RunContext, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("kavels.gpkg", "clustergrenzen.geojson"):
        shutil.copy(proefpolder.project.folder / "data" / name, data)
    ask("init", tmp_path / "mine", "--from", data)
    card = tmp_path / "mine" / "project.toml"
    card.write_text(card.read_text(encoding="utf-8").replace('"TODO"', "2026-10-01"), encoding="utf-8")
    result = ask("run", "--locked", "--config", tmp_path / "mine", "--data", data, "--outputs", tmp_path / "out")
    assert result.exit_code == 4 and "pin them first" in result.output


def test_a_lock_that_differs_is_named_and_refused_with_locked(proefpolder: RunContext, tmp_path: Path) -> None:
    lock = proefpolder.project.folder / "sources.lock"
    text = lock.read_text(encoding="utf-8")
    try:
        lock.write_text(text.replace('sha256 = "', 'sha256 = "0'), encoding="utf-8")
        result = ask("run", "--locked", "--config", proefpolder.project.folder, "--outputs", tmp_path)
        assert result.exit_code == 4 and "the lock has" in result.output
    finally:
        lock.write_text(text, encoding="utf-8")
