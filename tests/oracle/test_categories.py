"""The highest category of each piece: worked out from the published parts of it, and summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from oracle.published import RULES, layer, rules

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

YEARS = (2026, 2030, 2050)


def test_the_highest_category_is_what_all_rules_allow(proefpolder: RunContext) -> None:
    """The lower of plan and distance to dwellings; none under a rule that bars all that is built."""
    effects = pd.read_csv(RULES / "effects.csv", sep=";").query("condition == 'always' and effect == 'blocks'")
    kinds = effects[effects["object_kind"] != "storage"].groupby("constraint")["object_kind"].nunique()
    titles = {card["name"]: card["title"] for card in rules("constrain")["constraint"]}
    bars = {titles[name] for name in kinds[kinds == kinds.max()].index}
    order = {name: rank for rank, name in enumerate(["geen", *rules("assess")["categories"]])}
    seen = set()
    for cluster in ("oosterpark", "westhaven"):
        package = proefpolder.store.outputs / f"{cluster}.gpkg"
        pieces = layer(package, "deelvlakken")
        for year in YEARS:
            names = [f"hoogste_categorie_{year}", f"hoogste_categorie_{year}_door"]
            names += ["milieucategorie_plan", f"hoogste_categorie_{year}_naast_woningen", "belemmeringen"]
            for highest, by, plan, dwellings, zones in zip(*(pieces[name] for name in names), strict=True):
                over = {text.split(" (")[0] for text in str(zones).split("; ")} & bars
                ranks = [order.get(plan), order.get(dwellings)]
                if over:
                    assert (highest, by in over) == ("geen", True)
                elif None in ranks:
                    assert pd.isna(highest) and pd.isna(by)
                else:
                    assert order[highest] == min(ranks)
                    is_plan = ranks[0] <= ranks[1]
                    assert (by == "omgevingsplan") == is_plan
                    seen.add("omgevingsplan" if is_plan else by.split(" ")[0])
    assert seen == {"omgevingsplan", "gebouw", "woningbouwplan"}


def test_pieces_add_up_to_the_table_of_losses(proefpolder: RunContext) -> None:
    for cluster in ("oosterpark", "westhaven", "papierfabriek"):
        package = proefpolder.store.outputs / f"{cluster}.gpkg"
        pieces, lost = layer(package, "deelvlakken"), layer(package, "categorieverlies").query("grond == 'alle'")
        assert len(lost)
        for year in YEARS:
            of_pieces = pieces.fillna({f"hoogste_categorie_{year}": "onbekend"})
            here = of_pieces.groupby(f"hoogste_categorie_{year}")["oppervlakte_ha"].sum()
            there = lost[lost["jaar"] == year].groupby("hoogste_categorie")["oppervlakte_ha"].sum()
            assert here.to_dict() == pytest.approx(there.to_dict(), abs=0.02)
