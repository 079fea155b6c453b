"""Figuren over waarom: the waterfall in fixed order beside the one without order, and what would free most."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from layers.glossary import dutch_choice
from layers.units import M2_PER_HA
from pipeline.project.publish import FiguresConfig
from pipeline.stages.publish.charts.canvas import (
    GRID,
    INK,
    WIDE_INCH,
    Subject,
    heading,
    hectares,
    inside,
    legend,
    paint,
    tick,
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
LABEL_SIGNS = 42


def waterfall(table: pd.DataFrame, subject: Subject, card: FiguresConfig, lead: tuple[str, str]) -> Figure | None:
    """From gross to usable now for the lead activity: on the left each m2 under the first heading that holds, on the
    right shared.
    """
    rows_now = table[(table["profile"] == lead[0]) & (table["case"] == "earliest")]
    rows_now = rows_now[rows_now["year"] == rows_now["year"].min()].sort_values("step")
    rows_now = rows_now[
        (rows_now["area_m2"] > 0) | (rows_now["share_m2"] > 0) | rows_now["heading"].isin(["gross", "usable"])
    ]
    if rows_now.empty or not rows_now["area_m2"].max() > 0:
        return None
    ha, shared = rows_now["area_m2"].to_numpy() / M2_PER_HA, rows_now["share_m2"].to_numpy() / M2_PER_HA
    names = rows_now["heading"].tolist()
    left = np.concatenate([[0.0], ha[0] - np.cumsum(ha[1:])])
    figure, axes = _two_panels(0.34 * len(names) + 0.4)
    rows = np.arange(len(names))[::-1]
    for position, name in enumerate(names):
        filled = paint(card, f"fall_{name}", "fall")
        axes[0].barh(rows[position], ha[position], 0.66, max(left[position], 0.0), **filled)
        if position:
            axes[1].barh(rows[position], shared[position], 0.66, **filled)
    axes[0].set_yticks(rows, [dutch_choice(name) for name in names])
    axes[1].set_yticks([])
    most = float(ha[0])
    for place, start, value in zip(rows[1:], np.maximum(left, 0.0)[1:], ha[1:], strict=True):
        position, side = (start + value, "left") if start + value < 0.86 * most else (start, "right")
        _label_bar(axes[0], (position, place), value, side)
    inside(axes[0], (most / 2, float(rows[0])), most, card.colours["fall_gross"])
    axes[1].set_ylim(axes[0].get_ylim())
    for place, value in zip(rows[1:], shared[1:], strict=True):
        _label_bar(axes[1], (value, place), value, "left")
    axes[0].set_xlim(0, 1.02 * most)
    axes[1].set_xlim(0, 1.3 * max(1e-9, float(shared[1:].max())))
    axes[0].set_title("in vaste volgorde", loc="left", fontsize=9, color=INK)
    axes[1].set_title("zonder volgorde", loc="left", fontsize=9, color=INK)
    for panel in axes:
        panel.set_xlabel("hectare", fontsize=8.5)
    usable = float(ha[names.index("usable")]) if "usable" in names else 0.0
    heading(
        figure,
        subject,
        f"Van {hectares(most)} ha bruto is nu {hectares(usable)} ha bruikbaar voor {lead[1].lower()}",
        "Links staat elke vierkante meter onder de eerste post die geldt; rechts telt grond onder meer "
        "posten voor elk evenredig.",
    )
    return figure


def levers(table: pd.DataFrame, subject: Subject, card: FiguresConfig, names: Mapping[str, str]) -> Figure | None:
    """What frees most usable land now for the lead activity (`names[""]` is its key) when it is lifted: the best
    of each kind.
    """
    rows_now = table[(table["profile"] == names[""]) & (table["case"] == "earliest") & table["gained_m2"].notna()]
    rows_now = rows_now[
        (rows_now["year"] == rows_now["year"].min()) & (rows_now["gained_m2"] > 0) & (rows_now["lifted_count"] <= 3)
    ]
    ordered = rows_now.sort_values(["gained_m2", "lifted"], ascending=[False, True])
    shown = pd.concat(
        [
            ordered[(ordered["scope"] == scope) & (ordered["lifted_count"] == size)].head(count)
            for (scope, size), count in SHOWN_PER_KIND.items()
        ]
    )
    if shown.empty:
        return None
    labels = [_wrapped(_called(text, names)) for text in shown["lifted"]]
    rows = np.arange(len(shown))[::-1]
    figure, axes = _one_panel(0.37 * len(shown) + 0.4)
    raw, gained = shown["raw_m2"].to_numpy() / M2_PER_HA, shown["gained_m2"].to_numpy() / M2_PER_HA
    axes.barh(rows, raw, 0.7, color=card.colours["lever_raw"], label="komt vrij")
    for scope in ("land", "room", "both"):
        which = (shown["scope"] == scope).to_numpy()
        if which.any():
            axes.barh(
                rows[which],
                gained[which],
                0.36,
                color=card.colours[f"lever_{scope}"],
                label=f"wordt bruikbaar: {_scope(scope)}",
            )
    axes.set_yticks(rows, labels, fontsize=8)
    most = float(max(raw.max(), gained.max()))
    for place, value in zip(rows, np.maximum(raw, gained), strict=True):
        bar_end = gained[len(rows) - 1 - place]
        _label_bar(axes, (value, place), bar_end, "left")
    axes.set_xlim(0, 1.14 * most)
    axes.set_xlabel("hectare nu", fontsize=8.5)
    best = shown[shown["scope"] == "room"].head(1)
    heading_text = (
        f"Van de regels scheelt '{_called(best['lifted'].iloc[0], names)}' het meest: zonder die regel "
        f"{hectares(best['gained_m2'].iloc[0] / M2_PER_HA)} ha meer"
        if len(best) and best["lifted_count"].iloc[0] == 1
        else "Wat het meest vrijmaakt als het vervalt"
    )
    heading(
        figure,
        subject,
        heading_text,
        "Een rekensom, geen voorstel. Bruikbaar kan meer zijn dan wat vrijkomt: te kleine vrije grond "
        "ernaast telt dan mee.",
    )
    legend(axes, 4)
    return figure


def tornado_figure(rows: list[dict[str, Any]], subject: Subject, card: FiguresConfig) -> Figure | None:
    """What each number does to usable land in the last asked year when it is tried lower and higher; the widest
    span on top.
    """
    table = pd.DataFrame(rows)
    last = table[(table["year"] == table["year"].max()) & (table["case"] == "earliest")]
    sums = last.groupby(["title", "side", "value"], as_index=False)["change_m2"].sum()
    wide = sums.pivot(index="title", columns="side", values="change_m2") / M2_PER_HA
    values = sums.pivot(index="title", columns="side", values="value")
    wide = wide.loc[wide.abs().max(axis=1).sort_values(kind="stable").index]
    if wide.empty:
        return None
    figure, axes = _one_panel(0.5 * len(wide) + 0.5)
    rows_at = np.arange(len(wide))
    for side, shift in (("low", 0.19), ("high", -0.19)):
        changes_ha = wide[side].to_numpy()
        axes.barh(
            rows_at + shift,
            changes_ha,
            0.36,
            color=card.colours[f"sweep_{side}"],
            label={"low": "lager", "high": "hoger"}[side],
        )
        for place, value, title in zip(rows_at + shift, changes_ha, wide.index, strict=True):
            _signed(axes, (value, place), value, values.loc[title, side])
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(rows_at, [_wrapped(title) for title in wide.index], fontsize=8)
    reach = max(1e-6, float(wide.abs().to_numpy().max()))
    axes.set_xlim(-1.45 * reach, 1.45 * reach)
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{'−' if value < 0 else ''}{hectares(abs(value), 0)}")
    )
    axes.set_xlabel("hectare meer of minder", fontsize=8.5)
    heading(
        figure,
        subject,
        f"Wat de getallen doen met de bruikbare hectares in {int(table['year'].max())}",
        "Elk getal apart lager en hoger, de rest zoals het staat; meer of minder hectare dan nu gerekend. "
        "Tussen haakjes het getal.",
    )
    legend(axes, 2)
    return figure


def _called(lifted: str, names: Mapping[str, str]) -> str:
    """Reasons as a planner calls them."""
    return " + ".join(names.get(word) or dutch_choice(word) for word in lifted.split(" "))


def _signed(axes: Any, point: tuple[float, float], value: float, number: float) -> None:
    sign = "" if hectares(abs(value)) == "0" else "+" if value > 0 else "−"
    text = f"{sign}{hectares(abs(value))} ({number:g})".replace(".", ",")
    axes.annotate(
        text,
        point,
        (4 if value >= 0 else -4, 0),
        textcoords="offset points",
        ha="left" if value >= 0 else "right",
        va="center",
        fontsize=7.6,
        color=INK,
    )


def _scope(scope: str) -> str:
    return {"land": "wie de grond heeft", "room": "wat er mag", "both": "beide samen"}[scope]


def _wrapped(text: str) -> str:
    """A label on at most two lines."""
    lines = textwrap.wrap(text, LABEL_SIGNS)
    return "\n".join(lines if len(lines) <= 2 else [lines[0], f"{lines[1][: LABEL_SIGNS - 1]}…"])


def _label_bar(axes: Any, point: tuple[float, float], value: float, side: str) -> None:
    """Hectares beside the end of a bar."""
    axes.annotate(
        hectares(value),
        point,
        (4 if side == "left" else -4, 0),
        textcoords="offset points",
        ha=side,
        va="center",
        fontsize=8.2,
        color=INK,
    )


def _one_panel(high_inch: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(WIDE_INCH, high_inch + 1.9))
    high = figure.get_figheight()
    axes = figure.add_axes((0.4, 0.85 / high, 0.57, high_inch / high))
    _plain(axes)
    return figure, axes


def _two_panels(high_inch: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(WIDE_INCH, high_inch + 1.72))
    high = figure.get_figheight()
    axes = [
        figure.add_axes((0.245, 0.62 / high, 0.425, high_inch / high)),
        figure.add_axes((0.69, 0.62 / high, 0.29, high_inch / high)),
    ]
    for panel in axes:
        _plain(panel)
    return figure, axes


def _plain(axes: Any) -> None:
    axes.grid(visible=True, axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=INK)
    axes.xaxis.set_major_formatter(FuncFormatter(tick))
