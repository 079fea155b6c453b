"""Rows of the accounting that other tables of the stage give, as figures.csv
has them: year, case, profile, measure, heading, m2, count."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import ROOMS
from layers.columns import BOTH, CASES, CLAIM_CERTAINTIES, EXPECTED
from layers.derived.scarce_plots import QUALITIES
from pipeline.land.land import AssessedLand
from pipeline.stages.balance.accounting import ALL
from pipeline.stages.balance.attribution import QUESTION
from pipeline.stages.balance.group_sums import group_sums
from pipeline.stages.balance.in_time import IN_USE
from pipeline.stages.balance.inputs import BalanceInputs
from pipeline.stages.balance.rounding import apportion
from pipeline.stages.balance.stacked import stacked

SHORTAGE_SHOWN_M2 = 0.05  # less is nothing, to 0.1 m2
MEASURE_COLUMNS = [*QUESTION, "measure", "heading", "area_m2", "count"]


def other_measures(inputs: BalanceInputs, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The rows that a cluster's tables give, those of the balance (`tables`) among them; m2 to 0.1."""
    conflicts, config = inputs.tables["conflicts"], inputs.config
    usable = np.flatnonzero((inputs.tables["assessments"]["verdict"] == "usable").to_numpy())
    rows = [
        *measures_in_time(tables, conflicts[conflicts["cluster_id"] == inputs.unit], config.years[0]),
        *measures_of_usable_supply(tables["supply_curve"], config.publish.lead_profile),
        *measures_of_room(tables),
        *measures_of_aspects(tables["room_by_aspect"]),
        *measures_of_reasons(tables["attribution"]),
        *measures_of_sites(inputs.tables["site_sizes"], inputs.tables["fragmentation"]),
        *measures_of_shortages(tables["shortages"]),
        *measures_of_scarcity(tables["scarcity_by_year"]),
        *measures_of_decant_space(tables["decant_space"]),
    ]
    claimed = usable_by_claim(
        inputs.land, inputs.tables["assessments"].iloc[usable], config.balance.room.claim_constraint
    )
    rows.append(_measure("usable_by_claim", claimed))
    rows += measures_of_use_today(inputs, inputs.tables["assessments"].iloc[usable])
    every_row = stacked(rows)
    return every_row.assign(area_m2=every_row["area_m2"].astype(float).round(1))


def _measure(name: str, columns: Any, **more: Any) -> dict[str, Any]:
    """Rows of a measure (m2): its columns, those of a table among them; without a number of things not counted."""
    given = {column: columns[column] for column in MEASURE_COLUMNS if column in columns}
    return {"count": np.nan, "measure": name, **given, **more}


def measures_in_time(tables: Mapping[str, pd.DataFrame], conflicts: pd.DataFrame, year: int) -> list[dict[str, Any]]:
    """Supply, paper vacancy, ends of leases, decisions and double
    occupation in time, and conflicts in a year, m2; what is not known is left out."""
    supply, double, paper = tables["supply_curve"], tables["double_occupation"], tables["paper_vacancy"]
    wall, calendar = tables["renewal_wall"], tables["decision_calendar"]
    kinds = {f"free_{case}_m2": ("supply", case) for case in (*CASES, EXPECTED)} | {"spread_m2": ("spread", BOTH)}
    known = {column: supply[supply[column].notna()] for column in kinds}
    walls = {name: wall[name] for name in ("measure", "case", "from_year", "period")}
    ends = _summed(walls, wall)
    acts = _summed({"year": calendar["target_year"], "heading": calendar["action"]}, calendar)
    clashes = group_sums({"heading": conflicts["conflict_class"]}, area_m2=conflicts["area_m2"])
    return [
        *(
            _measure(measure, known[column], profile=ALL, case=case, heading="free", area_m2=known[column][column])
            for column, (measure, case) in kinds.items()
        ),
        _measure("paper_vacancy", paper, profile=ALL, heading=paper["instrument"]),
        _measure("", ends, profile=ALL, year=ends["from_year"], heading=ends["period"], measure=ends["measure"]),
        _measure("decision_moment", acts, profile=ALL, case=BOTH),
        _measure("conflict", clashes, profile=ALL, case=BOTH, year=year),
        *(
            _measure("double_occupation", double, profile=ALL, heading=heading, area_m2=double[f"{heading}_m2"])
            for heading in ("held_twice", "short")
        ),
    ]


def measures_of_usable_supply(supply: pd.DataFrame, profile: str) -> list[dict[str, Any]]:
    """Land usable for an activity per year of supply and case, m2."""
    return [
        _measure(
            "usable_supply", supply, profile=profile, case=case, heading="usable", area_m2=supply[f"usable_{case}_m2"]
        )
        for case in CASES
    ]


def _summed(keys: Mapping[str, Any], table: pd.DataFrame) -> dict[str, Any]:
    """The m2 and the count of a table together, by key."""
    sums = group_sums(keys, area_m2=table["area_m2"], counted=table["count"])
    return {**sums, "count": sums["counted"]}


def measures_of_room(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """The four cells of free and room, highest categories, and plans, m2."""
    cells, downgrades = tables["mismatch"], tables["category_downgrades"]
    of_all = downgrades[downgrades["held"] == "all"]
    highest = group_sums({"year": of_all["year"], "heading": of_all["category"]}, area_m2=of_all["area_m2"])
    hard = tables["plan_impact"][tables["plan_impact"]["is_hard"]]
    return [
        *(
            _measure("free_and_room", cells, heading=cell, area_m2=cells[f"{cell}_m2"], case="earliest")
            for cell in ("both", "only_free", "only_room", "neither", "unknown")
        ),
        _measure("highest_category", highest, profile=ALL, case=BOTH, count=np.nan),
        *(
            _measure(f"plan_{name}", hard, area_m2=hard[f"{name}_m2"], heading=hard["plan_id"], case="earliest")
            for name in ("hit", "unique", "share")
        ),
    ]


def measures_of_aspects(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Room on each aspect of all land, in whichever case, and of free land, m2 to 0.1; what has no land is left out."""
    rows = []
    of_all = table[table["case"] == "earliest"].assign(case=BOTH)
    for name, prefix, land in (("room_by_aspect", "", of_all), ("free_by_aspect", "free_", table)):
        by_room = [
            land.assign(heading=land["aspect"] + f".{room}", area_m2=land[f"{prefix}{room}_m2"])
            for room in ROOMS
            if f"{prefix}{room}_m2" in land  # rooms that a rule can leave
        ]
        every = pd.concat(by_room, ignore_index=True)
        # Per aspect, so that its headings add up.
        parts = apportion(every[every["area_m2"] > 0], [*QUESTION, "aspect"])
        rows.append(_measure(name, parts))
    return rows


def usable_by_claim(land: AssessedLand, assessments: pd.DataFrame, constraint: str) -> pd.DataFrame:
    """Usable m2 per activity, year and case by the surest energy claim on
    it (`none`: no claim); the headings sum to usable."""
    usable = assessments[assessments["verdict"] == "usable"]
    place, years = pd.Index(land.pieces["piece_id"]).get_indexer(usable["piece_id"]), usable["year"].to_numpy()
    heading: Any = np.full(len(usable), "none", dtype=object)
    for year in np.unique(years).tolist():
        bands, is_now = land.zones_over(year, constraint).to_numpy(dtype=object), np.flatnonzero(years == year)
        for row in is_now[[len(claims) > 0 for claims in bands[place[is_now]]]]:  # of claimed land there is little
            heading[row] = next((word for word in CLAIM_CERTAINTIES if word in bands[place[row]]), "none")
    keys = {**{name: usable[name] for name in QUESTION}, "heading": heading}
    sums = group_sums(keys, area_m2=land.area_m2[place])
    return pd.DataFrame(sums).drop(columns="count")


def measures_of_use_today(inputs: BalanceInputs, usable: pd.DataFrame) -> list[dict[str, Any]]:
    """Usable m2 per activity, year and case by who has the land on the reference date, and by what is built on then;
    the headings of each sum to usable."""
    place = pd.Index(inputs.land.pieces["piece_id"]).get_indexer(usable["piece_id"])
    question = {name: usable[name] for name in QUESTION}
    status, area_m2 = inputs.land.tenure_status(inputs.config.years[0]), inputs.land.area_m2
    use = np.where(np.isin(status, IN_USE), "in_use", np.where(status == "unknown", "unknown", "not_in_use"))
    is_built = pd.Series(inputs.is_built_up)
    building = is_built.map({True: "built", False: "not_built"}).fillna("unknown").to_numpy(dtype=object)
    rows = []
    for name, heading in (("usable_by_use_today", use), ("usable_built_today", building)):
        sums = pd.DataFrame(group_sums({**question, "heading": heading[place]}, area_m2=area_m2[place]))
        rows.append(_measure(name, apportion(sums, [*QUESTION]), count=np.nan))
    return rows


def measures_of_reasons(attribution: pd.DataFrame) -> list[dict[str, Any]]:
    """Hit, unique and share of each blocking factor, each theme and each law, m2; at the level of laws without what is
    no law, which hits and holds alone the same there.
    """
    attribution = attribution[(attribution["tier"] != "law") | attribution["law"].notna()]
    prefix = attribution["tier"].map({"reason": "", "theme": "theme_", "law": "law_"}).to_numpy(dtype=object)
    columns = {"hit": "hit_m2", "unique": "sole_m2", "share": "share_m2"}
    return [
        _measure("", attribution, measure=prefix + name, heading=attribution["reason"], area_m2=attribution[column])
        for name, column in columns.items()
    ]


def measures_of_sites(sizes: pd.DataFrame, fragmentation: pd.DataFrame) -> list[dict[str, Any]]:
    """Sites from each size on, and the loss by fragmentation, m2."""
    heading, loss_m2 = sizes["at_least_ha"].map("{:g}".format), fragmentation["loss_m2"]
    return [
        _measure("sites_at_least", sizes, heading=heading, count=sizes["site_count"]),
        _measure("fragmentation_loss", fragmentation, heading=ALL, area_m2=loss_m2),
    ]


def measures_of_scarcity(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Free land of each scarce quality by class of draught, m2; what there is nothing of is left out."""
    there = table[table["area_m2"] > 0]
    return [
        _measure(f"scarce_{quality}_free", rows, profile=ALL, heading=rows["draught_class"], area_m2=rows["free_m2"])
        for quality, rows in there.groupby("quality")
    ]


def measures_of_decant_space(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Decant space, and what could come back through it of each scarce quality, m2; apart what is not known."""
    headings = {
        "decant_space": {"free": "decant_m2", "unknown": "decant_unknown_m2"},
        **{
            f"decant_{quality}": {"returns": f"{quality}_returns_m2", "unknown": f"{quality}_unknown_m2"}
            for quality in QUALITIES
        },
    }
    return [
        _measure(name, table, profile=ALL, heading=heading, area_m2=table[column])
        for name, columns in headings.items()
        for heading, column in columns.items()
    ]


def measures_of_shortages(shortages: pd.DataFrame) -> list[dict[str, Any]]:
    """Shortages by scenario and limit, and quality by its causes, m2; what no cause has a part in is left out."""
    scenario, m2 = shortages["scenario"].astype(str) + ".", shortages["shortage_m2"]
    keys = {name: shortages[name] for name in ("year", "case")}
    by_limit = group_sums({**keys, "heading": scenario + shortages["cause_group"]}, area_m2=m2)
    by_cause = shortages.assign(heading=scenario + shortages["cause"], area_m2=m2)
    of_quality = by_cause[(by_cause["cause_group"] == "quality") & (m2.abs() >= SHORTAGE_SHOWN_M2)]
    return [
        _measure("shortage", by_limit, profile=ALL, count=np.nan),
        _measure("shortage_quality", of_quality, profile=ALL),
    ]
