"""The waterfall without order: the same headings from gross to
usable, each m2 shared by all headings that hold for it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layers.closed_lists import ROOMS
from pipeline.land.land import AssessedLand
from pipeline.land.shapley import equal_share
from pipeline.project.project import Project
from pipeline.stages.balance.attribution import QUESTION, questions
from pipeline.stages.balance.rounding import rounded_to_sum


def shared_falls(land: AssessedLand, assessments: pd.DataFrame, config: Project) -> pd.DataFrame:
    """m2 per activity, year, case and heading when land under several
    headings counts for each in equal parts (Shapley)."""
    cell = {(row.holding, room): row.verdict(room) for row in config.verdicts for room in ROOMS}
    by_question = dict(iter(assessments.groupby(QUESTION, sort=False)))
    tables = []
    for profile, year, case in questions(land, config):
        verdicts = by_question[profile, year, case].set_index("piece_id")["verdict"]
        rows = pd.DataFrame(
            {
                "tenure_status": land.tenure_status(year, case),
                "room": land.room(profile, year),
                "verdict": verdicts.reindex(land.pieces["piece_id"]).to_numpy(dtype=object),
            }
        )
        # There are few combinations of these three, and millions of pieces.
        sums = rows.assign(area_m2=land.area_m2).groupby(list(rows), as_index=False)["area_m2"].sum()
        sums["heading"] = [headings(cell, *row) for row in sums[list(rows)].itertuples(index=False, name=None)]
        sums["share_m2"] = equal_share(sums["area_m2"], sums["heading"].str.len())
        shares = sums.explode("heading").groupby("heading", as_index=False)["share_m2"].sum()
        tables.append(shares.assign(profile=profile, year=year, case=case))
    return pd.concat(tables)


def headings(cell: Mapping[tuple[str, str], str], holding: str, room: str, verdict: str) -> list[str]:
    """Every heading that by itself would keep land from being usable;
    what is free and open stands under its own verdict.

    `cell`: the written table of verdicts, by tenure status and room.
    """
    blocking = {cell[holding, "open"]} if holding != "free" else set()
    blocking |= {cell["free", room]} if room != "open" else set()
    return sorted({*blocking, verdict})


def with_shares(waterfall: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """The waterfall with each heading's share beside its m2 in fixed
    order; to 0.1 m2, and both add up to the same gross."""
    joined = waterfall.merge(shares, on=[*QUESTION, "heading"], how="left").fillna({"share_m2": 0.0})
    # Gross is no heading that land falls under, and land on no plot falls under no other.
    unshared = joined["heading"].isin(["gross", "no_parcel"])
    joined["share_m2"] = joined["share_m2"].mask(unshared, joined["area_m2"])
    parts = []
    for _, group in joined.groupby(QUESTION, sort=False):
        is_gross = group["heading"] == "gross"
        tenths = round(float(group.loc[is_gross, "area_m2"].iloc[0]) * 10.0)
        rounded = rounded_to_sum(group["share_m2"].mask(is_gross, 0.0), group["heading"], tenths)
        parts.append(group.assign(share_m2=np.where(is_gross, group["area_m2"], rounded)))
    return pd.concat(parts, ignore_index=True)
