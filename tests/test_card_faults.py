"""Whatever is wrong with a card is said in its own keys: no name of a class, of a branch of a union, or of pydantic."""

from __future__ import annotations

import copy
import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn_haven import draw_project
from pydantic import ValidationError

from layers.errors import ConfigRefusal
from pipeline.project.assemble import AssembleConfig
from pipeline.project.card_faults import fault_words
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.load import read_project
from pipeline.project.measure import MeasureConfig
from pipeline.project.models import BalanceConfig, ClusterConfig, ConfigModel, DemandConfig, ProjectConfig, VerdictRow
from pipeline.project.publish import PublishConfig
from pipeline.project.resolve import ResolveConfig
from pipeline.project.rules import AssessConfig, ConstrainConfig, EffectConfig, ProfilesConfig
from pipeline.project.scenario import ScenarioConfig, SweepsConfig
from pipeline.project.source import SourceConfig

CONFIG = Path(__file__).parents[1] / "config"
JARGON = re.compile(
    r"\w*Config\b|<|\[key\]|Input|instance of|literal|tuple|union|[Vv]alid|dictionary|function|pydantic|Row\b"
)
HOUSE = {
    "resolve": ResolveConfig,
    "constrain": ConstrainConfig,
    "profiles": ProfilesConfig,
    "measure": MeasureConfig,
    "assess": AssessConfig,
    "assemble": AssembleConfig,
    "balance": BalanceConfig,
    "publish": PublishConfig,
    "sweeps": SweepsConfig,
}
WRONG: tuple[Any, ...] = (7, -7.5, "woord", "", True, [], ["x"], {}, {"x": 1}, dt.date(2026, 1, 1), float("nan"))
FULL_SOURCE: dict[str, Any] = {
    "layer": "parcels",
    "path": "x.gml",
    "geometry": {"kind": "join", "path": "y.gml", "column": "a", "key": "b"},
    "columns": {
        "a": {"from": "A", "date": "%d-%m-%Y", "split": [","], "perpetual": ["x"]},
        "b": {"value": 3},
        "c": {"digest": ["x", "y"]},
        "d": "D",
    },
    "csv": {"delimiter": ";", "header_row": 2, "quotes": False, "footer": "Totaal"},
    "member": "*.gml",
    "bbox": [1.0, 2.0, 3.0, 4.0],
    "clip": "clusters + 5 km",
    "grid": {"nodata": -9999.0, "band": 1},
    "where": "A = 1",
    "dates": {"q": "%d-%m-%Y"},
    "together": "slices",
    "combine": {"a": "sum"},
    "max_lost": 3,
    "licence": "x",
    "dated": dt.date(2026, 1, 1),
    "basis": "x",
}
FULL_CONSTRAINT: dict[str, Any] = {
    "name": "x",
    "title": "x",
    "layer": "roads",
    "theme": "noise",
    "direction": "onto",
    "geometry": {"kind": "values", "column": "x", "overlap": "most"},
    "from_year": 2030,
    "own_site": {"layer": "x", "column": "y"},
    "standing": "policy",
    "basis": "x",
    "source": "x",
    "certainty": "C",
    "effects": {"other": "blocks"},
}


def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def cards() -> Iterator[Any]:
    """A card that is right of every model, as full as it may be."""
    for name, model in HOUSE.items():
        yield pytest.param(model, toml(CONFIG / f"{name}.toml"), id=name)
    project = {"name": "x", "title": "x", "reference_date": dt.date(2026, 1, 1), "horizons": [2030], "language": "nl"}
    absent = {"absent": {"roads": {"treat_as": "none", "basis": "x"}}, "format": 3, "outputs": "uit"}
    together = {"absent_together": [{"layers": ["water"], "treat_as": "unknown", "basis": "x"}]}
    yield pytest.param(ProjectConfig, project | absent | together, id="project")
    yield pytest.param(ClusterConfig, {"title": "x", "kind": "cluster", "basis": "x"}, id="cluster")
    yield pytest.param(SourceConfig, FULL_SOURCE, id="source")
    book = {"csv": {}, "xlsx": {"sheet": "x", "decimal": ",", "thousands": ".", "header_row": 2, "footer": "Totaal"}}
    yield pytest.param(SourceConfig, FULL_SOURCE | book, id="source in a workbook")
    for geometry in (
        {"kind": "xy", "x": "X", "y": "Y"},
        {"kind": "wkt", "column": "G"},
        {"kind": "file", "name": "vlak"},
    ):
        yield pytest.param(SourceConfig, FULL_SOURCE | {"geometry": geometry}, id=f"source {geometry['kind']}")
    yield pytest.param(ConstrainConfig, {"quad_segs": 16, "constraint": [FULL_CONSTRAINT]}, id="constraint")
    scenario = {"title": "x", "basis": "x", "lift": {"reasons": ["x"]}, "assess": {"shape": {"touch_m": 1}}}
    yield pytest.param(ScenarioConfig, scenario | {"effects": [{"constraint": "x"}]}, id="scenario")
    row = {"cluster_id": "x", "year": "2030", "scenario": "x", "segment": "x", "demand_ha": "3"}
    yield pytest.param(DemandConfig, row | {"source": "x", "version": "1", "page": "1"}, id="demand")
    place = {"project_id": "P1", "title": "x", "cluster_id": "x", "profile": "x", "area_ha": "3", "source": "x"}
    years = {"first_year": "2030", "last_year": "2031", "leaves": "a, b", "near": "P2", "near_m": "5"}
    yield pytest.param(InvestmentProject, place | years, id="projects")
    effect = {"constraint": "x", "object_kind": "dwelling", "condition": "always", "effect": "blocks", "basis": "x"}
    yield pytest.param(EffectConfig, effect, id="effects")
    verdicts = (CONFIG / "verdicts.csv").read_text(encoding="utf-8").splitlines()
    head, first = (line.split(";") for line in verdicts[:2])
    yield pytest.param(VerdictRow, dict(zip(head, first, strict=True)), id="verdicts")


CARDS = list(cards())


@pytest.mark.parametrize(("model", "content"), CARDS)
def test_every_full_card_is_right(model: type[ConfigModel], content: dict[str, Any]) -> None:
    assert model.model_validate(content)


def places(content: Any, path: tuple[Any, ...] = (), most: int = 3) -> Iterator[tuple[Any, ...]]:
    """Every place in a card; of a long list or table the first few."""
    yield path
    if isinstance(content, dict):
        for key in list(content)[: most * 10]:
            yield from places(content[key], (*path, key), most)
    if isinstance(content, list):
        for number in range(min(len(content), most)):
            yield from places(content[number], (*path, number), most)


def broken_cards(content: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The card with another value, a key less or a key more at each place."""
    for path in places(content):
        *_, last = path or (None,)
        holder_path = path[:-1]
        for wrong in WRONG if path else ():
            changed = copy.deepcopy(content)
            _inside(changed, holder_path)[last] = wrong
            yield path, changed
        if isinstance(_inside(content, path), dict):
            changed = copy.deepcopy(content)
            _inside(changed, path)["onbekend"] = 1
            yield path, changed
        if path and isinstance(last, str):
            changed = copy.deepcopy(content)
            del _inside(changed, holder_path)[last]
            yield path, changed


def _inside(content: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        content = content[part]
    return content


@pytest.mark.parametrize(("model", "content"), CARDS)
def test_faults_of_a_card_are_said_in_its_own_keys(model: type[ConfigModel], content: dict[str, Any]) -> None:
    count = 0
    for _, changed in broken_cards(content):
        try:
            model.model_validate(changed)
        except ValidationError as broken:
            lines = fault_words(broken, changed)
            count += 1
            assert lines
            for line in lines:
                place, _, said = line.partition(": ")
                due = said.partition(", expected ")[2] or said
                assert not JARGON.search(place) and not JARGON.search(re.sub(r"'[^']*'", "", due)), line
                assert place == "the card" or _stands_there(place, changed), (line, changed)
    assert count > 10


def _stands_there(place: str, content: Any) -> bool:
    """Whether a place is one of the card, or a key that is missing in a table of it."""
    rest = place
    while rest:
        inside: dict[str, Any] = content if isinstance(content, dict) else {}
        for number, entry in enumerate(content if isinstance(content, list) else [], start=1):
            name = entry.get("name") if isinstance(entry, dict) else None
            inside[name if name and isinstance(name, str) else f"#{number}"] = entry
        key = next((key for key in inside if rest == str(key) or rest.startswith(f"{key}.")), None)
        if key is None:
            return isinstance(content, dict) and "." not in rest  # missing there
        content, rest = inside[key], rest[len(str(key)) + 1 :]
    return True


@pytest.mark.parametrize("text", ["source = 3", 'source = ["x"]', '[[source]]\nlayer = "parcels"', "", "layer = 1"])
def test_a_source_card_that_is_no_table_is_refused(text: str, tmp_path: Path) -> None:
    folder = draw_project(tmp_path / "haven")
    (folder / "sources" / "parcels.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigRefusal, match=r"expected one table \[source\]"):
        read_project(folder)


SAID = {
    "a date": ({"columns": {"x": {"from": "X", "date": 7}}}, ["columns.x.date: found 7, expected text in quotes"]),
    "a kind": (
        {"geometry": {"kind": "punt"}},
        ["geometry.kind: found 'punt', expected one of 'file', 'wkt', 'xy', 'join'"],
    ),
    "no kind": ({"geometry": {"column": "x"}}, ["geometry.kind: missing"]),
    "a column of a geometry": ({"geometry": {"kind": "wkt"}}, ["geometry.column: missing"]),
    "a value": (
        {"columns": {"x": {"value": []}}},
        ["columns.x.value: found [], expected text in quotes or a whole number or a number or true or false"],
    ),
    "a key that is none": (
        {"columns": {"x": {"column": "X"}}},
        ["columns.x.from: missing", "columns.x.column: unknown key"],
    ),
    "a number": ({"columns": {"x": 5}}, ["columns.x: found 5, expected a table with keys"]),
    "nodata": ({"grid": {"nodata": "geen"}}, ["grid.nodata: found 'geen', expected a number or 'none'"]),
}


@pytest.mark.parametrize(("change", "lines"), SAID.values(), ids=SAID)
def test_what_is_wrong_with_a_source_card_is_said_once(change: dict[str, Any], lines: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        SourceConfig.model_validate(FULL_SOURCE | change)
    assert fault_words(caught.value, FULL_SOURCE | change) == lines
