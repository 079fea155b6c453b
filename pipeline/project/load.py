"""A project: a folder read into frozen cards; every fault names the file, the key and what was found."""

import csv
import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from layers.errors import ConfigRefusal
from layers.sources import SOURCES
from pipeline.project.assemble import AssembleConfig
from pipeline.project.card_faults import fault_words
from pipeline.project.effect_conditions import kinds_read
from pipeline.project.format_versions import old_headers, with_new_names
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.measure import MeasureConfig
from pipeline.project.models import (
    SLUG,
    AbsentConfig,
    BalanceConfig,
    ClusterConfig,
    ConfigModel,
    DemandConfig,
    ProjectConfig,
    VerdictRow,
    is_file_name,
    repeated,
)
from pipeline.project.project import Project
from pipeline.project.publish import PublishConfig
from pipeline.project.resolve import ResolveConfig
from pipeline.project.rules import AssessConfig, ConstrainConfig, EffectConfig, ProfilesConfig
from pipeline.project.scenario import ROWS, ScenarioConfig, SweepConfig, SweepsConfig, merged, rows_merged
from pipeline.project.source import SourceConfig
from pipeline.project.unfinished import refuse_unfinished
from pipeline.project.validate import REQUIRED_LAYERS, contradictions

C = TypeVar("C", bound=ConfigModel)
# Headers of overrides.csv, by column of the layer.
OVERRIDES_HEADERS = {
    "corrected_id": "target_id",
    "new_value": "new_value",
    "author": "author",
    "correction_reason": "reason",
    "until": "until",
}
__all__ = ["Project", "outputs_named", "read_project", "read_sweeps", "scenario_names"]


def read_project(folder: Path, scenario: str | ScenarioConfig | None = None) -> Project:
    """The project in a folder, or the one that its project.toml points at, as a scenario has it; checked as a whole."""
    if not (folder / "project.toml").is_file():
        raise ConfigRefusal(
            f"project folder '{folder}'",
            actual="no project.toml in it",
            todo="name another folder with --config, or make one with: industrieruimte init DIR",
        )
    folder, pointer = _pointed_at(folder)
    refuse_unfinished(folder)
    card = _model(ProjectConfig, pointer, folder / "project.toml")
    rules = folder / (card.extends or "")
    place = partial(_place, (folder, rules))
    changes = _scenario(scenario, place) if isinstance(scenario, str) else scenario
    as_scenario = (
        f", as scenario '{scenario if isinstance(scenario, str) else changes.title}' has it" if changes else ""
    )

    def card_of(name: str, model: type[C]) -> C:
        """A card as the scenario has it."""
        change = getattr(changes, Path(name).stem, {}) if changes else {}
        content = with_new_names(place(name), _toml(place(name)))
        return _model(model, merged(content, change), place(name), as_scenario if change else "")

    def rows(name: str, model: type[C], more: Sequence[tuple[int, dict[str, str]]] = ()) -> tuple[C, ...]:
        """The rows of a table as the scenario has them, with more rows by line number behind them."""
        change = getattr(changes, Path(name).stem, ()) if changes else ()
        key = ROWS.get(Path(name).stem, ())
        return tuple(
            _model(model, row, place(name), (f" line {line}" if line else "") + (as_scenario if change else ""))
            for line, row in rows_merged([*_csv(place(name)), *more], change, key)
        )

    # Effects may stand in the card of their constraint: they are read as rows behind those of effects.csv.
    constrain = card_of("constrain.toml", ConstrainConfig)
    profiles = card_of("profiles.toml", ProfilesConfig).profile
    kinds = kinds_read(profiles)
    in_cards = [(0, row) for constraint in constrain.constraint for row in constraint.effect_rows(kinds)]
    project = Project(
        folder=folder,
        card=card,
        clusters=_clusters(folder / "clusters"),
        sources=_sources(folder / "sources", card.reference_date, changes.sources if changes else {})
        | _overrides(place("overrides.csv"), card.reference_date),
        resolve=card_of("resolve.toml", ResolveConfig),
        constrain=constrain,
        effects=rows("effects.csv", EffectConfig, in_cards),
        profiles=profiles,
        measure=card_of("measure.toml", MeasureConfig),
        assess=card_of("assess.toml", AssessConfig),
        verdicts=rows("verdicts.csv", VerdictRow),
        assemble=card_of("assemble.toml", AssembleConfig),
        balance=card_of("balance.toml", BalanceConfig),
        publish=card_of("publish.toml", PublishConfig),
        demand=rows("demand.csv", DemandConfig),
        projects=rows("projects.csv", InvestmentProject),
        rules_folder=rules,
        scenario=changes,
    )
    project = _with_missing_layers(project)
    # Before reasons are lifted: a lifted constraint would be refused as one that does nothing to anything.
    # Where activities are other than those for which the matrix was written, it may hold rows for what is not built.
    is_for_others = place("effects.csv").parent == rules != place("profiles.toml").parent
    faults = contradictions(project, None if is_for_others or changes else _matrix_lines(place("effects.csv")))
    if faults:
        raise ConfigRefusal(f"project '{folder}'", actual=faults, todo="mend these cards")
    return _lifted(project)


def _matrix_lines(path: Path) -> dict[tuple[str, str, str], int]:
    return {(row["constraint"], row["object_kind"], row["condition"]): line for line, row in _csv(path)}


def _place(folders: tuple[Path, Path], name: str) -> Path:
    """Where a card stands: in the folder of the project itself, else in that of the rules that it takes."""
    first, rules = folders
    return first / name if (first / name).exists() else rules / name


def _pointed_at(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of the project itself, where project.toml only points at another one, and what its card says."""
    pointer = _toml(folder / "project.toml")
    if set(pointer) != {"use"}:
        return folder, pointer
    folder = folder / str(pointer["use"])
    return folder, _toml(folder / "project.toml")


def outputs_named(folder: Path) -> Path | None:
    """The folder of results that project.toml names, whatever is wrong with the rest of the project; None where it
    names none."""
    if not (folder / "project.toml").is_file():
        return None
    folder, card = _pointed_at(folder)
    named = card.get("outputs")
    return folder / named if isinstance(named, str) and named.strip() else None


def _with_missing_layers(project: Project) -> Project:
    """The project with each layer that has neither source card nor declaration counted as not known."""
    supplied = {card.layer for card in project.sources.values()}
    missing = tuple(sorted(set(SOURCES) - supplied - set(project.card.absences) - set(REQUIRED_LAYERS)))
    unknown = {name: AbsentConfig(treat_as="unknown", basis="niet geleverd") for name in missing}
    card = project.card.model_copy(update={"absent": {**project.card.absent, **unknown}})
    return replace(project, card=card, not_supplied=missing) if missing else project


def scenario_names(folder: Path) -> list[str]:
    """The scenarios of a project: its own and those of the rules that it takes."""
    project = read_project(folder)
    folders = (project.folder, project.rules_folder)
    return sorted({path.stem for place in folders for path in (place / "scenarios").glob("*.toml")})


def read_sweeps(folder: Path) -> tuple[SweepConfig, ...]:
    """The numbers that a project tries lower and higher; none where it has no sweeps.toml."""
    project = read_project(folder)
    path = _place((project.folder, project.rules_folder), "sweeps.toml")
    if not path.is_file():
        return ()
    return _model(SweepsConfig, with_new_names(path, _toml(path)), path).sweep


def _scenario(name: str, place: Callable[[str], Path]) -> ScenarioConfig:
    path = place(f"scenarios/{name}.toml")
    if not re.fullmatch(SLUG, name) or not is_file_name(name) or name == "base" or not path.is_file():
        known = sorted({other.stem for other in path.parent.glob("*.toml")})
        raise ConfigRefusal(
            f"scenario '{name}'",
            actual="no such scenario",
            expected=f"one of {known} in '{path.parent}'",
            todo="write scenarios/NAME.toml (small letters, digits, - and _; base is the project itself)",
        )
    return _model(ScenarioConfig, with_new_names(path, _toml(path)), path)


def _lifted(project: Project) -> Project:
    """The project with the effects of lifted constraints, and of the plan's category, read as none."""
    lifted = set(project.lifted)
    effects = tuple(
        row.model_copy(update={"effect": "none"}) if row.constraint in lifted else row for row in project.effects
    )
    assess = project.assess
    if "plan_category" in lifted:
        nothing = assess.plan_category.model_copy(update={"when_too_low": "none", "when_unknown": "none"})
        assess = assess.model_copy(update={"plan_category": nothing})
    return replace(project, effects=effects, stated_effects=project.effects, assess=assess)


def _clusters(folder: Path) -> dict[str, ClusterConfig]:
    clusters = {
        path.stem: _model(ClusterConfig, {**_toml(path), "slug": path.stem}, path)
        for path in sorted(folder.glob("*.toml"))
    }
    if not clusters:
        raise ConfigRefusal(f"folder '{folder}'", actual="no cluster card", todo="add clusters/<slug>.toml")
    return clusters


def _sources(folder: Path, today: dt.date, changes: Mapping[str, Any]) -> dict[str, SourceConfig]:
    sources = {}
    for path in sorted(folder.glob("*.toml")):
        content = with_new_names(path, _toml(path))
        if set(content) != {"source"} or not isinstance(content["source"], dict):
            raise ConfigRefusal(f"card '{path}'", actual=f"keys {sorted(content)}", expected="one table [source]")
        if not is_file_name(path.stem):
            raise ConfigRefusal(
                f"card '{path}'", actual="its name", expected="a name that files can have on Windows too"
            )
        change = changes.get(path.stem, {})
        if not isinstance(change, dict):
            raise ConfigRefusal(
                "scenario", actual=f"[sources] {path.stem} = {change!r}", expected=f"a table [sources.{path.stem}]"
            )
        # A scenario changes the card before it is read, so that what it changes is checked too.
        source = {**merged(content["source"], change), "name": path.stem}
        if isinstance(source.get("leave_out"), dict):
            source["leave_out"] = {
                name: str(where).replace("{reference_date}", str(today)) for name, where in source["leave_out"].items()
            }
        sources[path.stem] = _model(SourceConfig, source, path)
    alike = repeated(name.casefold() for name in sources)
    if alike:
        raise ConfigRefusal(
            f"folder '{folder}'",
            actual=f"several cards called {alike} but for capitals",
            expected="names that differ on Windows too",
        )
    strange = sorted(set(changes) - set(sources))
    if strange:
        raise ConfigRefusal("scenario", actual=f"[sources] names {strange}", expected=f"one of {sorted(sources)}")
    return sources


def _overrides(path: Path, dated: dt.date) -> dict[str, SourceConfig]:
    old = {new: old for old, new in old_headers(path).items()}
    columns = {column: old.get(head, head) for column, head in OVERRIDES_HEADERS.items()}
    card = SourceConfig.model_validate(
        {
            "layer": "overrides",
            "path": path.name,
            "csv": {"delimiter": ";"},
            "columns": columns,
            "may_be_empty": True,
            "licence": "eigen gegevens",
            "dated": dated,
            "basis": "handmatige correcties",
            "name": "overrides",
        }
    )
    return {"overrides": card}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigRefusal(f"card '{path}'", actual="no such file", todo="copy it from the example project") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise ConfigRefusal(
            f"card '{path}'",
            actual=str(fault),
            expected="TOML in UTF-8 (dates as 2026-10-01, decimals with a point, text in quotes)",
        ) from None


def _csv(path: Path) -> list[tuple[int, dict[str, Any]]]:
    if not path.is_file():
        raise ConfigRefusal(f"table '{path}'", actual="no such file", todo="copy it from the example project")
    try:
        # Excel writes a byte order mark before UTF-8: read as text it would belong to the first header.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ConfigRefusal(f"table '{path}'", actual=str(fault), expected="text in UTF-8") from None
    # Numbered as an editor does: the header is line 1.
    try:
        rows = [(line, dict(row)) for line, row in enumerate(csv.DictReader(text.splitlines(), delimiter=";"), start=2)]
    except csv.Error as fault:
        raise ConfigRefusal(f"table '{path}'", actual=str(fault), expected="text with semicolons") from None
    for line, row in rows:
        # So DictReader shows fields beyond the header, and fields that are missing.
        if None in row or None in row.values():
            raise ConfigRefusal(
                f"table '{path}' line {line}",
                actual="another number of fields than the header",
                expected="one field per column, in quotes where it holds a semicolon",
            )
    return rows


def _model(model: type[C], content: dict[str, Any], path: Path, place: str = "") -> C:
    """A card; `place`: the line of a table that it stands in, and which scenario reads it otherwise, in words."""
    try:
        return model.model_validate(content)
    except ValidationError as broken:
        raise ConfigRefusal(
            f"card '{path}'{place}", actual=fault_words(broken, content), todo=_where_it_stands(model)
        ) from None


def _where_it_stands(model: type[ConfigModel]) -> str:
    from pipeline.project.cards import CARDS  # which a project without faults does not need

    name = next(name for name, card in CARDS.items() if card.model is model)
    return f"what may stand there: industrieruimte describe card {name}"
