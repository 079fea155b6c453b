"""Land that could change places: the published pieces, matched by a linear programme of our own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from oracle.published import RULES, layer, rules, shapes
from scipy.optimize import linprog
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

USERS = ("in gebruik gegeven", "tijdelijk in gebruik", "uitgegeven, onbenut")


def swapped_ha(package: Path, activity: str, year: int) -> float:
    """The most hectares of users with room that fit on free land without room within the distance of the card."""
    pieces, zones = layer(package, "deelvlakken"), layer(package, "belemmeringen")
    room = layer(package, "milieuruimte").query(f"activiteit == '{activity}' and jaar == {year}")
    land = pieces.merge(room, on=["combinatie_id", "milieucategorie_plan"])
    # Under a rule that bars all that is built nobody moves in.
    effects = pd.read_csv(RULES / "effects.csv", sep=";")
    bars = effects[
        (effects["condition"] == "always") & (effects["effect"] == "blocks") & (effects["object_kind"] != "storage")
    ]
    kinds = effects.loc[effects["object_kind"] != "storage", "object_kind"].nunique()
    barring = [name for name, rows in bars.groupby("constraint") if rows["object_kind"].nunique() == kinds]
    now = ~((zones["geldig_vanaf"] > year) | (zones["geldig_tot"] < year))
    titles = {card["name"]: card["title"] for card in rules("constrain")["constraint"]}
    is_of_bar = zones["belemmering_code"].isin([titles[name] for name in barring])
    barred = set(zones.loc[now & is_of_bar, "omschrijving"])
    is_barred = land["belemmeringen"].fillna("").map(lambda text: bool(barred & set(text.split("; "))))
    state = land[f"bezit_{year}"]
    free = land[(state == "vrij") & ~land["ruimte"].isin(["open", "onbekend"]) & ~is_barred]
    used = land[state.isin(USERS) & (land["ruimte"] == "open")]
    where = shapes(package, "bezitsvlakken", "bezitsvlak_id")
    sides = [side.groupby("bezitsvlak_id")["oppervlakte_ha"].sum() for side in (free, used)]
    (takes, gives), metres = sides, rules("balance")["room"]["swap_m"]
    rows = [
        (a, b)
        for a, free_id in enumerate(takes.index)
        for b, used_id in enumerate(gives.index)
        if where[free_id].distance(where[used_id]) <= metres
    ]
    if not rows:
        return 0.0
    taker, giver = np.array(rows).T
    count = np.arange(len(rows))
    limits = coo_array((np.ones(2 * len(rows)), (np.r_[taker, len(takes) + giver], np.r_[count, count])))
    solved = linprog(-np.ones(len(rows)), A_ub=limits.tocsr(), b_ub=np.r_[takes, gives])
    return float(-solved.fun)


@pytest.mark.parametrize(
    ("cluster", "activity"),
    [
        ("oosterpark", "Importterminal ammoniak"),
        ("westhaven", "Algemene industrie"),
        ("papierfabriek", "Algemene industrie"),
    ],
)
def test_what_could_be_repaired_is_what_a_linear_programme_matches(
    proefpolder: RunContext, cluster: str, activity: str
) -> None:
    package = proefpolder.store.outputs / f"{cluster}.gpkg"
    rows = layer(package, "vrij_en_ruimte").query(f"activiteit == '{activity}'").set_index("jaar")
    for year in (2030, 2050):
        ours = rows.loc[year]
        assert ours["door_ruil_te_herstellen_ha"] == pytest.approx(swapped_ha(package, activity, year), abs=0.05)
        total = ours["door_ruil_te_herstellen_ha"] + ours["niet_te_herstellen_ha"]
        assert total == pytest.approx(ours["alleen_vrij_ha"], abs=1e-3)


def test_what_cannot_be_repaired_is_no_rounding(proefpolder: RunContext) -> None:
    rows = layer(proefpolder.store.outputs / "nederland.gpkg", "vrij_en_ruimte")
    left = rows["niet_te_herstellen_ha"]
    assert not ((left > 0) & (left < 0.01)).any()
