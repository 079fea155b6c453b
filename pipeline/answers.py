"""Antwoorden: what the commands say on stdout, drawn from results that are there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import CASES
from layers.errors import ConfigRefusal, Refusal
from layers.glossary import dutch_choice
from layers.layer import Layer, RasterLayer
from layers.sources import RASTERS, TABLES
from pipeline.line import match_clusters, no_key_twice
from pipeline.monitoring import lineages
from pipeline.monitoring import summary as summary_of_changes
from pipeline.raw import RawTable
from pipeline.stage import Context
from pipeline.stages.acquire import compare_lock, describe_files, read_source
from pipeline.stages.harmonise import harmonise
from pipeline.stages.publish import left_out as publish_left_out
from pipeline.stages.publish.views import in_words

M2_PER_HA = 10_000.0
LARGEST = 15
LARGEST_FIGURES = 40
KEY = ["cluster", "year", "case", "profile", "measure", "heading"]


def summary(context: Context, clusters: Sequence[str]) -> str:
    """The balance per cluster for the lead profile in hectares, and the paths to open."""
    project = context.project
    units = list(clusters) or [*project.clusters, project.balance.national_name]
    lead, years = project.publish.lead_profile, project.years
    title = project.profiles[lead].title
    names = ["gross", *(f"free {y}" for y in years), *(f"usable {y}" for y in years)]
    lines = [f"{project.card.title}, {project.card.reference_date:%d-%m-%Y}"]
    lines += [f"hectares; usable for '{title}'; in brackets when every option and extension is called", ""]
    lines.append(f"{'cluster':<22}" + "".join(f"{name:>18}" for name in names))
    for unit in units:
        lines.append(f"{unit:<22}" + "".join(f"{cell:>18}" for cell in _cells(context, unit)))
    paths = [context.store.outputs / f"{unit}.gpkg" for unit in units]
    paths += [context.store.outputs / "figures.csv"] if not clusters else []
    return "\n".join([*lines, "", "open in QGIS:", *(f"  {path}" for path in paths if path.exists())])


def left_behind(context: Context, clusters: Sequence[str]) -> list[str]:
    """What the reader of the outputs folder should know: results of an earlier run, of no cluster, and what was not known."""
    project, outputs = context.project, context.store.outputs
    national = project.balance.national_name
    notes = []
    if clusters and (outputs / f"{national}.gpkg").exists():
        notes.append(
            f"only {', '.join(clusters)} was brought up to date; {national}.gpkg and figures.csv are of an earlier run"
        )
    known = {f"{unit}.gpkg" for unit in (*project.clusters, national)}
    notes += [
        f"{path} is of no cluster of this project; remove it if you do not need it"
        for path in sorted(outputs.glob("*.gpkg"))
        if path.name not in known
    ]
    matters = {constraint.layer for constraint in project.constrain.constraint} | {
        "ground_leases",
        "issue_register",
        "buildings",
        "quays",
    }
    unknown = [name for name, card in project.card.absent.items() if card.treat_as == "unknown" and name in matters]
    if unknown:
        notes.append(f"not supplied and therefore not known: {', '.join(unknown)}; land may be unknown because of it")
    return notes


def _cells(context: Context, unit: str) -> list[str]:
    project = context.project
    balance, waterfall = (context.store.load("balance", unit, name) for name in ("land_balance", "waterfall"))
    own = balance[balance["cluster_id"] == unit]
    found = own.set_index(["measure", "profile", "year", "case", "heading"])["area_m2"].to_dict()
    gross = waterfall.loc[(waterfall["cluster_id"] == unit) & (waterfall["heading"] == "gross"), "area_m2"].iloc[0]
    cells = [f"{gross / M2_PER_HA:.1f}"]
    for measure, profile, heading in (("holding", "all", "free"), ("verdict", project.publish.lead_profile, "usable")):
        for year in project.years:
            both = [found.get((measure, profile, year, case, heading), 0.0) / M2_PER_HA for case in CASES]
            cells.append("{:.1f} ({:.1f})".format(*both))
    return cells


def check(context: Context) -> list[dict[str, Any]]:
    """One row per source: whether it reads and harmonises, and what is refused if not; and what differs from the lock."""
    project, roots = context.project, context.project.roots(context.data)
    found = []
    read: dict[str, dict[str, pd.DataFrame]] = {}
    for name, card in project.sources.items():
        try:
            raw = read_source(card, roots[name])
            said = f"grid for {card.layer}" if card.layer in RASTERS else ""
            if isinstance(raw, RawTable):
                done = harmonise(raw, card, TABLES[card.layer])
                if card.layer == "cluster_boundaries":
                    match_clusters(done.table, project)
                read.setdefault(card.layer, {})[name] = done.table
                no_key_twice(card.layer, read[card.layer])
                facts = done.facts.iloc[0]
                said = f"{facts['rows_in']} rows, {facts['rows_refused']} refused, {facts['rows_repaired']} repaired -> {card.layer}"
            found.append({"source": name, "state": "good", "said": said, "exit_code": 0})
        except Refusal as refusal:
            found.append({"source": name, "state": "refused", "said": str(refusal), "exit_code": refusal.exit_code})
    if all(row["state"] == "good" for row in found):
        notes = compare_lock(describe_files(project.sources, roots), project.folder / "sources.lock")
        found += [{"source": "sources.lock", "state": "differs", "said": note, "exit_code": 0} for note in notes]
    return found


def explain(context: Context, identifier: str) -> str:
    """Who has a plot or piece in each year, and what stands in the way of the lead profile; from the last run."""
    for cluster in context.project.clusters:
        if context.store.receipt("assess", cluster) is None:
            continue
        tables = {name: context.store.load(*origin) for name, origin in _origins(cluster).items()}
        holdings = tables["holdings"]
        pieces = tables["pieces"]
        own = pieces[(pieces["piece_id"] == identifier) | (pieces["holding_id"] == identifier)]
        if own.empty:
            own = pieces[pieces["holding_id"].isin(holdings.loc[holdings["parcel_id"] == identifier, "holding_id"])]
        if len(own):
            return "\n".join(_sentences(context, tables, own, (cluster, identifier)))
    raise ConfigRefusal(
        "explain",
        found=f"no plot or piece '{identifier}' in '{context.store.outputs}'",
        todo="run the line first, or check the key in QGIS",
    )


def _origins(cluster: str) -> dict[str, tuple[str, str, str]]:
    made = {
        "resolve": ("holdings", "holding_states", "conflicts"),
        "constrain": ("zones",),
        "overlay": ("pieces",),
        "assess": ("rooms", "assessments"),
    }
    return {table: (stage, cluster, table) for stage, names in made.items() for table in names}


def _sentences(context: Context, tables: dict[str, Any], own: pd.DataFrame, name: tuple[str, str]) -> list[str]:
    cluster, identifier = name
    lead = context.project.publish.lead_profile
    holdings = tables["holdings"][tables["holdings"]["holding_id"].isin(own["holding_id"])]
    title = context.project.clusters[cluster].title
    lines = [f"{identifier}: {own['area_m2'].sum() / M2_PER_HA:.2f} ha in {title}."]
    for holding in holdings.itertuples():
        states = tables["holding_states"][(tables["holding_states"]["holding_id"] == holding.holding_id)]
        told = [
            f"{row.year} {dutch_choice(row.case)} {dutch_choice(row.holding)} (volgens {dutch_choice(row.decided_by)})"
            for row in states.itertuples()
        ]
        dates = [
            f"{day:%d-%m-%Y}" if pd.notna(day) else "niet bekend of nooit"
            for day in (holding.available_earliest, holding.available_latest)
        ]
        contracts = f" Contracten: {holding.contract_ids}." if isinstance(holding.contract_ids, str) else ""
        lines.append(
            f"{holding.holding_id}: {'; '.join(told)}. Vrij op zijn vroegst {dates[0]}, op zijn laatst {dates[1]}.{contracts}"
        )
    titles = tables["zones"].set_index("zone_id")["zone_title"].to_dict()
    plan = holdings.set_index("holding_id")["plan_category"].fillna("unknown")
    for piece in own.itertuples():
        rooms = tables["rooms"].query("profile == @lead and combination_id == @piece.combination_id")
        rooms = rooms[rooms["plan_category"] == plan[piece.holding_id]]
        verdicts = (
            tables["assessments"]
            .query("profile == @lead and piece_id == @piece.piece_id")
            .set_index(["year", "case"])["verdict"]
        )
        for room in rooms.itertuples():
            why = in_words(room.reasons, titles)
            word = dutch_choice(verdicts[(room.year, "earliest")])
            lines.append(
                f"{piece.piece_id}, {room.year}: {word} voor {context.project.profiles[lead].title}; milieuruimte {dutch_choice(room.room)}"
                + (f" door {why}." if why else ".")
            )
    clashes = tables["conflicts"][tables["conflicts"]["subject"].isin([identifier, *holdings["parcel_id"]])]
    lines += [f"Tegenstrijdig: {dutch_choice(row.conflict_class)} - {row.found}." for row in clashes.itertuples()]
    return [*lines, context.project.publish.disclaimer]


def expired(context: Context, clusters: Sequence[str]) -> list[str]:
    """A warning for each correction whose last day is past: it no longer counts."""
    found = [context.store.load("resolve", name, "conflicts") for name in clusters or context.project.clusters]
    late = pd.concat(found).query("conflict_class == 'override_expired'").drop_duplicates("subject")
    return [f"warning: overrides.csv, '{row.subject}': {row.found}; it no longer counts" for row in late.itertuples()]


def left_out(context: Context) -> list[str]:
    """What the public edition left out, in one note; nothing in the internal edition."""
    told = publish_left_out(context.project, context.edition)
    names = [f"{row.layer}.{row.column}" if row.column != "all" else row.layer for row in told.itertuples()]
    return [f"public edition: left out {', '.join(names)}"] if names else []


def dictionary(layers: Sequence[Layer | RasterLayer], *, whole: bool) -> list[dict[str, Any]]:
    """Layers with meaning, and their columns with type, unit, choices and Dutch title when asked for whole."""
    found: list[dict[str, Any]] = []
    for layer in layers:
        row: dict[str, Any] = {"layer": layer.name, "title": layer.title, "meaning": layer.meaning}
        if isinstance(layer, RasterLayer):
            row |= {"unit": layer.unit, "minimum": layer.minimum, "maximum": layer.maximum}
        elif whole:
            row |= {
                "key": list(layer.key),
                "shape": layer.shape or "table",
                "columns": [_column_entry(name, layer) for name in layer.columns],
            }
        found.append(row)
    return found


def _column_entry(name: str, layer: Layer) -> dict[str, Any]:
    column = layer.columns[name]
    entry = {"name": name, "type": column.kind, "title": column.title, "unit": column.unit, "meaning": column.meaning}
    return {**entry, "choices": list(column.choices), "optional": column.optional, "confidential": column.confidential}


def dictionary_text(found: list[dict[str, Any]]) -> str:
    """The dictionary as lines of text."""
    lines = []
    for row in found:
        lines.append(f"{row['layer']:<24} {row['title']:<32} {row['meaning']}")
        for column in row.get("columns", []):
            marks = [
                column["unit"],
                "may be empty" if column["optional"] else "",
                "confidential" if column["confidential"] else "",
            ]
            extra = ", ".join(mark for mark in marks if mark)
            choices = f" one of {', '.join(column['choices'])}" if column["choices"] else ""
            lines.append(
                f"  {column['name']:<24} {column['type']:<6} {column['meaning']}"
                + (f" ({extra})" if extra else "")
                + choices
            )
    return "\n".join(lines)


def difference(old: Path, new: Path) -> pd.DataFrame:
    """Rows of figures.csv that differ, with the m2 on both sides and between; empty when the same."""
    sides = [pd.read_csv(_figures(path)).set_index(KEY) for path in (old, new)]
    joined = sides[0].add_suffix("_old").join(sides[1].add_suffix("_new"), how="outer")
    change = joined["area_m2_new"].fillna(0.0) - joined["area_m2_old"].fillna(0.0)
    counted = joined["count_new"].fillna(0) - joined["count_old"].fillna(0)
    moved = (np.abs(change) >= 0.05) | (counted != 0) | (joined["area_m2_new"].isna() != joined["area_m2_old"].isna())
    sides_m2 = joined[["area_m2_old", "area_m2_new"]].fillna(0.0)
    return joined.assign(**sides_m2, change_m2=change.round(1))[moved].reset_index()


def _figures(path: Path) -> Path:
    found = path / "figures.csv" if path.is_dir() else path
    if not found.is_file():
        raise ConfigRefusal(f"'{path}'", found="no figures.csv in it", todo="name an outputs folder or a figures.csv")
    return found


def difference_text(found: pd.DataFrame) -> str:
    """The differences as lines: where, and hectares before, after and between."""
    if found.empty:
        return "no difference"
    largest = found.loc[
        found["change_m2"].abs().sort_values(ascending=False, kind="stable").index[:LARGEST_FIGURES]
    ].sort_index()
    lines = [
        f"{row.cluster} {row.year} {row.case} {row.profile} {row.measure} {row.heading}: "
        f"{row.area_m2_old / M2_PER_HA:.2f} -> {row.area_m2_new / M2_PER_HA:.2f} ha ({row.change_m2 / M2_PER_HA:+.2f})"
        for row in largest.itertuples()
    ]
    more = "" if len(found) <= LARGEST_FIGURES else f", the {LARGEST_FIGURES} largest shown; all of them with --json"
    return "\n".join([*lines, f"{len(found)} figures differ{more}"])


def difference_words(figures: pd.DataFrame | None, land: pd.DataFrame | None) -> str:
    """What moved, as lines: land by change and cause, plots by lineage, then the figures."""
    lines = []
    if land is not None:
        lines = [*_land_lines(land)]
    if figures is not None:
        lines.append(difference_text(figures))
    return "\n".join(lines)


def _land_lines(land: pd.DataFrame) -> list[str]:
    still = land.loc[land["change"] == "unchanged", "area_m2"].sum()
    lines = [f"land of both: {_ha(land['area_m2'].sum())} ha, of which {_ha(still)} ha did not change"]
    sums, kin = summary_of_changes(land), lineages(land)
    shown = sums[sums["area_m2"] >= 1.0]
    if len(shown):
        lines.append(f"{'cluster':<16} {'change':<12} {'ha':>12}  {'by data':>12} {'by rules':>12} {'by time':>12}")
    for row in shown.itertuples():
        parts = (row.area_m2, row.by_data_m2, row.by_rules_m2, row.by_time_m2)
        told = [f"{_ha(part):>12}" for part in parts]
        lines.append(f"{row.cluster_id:<16} {row.change:<12} {told[0]}  {' '.join(told[1:])}")
    rest = sums["area_m2"].sum() - shown["area_m2"].sum()
    if rest > 0:
        lines.append(f"changes of less than 1 m2 together: {rest:.3f} m2")
    lines += [
        f"{row.cluster_id:<16} {row.lineage:<12} {_ha(row.area_m2):>12}  {row.plots_old} plots before, {row.plots_new} after"
        for row in kin[kin["area_m2"] >= 1.0].itertuples()
    ]
    moved = land[land["change"] != "unchanged"].sort_values(["area_m2", "change_id"], ascending=[False, True])
    largest = moved.head(LARGEST).astype(object).fillna("-")
    lines += [
        f"  {row.parcel_old} -> {row.parcel_new}: {row.change}, {row.holding_old} -> {row.holding_new}, {_ha(row.area_m2)} ha"
        for row in largest.itertuples()
    ]
    if len(moved) > LARGEST:
        lines.append(f"  and {len(moved) - LARGEST} smaller; all of them with --json or --gpkg")
    return lines


def _ha(m2: float) -> str:
    return f"{m2 / M2_PER_HA:.4f}"


def difference_json(figures: pd.DataFrame | None, land: pd.DataFrame | None) -> str:
    """What moved, as JSON: a list of figures where only figures were compared, else figures, land, sums and lineage."""
    told = [] if figures is None else json.loads(figures.to_json(orient="records"))
    if land is None:
        return json.dumps(told, indent=1)
    moved = pd.DataFrame(land.drop(columns="geometry"))[(land["change"] != "unchanged") | (land["lineage"] != "same")]
    rows = {"land": moved, "sums": summary_of_changes(land), "lineage": lineages(land)}
    found = {name: json.loads(frame.to_json(orient="records", date_format="iso")) for name, frame in rows.items()}
    return json.dumps({"figures": told, **found}, indent=1, ensure_ascii=False)
