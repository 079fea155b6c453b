"""Key plots and small relaxations: one plot freed, and land put together anew; one metre or decibel given."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from oracle.land import Land, lands
from oracle.published import EARLIEST, activities, is_enough, layer, rules

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

NOISE, PLAN = "Geluidverdeling", "Milieucategorie volgens plan"
STRIP_M = 0.1


@pytest.fixture(params=["proefpolder", "westpoort"])
def context(request: pytest.FixtureRequest) -> RunContext:
    run: RunContext = request.getfixturevalue(request.param)
    return run


def joined(land: Land, plot: list[int], is_base: Any) -> list[list[int]]:
    """What pieces of a plot and land that is free and open make together: each area with a piece of the plot in it."""
    left, areas = set(plot), []
    while left:
        queue = [left.pop()]
        area = set(queue)
        for piece in queue:  # grows while it is read
            near = {other for other in land.neighbours[piece] if is_base[other] or other in plot} - area
            area |= near
            queue += near
        left -= area
        areas.append(sorted(area))
    return areas


def gains(land: Land, activity: str, year: int) -> dict[str, tuple[float, list[int], list[int]]]:
    """Per plot that somebody has and that is open: hectares that become usable when it is freed; its own pieces; and
    the pieces of the usable land that it then is part of."""
    holder = land.holder(year, EARLIEST)
    is_open, is_free = land.room(activity, year) == "open", holder == "vrij"
    usable = land.is_usable(activity, year, EARLIEST)
    plots: dict[str, list[int]] = defaultdict(list)
    for piece in np.flatnonzero(is_open & ~is_free & (holder != "openbare ruimte")).tolist():
        plots[land.pieces["kavel_id"][piece]].append(piece)
    result = {}
    for plot, pieces in plots.items():
        areas = joined(land, pieces, is_open & is_free)
        large = [area for area in areas if land.verdict(area, activity) == "bruikbaar"]
        ends = [piece for area in large for piece in area]
        gain_ha = land.area_m2[[piece for piece in ends if not usable[piece]]].sum() / 1e4 if ends else 0.0
        if gain_ha > 0:
            result[plot] = gain_ha, pieces, ends
    return result


def test_a_key_plot_gains_what_land_is_usable_once_it_is_free(context: RunContext) -> None:
    """The plots that gain most, in their order, with what each has, gains and joins."""
    most, compared = rules("assemble")["key_plots"], 0
    for land in lands(context):
        table = layer(land.package, "sleutelkavels")
        parts = layer(land.package, "bezitsvlakken").set_index("bezitsvlak_id")
        sites = layer(land.package, "locaties").query(f"geval == {EARLIEST!r}")
        bridges = layer(land.package, "overbruggingen")
        place = {name: number for number, name in enumerate(land.pieces["deelvlak_id"])}
        for (activity, year), rows in table.groupby(["activiteit", "jaar"]):
            every = gains(land, activity, year)
            ranked = sorted((-round(gain, 4), plot) for plot, (gain, _, _) in every.items())[:most]
            listed = rows.sort_values("volgorde")
            assert listed["winst_ha"].tolist() == pytest.approx([-gain for gain, _ in ranked], abs=1e-3)
            least = -ranked[-1][0]
            here = sites[(sites["activiteit"] == activity) & (sites["jaar"] == year)]["locatie_id"]
            across = bridges[bridges["locatie_id"].isin(here)]
            pairs = [(place[row.van_deelvlak], place[row.naar_deelvlak]) for row in across.itertuples()]
            now = land.patches(land.is_usable(activity, year, EARLIEST), pairs)
            site_of = {piece: number for number, patch in enumerate(now) for piece in patch}
            for row in listed.itertuples():
                gain_ha, pieces, ends = every[row.kavel_id]
                assert row.winst_ha == pytest.approx(gain_ha, abs=1e-3) and row.winst_ha >= least - 1e-3
                assert row.eigen_grond_ha == pytest.approx(land.area_m2[pieces].sum() / 1e4, abs=1e-3)
                touched = {site_of[piece] for piece in ends if piece in site_of}
                assert row.verbindt_locaties >= len(touched)  # others lie across a road
                if row.verbindt_locaties == len(touched):
                    sizes = [land.area_m2[now[number]].sum() / 1e4 for number in touched]
                    whole = set(ends).union(*(now[number] for number in touched))
                    assert row.grootste_locatie_zonder_ha == pytest.approx(max(sizes, default=0.0), abs=1e-3)
                    assert row.locatie_met_ha == pytest.approx(land.area_m2[list(whole)].sum() / 1e4, abs=1e-3)
                mine = parts.loc[land.pieces["bezitsvlak_id"].iloc[pieces]]
                for name in ("vrij_vroegst", "vrij_laatst"):
                    published = getattr(row, name)
                    assert pd.isna(published) if mine[name].isna().any() else published == mine[name].max()
                compared += 1
    assert is_enough(compared, 30)


def test_a_metre_less_frees_a_strip_of_land_that_the_rule_alone_keeps(context: RunContext) -> None:
    """Land that is free and open but for one rule, within a decimetre of land that is free and open, times ten: land
    that is narrower than a metre frees no less for its first centimetres."""
    titles = {card["title"]: card for card in rules("constrain")["constraint"]}
    for land in lands(context):
        table = layer(land.package, "kleine_verruiming").query("eenheid == 'meter'")
        near: dict[Any, float] = {}
        for (activity, year), rows in table.groupby(["activiteit", "jaar"]):
            is_free, reasons = land.is_free(year, EARLIEST), land.reasons(activity, year, EARLIEST)
            is_open = np.array([not names for names in reasons]) & is_free
            for row in rows.itertuples():
                assert titles[row.belemmering_code]["geometry"]["kind"] in ("buffer", "rings")
                alone = np.array([names == {row.belemmering_code} for names in reasons]) & is_free
                key = alone.tobytes(), is_open.tobytes()
                if key not in near:
                    near[key] = strip_m2(land, alone, is_open) / STRIP_M / 1e4
                # A corner of the strip is rounded, and a bend makes it longer or shorter.
                assert row.oppervlakte_ha == pytest.approx(near[key], rel=0.05, abs=5e-4), row


def strip_m2(land: Land, alone: Any, is_open: Any) -> float:
    """m2 of some pieces within a decimetre of others that they touch."""
    both = np.concatenate([land.pairs, land.pairs[:, ::-1]])
    mine, others = (np.unique(side) for side in both[alone[both[:, 0]] & is_open[both[:, 1]]].T)
    if not len(mine):
        return 0.0
    grown = shapely.union_all(shapely.buffer(land.shapes[others], STRIP_M))
    return float(shapely.area(shapely.intersection(land.shapes[mine], grown)).sum())


def test_a_decibel_more_frees_land_that_lacks_no_more(context: RunContext) -> None:
    most_db = rules("balance")["room"]["tightness_db"]
    for land in lands(context):
        table = layer(land.package, "kleine_verruiming").query("eenheid == 'decibel'")
        zones = layer(land.package, "belemmeringen").query(f"belemmering_code == {NOISE!r}")
        level = {row.omschrijving: float(row.band) for row in zones.itertuples() if row.band != "onbekend"}
        texts = [str(text).split("; ") for text in land.pieces["belemmeringen"]]
        budget = np.array([min((level[name] for name in names if name in level), default=np.nan) for names in texts])
        for activity, card in activities().items():
            for year in land.years:
                is_free, reasons = land.is_free(year, EARLIEST), land.reasons(activity, year, EARLIEST)
                alone = np.array([names == {NOISE} for names in reasons]) & is_free
                wanted: dict[int, float] = defaultdict(float)
                for piece in np.flatnonzero(alone):
                    step = int(np.ceil(round(card["noise_dba_m2"] - budget[piece], 6)))
                    wanted[step] += land.area_m2[piece] / 1e4
                rows = table[(table["activiteit"] == activity) & (table["jaar"] == year)]
                listed = rows.set_index("stap")["oppervlakte_ha"].to_dict()
                small = {step: hectares for step, hectares in wanted.items() if 1 <= step <= most_db}
                assert listed == pytest.approx(small, abs=1e-3), (activity, year)
