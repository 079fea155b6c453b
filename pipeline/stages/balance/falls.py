"""Waterval zonder volgorde: the same headings from gross to usable, each m2 shared by all headings that hold for it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layers.closed_lists import ROOMS
from pipeline.land.land import AssessedLand, Rulebook
from pipeline.stages.balance.attribution import ASKED, questions


def shared_falls(ground: AssessedLand, assessments: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """m2 per activity, year, case and heading when land under several headings counts for each in equal parts (Shapley)."""
    cell = {(row.holding, room): row.verdict(room) for row in rules.verdicts for room in ROOMS}
    ids = pd.Index(ground.pieces["piece_id"])
    judged = dict(iter(assessments.groupby(["profile", "year", "case"], sort=False)))
    made = []
    for question in questions(ground, rules):
        profile, year, case = question
        own = judged[profile, year, case]
        verdict = own.set_index("piece_id")["verdict"].reindex(ids).to_numpy(dtype=object)
        rows = pd.DataFrame(
            {"tenure_status": ground.tenure_status(year, case), "room": ground.room(profile, year), "verdict": verdict}
        )
        sums = rows.assign(area_m2=ground.area_m2).groupby(list(rows), as_index=False)["area_m2"].sum()
        sums["heading"] = [
            headings(cell, *row)
            for row in sums[["tenure_status", "room", "verdict"]].itertuples(index=False, name=None)
        ]
        sums["share_m2"] = sums["area_m2"] / sums["heading"].str.len()
        shares = sums.explode("heading").groupby("heading", as_index=False)["share_m2"].sum()
        made.append(shares.assign(**dict(zip(ASKED, question, strict=True))))
    columns = [*ASKED, "heading", "share_m2"]
    return pd.concat(made)[columns] if made else pd.DataFrame({name: [] for name in columns})


def headings(cell: Mapping[tuple[str, str], str], holding: str, room: str, verdict: str) -> list[str]:
    """Every heading that by itself would keep land from being usable; what is free and open stands under its own verdict."""
    by_holding = [cell[holding, "open"]] if holding != "free" else []
    by_room = [cell["free", room]] if room != "open" else []
    found = {*by_holding, *by_room} or {verdict}
    return sorted(found if verdict in found else {*found, verdict})


def with_shares(waterfall: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """The waterfall with each heading's share beside its m2 in fixed order; to 0.1 m2, and both add up to the same gross."""
    key = [*ASKED, "heading"]
    joined = waterfall.merge(shares, on=key, how="left").fillna({"share_m2": 0.0})
    alone = joined["heading"].isin(["gross", "no_parcel"])
    joined["share_m2"] = joined["share_m2"].mask(alone, joined["area_m2"])
    parts = []
    for _, group in joined.groupby(ASKED, sort=False):
        tenths = np.where(group["heading"] == "gross", 0.0, group["share_m2"] * 10.0)
        whole = round(float(group.loc[group["heading"] == "gross", "area_m2"].iloc[0]) * 10.0)
        floor = np.floor(tenths + 1e-9)
        order = np.lexsort((group["heading"].to_numpy().astype(str), -(tenths - floor)))
        short = whole - int(floor.sum())
        floor[order[: abs(short)] if short > 0 else np.argsort(-floor, kind="stable")[: abs(short)]] += np.sign(short)
        parts.append(group.assign(share_m2=np.where(group["heading"] == "gross", group["area_m2"], floor / 10.0)))
    return pd.concat(parts, ignore_index=True)
