"""The written rules as a lawyer reads them: constraints with legal basis, the matrix of effects, and the activities."""

from typing import Any

from layers.columns import OBJECT_KINDS
from pipeline.project.project import Project
from pipeline.project.rules import ConstraintConfig, ProfileConfig
from pipeline.queries.rule_words import CONDITIONS_IN_WORDS, shape_in_words

LETTER = {"blocks": "B", "unknown": "?", "conditional": "C", "attention": "A", "none": "-"}


def rules(project: Project) -> dict[str, Any]:
    """Return constraints (distances in metres), matrix and activities as plain data."""
    return {
        "constraints": [
            {**rule.model_dump(mode="json"), "reads_as": shape_in_words(rule).english}
            for rule in project.constrain.constraint
        ],
        "matrix": [effect.model_dump(mode="json") for effect in project.effects],
        "category_distances": project.assess.category_distances.model_dump(mode="json"),
        "plan_category": project.assess.plan_category.model_dump(mode="json"),
        "profiles": {name: profile.model_dump(mode="json") for name, profile in project.profiles.items()},
    }


def rules_text(project: Project) -> str:
    """Return the same as lines: the matrix, each constraint with its basis, distances (metres) and activities."""
    lines = [
        "What a constraint does to what stands on the ground: B bars, C conditional, A attention only, - nothing",
        "",
    ]
    lines += _matrix(project)
    lines += ["", "Constraints"]
    for rule in project.constrain.constraint:
        lines += _constraint_lines(rule, project)
    lines += ["", f"Distances of categories to dwellings (m) | {project.assess.category_distances.basis}"]
    for kind in ("quiet", "mixed"):
        table = getattr(project.assess.category_distances, kind)
        lines.append(f"  {kind:<6}" + "".join(f"{name:>5} {metres:<5g}" for name, metres in table.items()))
    lines += ["", "Activities"]
    lines += [_profile(name, profile) for name, profile in project.profiles.items()]
    return "\n".join(lines)


def _matrix(project: Project) -> list[str]:
    short = [kind.replace("_building", "").replace("_installation", "").replace("_", " ") for kind in OBJECT_KINDS]
    lines = [f"{'':<34}" + "".join(f"{name:>20}" for name in short)]
    for rule in project.constrain.constraint:
        effects = [effect for effect in project.effects if effect.constraint == rule.name]
        letters: dict[str, list[str]] = {kind: [] for kind in OBJECT_KINDS}
        for effect in effects:
            letter = LETTER[effect.effect]
            # A capital always holds, a small letter under the condition that ends the line.
            letters[effect.object_kind].append(letter if effect.condition == "always" else letter.lower())
        cells = "".join(f"{'/'.join(dict.fromkeys(of_kind)) or '?':>20}" for of_kind in letters.values())
        conditions = sorted({effect.condition for effect in effects} - {"always"})
        when = "; ".join(CONDITIONS_IN_WORDS[name].english for name in conditions)
        lines.append(f"{rule.name:<34}{cells}" + (f"   small letter: {when}" if when else ""))
    return lines


def _constraint_lines(rule: ConstraintConfig, project: Project) -> list[str]:
    turns = {"from": rule.from_year, "to": rule.to_year, "until": rule.until_year}
    years = [f"{word} {year}" for word, year in turns.items() if year]
    when = " ".join(years) or "always"
    where = f" where {rule.where}" if rule.where else ""
    exception = ", not on its own site" if rule.own_site else ""
    bases = sorted({effect.basis for effect in project.effects if effect.constraint == rule.name})
    return [
        f"  {rule.name} | {rule.title}",
        f"    {rule.direction} the plot, theme {rule.theme}, {when}; "
        f"{shape_in_words(rule).english} of {rule.layer}{where}{exception}",
        f"    {rule.standing}: {rule.law()} | source: {rule.source} | certainty {rule.certainty}",
        f"    effect: {'; '.join(bases)}",
    ]


def _profile(name: str, profile: ProfileConfig) -> str:
    asks = [
        f"{profile.least_area_ha:g} ha, {profile.least_width_m:g} m wide, category {profile.category}",
        f"quay {profile.least_quay_m:g} m" if profile.least_quay_m else "",
        f"draught {profile.least_draught_m:g} m" if profile.least_draught_m else "",
        f"{profile.noise_dba_m2:g} dB(A)/m2" if profile.noise_dba_m2 else "",
        "large noise maker" if profile.is_noise_maker else "",
        f"own risk {profile.risk_radius_m:g} m" if profile.risk_radius_m else "",
        f"Seveso {profile.seveso}" if profile.seveso != "none" else "",
        f"height {profile.height_m:g} m" if profile.height_m else "",
        "emits nitrogen" if profile.emits_nitrogen else "",
        f"power {profile.power_mw:g} MW" if profile.power_mw else "",
        f"water {profile.water_m3_year:g} m3 a year" if profile.water_m3_year else "",
        *profile.connections,
        "a siding" if profile.needs_rail else "",
        f"{profile.most_road_m:g} m along the road" if profile.most_road_m else "",
    ]
    kinds = ", ".join(profile.object_kinds)
    needs = "; ".join(filter(None, asks))
    return f"  {name} | {profile.title}: {needs}; builds {kinds} | {profile.basis} | certainty {profile.certainty}"
