"""Page, heading, legend and numbers that all charts share; SVG and PNG, the same bytes each time."""

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import ft2font
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from layers.glossary import dutch_choice
from pipeline.project.publish import FiguresConfig
from pipeline.stages.publish.charts.drawn import DrawnCharts
from pipeline.stages.publish.file_names import IMAGE_KINDS
from pipeline.stages.publish.text.translate import dutch_day

INK, FAINT, GRID = "#222222", "#666666", "#e3e3e3"
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.6,
    # Without it ids in an SVG are random, and no two runs give the same bytes.
    "svg.hashsalt": "industrieruimte",
}
WIDE_INCH = 7.6
Drawing = partial[Figure | None]  # of its tables; it lacks only the subject
HATCHES = {"forward": "//", "back": "\\\\", "level": "--", "upright": "||", "cross": "xx", "dots": ".."}
# Signs that XML cannot hold, as UTF-8: matplotlib writes those of a title as they stand there.
NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
HATCH_INK = "#4d4d4d"


@dataclass(frozen=True)
class Subject:
    """What charts are about and drawn with: key and title of the cluster or the sum of all, what stands below them, and
    the lead activity.

    settings: colours, patterns and names by what they are of, of which few count for a chart; used: those that it did
    ask for, so that it is drawn again for a change of these alone. clusters: those of a sum of some of them; empty for
    one cluster, and for all.
    """

    unit: str
    is_sum: bool
    title: str
    note: str
    lead: str
    settings: Mapping[str, str]
    used: dict[str, str | None] = field(default_factory=dict)
    clusters: tuple[str, ...] = ()

    def setting(self, name: str) -> str | None:
        """A setting by its name; None where there is none."""
        self.used[name] = value = self.settings.get(name)
        return value

    def colour(self, part: str) -> str:
        """The colour of a part of a chart."""
        colour = self.setting(f"colour.{part}")
        if colour is None:
            raise KeyError(part)
        return colour

    def paint(self, *names: str) -> dict[str, Any]:
        """What a bar needs to be filled with the swatch of the first of these names that has one."""
        name = next(name for name in names if self.setting(f"colour.{name}"))
        hatch = HATCHES.get(self.setting(f"hatch.{name}") or "", "")
        return {"color": self.colour(name), "hatch": hatch, "hatchcolor": HATCH_INK}

    def rows_of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table that are of the cluster, or of those of a sum of some; of the sum of all every row."""
        if self.is_sum and not self.clusters:
            return table
        return table[table["cluster_id"].isin(self.clusters or (self.unit,))]

    def title_of(self, reason: str) -> str:
        """What a planner calls a constraint, an activity or a state of tenure."""
        return self.setting(f"title.{reason}") or dutch_choice(reason)

    def day_of(self, year: int) -> str:
        """The day on which an asked year is judged, in words."""
        return self.setting(f"day.{year}") or f"1 januari {year}"

    def lead_now(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table (m2) for the lead activity in its first year, no extension exercised."""
        early = table[(table["profile"] == self.lead) & (table["case"] == "earliest")]
        return early[early["year"] == early["year"].min()]


def settings_of(
    card: FiguresConfig, titles: Mapping[str, str], days: Mapping[int, dt.date] | None = None
) -> dict[str, str]:
    """The settings of charts, titles of activities and constraints, and days of asked years, by the names that charts
    ask for."""
    swatches = card.swatches.items()
    return {
        **{f"colour.{part}": swatch.colour for part, swatch in swatches},
        **{f"hatch.{part}": swatch.hatch for part, swatch in swatches},
        **{f"title.{name}": title for name, title in titles.items()},
        **{f"day.{year}": dutch_day(day) for year, day in (days or {}).items()},
        "overlap_colours": card.overlap_colours,
        "dots_per_inch": str(card.dots_per_inch),
    }


LEAST_SHOWN_M2 = 500.0  # less reads as 0 hectares


def hectares(value: float, decimals: int | None = None) -> str:
    """Hectares (ha) as a Dutch reader writes them: 1.235, and below ten with one decimal: 7,9."""
    few = 0.05 <= value < 9.95
    # Python writes 1,234.5: comma and point change places by way of a blank.
    text = f"{value:,.{(1 if few else 0) if decimals is None else decimals}f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def tick(value: float, _: int) -> str:
    """Hectares (ha) at an axis: whole where they are, else with the decimal that they need."""
    return hectares(value, 0 if abs(value - round(value)) < 1e-9 else 1)


def page(high_inch: float, *, legend: bool = False, axis: str = "y") -> tuple[Figure, Any]:
    """A figure of so many inches with one pair of axes and hectares along one of them; with room for a legend below."""
    figure = Figure(figsize=(WIDE_INCH, high_inch + 0.5 + (0.55 if legend else 0.0)))
    high = figure.get_figheight()
    below, above = 1.2 if legend else 0.6, 0.95
    axes = figure.add_axes((0.095, below / high, 0.875 if legend else 0.78, 1 - (below + above) / high))
    show_grid(axes, axis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure, axes


def show_grid(axes: Any, axis: str) -> None:
    """Lines at the hectares along an axis, below what is drawn, and no other marks."""
    axes.grid(visible=True, axis=axis, color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=INK)
    (axes.xaxis if axis == "x" else axes.yaxis).set_major_formatter(FuncFormatter(tick))


def label(axes: Any, text: str, point: tuple[float, float], offset: tuple[float, float], **style: Any) -> None:
    """Text beside a point of the axes (data units), as many points away as the offset, and on its side."""
    horizontal = "center" if offset[0] == 0 else "left" if offset[0] > 0 else "right"
    shown = {"textcoords": "offset points", "ha": horizontal, "va": "center", "color": INK} | style
    axes.annotate(text, point, offset, **shown)


def heading(figure: Figure, subject: Subject, message: str, below: str) -> Figure:
    """The figure with the place, what it says, how to read it, and at the foot what it rests on."""
    high = figure.get_figheight()
    figure.text(0.012, 1 - 0.08 / high, subject.title, fontsize=8.8, color=FAINT, va="top")
    # The head has a fixed height: a long text is set smaller, not on a second line.
    message_size, below_size = (
        size * min(1.0, most / max(1, len(text))) for text, size, most in ((message, 11.5, 66), (below, 8.3, 112))
    )
    figure.text(0.012, 1 - 0.26 / high, message, fontsize=message_size, fontweight="bold", color=INK, va="top")
    figure.text(0.012, 1 - 0.53 / high, below, fontsize=below_size, color=FAINT, va="top")
    figure.text(0.012, 0.06 / high, subject.note, fontsize=7.0, color=FAINT, va="bottom")
    return figure


def legend(axes: Any, columns: int) -> None:
    """The legend below the axes."""
    figure = axes.figure
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="lower left",
        bbox_to_anchor=(0.0, 0.2 / figure.get_figheight()),
        ncols=columns,
        frameon=False,
        fontsize=8.3,
        handlelength=1.3,
        columnspacing=1.4,
    )


def at_the_end(axes: Any, ends: list[tuple[float, str, str]]) -> None:
    """The name of each line at its right end with its hectares (ha), pushed apart where they would overlap."""
    least = 0.075 * max(1e-9, max(value for value, _, _ in ends))
    # From the lowest up: each stands at its value, or as far above the one below as two lines of text need.
    places, placed = [], -np.inf
    for value, _, _ in sorted(ends):
        placed = max(value, placed + least)
        places.append(placed)
        placed += least
    over = max(0.0, places[-1] - max(value for value, _, _ in ends))  # pushed beyond the top: all down by as much
    for place, (value, text, colour) in zip(places, sorted(ends), strict=True):
        placed = place - over
        style = {"xycoords": ("axes fraction", "data"), "fontsize": 8.3, "color": colour, "fontweight": "bold"}
        label(axes, f"{hectares(value)} ha\n{text}", (1.0, placed), (6, 0), **style)


def inside(axes: Any, point: tuple[float, float], value: float, colour: str) -> None:
    """Hectares (ha) inside a bar, in ink that can be read on its colour."""
    red, green, blue = bytes.fromhex(colour[1:7])
    # Luma as ITU-R BT.601 weighs it: below the middle, white reads better than black.
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 130
    text = axes.text(*point, hectares(value), ha="center", va="center", fontsize=8.3, color="white" if dark else INK)
    text.set_bbox({"facecolor": colour, "edgecolor": "none", "pad": 1.0})


def stack(
    axes: Any, places: Sequence[float], parts: Iterable[tuple[str, Any, dict[str, Any]]], look: tuple[str, float, float]
) -> NDArray[np.float64]:
    """Bars of parts on each other, each with its name, hectares and filling; gives the sums.

    look: "up" or "across", how thick, and from how many hectares a part has its number inside.
    """
    direction, thick, least = look
    draw, sums = axes.barh if direction == "across" else axes.bar, np.zeros(len(places))
    for name, hectares_by_place, filled in parts:
        values = np.asarray(hectares_by_place, dtype=float)
        draw(places, values, thick, sums, label=name, edgecolor="white", linewidth=0.6, **filled)
        for place, middle, value in zip(places, sums + values / 2, values, strict=True):
            if value > least:
                inside(axes, (middle, place) if direction == "across" else (place, middle), value, filled["color"])
        sums = sums + values
    return sums


def to_files(
    charts: Mapping[str, Drawing],
    subject: Subject,
    kinds: Sequence[str] = IMAGE_KINDS,
    earlier: DrawnCharts | None = None,
) -> dict[str, bytes]:
    """The charts by file name, the same bytes each time; one that has nothing to show is left out.

    earlier: those that were drawn before, and need not be again.
    """
    files: dict[str, bytes] = {}
    with mpl.rc_context(STYLE), _fonts_in_memory():
        for name, draw in charts.items():
            drawn_from = (draw.func.__name__, subject.title, subject.note, *draw.args)
            images = earlier.files(name, kinds, drawn_from, subject.settings) if earlier is not None else None
            if images is None:
                watched = replace(subject, used={})
                figure = draw(watched)
                drawn = {} if figure is None else {kind: _to_bytes(figure, kind, watched) for kind in kinds}
                images = {f"{subject.unit}-{name}.{kind}": content for kind, content in drawn.items()}
                if earlier is not None:
                    earlier.add(name, images, drawn_from, watched.used)
            files |= images
    return files


@contextmanager
def _fonts_in_memory() -> Iterator[None]:
    """Matplotlib opens fonts as bytes in memory: from its file it would read each letter of each text again."""
    library: Any = ft2font
    font_of_file = library.FT2Font

    def font_in_memory(path: str, *args: Any, **options: Any) -> Any:
        return font_of_file(io.BytesIO(Path(path).read_bytes()), *args, **options)

    library.FT2Font = font_in_memory
    try:
        yield
    finally:
        library.FT2Font = font_of_file


def _to_bytes(figure: Figure, kind: str, subject: Subject) -> bytes:
    content = io.BytesIO()
    # Without date and program, which would differ from run to run.
    about: dict[str, None] = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    figure.savefig(content, format=kind, dpi=int(subject.setting("dots_per_inch") or 0), metadata=about)
    return NO_XML.sub(b"", content.getvalue()) if kind == "svg" else content.getvalue()
