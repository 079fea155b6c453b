"""The day from which a site is usable, from the published periods of its holdings and the years of its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import shapely
from oracle.published import IS_OTHER_DRAW, layer, shapes

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext


def free_since(periods: pd.DataFrame, day: str) -> dict[str, str]:
    """Per holding that is free on a day the first day of the periods without a break in which it is."""
    since: dict[str, str] = {}
    for holding, rows in periods.sort_values("van").groupby("bezitsvlak_id"):
        begin = None
        for row in rows.itertuples():
            if row.van > day:
                break
            begin = (begin or row.van) if row.bezit == "vrij" else None
        if begin:
            since[str(holding)] = begin
    return since


@pytest.mark.parametrize("case", ["vroegst", "laatst"])
@pytest.mark.parametrize("cluster", ["oosterpark", "westhaven"])
def test_a_site_is_usable_from_the_day_on_which_its_last_piece_is(
    proefpolder: RunContext, cluster: str, case: str
) -> None:
    """Later than that only on the first of a year in which a rule over it begins or no longer holds."""
    package = proefpolder.store.outputs / f"{cluster}.gpkg"
    pieces, periods = layer(package, "deelvlakken"), layer(package, "bezit_in_de_tijd")
    sites, rules = layer(package, "locaties"), layer(package, "belemmeringen").set_index("zone_id")
    parts, outlines = shapes(package, "deelvlakken", "deelvlak_id"), shapes(package, "locaties", "locatie_id")
    zones = shapes(package, "belemmeringen", "zone_id")
    turning: dict[int, list[Any]] = {}
    for name, shape in zones.items():
        for year in (rules.at[name, "geldig_vanaf"], rules.at[name, "geldig_tot"] + 1):
            if pd.notna(year):
                turning.setdefault(int(year), []).append(shape)
    spots = shapely.point_on_surface([parts[name] for name in pieces["deelvlak_id"]])
    tree, today, between = shapely.STRtree(spots), "2026-10-01", 0
    for year, of_year in sites[sites["geval"] == case].groupby("jaar"):
        since = free_since(periods[periods["geval"] == case], max(today, f"{year}-01-01"))
        for site in of_year.itertuples():
            outline = outlines[site.locatie_id]
            inside = tree.query(outline, predicate="contains")
            free = max(since[holding] for holding in pieces["bezitsvlak_id"].iloc[inside])
            if site.bruikbaar_per != free:
                turned = int(site.bruikbaar_per[:4])
                assert site.bruikbaar_per == f"{turned}-01-01" and site.bruikbaar_per > free
                assert any(shapely.intersects(outline, shape) for shape in turning[turned])
            assert today <= site.bruikbaar_per <= max(today, f"{year}-01-01")
            between += site.bruikbaar_per not in (today, f"{year}-01-01")
    assert between > 0 or IS_OTHER_DRAW or cluster == "oosterpark"


@pytest.mark.parametrize(("name", "key"), [("locaties", "locatie_id"), ("versnellingsgebieden", "fid")])
@pytest.mark.parametrize("cluster", ["oosterpark", "westhaven"])
def test_land_is_usable_at_the_latest_when_all_of_it_is_free_at_once(
    proefpolder: RunContext, cluster: str, name: str, key: str
) -> None:
    """If everybody extends: of all days on which one of its holdings comes free the first, from `bruikbaar_per` on, on
    which all of them are; later, or not known, only where a rule over it begins or ends."""
    package = proefpolder.store.outputs / f"{cluster}.gpkg"
    pieces, periods = layer(package, "deelvlakken"), layer(package, "bezit_in_de_tijd")
    free = periods[(periods["geval"] == "laatst") & (periods["bezit"] == "vrij")]
    spans: dict[str, list[tuple[str, str]]] = {}
    for row in free.itertuples():
        spans.setdefault(row.bezitsvlak_id, []).append(
            (row.van, row.tot_en_met if pd.notna(row.tot_en_met) else "9999-12-31")
        )
    parts, outlines = shapes(package, "deelvlakken", "deelvlak_id"), shapes(package, name, key)
    zones, rules = layer(package, "belemmeringen"), shapes(package, "belemmeringen", "zone_id")
    turning = zones.dropna(subset=["geldig_vanaf", "geldig_tot"], how="all")["zone_id"]
    turns = shapely.union_all([rules[zone] for zone in turning])
    tree = shapely.STRtree(shapely.point_on_surface([parts[piece] for piece in pieces["deelvlak_id"]]))
    later = 0
    for site in layer(package, name).itertuples():
        outline = outlines[getattr(site, key)]
        inside = tree.query(outline, predicate="contains")
        held = [spans.get(holding, []) for holding in set(pieces["bezitsvlak_id"].iloc[inside])]
        days = {site.bruikbaar_per, *(begin for each in held for begin, _ in each)}
        at_once = [
            day
            for day in sorted(days)
            if day >= site.bruikbaar_per and all(any(begin <= day <= end for begin, end in each) for each in held)
        ]
        stated = site.uiterlijk_bruikbaar_per if pd.notna(site.uiterlijk_bruikbaar_per) else None
        if not at_once:
            assert stated is None, getattr(site, key)
        elif stated != at_once[0]:
            assert shapely.intersects(outline, turns), getattr(site, key)
            assert stated is None or stated > at_once[0]
        later += stated is not None and stated > site.bruikbaar_per
        assert getattr(site, "geval", "vroegst") == "vroegst" or stated == site.bruikbaar_per
    assert later or IS_OTHER_DRAW or (name, cluster) == ("versnellingsgebieden", "westhaven")
