"""Validation of rules: what no single rule card can see: rules that contradict each other, that nothing reaches, or
that are missing."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import product

from layers.columns import AREA_KINDS, HOUSING_KINDS
from layers.layer import Layer
from layers.sources import TABLES
from layers.sources.housing_plans import HARD_STATUSES
from pipeline.project.effect_conditions import ABOVE_BAND, HOUSING_CONDITIONS, SEVERITY, stated_needs
from pipeline.project.filter_language import Comparison, Joined, keeps, misfits, read_filter
from pipeline.project.models import repeated
from pipeline.project.rules import (
    CONDITIONS,
    AssessConfig,
    BufferConfig,
    ByRoadConfig,
    ConstraintConfig,
    EffectConfig,
    OutsideConfig,
    ProfileConfig,
    RingsConfig,
    ValuesConfig,
)

OPPOSITE_AREA_KIND = {"quiet": "mixed", "mixed": "quiet"}
# Which features must be counted by a ladder of distances, by the closed lists that their filters may read.
LADDERED = {
    "sensitive_buildings": {
        name: TABLES["sensitive_buildings"].columns[name].choices for name in ("object_kind", "area_kind")
    },
    "housing_plans": {"plan_status": HARD_STATUSES, "area_kind": TABLES["housing_plans"].columns["area_kind"].choices},
}
# Conditions about the activity alone; the others need a band of the constraint.
NUMBERED = tuple(ABOVE_BAND)
BANDED = {name: kind for name, kind in CONDITIONS.items() if kind}
NUMERIC: tuple[str, ...] = ("float", "int")  # kinds of columns
# The line of each row of effects.csv by its constraint, kind of object and condition.
MatrixLines = Mapping[tuple[str, str, str], int]


def constraint_faults(constraints: Sequence[ConstraintConfig]) -> list[str]:
    """Constraints that stand there twice, read what is not there, or can never apply."""
    twice = repeated(constraint.name for constraint in constraints)
    faults = [f"constraint '{name}' stands there twice" for name in twice]
    for constraint in constraints:
        faults += [f"constraint '{constraint.name}' {fault}" for fault in _own_faults(constraint)]
    return [f"constrain.toml: {fault}" for fault in faults]


def _own_faults(constraint: ConstraintConfig) -> list[str]:
    layer = TABLES.get(constraint.layer)
    if layer is None or not layer.shape:
        return [f"reads '{constraint.layer}', expected a layer with shapes"]
    geometry = constraint.geometry
    names = (constraint.from_year, constraint.to_year, constraint.until_year)
    years = [name for name in names if isinstance(name, str)]
    faults = [
        f"takes a year from '{name}', no {kind} of '{layer.name}'"
        for name in years
        if (kind := _misfit(layer, name, ("int",)))
    ]
    fixed = [year for year in (constraint.from_year, constraint.to_year) if isinstance(year, int)]
    if isinstance(geometry, OutsideConfig) and years and fixed:
        faults.append(
            f"lies outside features of the years in '{years[0]}', and names {fixed[0]} itself; name one of both"
        )
    if years and isinstance(geometry, ByRoadConfig):
        faults.append(f"is measured along all roads, and takes a year from '{years[0]}' of each; name a year itself")
    if isinstance(geometry, ByRoadConfig) and constraint.layer != "roads":
        faults.append(f"is measured along the road, and reads '{constraint.layer}'; expected 'roads'")
    read, kinds = None, NUMERIC
    if isinstance(geometry, ValuesConfig):
        read, kinds = geometry.column, (*NUMERIC, "str")
    if isinstance(geometry, BufferConfig):
        read = geometry.distance_column
    if read is not None and (kind := _misfit(layer, read, kinds)):
        faults.append(f"takes its bands or distances from '{read}', no {kind} of '{layer.name}'")
    filters = [constraint.where]
    if isinstance(geometry, ValuesConfig) and geometry.overlap != "each":
        filters += [geometry.zero, geometry.unknown]
        if not _is_number(constraint):
            faults.append(f"compares what overlaps by '{geometry.column}', which holds no numbers")
    if constraint.area_kind is not None and not isinstance(geometry, RingsConfig):
        faults.append(f"is for area kind '{constraint.area_kind}' and has no rings")
    own_site = constraint.own_site
    if own_site is not None:
        lists = {constraint.layer: layer, own_site.layer: TABLES.get(own_site.layer)}
        faults += [
            f"leaves out its own site by '{own_site.column}', no column of '{name}'"
            for name, table in lists.items()
            if table is None or own_site.column not in table.columns
        ]
    return faults + [fault for where in filters for fault in (*misfits(where, layer), *_never(where, layer))]


def _misfit(layer: Layer, name: str, kinds: tuple[str, ...]) -> str:
    """What a column is not: there at all, or of the kind that is asked; empty where it fits."""
    if name not in layer.columns:
        return "column"
    return "" if layer.columns[name].kind in kinds else f"column of {' or '.join(kinds)}"


def _never(where: str | None, layer: Layer) -> list[str]:
    """Two equalities that cannot both hold: the same column, asked to be two things at once."""
    if not where or misfits(where, layer):
        return []
    tree = read_filter(where)
    parts = tree.parts if isinstance(tree, Joined) and tree.operator == "and" else (tree,)
    # Per column what each part allows: where two have nothing in common, no row can pass both.
    required: dict[str, list[set[object]]] = {}
    for part in parts:
        if isinstance(part, Comparison) and part.operator in ("=", "in"):
            required.setdefault(part.column, []).append(set(part.constants))
    never = [name for name, sets in required.items() if not set.intersection(*sets)]
    return [f"can never apply: filter {where!r} asks '{name}' to be two things at once" for name in never]


def effect_faults(
    constraints: Sequence[ConstraintConfig], effects: Sequence[EffectConfig], kinds: Collection[str]
) -> list[str]:
    """Cells of the matrix that are missing (of the kinds of object that are asked about), contradictory, without force,
    or that no activity could reach."""
    by_name = {constraint.name: constraint for constraint in constraints}
    cells: dict[tuple[str, str], dict[str, str]] = {}
    faults = []
    for effect in effects:
        said = cells.setdefault((effect.constraint, effect.object_kind), {})
        if effect.condition in said:
            fault = f" on '{effect.object_kind}', {effect.condition}, stands there twice"
            faults.append((effect.constraint, fault))
        said[effect.condition] = effect.effect
    for name, constraint in by_name.items():
        faults += [(name, f" on '{kind}': no effect") for kind in kinds if (name, kind) not in cells]
        cells_here = {kind: said for (owner, kind), said in cells.items() if owner == name}
        if cells_here and all(set(said.values()) == {"none"} for said in cells_here.values()):
            faults.append((name, " does nothing to anything; remove it from constrain.toml, or say what it does"))
        for kind, said in sorted(cells_here.items()):
            faults += [(name, f" on '{kind}': {fault}") for fault in _cell_faults(said, constraint)]
    in_cards = {name for name, constraint in by_name.items() if constraint.effects}
    return [f"{'constrain.toml' if name in in_cards else 'effects.csv'}: '{name}'{fault}" for name, fault in faults]


def unread_faults(
    constraints: Sequence[ConstraintConfig],
    effects: Sequence[EffectConfig],
    profiles: Mapping[str, ProfileConfig],
    lines: MatrixLines | None,
) -> list[str]:
    """Rows of the matrix that nothing reads: of a constraint without a card, of what nobody builds or plans, and of
    conditions that can be asked of activities alone. Without `lines` only the first: the matrix is for others too."""
    named = {constraint.name: constraint.effects for constraint in constraints}
    built = {kind for profile in profiles.values() for kind in profile.object_kinds}
    rows: dict[str, list[int]] = defaultdict(list)
    for effect in effects:
        line = (lines or {}).get((effect.constraint, effect.object_kind, effect.condition), 0)
        if effect.constraint not in named:
            rows[f"'{effect.constraint}' is no constraint of constrain.toml: add its card, or remove these rows"] += [
                line
            ]
        # An effect on all other kinds in the card of a constraint says nothing of one that is not built.
        elif lines is not None and (line or effect.object_kind in named[effect.constraint]):
            cause = _unread(effect, built)
            if cause:
                rows[cause if line else f"'{effect.constraint}' in constrain.toml: {cause}"] += [line]
    return [f"effects.csv: {_lines_in_words(numbers)}{cause}" for cause, numbers in rows.items()]


def _unread(effect: EffectConfig, built: Collection[str]) -> str:
    """Why nothing reads an effect, as activities build some kinds of object; empty where something does."""
    if effect.object_kind in built:
        return ""
    if effect.object_kind not in HOUSING_KINDS:
        return (
            f"object_kind '{effect.object_kind}' is read by nothing, for no activity of profiles.toml names it in its "
            "object_kinds, and no housing plan holds it: remove these rows, or name it with an activity"
        )
    if effect.condition not in HOUSING_CONDITIONS:
        return (
            f"condition '{effect.condition}' is read by nothing on kinds of housing, for no activity of profiles.toml "
            f"builds them, and of housing plans only {', '.join(HOUSING_CONDITIONS)} are asked: remove these rows"
        )
    return ""


def _lines_in_words(numbers: Sequence[int]) -> str:
    known = [str(number) for number in numbers if number]
    return f"line{'s' * (len(known) > 1)} {', '.join(known)}: " if known else ""


def _cell_faults(said: dict[str, str], constraint: ConstraintConfig) -> list[str]:
    faults = []
    always = SEVERITY[said.get("always", "none")]
    for condition, effect in said.items():
        needs = BANDED.get(condition)
        if needs is not None and constraint.geometry.kind != needs:
            faults.append(f"{condition} can never be: the constraint has no {needs}")
        if condition in NUMBERED and isinstance(constraint.geometry, ValuesConfig) and not _is_number(constraint):
            faults.append(f"{condition} can never be: '{constraint.geometry.column}' holds no numbers")
        # Of all effects that hold the strongest counts: a milder one beside it is never seen.
        if condition != "always" and SEVERITY[effect] <= always:
            faults.append(f"{effect} when {condition} is never reached: '{said.get('always', 'none')}' always holds")
        if condition == "category_reaches_band" and constraint.area_kind is None:
            faults.append(f"{condition} asks for area_kind, one of {list(AREA_KINDS)}, in constrain.toml")
    return faults


def _is_number(constraint: ConstraintConfig) -> bool:
    layer, geometry = TABLES.get(constraint.layer), constraint.geometry
    column = layer.columns.get(geometry.column) if layer is not None and isinstance(geometry, ValuesConfig) else None
    return column is None or column.kind in NUMERIC


def claim_faults(
    constraints: Sequence[ConstraintConfig], name: str, effects: Sequence[EffectConfig], kinds: Collection[str]
) -> list[str]:
    """The constraint that the balance takes energy claims from must tell how sure each claim is, and a decided claim
    must take its land from every kind of object."""
    banded = {c.name: c.geometry.column for c in constraints if isinstance(c.geometry, ValuesConfig)}
    if banded.get(name) != "claim_certainty":
        return [f"balance.toml: room.claim_constraint '{name}' is no constraint with values of 'claim_certainty'"]
    decided = {
        effect.object_kind
        for effect in effects
        if effect.constraint == name
        and effect.condition in ("always", "claim_is_decided")
        and SEVERITY[effect.effect] >= SEVERITY["conditional"]
    }
    return [
        f"effects.csv: '{name}' on '{kind}': land under a decided claim would be open: add the row "
        f"'{name};{kind};claim_is_decided;blocks;...' of the shipped effects.csv (a scenario can lift '{name}')"
        for kind in kinds
        if kind not in decided
    ]


def profile_faults(
    profiles: dict[str, ProfileConfig],
    constraints: Sequence[ConstraintConfig],
    rules: tuple[Sequence[EffectConfig], AssessConfig],
) -> list[str]:
    """Profiles that ask for a category, or keep a distance (metres), that the rules do not know."""
    effects, card = rules
    faults = [
        f"profiles.toml: profile '{name}' has category '{profile.category}', expected one of {card.categories}"
        for name, profile in profiles.items()
        if profile.category not in card.categories
    ]
    conditions_used = {(effect.constraint, effect.condition) for effect in effects}
    faults += _needs_that_no_rule_reads(profiles, effects)
    for constraint in constraints:
        if (constraint.name, "category_reaches_band") in conditions_used:
            faults += _ladder_faults(constraint, card)
        if (constraint.name, "risk_reaches_band") not in conditions_used:
            continue
        # Rings are drawn at their steps alone: a radius between two would count as the shorter or the longer.
        steps = _steps(constraint)
        faults += [
            f"profiles.toml: profile '{name}' has risk_radius_m {profile.risk_radius_m:g}, expected 0 or a "
            f"step of '{constraint.name}': {steps}"
            for name, profile in profiles.items()
            if profile.risk_radius_m and profile.risk_radius_m not in steps
        ]
    return faults


def _needs_that_no_rule_reads(profiles: dict[str, ProfileConfig], effects: Sequence[EffectConfig]) -> list[str]:
    """Needs of activities of which not every condition decides over all that they build: land would be open without
    their having been looked at."""
    decides = {
        (effect.condition, effect.object_kind)
        for effect in effects
        if SEVERITY[effect.effect] >= SEVERITY["conditional"]
    }
    return [
        f"profiles.toml: profile '{name}' states {need}, and no effect '{condition}' decides over '{kind}': "
        "take over the rules for needs from the shipped constrain.toml, or leave the need out"
        for name, profile in profiles.items()
        for need, conditions in stated_needs(profile)
        for condition in conditions
        for kind in profile.object_kinds
        if (condition, kind) not in decides
    ]


def _ladder_faults(constraint: ConstraintConfig, card: AssessConfig) -> list[str]:
    distances = set(getattr(card.category_distances, constraint.area_kind or "quiet").values()) - {0}
    steps = set(_steps(constraint))
    faults = [f"asks for {metres:g} m, no step of '{constraint.name}'" for metres in sorted(distances - steps)]
    # Steps in between may be spare: a distance can then change and nothing is cut anew.
    beyond = sorted(step for step in steps if step > max(distances, default=0))
    faults += [f"never asks for {metres:g} m, a step of '{constraint.name}' that nothing reaches" for metres in beyond]
    return [f"assess.toml: category_distances.{constraint.area_kind or 'quiet'} {fault}" for fault in faults]


def _steps(constraint: ConstraintConfig) -> list[float]:
    return list(constraint.geometry.bands.values()) if isinstance(constraint.geometry, RingsConfig) else []


def ladder_faults(constraints: Sequence[ConstraintConfig]) -> list[str]:
    """Every dwelling, and every hard plan, must be counted by exactly one ladder of distances (metres)."""
    faults = []
    for name, hard in LADDERED.items():
        layer = TABLES[name]
        ladders = [
            c for c in constraints if c.layer == name and c.area_kind is not None and not misfits(c.where, layer)
        ]
        choices = [(*values, None) if layer.columns[column].optional else values for column, values in hard.items()]
        # Every combination of values that the filters may read: each must be counted once. The rest is empty in all
        # rows, so that a filter which reads another column keeps none and shows up as a gap.
        empty = dict.fromkeys([*layer.columns, "geometry"])
        drawn = [empty | dict(zip(hard, values, strict=True)) for values in product(*choices)]
        counted = [sum(keeps(ladder.where, row) for ladder in ladders) for row in drawn]
        # Three of them show what is wrong; all combinations would fill the screen.
        for row, count in [(row, count) for row, count in zip(drawn, counted, strict=True) if count != 1][:3]:
            described = ", ".join(f"{column} {row[column] or 'empty'}" for column in hard)
            faults.append(f"{name} with {described}: counted by {count} ladders of distances, expected 1")
        faults += [
            f"'{c.name}' keeps the distances of area kind '{c.area_kind}' from features of the other kind"
            for c in ladders
            if any(keeps(c.where, row) for row in drawn if row["area_kind"] == OPPOSITE_AREA_KIND[str(c.area_kind)])
        ]
    return [f"constrain.toml: {fault}" for fault in faults]
