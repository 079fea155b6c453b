"""Scarce land by year, draught and metres of quay: raw quays and projects against plots and periods as published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from oracle.land import Quays
from oracle.published import is_enough, layer, rules, shapes

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.runner.stage import RunContext

YEARS = {2026: "2026-10-01", 2030: "2030-01-01", 2050: "2050-01-01"}
CASES = {"vroegst": "bezit_{}", "laatst": "bezit_verlengd_{}"}
KEY = ["schaars_om", "diepgangklasse"]
USED = ["in gebruik gegeven", "uitgegeven, onbenut", "tijdelijk in gebruik", "gecontracteerd"]
USE = ["ondererfpacht", "opstal", "huur", "tijdelijk gebruik"]
PARTS = {
    "": None,
    "vrij": ("bezit", "vrij"),
    "zonder_noodzaak": ("nodig", "niet nodig"),
    "niet_bekend": ("nodig", "onbekend"),
}


def class_of(draught_m: float) -> str:
    """The bounds between which a draught lies."""
    if np.isnan(draught_m):
        return "onbekend"
    bounds = [0, *rules("balance")["scarce"]["draught_classes_m"]]
    lower = max(place for place, bound in enumerate(bounds) if draught_m >= bound)
    return f"{bounds[lower]}-{bounds[lower + 1]}" if lower + 1 < len(bounds) else f"{bounds[lower]}+"


def quay_plots(package: Path, raw: Path) -> pd.DataFrame:
    """Holdings of plots with quay enough, their metres (those of the plot by how much of the raw quays lies along
    each), and the least draught of the quays along the plot."""
    quays = gpd.read_file(raw).to_crs("EPSG:28992")
    plots, parts = layer(package, "kavels"), shapes(package, "kavels", "kavel_id")
    plots = plots[plots["kadelengte_m"] >= rules("balance")["scarce"]["quay_m"]]
    draughts = {}
    for plot in plots["kavel_id"]:
        near = shapely.buffer(parts[plot], rules("assess")["shape"]["quay_reach_m"])
        is_along = shapely.length(shapely.intersection(quays.geometry.to_numpy(), near)) > 30
        draughts[plot] = quays["diepgang"][is_along].min(skipna=False)
    holdings = layer(package, "bezitsvlakken").merge(plots[["kavel_id", "kadelengte_m"]], on="kavel_id")
    lines, drawings = (
        Quays(shapely.get_parts(quays.geometry.to_numpy()), None),
        shapes(package, "bezitsvlakken", "bezitsvlak_id"),
    )
    is_one = ~holdings["kavel_id"].duplicated(keep=False)
    along_m = pd.Series([lines.frontage_m(drawings[key]) for key in holdings["bezitsvlak_id"]], holdings.index)
    share = (along_m / along_m.groupby(holdings["kavel_id"]).transform("sum")).mask(is_one, 1.0)
    return holdings.assign(
        kadelengte_m=holdings["kadelengte_m"] * share,
        schaars_om="kade",
        diepgangklasse=holdings["kavel_id"].map(draughts).map(class_of),
    )


def statements(folder: Path) -> dict[str, str]:
    """Whether the user by each contract of use needs quay, where the register says so."""
    register = pd.read_csv(folder / "data" / "contracten.csv", sep=";", dtype=str, encoding="latin-1")
    says = register[register["RECHT"].isin(USE)].set_index("CONTRACT")["KADEGEBONDEN"]
    return says.map({"ja": "nodig", "nee": "niet nodig"}).dropna().to_dict()


def contract_on(periods: pd.DataFrame, case: str, day: str) -> dict[str, str]:
    """The contract that decides on each holding on a day; empty for none."""
    now = periods[(periods["geval"] == case) & (periods["van"].astype(str) <= day)]
    now = now.sort_values("van").drop_duplicates("bezitsvlak_id", keep="last")
    return dict(zip(now["bezitsvlak_id"], now["contract_id"].fillna(""), strict=True))


def test_quay_by_draught_and_year_is_that_of_its_plots(proefpolder: RunContext) -> None:
    """Hectares and metres: all, free, and used by who uses it today without needing it."""
    package = proefpolder.store.outputs / "westhaven.gpkg"
    land = quay_plots(package, proefpolder.project.folder / "data" / "kades.gpkg")
    assert is_enough(land["diepgangklasse"].nunique(), 2)
    stated = layer(package, "schaarse_kavels").query("schaars_om == 'kade'").set_index("bezitsvlak_id")
    assert land.set_index("bezitsvlak_id")["diepgangklasse"].to_dict() == stated["diepgangklasse"].to_dict()
    states, periods = statements(proefpolder.project.folder), layer(package, "bezit_in_de_tijd")
    keys = land["bezitsvlak_id"].tolist()
    table = layer(package, "schaarste_per_jaar").query("schaars_om == 'kade' and oppervlakte_ha > 0")
    table = table.set_index(["jaar", "geval", "diepgangklasse"])
    compared = 0
    for year, day in YEARS.items():
        for case, name in CASES.items():
            bezit = land[name.format(year)]
            before, now = (contract_on(periods, case, each) for each in ("2026-10-01", day))
            # What the contract of today states holds as long as that contract does.
            stated_need = [states.get(now[key], "onbekend") if now[key] == before[key] else "onbekend" for key in keys]
            need = pd.Series(stated_need, land.index).where(bezit.isin(USED), "geen gebruiker")
            need = need.mask(bezit == "onbekend", "onbekend")
            held = land.assign(bezit=bezit, nodig=need)
            for draught, rows in held.groupby("diepgangklasse"):
                row = table.loc[(year, case, draught)]
                for part, wanted in PARTS.items():
                    chosen = rows if wanted is None else rows[rows[wanted[0]] == wanted[1]]
                    area, metres = (f"{part}_ha", f"kade_{part}_m") if part else ("oppervlakte_ha", "kadelengte_m")
                    assert row[area] == pytest.approx(chosen["oppervlakte_ha"].sum(), abs=0.002), (year, case, part)
                    assert row[metres] == pytest.approx(chosen["kadelengte_m"].sum(), abs=2.1), (year, case, part)
                    compared += len(chosen) > 0
    assert is_enough(compared, 30) and len(table) == 2 * len(YEARS) * held["diepgangklasse"].nunique()


def heavy_land(package: Path, year: int) -> pd.DataFrame:
    """Holdings of plots of which half or more lies where a heavy category is possible, beside dwellings and by plan."""
    order = {name: rank for rank, name in enumerate(rules("assess")["categories"])}
    heavy = order[rules("balance")["scarce"]["heavy_category"]]
    bounds = layer(package, "wonen_en_industrie").query("jaar == @year")
    pieces = layer(package, "deelvlakken").merge(bounds, on="deelvlak_id")
    ha = pieces["oppervlakte_ha"]
    by_plot = pd.DataFrame(
        {
            "kavel_id": pieces["kavel_id"],
            "all": ha,
            "beside": ha * (pieces["hoogste_categorie_naast_woningen"].map(order) >= heavy),
            "plan": ha * (pieces["milieucategorie_plan"].map(order) >= heavy),
        }
    )
    sums = by_plot.groupby("kavel_id").sum()
    is_heavy = (sums["beside"] >= sums["all"] / 2 - 1e-4) & (sums["plan"] >= sums["all"] / 2 - 1e-4)
    holdings = layer(package, "bezitsvlakken")
    return holdings[holdings["kavel_id"].isin(sums.index[is_heavy])]


@pytest.mark.parametrize("cluster", ["westhaven", "oosterpark", "papierfabriek"])
def test_heavy_land_by_year_is_what_plan_and_dwellings_leave(proefpolder: RunContext, cluster: str) -> None:
    package = proefpolder.store.outputs / f"{cluster}.gpkg"
    table = layer(package, "schaarste_per_jaar").query("schaars_om == 'zware categorie'").set_index(["jaar", "geval"])
    for year in YEARS:
        land = heavy_land(package, year)
        for case, name in CASES.items():
            row, free = table.loc[(year, case)], land[land[name.format(year)] == "vrij"]
            assert row["oppervlakte_ha"] == pytest.approx(land["oppervlakte_ha"].sum(), abs=0.05), (year, case)
            assert row["vrij_ha"] == pytest.approx(free["oppervlakte_ha"].sum(), abs=0.05), (year, case)


def test_on_the_reference_date_it_is_the_table_of_scarcity(proefpolder: RunContext) -> None:
    """Of each cluster and sum of clusters, all classes of draught together."""
    package = proefpolder.store.outputs / "nederland.gpkg"
    names = ["oppervlakte_ha", "vrij_ha", "zonder_noodzaak_ha", "niet_bekend_ha"]
    now = layer(package, "schaarste_per_jaar").query("jaar == 2026 and geval == 'vroegst'")
    sums = now.groupby(["cluster", "schaars_om"])[names].sum()
    wanted = layer(package, "schaarste").set_index(["cluster", "schaars_om"])[names]
    for key, row in wanted.iterrows():
        there = sums.loc[key] if key in sums.index else pd.Series(0.0, names)
        assert there.to_dict() == pytest.approx(row.to_dict(), abs=3e-4), key


def test_demand_is_what_projects_state_that_begin_by_then(proefpolder: RunContext) -> None:
    folder, package = proefpolder.project.folder, proefpolder.store.outputs / "nederland.gpkg"
    projects = pd.read_csv(folder / "projects.csv", sep=";")
    profiles = rules("profiles")["profile"]
    asks: Any = [profiles[name] for name in projects["profile"]]
    projects["metres"] = np.maximum(projects["quay_m"].fillna(0), [ask.get("least_quay_m", 0) for ask in asks])
    projects["diepgangklasse"] = [class_of(ask.get("least_draught_m", 0)) for ask in asks]
    table = layer(package, "schaarste_per_jaar").query("cluster == 'nederland' and schaars_om == 'kade'")
    for (year, _), rows in table.groupby(["jaar", "geval"]):
        wanted = projects[(projects["metres"] > 0) & (projects["first_year"] <= year)].groupby("diepgangklasse")
        stated = rows[rows["vraag_ha"] > 0].set_index("diepgangklasse")
        assert stated["vraag_ha"].to_dict() == wanted["area_ha"].sum().to_dict()
        assert stated["kade_vraag_m"].to_dict() == wanted["metres"].sum().to_dict()
        # A deeper quay serves who asks less.
        for row in rows[rows["diepgangklasse"] != "onbekend"].itertuples():
            least = float(row.diepgangklasse.rstrip("+").split("-")[0])
            deeper = rows[rows["diepgangklasse"].map(lambda name: float(name.rstrip("+").split("-")[0])) >= least]
            ratio = (
                deeper["kade_vraag_m"].sum() / deeper["kade_vrij_m"].sum() if deeper["kade_vrij_m"].sum() else np.nan
            )
            assert row.kade_gevraagd_per_vrij == pytest.approx(ratio, abs=0.002, nan_ok=True), row


def test_holdings_share_the_quay_of_their_plot(westpoort: RunContext) -> None:
    rows = layer(westpoort.store.outputs / "westpoort.gpkg", "schaarse_kavels").query("schaars_om == 'kade'")
    by_plot = rows.groupby("kavel_id").agg({"deel_van_kade_m": ["sum", "size"], "kade_of_ruimte_m": "first"})
    shared = by_plot["deel_van_kade_m", "sum"], by_plot["kade_of_ruimte_m", "first"]
    assert ((shared[0] - shared[1]).abs() <= 0.06 * by_plot["deel_van_kade_m", "size"]).all()
    assert (by_plot["deel_van_kade_m", "size"] > 1).sum() >= 5
