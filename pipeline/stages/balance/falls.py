"""The waterfall without order: the same headings from gross to
usable, each m2 shared by all headings that hold for it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import ROOMS
from pipeline.land.land import AssessedLand
from pipeline.land.shapley import equal_share
from pipeline.project.project import Project
from pipeline.stages.balance.attribution import QUESTION, questions
from pipeline.stages.balance.rounding import rounded_to_sums


def shared_falls(land: AssessedLand, assessments: pd.DataFrame, config: Project) -> pd.DataFrame:
    """m2 per activity, year, case and heading when land under several
    headings counts for each in equal parts (Shapley)."""
    cell = {(row.holding, room): row.verdict(room) for row in config.verdicts for room in ROOMS}
    verdict_code, verdicts = pd.factorize(assessments["verdict"])
    piece = pd.Index(land.pieces["piece_id"]).get_indexer(assessments["piece_id"])
    rows_of = assessments.groupby(QUESTION, sort=False).indices
    shares: list[tuple[Any, ...]] = []
    for question in questions(land, config):
        profile, year, case = question
        judged = piece[rows_of[question]]
        status, statuses = pd.factorize(land.tenure_status(year, case)[judged])
        room, rooms = pd.factorize(land.room(profile, year)[judged])
        # There are few combinations of these three, and millions of pieces.
        shape = (len(statuses), len(rooms), len(verdicts))
        combination = np.ravel_multi_index((status, room, verdict_code[rows_of[question]]), shape)
        area_m2 = np.bincount(combination, land.area_m2[judged])
        for number in np.unique(combination).tolist():
            place = np.unravel_index(number, shape)
            due = headings(cell, statuses[place[0]], rooms[place[1]], verdicts[place[2]])
            share_m2 = float(equal_share(area_m2[number], len(due)))
            shares += [(*question, heading, share_m2) for heading in due]
    table = pd.DataFrame(shares, columns=[*QUESTION, "heading", "share_m2"])
    return table.groupby([*QUESTION, "heading"], as_index=False)["share_m2"].sum()


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
    group = joined.groupby(QUESTION).ngroup().to_numpy()
    is_gross = joined["heading"] == "gross"
    tenths = np.zeros(group.max(initial=-1) + 1)
    tenths[group[is_gross]] = np.round(joined["area_m2"][is_gross].to_numpy() * 10.0)
    rounded = rounded_to_sums(joined["share_m2"].mask(is_gross, 0.0), joined["heading"], group, tenths)
    return joined.assign(share_m2=np.where(is_gross, joined["area_m2"], rounded))
