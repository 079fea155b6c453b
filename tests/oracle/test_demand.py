"""Demand against supply, recomputed from published areas, the file of demand and the cards, by a flow of our own."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from oracle.published import layer, rules

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext


def most_served(stock: dict[frozenset[str], float], wanted: dict[str, float]) -> float:
    """The most that stocks, each of which some segments can use, serve of what is wanted.

    By the theorem of max flow and min cut: of every choice of segments that are cut off at what they want, the others
    are cut off at the land that any of them can use; the least of these sums is what can be served.
    """
    names = sorted(wanted)
    cuts = []
    for size in range(len(names) + 1):
        for full in combinations(names, size):
            others = set(names) - set(full)
            cuts.append(sum(wanted[name] for name in full) + sum(ha for users, ha in stock.items() if users & others))
    return min(cuts)


def expected(package: Any, demand: pd.DataFrame, cluster: str) -> dict[tuple[int, str, str, str], float]:
    """Per year, case, activity and heading: supply less demand, hectares."""
    land, titles = (
        layer(package, "vrij_en_bruikbaar"),
        {name: card["title"] for name, card in rules("profiles")["profile"].items()},
    )
    activity = {name: titles[card["profile"]] for name, card in rules("balance")["segment"].items()}
    result = {}
    stated = demand[demand["cluster_id"] == cluster]
    for (year, scenario), rows in stated.groupby(["year", "scenario"]):
        wanted = rows.groupby("segment")["demand_ha"].sum().to_dict()
        for case in ("vroegst", "laatst"):
            here = land[(land["jaar"] == year) & (land["geval"] == case)]
            stock: dict[frozenset[str], float] = defaultdict(float)
            for words, hectares in zip(here["bruikbaar_voor"], here["oppervlakte_ha"], strict=True):
                # Titles of activities may have commas themselves: the list of them is no list to split.
                stock[frozenset(name for name in wanted if activity[name] in words)] += hectares
            for name, hectares in wanted.items():
                usable = sum(m2 for users, m2 in stock.items() if name in users)
                result[year, case, activity[name], f"{scenario}.{name}"] = usable - hectares
            result[year, case, "alle", scenario] = most_served(stock, wanted) - sum(wanted.values())
    return result


def test_supply_less_demand_is_that_of_the_published_areas(proefpolder: RunContext) -> None:
    outputs, folder = proefpolder.store.outputs, proefpolder.project.folder
    demand = pd.read_csv(folder / "demand.csv", sep=";")
    total: dict[tuple[int, str, str, str], float] = defaultdict(float)
    assert set(demand["cluster_id"]) == {"westhaven", "oosterpark"}
    for unit in (*sorted(set(demand["cluster_id"])), "nederland"):
        rows = layer(outputs / f"{unit}.gpkg", "balans").query(f"maat == 'aanbod min vraag' and cluster == '{unit}'")
        ours = rows.set_index(["jaar", "geval", "activiteit", "post"])["oppervlakte_ha"].to_dict()
        if unit != "nederland":
            theirs = expected(outputs / f"{unit}.gpkg", demand, unit)
            for key, hectares in theirs.items():
                total[key] += hectares
        else:
            theirs = dict(total)
        assert set(ours) == set(theirs), unit
        for key, hectares in theirs.items():
            assert ours[key] == pytest.approx(hectares, abs=0.02), (unit, key)  # areas are published to 1 m2


def test_the_sum_is_the_shortage_by_cause(proefpolder: RunContext) -> None:
    """Of each year, case and scenario: what is short by five causes together is what all segments together lack."""
    package = proefpolder.store.outputs / "nederland.gpkg"
    causes = layer(package, "tekort_naar_oorzaak").groupby(["cluster", "jaar", "geval", "scenario"])["tekort_ha"].sum()
    rows = layer(package, "balans").query("maat == 'aanbod min vraag' and activiteit == 'alle'")
    left = rows.set_index(["cluster", "jaar", "geval", "post"])["oppervlakte_ha"]
    assert len(causes) == len(left) >= 12
    for key, hectares in causes.items():
        assert left[key] == pytest.approx(-hectares, abs=1e-3), key
