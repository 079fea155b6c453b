"""The register of cards: which there are, where each stands in a project, and the grammar that it is read by."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from pipeline.project.assemble import AssembleConfig
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.measure import MeasureConfig
from pipeline.project.models import (
    SET_BY_READER,
    BalanceConfig,
    ClusterConfig,
    ConfigModel,
    DemandConfig,
    ProjectConfig,
    VerdictRow,
)
from pipeline.project.publish import PublishConfig
from pipeline.project.resolve import ResolveConfig
from pipeline.project.rules import AssessConfig, ConstrainConfig, EffectConfig, ProfilesConfig
from pipeline.project.scenario import ScenarioConfig, SweepsConfig
from pipeline.project.source import SourceConfig

Schema = dict[str, Any]
DIALECT = "http://json-schema.org/draft-07/schema#"  # what editors of TOML know
# Of keys that mean the same in every card.
COMMON = {
    "basis": "what it rests on: a rule, document or person",
    "title": "what a reader sees it called",
    "name": "what other cards and tables call it",
    "certainty": "how certain the source is: C, L or U",
    "kind": "which of the grammars",
}
# Units by the end of a key, the longest first.
UNITS = {
    "_dba_m2": "dB(A) per m2",
    "_m3_year": "m3 a year",
    "_kg_ha": "kg per ha a year",
    "_mol": "mol per ha a year",
    "_per_ha": "per ha",
    "_m2": "m2",
    "_m": "m",
    "_ha": "ha",
    "_mm": "mm",
    "_db": "dB",
    "_kv": "kV",
    "_mw": "MW",
    "_pct": "%",
    "_seconds": "s",
    "_years": "years",
    "_months": "months",
    "_scale": "1 to so many",
    "share": "part, 0-1",
    "chance": "part, 0-1",
}


@dataclass(frozen=True)
class Card:
    """A kind of card: its place in a project, the model that reads it, and the table of the file that it is in."""

    place: str
    model: type[ConfigModel]
    table: str = ""

    @property
    def is_toml(self) -> bool:
        """Whether it is a card in TOML, and no row of a table."""
        return self.place.endswith(".toml")


CARDS = {
    "project": Card("project.toml", ProjectConfig),
    "source": Card("sources/*.toml", SourceConfig, "source"),
    "cluster": Card("clusters/*.toml", ClusterConfig),
    "resolve": Card("resolve.toml", ResolveConfig),
    "constrain": Card("constrain.toml", ConstrainConfig),
    "profiles": Card("profiles.toml", ProfilesConfig),
    "measure": Card("measure.toml", MeasureConfig),
    "assess": Card("assess.toml", AssessConfig),
    "assemble": Card("assemble.toml", AssembleConfig),
    "balance": Card("balance.toml", BalanceConfig),
    "publish": Card("publish.toml", PublishConfig),
    "scenario": Card("scenarios/*.toml", ScenarioConfig),
    "sweeps": Card("sweeps.toml", SweepsConfig),
    "effects": Card("effects.csv", EffectConfig),
    "verdicts": Card("verdicts.csv", VerdictRow),
    "demand": Card("demand.csv", DemandConfig),
    "projects": Card("projects.csv", InvestmentProject),
}


def schema_of(card: Card) -> Schema:
    """The JSON Schema of a card: every key with its type, bounds, default, unit and meaning."""
    schema = card.model.model_json_schema(by_alias=True, mode="validation")
    definitions = schema.pop("$defs", {})
    for name, part in [(card.model.__name__, schema), *definitions.items()]:
        if "properties" in part:
            _describe(part, _models()[name], definitions)
    schema, definitions = _without_null(schema), {name: _without_null(part) for name, part in definitions.items()}
    if card.table:
        schema = {"properties": {card.table: schema}, "required": [card.table], "additionalProperties": False}
        schema["type"] = "object"
    return {"$schema": DIALECT, **schema, "$defs": definitions}


def unit_of(key: str) -> str:
    """The unit that a key ends in; "" where it has none."""
    return next((unit for end, unit in UNITS.items() if key.endswith(end)), "")


def _describe(part: Schema, model: type[ConfigModel], definitions: Mapping[str, Schema]) -> None:
    """Give each key its meaning, and leave out what no writer of a card says."""
    meanings = field_meanings(model)
    part["description"] = _docstring(model)
    part.pop("title", None)
    for name, info in model.model_fields.items():
        key = info.alias or name
        if info.json_schema_extra == SET_BY_READER:
            part["properties"].pop(key)
            continue
        entry = part["properties"][key]
        entry.pop("title", None)
        inside = next((_docstring(_models()[name]) for name in _names_in(entry) if name in definitions), "")
        meaning = meanings.get(name) or info.description or COMMON.get(name) or inside
        unit = unit_of(key)
        entry["description"] = f"{meaning} ({unit})" if unit else meaning


def _docstring(model: type[ConfigModel]) -> str:
    return " ".join((inspect.getdoc(model) or "").split())


def _names_in(entry: Schema) -> list[str]:
    """The grammars that an entry refers to."""
    return re.findall(r"#/\$defs/(\w+)", str(entry))


def _without_null(part: Any) -> Any:
    """A part of a schema without the null that TOML does not have; what goes with a reference stands beside it."""
    if isinstance(part, list):
        return [_without_null(each) for each in part]
    if not isinstance(part, dict):
        return part
    part = {key: _without_null(value) for key, value in part.items() if key != "discriminator"}
    for several in ("anyOf", "oneOf"):
        kinds = [kind for kind in part.get(several, []) if kind != {"type": "null"}]
        if several in part and len(kinds) == 1:
            del part[several]
            part = {**kinds[0], **part}
        elif several in part:
            part[several] = kinds
    if "default" in part and (part["default"] is None or isinstance(part["default"], dict)):
        del part["default"]
    if "$ref" in part and len(part) > 1:
        # In this dialect nothing that stands beside a reference counts.
        part["allOf"] = [{"$ref": part.pop("$ref")}]
    return part


@cache
def _models() -> Mapping[str, type[ConfigModel]]:
    """All models by name."""
    known: dict[str, type[ConfigModel]] = {}
    waiting: list[type[ConfigModel]] = [ConfigModel]
    while waiting:
        parent = waiting.pop()
        known[parent.__name__] = parent
        waiting += parent.__subclasses__()
    return known


@cache
def field_meanings(model: type[ConfigModel]) -> Mapping[str, str]:
    """The text below each field of a model, and of those that it extends; fields without one are left out."""
    meanings: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, ConfigModel) and parent.__module__ in _MODULES:
            meanings |= dict(_texts_below(parent))
    return meanings


_MODULES = {card.model.__module__ for card in CARDS.values()}


def _texts_below(model: type[ConfigModel]) -> Iterator[tuple[str, str]]:
    # pydantic could do this as it makes the models, which would take a tenth of a second of every command.
    tree = _tree(model.__module__)
    body = next((node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == model.__name__), [])
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            value = below.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield field.target.id, re.sub(r"\s+", " ", value.value.strip())


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))
