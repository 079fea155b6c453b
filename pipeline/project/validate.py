"""Validation of a whole project: what no single card can see: names that nothing answers to, and cells of a table that
are missing."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from layers.closed_lists import CLOSED_LISTS, HATCH_NAMES, HOLDINGS, ROOMS
from layers.derived.paper_vacancy import INSTRUMENTS
from layers.sources import RASTERS, SOURCES, TABLES
from pipeline.project import validate_rules as rule_faults
from pipeline.project.assemble import NO_PARCEL, PUBLIC_SPACE
from pipeline.project.effect_conditions import kinds_read
from pipeline.project.filter_language import misfits
from pipeline.project.models import repeated
from pipeline.project.project import Project
from pipeline.project.validate_publish import publish_faults

REQUIRED_LAYERS = ("cluster_boundaries", "parcels")


def contradictions(project: Project, matrix_lines: rule_faults.MatrixLines | None = None) -> list[str]:
    """What no single card can see: names that nothing answers to, and cells of a table that are missing; with the lines
    of effects.csv also its rows that nothing reads."""
    faults = [
        f"sources/{name}.toml: no layer '{card.layer}', expected one of {sorted(SOURCES)}"
        for name, card in project.sources.items()
        if card.layer not in SOURCES
    ]
    faults += _layer_faults(project) + _clip_faults(project)
    every = project.constrain.constraint
    faults += rule_faults.constraint_faults(every) + rule_faults.ladder_faults(every)
    kinds = kinds_read(project.profiles)
    faults += rule_faults.claim_faults(every, project.balance.room.claim_constraint, project.effects, kinds)
    faults += rule_faults.effect_faults(every, project.effects, kinds)
    faults += rule_faults.unread_faults(every, project.effects, project.profiles, matrix_lines)
    faults += rule_faults.profile_faults(project.profiles, every, (project.effects, project.assess))
    faults += _rule_faults(project) + _assemble_faults(project)
    # The table of verdicts must answer for every holding, and can never make doubtful land usable by a slip.
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
    faults += [
        f"scenario: [lift] '{name}' is no constraint, plan_category or holding.STATE"
        for name in project.lifted
        if name not in _reasons(project)
    ]
    return faults + _term_faults()


def _clip_faults(project: Project) -> list[str]:
    """Sources that are clipped nearer to the clusters than rules on their layer reach: zones of what lies beyond would
    not be drawn, and land would seem free of them."""
    return [
        f"sources/{name}.toml: clip = '{card.clip}', and constraint '{constraint.name}' reaches "
        f"{constraint.geometry.furthest_m:g} m from what is in layer '{card.layer}': take it at least as wide"
        for name, card in project.sources.items()
        for constraint in project.constrain.constraint
        if card.clip_distance_m is not None and constraint.layer == card.layer
        if constraint.geometry.furthest_m > card.clip_distance_m
    ]


def _term_faults() -> list[str]:
    """Values without a word, sentence, colour, known pattern or place that their list needs; and words that two lists
    spell apart."""
    spoken: dict[str, str] = {}
    faults, vacancies = [], (*INSTRUMENTS, "none")
    for name, terms in CLOSED_LISTS.items():
        for term in terms:
            thing = f"layers/closed_lists.py: {name} '{term.key}'"
            # In two columns of one row the same state must read the same.
            first = spoken.setdefault(term.key, term.dutch)
            wrong = {
                "has no Dutch word": not term.dutch.strip(),
                f"has no colour, found {term.colour!r}, expected one such as #009e73": not re.fullmatch(
                    r"#[0-9a-f]{6}", term.colour
                ),
                f"has pattern {term.hatch!r}, expected one of {list(HATCH_NAMES)}": term.hatch not in HATCH_NAMES,
                "has no place in the waterfall": name == "verdict" and term.waterfall is None,
                "has no sentence": name in ("holding", "room") and not term.sentence.strip(),
                "has no opening": name == "room" and not term.opening.strip(),
                f"is called '{term.dutch}', and '{first}' in another list": first != term.dutch,
            }
            if name == "holding":
                wrong |= {
                    f"has vacancy {term.vacancy!r}, expected one of {vacancies}": term.vacancy not in vacancies,
                    "has no words for when_lifted": term.key != "free" and not term.when_lifted.strip(),
                    "is held, and has no firmness": bool(term.totals) and not term.firmness,
                }
            faults += [f"{thing} {fault}" for fault in wrong if wrong[fault]]
    return faults


def _layer_faults(project: Project) -> list[str]:
    supplied = {card.layer for card in project.sources.values()}
    absent = set(project.card.absences)
    required = set(REQUIRED_LAYERS)
    return _filled(
        {
            "project.toml: [absent] names no layer '{}'": sorted(absent - set(SOURCES)),
            "project.toml: '{}' is declared absent and has a source card": sorted(absent & supplied),
            "project.toml: layer '{}' cannot be absent": sorted(required & absent),
            "no source card fills '{0}'; every project needs it: add sources/{0}.toml": sorted(
                required - supplied - absent
            ),
            "sources: layer '{}' has more than one grid": repeated(
                card.layer for card in project.sources.values() if card.layer in RASTERS
            ),
        }
    )


def _filled(faults: Mapping[str, Iterable[Any]]) -> list[str]:
    """Each text once for every thing that it is said of."""
    return [text.format(thing) for text, things in faults.items() for thing in things]


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
    # Lden and etmaalwaarde weigh evening and night each in its own way: no factor leads from one to the other.
    if measure.noise.threshold.unit != unit:
        faults.append(
            f"measure.toml: noise.threshold is in {measure.noise.threshold.unit}, and the grid noise_levels "
            f"in {unit}; they are not converted into each other"
        )
    faults += [
        f"clusters/{name}.toml: the name of a sum of clusters (national_name and group in balance.toml)"
        for name in project.clusters
        if name in (project.balance.national_name, "all", *project.cluster_groups)
    ]
    if project.balance.in_time.until_year < project.years[0]:
        faults.append(
            f"balance.toml: until_year {project.balance.in_time.until_year} lies before the reference year "
            f"{project.years[0]}"
        )
    known, demanded = set(project.clusters), {(row.cluster_id, row.year) for row in project.demand}
    faults += [
        f"demand.csv: no cluster '{name}' in year {year} in this project"
        for name, year in sorted(demanded)
        if name not in known or year not in project.years
    ]
    return faults + _balance_faults(project) + _project_faults(project) + publish_faults(project.publish)


def _balance_faults(project: Project) -> list[str]:
    """Segments, demand and scarce qualities that name what there is not."""
    card = project.balance
    faults = [
        f"balance.toml: segment '{name}' names no profile '{segment.profile}', expected one of "
        f"{sorted(project.profiles)}"
        for name, segment in card.segment.items()
        if segment.profile not in project.profiles
    ]
    if card.scarce.heavy_category not in project.assess.categories:
        faults.append(f"balance.toml: scarce.heavy_category '{card.scarce.heavy_category}' is no category")
    # Land that is free has nothing to be lifted; a card may yet say that it cannot be.
    reasons = _reasons(project) | {"holding.free"}
    demand = project.demand
    return faults + _filled(
        {
            "balance.toml: levers.not_liftable '{}' is no constraint, plan_category or holding.STATE": [
                name for name in card.levers.not_liftable if name not in reasons
            ],
            "demand.csv: no [segment.{}] in balance.toml says which activity stands for it": sorted(
                {row.segment for row in demand} - set(card.segment)
            ),
            # A row that stands there twice would count twice in the shortage.
            "demand.csv: {} stands there twice": repeated(
                (row.cluster_id, row.year, row.scenario, row.segment, row.programme) for row in demand
            ),
        }
    )


def _project_faults(project: Project) -> list[str]:
    """Projects that stand there twice, name what there is not, or wait for each other."""
    waits_on = {row.project_id: row.on_land_of for row in project.projects}
    faults = []
    for row in project.projects:
        named = f"projects.csv: project '{row.project_id}'"
        if row.cluster_id not in project.clusters:
            faults.append(f"{named} names no cluster '{row.cluster_id}', expected one of {sorted(project.clusters)}")
        if row.profile not in project.profiles:
            faults.append(f"{named} names no profile '{row.profile}', expected one of {sorted(project.profiles)}")
        if row.on_land_of is not None and row.on_land_of not in waits_on.keys() - {row.project_id}:
            faults.append(f"{named} needs land of '{row.on_land_of}', which is no other project")
        if row.near == row.project_id:
            faults.append(f"{named} must be near itself")
    return faults + _filled(
        {
            "projects.csv: project '{}' stands there twice": repeated(row.project_id for row in project.projects),
            "projects.csv: plot '{}' is left by more than one project": repeated(
                name for row in project.projects for name in row.leaves
            ),
            "projects.csv: project '{}' in the end needs its own land": [
                name for name in waits_on if _returns(name, waits_on)
            ],
        }
    )


def _returns(name: str, first: Mapping[str, str | None]) -> bool:
    """Whether following whose land each project needs leads back to where it began."""
    seen, project_id = {name}, first.get(name)
    while project_id is not None and project_id not in seen:
        seen.add(project_id)
        project_id = first.get(project_id)
    return project_id == name


def _assemble_faults(project: Project) -> list[str]:
    """Layers, filters and columns of bridges and barriers that nothing answers to."""
    faults = []
    without_layer = (PUBLIC_SPACE, NO_PARCEL)
    for features in (*project.assemble.bridge, *project.assemble.barrier):
        named = f"assemble.toml: bridge or barrier over '{features.layer}'"
        if features.layer in without_layer:
            continue
        layer = TABLES.get(features.layer)
        if layer is None or not layer.shape:
            faults.append(f"{named}: no such layer, expected one with a shape, or one of {list(without_layer)}")
            continue
        faults += [f"{named}: {fault}" for fault in misfits(features.where, layer)]
        column = features.half_width_column
        if column is not None and getattr(layer.columns.get(column), "unit", "") != "m":
            faults.append(f"{named}: half_width_column '{column}' is no column in metres of it")
        if layer.shape == "line" and not features.half_width_m and column is None:
            faults.append(f"{named}: lines need half_width_m or half_width_column")
    return faults


def _reasons(project: Project) -> set[str]:
    held = {f"holding.{state}" for state in HOLDINGS if state != "free"}
    return {rule.name for rule in project.constrain.constraint} | {"plan_category"} | held
