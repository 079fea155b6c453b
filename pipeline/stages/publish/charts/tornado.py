"""Gevoeligheid in beeld: the picture of a sweep over numbers of the cards."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl

from pipeline.project.project import Project
from pipeline.stages.publish.charts.attribution import tornado_figure
from pipeline.stages.publish.charts.canvas import IMAGE_KINDS, STYLE, Subject, to_bytes


def tornado(rows: list[dict[str, Any]], project: Project) -> dict[str, bytes]:
    """The picture by file name, as SVG and PNG."""
    unit = project.balance.national_name
    note = (
        f"Peildatum {project.card.reference_date:%d-%m-%Y}. "
        f"{project.profiles[project.publish.lead_profile].title}, niemand verlengt. Verkenning, geen "
        "vergunningoordeel."
    )
    with mpl.rc_context(STYLE):
        figure = tornado_figure(rows, Subject(unit, project.card.title, note), project.publish.figures)
        return (
            {f"{unit}-gevoeligheid.{kind}": to_bytes(figure, kind, project.publish.figures) for kind in IMAGE_KINDS}
            if figure
            else {}
        )
