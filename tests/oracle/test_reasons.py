"""Reasons together: themes, overlaps, what lifting frees, and the waterfall without order; from sets of reasons."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from oracle.land import Land, lands, questions
from oracle.published import cell, layer, rules

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

KEY = ["activiteit", "jaar", "geval"]
NO_PLOT, SLIVERS = "geen kavel", "snippers"
Sets = dict[frozenset[str], float]


@pytest.fixture(params=["proefpolder", "westpoort"])
def context(request: pytest.FixtureRequest) -> RunContext:
    run: RunContext = request.getfixturevalue(request.param)
    return run


def sets_of(land: Land, question: tuple[str, int, str]) -> Sets:
    """Hectares under each set of reasons, for an activity, year and case; together they are gross."""
    total: Sets = defaultdict(float)
    for names, m2 in zip(land.counted_reasons(*question), land.area_m2, strict=True):
        total[names] += m2 / 1e4
    total[frozenset({NO_PLOT})] += land.no_plot_ha
    return total


def theme_of(reason: str) -> str:
    """The theme of a reason."""
    if reason.startswith("bezit: "):
        return "bezit"
    themes = {card["title"]: card["theme"] for card in rules("constrain")["constraint"]}
    dutch = {"physical": "fysiek", "noise": "geluid", "safety": "veiligheid", "nitrogen": "stikstof", "air": "lucht"}
    dutch |= {"housing": "wonen", "energy": "energie", "nature": "natuur", "grid": "stroomnet", "water": "water"}
    dutch |= {"industrial_water": "industriewater", "facilities": "voorzieningen en ontsluiting"}
    fixed = {NO_PLOT: NO_PLOT, SLIVERS: SLIVERS, "Milieucategorie volgens plan": "omgevingsplan"}
    return fixed.get(reason) or dutch.get(themes[reason], themes[reason])


def test_a_theme_holds_back_what_any_of_its_reasons_does(context: RunContext) -> None:
    """All of it, that under no other theme, and in equal parts of the themes on it; in table and balance."""
    names = {"geraakt_ha": "thema, raakt", "alleen_ha": "thema, alleen", "aandeel_ha": "thema, aandeel"}
    for land in lands(context):
        table = (
            layer(land.package, "toerekening").query("niveau == 'thema'").groupby([*KEY, "reden"])[list(names)].sum()
        )
        balance = layer(land.package, "balans").groupby(["maat", *KEY, "post"])["oppervlakte_ha"].sum()
        for question in questions(land):
            wanted: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
            for reasons, hectares in sets_of(land, question).items():
                themes = {theme_of(reason) for reason in reasons}
                for theme in themes:
                    parts = (hectares, hectares * (len(themes) == 1), hectares / len(themes))
                    wanted[theme] = [old + new for old, new in zip(wanted[theme], parts, strict=True)]
            rows = table.loc[question].rename(index=str.lower)
            assert set(rows.index) <= set(wanted)
            for theme, hectares in wanted.items():
                if theme not in rows.index:
                    assert hectares[0] < 1e-4
                    continue
                assert rows.loc[theme].tolist() == pytest.approx(hectares, abs=2e-3), (question, theme)
                for (column, measure), ours in zip(names.items(), hectares, strict=True):
                    posts = balance.loc[measure, *question].rename(index=str.lower)
                    assert posts[theme] == pytest.approx(ours, abs=2e-3), (question, theme, column)


def test_two_reasons_overlap_where_land_has_both(context: RunContext) -> None:
    for land in lands(context):
        rows = layer(land.package, "overlap_van_redenen")
        for question, table in rows.groupby(KEY):
            hit: dict[str, float] = defaultdict(float)
            both: dict[frozenset[str], float] = defaultdict(float)
            for reasons, hectares in sets_of(land, question).items():
                for reason in reasons:
                    hit[reason] += hectares
                for pair in combinations(sorted(reasons), 2):
                    both[frozenset(pair)] += hectares
            listed = {frozenset((row.reden, row.andere_reden)): row for row in table.itertuples()}
            assert len(listed) == len(table) and set(listed) <= set(both)
            assert sum(hectares for pair, hectares in both.items() if pair not in listed) < 1e-3
            for pair, row in listed.items():
                assert row.overlap_ha == pytest.approx(both[pair], abs=1e-3), (question, pair)
                assert row.deel_van_reden == pytest.approx(both[pair] / hit[row.reden], abs=2e-3)
                assert row.deel_van_andere_reden == pytest.approx(both[pair] / hit[row.andere_reden], abs=2e-3)


def kind_of(lifted: frozenset[str]) -> str:
    """Whether a set of reasons is who has the land, what may be there, or both."""
    count = sum(reason.startswith("bezit: ") for reason in lifted)
    return {len(lifted): "grond", 0: "milieuruimte"}.get(count, "beide")


def most_freed(sets: Sets) -> dict[tuple[str, int], float]:
    """The most hectares that come free, by kind and number of reasons, of all sets of up to three that free less
    without any of their reasons."""
    names = sorted(frozenset().union(*sets))
    bit = {name: 1 << place for place, name in enumerate(names)}
    bits, hectares = np.array([sum(bit[name] for name in held) for held in sets]), np.array(list(sets.values()))
    best: dict[tuple[str, int], float] = defaultdict(float)
    fewer: dict[frozenset[str], float] = {frozenset(): 0.0}
    for size in (1, 2, 3):
        lifted = list(combinations(names, size))
        masks = np.array([sum(bit[name] for name in some) for some in lifted], dtype=np.int64)
        freed = ((bits[None, :] & ~masks[:, None]) == 0) @ hectares
        fewer |= dict(zip(map(frozenset, lifted), freed.tolist(), strict=True))
        for some in map(frozenset, lifted):
            if all(fewer[some] > fewer[some - {name}] + 1e-9 for name in some):
                key = kind_of(some), size
                best[key] = max(best[key], fewer[some])
    return best


def test_what_comes_free_is_land_with_no_other_reason(context: RunContext) -> None:
    """Of every lever in raw hectares; and no set of that kind and up to three reasons, of all there are, frees more."""
    fixed = {"bezit: openbare ruimte", "Open water", NO_PLOT, SLIVERS}
    assert len(rules("balance")["levers"]["not_liftable"]) == 2
    for land in lands(context):
        for question, table in layer(land.package, "hefbomen").groupby(KEY):
            sets = {names: hectares for names, hectares in sets_of(land, question).items() if names}
            best = most_freed({names: ha for names, ha in sets.items() if not names & fixed})
            most: dict[tuple[str, int], float] = defaultdict(float)
            for row in table.itertuples():
                lifted = frozenset(row.opgeheven.split("; "))
                freed = sum(hectares for names, hectares in sets.items() if names <= lifted)
                alone = sum(hectares for names, hectares in sets.items() if names <= lifted and len(names) == 1)
                is_law = row.soort_hefboom == "wet"
                assert row.aantal_redenen == len(lifted) and (is_law or row.soort_hefboom == kind_of(lifted))
                assert row.komt_vrij_ha == pytest.approx(freed, abs=1e-3), (question, lifted)
                together = freed - alone if len(lifted) > 1 else 0.0
                assert row.alleen_samen_ha == pytest.approx(together, abs=1e-3), (question, lifted)
                assert row.bovengrens_komt_vrij_ha >= row.komt_vrij_ha - 1e-4
                key = row.soort_hefboom, row.aantal_redenen
                most[key] = max(most[key], freed)
            for key in (key for key in most if key[1] <= 3 and key[0] != "wet"):
                assert most[key] == pytest.approx(best[key], abs=1e-3), (question, key)


def test_the_waterfall_without_order_is_its_mean_over_all_orders(context: RunContext) -> None:
    """Every order of what by itself would keep a piece from use: the first takes it; and in fixed order the verdict."""
    for land in lands(context):
        table = layer(land.package, "waterval").groupby([*KEY, "post"])[["oppervlakte_ha", "aandeel_ha"]].sum()
        for question in questions(land):
            activity, year, case = question
            alike = pd.DataFrame(
                {
                    "holder": land.holder(year, case),
                    "room": land.room(activity, year),
                    "verdict": land.verdicts(*question),
                    "ha": land.area_m2 / 1e4,
                }
            )
            shares: dict[str, float] = defaultdict(float, {NO_PLOT: land.no_plot_ha})
            falls: dict[str, float] = defaultdict(float, {NO_PLOT: land.no_plot_ha})
            for (holder, room, verdict), hectares in alike.groupby(["holder", "room", "verdict"])["ha"].sum().items():
                keeps = {verdict} | ({cell(holder, "open")} if holder != "vrij" else set())
                keeps |= {cell("vrij", room)} if room != "open" else set()
                orders = list(permutations(sorted(keeps)))
                falls[verdict] += hectares
                for order in orders:
                    shares[order[0]] += hectares / len(orders)
            rows = table.loc[question]
            gross = rows.loc["bruto"].tolist()
            assert gross == pytest.approx([sum(falls.values())] * 2, abs=0.01)
            for post, (fall, share) in rows.drop("bruto").iterrows():
                assert fall == pytest.approx(falls[post], abs=0.01), (question, post)
                assert share == pytest.approx(shares[post], abs=0.01), (question, post)
            assert set(falls) | set(shares) <= set(rows.index)


def test_usable_land_under_a_claim_stands_under_the_surest(context: RunContext) -> None:
    sure = ("besloten", "waarschijnlijk", "in verkenning")
    for land in lands(context):
        zones = layer(land.package, "belemmeringen").query("belemmering_code == 'Energieclaim'")
        balance = layer(land.package, "balans").query("maat == 'bruikbaar naar energieclaim'")
        published = balance.groupby([*KEY, "post"])["oppervlakte_ha"].sum()
        texts = [set(str(text).split("; ")) for text in land.pieces["belemmeringen"]]
        for question in questions(land):
            year, usable = question[1], land.is_usable(*question)
            now = zones[~((zones["geldig_vanaf"].astype(float) > year) | (zones["geldig_tot"].astype(float) < year))]
            band_of = dict(zip(now["omschrijving"], now["band"], strict=True))
            over = [{band_of[name] for name in zones_on if name in band_of} for zones_on in texts]
            claims = np.array([next((word for word in sure if word in bands), "geen") for bands in over])
            for post in (*sure, "geen"):
                hectares = land.area_m2[usable & (claims == post)].sum() / 1e4
                assert published.get((*question, post), 0.0) == pytest.approx(hectares, abs=1e-3), (question, post)
