"""Checks of the input before a run, and of cards that no row answers to after it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pandas as pd

from layers.errors import Refusal
from layers.sentences import Sentence
from layers.sources import TABLES
from layers.units import M2_PER_HA
from pipeline.land.register_keys import lost_rows
from pipeline.land.tenure_sources import KEYED_LAYERS
from pipeline.project.data_folders import Folders
from pipeline.project.load import read_project, read_sweeps, scenario_names
from pipeline.project.project import Project
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig, about_file
from pipeline.queries.unread import unread, unread_in_words
from pipeline.runner.finding_objects import finding, findings_of, findings_of_rows
from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext
from pipeline.stages.acquire.clipping import with_boxes
from pipeline.stages.acquire.cluster_boxes import cluster_boxes
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.acquire.source_files import compare_lock, describe_files
from pipeline.stages.harmonise import harmonise
from pipeline.stages.harmonise.ingest import match_clusters, no_key_twice
from pipeline.stages.harmonise.names import refuse_lost_rows, refuse_unknown_plots
from pipeline.stages.resolve.rights import first_fit

SEVERITY_OF_STATE = {"good": "good", "note": "note", "warning": "warning", "differs": "warning"}
INEFFECTIVE = {"override_expired": "no longer counts", "override_unknown": "counts nowhere"}
# What is wrong with rows of registers, by the classes of conflict that say so.
REGISTER_FAULTS = {
    ("unknown_parcel", "contract_without_place"): "rows of registers that find no plot or site on the map",
    ("ends_before_begins", "end_implausible"): "contracts that contradict themselves",
    ("key_read_otherwise",): "keys in registers read as those on the map, which are typed otherwise",
}


def check_input(context: RunContext) -> list[dict[str, Any]]:
    """Return a row per source, difference from the lock, scenario and number of a sweep, with state, exit code and
    findings.

    Every source is read and harmonised; a refusal becomes a row, so that all of them are seen at once.
    """
    project, roots = context.project, context.project.roots(context.data)
    rows = []
    tables: dict[str, dict[str, pd.DataFrame]] = {}
    boxes: dict[str, str] = {}
    with suppress(Refusal):  # of the boundaries, which say so themselves
        boxes = cluster_boxes(project.sources, roots, harmonise)
    for name, card in project.sources.items():
        try:
            rows.append(_read(with_boxes(card, boxes.get(name, "")), roots[name], project, tables))
        except Refusal as refusal:
            rows.append(_refused(name, refusal))
    refused = {project.sources[row["source"]].layer for row in rows if row["state"] == "refused"}
    # Of a layer of which one of several files was refused nobody can say what it has not.
    whole = {layer: pd.concat(parts.values()) for layer, parts in tables.items() if layer not in refused}
    rows += _check_names(project, whole)
    # Of a file that was refused its checksum would say the same once more.
    if not refused:
        notes = compare_lock(describe_files(project.sources, roots), project.folder / "sources.lock")
        rows += [_row("sources.lock", "differs", note) for note in notes]
    return rows + _check_changed_cards(project) + _check_unread(context)


def _check_unread(context: RunContext) -> list[dict[str, Any]]:
    """Return a row for the files and folders in the project that nothing reads, where there are any."""
    names = unread(context.project, context.data, filter(None, (context.store.outputs, context.store.base)))
    said = Sentence("nothing reads {names}", names=unread_in_words(names))
    return [_row("project", "note", said)] if names else []


def _read(
    card: SourceConfig, root: Folders, project: Project, tables: dict[str, dict[str, pd.DataFrame]]
) -> dict[str, Any]:
    """Read and harmonise a source beside the tables by layer and name that were read before, and count its rows."""
    raw = read_source(card, root)
    if not isinstance(raw, RawTable):
        said = f"grid for {card.layer}" + (f", brought to RD New: {raw.changes}" if raw.changes else "")
        return _row(card.name, "good", said, layer=card.layer, file=card.path)
    with about_file(card):
        done = harmonise(raw, card, TABLES[card.layer])
        TABLES[card.layer].check(done.table, f"source '{card.name}'")
    if card.layer == "cluster_boundaries":
        match_clusters(done.table, project.clusters)
    # Several files may fill one layer: a key must be unique in all of them together.
    tables.setdefault(card.layer, {})[card.name] = done.table
    no_key_twice(card.layer, tables[card.layer])
    facts = done.facts.iloc[0]
    said = Sentence(
        "{rows} rows, {refused} refused, {repaired} repaired -> {layer}",
        rows=facts["rows_in"],
        refused=facts["rows_refused"],
        repaired=facts["rows_repaired"],
        layer=card.layer,
    )
    row = _row(card.name, "good", said, layer=card.layer, file=card.path)
    row["findings"] += findings_of_rows(done.refused)
    return row


def _check_names(project: Project, tables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return rows for names in projects.csv and in registers that the map does not answer to; none where a layer that
    would tell was refused."""
    rows = []
    if {"parcels", "cluster_boundaries"} <= tables.keys():
        try:
            refuse_unknown_plots(project.projects, tables)
        except Refusal as refusal:
            rows.append(_refused("projects.csv", refusal))
    supplied = {card.layer for card in project.sources.values()}
    return rows + (_check_registers(project, tables) if tables.keys() >= supplied & set(KEYED_LAYERS) else [])


def _check_registers(project: Project, tables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row per source of a register with rows that find no plot or site on the map, and whether more do than
    its card allows."""
    lost = lost_rows(tables)
    loose = sorted(lost.loc[lost["layer"] == "overrides", "text"])
    rows = (
        [_row("overrides.csv", "warning", Sentence("{keys}: no plot or contract; they count nowhere", keys=loose))]
        if loose
        else []
    )
    for source, texts in lost[lost["layer"] != "overrides"].groupby("source")["text"]:
        words = "{count} rows find no plot or site on the map, first {value!r}; what they may be about is unknown"
        rows.append(_row(source, "warning", Sentence(words, count=len(texts), value=texts.iloc[0])))
    try:
        refuse_lost_rows(project.sources, tables)
    except Refusal as refusal:
        rows.append(_refused("registers", refusal))
    return rows


def _check_changed_cards(project: Project) -> list[dict[str, Any]]:
    """Return a row per scenario and per number of sweeps.toml: whether the cards can be read with it."""
    rows = []
    readings: dict[str, Any] = {f"scenario {name}": name for name in scenario_names(project.folder)}
    for sweep in read_sweeps(project.folder):
        readings |= {f"sweep {sweep.name} {value:g}": sweep.scenario(value) for value in (sweep.low, sweep.high)}
    for name, reading in readings.items():
        try:
            read_project(project.folder, reading)
            rows.append(_row(name, "good"))
        except Refusal as refusal:
            rows.append(_refused(name, refusal))
    return rows


def _row(source: str, state: str, said: str = "", **place: str) -> dict[str, Any]:
    entry = finding(SEVERITY_OF_STATE[state], said, source=source, **place)
    return {"source": source, "state": state, "said": said, "refusal": None, "exit_code": 0, "findings": [entry]}


def _refused(source: str, refusal: Refusal) -> dict[str, Any]:
    entries = [each | {"source": each["source"] or source} for each in findings_of(refusal)]
    row = {"source": source, "state": "refused", "said": str(refusal), "refusal": refusal}
    return row | {"exit_code": refusal.exit_code, "findings": entries}


def ineffective_cards(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return a warning per correction that no longer counts or is about nothing known, and per rule of resolve.toml
    that matches no contract or plot. Reads the last run; no clusters means all."""
    tables = [Results.from_run(context).table("conflicts", name) for name in clusters or context.project.clusters]
    rows = pd.concat(tables).drop_duplicates(["conflict_class", "subject"]).sort_values(["conflict_class", "subject"])
    overrides = [
        f"warning: overrides.csv, '{row.subject}' {INEFFECTIVE[row.conflict_class]}: {row.finding}"
        for row in rows[rows["conflict_class"].isin(list(INEFFECTIVE))].itertuples()
    ]
    return overrides + [f"warning: resolve.toml, {fault}" for fault in _unmatched_rules(context)]


def notes_on_registers(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return how many rows of registers find nothing on the map or contradict themselves, with the hectares that are
    unknown for it, and how many keys were read otherwise than they stand there. No clusters means all."""
    tables = [Results.from_run(context).table("conflicts", name) for name in clusters or context.project.clusters]
    # What is of no cluster stands in the table of each.
    rows = pd.concat(tables).drop_duplicates(["cluster_id", "conflict_class", "subject"])
    counts = rows["conflict_class"].value_counts()
    notes = [
        f"warning: {words}: {number}; see the table of deviations"
        for classes, words in REGISTER_FAULTS.items()
        if (number := int(counts.reindex(list(classes)).sum()))
    ]
    doubts = rows[(rows["conflict_class"] == "land_in_doubt") & (rows["area_m2"] > 0)]
    land = f"{len(doubts)}; {doubts['area_m2'].sum() / M2_PER_HA:.1f} ha of them counts as unknown now"
    return notes + ([f"warning: plots in doubt for what registers say of them: {land}"] if len(doubts) else [])


def _unmatched_rules(context: RunContext) -> list[str]:
    """Return landlords, sites and chances of resolve.toml that match nothing: often a name spelled another way."""
    handover, exercise = context.project.resolve.handover, context.project.resolve.exercise
    results = Results.from_run(context)
    if not results.has("harmonise", "ground_leases"):
        return []
    leases = results.source("ground_leases")
    sites = set(results.source("parcels")["site_name"].dropna())
    named = set(handover.landlord_of_site.values())
    lessors = set(leases["lessor"].dropna()) | named
    ruled = {rule.name for rule in handover.landlord}
    faults = [f"landlord '{name}': no contract or site names it" for name in sorted(ruled - lessors)]
    unknown_sites = sorted(set(handover.landlord_of_site) - sites)
    faults += [f"landlord_of_site '{site}': no plot lies on it" for site in unknown_sites]
    faults += [f"landlord_of_site: '{name}' has no rule of its own" for name in sorted(named - ruled)]
    matched = first_fit(leases, exercise)
    return faults + [
        f"exercise {number} (chance {card.chance:g}): no contract takes its chance from it"
        for number, card in enumerate(exercise, start=1)
        if number - 1 not in matched
    ]
