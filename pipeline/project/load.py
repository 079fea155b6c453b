"""Instellingen: a project folder read into frozen cards; every fault names the file, the key and what was found."""

from __future__ import annotations

import csv
import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from layers.errors import ConfigRefusal
from layers.sources import SOURCES
from pipeline.project import assemble as assemble_card
from pipeline.project import investment_projects as projects_card
from pipeline.project import measure as measure_card
from pipeline.project import models as cards
from pipeline.project import publish as publish_card
from pipeline.project import resolve as resolve_card
from pipeline.project import rules as rules_card
from pipeline.project import scenario as scenario_card
from pipeline.project import source as source_card
from pipeline.project.project import Project
from pipeline.project.validate import REQUIRED_LAYERS, contradictions

C = TypeVar("C", bound=cards.ConfigModel)
__all__ = ["Project", "read_project", "read_sweeps", "scenario_names"]


def read_project(folder: Path, scenario: str | scenario_card.ScenarioConfig | None = None) -> Project:
    """The project in a folder, or the one that its project.toml points at, as a scenario has it; checked as a whole."""
    if not (folder / "project.toml").is_file():
        raise ConfigRefusal(
            f"project folder '{folder}'",
            actual="no project.toml in it",
            todo="name another folder with --config, or make one with: industrieruimte init DIR",
        )
    pointer = _toml(folder / "project.toml")
    if set(pointer) == {"use"}:
        folder = folder / str(pointer["use"])
        pointer = _toml(folder / "project.toml")
    card = _model(cards.ProjectConfig, pointer, folder / "project.toml")
    rules = folder / card.extends if card.extends else folder

    def place(name: str) -> Path:
        own = folder / name
        return own if own.exists() else rules / name

    asked = _scenario(scenario, place) if isinstance(scenario, str) else scenario
    told = f", as scenario '{scenario if isinstance(scenario, str) else asked.title}' has it" if asked else ""

    def one(name: str, model: type[C]) -> C:
        change = getattr(asked, Path(name).stem, {}) if asked else {}
        return _model(
            model, scenario_card.merged(_toml(place(name)), change), Read(place(name), told if change else "")
        )

    def rows(name: str, model: type[C], more: Sequence[tuple[int, dict[str, str]]] = ()) -> tuple[C, ...]:
        change = getattr(asked, Path(name).stem, ()) if asked else ()
        key = scenario_card.ROWS.get(Path(name).stem, ())
        found = scenario_card.rows_merged([*_csv(place(name)), *more], change, key)
        return tuple(_model(model, row, Read(place(name), told if change else ""), line) for line, row in found)

    constrain = one("constrain.toml", rules_card.ConstrainConfig)
    in_cards = [(0, row) for constraint in constrain.constraint for row in constraint.effect_rows()]
    project = Project(
        folder=folder,
        card=card,
        clusters=_clusters(folder / "clusters"),
        sources=_sources(folder / "sources", card.reference_date, asked.sources if asked else {})
        | _overrides(place("overrides.csv"), card.reference_date),
        resolve=one("resolve.toml", resolve_card.ResolveConfig),
        constrain=constrain,
        effects=rows("effects.csv", rules_card.EffectConfig, in_cards),
        profiles=one("profiles.toml", rules_card.ProfilesConfig).profile,
        measure=one("measure.toml", measure_card.MeasureConfig),
        assess=one("assess.toml", rules_card.AssessConfig),
        verdicts=rows("verdicts.csv", cards.VerdictConfig),
        assemble=one("assemble.toml", assemble_card.AssembleConfig),
        balance=one("balance.toml", cards.BalanceConfig),
        publish=one("publish.toml", publish_card.PublishConfig),
        demand=rows("demand.csv", cards.DemandConfig),
        projects=rows("projects.csv", projects_card.InvestmentProject),
        overrides_folder=place("overrides.csv").parent,
        scenario=asked,
    )
    project = _with_missing_layers(project)
    faults = contradictions(project)
    if faults:
        raise ConfigRefusal(f"project '{folder}'", actual=faults, todo="mend these cards")
    return _lifted(project)


def _with_missing_layers(project: Project) -> Project:
    """The project with each layer that has neither source card nor declaration counted as not known."""
    supplied = {card.layer for card in project.sources.values()}
    missing = tuple(sorted(set(SOURCES) - supplied - set(project.card.absences) - set(REQUIRED_LAYERS)))
    unknown = {name: cards.AbsentConfig(treat_as="unknown", basis="niet geleverd") for name in missing}
    card = project.card.model_copy(update={"absent": {**project.card.absent, **unknown}})
    return replace(project, card=card, not_supplied=missing) if missing else project


def scenario_names(folder: Path) -> list[str]:
    """The scenarios of a project: its own and those of the rules that it takes."""
    project = read_project(folder)
    rules = project.folder / project.card.extends if project.card.extends else project.folder
    return sorted({path.stem for place in (project.folder, rules) for path in (place / "scenarios").glob("*.toml")})


def read_sweeps(folder: Path) -> tuple[scenario_card.SweepConfig, ...]:
    """The numbers that a project tries lower and higher; none where it has no sweeps.toml."""
    project = read_project(folder)
    rules = project.folder / project.card.extends if project.card.extends else project.folder
    path = next((place / "sweeps.toml" for place in (project.folder, rules) if (place / "sweeps.toml").is_file()), None)
    return _model(scenario_card.SweepsConfig, _toml(path), path).sweep if path else ()


def _scenario(name: str, place: Callable[[str], Path]) -> scenario_card.ScenarioConfig:
    path = place(f"scenarios/{name}.toml")
    if not re.fullmatch(cards.SLUG, name) or name == "base" or not path.is_file():
        known = sorted({one.stem for one in path.parent.glob("*.toml")})
        raise ConfigRefusal(
            f"scenario '{name}'",
            actual="no such scenario",
            expected=f"one of {known} in '{path.parent}'",
            todo="write scenarios/NAME.toml (small letters, digits, - and _; base is the project itself)",
        )
    return _model(scenario_card.ScenarioConfig, _toml(path), path)


def _lifted(project: Project) -> Project:
    """The project with the effects of lifted constraints, and of the plan's category, read as none."""
    gone = set(project.lifted)
    effects = tuple(
        row.model_copy(update={"effect": "none"}) if row.constraint in gone else row for row in project.effects
    )
    assess = project.assess
    if "plan_category" in gone:
        nothing = assess.plan_category.model_copy(update={"when_too_low": "none", "when_unknown": "none"})
        assess = assess.model_copy(update={"plan_category": nothing})
    return replace(project, effects=effects, assess=assess)


def _clusters(folder: Path) -> dict[str, cards.ClusterConfig]:
    found = {}
    for path in sorted(folder.glob("*.toml")):
        found[path.stem] = _model(cards.ClusterConfig, {**_toml(path), "slug": path.stem}, path)
    if not found:
        raise ConfigRefusal(f"folder '{folder}'", actual="no cluster card", todo="add clusters/<slug>.toml")
    return found


def _sources(folder: Path, today: dt.date, changes: Mapping[str, Any]) -> dict[str, source_card.SourceConfig]:
    found = {}
    for path in sorted(folder.glob("*.toml")):
        content = _toml(path)
        if set(content) != {"source"}:
            raise ConfigRefusal(f"card '{path}'", actual=f"tables {sorted(content)}", expected="one table [source]")
        change = changes.get(path.stem, {})
        if not isinstance(change, dict):
            raise ConfigRefusal(
                "scenario", actual=f"[sources] {path.stem} = {change!r}", expected=f"a table [sources.{path.stem}]"
            )
        source = {**scenario_card.merged(content["source"], change), "name": path.stem}
        if isinstance(source.get("leave_out"), dict):
            said = {
                name: str(where).replace("{reference_date}", str(today)) for name, where in source["leave_out"].items()
            }
            source["leave_out"] = said
        found[path.stem] = _model(source_card.SourceConfig, source, path)
    strange = sorted(set(changes) - set(found))
    if strange:
        raise ConfigRefusal("scenario", actual=f"[sources] names {strange}", expected=f"one of {sorted(found)}")
    return found


def _overrides(path: Path, dated: dt.date) -> dict[str, source_card.SourceConfig]:
    names = ("what", "value", "who", "why", "until")
    card = source_card.SourceConfig(
        layer="overrides",
        path=path.name,
        csv=source_card.CsvConfig(delimiter=";"),
        columns={name: source_card.FromColumnConfig.model_validate({"from": name}) for name in names},
        may_be_empty=True,
        licence="eigen gegevens",
        dated=dated,
        basis="handmatige correcties",
        name="overrides",
    )
    return {"overrides": card}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigRefusal(f"card '{path}'", actual="no such file", todo="copy it from the example project") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigRefusal(
            f"card '{path}'",
            actual=str(fault),
            expected="TOML in UTF-8 (dates as 2026-10-01, decimals with a point, text in quotes)",
        ) from None


def _csv(path: Path) -> list[tuple[int, dict[str, Any]]]:
    if not path.is_file():
        raise ConfigRefusal(f"table '{path}'", actual="no such file", todo="copy it from the example project")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ConfigRefusal(f"table '{path}'", actual=str(fault), expected="text in UTF-8") from None
    rows = [(line, dict(row)) for line, row in enumerate(csv.DictReader(text.splitlines(), delimiter=";"), start=2)]
    for line, row in rows:
        if None in row or None in row.values():
            raise ConfigRefusal(
                f"table '{path}' line {line}",
                actual="another number of fields than the header",
                expected="one field per column, in quotes where it holds a semicolon",
            )
    return rows


@dataclass(frozen=True)
class Read:
    """A card's file, and whether a scenario reads it otherwise."""

    path: Path
    told: str = ""

    def __str__(self) -> str:
        return str(self.path)


def _model(model: type[C], content: dict[str, Any], path: Path | Read, line: int = 0) -> C:
    try:
        return TypeAdapter(model).validate_python(content)
    except ValidationError as broken:
        at = f" line {line}" if line else ""
        found = [_word(error) for error in broken.errors()]
        told = path.told if isinstance(path, Read) else ""
        raise ConfigRefusal(f"card '{path}'{at}{told}", actual=found) from None


def _word(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "the card"
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key"
    if error["type"] == "missing":
        return f"{key}: missing"
    said = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {said}" if error["type"] == "value_error" else f"{key}: {said}, found {error['input']!r}"
