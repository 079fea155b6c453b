"""De lijn: every stage with what it reads, which settings count for it, and its work on one unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from layers.derived import IN_TIME
from layers.sources import TABLES
from pipeline.cards import Rings
from pipeline.intake import harmonise_layer, harmonise_settings
from pipeline.origins import (
    DERIVED_FROM,
    MEASURED_AGAINST,
    REGISTERS,
    RESOLVED_FROM,
    cluster_units,
    from_sources,
    from_stages,
    supplied,
    units_and_sum,
)
from pipeline.settings import Project
from pipeline.stage import Context, Origin, Stage, Tables
from pipeline.stages import publish
from pipeline.stages.assemble import assemble
from pipeline.stages.assess import Judged, Rules, assess, pairs_of, parcel_facts, rooms
from pipeline.stages.balance import Account, balance, demand, figures, gross_m2, national
from pipeline.stages.balance.in_time import Tenure, measures_in_time, sum_of_clusters, tables_in_time
from pipeline.stages.constrain import constrain
from pipeline.stages.overlay import overlay
from pipeline.stages.publish.figures import Subject, every_name, pictures
from pipeline.stages.resolve import Asked, Known, cluster_land, resolve
from pipeline.store import replace


def _quays(project: Project, tables: Tables) -> Any:
    """Quays; none at all where they are declared absent as nothing, None where they are not known."""
    absent = project.card.absent.get("quays")
    return TABLES["quays"].empty() if absent is not None and absent.treat_as == "none" else tables.get("quays")


# resolve


def _resolve_reads(project: Project, _: str) -> dict[str, list[Origin]]:
    refused = [("harmonise", name, "refused") for name in REGISTERS if name in supplied(project)]
    return {**from_sources(project, RESOLVED_FROM), "refused": refused}


def _resolve(context: Context, cluster: str, tables: Tables) -> Tables:
    project = context.project
    full = {name: tables.get(name, TABLES[name].empty()) for name in RESOLVED_FROM} | {"refused": tables["refused"]}
    done = resolve(full, cluster, project.resolve, asked_of(project))
    return {
        "holdings": done.holdings,
        "holding_periods": done.periods,
        "holding_states": done.states,
        "holding_rights": done.rights,
        "contract_account": done.account,
        "conflicts": done.conflicts,
    }


def asked_of(project: Project) -> Asked:
    """The days that count: today, those on which years are judged, those of the registers (the oldest of several); and the proof at hand."""
    days = {year: project.day(year) for year in project.years}
    dated: dict[str, Any] = {}
    for card in project.sources.values():
        dated[card.layer] = min(card.dated, dated.get(card.layer, card.dated))
    known = {name: dated[name] for name in RESOLVED_FROM if name in dated}
    return Asked(project.card.reference_date, days, known, known_proof(project))


def known_proof(project: Project) -> Known:
    """Which proof the project has, or declares that there is none of."""
    absent = project.card.absent
    missing = {
        name
        for name in ("ground_leases", "buildings", "land_use")
        if name in absent and absent[name].treat_as == "unknown"
    }
    return Known("ground_leases" not in missing, "buildings" not in missing, "land_use" not in missing)


def _resolve_settings(context: Context, _: str) -> Any:
    project = context.project
    absent = {name: card.model_dump(mode="json") for name, card in project.card.absent.items()}
    asked = asked_of(project)
    days = [str(day) for day in (*asked.year_days.values(), *asked.dated.values())]
    return [project.resolve.model_dump(mode="json"), days, absent]


# constrain, overlay


def _constrain_reads(project: Project, _: str) -> dict[str, list[Origin]]:
    layers = {constraint.layer for constraint in project.constrain.constraint}
    return from_sources(project, tuple(sorted({"cluster_boundaries", *layers})))


def _constrain(context: Context, cluster: str, tables: Tables) -> Tables:
    project = context.project
    zones = constrain(
        tables, cluster_land(tables["cluster_boundaries"], cluster), project.constrain, project.card.absent
    )
    return {"zones": zones.assign(cluster_id=pd.Series(cluster, index=zones.index, dtype="str"))}


def _constrain_settings(context: Context, _: str) -> Any:
    absent = {name: card.treat_as for name, card in context.project.card.absent.items()}
    return [context.project.constrain.model_dump(mode="json"), absent]


def _overlay(_: Context, __: str, tables: Tables) -> Tables:
    pieces, combinations = overlay(tables["holdings"], tables["zones"])
    return {"pieces": pieces, "combinations": combinations}


# assess, assemble


def _assess_reads(project: Project, cluster: str) -> dict[str, list[Origin]]:
    made = from_stages(("pieces", "combinations", "zones", "holdings", "holding_states"), [cluster])
    return made | from_sources(project, MEASURED_AGAINST)


def _assess(context: Context, _: str, tables: Tables) -> Tables:
    project = context.project
    rules = Rules(project.effects, project.profiles, project.assess)
    pairs = pairs_of(tables["pieces"], tables["holdings"])
    room = rooms(tables["combinations"], tables["zones"], pairs, project.years, rules)
    judged = Judged(tables["pieces"], tables["holdings"], tables["holding_states"], room)
    verdicts = assess(judged, project.verdicts, project.profiles, (_quays(project, tables), project.assess))
    layers = {name: tables[name] for name in MEASURED_AGAINST if name in tables}
    if "buildings" in layers:
        standing = layers["buildings"]["building_status"].isin(project.resolve.built.statuses)
        layers["buildings"] = layers["buildings"][standing]
    return {
        "rooms": room,
        "assessments": verdicts,
        "parcel_facts": parcel_facts(tables["holdings"], layers, project.assess, _bands(project)),
    }


def _bands(project: Project) -> Rings:
    name = project.assess.category_by_distance.constraint
    found = next(constraint.geometry for constraint in project.constrain.constraint if constraint.name == name)
    return found if isinstance(found, Rings) else Rings(kind="rings", bands={})


def _assess_settings(context: Context, _: str) -> Any:
    project = context.project
    cards = [
        project.assess,
        *project.effects,
        *project.verdicts,
        *project.profiles.values(),
        *project.constrain.constraint,
    ]
    return [
        [card.model_dump(mode="json") for card in cards],
        list(project.profiles),
        project.years,
        project.resolve.built.statuses,
        {name: card.treat_as for name, card in project.card.absent.items()},
    ]


def _assemble_reads(project: Project, cluster: str) -> dict[str, list[Origin]]:
    return from_stages(("pieces", "holdings", "assessments"), [cluster]) | from_sources(project, ("quays",))


def _assemble(context: Context, _: str, tables: Tables) -> Tables:
    about = tables["holdings"][["holding_id", "cluster_id", "parcel_id", "available_earliest", "available_latest"]]
    pieces = tables["pieces"].merge(pd.DataFrame(about), on="holding_id")
    done = assemble(
        pieces,
        tables["assessments"],
        _quays(context.project, tables),
        (context.project.assemble, context.project.assess.shape),
    )
    return {"sites": done.sites, "site_pieces": done.site_pieces, "bridges": done.bridges}


def _assemble_settings(context: Context, _: str) -> Any:
    project = context.project
    absent = {name: card.treat_as for name, card in project.card.absent.items()}
    return [project.assemble.model_dump(mode="json"), project.assess.shape.model_dump(mode="json"), absent]


# balance


def _balance_reads(project: Project, unit: str) -> dict[str, list[Origin]]:
    if unit == project.balance.national_name:
        return from_stages(DERIVED_FROM["balance"], list(project.clusters))
    held = ("holdings", "holding_periods", "holding_states", "holding_rights", "conflicts")
    names = (*held, "pieces", "rooms", "assessments", "sites")
    return from_stages(names, [unit]) | from_sources(project, ("cluster_boundaries",))


def _balance(context: Context, unit: str, tables: Tables) -> Tables:
    project = context.project
    if unit == project.balance.national_name:
        whole = national([tables["land_balance"]], unit)
        asked = demand(project.demand, whole, project.publish.lead_profile, unit)
        return {
            "land_balance": pd.concat([whole, asked], ignore_index=True),
            "waterfall": national([tables["waterfall"]], unit),
            **{name: sum_of_clusters(name, [tables[name]], unit) for name in IN_TIME},
        }
    plan = tables["holdings"].set_index("holding_id")["plan_category"].fillna("unknown")
    pieces = pd.DataFrame(tables["pieces"].drop(columns="geometry"))
    pieces = pieces.assign(plan_category=plan.reindex(pieces["holding_id"]).to_numpy())
    held = tables["holdings"], tables["holding_periods"], tables["holding_rights"]
    tenure = Tenure(unit, held[0], held[1], held[2], project.card.reference_date, project.years)
    in_time = tables_in_time(tenure, project.balance.in_time)
    clashes = tables["conflicts"][tables["conflicts"]["cluster_id"] == unit]
    account = Account(
        unit,
        gross_m2(tables["cluster_boundaries"], unit),
        tables["holdings"],
        tables["holding_states"],
        pieces,
        tables["rooms"],
        tables["assessments"],
        tables["sites"],
        measures_in_time(in_time, clashes, project.years[0]),
    )
    land_balance, waterfall = balance(account, project.balance)
    return {"land_balance": land_balance, "waterfall": waterfall, **in_time}


def _balance_settings(context: Context, _: str) -> Any:
    project = context.project
    return [
        project.balance.model_dump(mode="json"),
        [row.model_dump(mode="json") for row in project.demand],
        project.publish.lead_profile,
        project.years,
        str(project.card.reference_date),
    ]


# publish


def _publish_reads(project: Project, unit: str) -> dict[str, list[Origin]]:
    nation = unit == project.balance.national_name
    clusters = list(project.clusters) if nation else [unit]
    names = tuple(table for stage, tables in DERIVED_FROM.items() if stage != "balance" for table in tables)
    made = from_stages(names, clusters) | from_stages(DERIVED_FROM["balance"], [unit])
    layers = [name for name in supplied(project) if name in TABLES]
    reports: dict[str, list[Origin]] = {
        table: [("harmonise", layer, table) for layer in layers] for table in ("refused", "source_facts")
    }
    files: dict[str, list[Origin]] = {"source_files": [("acquire", "all", "source_files")]}
    return (
        made
        | reports
        | files
        | from_sources(project, ("cluster_boundaries", "ground_leases", "lease_polygons", "overrides"))
    )


def _publish(context: Context, unit: str, tables: Tables) -> Tables:
    project = context.project
    nation = unit == project.balance.national_name
    clusters = project.clusters if nation else {unit: project.clusters[unit]}
    boundaries = tables["cluster_boundaries"]
    own = {**tables, "cluster_boundaries": boundaries[boundaries["cluster_id"].isin(list(clusters))]}
    written = publish.sheets(publish.overviews(own, project, context.edition), project, context.edition)
    if context.edition == "public":
        publish.prove_public(
            written, publish.confidential_values(tables, [card.title for card in project.clusters.values()])
        )
    drawn = pictures(tables, _subject(project, unit), project.publish.figures)
    for name, content in drawn.items():
        replace(context.store.outputs / "figures" / name, content)
    for name in set(every_name(unit)) - set(drawn):  # of an earlier run, when there was something to draw
        (context.store.outputs / "figures" / name).unlink(missing_ok=True)
    path = publish.write(written, context.store.outputs / f"{unit}.gpkg", project.card.reference_date)
    if nation:
        text = figures(tables).to_csv(index=False, lineterminator="\n", float_format="%.1f")
        replace(context.store.outputs / "figures.csv", text.encode())
    return {"": [path.name, *(["figures.csv"] if nation else []), *(f"figures/{name}" for name in drawn)]}


def _subject(project: Project, unit: str) -> Subject:
    whole = project.card.title
    title = f"{project.clusters[unit].title} | {whole}" if unit in project.clusters else whole
    note = f"Peildatum {project.card.reference_date:%d-%m-%Y}. Verkenning, geen vergunningoordeel; onbekend telt nooit als vrij."
    return Subject(unit, title, note)


def _publish_settings(context: Context, unit: str) -> Any:
    project = context.project
    cards: Mapping[str, Any] = {**project.clusters, **project.profiles}
    dumped = {name: card.model_dump(mode="json") for name, card in cards.items()}
    return [
        project.publish.model_dump(mode="json"),
        dumped,
        list(project.profiles),
        project.years,
        str(project.card.reference_date),
        context.edition,
        unit,
    ]


def _nothing(_: Context, __: str) -> Any:
    return None


LINE = (
    Stage(
        "harmonise",
        "what does the source say, in our words?",
        supplied,
        lambda *_: {},
        harmonise_settings,
        harmonise_layer,
        ("acquire", "harmonise"),
    ),
    Stage(
        "resolve",
        "who holds each part of each plot, until when?",
        cluster_units,
        _resolve_reads,
        _resolve_settings,
        _resolve,
        ("resolve",),
    ),
    Stage(
        "constrain",
        "where does each reason apply?",
        cluster_units,
        _constrain_reads,
        _constrain_settings,
        _constrain,
        ("constrain.py",),
    ),
    Stage(
        "overlay",
        "which part of which holding lies under which reasons?",
        cluster_units,
        lambda _, unit: from_stages(("holdings", "zones"), [unit]),
        _nothing,
        _overlay,
        ("overlay.py",),
    ),
    Stage(
        "assess",
        "is it free, may this activity be here, is it fit?",
        cluster_units,
        _assess_reads,
        _assess_settings,
        _assess,
        ("assess",),
    ),
    Stage(
        "assemble",
        "which pieces together make a plot?",
        cluster_units,
        _assemble_reads,
        _assemble_settings,
        _assemble,
        ("assemble.py",),
    ),
    Stage(
        "balance",
        "how much, and why not more?",
        units_and_sum,
        _balance_reads,
        _balance_settings,
        _balance,
        ("balance",),
    ),
    Stage(
        "publish",
        "what does the planner open?",
        units_and_sum,
        _publish_reads,
        _publish_settings,
        _publish,
        ("publish",),
    ),
)
VERBS = ("acquire", *(stage.name for stage in LINE))
