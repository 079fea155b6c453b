"""Scenarios: the land that two of them judge otherwise and why, and the effect of a number tried lower and higher."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.derived.scenario_changes import LAYER
from layers.errors import ConfigRefusal
from layers.layer import RD_NEW
from layers.units import M2_PER_HA
from pipeline.land.blocking_by_piece import blocking_by_piece
from pipeline.land.land import AssessedLand, assessed_land
from pipeline.project.load import read_project
from pipeline.project.scenario import SweepConfig
from pipeline.queries.land_changes import LEAST_CHANGE_M2
from pipeline.runner.results import Results, refuse_without_results
from pipeline.runner.run import Order, check_clusters, plan, run
from pipeline.runner.stage import RunContext
from pipeline.spatial.geometry import area
from pipeline.spatial.reference_overlay import reference_overlay
from pipeline.storage.store import Store
from pipeline.storage.whole_files import replace as write_file

BASE = "base"
COMPARED_FROM = ("pieces", "holdings", "holding_states", "rooms", "assessments")


@dataclass(frozen=True)
class JudgedLand:
    """The pieces of a cluster with their verdicts."""

    land: AssessedLand
    assessments: pd.DataFrame

    def verdicts(self, case: tuple[str, int]) -> Any:
        """Return the verdict of each piece for an activity and year, no extension exercised."""
        profile, year = case
        rows = self.assessments.query(f"profile == {profile!r} and year == {year} and case == 'earliest'")
        return rows.set_index("piece_id")["verdict"].reindex(self.land.pieces["piece_id"]).to_numpy(dtype=object)

    def factors(self, case: tuple[str, int]) -> list[frozenset[str]]:
        """Return the factors that block each piece for an activity and year: tenure and constraints."""
        blocking = blocking_by_piece(self.land, (*case, "earliest"))
        names = np.array(blocking.factors.names, dtype=object)
        sets = [frozenset(names[cover]) for cover in blocking.factors.covers]
        return [sets[index] for index in blocking.place.tolist()]


def name_of(context: RunContext) -> str:
    """Return the name of the scenario whose results these are."""
    return context.store.outputs.name if context.store.base else BASE


def up_to_date(context: RunContext, up_to: str, clusters: tuple[str, ...] = ()) -> None:
    """Raise ConfigRefusal for results that were not run, or not since a card or file changed."""
    refuse_without_results(context.store)
    name = name_of(context)
    stale = [report for report in plan(context, Order(clusters, up_to=up_to)) if report.reasons]
    if stale:
        first, folder = stale[0], context.store.outputs.resolve()
        raise ConfigRefusal(
            "the project" if name == BASE else f"scenario '{name}'",
            actual=f"{first.stage} of '{first.unit}' not up to date in '{folder}' ({first.reasons[0]})",
            todo="run it first: industrieruimte run" + (f" --scenario {name}" if name != BASE else ""),
        )


def changed_land(sides: tuple[RunContext, RunContext], profile: str, clusters: Sequence[str] = ()) -> gpd.GeoDataFrame:
    """Return land whose verdict differs between two scenarios, per year; EPSG:28992, areas in m2.

    No extension is exercised. Each row has the factors that block in the first alone (removed) and in the second alone
    (added). No clusters means all. Raises ConfigRefusal for an activity or cluster that a scenario lacks, and for
    results that are not up to date.
    """
    for side in sides:
        check_clusters(side, tuple(clusters))
        known = side.project.profiles
        if profile not in known:
            raise ConfigRefusal(
                "compare", actual=f"no activity '{profile}' in '{name_of(side)}'", expected=f"one of {sorted(known)}"
            )
        up_to_date(side, "assess")
    first, second = (side.project for side in sides)
    # A year of one scenario alone has nothing to be laid beside.
    years = sorted(set(first.years) & set(second.years))
    tables = []
    for cluster in clusters or first.clusters:
        if cluster in first.clusters and cluster in second.clusters:
            judged = _judged_land(sides[0], cluster), _judged_land(sides[1], cluster)
            common = _common_land(*judged)
            tables += [_changed_in_year(judged, common, (profile, year)).assign(cluster_id=cluster) for year in years]
    return LAYER.collect(tables)


def _judged_land(context: RunContext, cluster: str) -> JudgedLand:
    """Return the pieces of a cluster (RD New, m2) with what is known of them, and their verdicts."""
    tables = Results.from_run(context).tables(COMPARED_FROM, cluster)
    return JudgedLand(assessed_land(cluster, tables), tables["assessments"])


def _common_land(first: JudgedLand, second: JudgedLand) -> gpd.GeoDataFrame:
    """Return the land of both, per part the positions of its piece in either and its m2; EPSG:28992.

    Cut anew only where a geometry differs.
    """
    left, right = first.land, second.land
    ids = left.pieces["piece_id"].to_numpy(), right.pieces["piece_id"].to_numpy()
    # The same pieces of the same size: only rules, profiles or policy differ, and nothing need be cut.
    if np.array_equal(*ids) and np.allclose(left.area_m2, right.area_m2, atol=1e-6):
        every = np.arange(len(ids[0]))
        columns = {"first": every, "second": every, "area_m2": left.area_m2}
        return gpd.GeoDataFrame(columns, geometry=left.shapes, crs=RD_NEW)
    parts = reference_overlay(left.shapes, list(right.shapes))
    index, over = parts.pairs()
    shapes = parts.shapes[index]
    columns = {"first": parts.owner[index], "second": over, "area_m2": area(shapes)}
    common = gpd.GeoDataFrame(columns, geometry=shapes, crs=RD_NEW)
    return common[common["area_m2"] > LEAST_CHANGE_M2]


def _changed_in_year(
    sides: tuple[JudgedLand, JudgedLand], common: gpd.GeoDataFrame, case: tuple[str, int]
) -> gpd.GeoDataFrame:
    """Return the parts whose verdict differs for an activity and year, with the factors that were added and removed."""
    before, after = (side.verdicts(case) for side in sides)
    changed = common[before[common["first"]] != after[common["second"]]]
    first, second = changed["first"].to_numpy(), changed["second"].to_numpy()
    factors = [side.factors(case) for side in sides]
    pairs = [(factors[0][i], factors[1][j]) for i, j in zip(first.tolist(), second.tolist(), strict=True)]
    return changed[["area_m2", "geometry"]].assign(
        change_id=np.arange(1, len(changed) + 1),
        parcel_id=sides[0].land.pieces["parcel_id"].to_numpy()[first],
        profile=case[0],
        year=case[1],
        verdict_first=before[first],
        verdict_second=after[second],
        factors_removed=[_listed(old - new) for old, new in pairs],
        factors_added=[_listed(new - old) for old, new in pairs],
    )


def _listed(factors: frozenset[str]) -> str | None:
    return " ".join(sorted(factors)) or None


def changes_by_verdict(land: pd.DataFrame) -> pd.DataFrame:
    """Return m2 per cluster, year, verdicts and factors removed and added; the largest first within a year."""
    factors = ["factors_removed", "factors_added"]
    key = ["cluster_id", "year", "verdict_first", "verdict_second", *factors]
    plain = land[[*key, "area_m2"]].fillna(dict.fromkeys(factors, ""))
    sums = plain.groupby(key, as_index=False).sum()
    return sums.sort_values(["cluster_id", "year", "area_m2"], ascending=[True, True, False], ignore_index=True)


def changes_text(land: pd.DataFrame, names: tuple[str, str], profile: str) -> str:
    """Return the changes as lines, in hectares."""
    if land.empty:
        return f"{names[0]} and {names[1]}: no land has another verdict for '{profile}'"
    table = changes_by_verdict(land)
    lines = [f"{names[0]} -> {names[1]}, '{profile}', no extension exercised; hectares"]
    for row in table.itertuples():
        causes = [f"removed: {row.factors_removed}"] if row.factors_removed else []
        causes += [f"added: {row.factors_added}"] if row.factors_added else []
        # The same factors block it: then the land around it differs, and with it size, width or quay.
        cause = "; ".join(causes) or "size, width or quay of the land that it is part of"
        verdicts = f"{row.verdict_first} -> {row.verdict_second} {row.area_m2 / M2_PER_HA:.2f}"
        lines.append(f"  {row.cluster_id} {row.year}: {verdicts} ({cause})")
    is_usable = (table[["verdict_first", "verdict_second"]] == "usable").astype(float)
    gain_m2 = is_usable.diff(axis=1)["verdict_second"] * table["area_m2"]
    lines += [f"usable {year}: {m2 / M2_PER_HA:+.2f} ha" for year, m2 in gain_m2.groupby(table["year"]).sum().items()]
    return "\n".join(lines)


def sweep(context: RunContext, sweeps: tuple[SweepConfig, ...]) -> Iterator[dict[str, Any]]:
    """Yield usable m2 for the lead activity with each number lower and higher, all else equal.

    A row per number, side, cluster, year and case. What differs is written to a folder of its own in the results.
    """
    # Else what changed since the last run would be laid to the first number that is tried.
    up_to_date(context, "assess")
    base = usable_m2(context)
    for number in sweeps:
        for side, value in (("low", number.low), ("high", number.high)):
            project = read_project(context.project.folder, number.scenario(value))
            # A scenario of a user cannot begin with a full stop.
            store = Store.of_scenario(context.store.outputs, f".sweep-{number.name}-{side}")
            tried = replace(context, project=project, store=store)
            # A run goes on only while it is asked for reports.
            list(run(tried, Order(up_to="assess")))
            for key, m2 in usable_m2(tried).items():
                yield {
                    "name": number.name,
                    "title": number.title,
                    "side": side,
                    "value": value,
                    **dict(zip(("cluster", "year", "case"), key, strict=True)),
                    "usable_m2": round(m2, 1),
                    "change_m2": round(m2 - base.get(key, 0.0), 1),
                }


def usable_m2(context: RunContext) -> dict[tuple[str, int, str], float]:
    """Return usable m2 for the lead activity per cluster, year and case."""
    areas: dict[tuple[str, int, str], float] = {}
    for cluster in context.project.clusters:
        pieces, judged = Results.from_run(context).tables(("pieces", "assessments"), cluster).values()
        rows = judged[judged["profile"] == context.project.publish.lead_profile]
        m2 = rows["piece_id"].map(pieces.set_index("piece_id")["area_m2"]).where(rows["verdict"] == "usable", 0.0)
        sums = m2.groupby([rows["year"], rows["case"]]).sum()
        areas |= {(cluster, int(year), str(case)): float(value) for (year, case), value in sums.items()}
    return areas


def sweep_text(rows: list[dict[str, Any]]) -> str:
    """Return the change in hectares of all clusters together per number, side and year, the widest span first."""
    table = pd.DataFrame(rows)
    sums = table.groupby(["title", "side", "value", "year", "case"], as_index=False)["change_m2"].sum()
    span = sums.groupby("title")["change_m2"].apply(lambda values: values.abs().max())
    lines = ["change in usable hectares, all clusters together"]
    for title in span.sort_values(ascending=False, kind="stable").index:
        lines.append(title)
        for row in sums.query(f"title == {title!r} and case == 'earliest'").itertuples():
            lines.append(f"  {row.value:>8g} {row.year}: {row.change_m2 / M2_PER_HA:+.2f}")
    return "\n".join(lines)


def write_sweep(context: RunContext, rows: list[dict[str, Any]], pictures: dict[str, bytes]) -> None:
    """Write the sweep as gevoeligheid.csv (areas in m2) to the folder of results, and its pictures to figures."""
    text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n", float_format="%.1f")
    write_file(context.store.outputs / "gevoeligheid.csv", text.encode())
    for name, content in pictures.items():
        write_file(context.store.outputs / "figures" / name, content)
