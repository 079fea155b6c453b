"""The waterfall without order: the same headings from gross to
usable, each m2 shared by all headings that hold for it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layers.closed_lists import ROOMS
from pipeline.land.land import AssessedLand, Rulebook
from pipeline.land.shapley import equal_share
from pipeline.stages.balance.attribution import QUESTION, questions
from pipeline.stages.balance.rounding import rounded_to_sum


def shared_falls(land: AssessedLand, assessments: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """m2 per activity, year, case and heading when land under several
    headings counts for each in equal parts (Shapley)."""
    cell = {(row.holding, room): row.verdict(room) for row in rules.verdicts for room in ROOMS}
    ids = pd.Index(land.pieces["piece_id"])
    by_question = dict(iter(assessments.groupby(QUESTION, sort=False)))
    tables = []
    for question in questions(land, rules):
        profile, year, case = question
        verdict = by_question[question].set_index("piece_id")["verdict"].reindex(ids).to_numpy(dtype=object)
        rows = pd.DataFrame(
            {"tenure_status": land.tenure_status(year, case), "room": land.room(profile, year), "verdict": verdict}
        )
        sums = rows.assign(area_m2=land.area_m2).groupby(list(rows), as_index=False)["area_m2"].sum()
        sums["heading"] = [
            headings(cell, *row)
            for row in sums[["tenure_status", "room", "verdict"]].itertuples(index=False, name=None)
        ]
        sums["share_m2"] = equal_share(sums["area_m2"], sums["heading"].str.len())
        shares = sums.explode("heading").groupby("heading", as_index=False)["share_m2"].sum()
        tables.append(shares.assign(**dict(zip(QUESTION, question, strict=True))))
    columns = [*QUESTION, "heading", "share_m2"]
    return pd.concat(tables)[columns] if tables else pd.DataFrame({name: [] for name in columns})


def headings(cell: Mapping[tuple[str, str], str], holding: str, room: str, verdict: str) -> list[str]:
    """Every heading that by itself would keep land from being usable;
    what is free and open stands under its own verdict.

    `cell`: the written table of verdicts, by tenure status and room.
    """
    by_holding = [cell[holding, "open"]] if holding != "free" else []
    by_room = [cell["free", room]] if room != "open" else []
    blocking = {*by_holding, *by_room} or {verdict}
    return sorted(blocking if verdict in blocking else {*blocking, verdict})


def with_shares(waterfall: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """The waterfall with each heading's share beside its m2 in fixed
    order; to 0.1 m2, and both add up to the same gross."""
    joined = waterfall.merge(shares, on=[*QUESTION, "heading"], how="left").fillna({"share_m2": 0.0})
    unshared = joined["heading"].isin(["gross", "no_parcel"])
    joined["share_m2"] = joined["share_m2"].mask(unshared, joined["area_m2"])
    parts = []
    for _, group in joined.groupby(QUESTION, sort=False):
        is_gross = group["heading"] == "gross"
        gross_m2 = float(group.loc[is_gross, "area_m2"].iloc[0])
        below_gross = group["share_m2"].mask(is_gross, 0.0)
        rounded = rounded_to_sum(below_gross, group["heading"], round(gross_m2 * 10.0))
        parts.append(group.assign(share_m2=np.where(is_gross, group["area_m2"], rounded)))
    return pd.concat(parts, ignore_index=True)
