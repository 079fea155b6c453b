"""Rows of the accounting that other tables of the stage give, as figures.csv
has them: year, case, profile, measure, heading, m2, count."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layers.columns import BOTH, CASES, EXPECTED
from pipeline.land.land import AssessedLand
from pipeline.stages.balance.accounting import ALL, MEASURE_COLUMNS

# Certainty of an energy claim, the surest first.
CERTAINTY = ("decided", "likely", "explored", "unknown")


def measures_in_time(tables: Mapping[str, pd.DataFrame], conflicts: pd.DataFrame, year: int) -> pd.DataFrame:
    """Supply, paper vacancy, ends of leases, decisions and double
    occupation in time, and conflicts in a year; m2 to 0.1."""
    supply, double = tables["supply_curve"], tables["double_occupation"]
    kinds = {f"free_{case}_m2": ("supply", case) for case in (*CASES, EXPECTED)} | {"spread_m2": ("spread", BOTH)}
    rows = [
        pd.DataFrame(
            {"year": supply["year"], "case": case, "measure": measure, "heading": "free", "area_m2": supply[column]}
        )
        for column, (measure, case) in kinds.items()
    ]
    paper = tables["paper_vacancy"].rename(columns={"instrument": "heading"}).assign(measure="paper_vacancy")
    wall_key = ["measure", "case", "from_year", "period"]
    wall = tables["renewal_wall"].groupby(wall_key, as_index=False)[["area_m2", "count"]].sum()
    calendar = tables["decision_calendar"]
    decisions = calendar.groupby(["target_year", "action"], as_index=False)[["area_m2", "count"]].sum()
    clashes = conflicts.groupby("conflict_class", as_index=False).agg(
        area_m2=("area_m2", "sum"), count=("subject", "size")
    )
    rows += [
        paper,
        wall.rename(columns={"from_year": "year", "period": "heading"}),
        decisions.rename(columns={"target_year": "year", "action": "heading"}).assign(
            measure="decision_moment", case=BOTH
        ),
        clashes.rename(columns={"conflict_class": "heading"}).assign(measure="conflict", case=BOTH, year=year),
        *(
            double.assign(measure="double_occupation", heading=heading, area_m2=double[f"{heading}_m2"])
            for heading in ("held_twice", "short")
        ),
    ]
    every_row = pd.concat([row.reindex(columns=MEASURE_COLUMNS) for row in rows], ignore_index=True)
    known = every_row[every_row["area_m2"].notna()].assign(profile=ALL)
    return known.assign(area_m2=known["area_m2"].astype(float).round(1))


def measures_of_room(
    tables: Mapping[str, pd.DataFrame], land: AssessedLand, assessments: pd.DataFrame, claim_constraint: str
) -> pd.DataFrame:
    """The four cells of free and room, highest categories, plans, and usable land under energy claims; m2 to 0.1."""
    cells = tables["mismatch"].melt(
        ["profile", "year"],
        ["both_m2", "only_free_m2", "only_room_m2", "neither_m2", "unknown_m2"],
        "heading",
        "area_m2",
    )
    cells = cells.assign(heading=cells["heading"].str.removesuffix("_m2"), measure="free_and_room", case="earliest")
    downgrades = tables["category_downgrades"]
    highest = downgrades[downgrades["held"] == "all"].groupby(["year", "category"], as_index=False)["area_m2"].sum()
    highest = highest.rename(columns={"category": "heading"}).assign(measure="highest_category", profile=ALL, case=BOTH)
    hard = tables["plan_impact"].query("is_hard")
    plans = [
        hard.assign(area_m2=hard[f"{name}_m2"], heading=hard["plan_id"], measure=f"plan_{name}", case="earliest")
        for name in ("hit", "unique", "share")
    ]
    claimed = usable_by_claim(land, assessments, claim_constraint)
    rows = pd.concat([cells, highest, *plans, claimed], ignore_index=True)
    return rows.assign(area_m2=rows["area_m2"].round(1), count=pd.NA)[MEASURE_COLUMNS]


def usable_by_claim(land: AssessedLand, assessments: pd.DataFrame, constraint: str) -> pd.DataFrame:
    """Usable m2 per activity, year and case by the surest energy claim on
    it (`none`: no claim); the headings sum to usable."""
    tables = []
    usable = assessments[assessments["verdict"] == "usable"]
    ids = pd.Index(land.pieces["piece_id"])
    for year, part in usable.groupby("year"):
        bands = land.zones_over(int(year), constraint)
        surest = np.array(
            [next((word for word in CERTAINTY if word in claims), "none") for claims in bands], dtype=object
        )
        position = ids.get_indexer(part["piece_id"])
        claimed = part.assign(heading=surest[position], area_m2=land.area_m2[position])
        tables.append(claimed.groupby(["year", "case", "profile", "heading"], as_index=False)["area_m2"].sum())
    if not tables:
        return pd.DataFrame({name: [] for name in ("year", "case", "profile", "heading", "area_m2", "measure")})
    return pd.concat(tables).assign(measure="usable_by_claim")


def measures_of_reasons(attribution: pd.DataFrame) -> pd.DataFrame:
    """Hit, unique and share of each blocking factor, and of each theme; m2 to 0.1."""
    rows = attribution.assign(prefix=attribution["tier"].map({"reason": "", "theme": "theme_"}))
    parts = [
        rows.assign(
            measure=rows["prefix"] + name, heading=rows["reason"], area_m2=rows[f"{column}_m2"].round(1), count=pd.NA
        )
        for name, column in (("hit", "hit"), ("unique", "sole"), ("share", "share"))
    ]
    return pd.concat(parts)[MEASURE_COLUMNS]


def measures_of_sites(sizes: pd.DataFrame, fragmentation: pd.DataFrame) -> pd.DataFrame:
    """Sites from each size on, and the loss by fragmentation; m2 to 0.1."""
    counted = sizes.assign(
        measure="sites_at_least",
        heading=sizes["at_least_ha"].map("{:g}".format),
        area_m2=sizes["area_m2"].round(1),
        count=sizes["site_count"],
    )
    loss = fragmentation.assign(
        measure="fragmentation_loss", heading=ALL, area_m2=fragmentation["loss_m2"].round(1), count=pd.NA
    )
    return pd.concat([counted, loss])[MEASURE_COLUMNS]


def measures_of_shortages(shortages: pd.DataFrame) -> pd.DataFrame:
    """Shortages by scenario and cause; m2 to 0.1."""
    rows = shortages.assign(
        measure="shortage",
        profile=ALL,
        heading=shortages["scenario"].astype(str) + "." + shortages["cause"].astype(str),
        area_m2=shortages["shortage_m2"].round(1),
        count=pd.NA,
    )
    return rows[MEASURE_COLUMNS]
