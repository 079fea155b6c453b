"""Scenarios: cards with other values, run without a second cut, compared, swept; and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from layers.errors import ConfigRefusal
from pipeline.cli.main import main
from pipeline.line import LINE
from pipeline.project.load import read_project, scenario_names
from pipeline.project.scenario import ScenarioConfig, SweepConfig, merged, rows_merged
from pipeline.queries.scenarios import changed_land, usable_m2
from pipeline.runner.run import Order, plan, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store

RULES = Path(__file__).parents[1] / "config"
HOUSE = {"title": "t", "basis": "b"}


@pytest.fixture(scope="module")
def proefpolder(proefpolder: RunContext, tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """The example as it was run, in a folder of these tests' own: scenarios and sweeps write beside it."""
    folder = tmp_path_factory.mktemp("scenarios") / "outputs"
    shutil.copytree(proefpolder.store.outputs, folder)
    return RunContext(proefpolder.project, proefpolder.data, Store(folder), line=LINE)


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def given(context: RunContext) -> tuple[str | Path, ...]:
    return "--config", context.project.folder, "--outputs", context.store.outputs


def tried(context: RunContext, name: str, **changes: Any) -> RunContext:
    """The example as a scenario of the test's own."""
    project = read_project(context.project.folder, ScenarioConfig.model_validate({**HOUSE, **changes}))
    return RunContext(project, context.data, Store.of_scenario(context.store.outputs, name), line=LINE)


def stages(context: RunContext, up_to: str = "assess") -> set[str]:
    """The stages that a scenario runs anew."""
    return {report.stage for report in run(context, Order(up_to=up_to)) if report.reasons} - {"acquire"}


# What reads otherwise


@pytest.mark.parametrize(
    ("card", "change", "result"),
    [
        pytest.param({"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}, id="a key"),
        pytest.param({"t": {"a": 1, "b": 2}}, {"t": {"a": 3}}, {"t": {"a": 3, "b": 2}}, id="a key of a table"),
        pytest.param(
            {"rule": [{"name": "x", "a": 1}, {"name": "y", "a": 1}]},
            {"y": {"a": 2}},
            {"rule": [{"name": "x", "a": 1}, {"name": "y", "a": 2}]},
            id="a table of a list, by its name",
        ),
        pytest.param(
            {"profile": {"x": {"a": 1}}},
            {"x": {"a": 2}},
            {"profile": {"x": {"a": 2}}},
            id="a table in a table, by its name",
        ),
        pytest.param(
            {"a": 1},
            {"c": {"a": 2}},
            {"a": 1, "c": {"a": 2}},
            id="a name that is not there stays, for the card to refuse",
        ),
    ],
)
def test_a_card_reads_otherwise(card: dict[str, Any], change: dict[str, Any], result: dict[str, Any]) -> None:
    before = json.dumps(card)
    assert merged(card, change) == result and json.dumps(card) == before


def test_rows_read_otherwise_where_they_have_the_key() -> None:
    rows = [
        (2, {"constraint": "x", "object_kind": "dwelling", "effect": "blocks"}),
        (3, {"constraint": "y", "object_kind": "dwelling", "effect": "blocks"}),
    ]
    result = rows_merged(rows, [{"constraint": "y", "effect": "none"}], ("constraint", "object_kind"))
    assert [row["effect"] for _, row in result] == ["blocks", "none"] and rows[1][1]["effect"] == "blocks"


@pytest.mark.parametrize("name", ["geen_geluidverdeling", "kleinere_kavels", "opties_vervallen"])
def test_the_scenarios_that_come_with_us_are_whole(rules: Any, name: str) -> None:
    assert read_project(rules.folder, name).scenario is not None and name in scenario_names(rules.folder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('title = "t"\nbasis = "b"\n', "nothing reads otherwise", id="nothing in it"),
        pytest.param('title = "t"\nbasis = "b"\n[profielen]\nx = 1\n', "profielen: unknown key", id="no such card"),
        pytest.param(
            'title = "t"\nbasis = "b"\n[profiles.general_industry]\nleast_area = 1\n', "least_area", id="no such key"
        ),
        pytest.param(
            'title = "t"\nbasis = "b"\n[profiles.fabriek]\nleast_area_ha = 1\n', "fabriek", id="no such table"
        ),
        pytest.param(
            'title = "t"\nbasis = "b"\n[profiles.general_industry]\nleast_area_ha = "groot"\n',
            "least_area_ha",
            id="no number",
        ),
        pytest.param(
            'title = "t"\nbasis = "b"\n[lift]\nreasons = ["lawaai"]\n', "'lawaai' is no constraint", id="no such reason"
        ),
        pytest.param('title = "t"\nbasis = "b"\n[sources.plannen]\nwhere = "1 == 1"\n', "plannen", id="no such source"),
        pytest.param('title = "t"\nbasis = "b"\n[constrain.noise_budget]\nlayer = "x"\n', "", id="no such layer"),
        pytest.param("title = \n", "TOML", id="no TOML"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(rules: Any, tmp_path: Path, text: str, expected: str) -> None:
    folder = tmp_path / "config" / "p"
    shutil.copytree(RULES, tmp_path / "config", ignore=shutil.ignore_patterns("data"))
    shutil.copytree(RULES / "proefpolder", folder, ignore=shutil.ignore_patterns("data"))
    (tmp_path / "config" / "scenarios" / "mis.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigRefusal) as refusal:
        read_project(folder, "mis")
    assert expected in str(refusal.value)


@pytest.mark.parametrize("name", ["nergens", "../project", "a/b", ""])
def test_a_scenario_that_is_not_there_is_refused(proefpolder: RunContext, name: str) -> None:
    result = ask("run", "--scenario", name, *given(proefpolder))
    assert result.exit_code == 2 and "scenario" in result.output and "Traceback" not in result.output


# Beside the project


def test_what_is_lifted_runs_only_what_judges(proefpolder: RunContext) -> None:
    again = tried(proefpolder, "t_lift", lift={"reasons": ["noise_budget"]})
    assert stages(again) == {"assess"} and stages(again) == set()


def test_an_option_policy_settles_tenure_anew_and_cuts_nothing(proefpolder: RunContext) -> None:
    again = tried(proefpolder, "t_policy", resolve={"handover": {"months": {"sublease": 24}}})
    ran = stages(again)
    assert "resolve" in ran and "assess" in ran and "overlay" not in ran


def test_a_plan_that_falls_away_cuts_anew(proefpolder: RunContext) -> None:
    again = tried(proefpolder, "t_plan", sources={"housing_plans": {"where": "plan != 'P7'"}})
    assert {"harmonise", "constrain", "overlay", "assess"} <= stages(again)


def test_a_scenario_reads_the_project_where_nothing_differs(proefpolder: RunContext) -> None:
    again = tried(proefpolder, "t_base", profiles={"general_industry": {"least_area_ha": 2.0}})
    assert not [report for report in plan(again, Order(up_to="balance")) if report.reasons]
    assert usable_m2(again) == usable_m2(proefpolder)


def test_lifting_only_adds_and_never_touches_the_project(proefpolder: RunContext) -> None:
    before = usable_m2(proefpolder)
    again = tried(proefpolder, "t_more", lift={"reasons": ["holding.leased", "noise_budget"]})
    stages(again)
    after = usable_m2(again)
    assert all(after[key] >= before[key] for key in before) and sum(after.values()) > sum(before.values())
    assert usable_m2(proefpolder) == before


def test_run_compare_and_the_map_of_what_moved(proefpolder: RunContext, tmp_path: Path) -> None:
    done = ask("run", "-q", "--scenario", "kleinere_kavels", "--to", "assess", *given(proefpolder))
    assert done.exit_code == 0
    path = tmp_path / "verschil.gpkg"
    said = ask("compare", "base", "kleinere_kavels", "--gpkg", path, *given(proefpolder))
    assert said.exit_code == 5 and "too_small -> usable" in said.output
    rows = json.loads(ask("compare", "base", "kleinere_kavels", "--json", *given(proefpolder)).stdout)
    drawn = gpd.read_file(path, layer="verschil")
    assert drawn["oppervlakte_ha"].sum() * 10_000 == pytest.approx(sum(row["area_m2"] for row in rows), abs=10)
    after = usable_m2(
        RunContext(
            read_project(proefpolder.project.folder, "kleinere_kavels"),
            proefpolder.data,
            Store.of_scenario(proefpolder.store.outputs, "kleinere_kavels"),
            line=LINE,
        )
    )
    before = usable_m2(proefpolder)
    gained = sum(after[key] - before[key] for key in before if key[2] == "earliest")
    expected = sum(
        row["area_m2"] * ((row["verdict_second"] == "usable") - (row["verdict_first"] == "usable")) for row in rows
    )
    assert expected == pytest.approx(gained, abs=1.0)


def test_the_project_against_itself_differs_nowhere(proefpolder: RunContext) -> None:
    assert ask("compare", "base", "base", *given(proefpolder)).exit_code == 0


@pytest.mark.parametrize(
    "words", [("compare", "base", "opties_vervallen"), ("explain", "WH-0012", "--scenario", "opties_vervallen")]
)
def test_what_was_not_run_is_not_answered_from_the_project(proefpolder: RunContext, words: tuple[str, ...]) -> None:
    """The project's results stand ready, but they are not those of the scenario."""
    result = ask(*words, *given(proefpolder))
    assert result.exit_code == 2 and "run it first: industrieruimte run --scenario opties_vervallen" in result.output


def test_a_project_that_changed_is_not_compared_with_a_scenario_of_before(
    proefpolder: RunContext, tmp_path: Path
) -> None:
    again = tried(proefpolder, "t_stale", lift={"reasons": ["noise_budget"]})
    stages(again)
    older = tried(proefpolder, "t_stale", lift={"reasons": ["location_risk"]})
    with pytest.raises(ConfigRefusal, match="not up to date"):
        changed_land((proefpolder, older), "general_industry")


def test_only_the_chosen_clusters_are_compared(proefpolder: RunContext) -> None:
    ask("run", "-q", "--scenario", "kleinere_kavels", "--to", "assess", *given(proefpolder))
    rows = json.loads(
        ask("compare", "base", "kleinere_kavels", "--json", "-c", "papierfabriek", *given(proefpolder)).stdout
    )
    assert {row["cluster_id"] for row in rows} == {"papierfabriek"}
    assert ask("compare", "base", "kleinere_kavels", "-c", "nergens", *given(proefpolder)).exit_code == 2


def test_explain_says_that_land_counts_as_free_in_a_scenario_and_names_it(proefpolder: RunContext) -> None:
    assert ask("run", "-q", "--scenario", "opties_vervallen", "--to", "assemble", *given(proefpolder)).exit_code == 0
    expected = ask("explain", "OP-0035", "--scenario", "opties_vervallen", *given(proefpolder)).stdout
    assert expected.startswith("Scenario: Alle opties en reserveringen vervallen.")
    assert "telt in dit scenario als vrij" in expected


def test_land_that_was_cut_otherwise_is_compared_by_its_ground(proefpolder: RunContext) -> None:
    again = tried(proefpolder, "t_cut", sources={"housing_plans": {"where": "plan NOT IN ('P1', 'P2', 'P3', 'P7')"}})
    stages(again)
    land = changed_land((proefpolder, again), "general_industry")
    plain = land[(land["year"] == 2050)]
    gained = plain["area_m2"] * (
        (plain["verdict_second"] == "usable").astype(int) - (plain["verdict_first"] == "usable")
    )
    after, before = (
        pd.Series(usable_m2(side)).xs((2050, "earliest"), level=(1, 2)).sum() for side in (again, proefpolder)
    )
    assert len(plain) and gained.sum() == pytest.approx(after - before, abs=1.0)


# Sweeps


def test_a_sweep_tells_each_number_lower_and_higher(proefpolder: RunContext, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "p"
    shutil.copytree(RULES, tmp_path / "config", ignore=shutil.ignore_patterns("data"))
    shutil.copytree(RULES / "proefpolder", folder, ignore=shutil.ignore_patterns("data"))
    text = (RULES / "sweeps.toml").read_text(encoding="utf-8").split("[[sweep]]")
    (tmp_path / "config" / "sweeps.toml").write_text("[[sweep]]".join(text[:2]), encoding="utf-8")
    where = ("--config", folder, "--data", proefpolder.data, "--outputs", proefpolder.store.outputs)
    said = ask("sweep", "--json", *where)
    rows = pd.DataFrame(json.loads(said.stdout))
    sums = rows[rows["case"] == "earliest"].groupby("side")["change_m2"].sum()
    assert sums["low"] > 0 > sums["high"]
    assert (proefpolder.store.outputs / "gevoeligheid.csv").is_file()
    assert (proefpolder.store.outputs / "figures" / "nederland-gevoeligheid.svg").is_file()


@pytest.mark.parametrize(
    ("sweep", "expected"),
    [
        ({"low": 3, "high": 1}, "low 3 must lie below high 1"),
        ({"card": "least_area_ha"}, "card"),
        ({"card": "profile.general_industry.least_area_ha"}, "card"),
        ({"card": "assemble.gap_m"}, "card"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused(sweep: dict[str, Any], expected: str) -> None:
    base = {
        "name": "n",
        "title": "t",
        "card": "profiles.general_industry.least_area_ha",
        "low": 1,
        "high": 2,
        "basis": "b",
    }
    with pytest.raises(ValueError, match=expected):
        SweepConfig.model_validate({**base, **sweep})
