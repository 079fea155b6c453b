"""Charts of reasons: the waterfall in fixed order beside the one without order, what would free most, and what holds
back the same land. Each of rows for the lead activity in its first year, no extension exercised.
"""

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from layers.glossary import dutch_choice
from layers.units import M2_PER_HA
from pipeline.land.land import SLIVER
from pipeline.project.assemble import NO_PARCEL
from pipeline.stages.publish.charts.canvas import (
    INK,
    LEAST_SHOWN_M2,
    WIDE_INCH,
    Subject,
    heading,
    hectares,
    inside,
    label,
    legend,
    show_grid,
)

# How many levers are shown, by what they lift and how many reasons.
SHOWN_PER_KIND = {
    ("land", 1): 4,
    ("land", 2): 1,
    ("room", 1): 5,
    ("room", 2): 2,
    ("room", 3): 1,
    ("both", 2): 1,
    ("both", 3): 1,
}
SCOPES = {"land": "wie de grond heeft", "room": "wat er mag", "both": "beide samen"}
LABEL_SIGNS = 42
MOST_FACTORS = 12  # rows and columns of the chart of overlap


def waterfall(table: pd.DataFrame, subject: Subject) -> Figure | None:
    """From gross to usable now for the lead activity: on the left each m2 under the first heading that holds, on the
    right shared.
    """
    rows_now = table.sort_values("step")
    is_shown = (rows_now["area_m2"] > 0) | (rows_now["share_m2"] > 0) | rows_now["heading"].isin(["gross", "usable"])
    rows_now = rows_now[is_shown]
    if rows_now.empty or not rows_now["area_m2"].max() > 0:
        return None
    ha, shared = rows_now["area_m2"].to_numpy() / M2_PER_HA, rows_now["share_m2"].to_numpy() / M2_PER_HA
    names = rows_now["heading"].tolist()
    # Each bar begins where the next ends: a heading takes its hectares off what the ones before it left.
    left = np.concatenate([[0.0], np.maximum(ha[0] - np.cumsum(ha[1:]), 0.0)])
    figure, axes = panels_of(0.34 * len(names) + 0.4, 0.62, 1.72, [(0.245, 0.425), (0.69, 0.29)])
    rows = np.arange(len(names))[::-1]
    most = float(ha[0])
    for place, name, start, value, share in zip(rows, names, left, ha, shared, strict=True):
        filled = subject.paint(f"fall_{name}", "fall")
        axes[0].barh(place, value, 0.66, start, **filled)
        if place < rows[0]:  # gross is told inside its bar, and is no share of itself
            end = start + value  # what would not fit beside the bar stands before it
            position, offset = (end, 4) if end < 0.86 * most else (start, -4)
            label(axes[0], hectares(value), (position, place), (offset, 0), fontsize=8.2)
            axes[1].barh(place, share, 0.66, **filled)
            label(axes[1], hectares(share), (share, place), (4, 0), fontsize=8.2)
    inside(axes[0], (most / 2, float(rows[0])), most, subject.colour("fall_gross"))
    axes[0].set_yticks(rows, [dutch_choice(name) for name in names])
    axes[1].set_yticks([])
    axes[1].set_ylim(axes[0].get_ylim())
    axes[0].set_xlim(0, 1.02 * most)
    axes[1].set_xlim(0, 1.3 * max(1e-9, float(shared[1:].max())))
    for panel, title in zip(axes, ("in vaste volgorde", "zonder volgorde"), strict=True):
        panel.set_title(title, loc="left", fontsize=9, color=INK)
        panel.set_xlabel("hectare", fontsize=8.5)
    lead = subject.title_of(subject.lead).lower()
    usable = hectares(float(ha[names.index("usable")]) if "usable" in names else 0.0)
    return heading(
        figure,
        subject,
        f"Van {hectares(most)} ha bruto is nu {usable} ha bruikbaar voor {lead}",
        "Links staat elke vierkante meter onder de eerste post die geldt; rechts telt grond onder meer "
        "posten voor elk evenredig.",
    )


def levers(table: pd.DataFrame, subject: Subject) -> Figure | None:
    """What frees most usable land (ha) now for the lead activity when it is lifted: the best of each kind."""
    rows_now = table.query(f"gained_m2 >= {LEAST_SHOWN_M2} and lifted_count <= 3")
    ordered = rows_now.sort_values(["gained_m2", "lifted"], ascending=[False, True])
    shown = pd.concat(
        ordered[(ordered["scope"] == scope) & (ordered["lifted_count"] == size)].head(count)
        for (scope, size), count in SHOWN_PER_KIND.items()
    )
    if shown.empty:
        return None
    titles = [" + ".join(map(subject.title_of, text.split(" "))) for text in shown["lifted"]]
    rows = np.arange(len(shown))[::-1]
    figure, (axes,) = panels_of(0.37 * len(shown) + 0.4, 0.85, 1.9, [(0.4, 0.57)])
    # The wide bar is what comes free, the narrow one in it what becomes usable.
    raw, gained = shown["raw_m2"].to_numpy() / M2_PER_HA, shown["gained_m2"].to_numpy() / M2_PER_HA
    axes.barh(rows, raw, 0.7, color=subject.colour("lever_raw"), label="komt vrij")
    for scope, words in SCOPES.items():
        which = (shown["scope"] == scope).to_numpy()
        if which.any():
            colour = subject.colour(f"lever_{scope}")
            axes.barh(rows[which], gained[which], 0.36, color=colour, label=f"wordt bruikbaar: {words}")
    axes.set_yticks(rows, [wrapped(title) for title in titles], fontsize=8)
    most = float(max(raw.max(), gained.max()))
    for place, end, value in zip(rows, np.maximum(raw, gained), gained, strict=True):
        label(axes, hectares(value), (end, place), (4, 0), fontsize=8.2)
    axes.set_xlim(0, 1.14 * most)
    axes.set_xlabel("hectare nu", fontsize=8.5)
    heading_text = "Wat het meest vrijmaakt als het vervalt"
    first = int(np.argmax(shown["scope"] == "room"))  # the best rule, where there is one
    if (shown["scope"].iloc[first], shown["lifted_count"].iloc[first]) == ("room", 1):
        heading_text = (
            f"Van de regels scheelt '{titles[first]}' het meest: zonder die regel {hectares(gained[first])} ha meer"
        )
    legend(axes, 4)
    return heading(
        figure,
        subject,
        heading_text,
        "Een rekensom, geen voorstel. Bruikbaar kan meer zijn dan wat vrijkomt: te kleine vrije grond "
        "ernaast telt dan mee.",
    )


def overlap(attribution: pd.DataFrame, overlaps: pd.DataFrame, subject: Subject) -> Figure | None:
    """Of the largest reasons (ha) now for the lead activity, how much of each row the reason of the column holds back
    too, in per cent.
    """
    held = attribution[(attribution["tier"] == "reason") & (attribution["hit_m2"] >= LEAST_SHOWN_M2)]
    held = held[~held["reason"].isin([NO_PARCEL, SLIVER])]
    held = held.sort_values("hit_m2", ascending=False).head(MOST_FACTORS)
    order = {name: position for position, name in enumerate(held["reason"])}
    if len(order) < 2:
        return None
    # A pair is one row of the table, with a share for either side: it fills two cells.
    share = np.full((len(order), len(order)), np.nan)
    for row in overlaps.itertuples():
        if row.reason in order and row.other_reason in order:
            share[order[row.reason], order[row.other_reason]] = row.of_reason
            share[order[row.other_reason], order[row.reason]] = row.of_other
    figure = Figure(figsize=(WIDE_INCH, 0.36 * len(order) + 2.9))
    high = figure.get_figheight()
    axes = figure.add_axes((0.36, 0.35 / high, 0.5, 0.36 * len(order) / high))
    axes.imshow(np.nan_to_num(share), cmap=subject.setting("overlap_colours"), vmin=0, vmax=1, aspect="auto")
    factor_labels = [textwrap.shorten(subject.title_of(name), 34, placeholder="…") for name in order]
    labels = [f"{text} ({hectares(m2 / M2_PER_HA)} ha)" for text, m2 in zip(factor_labels, held["hit_m2"], strict=True)]
    axes.set_yticks(range(len(order)), labels, fontsize=8)
    axes.set_xticks(range(len(order)), factor_labels, fontsize=7.5, rotation=40, ha="left")
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    # Less would read 0; and on the dark end of the scale black does not read.
    for position, other in zip(*np.nonzero(share > 0.005), strict=True):
        text, ink = f"{100 * share[position, other]:.0f}", "white" if share[position, other] > 0.6 else INK
        axes.text(other, position, text, ha="center", va="center", fontsize=7.5, color=ink)
    return heading(
        figure,
        subject,
        "Welke reden wat een ander tegenhoudt ook al tegenhoudt",
        "Procent van de grond van de regel die de reden van de kolom ook raakt. Veel overlap: een van "
        "beide opheffen maakt weinig vrij.",
    )


def wrapped(text: str) -> str:
    """A label on at most two lines."""
    lines = textwrap.wrap(text, LABEL_SIGNS)
    return "\n".join(lines if len(lines) <= 2 else [lines[0], f"{lines[1][: LABEL_SIGNS - 1]}…"])


def panels_of(
    high_inch: float, below: float, around: float, spans: list[tuple[float, float]]
) -> tuple[Figure, list[Any]]:
    """A figure of panels beside each other: so high, with room below, and below and above together (inch), each from
    and so wide (0-1).
    """
    high = high_inch + around
    figure = Figure(figsize=(WIDE_INCH, high))
    panels = [figure.add_axes((left, below / high, wide, high_inch / high)) for left, wide in spans]
    for panel in panels:
        show_grid(panel, "x")
    return figure, panels
