"""Decant space, and what could come back through it: published pieces and periods and the raw contract register, by a
linear programme of our own."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from oracle.land import Land, lands
from oracle.published import EARLIEST, LATEST, effects, layer, rules, shapes
from scipy.optimize import linprog
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

DAYS = {2026: "2026-10-01", 2030: "2030-01-01", 2050: "2050-01-01"}
COLUMNS = {"quay": "kade", "heavy": "zware_categorie", "seveso": "seveso"}
USED = ["in gebruik gegeven", "uitgegeven, onbenut", "tijdelijk in gebruik", "gecontracteerd"]
USE = ["ondererfpacht", "opstal", "huur", "tijdelijk gebruik"]


def is_barred(land: Land, year: int) -> Any:
    """Pieces under a rule in force that bars all but storage. No layer is unknown in the examples."""
    every = effects()
    bars = every[(every["condition"] == "always") & (every["effect"] == "blocks") & (every["object_kind"] != "storage")]
    kinds = every.loc[every["object_kind"] != "storage", "object_kind"].nunique()
    barring = {name for name, rows in bars.groupby("constraint") if rows["object_kind"].nunique() == kinds}
    titles = {card["title"] for card in rules("constrain")["constraint"] if card["name"] in barring}
    zones = layer(land.package, "belemmeringen")
    now = ~((zones["geldig_vanaf"] > year) | (zones["geldig_tot"] < year)) & zones["belemmering_code"].isin(titles)
    words = set(zones.loc[now, "omschrijving"])
    return np.array([bool(words & set(text.split("; "))) for text in land.pieces["belemmeringen"].fillna("")])


def sites(land: Land, members: Any) -> list[list[int]]:
    """The patches of some pieces that are as large and wide as the lead activity asks, whatever quay they have."""
    card = rules("profiles")["profile"][rules("publish")["lead_profile"]]
    least_m2 = card["least_area_ha"] * 1e4 - 0.5
    patches = [patch for patch in land.patches(members) if land.area_m2[patch].sum() >= least_m2]
    return [patch for patch in patches if land.is_wide(patch, card["least_width_m"])]


def holds_for_half(land: Land, holds: Any) -> Any:
    """Whether something holds for half or more of the plot of each piece; None where too much is not known."""
    table = pd.DataFrame({"plot": land.pieces["kavel_id"], "all": land.area_m2})
    known = pd.notna(holds)
    table["yes"], table["known"] = land.area_m2 * np.where(known, holds, False).astype(bool), land.area_m2 * known
    sums = table.groupby("plot").sum()
    half = 0.5 * sums["all"] - 1e-4
    words = pd.Series(np.where(sums["yes"] >= half, True, np.where(sums["known"] >= half, False, None)), sums.index)
    return land.pieces["kavel_id"].map(words).to_numpy(dtype=object)


def qualities(land: Land, year: int) -> dict[str, Any]:
    """Whether the plot of each piece has each quality: True, False or None."""
    card, order = rules("balance")["scarce"], rules("assess")["categories"]
    place = {name: rank for rank, name in enumerate(order)}
    bounds = layer(land.package, "wonen_en_industrie").query("jaar == @year").set_index("deelvlak_id")
    bounds = bounds.reindex(land.pieces["deelvlak_id"])
    seveso = [place[p["category"]] for p in rules("profiles")["profile"].values() if p["seveso"] != "none"]

    def at_least(values: Any, least: float) -> Any:
        return holds_for_half(land, np.where(pd.isna(values), None, np.asarray(values, dtype=float) >= least))

    plan = land.pieces["milieucategorie_plan"].map(place)
    by_dwellings = bounds["hoogste_categorie_naast_woningen"].map(place)
    heavy = place[card["heavy_category"]]
    quay_m = layer(land.package, "kavels").set_index("kavel_id")["kadelengte_m"].reindex(land.pieces["kavel_id"])
    both = {
        "heavy": (at_least(by_dwellings, heavy), at_least(plan, heavy)),
        "seveso": (at_least(bounds["ruimte_risicocontour_m"], card["seveso_radius_m"]), at_least(plan, min(seveso))),
    }
    has = {name: np.array([_both(*pair) for pair in zip(*sides, strict=True)]) for name, sides in both.items()}
    return {"quay": np.where(quay_m.isna(), None, quay_m >= card["quay_m"]), **has}


def _both(left: bool | None, right: bool | None) -> bool | None:
    return False if left is False or right is False else None if left is None or right is None else True


def users(land: Land, context: RunContext, year: int, case: str) -> pd.DataFrame:
    """Per holding in use by the contract that it was in use by on the reference date: that contract, and what its user
    states to need (True, False or None) and the category that it states."""
    register = pd.read_csv(context.project.folder / "data" / "contracten.csv", sep=";", dtype=str, encoding="latin-1")
    register = register[register["RECHT"].isin(USE)].drop_duplicates("CONTRACT").set_index("CONTRACT")
    order, yes_no = rules("assess")["categories"], {"ja": True, "nee": False}
    heavy = order.index(rules("balance")["scarce"]["heavy_category"])
    periods = layer(land.package, "bezit_in_de_tijd").query("geval == @case")
    decides = {}
    for day in (DAYS[2026], DAYS[year]):
        now = (
            periods[periods["van"].astype(str) <= day].sort_values("van").drop_duplicates("bezitsvlak_id", keep="last")
        )
        decides[day] = dict(zip(now["bezitsvlak_id"], now["contract_id"].fillna(""), strict=True))
    holdings = layer(land.package, "bezitsvlakken")
    states = holdings.set_index("bezitsvlak_id")[{EARLIEST: "bezit_{}", LATEST: "bezit_verlengd_{}"}[case].format(year)]
    rows = []
    for holding, chain in zip(holdings["bezitsvlak_id"], holdings["keten_van_rechten"].fillna(""), strict=True):
        contract = decides[DAYS[year]][holding]
        named = [link.split(" ")[0] for link in chain.split(" > ")]
        named = [name for name in named if name in register.index]
        if states[holding] not in USED or contract != decides[DAYS[2026]][holding] or not named:
            continue
        says = [register.loc[name] for name in named]
        ranks = [
            order.index(row["CATEGORIE_GEBRUIKER"]) if isinstance(row["CATEGORIE_GEBRUIKER"], str) else None
            for row in says
        ]
        stated = {
            "quay": [yes_no.get(row["KADEGEBONDEN"]) for row in says],
            "heavy": [None if rank is None else rank >= heavy for rank in ranks],
            "seveso": [yes_no.get(row["BRZO"]) for row in says],
        }
        needs = {name: True if True in words else None if None in words else False for name, words in stated.items()}
        rank = None if None in ranks else max(ranks)
        rows.append({"holding": holding, "contract": contract, "rank": rank, **needs})
    return pd.DataFrame(rows, columns=["holding", "contract", "rank", *COLUMNS])


def returned_ha(land: Land, context: RunContext, question: tuple[int, str], space: Any, quality: str) -> float:
    """The most hectares with a quality that come back: users to pieces of sites that surely do for them."""
    year, case = question
    has, order = qualities(land, year), ["geen", *rules("assess")["categories"]]
    highest = land.pieces[f"hoogste_categorie_{year}"].map({name: rank for rank, name in enumerate(order)}).to_numpy()
    holding = land.pieces["bezitsvlak_id"].to_numpy()
    first = {name: place for place, name in reversed(list(enumerate(holding)))}
    where, m2 = shapes(land.package, "bezitsvlakken", "bezitsvlak_id"), pd.Series(land.area_m2).groupby(holding).sum()
    movers: dict[Any, list[str]] = {}
    for row in users(land, context, year, case).to_dict("records"):
        had = tuple(has[name][first[row["holding"]]] for name in COLUMNS)
        if row[quality] is False and had[list(COLUMNS).index(quality)] is True:
            kind = (
                *(row[name] for name in COLUMNS),
                *had,
                -1 if row["rank"] is None or np.isnan(row["rank"]) else row["rank"],
            )
            movers.setdefault((kind, row["contract"] or row["holding"]), []).append(row["holding"])
    areas: dict[Any, list[list[int]]] = {}
    gives, takes, pairs = [], land.area_m2, []
    near: dict[Any, bool] = {}
    for (kind, _), holdings in movers.items():
        needs, had, rank = kind[:3], kind[3:6], kind[6]
        if kind not in areas:
            fits = space & (highest >= rank + 1) & (rank >= 0)
            for name, need, today in zip(COLUMNS, needs, had, strict=True):
                there = has[name]
                if name == quality:
                    fits &= there == False  # noqa: E712
                elif need is True or need is None:
                    fits &= (there == True) & (need is True or today is True)  # noqa: E712
                elif today is not True:
                    fits &= there == False  # noqa: E712
            areas[kind] = sites(land, fits)
        number, whole_m2 = len(gives), sum(m2[name] for name in holdings)
        gives.append(whole_m2)
        for patch in areas[kind]:
            if land.area_m2[patch].sum() < whole_m2 - 0.5:
                continue
            for target in sorted(set(holding[patch])):
                for name in holdings:
                    if (name, target) not in near:
                        near[name, target] = where[name].distance(where[target]) <= rules("balance")["room"]["swap_m"]
            reached = {target for target in set(holding[patch]) if any(near[name, target] for name in holdings)}
            if reached:
                pairs += [(number, piece) for piece in patch]
    if not pairs:
        return 0.0
    giver, taker = np.array(pairs).T
    count = np.arange(len(pairs))
    entries = np.r_[giver, len(gives) + taker], np.r_[count, count]
    limits = coo_array((np.ones(2 * len(pairs)), entries), shape=(len(gives) + len(takes), len(pairs)))
    solved = linprog(-np.ones(len(pairs)), A_ub=limits.tocsr(), b_ub=np.r_[gives, takes])
    return float(-solved.fun) / 1e4


@pytest.mark.parametrize("project", ["proefpolder", "westpoort"])
def test_decant_space_is_free_land_of_a_site(project: str, request: pytest.FixtureRequest) -> None:
    """In each year and case, and its sum over clusters; never more than what is truly free."""
    context: RunContext = request.getfixturevalue(project)
    for land in lands(context):
        table = layer(land.package, "schuifruimte").set_index(["jaar", "geval"])["schuifruimte_ha"]
        vacancy = layer(land.package, "papieren_leegstand").query("instrument == 'echt vrij'")
        vacancy = vacancy.set_index(["jaar", "geval"])["oppervlakte_ha"]
        for year, case in product(land.years, (EARLIEST, LATEST)):
            patches = sites(land, land.is_free(year, case) & ~is_barred(land, year))
            ha = sum(land.area_m2[patch].sum() for patch in patches) / 1e4
            assert table[year, case] == pytest.approx(ha, abs=0.01), (land.package.stem, year, case)
            assert table[year, case] <= vacancy[year, case] + 1e-3


@pytest.mark.parametrize("quality", list(COLUMNS))
def test_what_could_come_back_is_what_a_linear_programme_moves(proefpolder: RunContext, quality: str) -> None:
    """In the clusters of the register of the port; that of the paper mill is another file."""
    seen = 0
    for land in [land for land in lands(proefpolder) if land.package.stem in ("oosterpark", "westhaven")]:
        table = layer(land.package, "schuifruimte").set_index(["jaar", "geval"])[
            f"{COLUMNS[quality]}_kan_terugkomen_ha"
        ]
        for year, case in product(land.years, (EARLIEST, LATEST)):
            space = land.is_free(year, case) & ~is_barred(land, year)
            ha = returned_ha(land, proefpolder, (year, case), space, quality)
            assert table[year, case] == pytest.approx(ha, abs=0.01), (land.package.stem, year, case)
            seen += ha > 0
    assert seen >= 4
