"""Charts of overlap and shortage: which part of a reason's land another holds back too, and what is short
through what.
"""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from layers.derived.shortages import SHORTAGE_CAUSES
from layers.glossary import dutch_choice
from layers.units import M2_PER_HA
from pipeline.stages.publish.charts.canvas import (
    INK,
    WIDE_INCH,
    Subject,
    heading,
    hectares,
    legend,
    page,
    stack,
)

MOST_FACTORS = 12


def overlap(attribution: pd.DataFrame, overlaps: pd.DataFrame, subject: Subject) -> Figure | None:
    """Of the largest reasons now for the lead activity, in per cent: how much of each row the reason of the column
    holds back too.
    """
    held, pairs = subject.lead_now(attribution), subject.lead_now(overlaps)
    held = held[(held["tier"] == "reason") & (held["reason"] != "no_parcel")]
    held = held.sort_values("hit_m2", ascending=False).head(MOST_FACTORS)
    order = {name: position for position, name in enumerate(held["reason"])}
    if len(order) < 2:
        return None
    share = np.full((len(order), len(order)), np.nan)
    for row in pairs.itertuples():
        if row.reason in order and row.other_reason in order:
            share[order[row.reason], order[row.other_reason]] = row.of_reason
            share[order[row.other_reason], order[row.reason]] = row.of_other
    figure = Figure(figsize=(WIDE_INCH, 0.36 * len(order) + 2.9))
    high = figure.get_figheight()
    axes = figure.add_axes((0.36, 0.35 / high, 0.5, 0.36 * len(order) / high))
    axes.imshow(np.nan_to_num(share), cmap=subject.card.overlap_colours, vmin=0, vmax=1, aspect="auto")
    factor_labels = [textwrap.shorten(subject.title_of(name), 34, placeholder="…") for name in order]
    labels = [f"{text} ({hectares(m2 / M2_PER_HA)} ha)" for text, m2 in zip(factor_labels, held["hit_m2"], strict=True)]
    axes.set_yticks(range(len(order)), labels, fontsize=8)
    axes.set_xticks(range(len(order)), factor_labels, fontsize=7.5, rotation=40, ha="left")
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    for position, other in zip(*np.nonzero(share > 0.005), strict=True):
        text, ink = f"{100 * share[position, other]:.0f}", "white" if share[position, other] > 0.6 else INK
        axes.text(other, position, text, ha="center", va="center", fontsize=7.5, color=ink)
    heading(
        figure,
        subject,
        "Welke reden wat een ander tegenhoudt ook al tegenhoudt",
        "Procent van de grond van de regel die de reden van de kolom ook raakt. Veel overlap: een van "
        "beide opheffen maakt weinig vrij.",
    )
    return figure


def shortage(table: pd.DataFrame, subject: Subject) -> Figure | None:
    """What is asked per year and scenario: served, and short through each of five causes; no extension called."""
    early = table[table["case"] == "earliest"]
    if early.empty:
        return None
    early = early.assign(bar=early["year"].astype(str) + "\n" + early["scenario"].astype(str))
    wide = early.pivot_table(index="bar", columns="cause", values="shortage_m2", aggfunc="sum") / M2_PER_HA
    wide = wide[list(SHORTAGE_CAUSES)]
    served = early.drop_duplicates("bar").set_index("bar")["served_m2"].reindex(wide.index) / M2_PER_HA
    figure, axes = page(3.4, legend=True)
    parts = [("bediend", served, {"color": subject.colours["fall_usable"]})]
    parts += [
        (f"tekort door {dutch_choice(cause)}", wide[cause], {"color": subject.colours[f"short_{cause}"]})
        for cause in SHORTAGE_CAUSES
    ]
    most = float((served + wide.sum(axis=1)).max())
    bottom = stack(axes, range(len(wide)), parts, ("up", 0.6, 0.05 * most))
    axes.set_xticks(range(len(wide)), wide.index)
    axes.set_ylabel("hectare gevraagd")
    last = wide.iloc[-1]
    heading(
        figure,
        subject,
        f"Van {hectares(float(bottom[-1]))} ha gevraagd in {wide.index[-1].splitlines()[0]} is "
        f"{hectares(float(last.sum()))} ha tekort",
        "Niemand verlengt. Elke oorzaak telt voor wat zij gemiddeld scheelt over alle volgorden waarin de "
        "vijf kunnen worden opgeheven.",
    )
    legend(axes, 3)
    return figure
