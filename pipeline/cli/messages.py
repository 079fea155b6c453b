"""Antwoorden: what the commands say on stdout, drawn from results that are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from layers.columns import CASES
from layers.errors import Refusal
from layers.layer import Layer, RasterLayer
from layers.sources import RASTERS, TABLES
from layers.units import M2_PER_HA
from pipeline.line.ingest import match_clusters, no_key_twice
from pipeline.project.load import read_project, read_sweeps, scenario_names
from pipeline.project.project import Project
from pipeline.project.raw_table import RawTable
from pipeline.runner.stage import Context
from pipeline.stages.acquire import compare_lock, describe_files, read_source
from pipeline.stages.harmonise import harmonise
from pipeline.stages.publish import left_out as publish_left_out
from pipeline.stages.resolve.rights import first_fit


def summary(context: Context, clusters: Sequence[str]) -> str:
    """The balance per cluster for the lead profile in hectares, and the paths to open."""
    project = context.project
    units = list(clusters) or [*project.clusters, project.balance.national_name]
    lead, years = project.publish.lead_profile, project.years
    title = project.profiles[lead].title
    names = ["gross", *(f"free {y}" for y in years), *(f"usable {y}" for y in years)]
    lines = [f"{project.card.title}, {project.card.reference_date:%d-%m-%Y}"]
    lines += [f"scenario: {project.scenario.title} ({project.scenario.basis})"] if project.scenario is not None else []
    lines += [f"hectares; usable for '{title}'; in brackets when every option and extension is called", ""]
    lines.append(f"{'cluster':<22}" + "".join(f"{name:>18}" for name in names))
    for unit in units:
        lines.append(f"{unit:<22}" + "".join(f"{cell:>18}" for cell in _cells(context, unit)))
    paths = [context.store.outputs / f"{unit}.gpkg" for unit in units]
    paths += [context.store.outputs / name for name in ("figures.csv", "report.html")] if not clusters else []
    return "\n".join([*lines, "", "open in QGIS:", *(f"  {path}" for path in paths if path.exists())])


def left_behind(context: Context, clusters: Sequence[str]) -> list[str]:
    """What the reader of the outputs folder should know: results of an earlier run, of no cluster, and what was not known."""
    project, outputs = context.project, context.store.outputs
    national = project.balance.national_name
    notes = []
    if clusters and (outputs / f"{national}.gpkg").exists():
        notes.append(
            f"only {', '.join(clusters)} was brought up to date; {national}.gpkg, report.html and figures.csv are of an earlier run"
        )
    known = {f"{unit}.gpkg" for unit in (*project.clusters, national)}
    notes += [
        f"{path} is of no cluster of this project; remove it if you do not need it"
        for path in sorted(outputs.glob("*.gpkg"))
        if path.name not in known
    ]
    matters = {constraint.layer for constraint in project.constrain.constraint} | {
        "ground_leases",
        "issue_register",
        "buildings",
        "quays",
    }
    unknown = [name for name, card in project.card.absences.items() if card.treat_as == "unknown" and name in matters]
    if unknown:
        notes.append(f"not supplied and therefore not known: {', '.join(unknown)}; land may be unknown because of it")
    return notes


def _cells(context: Context, unit: str) -> list[str]:
    project = context.project
    balance, waterfall = (context.store.load("balance", unit, name) for name in ("land_balance", "waterfall"))
    own = balance[balance["cluster_id"] == unit]
    found = own.set_index(["measure", "profile", "year", "case", "heading"])["area_m2"].to_dict()
    gross = waterfall.loc[(waterfall["cluster_id"] == unit) & (waterfall["heading"] == "gross"), "area_m2"].iloc[0]
    cells = [f"{gross / M2_PER_HA:.1f}"]
    for measure, profile, heading in (("holding", "all", "free"), ("verdict", project.publish.lead_profile, "usable")):
        for year in project.years:
            both = [found.get((measure, profile, year, case, heading), 0.0) / M2_PER_HA for case in CASES]
            cells.append("{:.1f} ({:.1f})".format(*both))
    return cells


def check(context: Context) -> list[dict[str, Any]]:
    """One row per source: whether it reads and harmonises, and what is refused if not; and what differs from the lock."""
    project, roots = context.project, context.project.roots(context.data)
    found = []
    read: dict[str, dict[str, pd.DataFrame]] = {}
    for name, card in project.sources.items():
        try:
            raw = read_source(card, roots[name])
            said = f"grid for {card.layer}" if card.layer in RASTERS else ""
            if isinstance(raw, RawTable):
                done = harmonise(raw, card, TABLES[card.layer])
                if card.layer == "cluster_boundaries":
                    match_clusters(done.table, project)
                read.setdefault(card.layer, {})[name] = done.table
                no_key_twice(card.layer, read[card.layer])
                facts = done.facts.iloc[0]
                said = f"{facts['rows_in']} rows, {facts['rows_refused']} refused, {facts['rows_repaired']} repaired -> {card.layer}"
            found.append({"source": name, "state": "good", "said": said, "exit_code": 0})
        except Refusal as refusal:
            found.append({"source": name, "state": "refused", "said": str(refusal), "exit_code": refusal.exit_code})
    if all(row["state"] == "good" for row in found):
        notes = compare_lock(describe_files(project.sources, roots), project.folder / "sources.lock")
        found += [{"source": "sources.lock", "state": "differs", "said": note, "exit_code": 0} for note in notes]
    return found + _other_readings(project)


def _other_readings(project: Project) -> list[dict[str, Any]]:
    """One row per scenario, and per number of sweeps.toml: whether the cards can be read so."""
    found = []
    readings: dict[str, Any] = {f"scenario {name}": name for name in scenario_names(project.folder)}
    for one in read_sweeps(project.folder):
        readings |= {f"sweep {one.name} {value:g}": one.scenario(value) for value in (one.low, one.high)}
    for name, reading in readings.items():
        try:
            read_project(project.folder, reading)
            found.append({"source": name, "state": "good", "said": "", "exit_code": 0})
        except Refusal as refusal:
            found.append({"source": name, "state": "refused", "said": str(refusal), "exit_code": refusal.exit_code})
    return found


def warnings(context: Context, clusters: Sequence[str]) -> list[str]:
    """Corrections that no longer count or are about nothing known, and rules of resolve.toml that nothing answers to."""
    found = [context.store.load("resolve", name, "conflicts") for name in clusters or context.project.clusters]
    told = {"override_expired": "; it no longer counts", "override_unknown": "; it counts nowhere"}
    rows = pd.concat(found).drop_duplicates(["conflict_class", "subject"]).sort_values(["conflict_class", "subject"])
    said = [
        f"warning: overrides.csv, '{row.subject}': {row.found}{told[row.conflict_class]}"
        for row in rows[rows["conflict_class"].isin(list(told))].itertuples()
    ]
    return said + [f"warning: resolve.toml, {fault}" for fault in _idle_rules(context)]


def _idle_rules(context: Context) -> list[str]:
    """Landlords, sites and chances of resolve.toml that match no contract or plot: often a name spelled another way."""
    handover, exercise = context.project.resolve.handover, context.project.resolve.exercise
    if context.store.receipt("harmonise", "ground_leases") is None:
        return []
    leases = context.store.load("harmonise", "ground_leases", "ground_leases")
    sites = set(context.store.load("harmonise", "parcels", "parcels")["site_name"].dropna())
    lessors = set(leases["lessor"].dropna()) | set(handover.landlord_of_site.values())
    ruled = {rule.name for rule in handover.landlord}
    faults = [f"landlord '{name}': no contract or site names it" for name in sorted(ruled - lessors)]
    faults += [
        f"landlord_of_site '{site}': no plot lies on it" for site in sorted(set(handover.landlord_of_site) - sites)
    ]
    faults += [
        f"landlord_of_site: '{name}' has no rule of its own"
        for name in sorted(set(handover.landlord_of_site.values()) - ruled)
    ]
    taken = first_fit(leases, exercise)
    return faults + [
        f"exercise {number} (chance {card.chance:g}): no contract takes its chance from it"
        for number, card in enumerate(exercise, start=1)
        if number - 1 not in taken
    ]


def left_out(context: Context) -> list[str]:
    """What the public edition left out, in one note; nothing in the internal edition."""
    told = publish_left_out(context.project, context.edition)
    names = [f"{row.layer}.{row.column}" if row.column != "all" else row.layer for row in told.itertuples()]
    if not names:
        return []
    share = "hand out the .gpkg files, report.html, figures.csv and figures/ only: work/ and receipts/ beside them hold what was left out"
    return [f"public edition: left out {', '.join(names)}", share]


def dictionary(layers: Sequence[Layer | RasterLayer], *, whole: bool) -> list[dict[str, Any]]:
    """Layers with meaning, and their columns with type, unit, choices and Dutch title when asked for whole."""
    found: list[dict[str, Any]] = []
    for layer in layers:
        row: dict[str, Any] = {"layer": layer.name, "title": layer.title, "meaning": layer.meaning}
        if isinstance(layer, RasterLayer):
            row |= {"unit": layer.unit, "minimum": layer.minimum, "maximum": layer.maximum}
        elif whole:
            row |= {
                "key": list(layer.key),
                "shape": layer.shape or "table",
                "columns": [_column_entry(name, layer) for name in layer.columns],
            }
        found.append(row)
    return found


def _column_entry(name: str, layer: Layer) -> dict[str, Any]:
    column = layer.columns[name]
    entry = {"name": name, "type": column.kind, "title": column.title, "unit": column.unit, "meaning": column.meaning}
    return {**entry, "choices": list(column.choices), "optional": column.optional, "confidential": column.confidential}


def dictionary_text(found: list[dict[str, Any]]) -> str:
    """The dictionary as lines of text."""
    lines = []
    for row in found:
        lines.append(f"{row['layer']:<24} {row['title']:<32} {row['meaning']}")
        for column in row.get("columns", []):
            marks = [
                column["unit"],
                "may be empty" if column["optional"] else "",
                "confidential" if column["confidential"] else "",
            ]
            extra = ", ".join(mark for mark in marks if mark)
            choices = f" one of {', '.join(column['choices'])}" if column["choices"] else ""
            lines.append(
                f"  {column['name']:<24} {column['type']:<6} {column['meaning']}"
                + (f" ({extra})" if extra else "")
                + choices
            )
    return "\n".join(lines)
