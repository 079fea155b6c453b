"""Plots with the role each plays, and what registers say of them."""

import datetime as dt
import random
from pathlib import Path

import geopandas as gpd
import openpyxl
import shapely
from shapely import affinity

from tools.proefpolder.files import write_csv, write_vector
from tools.proefpolder.places import PLACES, RD, REFERENCE_DATE, basin, chance_row, plots

# How many of a hundred plots play a role, and what the land owner says of them.
ROLE_WEIGHTS = {
    "leased": 62,
    "free": 8,
    "optioned": 7,
    "reserved": 5,
    "contracted": 4,
    "temporary": 4,
    "not_serviced": 4,
    "public": 2,
    "loose": 2,
    "blank": 2,
}
STATUS_OF_ROLE = {
    "not_serviced": "Niet terstond uitgeefbaar",
    "public": "Openbare ruimte",
    "leased": "Uitgegeven",
    "loose": "Uitgegeven",
    "blank": None,
}
CATEGORY_WEIGHTS = {"3.2": 5, "4.1": 8, "4.2": 20, "5.1": 20, "5.2": 20, "5.3": 15, "6": 8, "": 4}


def draw_parcels(chance: random.Random) -> gpd.GeoDataFrame:
    """All plots with the role that they play; a role is the state that registers and contracts will tell of."""
    rows = []
    for place in PLACES:
        fields: dict[int, str] = {}
        dry = [
            (shape, block)
            for shape, block in plots(place, chance)
            if shapely.area(shapely.intersection(shape, basin())) < 0.4 * shape.area
        ]
        for number, (shape, block) in enumerate(dry, start=1):
            fields.setdefault(block, chance.choices(["mixed", "free", "not_serviced"], [86, 9, 5])[0])
            role = fields[block]
            if role == "mixed":
                role = chance.choices(list(ROLE_WEIGHTS), list(ROLE_WEIGHTS.values()))[0]
            rows.append(
                {
                    "id": f"{place.prefix}-{number:04d}",
                    "site": place.name,
                    "cluster": place.cluster,
                    "role": role,
                    "geometry": shape,
                }
            )
    land = gpd.GeoDataFrame(rows, crs=RD)
    categories, weights = list(CATEGORY_WEIGHTS), list(CATEGORY_WEIGHTS.values())
    land["category"] = [chance.choices(categories, weights)[0] for _ in range(len(land))]
    land["registered"] = [round(area * chance.uniform(0.99, 1.01)) for area in land.area]
    land["cadastre"] = [
        f"MKW0{chance.randint(1, 4)} {chance.choice('ABCD')} {number}" for number in range(1, len(land) + 1)
    ]
    return land


def write_parcels(land: gpd.GeoDataFrame, folder: Path) -> None:
    """kavels.gpkg, with a bow-tie, an overlap and a wrong area; of some plots the owner is not known."""
    owners = dict.fromkeys(range(5), "Havenbedrijf Proefpolder") | {5: "Gemeente Oostermarke"}
    drawn = land.geometry.to_numpy().copy()
    ring = shapely.get_coordinates(drawn[10])
    # Two corners change places: the ring crosses itself, as in a plot digitised by hand.
    drawn[10] = shapely.Polygon(ring[[0, 2, 1, 3, 0]])
    drawn[20] = affinity.translate(drawn[20], 0.6, 0.0)
    registered = land["registered"].to_numpy().copy()
    registered[30] = int(registered[30] * 1.3)
    sent = {
        "KAVELNR": land["id"],
        "PERCEEL": land["cadastre"],
        "TERREIN": land["site"],
        "MAX_CAT": land["category"],
        "EIGENAAR": [owners.get(number // 40 % 7) for number in range(len(land))],
        "OPP_M2": registered,
    }
    write_vector(folder / "kavels.gpkg", sent, drawn)


def statuses(land: gpd.GeoDataFrame) -> list[str | None]:
    """What the land owner says of each plot; some are kept for later, reserved without a contract, or unused."""
    usual = [STATUS_OF_ROLE.get(role, "Uitgeefbaar") for role in land["role"]]
    said = list(usual)
    other = chance_row(1)
    for role, word, count in (
        ("free", "Strategische reserve", 12),
        ("free", "Gereserveerd", 8),
        ("leased", "Uitgegeven, onbenut", 14),
    ):
        unchanged = [
            index for index, plot_role in enumerate(land["role"]) if plot_role == role and said[index] == usual[index]
        ]
        for index in other.sample(unchanged, count):
            said[index] = word
    return said


def write_register(land: gpd.GeoDataFrame, said: list[str | None], chance: random.Random, folder: Path) -> None:
    """uitgifte.xlsx: the land owner's register, with two title rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Kavels"
    sheet.append(["Uitgifteregister Proefpolder", None, None])
    sheet.append(["Peildatum", REFERENCE_DATE, None])
    sheet.append(["Kavelnummer", "Uitgiftestatus", "Bouwrijp in"])
    for row, word in zip(land.itertuples(), said, strict=True):
        year = chance.choice([2027, 2029, 2033, None]) if row.role == "not_serviced" else None
        sheet.append([row.id, word, year])
    sheet.append(["XX-9999", "Uitgeefbaar", None])
    book.properties.created = book.properties.modified = dt.datetime(2026, 10, 1)
    book.save(folder / "uitgifte.xlsx")


def write_inventory(land: gpd.GeoDataFrame, said: list[str | None], folder: Path) -> None:
    """ibis.csv: the yearly inventory of some sites: a year behind on some plots, and the only word on others."""
    chance = chance_row(4)
    rows = []
    for row, word in zip(land.itertuples(), said, strict=True):
        if row.site not in ("Oosterpark", "Papierfabriek"):
            continue
        older = "Uitgeefbaar" if word == "Uitgegeven" and chance.random() < 0.03 else word
        known = {
            "Strategische reserve": "Uitgeefbaar",
            "Gereserveerd": "Uitgeefbaar",
            "Uitgegeven, onbenut": "Uitgegeven",
            None: "Niet terstond uitgeefbaar",
        }
        rows.append([row.id, known.get(older, older), 2025])
    write_csv(folder / "ibis.csv", "KAVEL;STATUS;JAAR", rows)
