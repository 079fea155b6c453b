"""One plot or piece explained in Dutch sentences, from the results of the last run."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layers.columns import CASES, EXPECTED
from layers.errors import ConfigRefusal
from layers.glossary import dutch_choice
from layers.units import M2_PER_HA
from pipeline.land.tenure_timeline import Timeline
from pipeline.runner.results import Results, refuse_without_results
from pipeline.runner.stage import RunContext
from pipeline.stages.publish.text.three_lines import plot_texts_of

FOUND_IN = ("pieces", "holdings")  # which cluster an identifier is of
EXPLAINED_FROM = (
    "holding_periods",
    "holding_rights",
    "conflicts",
    "zones",
    "holding_states",
    "rooms",
    "assessments",
    "housing_bounds",
    "parcel_facts",
    "smallest_changes",
    "sites",
    "site_pieces",
)


def explain(context: RunContext, identifier: str, on: dt.date | None = None, profile: str | None = None) -> str:
    """Return who holds a plot or piece in each period (or on one day), on what evidence, and what blocks an activity.

    Areas in ha. The activity is that of `lead_profile` unless another is named. Raises ConfigRefusal for an unknown
    activity, and for an identifier that the last run does not have.
    """
    lead = profile or context.project.publish.lead_profile
    if lead not in context.project.profiles:
        raise ConfigRefusal(
            "explain", actual=f"no activity '{lead}'", expected=f"one of {sorted(context.project.profiles)}"
        )
    refuse_without_results(context.store)
    results = Results.from_run(context)
    for cluster in context.project.clusters:
        if not results.has("assemble", cluster):
            continue
        tables = results.tables(FOUND_IN, cluster)
        pieces = tables["pieces"]
        # The key of a piece or of a holding, else that of a plot: keys of plots may look like anything.
        matches = pieces.query("piece_id == @identifier or holding_id == @identifier")
        if matches.empty:
            plot = tables["holdings"].query("parcel_id == @identifier")
            matches = pieces[pieces["holding_id"].isin(plot["holding_id"])]
        if len(matches):
            tables |= results.tables(EXPLAINED_FROM, cluster)
            if on is not None:
                return "\n".join(_tenure_on_day(tables, matches, on))
            return "\n".join(_Explanation(context, tables, cluster, lead).sentences(identifier, matches))
    raise ConfigRefusal(
        "explain",
        actual=f"no plot or piece '{identifier}' in '{results.place}'",
        todo="run the line first, or check the key in QGIS",
    )


def _tenure_on_day(tables: Mapping[str, Any], pieces: pd.DataFrame, day: dt.date) -> list[str]:
    ids = tables["holdings"].query("holding_id in @pieces.holding_id")["holding_id"].to_numpy()
    periods = tables["holding_periods"].query("holding_id in @pieces.holding_id")
    lines = {case: Timeline.from_periods(periods, case, ids) for case in CASES if (periods["case"] == case).any()}
    return [
        f"{name}, {day:%d-%m-%Y}: "
        + ", ".join(f"{dutch_choice(case)} {dutch_choice(line.state_on(day)[index])}" for case, line in lines.items())
        for index, name in enumerate(ids)
    ]


def _tenure(holding: Any, periods: pd.DataFrame) -> list[str]:
    """Return the periods of a holding in each case, and the evidence for today."""
    periods = periods[periods["holding_id"] == holding.holding_id]
    hectares = f"{holding.area_m2 / M2_PER_HA:.4f}".replace(".", ",")
    lines = [f"{holding.holding_id}: {hectares} ha."]
    for case in (*CASES, EXPECTED):
        rows = periods[periods["case"] == case]
        text = "; ".join(_period(row) for row in rows.itertuples())
        lines += [f"  {dutch_choice(case)}: {text}."] if text else []
    evidence = [
        f"volgens {dutch_choice(holding.decided_by)}",
        f"bewijsstuk {holding.record}" if _is_text(holding.record) else "",
        f"van {holding.recorded_on:%d-%m-%Y}" if pd.notna(holding.recorded_on) else "",
        f"zekerheid {dutch_choice(holding.certainty)}",
    ]
    lines.append(f"  bewijs: {', '.join(filter(None, evidence))}.")
    lines += [f"  spreekt tegen: {holding.disagreeing}."] if _is_text(holding.disagreeing) else []
    return lines + ([f"  keten: {holding.chain}."] if _is_text(holding.chain) else [])


def _period(row: Any) -> str:
    end = f"t/m {row.until:%d-%m-%Y}" if pd.notna(row.until) else "en verder"
    by = f" ({row.contract_id})" if _is_text(row.contract_id) else ""
    chance = f", kans op vrij {100 * row.chance_free:.0f} %" if 0 < row.chance_free < 1 else ""
    return f"{row.begins_on:%d-%m-%Y} {end} {dutch_choice(row.tenure_status)}{by}{chance}"


def _housing_bound(bound: pd.Series) -> str:
    """Return the highest category near dwellings and plans, what binds it (m), and the largest own risk contour (m)."""
    if not _is_text(bound["dwelling_category"]):
        return "hoogste milieucategorie naast woningen: niet bekend."
    by = f" (begrensd door {dutch_choice(bound['bound_by'])} {bound['binding_id']}, {bound['binding_m']:.0f} m)"
    text = f"hoogste milieucategorie naast woningen en harde plannen: {bound['dwelling_category']}"
    text += by if _is_text(bound["binding_id"]) else ""
    if _is_text(bound["soft_plan_id"]):
        with_soft = bound["category_with_soft_plans"]
        text += f"; met zachte plannen {with_soft} (plan {bound['soft_plan_id']}, bindt niet)"
    if pd.notna(bound["own_risk_radius_m"]):
        radius = f"{bound['own_risk_radius_m']:.0f} m"
        text += f"; ruimte voor een eigen contour PR 10⁻⁶ tot {radius}, daar ligt {bound['own_risk_id']}"
    return text + "."


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


@dataclass(frozen=True)
class _Explanation:
    """What is explained from: the tables of a cluster, and the activity."""

    context: RunContext
    tables: dict[str, Any]
    cluster: str
    profile: str

    def sentences(self, identifier: str, pieces: pd.DataFrame) -> list[str]:
        """Return the text on the plot (ha), then its evidence, its bounds by housing, and what contradicts."""
        project, tables = self.context.project, self.tables
        holdings = tables["holdings"].query("holding_id in @pieces.holding_id")
        parcel = str(holdings["parcel_id"].iloc[0])
        is_part = identifier != parcel
        lines = [f"Scenario: {project.scenario.title}."] if project.scenario is not None else []
        lines += [f"Over deelvlak {identifier}, een deel van kavel {parcel}:"] if is_part else []
        texts = plot_texts_of(project, tables, self.profile, self.context.edition)
        text = texts.text(parcel, set(pieces["piece_id"]) if is_part else None, self._changes_anew(parcel))
        subject, *grounds = text.grounds
        lines += [subject, *text.lines, "", "Onderbouwing:", *grounds]
        if self.context.edition == "public":  # evidence names contracts
            return [*lines, project.publish.disclaimer]
        lines += ["", "Bewijs:"]
        lines += [line for holding in holdings.itertuples() for line in _tenure(holding, tables["holding_periods"])]
        # Bounds differ by piece: those of the largest stand for the plot.
        largest = pieces.sort_values(["area_m2", "piece_id"], ascending=[False, True])["piece_id"].iloc[0]
        lines += [
            f"Woningen in de buurt, {row['year']}: {_housing_bound(row)}"
            for _, row in tables["housing_bounds"].query(f"piece_id == {largest!r}").iterrows()
        ]
        clashes = tables["conflicts"][tables["conflicts"]["subject"].isin([identifier, *holdings["parcel_id"]])]
        lines += [f"Tegenstrijdig: {dutch_choice(row.conflict_class)} - {row.finding}." for row in clashes.itertuples()]
        return [*lines, project.publish.disclaimer]

    def _changes_anew(self, parcel: str) -> list[str] | None:
        """Return the smallest sets of changes that make a plot usable, searched anew; None where the table has them."""
        project = self.context.project
        table = self.tables["smallest_changes"]
        rows = table.query(f"parcel_id == {parcel!r} and profile == {self.profile!r}")
        if len(rows):
            return None
        # Stored for the lead activity alone: for another they are searched now, with what cuts and joins land.
        from pipeline.stages.assemble.changes import Search, changes_of
        from pipeline.stages.assemble.cluster_assessment import cluster_assessment

        whole = cluster_assessment(
            project, self.cluster, Results.from_run(self.context).inputs_of(project, "assemble", self.cluster)
        )
        return changes_of(Search(whole, self.profile, project.balance.levers.not_liftable), parcel)
