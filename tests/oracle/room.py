"""What may be where: worked out from the zones over each piece, the table of effects and the cards of activities."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
from oracle.published import activities, effects, layer, rules

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WORST_FIRST = ("uitgesloten", "onbekend", "voorwaardelijk", "open")
EFFECT_WORDS = {"blocks": "uitgesloten", "conditional": "voorwaardelijk", "attention": "open", "none": "open"}
EFFECT_WORDS["unknown"] = "onbekend"
PLAN = "Milieucategorie volgens plan"


def numbers(band: str | None) -> tuple[float, float]:
    """The least and the most that the number of a band may be: `20_60`, `20_` or `20`."""
    if band in (None, "onbekend"):
        return 0.0, float("inf")
    least, line, most = band.partition("_")
    return float(least), float(most or "inf") if line else float(least)


def amounts(card: dict[str, Any]) -> dict[str, float]:
    """What an activity has that is held against the number of a band, by condition."""
    noise = {"noise_above_band": card["noise_dba_m2"], "height_above_band": card["height_m"]}
    return noise | {"power_above_band": card.get("power_mw", 0), "water_above_band": card.get("water_m3_year", 0)}


def is_met(condition: str, band: str | None, card: dict[str, Any], constraint: dict[str, Any]) -> bool:
    """Whether the condition of an effect holds for an activity in a band of a constraint."""
    about = {
        "always": True,
        "is_noise_maker": card["is_noise_maker"],
        "stores_hazardous": card["seveso"] != "none",
        "emits_nitrogen": card["emits_nitrogen"],
        "takes_power": card.get("power_mw", 0) > 0,
        "takes_water": card.get("water_m3_year", 0) > 0,
        "needs_rail": card.get("needs_rail", False),
        "claim_is_decided": band in (None, "onbekend", "besloten"),
    }
    if condition.startswith("takes_") and condition not in about:
        return condition.removeprefix("takes_") in card.get("connections", [])
    if condition in about:
        return bool(about[condition])
    if condition == "road_beyond_band":
        most_m = card.get("most_road_m")
        return most_m is not None and (band in (None, "onbekend") or float(band) >= most_m)
    if condition in amounts(card):
        return bool(amounts(card)[condition] > numbers(band)[0])
    distances = rules("assess")["category_distances"]
    reach = {
        "risk_reaches_band": card["risk_radius_m"],
        "category_reaches_band": distances[constraint.get("area_kind", "quiet")][card["category"]],
    }[condition]
    return bool(reach > 0 if band in (None, "onbekend") else reach >= constraint["geometry"]["bands"][band])


@cache
def consequence(title: str, band: str | None, activity: str) -> str:
    """What a zone leaves of the room of an activity: the worst for anything that it puts on the ground."""
    constraint = next(card for card in rules("constrain")["constraint"] if card["title"] == title)
    card, table = activities()[activity], effects()
    mine = table[(table["constraint"] == constraint["name"]) & table["object_kind"].isin(card["object_kinds"])]
    rows = [(row.effect, row.condition) for row in mine.itertuples()]
    if "effects" in constraint:  # one effect on all that is built, on its own card
        effect, _, condition = constraint["effects"].partition(" when ")
        rows.append((effect, condition or "always"))
    met = []
    for effect, condition in rows:
        if is_met(condition, band, card, constraint):
            may_do = condition in amounts(card) and amounts(card)[condition] <= numbers(band)[1]
            met.append("onbekend" if may_do and EFFECT_WORDS[effect] != "open" else EFFECT_WORDS[effect])
    worst = min([*met, "open"], key=WORST_FIRST.index)
    return "onbekend" if band == "onbekend" and worst != "open" else worst


def of_plan(category: str, activity: str) -> str:
    """What the land-use plan leaves of it."""
    order = rules("assess")["categories"]
    if category not in order:
        return "onbekend"
    return "uitgesloten" if order.index(activities()[activity]["category"]) > order.index(category) else "open"


def limits_in(over: list[Any], plan: str, activity: str, year: int) -> set[tuple[str, str]]:
    """What the zones over land that count in a year, and its plan, leave of the room of an activity, each with its
    title."""
    now = [zone for zone in over if not (zone.geldig_vanaf and zone.geldig_vanaf > year)]
    now = [zone for zone in now if not (zone.geldig_tot and zone.geldig_tot < year)]
    limits = {(zone.belemmering_code, consequence(zone.belemmering_code, zone.band, activity)) for zone in now}
    return limits | {(PLAN, of_plan(plan, activity))}


def rooms(
    package: Path,
    without: frozenset[str] = frozenset(),
    years: Iterable[int] = (),
    named: Iterable[str] = (),
) -> pd.DataFrame:
    """Room and what limits it, for every combination and plan category of the pieces, activity and year (those asked
    and all activities, unless given); as if some constraints (titles) were not there."""
    pieces, zones = layer(package, "deelvlakken"), layer(package, "belemmeringen").drop_duplicates("zone_id")
    zones["band"] = zones["band"].astype(object).where(zones["band"].notna(), None)
    by_words = {row.omschrijving: row for row in zones.itertuples()}
    assert len(by_words) == len(zones)  # a text says which zone it is
    years = list(years) or sorted({int(name[-4:]) for name in pieces if name.startswith("oordeel_2")})
    wanted = list(named) or list(activities())
    rows = []
    for combination, plan, texts in (
        pieces[["combinatie_id", "milieucategorie_plan", "belemmeringen"]].drop_duplicates().itertuples(index=False)
    ):
        over = [by_words[text] for text in ([] if pd.isna(texts) else texts.split("; "))]
        over = [zone for zone in over if zone.belemmering_code not in without]
        for year in years:
            for activity in wanted:
                limits = limits_in(over, plan, activity, year)
                room = min([word for _, word in limits], key=WORST_FIRST.index)
                names = frozenset(name for name, word in limits if word != "open")
                rows.append((combination, plan, activity, year, room, names))
    return pd.DataFrame(rows, columns=["combinatie_id", "milieucategorie_plan", "activiteit", "jaar", "room", "limits"])
