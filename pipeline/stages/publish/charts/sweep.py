"""The chart of a sweep: what the numbers of the cards do to usable hectares."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from layers.units import M2_PER_HA
from pipeline.project.project import Project
from pipeline.stages.publish.charts.attribution import panels_of, wrapped
from pipeline.stages.publish.charts.canvas import (
    INK,
    Subject,
    heading,
    hectares,
    label,
    legend,
    settings_of,
    to_files,
)


def tornado(rows: list[dict[str, Any]], project: Project) -> dict[str, bytes]:
    """The chart of a sweep by file name, as SVG and PNG; areas in ha."""
    note = (
        f"Peildatum {project.card.reference_date:%d-%m-%Y}. {project.profiles[project.publish.lead_profile].title}, "
        "niemand verlengt. Verkenning, geen vergunningoordeel."
    )
    nation, lead = project.balance.national_name, project.publish.lead_profile
    subject = Subject(nation, True, project.card.title, note, lead, settings_of(project.publish.figures, {}))
    return to_files({"gevoeligheid": partial(_tornado, rows)}, subject)


def _tornado(rows: list[dict[str, Any]], subject: Subject) -> Figure | None:
    """What each number does to usable land in the last asked year when it is tried lower and higher; the widest
    span on top.
    """
    table = pd.DataFrame(rows)
    last = table[(table["year"] == table["year"].max()) & (table["case"] == "earliest")]
    # Clusters are summed: each number is tried in all of them at once.
    sums = last.groupby(["title", "side", "value"], as_index=False)["change_m2"].sum()
    wide = sums.pivot(index="title", columns="side", values="change_m2") / M2_PER_HA
    values = sums.pivot(index="title", columns="side", values="value")
    # Bars are drawn from below: the widest comes last, on top.
    wide = wide.loc[wide.abs().max(axis=1).sort_values(kind="stable").index]
    if wide.empty:
        return None
    figure, (axes,) = panels_of(0.5 * len(wide) + 0.5, 0.85, 1.9, [(0.4, 0.57)])
    middles = np.arange(len(wide))
    for side, words, shift in (("low", "lager", 0.19), ("high", "hoger", -0.19)):
        changes_ha = wide[side].to_numpy()
        axes.barh(middles + shift, changes_ha, 0.36, color=subject.colour(f"sweep_{side}"), label=words)
        for place, value, title in zip(middles + shift, changes_ha, wide.index, strict=True):
            sign = "" if hectares(abs(value)) == "0" else "+" if value > 0 else "−"
            text = f"{sign}{hectares(abs(value))} ({values.loc[title, side]:g})".replace(".", ",")
            label(axes, text, (value, place), (4 if value >= 0 else -4, 0), fontsize=7.6)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(middles, [wrapped(title) for title in wide.index], fontsize=8)
    reach = max(1e-6, float(wide.abs().to_numpy().max()))
    # Room on either side for the number beside the longest bar.
    axes.set_xlim(-1.45 * reach, 1.45 * reach)
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{'−' if value < 0 else ''}{hectares(abs(value), 0)}")
    )
    axes.set_xlabel("hectare meer of minder", fontsize=8.5)
    legend(axes, 2)
    return heading(
        figure,
        subject,
        f"Wat de getallen doen met de bruikbare hectares in {int(table['year'].max())}",
        "Elk getal apart lager en hoger, de rest zoals het staat; meer of minder hectare dan nu gerekend. "
        "Tussen haakjes het getal.",
    )
