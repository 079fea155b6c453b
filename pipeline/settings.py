"""Instellingen: a project folder read into frozen cards; every fault names the file, the key and what was found."""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from layers.columns import HOLDINGS, ROOMS
from layers.derived import DERIVED
from layers.errors import ConfigRefusal
from layers.sources import RASTERS, SOURCES, TABLES
from pipeline import assemble_card, cards, measure_card, projects_card, resolve_card, rules_card, source_card
from pipeline import contradictions as rule_faults
from pipeline.filters import misfits

C = TypeVar("C", bound=cards.Card)


@dataclass(frozen=True)
class Project:
    """All cards of a project; years are the year of the reference date and the horizons."""

    folder: Path
    card: cards.ProjectCard
    clusters: dict[str, cards.ClusterCard]
    sources: dict[str, source_card.SourceCard]
    resolve: resolve_card.ResolveCard
    constrain: rules_card.ConstrainCard
    effects: tuple[rules_card.Effect, ...]
    profiles: dict[str, rules_card.Profile]
    measure: measure_card.MeasureCard
    assess: rules_card.AssessCard
    verdicts: tuple[cards.VerdictRow, ...]
    assemble: assemble_card.AssembleCard
    balance: cards.BalanceCard
    publish: cards.PublishCard
    demand: tuple[cards.Demand, ...]
    projects: tuple[projects_card.Project, ...]
    overrides_folder: Path

    @property
    def years(self) -> tuple[int, ...]:
        """The reference year and the horizons."""
        return (self.card.reference_date.year, *self.card.horizons)

    def day(self, year: int) -> dt.date:
        """The day on which a year is judged: the reference date, and 1 January of each horizon."""
        return self.card.reference_date if year == self.years[0] else dt.date(year, 1, 1)

    def roots(self, data: Path) -> dict[str, Path]:
        """The folder that each source's path counts from: the data folder, and the project's own for corrections."""
        return {name: self.overrides_folder if name == "overrides" else data for name in self.sources}

    def absent_layers(self) -> dict[str, cards.Absent]:
        """Layers without a source, as the project card declares them."""
        return dict(self.card.absences)


def read_project(folder: Path) -> Project:
    """The project in a folder, or the one that its project.toml points at; checked as a whole."""
    if not (folder / "project.toml").is_file():
        raise ConfigRefusal(
            f"project folder '{folder}'",
            found="no project.toml in it",
            todo="name another folder with --config, or make one with: industrieruimte init DIR",
        )
    pointer = _toml(folder / "project.toml")
    if set(pointer) == {"use"}:
        folder = folder / str(pointer["use"])
        pointer = _toml(folder / "project.toml")
    card = _model(cards.ProjectCard, pointer, folder / "project.toml")
    rules = folder / card.extends if card.extends else folder

    def place(name: str) -> Path:
        own = folder / name
        return own if own.exists() else rules / name

    def one(name: str, model: type[C]) -> C:
        return _model(model, _toml(place(name)), place(name))

    def rows(name: str, model: type[C]) -> tuple[C, ...]:
        return tuple(_model(model, row, place(name), line) for line, row in _csv(place(name)))

    project = Project(
        folder=folder,
        card=card,
        clusters=_clusters(folder / "clusters"),
        sources=_sources(folder / "sources", card.reference_date)
        | _overrides(place("overrides.csv"), card.reference_date),
        resolve=one("resolve.toml", resolve_card.ResolveCard),
        constrain=one("constrain.toml", rules_card.ConstrainCard),
        effects=rows("effects.csv", rules_card.Effect),
        profiles=one("profiles.toml", rules_card.ProfilesCard).profile,
        measure=one("measure.toml", measure_card.MeasureCard),
        assess=one("assess.toml", rules_card.AssessCard),
        verdicts=rows("verdicts.csv", cards.VerdictRow),
        assemble=one("assemble.toml", assemble_card.AssembleCard),
        balance=one("balance.toml", cards.BalanceCard),
        publish=one("publish.toml", cards.PublishCard),
        demand=rows("demand.csv", cards.Demand),
        projects=rows("projects.csv", projects_card.Project),
        overrides_folder=place("overrides.csv").parent,
    )
    faults = contradictions(project)
    if faults:
        raise ConfigRefusal(f"project '{folder}'", found=faults, todo="mend these cards")
    return project


def contradictions(project: Project) -> list[str]:
    """What no single card can see: names that nothing answers to, and cells of a table that are missing."""
    faults = [
        f"sources/{name}.toml: no layer '{card.layer}', expected one of {sorted(SOURCES)}"
        for name, card in project.sources.items()
        if card.layer not in SOURCES
    ]
    faults += _layer_faults(project)
    every = project.constrain.constraint
    faults += rule_faults.constraint_faults(every) + rule_faults.ladder_faults(every)
    faults += rule_faults.claim_faults(every, project.balance.room.claim_constraint)
    faults += rule_faults.effect_faults(every, project.effects)
    faults += rule_faults.profile_faults(project.profiles, every, (project.effects, project.assess))
    faults += _rule_faults(project) + _assemble_faults(project)
    missing = set(HOLDINGS) - {row.holding for row in project.verdicts}
    faults += [f"verdicts.csv: no row for holding '{name}'" for name in sorted(missing)]
    faults += [
        f"verdicts.csv: holding '{row.holding}' with room '{room}' is 'usable': only free land with open room can be"
        for row in project.verdicts
        for room in ROOMS
        if row.verdict(room) == "usable" and (row.holding, room) != ("free", "open")
    ]
    if project.publish.lead_profile not in project.profiles:
        faults.append(f"publish.toml: lead_profile '{project.publish.lead_profile}' is no profile of profiles.toml")
    return faults


def _layer_faults(project: Project) -> list[str]:
    supplied = {card.layer for card in project.sources.values()}
    absent = set(project.card.absences)
    faults = [f"project.toml: [absent] names no layer '{name}'" for name in sorted(absent - set(SOURCES))]
    faults += [f"project.toml: '{name}' is declared absent and has a source card" for name in sorted(absent & supplied)]
    missing = sorted(set(SOURCES) - supplied - absent)
    if missing:
        listed = ", ".join(f'"{name}"' for name in missing)
        faults.append(
            f"no source card fills {len(missing)} layers; give them a card, or declare in project.toml (unknown: not known; none: nothing there):\n"
            f'      [[absent_together]]\n      layers = [{listed}]\n      treat_as = "unknown"\n      basis = "niet geleverd"'
        )
    needed = {"cluster_boundaries", "parcels"} & absent
    faults += [f"project.toml: layer '{name}' cannot be absent" for name in sorted(needed)]
    grids = [card.layer for card in project.sources.values() if card.layer in RASTERS]
    faults += [
        f"sources: layer '{name}' has more than one grid" for name in sorted({n for n in grids if grids.count(n) > 1})
    ]
    return faults


def _rule_faults(project: Project) -> list[str]:
    measure = project.measure
    faults = [f"measure.toml: {fault}" for fault in misfits(measure.network.enter_on, TABLES["roads"])]
    kinds = TABLES["roads"].columns["road_kind"].choices
    faults += [
        f"measure.toml: network.junction '{kind}' is no road_kind, expected one of {kinds}"
        for kind in measure.network.junction
        if kind not in kinds
    ]
    unit = RASTERS["noise_levels"].unit
    if measure.noise.threshold.unit != unit:
        faults.append(
            f"measure.toml: noise.threshold is in {measure.noise.threshold.unit}, and the grid noise_levels in {unit}; they are not converted into each other"
        )
    faults += [
        f"clusters/{name}.toml: the name of the sum of all clusters"
        for name in project.clusters
        if name in (project.balance.national_name, "all")
    ]
    if project.balance.in_time.until_year < project.years[0]:
        faults.append(
            f"balance.toml: until_year {project.balance.in_time.until_year} lies before the reference year {project.years[0]}"
        )
    known, asked = set(project.clusters), {(row.cluster_id, row.year) for row in project.demand}
    faults += [
        f"demand.csv: no cluster '{name}' in year {year} in this project"
        for name, year in sorted(asked)
        if name not in known or year not in project.years
    ]
    return faults + _balance_faults(project) + _publish_faults(project)


def _balance_faults(project: Project) -> list[str]:
    """Segments, projects and scarce qualities that name what there is not."""
    card, every = project.balance, project.projects
    faults = [
        f"balance.toml: segment '{name}' names no profile '{segment.profile}', expected one of {sorted(project.profiles)}"
        for name, segment in card.segment.items()
        if segment.profile not in project.profiles
    ]
    if card.scarce.heavy_category not in project.assess.categories:
        faults.append(f"balance.toml: scarce.heavy_category '{card.scarce.heavy_category}' is no category")
    reasons = (
        {rule.name for rule in project.constrain.constraint} | {"plan_category"} | {f"holding.{h}" for h in HOLDINGS}
    )
    faults += [
        f"balance.toml: levers.not_liftable '{name}' is no constraint, plan_category or holding.STATE"
        for name in card.levers.not_liftable
        if name not in reasons
    ]
    faults += [
        f"demand.csv: no [segment.{name}] in balance.toml says which activity stands for it"
        for name in sorted({row.segment for row in project.demand} - set(card.segment))
    ]
    ids = [row.project_id for row in every]
    faults += [
        f"projects.csv: project '{name}' stands there twice" for name in sorted({n for n in ids if ids.count(n) > 1})
    ]
    for row in every:
        named = f"projects.csv: project '{row.project_id}'"
        if row.cluster_id not in project.clusters:
            faults.append(f"{named} names no cluster '{row.cluster_id}', expected one of {sorted(project.clusters)}")
        if row.profile not in project.profiles:
            faults.append(f"{named} names no profile '{row.profile}', expected one of {sorted(project.profiles)}")
        if row.on_land_of is not None and (row.on_land_of not in ids or row.on_land_of == row.project_id):
            faults.append(f"{named} needs land of '{row.on_land_of}', which is no other project")
        if row.near == row.project_id:
            faults.append(f"{named} must be near itself")
    return faults


def _assemble_faults(project: Project) -> list[str]:
    """Layers, filters and columns of bridges and barriers that nothing answers to."""
    faults = []
    own = (assemble_card.PUBLIC_SPACE, assemble_card.NO_PARCEL)
    for features in (*project.assemble.bridge, *project.assemble.barrier):
        named = f"assemble.toml: bridge or barrier over '{features.layer}'"
        if features.layer in own:
            continue
        if features.layer not in TABLES or not TABLES[features.layer].shape:
            faults.append(f"{named}: no such layer, expected one with a shape, or one of {list(own)}")
            continue
        faults += [f"{named}: {fault}" for fault in misfits(features.where, TABLES[features.layer])]
        column = features.half_width_column
        if column is not None and getattr(TABLES[features.layer].columns.get(column), "unit", "") != "m":
            faults.append(f"{named}: half_width_column '{column}' is no column in metres of it")
        if TABLES[features.layer].shape == "line" and not features.half_width_m and column is None:
            faults.append(f"{named}: lines need half_width_m or half_width_column")
    return faults


def _publish_faults(project: Project) -> list[str]:
    faults = []
    for card in project.publish.published:
        layer = DERIVED.get(card.layer)
        if layer is None:
            faults.append(
                f"publish.toml: '{card.name}' shows no known layer '{card.layer}', expected one of {sorted(DERIVED)}"
            )
        elif card.style is not None and card.style.column is not None and card.style.column not in layer.columns:
            faults.append(
                f"publish.toml: '{card.name}' is coloured by '{card.style.column}', no column of '{card.layer}'"
            )
    return faults


def _clusters(folder: Path) -> dict[str, cards.ClusterCard]:
    found = {}
    for path in sorted(folder.glob("*.toml")):
        found[path.stem] = _model(cards.ClusterCard, {**_toml(path), "slug": path.stem}, path)
    if not found:
        raise ConfigRefusal(f"folder '{folder}'", found="no cluster card", todo="add clusters/<slug>.toml")
    return found


def _sources(folder: Path, today: dt.date) -> dict[str, source_card.SourceCard]:
    found = {}
    for path in sorted(folder.glob("*.toml")):
        content = _toml(path)
        if set(content) != {"source"}:
            raise ConfigRefusal(f"card '{path}'", found=f"tables {sorted(content)}", expected="one table [source]")
        source = {**content["source"], "name": path.stem}
        if isinstance(source.get("leave_out"), dict):
            said = {
                name: str(where).replace("{reference_date}", str(today)) for name, where in source["leave_out"].items()
            }
            source["leave_out"] = said
        found[path.stem] = _model(source_card.SourceCard, source, path)
    return found


def _overrides(path: Path, dated: dt.date) -> dict[str, source_card.SourceCard]:
    names = ("what", "value", "who", "why", "until")
    card = source_card.SourceCard(
        layer="overrides",
        path=path.name,
        csv=source_card.Csv(delimiter=";"),
        columns={name: source_card.FromColumn.model_validate({"from": name}) for name in names},
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
        raise ConfigRefusal(f"card '{path}'", found="no such file", todo="copy it from the example project") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigRefusal(
            f"card '{path}'",
            found=str(fault),
            expected="TOML in UTF-8 (dates as 2026-10-01, decimals with a point, text in quotes)",
        ) from None


def _csv(path: Path) -> list[tuple[int, dict[str, Any]]]:
    if not path.is_file():
        raise ConfigRefusal(f"table '{path}'", found="no such file", todo="copy it from the example project")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ConfigRefusal(f"table '{path}'", found=str(fault), expected="text in UTF-8") from None
    rows = [(line, dict(row)) for line, row in enumerate(csv.DictReader(text.splitlines(), delimiter=";"), start=2)]
    for line, row in rows:
        if None in row or None in row.values():
            raise ConfigRefusal(
                f"table '{path}' line {line}",
                found="another number of fields than the header",
                expected="one field per column, in quotes where it holds a semicolon",
            )
    return rows


def _model(model: type[C], content: dict[str, Any], path: Path, line: int = 0) -> C:
    try:
        return TypeAdapter(model).validate_python(content)
    except ValidationError as broken:
        at = f" line {line}" if line else ""
        found = [_word(error) for error in broken.errors()]
        raise ConfigRefusal(f"card '{path}'{at}", found=found) from None


def _word(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "the card"
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key"
    if error["type"] == "missing":
        return f"{key}: missing"
    said = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {said}" if error["type"] == "value_error" else f"{key}: {said}, found {error['input']!r}"
