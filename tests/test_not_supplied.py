"""Land that is unknown through layers that nobody supplied: counted once, and named in one line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from squared_paper import square, table

from pipeline.cli.messages import outdated_results
from pipeline.land.unknown_land import unknown_land
from pipeline.line import LINE
from pipeline.project.load import Project
from pipeline.project.models import AbsentConfig
from pipeline.queries.not_supplied import not_supplied_note
from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext
from pipeline.stages.publish.charts.canvas import Subject
from pipeline.stages.publish.report.report import left_unknown
from pipeline.stages.publish.tables.published import layers_not_supplied, note_on_layers
from pipeline.storage.store import Store

# Per piece its hectares, tenure, room, what limits it, and verdict, for the lead activity this year; and below by which
# record its tenure is decided.
PIECES = {
    "ruled": (1, "free", "unknown", "pipeline_strip location_risk", "unknown"),
    "held": (2, "unknown", "open", None, "unknown"),
    "both": (4, "unknown", "unknown", "pipeline_strip", "unknown"),
    "other rule": (8, "free", "unknown", "location_risk", "unknown"),
    "in use": (16, "leased", "unknown", "pipeline_strip", "in_use"),
    "barred": (32, "free", "blocked", "pipeline_strip", "unknown"),
    "on the quay": (64, "free", "open", None, "unknown"),
    "corrected": (128, "unknown", "open", None, "unknown"),
    "by ibis": (256, "unknown", "open", None, "unknown"),
    "usable": (512, "free", "open", None, "usable"),
}
DECIDED_BY = {"held": "none", "both": "none", "corrected": "override", "by ibis": "ibis"}


def drawn(project: Project, left_out: str = "") -> dict[str, Any]:
    """The tables of one cluster without one piece, each other a plot without a plan category; another year, case and
    activity unknown."""
    lead, year = project.publish.lead_profile, project.years[0]
    others = [("another", year, "earliest"), (lead, project.years[1], "earliest"), (lead, year, "latest")]
    questions = [(lead, year, "earliest"), *others]
    pieces, verdicts, states, rooms = [], [], [], []
    for number, (name, (hectares, tenure, room, limiting, verdict)) in enumerate(PIECES.items()):
        if name == left_out:
            continue
        key = {"piece_id": name, "holding_id": name, "combination_id": name}
        pieces.append({**key, "area_m2": hectares * 10_000.0, "geometry": square(number, 0)})
        states += [
            {
                **key,
                "year": y,
                "case": case,
                "tenure_status": tenure if y == year and case == "earliest" else "unknown",
                "decided_by": DECIDED_BY.get(name, "register"),
            }
            for y, case in {(y, case) for _, y, case in questions}
        ]
        for index, (profile, y, case) in enumerate(questions):
            question = {**key, "profile": profile, "year": y}
            verdicts.append({**question, "case": case, "verdict": verdict if not index else "unknown"})
            if case == "earliest":
                counts = {"room": room, "limiting": limiting} if not index else {"room": "unknown", "limiting": "x"}
                rooms.append({**question, "plan_category": "unknown", **counts})
    return {
        "pieces": table("pieces", pieces),
        "holdings": pd.DataFrame(
            {"holding_id": [row["holding_id"] for row in pieces], "cluster_id": "westhaven", "plan_category": None}
        ),
        "rooms": table("rooms", rooms),
        "holding_states": table("holding_states", states),
        "assessments": table("assessments", verdicts),
    }


@pytest.mark.parametrize(
    ("layers", "hectares", "ranked"),
    [
        pytest.param(("pipelines",), "5.0", ": pipelines (5.0 ha)", id="a rule reads the layer"),
        pytest.param(("issue_register",), "262.0", ": issue_register (262.0 ha)", id="a register before others"),
        pytest.param(("land_use",), "6.0", ": land_use (6.0 ha)", id="the weakest record, where no other tells"),
        pytest.param(("quays",), "64.0", ": quays (64.0 ha)", id="quays, of land that is free and open"),
        pytest.param(
            ("land_use", "pipelines"), "7.0", ": land_use (6.0 ha), pipelines (5.0 ha)", id="both count once together"
        ),
        pytest.param(("flood_depths",), "0.0", "", id="a layer through which nothing is unknown"),
    ],
)
def test_the_line_names_layers_and_hectares(
    rules: Project, monkeypatch: pytest.MonkeyPatch, layers: tuple[str, ...], hectares: str, ranked: str
) -> None:
    project = replace(rules, not_supplied=layers)
    monkeypatch.setattr(Results, "tables", lambda _self, names, _unit: {name: drawn(project)[name] for name in names})
    context = RunContext(project, Path(), Store(Path()), line=LINE)
    title = project.profiles[project.publish.lead_profile].title
    assert not_supplied_note(context, ["westhaven"]) == [
        f"not supplied and not declared absent: {', '.join(layers)}; through them "
        f"up to {hectares} ha are unknown for {title} in {project.years[0]}{ranked}"
    ]
    per_cluster = float(hectares) * len(project.clusters)
    assert f"{per_cluster:.1f} ha are unknown" in not_supplied_note(context, [])[0]


def test_layers_without_which_nothing_is_usable_are_named_the_most_first(
    rules: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that the project declares not known."""
    unknown = AbsentConfig(treat_as="unknown", basis="x")
    card = rules.card.model_copy(update={"absent": {"pipelines": unknown, "safety_contours": unknown}})
    project = replace(rules, not_supplied=("pipelines",), card=card)
    tables = drawn(project, left_out="usable")
    monkeypatch.setattr(Results, "tables", lambda _self, names, _unit: {name: tables[name] for name in names})
    (line,) = not_supplied_note(RunContext(project, Path(), Store(Path()), line=LINE), ["westhaven"])
    assert line == (
        "not supplied and not declared absent: pipelines; nothing can become usable for Algemene industrie "
        "before these are given: safety_contours (9.0 ha), pipelines (5.0 ha)"
    )


def test_the_report_says_on_the_page_of_each_cluster_which_layers_leave_most_unknown(rules: Project) -> None:
    unknown = AbsentConfig(treat_as="unknown", basis="x")
    card = rules.card.model_copy(update={"absent": {"pipelines": unknown, "safety_contours": unknown}})
    project, layers = replace(rules, card=card), ("pipelines", "safety_contours")
    sentences = []
    for unit, left_out in (("westhaven", "usable"), ("westhaven", ""), ("oosterpark", "")):
        land = unknown_land(project, drawn(project, left_out), layers)
        sentences.append(left_unknown(Subject(unit, False, "t", "n", "lead", {}), project, land))
    activity = "'Algemene industrie'"
    listed = "Veiligheidscontouren (9,0 ha), Buisleidingen (5,0 ha)."
    assert sentences == [
        [f"Niets kan bruikbaar worden voor {activity} voordat deze er zijn: {listed}"],
        [f"Hierdoor is voor {activity} in 2026 van ten hoogste 13 ha niet bekend of die bruikbaar is: {listed}"],
        [],
    ]
    assert left_unknown(Subject("westhaven", False, "t", "n", "lead", {}), rules, None) == []


def test_nothing_is_said_where_all_is_supplied(rules: Project) -> None:
    assert not_supplied_note(RunContext(rules, Path(), Store(Path()), line=LINE), []) == []


def absent_layers(project: Project, treat_as: str, *names: str) -> Project:
    """The project, which says that it does without these layers."""
    cards = {name: AbsentConfig(treat_as=treat_as, basis="alleen voor deze proef") for name in names}
    return replace(project, card=project.card.model_copy(update={"absent": {**project.card.absent, **cards}}))


def test_what_was_not_looked_at_is_named_with_what_it_could_change(rules: Project) -> None:
    """Also what a project says that there is none of: that is a statement, and no look at the land."""
    project = absent_layers(rules, "none", "power_lines", "terminals")
    project = absent_layers(project, "unknown", "ground_leases", "quays", "overrides")
    project = replace(project, not_supplied=("archaeology_areas",))
    rows = layers_not_supplied(project).set_index("layer")
    assert rows["treated_as"].to_dict() == {
        "power_lines": "as_none",
        "terminals": "as_none",
        "ground_leases": "as_unknown",
        "quays": "as_unknown",
        "overrides": "as_unknown",
        "archaeology_areas": "as_unknown",
    }
    decisive = {"power_lines", "ground_leases", "quays", "archaeology_areas"}
    assert set(rows.index[rows["decides"]]) == set(rows.index[:4]) == decisive
    assert rows.loc["power_lines", "could_change"] == "regel: Strook hoogspanningsverbinding"
    assert rows.loc["ground_leases", "could_change"] == "wie de grond heeft"
    assert rows.loc["terminals", "stated_basis"] == "alleen voor deze proef"
    assert pd.isna(rows.loc["archaeology_areas", "stated_basis"])
    assert note_on_layers(project) == "Niet meegenomen: 4 bronlagen (zie de tabel)."
    single = absent_layers(rules, "none", "power_lines")
    assert note_on_layers(single) == "Niet meegenomen: 1 bronlaag (zie de tabel)."
    assert note_on_layers(rules) == "" and layers_not_supplied(rules).empty


def test_what_was_not_looked_at_stands_by_every_number(westpoort: RunContext) -> None:
    """In the file, on the page of the report, under each picture, on paper, and after a run."""
    outputs = westpoort.store.outputs
    report = (outputs / "report.html").read_text(encoding="utf-8")
    page = report[report.index('id="cluster-westpoort"') : report.index('id="bronnen"')]
    assert "Niet meegenomen" in page and "Waterkeringen" in page and "alsof er niets is" in page
    for path in (outputs / "figures").glob("*.svg"):
        assert "Niet meegenomen: 13 bronlagen" in path.read_text(encoding="utf-8"), path
    with closing(sqlite3.connect(f"file:{outputs / 'westpoort.gpkg'}?mode=ro", uri=True)) as database:
        rows = database.execute("select laag from niet_meegenomen where beslist_over_hectares = 1").fetchall()
    assert len(rows) == 13 and ("Waterkeringen",) in rows
    notes = " ".join(outdated_results(westpoort, ()))
    assert "counted as if there were none: archaeology_areas" in notes and "flood_defences" in notes
