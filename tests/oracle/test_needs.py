"""What activities need: power, process water, other supplies and rail, from the raw files of grid and suppliers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from oracle.published import RULES, SUMS, is_enough, layer, rules, shapes

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

DATA = RULES / "proefpolder" / "data"
YEARS = (2026, 2030, 2050)
SUPPLY = {"hydrogen": "waterstof", "carbon_dioxide": "CO2", "heat": "warmte", "steam": "stoom"}


def raw(name: str) -> Any:
    return gpd.read_file(DATA / name).to_crs("EPSG:28992")


def without_power(activity: dict[str, Any], year: int) -> Any:
    """Land whose station has too little for the activity, or waits for relief; the files name no unknown area."""
    areas = raw("voedingsgebieden.gpkg")
    is_short = areas["afname"].isin(["tekort", "in onderzoek"]) | (areas["mw"] < activity["power_mw"])
    return shapely.union_all(areas.geometry[is_short & ~(areas["jaar"] < year)])


def without_water(activity: dict[str, Any], year: int, land: Any) -> Any:
    areas = raw("voorzieningen.geojson").query("soort == 'industriewater'")
    enough = areas[(areas["van"].fillna(0) < year) & (areas["m3"] >= activity["water_m3_year"])]
    return shapely.difference(land, shapely.union_all(enough.geometry))


def without_supply(names: list[str], year: int, land: Any) -> Any:
    reach = {card["name"]: card["geometry"].get("reach_m") for card in rules("constrain")["constraint"]}
    areas = raw("voorzieningen.geojson")
    left_over = []
    for name in names:
        there = areas[(areas["soort"] == SUPPLY[name]) & (areas["van"].fillna(0) < year)]
        near = shapely.union_all(there.buffer(reach[f"{name}_supply"], quad_segs=32))
        left_over.append(shapely.difference(land, near))
    return shapely.union_all(left_over)


def without_rail(land: Any) -> Any:
    tracks = pd.read_csv(DATA / "spoor.csv", sep=";").query("soort in ['raccordement', 'zijspoor']")
    assert len(tracks)
    return shapely.difference(land, shapely.union_all(shapely.from_wkt(tracks["wkt"])).buffer(250, quad_segs=32))


def unmet(activity: dict[str, Any], year: int, land: Any) -> dict[str, Any]:
    """The land on which a need of an activity is not met, by theme."""
    nowhere: Any = shapely.Polygon()
    no_supply = without_supply(activity.get("connections", []), year, land)
    return {
        "grid": without_power(activity, year) if activity.get("power_mw") else nowhere,
        "industrial_water": without_water(activity, year, land) if activity.get("water_m3_year") else nowhere,
        "facilities": no_supply.union(without_rail(land)) if activity.get("needs_rail") else no_supply,
    }


@pytest.mark.parametrize("cluster", ["oosterpark", "westhaven"])
def test_land_without_what_an_activity_needs_is_held_back(proefpolder: RunContext, cluster: str) -> None:
    """Hectares by theme are those of the raw files, but on plots that hardly have any; none of that land is usable."""
    package = proefpolder.store.outputs / f"{cluster}.gpkg"
    each = np.array(list(shapes(package, "kavels", "kavel_id").values()))
    around = shapely.box(*shapely.total_bounds(each))  # and no union of plots: GEOS loses land along its needles
    card, whole_m2 = rules("balance")["slivers"], shapely.area(each)
    least_m2 = np.minimum(np.maximum(card["least_area_m2"], card["least_share"] * whole_m2), 0.5 * whole_m2)
    usable, parts = layer(package, "vrij_en_bruikbaar"), shapes(package, "deelvlakken", "deelvlak_id")
    hit = pd.read_csv(proefpolder.store.outputs / "figures.csv", keep_default_na=False)
    hit = hit[(hit["cluster"] == cluster) & (hit["measure"] == "theme_hit") & (hit["case"] == "earliest")]
    stated = hit.set_index(["profile", "year", "heading"])["area_m2"].astype(float).to_dict()
    seen = 0
    for name, activity in rules("profiles")["profile"].items():
        for year in YEARS:
            rows = usable[
                (usable["jaar"] == year) & usable["bruikbaar_voor"].str.contains(activity["title"], regex=False)
            ]
            for theme, land in unmet(activity, year, around).items():
                on_plot_m2 = shapely.area(shapely.intersection(each, land))
                there = float(on_plot_m2[on_plot_m2 >= least_m2].sum())
                assert stated.get((name, year, theme), 0.0) == pytest.approx(there, abs=max(30, 2e-5 * there))
                pieces = [parts[piece] for piece in rows["deelvlak_id"]]
                assert sum(shapely.area(shapely.intersection(pieces, land))) < 10 if pieces else True
                seen += there > 0
    assert is_enough(seen, 8)


def test_decided_claims_take_land_and_others_are_shown(proefpolder: RunContext) -> None:
    """No usable land under a claim that is decided and begins by then; usable land under others as it is stated."""
    claims = raw("energieclaims.geojson")
    words = {"waarschijnlijk": "likely", "in verkenning": "explored"}
    stated = pd.read_csv(proefpolder.store.outputs / "figures.csv", keep_default_na=False)
    stated = stated[stated["measure"] == "usable_by_claim"].astype({"area_m2": float})
    titles = {card["title"]: name for name, card in rules("profiles")["profile"].items()}
    summed: dict[Any, float] = {}
    taken = 0.0
    for cluster in ("oosterpark", "westhaven"):
        package = proefpolder.store.outputs / f"{cluster}.gpkg"
        parts = shapes(package, "deelvlakken", "deelvlak_id")
        for row in layer(package, "vrij_en_bruikbaar").query("geval == 'vroegst'").itertuples():
            now = claims[claims["van"] <= row.jaar]
            over = now.geometry.intersection(parts[row.deelvlak_id]).area
            taken += over[now["zeker"] == "besloten"].sum()
            surest = next((words[word] for word in words if over[now["zeker"] == word].sum() > 1), None)
            for title, name in titles.items():
                if surest and title in row.bruikbaar_voor:
                    key = (cluster, row.jaar, name, surest)
                    summed[key] = summed.get(key, 0.0) + parts[row.deelvlak_id].area
    rows = stated[(stated["case"] == "earliest") & (stated["heading"] != "none") & ~stated["cluster"].isin(SUMS)]
    there = {tuple(row): m2 for *row, m2 in rows[["cluster", "year", "profile", "heading", "area_m2"]].to_numpy()}
    assert there == pytest.approx(summed, abs=10) and is_enough(len(there), 4)
    assert taken < 1


def test_demand_of_programmes_is_what_the_file_states(proefpolder: RunContext) -> None:
    rows = pd.read_csv(proefpolder.project.folder / "demand.csv", sep=";").dropna(subset="programme")
    stated = pd.read_csv(proefpolder.store.outputs / "figures.csv", keep_default_na=False)
    stated = stated[(stated["measure"] == "demand_of_programme") & ~stated["cluster"].isin(SUMS)]
    heading = rows["scenario"] + "." + rows["segment"] + "." + rows["programme"]
    wanted = dict(
        zip(zip(rows["cluster_id"], rows["year"], heading, strict=True), rows["demand_ha"] * 1e4, strict=True)
    )
    there = zip(stated["cluster"], stated["year"], stated["heading"], stated["area_m2"].astype(float), strict=True)
    assert {tuple(key): m2 for *key, m2 in there} == wanted and wanted
