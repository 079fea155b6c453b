"""Verklaring: what is known of one plot or piece, in sentences, drawn from results that are there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from layers.columns import CASES, EXPECTED
from layers.errors import ConfigRefusal
from layers.glossary import dutch_choice
from layers.units import M2_PER_HA
from pipeline.land.tenure_timeline import Timeline
from pipeline.line.room import whole_of
from pipeline.runner.results import Results
from pipeline.runner.stage import Context
from pipeline.stages.assemble.changes import Search, changes_of
from pipeline.stages.publish.text.parcel_story import Story
from pipeline.stages.publish.text.sentences import Narrator


def explain(context: Context, identifier: str, on: dt.date | None = None, profile: str | None = None) -> str:
    """Who has a plot or piece from when until when (or on one day), on what evidence, and what stands in the way of an
    activity (the lead one unless another is asked), with rule and source; from the last run."""
    lead = profile or context.project.publish.lead_profile
    if lead not in context.project.profiles:
        raise ConfigRefusal(
            "explain", actual=f"no activity '{lead}'", expected=f"one of {sorted(context.project.profiles)}"
        )
    for cluster in context.project.clusters:
        if context.store.receipt("assemble", cluster) is None:
            continue
        tables = {name: context.store.load(*origin) for name, origin in _origins(cluster).items()}
        holdings = tables["holdings"]
        pieces = tables["pieces"]
        own = pieces[(pieces["piece_id"] == identifier) | (pieces["holding_id"] == identifier)]
        if own.empty:
            own = pieces[pieces["holding_id"].isin(holdings.loc[holdings["parcel_id"] == identifier, "holding_id"])]
        if len(own):
            if on is not None:
                return "\n".join(_on_a_day(tables, own, on))
            return "\n".join(_sentences(context, tables, own, (cluster, identifier, lead)))
    raise ConfigRefusal(
        "explain",
        actual=f"no plot or piece '{identifier}' in '{context.store.outputs}'",
        todo="run the line first, or check the key in QGIS",
    )


def _origins(cluster: str) -> dict[str, tuple[str, str, str]]:
    made = {
        "resolve": ("holdings", "holding_periods", "conflicts"),
        "constrain": ("zones",),
        "overlay": ("pieces",),
        "assess": ("holding_states", "rooms", "assessments", "housing_bounds"),
        "measure": ("parcel_facts",),
        "assemble": ("smallest_changes", "sites", "site_pieces"),
    }
    return {table: (stage, cluster, table) for stage, names in made.items() for table in names}


def _on_a_day(tables: Mapping[str, Any], own: pd.DataFrame, day: dt.date) -> list[str]:
    holdings = tables["holdings"][tables["holdings"]["holding_id"].isin(own["holding_id"])]
    periods = tables["holding_periods"][tables["holding_periods"]["holding_id"].isin(own["holding_id"])]
    ids = holdings["holding_id"].to_numpy()
    lines = {case: Timeline.from_periods(periods, case, ids) for case in CASES if (periods["case"] == case).any()}
    return [
        f"{name}, {day:%d-%m-%Y}: "
        + ", ".join(f"{dutch_choice(case)} {dutch_choice(line.state_on(day)[at])}" for case, line in lines.items())
        for at, name in enumerate(ids)
    ]


def _tenure(holding: Any, periods: pd.DataFrame) -> list[str]:
    """The periods of a holding in each case, and the evidence for today."""
    own = periods[periods["holding_id"] == holding.holding_id]
    hectares = f"{holding.area_m2 / M2_PER_HA:.4f}".replace(".", ",")
    lines = [f"{holding.holding_id}: {hectares} ha."]
    for case in (*CASES, EXPECTED):
        rows = own[own["case"] == case]
        told = "; ".join(_period(row) for row in rows.itertuples())
        lines += [f"  {dutch_choice(case)}: {told}."] if told else []
    evidence = [
        f"volgens {dutch_choice(holding.decided_by)}",
        f"bewijsstuk {holding.record}" if _is_text(holding.record) else "",
        f"van {holding.recorded_on:%d-%m-%Y}" if pd.notna(holding.recorded_on) else "",
        f"zekerheid {dutch_choice(holding.certainty)}",
    ]
    lines.append(f"  bewijs: {', '.join(part for part in evidence if part)}.")
    lines += [f"  spreekt tegen: {holding.disagreeing}."] if _is_text(holding.disagreeing) else []
    return lines + ([f"  keten: {holding.chain}."] if _is_text(holding.chain) else [])


def _period(row: Any) -> str:
    end = f"t/m {row.until:%d-%m-%Y}" if pd.notna(row.until) else "en verder"
    by = f" ({row.contract_id})" if _is_text(row.contract_id) else ""
    chance = f", kans op vrij {100 * row.chance_free:.0f} %" if 0 < row.chance_free < 1 else ""
    return f"{row.begins_on:%d-%m-%Y} {end} {dutch_choice(row.tenure_status)}{by}{chance}"


def _beside_housing(bound: pd.Series) -> str:
    """The highest category beside dwellings and plans, what binds, and how large an own risk contour may be."""
    if not _is_text(bound["category"]):
        return "hoogste milieucategorie naast woningen: niet bekend."
    by = f" (begrensd door {dutch_choice(bound['bound_by'])} {bound['binding_id']}, {bound['binding_m']:.0f} m)"
    told = f"hoogste milieucategorie naast woningen en harde plannen: {bound['category']}"
    told += by if _is_text(bound["binding_id"]) else ""
    if _is_text(bound["soft_plan_id"]):
        told += f"; met zachte plannen {bound['category_with_soft_plans']} (plan {bound['soft_plan_id']}, bindt niet)"
    if pd.notna(bound["own_risk_radius_m"]):
        told += f"; ruimte voor een eigen contour 1e-6 tot {bound['own_risk_radius_m']:.0f} m, daar ligt {bound['own_risk_id']}"
    return told + "."


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _sentences(context: Context, tables: dict[str, Any], own: pd.DataFrame, name: tuple[str, str, str]) -> list[str]:
    """The story of the plot, then its evidence, its bounds by housing, and what contradicts."""
    cluster, identifier, lead = name
    project = context.project
    narrator = Narrator(
        tables["zones"], project.constrain.constraint, project.effects, project.profiles, project.assess
    )
    holdings = tables["holdings"][tables["holdings"]["holding_id"].isin(own["holding_id"])]
    parcel = str(holdings["parcel_id"].iloc[0])
    story = Story(narrator, project.clusters, (lead, project.profiles[lead]), tables, lifted=project.lifted)
    is_part = identifier != parcel
    lines = [f"Scenario: {project.scenario.title}."] if project.scenario is not None else []
    lines += [f"Over deelvlak {identifier}, een deel van kavel {parcel}:"] if is_part else []
    lines += story.of(parcel, own["piece_id"] if is_part else None, _changes(context, cluster, tables, (parcel, lead)))
    if context.edition == "public":  # evidence names contracts
        return [*lines, context.project.publish.disclaimer]
    lines += ["", "Bewijs:"]
    lines += [line for holding in holdings.itertuples() for line in _tenure(holding, tables["holding_periods"])]
    bounds = tables["housing_bounds"][tables["housing_bounds"]["piece_id"].isin(own["piece_id"])]
    largest = own.sort_values(["area_m2", "piece_id"], ascending=[False, True])["piece_id"].iloc[0]
    lines += [
        f"Woningen in de buurt, {row['year']}: {_beside_housing(row)}"
        for _, row in bounds[bounds["piece_id"] == largest].iterrows()
    ]
    clashes = tables["conflicts"][tables["conflicts"]["subject"].isin([identifier, *holdings["parcel_id"]])]
    lines += [f"Tegenstrijdig: {dutch_choice(row.conflict_class)} - {row.found}." for row in clashes.itertuples()]
    return [*lines, context.project.publish.disclaimer]


def _changes(context: Context, cluster: str, tables: dict[str, Any], of: tuple[str, str]) -> list[str]:
    """The smallest sets of changes of a plot for an activity: those of the table, or searched anew for another activity."""
    parcel, profile = of
    table = tables["smallest_changes"]
    own = table[(table["parcel_id"] == parcel) & (table["profile"] == profile)]
    if len(own):
        return list(own.sort_values("rank")["changes"])
    around = Results(context).inputs_of("assemble", cluster)
    search = Search(whole_of(context.project, cluster, around), profile, context.project.balance.levers.not_liftable)
    return changes_of(search, parcel)
