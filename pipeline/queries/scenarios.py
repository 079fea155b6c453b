"""Scenario's: what moves between two of them and why, and what a number does when it is tried lower and higher."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.derived.scenario_changes import LAYER
from layers.errors import ConfigRefusal
from layers.layer import RD_NEW
from layers.units import M2_PER_HA
from pipeline.land.blocking_by_piece import blocking_by_piece
from pipeline.land.land import AssessedLand
from pipeline.line.room import ground_of
from pipeline.project.load import read_project
from pipeline.project.scenario import SweepConfig
from pipeline.runner.run import Order, plan, run
from pipeline.runner.stage import Context
from pipeline.runner.task import load
from pipeline.spatial.geometry import area
from pipeline.spatial.reference_overlay import arrange
from pipeline.storage.store import SCENARIOS, Store
from pipeline.storage.store import replace as write_file

BASE = "base"
READ = {"overlay": ("pieces",), "resolve": ("holdings",), "assess": ("holding_states", "rooms", "assessments")}
LEAST_M2 = 1e-3


@dataclass(frozen=True)
class Side:
    """One scenario of a comparison: its results, and what its cards say."""

    context: Context
    name: str

    def ground(self, cluster: str) -> tuple[AssessedLand, pd.DataFrame]:
        """The pieces of a cluster with what is known of them, and their verdicts."""
        tables = {name: load(self.context, [(stage, cluster, name)]) for stage, names in READ.items() for name in names}
        return ground_of(cluster, tables), tables["assessments"]


def folder_of(outputs: Path, scenario: str) -> Path:
    """Where the results of a scenario are."""
    return outputs / SCENARIOS / scenario


def store_of(outputs: Path, scenario: str | None) -> Store:
    """The results of a scenario, beside those of the project that serve where nothing differs."""
    return Store(outputs) if scenario in (None, BASE) else Store(folder_of(outputs, str(scenario)), outputs)


def up_to_date(context: Context, name: str, up_to: str) -> None:
    """Refuse to read results that were not run, or not since a card or file changed."""
    stale = [report for report in plan(context, Order(up_to=up_to)) if report.reasons]
    if stale:
        first = stale[0]
        raise ConfigRefusal(
            "the project" if name == BASE else f"scenario '{name}'",
            actual=f"{first.stage} of '{first.unit}' not up to date in '{context.store.outputs}' ({first.reasons[0]})",
            todo="run it first: industrieruimte run" + (f" --scenario {name}" if name != BASE else ""),
        )


def moved(first: Side, second: Side, profile: str) -> gpd.GeoDataFrame:
    """Land whose verdict differs between two scenarios, per year, no extension called; with the reasons gone and come. RD New, m2."""
    for side in (first, second):
        up_to_date(side.context, side.name, "assess")
    projects = first.context.project, second.context.project
    years = sorted(set(projects[0].years) & set(projects[1].years))
    found = [
        _moved_in(cluster, (first.ground(cluster), second.ground(cluster)), profile, years)
        for cluster in projects[0].clusters
        if cluster in projects[1].clusters
    ]
    return LAYER.conform(pd.concat(found)) if found else LAYER.empty()


def _moved_in(cluster: str, sides: tuple[Any, Any], profile: str, years: list[int]) -> gpd.GeoDataFrame:
    (one, judged_one), (two, judged_two) = sides
    left, right, shapes, m2 = _same_land(one, two)
    made = []
    for year in years:
        was, now = _verdicts(one, judged_one, (profile, year)), _verdicts(two, judged_two, (profile, year))
        which = np.flatnonzero(was[left] != now[right])
        why = _reasons(one, (profile, year)), _reasons(two, (profile, year))
        pairs = [(why[0][a], why[1][b]) for a, b in zip(left[which].tolist(), right[which].tolist(), strict=True)]
        made.append(
            gpd.GeoDataFrame(
                {
                    "change_id": np.arange(1, len(which) + 1),
                    "cluster_id": cluster,
                    "parcel_id": one.pieces["parcel_id"].to_numpy()[left[which]],
                    "profile": profile,
                    "year": year,
                    "verdict_first": was[left[which]],
                    "verdict_second": now[right[which]],
                    "gone": [" ".join(sorted(before - after)) or None for before, after in pairs],
                    "came": [" ".join(sorted(after - before)) or None for before, after in pairs],
                    "area_m2": m2[which],
                },
                geometry=shapes[which],
                crs=RD_NEW,
            )
        )
    return gpd.GeoDataFrame(pd.concat(made), crs=RD_NEW)


def _same_land(one: AssessedLand, two: AssessedLand) -> tuple[Any, Any, Any, Any]:
    """Positions of pieces of both that are the same land, its shapes and m2; cut anew only where a geometry moved."""
    ids = one.pieces["piece_id"].to_numpy(), two.pieces["piece_id"].to_numpy()
    if len(ids[0]) == len(ids[1]) and (ids[0] == ids[1]).all() and np.allclose(one.area_m2, two.area_m2, atol=1e-6):
        every = np.arange(len(ids[0]))
        return every, every, one.shapes, one.area_m2
    parts = arrange(one.shapes, list(two.shapes))
    at, over = parts.pairs()
    m2 = area(parts.shapes[at])
    real = m2 > LEAST_M2
    return parts.owner[at[real]], over[real], parts.shapes[at[real]], m2[real]


def _verdicts(ground: AssessedLand, judged: pd.DataFrame, question: tuple[str, int]) -> Any:
    profile, year = question
    own = judged[(judged["profile"] == profile) & (judged["year"] == year) & (judged["case"] == "earliest")]
    return own.set_index("piece_id")["verdict"].reindex(ground.pieces["piece_id"]).to_numpy(dtype=object)


def _reasons(ground: AssessedLand, question: tuple[str, int]) -> list[frozenset[str]]:
    """Per piece the reasons over it."""
    land = blocking_by_piece(ground, (*question, "earliest"))
    names = np.array(land.factors.names, dtype=object)
    sets = [frozenset(names[cover]) for cover in land.factors.covers]
    return [sets[at] for at in land.place.tolist()]


def moved_table(found: pd.DataFrame) -> pd.DataFrame:
    """m2 per cluster, year, verdicts and reasons gone and come; the largest first within a year."""
    key = ["cluster_id", "year", "verdict_first", "verdict_second", "gone", "came"]
    plain = pd.DataFrame(found.drop(columns="geometry")).fillna({"gone": "", "came": ""})
    sums = plain.groupby(key, as_index=False)["area_m2"].sum()
    return sums.sort_values(["cluster_id", "year", "area_m2"], ascending=[True, True, False], ignore_index=True)


def moved_text(found: pd.DataFrame, names: tuple[str, str], profile: str) -> str:
    """What moved, as lines."""
    if found.empty:
        return f"{names[0]} and {names[1]}: no land has another verdict for '{profile}'"
    table = moved_table(found)
    lines = [f"{names[0]} -> {names[1]}, '{profile}', no extension called; hectares"]
    for row in table.itertuples():
        why = [f"gone: {row.gone}"] if row.gone else []
        why += [f"came: {row.came}"] if row.came else []
        told = f" ({'; '.join(why)})" if why else " (size, width or quay of what it hangs together with)"
        lines.append(
            f"  {row.cluster_id} {row.year}: {row.verdict_first} -> {row.verdict_second} {row.area_m2 / M2_PER_HA:.2f}{told}"
        )
    gain = table[table["verdict_second"] == "usable"].groupby("year")["area_m2"].sum()
    loss = table[table["verdict_first"] == "usable"].groupby("year")["area_m2"].sum()
    for year in sorted(set(table["year"])):
        lines.append(f"usable {year}: {(gain.get(year, 0.0) - loss.get(year, 0.0)) / M2_PER_HA:+.2f} ha")
    return "\n".join(lines)


def sweep(context: Context, sweeps: tuple[SweepConfig, ...]) -> Iterator[dict[str, Any]]:
    """Usable m2 for the lead activity when each number is tried lower and higher, as the rest stands; per cluster, year and case.

    Yields the row of every number, side, cluster, year and case. Results go to a folder of their own, for what differs.
    """
    up_to_date(context, BASE, "assess")
    base = usable_m2(context)
    for one in sweeps:
        for side, value in (("low", one.low), ("high", one.high)):
            project = read_project(context.project.folder, one.scenario(value))
            store = Store(folder_of(context.store.outputs, f".sweep-{one.name}-{side}"), context.store.outputs)
            tried = replace(context, project=project, store=store)
            list(run(tried, Order(up_to="assess")))
            for key, m2 in usable_m2(tried).items():
                yield {
                    "name": one.name,
                    "title": one.title,
                    "side": side,
                    "value": value,
                    **dict(zip(("cluster", "year", "case"), key, strict=True)),
                    "usable_m2": round(m2, 1),
                    "change_m2": round(m2 - base.get(key, 0.0), 1),
                }


def usable_m2(context: Context) -> dict[tuple[str, int, str], float]:
    """Usable m2 for the lead activity per cluster, year and case."""
    lead = context.project.publish.lead_profile
    found: dict[tuple[str, int, str], float] = {}
    for cluster in context.project.clusters:
        pieces = load(context, [("overlay", cluster, "pieces")]).set_index("piece_id")["area_m2"]
        judged = load(context, [("assess", cluster, "assessments")])
        own = judged[judged["profile"] == lead]
        m2 = own["piece_id"].map(pieces).where(own["verdict"] == "usable", 0.0)
        sums = m2.groupby([own["year"], own["case"]]).sum()
        found |= {(cluster, int(year), str(case)): float(value) for (year, case), value in sums.items()}
    return found


def sweep_text(rows: list[dict[str, Any]]) -> str:
    """The sum of all clusters per number, side, year and case, the widest span first."""
    table = pd.DataFrame(rows)
    sums = table.groupby(["title", "side", "value", "year", "case"], as_index=False)["change_m2"].sum()
    span = sums.groupby("title")["change_m2"].apply(lambda values: values.abs().max())
    lines = ["usable hectares more or less, all clusters together"]
    for title in span.sort_values(ascending=False, kind="stable").index:
        lines.append(title)
        for row in sums[(sums["title"] == title) & (sums["case"] == "earliest")].itertuples():
            lines.append(f"  {row.value:>8g} {row.year}: {row.change_m2 / M2_PER_HA:+.2f}")
    return "\n".join(lines)


def write_sweep(context: Context, rows: list[dict[str, Any]], pictures: dict[str, bytes]) -> None:
    """Write the sweep as a table beside the results, and its pictures among the figures."""
    text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n", float_format="%.1f")
    write_file(context.store.outputs / "gevoeligheid.csv", text.encode())
    for name, content in pictures.items():
        write_file(context.store.outputs / "figures" / name, content)
