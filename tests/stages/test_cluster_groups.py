"""Sums by kind of cluster: there where there are both kinds, of the clusters of each, and under names of their own."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from layers.layer import Layer
from pipeline.project.load import Project
from pipeline.project.models import BalanceConfig, ClusterConfig
from pipeline.project.validate import contradictions
from pipeline.stages.balance.sums import summands
from pipeline.stages.balance.tables import summed
from pipeline.stages.publish.charts.canvas import Subject


def of_kinds(project: Project, **kinds: str) -> Project:
    """The project with clusters of these kinds."""
    cards = {slug: ClusterConfig(title=slug, kind=kind, basis="x", slug=slug) for slug, kind in kinds.items()}
    return replace(project, clusters=cards)


@pytest.mark.parametrize(
    ("kinds", "groups"),
    [
        pytest.param(
            {"a": "cluster", "b": "cluster_6", "c": "cluster"},
            {"vijf_clusters": ("a", "c"), "cluster_6_samen": ("b",)},
            id="both kinds",
        ),
        pytest.param({"a": "cluster", "b": "cluster"}, {}, id="no cluster 6"),
        pytest.param({"a": "cluster_6", "b": "cluster_6"}, {}, id="nothing but cluster 6"),
        pytest.param({"a": "cluster_6"}, {}, id="one"),
    ],
)
def test_there_are_sums_by_kind_where_there_are_both(
    rules: Project, kinds: dict[str, str], groups: dict[str, tuple[str, ...]]
) -> None:
    project = of_kinds(rules, **kinds)
    assert project.cluster_groups == groups
    table = pd.DataFrame({"cluster_id": list(kinds), "area_m2": 1.0})
    rows = dict(summands(table, "nl", project.cluster_groups))
    assert list(rows) == ["nl", *groups] and len(rows.pop("nl")) == len(kinds)
    assert {name: tuple(part["cluster_id"]) for name, part in rows.items()} == groups


def test_a_kind_without_rows_has_no_sum() -> None:
    """Such as that of demand, which no site of Cluster 6 states."""
    table = pd.DataFrame({"cluster_id": ["a"]})
    assert list(dict(summands(table, "nl", {"five": ("a",), "six": ("b",)}))) == ["nl", "five"]


def test_a_table_is_summed_by_kind(rules: Project) -> None:
    project = of_kinds(rules, a="cluster", b="cluster_6", c="cluster")
    layer: Any = Layer("x", "x", "X", key=("cluster_id", "year"), columns={**_columns()})
    table = pd.DataFrame({"cluster_id": ["a", "b", "c"], "year": 2030, "area_m2": [1.0, 2.0, 4.0]})
    inputs: Any = SimpleNamespace(tables={"x": table}, unit="nl", config=project)
    areas = summed(layer, lambda _: table, inputs).set_index("cluster_id")["area_m2"].to_dict()
    assert areas == {"a": 1, "b": 2, "c": 4, "vijf_clusters": 5, "cluster_6_samen": 2, "nl": 7}


def _columns() -> dict[str, Any]:
    from layers.columns import area

    return {"area_m2": area("area", "Oppervlakte")}


def test_no_cluster_has_the_name_of_a_sum(rules: Project) -> None:
    """Where there are sums: else the name is free."""
    fault = "clusters/cluster_6_samen.toml: the name of a sum of clusters (national_name and group in balance.toml)"
    assert fault in contradictions(of_kinds(rules, a="cluster", cluster_6_samen="cluster_6"))
    assert fault not in contradictions(of_kinds(rules, a="cluster_6", cluster_6_samen="cluster_6"))


@pytest.mark.parametrize(
    "group",
    [
        pytest.param({"cluster": {"name": "five", "title": "Five"}}, id="a kind is left out"),
        pytest.param(
            {"cluster": {"name": "x", "title": "X"}, "cluster_6": {"name": "x", "title": "Y"}}, id="the same name twice"
        ),
        pytest.param(
            {"cluster": {"name": "nederland", "title": "X"}, "cluster_6": {"name": "x", "title": "Y"}},
            id="the name of all",
        ),
    ],
)
def test_sums_have_names_of_their_own(rules: Project, group: dict[str, Any]) -> None:
    card = rules.balance.model_dump()
    with pytest.raises(ValidationError, match="no two sums the same"):
        BalanceConfig.model_validate({**card, "group": group})


def test_a_page_shows_the_rows_of_its_clusters() -> None:
    table = pd.DataFrame({"cluster_id": ["a", "b", "c"]})
    settings: dict[str, str] = {}
    for subject, rows in (
        (Subject("nl", True, "", "", "p", settings), ["a", "b", "c"]),
        (Subject("five", True, "", "", "p", settings, clusters=("a", "c")), ["a", "c"]),
        (Subject("b", False, "", "", "p", settings), ["b"]),
    ):
        assert subject.rows_of(table)["cluster_id"].tolist() == rows
