"""Charts of supply and shortage in time: a step curve and stacked bars; and the register of all charts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from layers.columns import CASES, USE_RIGHTS
from layers.derived.paper_vacancy import INSTRUMENTS
from layers.derived.shortages import SHORTAGE_LIMITS
from layers.glossary import dutch_choice
from layers.units import M2_PER_HA
from pipeline.stages.publish.charts.attribution import levers, overlap, waterfall
from pipeline.stages.publish.charts.canvas import (
    Drawing,
    Subject,
    at_the_end,
    heading,
    hectares,
    label,
    legend,
    page,
    stack,
)
from pipeline.stages.publish.charts.map import map_figure
from pipeline.stages.publish.file_names import MAP_CHART
from pipeline.stages.publish.tables.pieces import StageTables
from pipeline.stages.publish.tables.published_table import PublishedTable

# Bins without years of their own: before all others, and after them.
REST = {"past": -1, "later": 1, "no_end": 2}


def drawings(tables: StageTables, subject: Subject, sheets: Mapping[str, PublishedTable]) -> dict[str, Drawing]:
    """How each chart of a cluster or the sum of all is drawn, by name; one without hectares draws None.

    The map, of pieces inside their borders (sheets by derived layer), is of the second asked year, or the only one.
    """

    def rows_of_unit(name: str, is_lead: bool) -> pd.DataFrame:
        """The rows of a table that a chart shows; the sum of all has rows of its own."""
        rows = tables[name][tables[name]["cluster_id"] == subject.unit]
        return subject.lead_now(rows) if is_lead else rows

    # Each with what it shows alone: for a change of anything else it need not be drawn again.
    charts: dict[str, Drawing] = {
        name: partial(chart.draw, *(rows_of_unit(table, chart.is_lead) for table in chart.tables))
        for name, chart in CHARTS.items()
    }
    pieces, borders = sheets["piece_overview"], subject.rows_of(sheets["cluster_overview"].rows)
    drawn = pieces.looks[:2][-1]
    land = pieces.content.loc[subject.rows_of(pieces.rows).index, ["geom", *filter(None, [drawn.column])]]
    return charts | {MAP_CHART: partial(map_figure, land, borders[["cluster_name", "geom"]], drawn)}


def supply(table: pd.DataFrame, subject: Subject) -> Figure | None:
    """Free and usable hectares by year as steps: earliest, latest, expected where there is one, and the spread
    between as a band.
    """
    names = {"earliest": "vrij, zonder", "latest": "vrij, met alle", "expected": "verwacht"}
    ha = {case: table[f"free_{case}_m2"].to_numpy(dtype=float) / M2_PER_HA for case in names}
    known = [case for case in names if len(table) and not np.isnan(ha[case]).all()]
    if not known or not max(ha[case].max() for case in known) > 0:
        return None
    usable = {case: table[f"usable_{case}_m2"].to_numpy(dtype=float) / M2_PER_HA for case in CASES}
    years, low, high = table["year"].to_numpy(dtype=int), ha["latest"], ha["earliest"]
    if low[-1] == high[-1]:  # one line at the end, one name
        names["earliest"] = "vrij"
    figure, axes = page(3.7)
    edges: Any = np.append(years, years[-1] + 1)  # a year lasts until the next
    for lower, upper in ((low, high), (usable["latest"], usable["earliest"])):
        band: Any = np.append(lower, lower[-1]), np.append(upper, upper[-1])
        axes.fill_between(edges, *band, step="post", color=subject.colour("spread"), linewidth=0)
    lines = [(case, ha[case], names[case], 2.0) for case in known]
    lines += [(case, usable[case], "bruikbaar", 1.2) for case in CASES]
    for case, values, _, width in lines:
        dashes = {"expected": ":", "latest": (0, (5, 1.2))}.get(case, "-")
        style = {"color": subject.colour(case), "linewidth": width, "linestyle": dashes}
        axes.step(edges, np.append(values, values[-1]), where="post", **style)
    at_the_end(axes, _ends(lines, subject))
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xticks([year for year in edges if year % 5 == 0])
    axes.set_ylim(0, 1.08 * float(high.max()))
    axes.set_ylabel("hectare")
    least, most = (hectares(usable[case][-1]) for case in ("latest", "earliest"))
    span = f"{most} ha in elk geval" if least == most else f"{least} ha (met alle verlengingen) tot {most} ha (zonder)"
    first = f"{hectares(usable['earliest'][0])} ha bruikbaar op {subject.day_of(years[0])}"
    likely = " Verwacht: naar opgegeven kansen." if "expected" in known else ""
    read = (
        f"Zonder verlengingen: niemand verlengt; met alle: iedereen, ook opties.{likely} Bruikbaar: vrij, toegestaan "
        f"in dat jaar voor {subject.title_of(subject.lead).lower()}, en groot genoeg."
    )
    return heading(figure, subject, f"{first}; op {subject.day_of(years[-1])} {span}", read)


def _ends(lines: list[tuple[str, Any, str, float]], subject: Subject) -> list[tuple[float, str, str]]:
    """Where each line ends (ha), with its name and colour; two that end as one have one name."""
    ends = []
    for case, values, words, _ in lines:
        is_one = case == "latest" and any(other[-1] == values[-1] for name, other, *_ in lines if name == "earliest")
        if not is_one:
            ends.append((values[-1], words, subject.colour(case)))
    return ends


def vacancy(table: pd.DataFrame, subject: Subject) -> Figure | None:
    """Hectares (ha) that look vacant per year, in bars of what holds them back; the earliest case."""
    early = table.query("case == 'earliest' and instrument in @INSTRUMENTS")
    wide = early.pivot(index="year", columns="instrument", values="area_m2") / M2_PER_HA
    wide = wide.reindex(columns=list(INSTRUMENTS))
    if wide.empty or not wide.to_numpy().sum() > 0:
        return None
    order = ["truly_free", *INSTRUMENTS[:-1]]
    # The first year on top: bars across are drawn from below.
    wide = wide[[name for name in order if wide[name].sum() > 0]].iloc[::-1]
    figure, axes = page(1.5 + 0.62 * len(wide), legend=True, axis="x")
    longest = float(wide.sum(axis=1).max())
    parts = ((dutch_choice(name), wide[name], subject.paint(name)) for name in wide)
    stack(axes, range(len(wide)), parts, ("across", 0.62, 0.045 * longest))
    axes.set_yticks(range(len(wide)), [str(year) for year in wide.index])
    axes.set_xlabel("hectare die leeg oogt")
    axes.set_xlim(0, 1.03 * longest)
    now = wide.iloc[-1]
    free = f"{hectares(now.get('truly_free', 0.0))} ha echt vrij"
    legend(axes, 4)
    return heading(
        figure,
        subject,
        f"{hectares(now.sum())} ha oogt leeg in {wide.index[-1]}, daarvan {free}",
        "Grond zonder gebruik en bebouwing, naar wat deze vasthoudt. Zonder verlengingen: niemand verlengt, en wie "
        "vertrekt levert leeg op.",
    )


def wall(table: pd.DataFrame, subject: Subject) -> Figure | None:
    """Hectares (ha) whose contract ends in each five years, in bars by right, with beside them those whose notice
    falls there.
    """
    wide, called = _bins(table)
    if wide.empty or not wide.to_numpy().sum() > 0:
        return None
    figure, axes = page(4.2, legend=True)
    positions = np.arange(len(wide))
    parts = ((f"eindigt: {dutch_choice(name)}", wide[name], {"color": subject.colour(name)}) for name in wide)
    bottom = stack(axes, positions - 0.14, parts, ("up", 0.5, np.inf))
    lines = {"color": "white", "edgecolor": subject.colour("renewal_notice"), "hatch": "///", "linewidth": 1.0}
    axes.bar(positions[called > 0] + 0.27, called[called > 0], 0.24, label="uiterste datum verlenging", **lines)
    last = max(year for year, _ in wide.index) - 1
    bin_titles = {"past": "al\nvoorbij", "later": f"na {last}", "no_end": "geen\nbekend\neinde"}
    axes.set_xticks(positions, [bin_titles.get(period, period.replace("-", "–\n")) for _, period in wide.index])
    axes.set_ylabel("hectare")
    for place, value in zip(positions[bottom > 0], bottom[bottom > 0], strict=True):
        label(axes, hectares(value), (place - 0.14, value), (0, 2), va="bottom", fontsize=8)
    axes.set_ylim(0, 1.1 * max(float(bottom.max()), float(called.max())))
    legend(axes, 3)
    return heading(
        figure,
        subject,
        f"Contracten op {hectares(bottom.sum())} ha{_peak(wide)}, als niemand verlengt",
        "Einde zonder verlenging, elke vierkante meter één keer. Gearceerd: de laatste dag om een "
        "verlenging in te roepen.",
    )


def shortage(table: pd.DataFrame, subject: Subject) -> Figure | None:
    """Hectares (ha) asked per year and scenario: served, and short through each of five causes; no extension called."""
    early = table.query("case == 'earliest'")
    if early.empty:
        return None
    early = early.assign(bar=early["year"].astype(str) + "\n" + early["scenario"].astype(str))
    wide = early.pivot_table(index="bar", columns="cause_group", values="shortage_m2", aggfunc="sum") / M2_PER_HA
    wide = wide[list(SHORTAGE_LIMITS)]
    # What is served stands on each row of its causes: it counts once.
    served = early.drop_duplicates("bar").set_index("bar")["served_m2"].reindex(wide.index) / M2_PER_HA
    figure, axes = page(3.4, legend=True)
    parts = [("bediend", served, {"color": subject.colour("fall_usable")})]
    parts += [
        (f"tekort door {dutch_choice(cause)}", wide[cause], {"color": subject.colour(f"short_{cause}")})
        for cause in SHORTAGE_LIMITS
    ]
    most = float((served + wide.sum(axis=1)).max())
    bottom = stack(axes, range(len(wide)), parts, ("up", 0.6, 0.05 * most))
    axes.set_xticks(range(len(wide)), wide.index)
    axes.set_ylabel("hectare gevraagd")
    last = wide.iloc[-1]
    legend(axes, 3)
    return heading(
        figure,
        subject,
        f"Van {hectares(float(bottom[-1]))} ha gevraagd in {wide.index[-1].splitlines()[0]} is "
        f"{hectares(float(last.sum()))} ha tekort, als niemand verlengt",
        "Elke oorzaak telt voor wat die gemiddeld scheelt over alle volgorden waarin de vijf kunnen worden opgeheven.",
    )


def _bins(table: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
    """Hectares that end per bin (rows, the past first and no end last) and right (columns); and those whose notice
    falls there.
    """
    ends = table.query("measure == 'renewal_ends' and case == 'earliest'")
    key = ["from_year", "period"]
    wide = ends.pivot_table(index=key, columns="right_type", values="area_m2", aggfunc="sum") / M2_PER_HA
    # Bins with hectares of any right or notice, and those between them, which would else be left out.
    bins = {(int(year), period) for year, period in table.loc[table["area_m2"] > 0, key].to_numpy()} | _between(table)
    ordered = sorted(bins, key=lambda item: (REST.get(item[1], 0), item[0]))
    notice = table[table["measure"] == "renewal_notice"].groupby("period")["area_m2"].sum() / M2_PER_HA
    called = notice.reindex([period for _, period in ordered], fill_value=0.0).to_numpy()
    names = [name for name in USE_RIGHTS if name in wide]
    return wide.reindex(pd.MultiIndex.from_tuples(ordered, names=key))[names].fillna(0.0) if ordered else wide, called


def _between(table: pd.DataFrame) -> set[tuple[int, str]]:
    """The bins between the first and the last that have years of their own, so that time runs on."""
    dated = table.loc[~table["period"].isin(list(REST)), "period"].str.split("-", expand=True).astype(int)
    if dated.empty:
        return set()
    wide = int(dated.iloc[0, 1] - dated.iloc[0, 0]) + 1
    end = max([int(dated[1].max()) + 1, *table.loc[table["period"] == "later", "from_year"].astype(int)])
    return {(year, f"{year}-{year + wide - 1}") for year in range(int(dated[0].min()), end, wide)}


def _peak(wide: pd.DataFrame) -> str:
    """In which years most ends, in words; nothing where no contract has a dated end ahead."""
    sums = wide.sum(axis=1)
    dated = sums[~sums.index.get_level_values("period").isin(list(REST))]
    if dated.empty or not dated.max() > 0:
        return ""
    return f"; de golf is het hoogst in {dated.idxmax()[1].replace('-', '–')}: {hectares(dated.max())} ha"


@dataclass(frozen=True)
class Chart:
    """What draws a chart, and the tables of which it gets the rows of its unit; is_lead: those for the lead activity
    now alone.
    """

    draw: Callable[..., Figure | None]
    tables: tuple[str, ...]
    is_lead: bool = False


# Every chart by the name of its files.
CHARTS: Mapping[str, Chart] = {
    "aanbod": Chart(supply, ("supply_curve",)),
    "papieren-leegstand": Chart(vacancy, ("paper_vacancy",)),
    "verlengingsgolf": Chart(wall, ("renewal_wall",)),
    "waterval": Chart(waterfall, ("waterfall",), is_lead=True),
    "hefbomen": Chart(levers, ("levers",), is_lead=True),
    "overlap": Chart(overlap, ("attribution", "overlaps"), is_lead=True),
    "tekort": Chart(shortage, ("shortages",)),
}
