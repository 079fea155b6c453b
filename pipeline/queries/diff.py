"""Differences between two folders of results, as text and as JSON."""

import json
from pathlib import Path

import pandas as pd

from layers.errors import ConfigRefusal
from layers.units import M2_PER_HA
from pipeline.queries.land_changes import is_changed, lineages, summary

LARGEST = 15
LARGEST_FIGURES = 40
FIGURE_KEY = ["cluster", "year", "case", "profile", "measure", "heading"]


def difference(old: Path, new: Path) -> pd.DataFrame:
    """Return the rows of figures.csv that differ, with m2 on both sides and the change; empty when they are the same.

    Raises ConfigRefusal where a side has no figures.csv.
    """
    sides = [pd.read_csv(_figures(path)).set_index(FIGURE_KEY) for path in (old, new)]
    joined = sides[0].add_suffix("_old").join(sides[1].add_suffix("_new"), how="outer")
    is_one_sided = joined["area_m2_new"].isna() != joined["area_m2_old"].isna()
    filled = joined.fillna(dict.fromkeys(("area_m2_old", "area_m2_new"), 0.0))
    change = filled["area_m2_new"] - filled["area_m2_old"]
    counts = joined[["count_old", "count_new"]].fillna(0)
    # figures.csv has one decimal: what is less is rounding. A figure of one side alone counts, though it be 0.
    moved = is_one_sided | (change.abs() >= 0.05) | (counts["count_new"] != counts["count_old"])
    return filled.assign(change_m2=change.round(1))[moved].reset_index()


def _figures(path: Path) -> Path:
    file = path / "figures.csv" if path.is_dir() else path
    if not file.is_file():
        raise ConfigRefusal(
            f"'{path.resolve()}'",
            actual="no figures.csv in it" if path.is_dir() else "no such file or folder",
            todo="name a folder of results that `industrieruimte run` wrote, or a figures.csv",
        )
    return file


def _figures_text(rows: pd.DataFrame) -> str:
    """Return the differences as lines: the key, and hectares before, after and between."""
    if rows.empty:
        return "no difference"
    both = set(rows.loc[rows["area_m2_old"] > 0, "year"]) & set(rows.loc[rows["area_m2_new"] > 0, "year"])
    # A year of one side alone would fill the list with differences that nobody asks about.
    one_sided = rows[~rows["year"].isin(both)] if both else rows.iloc[:0]
    rows = rows.drop(one_sided.index)
    largest = rows.loc[
        rows["change_m2"].abs().sort_values(ascending=False, kind="stable").index[:LARGEST_FIGURES]
    ].sort_index()
    lines = [
        f"{row.cluster} {row.year} {row.case} {row.profile} {row.measure} {row.heading}: "
        f"{row.area_m2_old / M2_PER_HA:.2f} -> {row.area_m2_new / M2_PER_HA:.2f} ha ({row.change_m2 / M2_PER_HA:+.2f})"
        for row in largest.itertuples()
    ]
    years = ", ".join(str(year) for year in sorted(set(one_sided["year"])))
    if years:
        lines.append(f"{len(one_sided)} figures of years that only one of the two has ({years})")
    more = "" if len(rows) <= LARGEST_FIGURES else f", the {LARGEST_FIGURES} largest shown; all of them with --json"
    return "\n".join([*lines, f"{len(rows)} figures differ{more}"])


def difference_text(figures: pd.DataFrame | None, land: pd.DataFrame | None) -> str:
    """Return the differences as lines: hectares of land by change and cause, plots by lineage, then the figures."""
    lines = [] if land is None else _land_lines(land)
    return "\n".join(lines if figures is None else [*lines, _figures_text(figures)])


def _land_lines(land: pd.DataFrame) -> list[str]:
    still = land.loc[land["change"] == "unchanged", "area_m2"].sum()
    lines = [f"land of both: {_ha(land['area_m2'].sum())} ha, of which {_ha(still)} ha did not change"]
    sums, plots = summary(land), lineages(land)
    # Less than a square metre is noise of drawing: it is summed.
    shown = sums[sums["area_m2"] >= 1.0]
    if len(shown):
        lines.append(f"{'cluster':<16} {'change':<12} {'ha':>12}  {'by data':>12} {'by rules':>12} {'by time':>12}")
    for row in shown.itertuples():
        by_cause = f"{_ha(row.by_data_m2):>12} {_ha(row.by_rules_m2):>12} {_ha(row.by_time_m2):>12}"
        lines.append(f"{row.cluster_id:<16} {row.change:<12} {_ha(row.area_m2):>12}  {by_cause}")
    rest = sums["area_m2"].sum() - shown["area_m2"].sum()
    if rest > 0:
        lines.append(f"changes of less than 1 m2 together: {rest:.3f} m2")
    lines += [
        f"{row.cluster_id:<16} {row.lineage:<12} {_ha(row.area_m2):>12}  "
        f"{row.plots_old} plots before, {row.plots_new} after"
        for row in plots[plots["area_m2"] >= 1.0].itertuples()
    ]
    changed = land[land["change"] != "unchanged"].sort_values(["area_m2", "change_id"], ascending=[False, True])
    largest = changed.head(LARGEST).astype(object).fillna("-")
    lines += [
        f"  {row.parcel_old} -> {row.parcel_new}: {row.change}, "
        f"{row.holding_old} -> {row.holding_new}, {_ha(row.area_m2)} ha"
        for row in largest.itertuples()
    ]
    if len(changed) > LARGEST:
        lines.append(f"  and {len(changed) - LARGEST} smaller; all of them with --json or --gpkg")
    return lines


def _ha(m2: float) -> str:
    return f"{m2 / M2_PER_HA:.4f}"


def difference_json(figures: pd.DataFrame | None, land: pd.DataFrame | None) -> str:
    """Return the differences (m2) as JSON: a list of figures, or with land: figures, land, sums, lineage."""
    figure_rows = [] if figures is None else json.loads(figures.to_json(orient="records"))
    if land is None:
        return json.dumps(figure_rows, indent=1)
    moved = pd.DataFrame(land.drop(columns="geometry"))[is_changed(land)]
    tables = {"land": moved, "sums": summary(land), "lineage": lineages(land)}
    rows = {name: json.loads(table.to_json(orient="records", date_format="iso")) for name, table in tables.items()}
    return json.dumps({"figures": figure_rows, **rows}, indent=1, ensure_ascii=False)
