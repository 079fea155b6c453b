"""Tegenspraken: what no single rule card can see: rules that contradict each other, that nothing reaches, or that are missing."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import combinations

from layers.columns import AREA_KINDS, OBJECT_KINDS
from layers.layer import Layer
from layers.sources import TABLES
from pipeline.filters import misfits
from pipeline.rules_card import (
    CONDITIONS,
    AssessCard,
    Buffer,
    Constraint,
    Effect,
    Profile,
    Rings,
    Values,
)

STRENGTH = {"none": 0, "attention": 1, "conditional": 2, "unknown": 3, "blocks": 4}
# Conditions about the activity alone; the others need a band of the constraint.
BANDED = {name: kind for name, kind in CONDITIONS.items() if kind}


def constraint_faults(constraints: Sequence[Constraint]) -> list[str]:
    """Constraints that stand there twice, read what is not there, or can never apply."""
    names = [constraint.name for constraint in constraints]
    faults = [f"constraint '{name}' stands there twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for constraint in constraints:
        faults += [f"constraint '{constraint.name}' {fault}" for fault in _own_faults(constraint)]
    return [f"constrain.toml: {fault}" for fault in faults]


def _own_faults(constraint: Constraint) -> list[str]:
    layer = TABLES.get(constraint.layer)
    if layer is None or not layer.shape:
        return [f"reads '{constraint.layer}', expected a layer with shapes"]
    how = constraint.geometry
    years = [name for name in (constraint.from_year, constraint.to_year) if isinstance(name, str)]
    faults = [f"takes a year from '{name}', no column of '{layer.name}'" for name in years if name not in layer.columns]
    read = how.column if isinstance(how, Values) else how.distance_column if isinstance(how, Buffer) else None
    if read is not None and read not in layer.columns:
        faults.append(f"takes its bands or distances from '{read}', no column of '{layer.name}'")
    if constraint.area_kind is not None and not isinstance(how, Rings):
        faults.append(f"is for area kind '{constraint.area_kind}' and has no rings")
    own = constraint.own_site
    if own is not None:
        lists = {constraint.layer: layer, own.layer: TABLES.get(own.layer)}
        faults += [
            f"leaves out its own site by '{own.column}', no column of '{name}'"
            for name, table in lists.items()
            if table is None or own.column not in table.columns
        ]
    return faults + misfits(constraint.where, layer) + _never(constraint.where, layer)


def _never(where: str | None, layer: Layer) -> list[str]:
    """Two equalities that cannot both hold: the same column, asked to be two things at once."""
    if not where or misfits(where, layer):
        return []
    tree = ast.parse(where, mode="eval").body
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    asked: dict[str, list[set[object]]] = {}
    for part in parts:
        if (
            isinstance(part, ast.Compare)
            and isinstance(part.left, ast.Name)
            and isinstance(part.ops[0], ast.Eq | ast.In)
        ):
            constant = ast.literal_eval(part.comparators[0])
            found = set(constant) if isinstance(constant, list | tuple) else {constant}
            asked.setdefault(part.left.id, []).append(found)
    never = [name for name, sets in asked.items() if not set.intersection(*sets)]
    return [f"can never apply: filter {where!r} asks '{name}' to be two things at once" for name in never]


def effect_faults(constraints: Sequence[Constraint], effects: Sequence[Effect]) -> list[str]:
    """Cells of the matrix that are missing, contradictory, without force, or that no activity could reach."""
    by_name = {constraint.name: constraint for constraint in constraints}
    cells: dict[tuple[str, str], dict[str, str]] = {}
    faults = [
        f"'{name}' is no constraint of constrain.toml"
        for name in sorted({e.constraint for e in effects} - set(by_name))
    ]
    for effect in effects:
        said = cells.setdefault((effect.constraint, effect.object_kind), {})
        if effect.condition in said:
            faults.append(f"'{effect.constraint}' on '{effect.object_kind}', {effect.condition}, stands there twice")
        said[effect.condition] = effect.effect
    for name, constraint in by_name.items():
        faults += [f"'{name}' on '{kind}': no effect" for kind in OBJECT_KINDS if (name, kind) not in cells]
        own = {cell: said for cell, said in cells.items() if cell[0] == name}
        if own and all(set(said.values()) == {"none"} for said in own.values()):
            faults.append(f"'{name}' does nothing to anything; remove it from constrain.toml, or say what it does")
        for (_, kind), said in sorted(own.items()):
            faults += [f"'{name}' on '{kind}': {fault}" for fault in _cell_faults(said, constraint)]
    return [f"effects.csv: {fault}" for fault in faults]


def _cell_faults(said: dict[str, str], constraint: Constraint) -> list[str]:
    faults = []
    always = STRENGTH[said.get("always", "none")]
    for condition, effect in said.items():
        needs = BANDED.get(condition)
        if needs is not None and constraint.geometry.kind != needs:
            faults.append(f"{condition} can never be: the constraint has no {needs}")
        if condition != "always" and STRENGTH[effect] <= always:
            faults.append(f"{effect} when {condition} is never reached: '{said.get('always', 'none')}' always holds")
        if condition == "category_reaches_band" and constraint.area_kind is None:
            faults.append(f"{condition} asks for area_kind, one of {list(AREA_KINDS)}, in constrain.toml")
    return faults


def profile_faults(
    profiles: dict[str, Profile], constraints: Sequence[Constraint], rules: tuple[Sequence[Effect], AssessCard]
) -> list[str]:
    """Profiles that ask for a category, or keep a distance, that the rules do not know."""
    effects, card = rules
    faults = [
        f"profiles.toml: profile '{name}' has category '{profile.category}', expected one of {card.categories}"
        for name, profile in profiles.items()
        if profile.category not in card.categories
    ]
    banded = {
        condition: [c for c in constraints if any(e.constraint == c.name and e.condition == condition for e in effects)]
        for condition in ("risk_reaches_band", "category_reaches_band")
    }
    for constraint in banded["risk_reaches_band"]:
        steps = _steps(constraint)
        faults += [
            f"profiles.toml: profile '{name}' has risk_radius_m {profile.risk_radius_m:g}, expected 0 or a step of '{constraint.name}': {steps}"
            for name, profile in profiles.items()
            if profile.risk_radius_m and profile.risk_radius_m not in steps
        ]
    for constraint in banded["category_reaches_band"]:
        faults += _ladder_faults(constraint, card)
    return faults


def _ladder_faults(constraint: Constraint, card: AssessCard) -> list[str]:
    asked = set(getattr(card.category_distances, constraint.area_kind or "quiet").values()) - {0}
    steps = set(_steps(constraint))
    faults = [f"asks for {metres:g} m, no step of '{constraint.name}'" for metres in sorted(asked - steps)]
    # Steps in between may be spare: a distance can then change and nothing is cut anew.
    beyond = sorted(step for step in steps if step > max(asked, default=0))
    faults += [f"never asks for {metres:g} m, a step of '{constraint.name}' that nothing reaches" for metres in beyond]
    return [f"assess.toml: category_distances.{constraint.area_kind or 'quiet'} {fault}" for fault in faults]


def _steps(constraint: Constraint) -> list[float]:
    return list(constraint.geometry.bands.values()) if isinstance(constraint.geometry, Rings) else []


def ladder_clashes(constraints: Sequence[Constraint]) -> list[str]:
    """Ladders around the same layer for different kinds of area must not both count the same feature."""
    ladders = [c for c in constraints if c.area_kind is not None]
    return [
        f"constrain.toml: '{one.name}' and '{other.name}' both keep distances of area kind '{one.area_kind}' from '{one.layer}' "
        "by the same filter"
        for one, other in combinations(ladders, 2)
        if (one.layer, one.area_kind, one.where) == (other.layer, other.area_kind, other.where)
    ]
