"""The chart of a sweep over numbers of the cards."""

from __future__ import annotations

from functools import partial
from typing import Any

from pipeline.project.project import Project
from pipeline.stages.publish.charts.attribution import tornado_figure
from pipeline.stages.publish.charts.canvas import Subject, to_files


def tornado(rows: list[dict[str, Any]], project: Project) -> dict[str, bytes]:
    """The chart by file name, as SVG and PNG; areas in ha."""
    lead = project.publish.lead_profile
    note = (
        f"Peildatum {project.card.reference_date:%d-%m-%Y}. {project.profiles[lead].title}, niemand verlengt. "
        "Verkenning, geen vergunningoordeel."
    )
    unit, title = project.balance.national_name, project.card.title
    subject = Subject(unit, title, note, project.publish.figures, {}, lead)
    return to_files({"gevoeligheid": partial(tornado_figure, rows, subject)}, subject)
