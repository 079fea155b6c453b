"""Figuren: supply in time as pictures for a letter: a step curve, and stacked bars; SVG and PNG, the same
bytes each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from layers.columns import USE_RIGHTS
from layers.derived.paper_vacancy import INSTRUMENTS
from layers.glossary import dutch_choice, dutch_column
from layers.units import M2_PER_HA
from pipeline.project.publish import FiguresConfig
from pipeline.stages.publish.charts.attribution import levers, waterfall
from pipeline.stages.publish.charts.canvas import (
    GRID,
    IMAGE_KINDS,
    INK,
    STYLE,
    Subject,
    at_the_end,
    heading,
    hectares,
    inside,
    legend,
    page,
    paint,
    tick,
    to_bytes,
)
from pipeline.stages.publish.charts.map import map_figure
from pipeline.stages.publish.charts.overlap import overlap, shortage
from pipeline.stages.publish.tables.published_table import PublishedTable

# Bins without years of their own: before all others, and after them.
REST = {"past": -1, "later": 1, "no_end": 2}
NAMES = ("aanbod", "papieren-leegstand", "verlengingsgolf", "waterval", "hefbomen", "overlap", "tekort")
MAP = "kaart"
Drawing = Callable[[], Figure | None]


def drawings(
    tables: Mapping[str, pd.DataFrame], subject: Subject, card: FiguresConfig, names: Mapping[str, str]
) -> dict[str, Drawing]:
    """How each picture of a cluster or the sum of all is drawn, by name; one without hectares draws None.

    `names`: what activities and constraints are called; under "" the key of the lead activity.
    """
    names_in_charts = (
        "supply_curve",
        "paper_vacancy",
        "renewal_wall",
        "waterfall",
        "levers",
        "attribution",
        "overlaps",
        "shortages",
    )
    unit_tables = {name: tables[name][tables[name]["cluster_id"] == subject.unit] for name in names_in_charts}
    every: tuple[Drawing, ...] = (
        lambda: supply(unit_tables["supply_curve"], subject, card),
        lambda: vacancy(unit_tables["paper_vacancy"], subject, card),
        lambda: wall(unit_tables["renewal_wall"], subject, card),
        lambda: waterfall(unit_tables["waterfall"], subject, card, (names[""], names[names[""]])),
        lambda: levers(unit_tables["levers"], subject, card, names),
        lambda: overlap((unit_tables["attribution"], unit_tables["overlaps"]), subject, card, names),
        lambda: shortage(unit_tables["shortages"], subject, card),
    )
    return dict(zip(NAMES, every, strict=True))


def map_drawing(land: tuple[PublishedTable, PublishedTable], clusters: Sequence[str], subject: Subject) -> Drawing:
    """The map of the pieces of some clusters inside their borders (sheets): of the second asked year, or
    the only one.
    """
    pieces, borders = (sheet.content[sheet.content[dutch_column("cluster_id")].isin(list(clusters))] for sheet in land)
    drawn = land[0].looks[min(1, len(land[0].looks) - 1)]
    return lambda: map_figure(pieces, borders, drawn, subject)


def to_files(
    drawn: Mapping[str, Drawing], subject: Subject, card: FiguresConfig, kinds: Sequence[str] = IMAGE_KINDS
) -> dict[str, bytes]:
    """The pictures by file name; one that has nothing to show is left out."""
    files: dict[str, bytes] = {}
    with mpl.rc_context(STYLE):
        for name, draw in drawn.items():
            figure = draw()
            if figure is not None:
                files |= {f"{subject.unit}-{name}.{kind}": to_bytes(figure, kind, card) for kind in kinds}
    return files


def every_name(unit: str) -> list[str]:
    """The names of all pictures that a cluster or the sum of all can have."""
    return [f"{unit}-{name}.{kind}" for name in (*NAMES, MAP) for kind in IMAGE_KINDS]


def supply(table: pd.DataFrame, subject: Subject, card: FiguresConfig) -> Figure | None:
    """Free hectares by year as steps: earliest, latest, expected where there is one, and the spread
    between as a band.
    """
    said = {"earliest": "vroegst", "latest": "laatst", "expected": "verwacht"}
    ha = {case: table[f"free_{case}_m2"].to_numpy(dtype=float) / M2_PER_HA for case in said}
    known = [case for case in said if len(table) and not np.isnan(ha[case]).all()]
    if not known or not max(ha[case].max() for case in known) > 0:
        return None
    years, low, high = table["year"].to_numpy(dtype=int), ha["latest"], ha["earliest"]
    figure, axes = page(3.7)
    edges: Any = np.append(years, years[-1] + 1)  # a year lasts until the next
    band: Any = np.append(low, low[-1]), np.append(high, high[-1])
    axes.fill_between(edges, *band, step="post", color=card.colours["spread"], linewidth=0)
    for case in known:
        width, dashes = {"expected": (1.4, ":"), "latest": (2.0, (0, (5, 1.2)))}.get(case, (2.0, "-"))
        axes.step(
            edges,
            np.append(ha[case], ha[case][-1]),
            where="post",
            color=card.colours[case],
            linewidth=width,
            linestyle=dashes,
        )
    if low[-1] == high[-1]:  # one line at the end, one name
        said, known = {**said, "earliest": "in elk geval"}, [case for case in known if case != "latest"]
    at_the_end(axes, [(ha[case][-1], said[case], card.colours[case]) for case in known])
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xticks([year for year in edges if year % 5 == 0])
    axes.set_ylim(0, 1.08 * float(high.max()))
    axes.set_ylabel("hectare vrij")
    span = hectares(high[-1]) if low[-1] == high[-1] else f"{hectares(low[-1])} tot {hectares(high[-1])}"
    message = f"{hectares(high[0])} ha vrij in {years[0]}; in {years[-1]} {span} ha"
    likely = " Verwacht: naar opgegeven kansen." if "expected" in known else ""
    read = f"Vroegst: niemand verlengt. Laatst: iedereen, ook opties.{likely} Vrij is nog niet bruikbaar."
    heading(figure, subject, message, read)
    return figure


def vacancy(table: pd.DataFrame, subject: Subject, card: FiguresConfig) -> Figure | None:
    """What looks vacant per year, in bars of what holds it back; the earliest case."""
    early = table[(table["case"] == "earliest") & table["instrument"].isin(INSTRUMENTS)]
    wide = (
        early.pivot(index="year", columns="instrument", values="area_m2").reindex(columns=list(INSTRUMENTS)) / M2_PER_HA
    )
    if wide.empty or not wide.to_numpy().sum() > 0:
        return None
    order = ["truly_free", *INSTRUMENTS[:-1]]
    wide = wide[[name for name in order if wide[name].sum() > 0]].iloc[::-1]
    figure, axes = page(1.5 + 0.62 * len(wide), legend=True)
    left = np.zeros(len(wide))
    for name in wide:
        values = wide[name].to_numpy(dtype=float)
        axes.barh(
            range(len(wide)),
            values,
            0.62,
            left,
            **paint(card, name),
            edgecolor="white",
            linewidth=0.6,
            label=dutch_choice(name),
        )
        for row, value in enumerate(values):
            if value > 0.045 * float(wide.sum(axis=1).max()):
                inside(axes, (left[row] + value / 2, row), value, card.colours[name])
        left += values
    axes.set_yticks(range(len(wide)), [str(year) for year in wide.index])
    axes.set_xlabel("hectare die leeg oogt")
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x", color=GRID, linewidth=0.7)
    axes.xaxis.set_major_formatter(FuncFormatter(tick))
    axes.set_xlim(0, 1.03 * float(wide.sum(axis=1).max()))
    now = wide.iloc[-1]
    free = f"{hectares(now.get('truly_free', 0.0))} ha echt vrij"
    heading(
        figure,
        subject,
        f"{hectares(now.sum())} ha oogt leeg in {wide.index[-1]}, daarvan {free}",
        "Grond zonder gebruik en bebouwing, naar wat haar vasthoudt. Vroegst: niemand verlengt, en wie "
        "vertrekt levert leeg op.",
    )
    legend(axes, 4)
    return figure


def wall(table: pd.DataFrame, subject: Subject, card: FiguresConfig) -> Figure | None:
    """Hectares whose contract ends in each five years, in bars by right, with beside them those whose notice
    falls there.
    """
    wide, called = _bins(table)
    if wide.empty or not wide.to_numpy().sum() > 0:
        return None
    figure, axes = page(4.2, legend=True)
    positions, bottom = np.arange(len(wide)), np.zeros(len(wide))
    for name in wide:
        values, label = wide[name].to_numpy(dtype=float), f"eindigt: {dutch_choice(name)}"
        edge = {"edgecolor": "white", "linewidth": 0.6}
        axes.bar(positions - 0.14, values, 0.5, bottom, color=card.colours[name], label=label, **edge)
        bottom += values
    lines = {"color": "white", "edgecolor": card.colours["renewal_notice"], "hatch": "///", "linewidth": 1.0}
    axes.bar(positions[called > 0] + 0.27, called[called > 0], 0.24, label="uiterlijk aanzeggen", **lines)
    last = max(year for year, _ in wide.index) - 1
    bin_titles = {"past": "al\nvoorbij", "later": f"na {last}", "no_end": "geen\nbekend\neinde"}
    axes.set_xticks(positions, [bin_titles.get(period, period.replace("-", "–\n")) for _, period in wide.index])
    axes.set_ylabel("hectare")
    style = {"textcoords": "offset points", "ha": "center", "va": "bottom", "fontsize": 8, "color": INK}
    for place, value in zip(positions[bottom > 0], bottom[bottom > 0], strict=True):
        axes.annotate(hectares(value), (place - 0.14, value), (0, 2), **style)
    axes.set_ylim(0, 1.1 * max(float(bottom.max()), float(called.max())))
    heading(
        figure,
        subject,
        f"Contracten op {hectares(bottom.sum())} ha{_peak(wide)}",
        "Einde zonder verlenging, elke vierkante meter één keer. Gearceerd: de laatste dag om een "
        "verlenging in te roepen.",
    )
    legend(axes, 3)
    return figure


def _bins(table: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
    """Hectares that end per bin (rows, the past first and no end last) and right (columns); and those whose notice
    falls there.
    """
    ends = table[(table["measure"] == "renewal_ends") & (table["case"] == "earliest")]
    key = ["from_year", "period"]
    wide = ends.pivot_table(index=key, columns="right_type", values="area_m2", aggfunc="sum") / M2_PER_HA
    bins = {(int(year), period) for year, period in table.loc[table["area_m2"] > 0, key].to_numpy()} | _between(table)
    ordered = sorted(bins, key=lambda item: (REST.get(item[1], 0), item[0]))
    notice = table[table["measure"] == "renewal_notice"].groupby("period")["area_m2"].sum() / M2_PER_HA
    called = np.array([float(notice.get(period, 0.0)) for _, period in ordered])
    names = [name for name in USE_RIGHTS if name in wide]
    return wide.reindex(pd.MultiIndex.from_tuples(ordered, names=key))[names].fillna(0.0) if ordered else wide, called


def _between(table: pd.DataFrame) -> set[tuple[int, str]]:
    """The bins between the first and the last that have years of their own, so that time runs on."""
    dated = table.loc[~table["period"].isin(list(REST)), "period"].str.split("-", expand=True)
    if dated.empty:
        return set()
    first, last = dated[0].astype(int), dated[1].astype(int)
    wide, beyond = int((last - first).iloc[0]) + 1, table.loc[table["period"] == "later", "from_year"]
    end = int(max(last.max() + 1, beyond.max())) if len(beyond) else int(last.max()) + 1
    return {(year, f"{year}-{year + wide - 1}") for year in range(int(first.min()), end, wide)}


def _peak(wide: pd.DataFrame) -> str:
    """In which years most ends, in words; nothing where no contract has a dated end ahead."""
    sums = wide.sum(axis=1)
    dated = sums[~sums.index.get_level_values("period").isin(list(REST))]
    if dated.empty or not dated.max() > 0:
        return ""
    return f"; de golf is het hoogst in {dated.idxmax()[1].replace('-', '–')}: {hectares(dated.max())} ha"
