"""Rekening: what balance and publish read, which settings count for them, and their work on one cluster or on their sum."""

from __future__ import annotations

from pipeline.project.load import Project
from pipeline.runner.stage import RunContext, Tables
from pipeline.stages import publish
from pipeline.stages.balance.accounting import figures
from pipeline.stages.publish.charts.canvas import Subject
from pipeline.stages.publish.charts.charts import MAP, drawings, every_name, map_drawing, to_files
from pipeline.stages.publish.files.formats import take_away
from pipeline.storage.store import replace


def sheets_of(context: RunContext, unit: str, tables: Tables) -> list[publish.Sheet]:
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


def work_publish(context: RunContext, unit: str, tables: Tables) -> Tables:
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
