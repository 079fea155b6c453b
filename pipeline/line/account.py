"""Rekening: what balance and publish read, which settings count for them, and their work on one cluster or on their sum."""

from __future__ import annotations

from typing import Any

import pandas as pd

from layers.derived import IN_TIME
from layers.sources import TABLES
from pipeline.land.land import AssessedLand, Rulebook
from pipeline.land.suitability import ContiguousAreas
from pipeline.line.room import ground_of, known_quays
from pipeline.line.wanted import sum_of_wanted, tables_of_wanted
from pipeline.project.load import Project
from pipeline.runner.stage import Context, Tables
from pipeline.stages import publish
from pipeline.stages.balance import (
    Account,
    balance,
    demand,
    figures,
    gross_m2,
    measures_of_shortages,
    measures_of_sites,
    national,
    no_parcel_m2,
)
from pipeline.stages.balance.attribution import measures_of_reasons
from pipeline.stages.balance.falls import shared_falls
from pipeline.stages.balance.in_time import Tenure, measures_in_time, sum_of_clusters, tables_in_time
from pipeline.stages.balance.of_reasons import Asked, sum_of_reasons, tables_of_reasons
from pipeline.stages.balance.of_room import Beside, measures_of_room, sum_of_room, tables_of_room
from pipeline.stages.publish.charts.canvas import Subject
from pipeline.stages.publish.charts.charts import MAP, drawings, every_name, map_drawing, to_files
from pipeline.stages.publish.files.formats import take_away
from pipeline.storage.store import replace


def work_balance(context: Context, unit: str, tables: Tables) -> Tables:
    """The accounting of one cluster, or of their sum."""
    project = context.project
    if unit == project.balance.national_name:
        whole = ground_of(unit, tables)
        summed = national([tables["land_balance"]], unit)
        asked = demand(project.demand, summed, project.publish.lead_profile, unit)
        return {
            "land_balance": pd.concat([summed, asked], ignore_index=True),
            "waterfall": national([tables["waterfall"]], unit),
            **{name: sum_of_clusters(name, [tables[name]], unit) for name in IN_TIME},
            **sum_of_room(tables, _matrix(tables), rulebook(project), unit),
            **sum_of_reasons(tables, whole, _asked(project, tables)),
            **sum_of_wanted(project, whole, tables, _fit(project, whole, tables)),
        }
    ground = ground_of(unit, tables)
    questions = project.balance.room
    of_room = tables_of_room(ground, _beside(project, unit, tables), rulebook(project), questions)
    held = tables["holdings"], tables["holding_periods"], tables["holding_rights"]
    tenure = Tenure(unit, held[0], held[1], held[2], project.card.reference_date, project.years)
    in_time = tables_in_time(tenure, project.balance.in_time)
    clashes = tables["conflicts"][tables["conflicts"]["cluster_id"] == unit]
    gross = gross_m2(tables["cluster_boundaries"], unit)
    asks = _asked(project, tables)
    of_reasons = tables_of_reasons(ground, no_parcel_m2(gross, tables["holdings"]), asks)
    of_wanted = tables_of_wanted(project, ground, tables, _fit(project, ground, tables))
    account = Account(
        unit,
        gross,
        tables["holdings"],
        tables["holding_states"],
        pd.DataFrame(ground.pieces.drop(columns="geometry")),
        tables["rooms"],
        tables["assessments"],
        tables["sites"],
        shared_falls(ground, tables["assessments"], rulebook(project)),
        pd.concat(
            [
                measures_in_time(in_time, clashes, project.years[0]),
                measures_of_room(ground, of_room, tables["assessments"], questions),
                measures_of_reasons(of_reasons["attribution"]),
                measures_of_sites(tables),
                measures_of_shortages(of_wanted["shortages"]),
            ],
            ignore_index=True,
        ),
    )
    land_balance, waterfall = balance(account, project.balance)
    return {"land_balance": land_balance, "waterfall": waterfall, **in_time, **of_room, **of_reasons, **of_wanted}


def _fit(project: Project, ground: AssessedLand, tables: Tables) -> ContiguousAreas:
    return ContiguousAreas(ground.shapes, ground.area_m2, project.assess.shape, known_quays(project, tables))


def _asked(project: Project, tables: Tables) -> Asked:
    return Asked(rulebook(project), known_quays(project, tables), project.balance.levers)


def rulebook(project: Project) -> Rulebook:
    """The written rules, as the questions of room need them."""
    rules = project.constrain
    about = project.years, rules.quad_segs, project.verdicts
    return Rulebook(rules.constraint, project.profiles, project.assess, *about)


def _matrix(tables: Tables) -> tuple[Any, Any]:
    return tables.get("source_receptors"), tables.get("receptors")


def _beside(project: Project, unit: str, tables: Tables) -> Beside:
    absent = project.card.absences.get("housing_plans")
    nothing = TABLES["housing_plans"].empty() if absent is not None and absent.treat_as == "none" else None
    sites = tables["cluster_boundaries"]
    land = sites[sites["cluster_id"] == unit].geometry.union_all()
    names = ("housing_bounds", "assessments", "usable_without_plans")
    judged = {"bounds": tables[names[0]], "assessments": tables[names[1]], "without_plans": tables[names[2]]}
    return Beside(land, plans=tables.get("housing_plans", nothing), matrix=_matrix(tables), **judged)


def sheets_of(context: Context, unit: str, tables: Tables) -> list[publish.Sheet]:
    """The published layers of one cluster, or of all, in the edition that was asked; nothing confidential in the public one."""
    project = context.project
    boundaries = tables["cluster_boundaries"]
    own = {**tables, "cluster_boundaries": boundaries[boundaries["cluster_id"].isin(_clusters_of(project, unit))]}
    written = publish.sheets(publish.overviews(own, project, context.edition), project, context.edition)
    if context.edition == "public":
        publish.prove_public(
            written, publish.confidential_values(tables, [card.title for card in project.clusters.values()])
        )
    return written


def work_publish(context: Context, unit: str, tables: Tables) -> Tables:
    """The GeoPackage and figures of one cluster, or of all; for all also figures.csv and the report."""
    project, outputs = context.project, context.store.outputs
    written = sheets_of(context, unit, tables)
    drawn = _pictures(project, unit, tables, written)
    for name, content in drawn.items():
        replace(outputs / "figures" / name, content)
    for name in set(every_name(unit)) - set(drawn):  # of an earlier run, when there was something to draw
        (outputs / "figures" / name).unlink(missing_ok=True)
    take_away(outputs, unit)
    target = outputs / f"{unit}.gpkg"
    shown = publish.plan(project.publish, written, _asked_map(project, unit))
    inside = publish.qgs(shown, target.name) if shown is not None else None
    path = publish.write(written, target, project.card.reference_date, inside)
    made = [path.name]
    if unit == project.balance.national_name:
        text = figures(tables).to_csv(index=False, lineterminator="\n", float_format="%.1f")
        replace(outputs / "figures.csv", text.encode())
        subjects = {name: _subject(project, name) for name in (unit, *project.clusters)}
        told = publish.Told(project, context.edition, subjects)
        replace(outputs / publish.REPORT, publish.report(written, tables, told))
        made += ["figures.csv", publish.REPORT]
    return {"": [*made, *(f"figures/{name}" for name in drawn)]}


def _clusters_of(project: Project, unit: str) -> list[str]:
    return list(project.clusters) if unit == project.balance.national_name else [unit]


def _pictures(project: Project, unit: str, tables: Tables, written: list[publish.Sheet]) -> dict[str, bytes]:
    subject, card = _subject(project, unit), project.publish.figures
    draws = drawings(tables, subject, card, _names(project))
    known = {sheet.derived: sheet for sheet in written}
    if len(known["piece_overview"].content):
        land = known["piece_overview"], known["cluster_overview"]
        draws[MAP] = map_drawing(land, _clusters_of(project, unit), subject)
    return to_files(draws, subject, card)


def _names(project: Project) -> dict[str, str]:
    """What activities and reasons are called; under "" the key of the lead activity."""
    named = {name: card.title for name, card in project.profiles.items()}
    named |= {rule.name: rule.title for rule in project.constrain.constraint}
    return {**named, "": project.publish.lead_profile}


def _asked_map(project: Project, unit: str) -> publish.Asked:
    lead = project.publish.lead_profile
    return publish.Asked(
        _subject(project, unit).title,
        project.years,
        (lead, project.profiles[lead].title),
        project.card.reference_date,
        project.publish.disclaimer,
        publish.credit(project),
    )


def _subject(project: Project, unit: str) -> Subject:
    whole = project.card.title
    title = f"{project.clusters[unit].title} | {whole}" if unit in project.clusters else whole
    title += f" | scenario: {project.scenario.title}" if project.scenario is not None else ""
    note = f"Peildatum {project.card.reference_date:%d-%m-%Y}. Verkenning, geen vergunningoordeel; onbekend telt nooit als vrij."
    return Subject(unit, title, note)
