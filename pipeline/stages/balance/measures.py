"""Rows of the accounting that other tables of the stage give, as figures.csv
has them: year, case, profile, measure, heading, m2, count."""

from collections.abc import Mapping

import pandas as pd

from layers.columns import BOTH, CASES, CLAIM_CERTAINTIES, EXPECTED
from pipeline.land.land import AssessedLand
from pipeline.stages.balance.accounting import ALL
from pipeline.stages.balance.attribution import QUESTION
from pipeline.stages.balance.inputs import BalanceInputs

MEASURE_COLUMNS = [*QUESTION, "measure", "heading", "area_m2", "count"]
# What stands for the year and the heading in tables that tell of time.
NAMES_IN_TIME = {
    "instrument": "heading",
    "from_year": "year",
    "period": "heading",
    "target_year": "year",
    "action": "heading",
    "conflict_class": "heading",
}


def other_measures(inputs: BalanceInputs, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The rows that a cluster's tables give, those of the balance (`tables`) among them; m2 to 0.1."""
    conflicts, config = inputs.tables["conflicts"], inputs.config
    claimed = usable_by_claim(inputs.land, inputs.tables["assessments"], config.balance.room.claim_constraint)
    rows = [
        measures_in_time(tables, conflicts[conflicts["cluster_id"] == inputs.unit], config.years[0]),
        *measures_of_room(tables),
        claimed.assign(measure="usable_by_claim"),
        *measures_of_reasons(tables["attribution"]),
        *measures_of_sites(inputs.tables["site_sizes"], inputs.tables["fragmentation"]),
        measures_of_shortages(tables["shortages"]),
    ]
    every_row = pd.concat([row.reindex(columns=MEASURE_COLUMNS) for row in rows], ignore_index=True)
    return every_row.assign(area_m2=every_row["area_m2"].astype(float).round(1))


def measures_in_time(tables: Mapping[str, pd.DataFrame], conflicts: pd.DataFrame, year: int) -> pd.DataFrame:
    """Supply, paper vacancy, ends of leases, decisions and double
    occupation in time, and conflicts in a year, m2; what is not known is left out."""
    supply, double = tables["supply_curve"], tables["double_occupation"]
    kinds = {f"free_{case}_m2": ("supply", case) for case in (*CASES, EXPECTED)} | {"spread_m2": ("spread", BOTH)}
    wall = tables["renewal_wall"].groupby(["measure", "case", "from_year", "period"], as_index=False)
    decisions = tables["decision_calendar"].groupby(["target_year", "action"], as_index=False)
    clashes = conflicts.groupby("conflict_class", as_index=False)["area_m2"].agg(area_m2="sum", count="size")
    rows = [
        *(
            supply[["year"]].assign(case=case, measure=measure, heading="free", area_m2=supply[column])
            for column, (measure, case) in kinds.items()
        ),
        tables["paper_vacancy"].assign(measure="paper_vacancy"),
        wall[["area_m2", "count"]].sum(),
        decisions[["area_m2", "count"]].sum().assign(measure="decision_moment", case=BOTH),
        clashes.assign(measure="conflict", case=BOTH, year=year),
        *(
            double.assign(measure="double_occupation", heading=heading, area_m2=double[f"{heading}_m2"])
            for heading in ("held_twice", "short")
        ),
    ]
    every_row = pd.concat([row.rename(columns=NAMES_IN_TIME) for row in rows])
    return every_row[every_row["area_m2"].notna()].assign(profile=ALL)


def measures_of_room(tables: Mapping[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """The four cells of free and room, highest categories, and plans, m2."""
    cells = tables["mismatch"].melt(
        ["profile", "year"],
        ["both_m2", "only_free_m2", "only_room_m2", "neither_m2", "unknown_m2"],
        "heading",
        "area_m2",
    )
    downgrades = tables["category_downgrades"].query("held == 'all'").rename(columns={"category": "heading"})
    highest = downgrades.groupby(["year", "heading"], as_index=False)["area_m2"].sum()
    hard = tables["plan_impact"].query("is_hard")
    return [
        cells.assign(heading=cells["heading"].str.removesuffix("_m2"), measure="free_and_room", case="earliest"),
        highest.assign(measure="highest_category", profile=ALL, case=BOTH),
        *(
            hard.assign(area_m2=hard[f"{name}_m2"], heading=hard["plan_id"], measure=f"plan_{name}", case="earliest")
            for name in ("hit", "unique", "share")
        ),
    ]


def usable_by_claim(land: AssessedLand, assessments: pd.DataFrame, constraint: str) -> pd.DataFrame:
    """Usable m2 per activity, year and case by the surest energy claim on
    it (`none`: no claim); the headings sum to usable."""
    usable = assessments[assessments["verdict"] == "usable"].merge(land.pieces[["piece_id", "area_m2"]])
    usable["heading"] = "none"
    for year in usable["year"].unique():
        bands = land.zones_over(int(year), constraint)
        surest = bands.map(lambda claims: next((word for word in CLAIM_CERTAINTIES if word in claims), "none"))
        is_now = usable["year"] == year
        usable.loc[is_now, "heading"] = usable.loc[is_now, "piece_id"].map(surest.set_axis(land.pieces["piece_id"]))
    return usable.groupby([*QUESTION, "heading"], as_index=False)["area_m2"].sum()


def measures_of_reasons(attribution: pd.DataFrame) -> list[pd.DataFrame]:
    """Hit, unique and share of each blocking factor, and of each theme, m2."""
    rows = attribution.rename(columns={"reason": "heading"})
    prefix = rows["tier"].map({"reason": "", "theme": "theme_"})
    columns = {"hit": "hit_m2", "unique": "sole_m2", "share": "share_m2"}
    return [rows.assign(measure=prefix + name, area_m2=rows[column]) for name, column in columns.items()]


def measures_of_sites(sizes: pd.DataFrame, fragmentation: pd.DataFrame) -> list[pd.DataFrame]:
    """Sites from each size on, and the loss by fragmentation, m2."""
    heading, loss_m2 = sizes["at_least_ha"].map("{:g}".format), fragmentation["loss_m2"]
    return [
        sizes.assign(measure="sites_at_least", heading=heading, count=sizes["site_count"]),
        fragmentation.assign(measure="fragmentation_loss", heading=ALL, area_m2=loss_m2),
    ]


def measures_of_shortages(shortages: pd.DataFrame) -> pd.DataFrame:
    """Shortages by scenario and cause, m2."""
    heading = shortages["scenario"].astype(str) + "." + shortages["cause"].astype(str)
    return shortages.assign(measure="shortage", profile=ALL, heading=heading, area_m2=shortages["shortage_m2"])
