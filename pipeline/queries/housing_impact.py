"""What the housing plans in any file would cost of usable land, from the results of the last run."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.errors import ConfigRefusal
from layers.sources import TABLES
from layers.sources.housing_plans import HARD_STATUSES
from layers.units import M2_PER_HA
from pipeline.land.land import assessed_land, profile_years
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.supplied import known_quays
from pipeline.project.raw_table import RawTable
from pipeline.project.source import FromColumnConfig, SourceConfig, about_file
from pipeline.queries.scenarios import up_to_date
from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.balance.impact import counted_plans, losses, plan_downgrades, reached, shifted, usable_pieces
from pipeline.stages.harmonise import harmonise

COUNTED_FROM = (
    "holdings",
    "zones",
    "pieces",
    "combinations",
    "holding_states",
    "rooms",
    "assessments",
    "housing_bounds",
    "usable_without_plans",
)
MOST_STEPS = 4
SHIFT_COLUMNS = ["plan_id", "cluster", "shift_m", "hit_m2"]


def impact(context: RunContext, path: Path, clusters: tuple[str, ...], *, alone: bool) -> dict[str, Any]:
    """Return per plan, activity and year the usable m2 that it costs, no extension exercised: what it reaches, and what
    is too small beside it.

    With what comes back without it, its share, what it costs in category, and how that changes as the plan moves away
    (m); `alone` counts land as if there were no other plan. Raises ConfigRefusal for a file without plans.
    """
    plans = read_plans(context, path)
    if plans.empty:
        raise ConfigRefusal(f"file '{path}'", actual="no plan in it", expected="areas of one plan or more")
    names = clusters or tuple(context.project.clusters)
    up_to_date(context, "assess", names)
    costs: list[dict[str, Any]] = []
    downgrades: list[pd.DataFrame] = []
    shifts: list[dict[str, Any]] = []
    for cluster in names:
        tables = Results.from_run(context).tables(COUNTED_FROM, cluster)
        ground = assessed_land(cluster, tables)
        usable = tables["assessments"].query("case == 'earliest' and verdict == 'usable'")
        base = tables["usable_without_plans"] if alone else usable
        costs += _costs(context, ground, plans, base)
        downgrades.append(plan_downgrades(ground, plans, tables["housing_bounds"], context.project))
        shifts += _shifts(context, ground, plans, base)
    # JSON has no NaN: what is not known is null.
    lost = pd.concat(downgrades, ignore_index=True)
    known = Results.from_run(context).source("housing_plans")
    hard_plans = known[known["plan_status"].isin(HARD_STATUSES)]["plan_id"]
    return {
        "file": str(path),
        "plans": len(plans),
        "against": "land as if there were no other plan" if alone else "land that hard plans leave usable",
        # Hard plans of the project that the file names again: the results count them already.
        "already_counted": [] if alone else sorted(set(hard_plans) & set(plans["plan_id"])),
        "costs": costs,
        "downgrades": lost.astype(object).where(lost.notna(), None).to_dict("records"),
        "shifts": shifts,
    }


def read_plans(context: RunContext, path: Path) -> gpd.GeoDataFrame:
    """Return the plans of a file in EPSG:28992, by the project's card where its columns fit, else by our names.

    Plans without a key are numbered; a status that is not given is unknown.
    """
    layer = TABLES["housing_plans"]
    cards = [card for card in context.project.sources.values() if card.layer == layer.name]
    # Any file of areas will do: by this card columns are taken under our names.
    bare = SourceConfig(
        layer=layer.name,
        path=path.name,
        licence="gevraagd",
        dated=context.project.card.reference_date,
        basis="planvraag",
        name="plan",
    )
    raw = read_source(bare, path.resolve().parent)
    if not isinstance(raw, RawTable):
        raise ConfigRefusal(f"file '{path}'", actual="a grid", expected="areas of housing plans")
    for card in cards:
        columns = {spec.from_ for spec in card.columns.values() if isinstance(spec, FromColumnConfig)}
        # A file with all columns of the card is one of the same kind as the project reads.
        if columns <= set(raw.cells):
            plan_card = card.model_copy(update={"path": path.name, "where": None, "leave_out": {}, "name": "plan"})
            return _harmonised(raw, plan_card)
    if "plan_id" not in raw.cells:
        raw = replace(raw, cells=raw.cells.assign(plan_id=[f"plan {row}" for row in raw.rows]))
    named = {name: FromColumnConfig.model_validate({"from": name}) for name in layer.columns if name in raw.cells}
    return _harmonised(raw, bare.model_copy(update={"columns": named}))


def _harmonised(raw: RawTable, card: SourceConfig) -> gpd.GeoDataFrame:
    with about_file(card):
        return gpd.GeoDataFrame(harmonise(raw, card, TABLES["housing_plans"]).table)


def _costs(context: RunContext, ground: Any, plans: gpd.GeoDataFrame, base: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    results = Results.from_run(context)
    quays = {"quays": results.source("quays")} if results.has_source("quays") else {}
    shape, known = context.project.assess.shape, known_quays(context.project, quays)
    areas = ContiguousAreas(ground.shapes, ground.area_m2, shape, known)
    for name, profile, year in profile_years(context.project):
        now = counted_plans(plans, year)
        usable = usable_pieces(ground, base, name, year)
        cost = losses(reached(areas, usable, now, profile, context.project), profile)
        hit, unique, share = cost.hit(), cost.unique(), cost.share()
        for index, plan in enumerate(now.itertuples()):
            dwellings = None if pd.isna(plan.dwellings) else int(plan.dwellings)
            rows.append(
                {
                    "cluster": ground.cluster_id,
                    "plan_id": plan.plan_id,
                    "profile": name,
                    "year": year,
                    "hit_m2": round(float(hit[index]), 1),
                    "unique_m2": round(float(unique[index]), 1),
                    "share_m2": round(float(share[index]), 1),
                    "dwellings": dwellings,
                    "per_dwelling_m2": round(float(unique[index]) / dwellings, 1) if dwellings else None,
                }
            )
    return rows


def _shifts(context: RunContext, ground: Any, plans: gpd.GeoDataFrame, base: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what each plan would reach (m2) if it lay nearer or further, for the lead activity in the last year."""
    project = context.project
    lead, year = project.publish.lead_profile, project.years[-1]
    shapes = ground.shapes[usable_pieces(ground, base, lead, year)]
    land = ground.pieces.geometry.union_all()
    return [
        {
            "cluster": ground.cluster_id,
            "plan_id": plan.plan_id,
            "profile": lead,
            "year": year,
            "shift_m": metres,
            "hit_m2": round(m2, 1),
        }
        for plan in counted_plans(plans, year).itertuples()
        for metres, m2 in shifted(plan, shapes, land, project).items()
    ]


def _downgrades_text(rows: list[dict[str, Any]]) -> list[str]:
    """Return per plan the free land (ha) that loses category in the last year, with its largest steps."""
    if not rows:
        return []
    table = pd.DataFrame(rows)
    last = int(table["year"].max())
    lines = ["", f"free land that loses category in {last}, each plan alone (ha)"]
    for plan, part in table[table["year"] == last].groupby("plan_id"):
        steps = part.sort_values(["area_m2", "category_before"], ascending=[False, True]).head(MOST_STEPS)
        largest = ", ".join(
            f"{row.category_before} > {row.category_after} {row.area_m2 / M2_PER_HA:.2f}" for row in steps.itertuples()
        )
        lines.append(f"  {plan}: {part['area_m2'].sum() / M2_PER_HA:.2f}, of which {largest}")
    return lines


def _shifts_text(rows: list[dict[str, Any]]) -> list[str]:
    """Return per plan and cluster what it reaches (ha) if it lay elsewhere; nothing of plans that reach no land."""
    lines = []
    for (plan, cluster), part in pd.DataFrame(rows, columns=SHIFT_COLUMNS).groupby(["plan_id", "cluster"]):
        if part["hit_m2"].any():
            shifts = ", ".join(f"{row.shift_m:+g} m {row.hit_m2 / M2_PER_HA:.2f}" for row in part.itertuples())
            lines.append(f"  {plan} ({cluster}): {shifts}")
    head = [
        "",
        "ha within reach (not what is too small beside it) if the plan lay so many metres further from the land",
    ]
    return [*head, *lines] if lines else []


def impact_text(result: dict[str, Any], lead: str) -> str:
    """Return the costs as lines: ha per plan and year for the lead activity, then category and shifts."""
    rows = pd.DataFrame([row for row in result["costs"] if row["profile"] == lead and row["hit_m2"]])
    counted = result["already_counted"]
    lines = [f"{result['file']}: {result['plans']} plans, against {result['against']}; hectares for '{lead}'", ""]
    # On land that hard plans leave, a plan that is one of them has nothing left to take.
    if counted:
        lines += [
            f"{', '.join(counted)} count already in these results, and seem to cost nothing more: ask with --alone",
            "",
        ]
    if rows.empty:
        lines.append("none of these plans costs usable land")
    else:
        lines.append(
            f"{'plan':<24}{'cluster':<18}{'year':>6}{'costs':>10}{'alone':>10}{'share':>10}{'m2/dwelling':>14}"
        )
        ordered = rows.sort_values(["year", "hit_m2", "plan_id"], ascending=[True, False, True])
        for row in ordered.to_dict("records"):
            each = "" if pd.isna(row["per_dwelling_m2"]) else f"{row['per_dwelling_m2']:.1f}"
            m2 = "".join(f"{row[name] / M2_PER_HA:>10.2f}" for name in ("hit_m2", "unique_m2", "share_m2"))
            lines.append(f"{row['plan_id']:<24}{row['cluster']:<18}{row['year']:>6}{m2}{each:>14}")
    return "\n".join([*lines, *_downgrades_text(result["downgrades"]), *_shifts_text(result["shifts"])])
