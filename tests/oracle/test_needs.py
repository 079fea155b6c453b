"""What activities need: power, process water, other supplies and rail, from the raw files of grid and suppliers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from oracle.published import RULES, layer, rules, shapes

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
    return shapely.union_all(areas.geometry[is_short & ~(areas["jaar"] <= year)])


def without_water(activity: dict[str, Any], year: int, land: Any) -> Any:
    areas = raw("voorzieningen.geojson").query("soort == 'industriewater'")
    enough = areas[(areas["van"].fillna(0) <= year) & (areas["m3"] >= activity["water_m3_year"])]
    return shapely.difference(land, shapely.union_all(enough.geometry))


def without_supply(names: list[str], year: int, land: Any) -> Any:
    reach = {card["name"]: card["geometry"].get("reach_m") for card in rules("constrain")["constraint"]}
    areas = raw("voorzieningen.geojson")
    left_over = []
    for name in names:
        there = areas[(areas["soort"] == SUPPLY[name]) & (areas["van"].fillna(0) <= year)]
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
    """Hectares by theme are those of the raw files, and none of that land is usable."""
    package = proefpolder.store.outputs / f"{cluster}.gpkg"
    plots = shapely.union_all(list(shapes(package, "deelvlakken", "deelvlak_id").values()))
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
            for theme, land in unmet(activity, year, plots).items():
                there = float(shapely.area(shapely.intersection(plots, land)))
                assert stated.get((name, year, theme), 0.0) == pytest.approx(there, abs=max(30, 2e-5 * there))
                pieces = [parts[piece] for piece in rows["deelvlak_id"]]
                assert sum(shapely.area(shapely.intersection(pieces, land))) < 10 if pieces else True
                seen += there > 0
    assert seen >= 8
