"""Land that is unknown through layers that nobody supplied: counted once, and named in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from squared_paper import square, table

from pipeline.line import LINE
from pipeline.project.load import Project
from pipeline.queries.not_supplied import not_supplied_note
from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext
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
}
DECIDED_BY = {"held": "none", "both": "none", "corrected": "override", "by ibis": "ibis"}


def drawn(project: Project) -> dict[str, Any]:
    """The tables of one cluster, each piece a plot without a plan category; another year, case and activity unknown."""
    lead, year = project.publish.lead_profile, project.years[0]
    others = [("another", year, "earliest"), (lead, project.years[1], "earliest"), (lead, year, "latest")]
    questions = [(lead, year, "earliest"), *others]
    pieces, verdicts, states, rooms = [], [], [], []
    for number, (name, (hectares, tenure, room, limiting, verdict)) in enumerate(PIECES.items()):
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
        "holdings": pd.DataFrame({"holding_id": list(PIECES), "plan_category": None}),
        "rooms": table("rooms", rooms),
        "holding_states": table("holding_states", states),
        "assessments": table("assessments", verdicts),
    }


@pytest.mark.parametrize(
    ("layers", "hectares"),
    [
        pytest.param(("pipelines",), "5.0", id="a rule reads the layer"),
        pytest.param(("issue_register",), "262.0", id="a register that goes before others"),
        pytest.param(("land_use",), "6.0", id="the weakest record, of land on which no other tells"),
        pytest.param(("quays",), "64.0", id="quays, of land that is free and open"),
        pytest.param(("land_use", "pipelines"), "7.0", id="land unknown by both counts once"),
        pytest.param(("flood_depth",), "0.0", id="a layer through which nothing is unknown"),
    ],
)
def test_the_line_names_layers_and_hectares(
    rules: Project, monkeypatch: pytest.MonkeyPatch, layers: tuple[str, ...], hectares: str
) -> None:
    project = replace(rules, not_supplied=layers)
    monkeypatch.setattr(Results, "tables", lambda _self, names, _unit: {name: drawn(project)[name] for name in names})
    context = RunContext(project, Path(), Store(Path()), line=LINE)
    title = project.profiles[project.publish.lead_profile].title
    assert not_supplied_note(context, ["westhaven"]) == [
        f"not supplied and not declared absent: {', '.join(layers)}; through them "
        f"up to {hectares} ha are unknown for {title} in {project.years[0]}"
    ]
    per_cluster = float(hectares) * len(project.clusters)
    assert f"{per_cluster:.1f} ha are unknown" in not_supplied_note(context, [])[0]


def test_nothing_is_said_where_all_is_supplied(rules: Project) -> None:
    assert not_supplied_note(RunContext(rules, Path(), Store(Path()), line=LINE), []) == []
