"""Proefpolder: writes the invented data of the example project; run it again after changing it: python config/proefpolder/make.py

Nothing here describes a real place: it lies where the Markerwaard was never made. The files come in the formats that
offices really send, with some of the faults that they really have; FAULTS names them.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import shutil
import sys
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import rasterio
import shapely
from rasterio.transform import from_origin
from shapely import affinity

RD, DEGREES = "EPSG:28992", "EPSG:4258"
SEED = 20261001
TODAY = dt.date(2026, 10, 1)
FAULTS = """
kavels.gpkg            a plot drawn as a bow-tie; two plots that overlap; a registered area that is 30 % off
uitgifte.xlsx          title rows above the header; empty statuses; a plot that is on no map
contracten.csv         cp1252; decimal commas; 31-12-9999 and 'eeuwigdurend'; one row twice; a contract that ends before it
                       begins; an unknown plot; master leases; several plots in one cell
contractvlakken        a polygon that crosses the edge of its plot by a hand's width
veiligheid.geojson     a placeholder area, an expired contour, a line among polygons
bgt.fgb                use without a building; a tank on a plot that is free on paper
ibis.csv               a year behind the register on some plots
panden.gpkg            heights in the third coordinate; demolished buildings
geluid.tif             tenths of a decibel, and no data along one side
veiligheid.geojson     a misspelt kind, a contour that stands there twice under two keys, a closed line that is an area
waterdiepte.tif        no data outside the dikes: not known, not dry
"""


@dataclass(frozen=True)
class Place:
    """A site: cluster, prefix of its plots, lower left corner in RD, size and plot size in metres, and turn in degrees."""

    cluster: str
    name: str
    prefix: str
    corner: tuple[float, float]
    size: tuple[float, float]
    plot_m: float
    turn: float


PLACES = (
    Place("westhaven", "Westhaven", "WH", (146_000, 506_000), (3600, 2400), 95, 7.0),
    Place("westhaven", "Voorhaven", "VH", (144_300, 506_400), (1200, 900), 90, 7.0),
    Place("oosterpark", "Oosterpark", "OP", (156_000, 504_000), (2200, 1800), 100, -4.0),
    Place("papierfabriek", "Papierfabriek", "PF", (163_000, 511_000), (600, 450), 110, 0.0),
    Place("steenbakkerij", "Steenbakkerij", "SB", (140_500, 500_500), (500, 400), 100, 12.0),
    Place("zuivelfabriek", "Zuivelfabriek", "ZF", (152_000, 514_500), (450, 450), 110, 0.0),
)
CATEGORIES = ("3.2", "4.1", "4.2", "5.1", "5.2", "5.3", "6")


def turned(shape: Any, place: Place) -> Any:
    """The shape turned about the corner of its place, on the millimetre."""
    return shapely.set_precision(affinity.rotate(shape, place.turn, origin=place.corner), 0.001)


def outline(place: Place) -> Any:
    """The edge of a place."""
    x, y = place.corner
    return turned(shapely.box(x, y, x + place.size[0], y + place.size[1]), place)


def plots(place: Place, chance: random.Random) -> list[tuple[Any, int]]:
    """Rectangles in blocks with roads of 20 m between; each with the number of its block."""
    x0, y0 = place.corner
    found, block = [], 0
    y = y0 + 20
    while y < y0 + place.size[1] - 60:
        depth = min(chance.choice([240, 300, 360]), y0 + place.size[1] - 20 - y)
        x = x0 + 20
        while x < x0 + place.size[0] - 60:
            wide = min(chance.choice([360, 480, 600]), x0 + place.size[0] - 20 - x)
            block += 1
            rows = max(1, round(depth / (place.plot_m * chance.choice([0.8, 1.0, 1.4]))))
            for row in range(rows):
                count = max(1, round(wide / (place.plot_m * chance.choice([0.7, 1.0, 1.0, 1.8]))))
                cuts = [0.0, *sorted((k + chance.uniform(-0.2, 0.2)) / count for k in range(1, count)), 1.0]
                low, high = y + depth * row / rows, y + depth * (row + 1) / rows
                found += [(shapely.box(x + wide * a, low, x + wide * b, high), block) for a, b in pairwise(cuts)]
            x += wide + 20
        y += depth + 20
    return [(turned(shape, place), number) for shape, number in found]


def basin() -> Any:
    """The harbour basin of Westhaven."""
    x, y = PLACES[0].corner
    return turned(shapely.box(x + 1200, y - 900, x + 1420, y + 1500), PLACES[0])


def parcels(chance: random.Random) -> gpd.GeoDataFrame:
    """All plots with the role that they play; a role is the state that registers and contracts will tell of."""
    weights = {
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
            role = (
                chance.choices(list(weights), list(weights.values()))[0] if fields[block] == "mixed" else fields[block]
            )
            rows.append(
                {
                    "id": f"{place.prefix}-{number:04d}",
                    "site": place.name,
                    "cluster": place.cluster,
                    "role": role,
                    "geometry": shape,
                }
            )
    found = gpd.GeoDataFrame(rows, crs=RD)
    found["category"] = [chance.choices([*CATEGORIES, ""], [5, 8, 20, 20, 20, 15, 8, 4])[0] for _ in range(len(found))]
    found["registered"] = [round(area * chance.uniform(0.99, 1.01)) for area in found.area]
    found["cadastre"] = [
        f"MKW0{chance.randint(1, 4)} {chance.choice('ABCD')} {number}" for number in range(1, len(found) + 1)
    ]
    return found


def write_parcels(land: gpd.GeoDataFrame, folder: Path) -> None:
    """kavels.gpkg, with a bow-tie, an overlap and a wrong area; of some plots the owner is not known."""
    owners = dict.fromkeys(range(5), "Havenbedrijf Proefpolder") | {5: "Gemeente Oostermarke"}
    drawn = land.geometry.to_numpy().copy()
    ring = shapely.get_coordinates(drawn[10])
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
    gpd.GeoDataFrame(sent, geometry=drawn, crs=RD).to_file(folder / "kavels.gpkg", layer="kavels", VERSION="1.3")


def statuses(land: gpd.GeoDataFrame) -> list[str | None]:
    """What the land owner says of each plot; some are kept for later, reserved without a contract, or unused."""
    words = {"free": "Uitgeefbaar", "optioned": "Uitgeefbaar", "reserved": "Uitgeefbaar", "contracted": "Uitgeefbaar", "temporary": "Uitgeefbaar",
             "not_serviced": "Niet terstond uitgeefbaar", "public": "Openbare ruimte", "leased": "Uitgegeven", "loose": "Uitgegeven", "blank": None}  # fmt: skip
    said: list[str | None] = [words[role] for role in land["role"]]
    other = random.Random(SEED + 1)
    for role, word, count in (
        ("free", "Strategische reserve", 12),
        ("free", "Gereserveerd", 8),
        ("leased", "Uitgegeven, onbenut", 14),
    ):
        for at in other.sample(
            [at for at, own in enumerate(land["role"]) if own == role and said[at] == words[role]], count
        ):
            said[at] = word
    return said


def write_register(land: gpd.GeoDataFrame, said: list[str | None], chance: random.Random, folder: Path) -> None:
    """uitgifte.xlsx: the land owner's register, with two title rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Kavels"
    sheet.append(["Uitgifteregister Proefpolder", None, None])
    sheet.append(["Peildatum", TODAY, None])
    sheet.append(["Kavelnummer", "Uitgiftestatus", "Bouwrijp in"])
    for row, word in zip(land.itertuples(), said, strict=True):
        year = chance.choice([2027, 2029, 2033, None]) if row.role == "not_serviced" else None
        sheet.append([row.id, word, year])
    sheet.append(["XX-9999", "Uitgeefbaar", None])
    book.properties.created = book.properties.modified = dt.datetime(2026, 10, 1)
    book.save(folder / "uitgifte.xlsx")


def contract(row: Any, number: int, chance: random.Random) -> dict[str, Any]:
    """One contract on a plot, as its role asks."""
    start = dt.date(chance.randint(1975, 2025), chance.randint(1, 12), 1)
    end: dt.date | str = dt.date(start.year + chance.choice([25, 30, 50]), start.month, 1)
    right, years, who, sure = chance.choice(["ondererfpacht", "ondererfpacht", "huur", "opstal"]), "", "geen", "akte"
    if row.role == "leased" and end < TODAY and chance.random() < 0.9:
        end = dt.date(2026 + chance.randint(1, 30), start.month, 1)
    if row.role == "leased" and chance.random() < 0.4:
        years, who = "25", chance.choice(["eenzijdig huurder", "eenzijdig huurder", "wederzijds"])
    if row.role == "leased" and chance.random() < 0.03:
        end = chance.choice(["31-12-9999", "eeuwigdurend"])
    if row.role == "contracted":
        start, end, right = dt.date(2027, chance.randint(1, 12), 1), dt.date(2057, 1, 1), "ondererfpacht"
    if row.role == "temporary":
        start, end, right = dt.date(2024, 6, 1), dt.date(chance.randint(2027, 2031), 6, 1), "tijdelijk gebruik"
    if row.role == "optioned":
        start, end, right, sure = dt.date(2025, 5, 1), dt.date(chance.randint(2027, 2029), 5, 1), "optie", "intentie"
    if row.role == "reserved":
        start, end, right, sure = dt.date(2024, 1, 1), "", "reservering", "besluit"
    holder = f"{chance.choice(['Zuidás', 'Überhaven', 'Noord', 'De Kaap'])} {chance.choice(['Chemie', 'Opslag', 'Metaal', 'Energie'])} {number} B.V."
    last = dt.date(end.year - 2, 1, 1) if years and isinstance(end, dt.date) else ""
    return {"CONTRACT": f"C{number:05d}", "KAVELS": row.id, "TERREIN": "", "RECHT": right, "HOUDER": holder, "INGANG": dutch(start), "EINDE": dutch(end),
            "VERLENGING": years, "WIE": who, "AANZEGGEN": dutch(last), "ZEKERHEID": sure, "OPP_M2": f"{row.geometry.area:.1f}".replace(".", ",")}  # fmt: skip


def dutch(day: dt.date | str) -> str:
    """A day as dd-mm-yyyy; text as it is."""
    return day.strftime("%d-%m-%Y") if isinstance(day, dt.date) else day


def write_leases(land: gpd.GeoDataFrame, chance: random.Random, folder: Path) -> list[dict[str, Any]]:
    """contracten.csv in cp1252, and the rows that were written."""
    with_contract = ("leased", "optioned", "reserved", "contracted", "temporary")
    rows: list[dict[str, Any]] = []
    blank = {"KAVELS": "", "RECHT": "erfpacht", "HOUDER": "Havenbedrijf Proefpolder", "INGANG": "01-01-2004", "EINDE": "eeuwigdurend", "VERLENGING": "",
             "WIE": "geen", "AANZEGGEN": "", "ZEKERHEID": "akte", "OPP_M2": ""}  # fmt: skip
    for number, place in enumerate(PLACES[:3], start=1):
        rows.append({**blank, "CONTRACT": f"H{number:05d}", "TERREIN": place.name})
    for row in land.itertuples():
        if row.role not in with_contract:
            continue
        same = (
            rows
            and row.role == "leased"
            and rows[-1]["RECHT"] == "ondererfpacht"
            and rows[-1]["KAVELS"][:2] == row.id[:2]
        )
        if same and chance.random() < 0.05:
            rows[-1] = {**rows[-1], "KAVELS": f"{rows[-1]['KAVELS']}, {row.id}"}
            continue
        rows.append(contract(row, len(rows), chance))
    complete(rows, random.Random(SEED + 2))
    rows.append(dict(rows[40]))
    rows.append({**rows[50], "CONTRACT": "C90001", "RECHT": "optie", "INGANG": "01-05-2026", "EINDE": "01-05-2025"})
    rows.append({**rows[51], "CONTRACT": "C90002", "KAVELS": "BESTAAT-NIET"})
    names = [
        "CONTRACT",
        "KAVELS",
        "TERREIN",
        "RECHT",
        "HOUDER",
        "INGANG",
        "EINDE",
        "VERLENGING",
        "WIE",
        "AANZEGGEN",
        "ZEKERHEID",
        "OPP_M2",
        "UITGEVER",
        "OPGEZEGD",
        "EINDE_OPZEGGING",
        "CANON",
        "KADEGEBONDEN",
        "CATEGORIE_GEBRUIKER",
        "BRZO",
    ]
    with (folder / "contracten.csv").open("w", encoding="cp1252", newline="") as lines:
        writer = csv.DictWriter(lines, names, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return rows


def user(row: dict[str, Any], chance: random.Random) -> dict[str, str]:
    """What the register knows of what a user needs; of a third nothing."""
    drawn = chance.random(), chance.choice(["3.1", "3.2", "4.1", "4.2", "5.1", "5.2"]), chance.random()
    if row["RECHT"] not in ("ondererfpacht", "huur", "opstal") or drawn[0] < 1 / 3:
        return {"KADEGEBONDEN": "", "CATEGORIE_GEBRUIKER": "", "BRZO": ""}
    return {
        "KADEGEBONDEN": "ja" if drawn[2] < 0.3 else "nee",
        "CATEGORIE_GEBRUIKER": drawn[1],
        "BRZO": "ja" if drawn[1] >= "5.1" and drawn[2] < 0.5 else "nee",
    }


def complete(rows: list[dict[str, Any]], chance: random.Random) -> None:
    """Landlords and rents; some contracts under notice; some users who have signed for new land before they leave the old."""
    needs = random.Random(SEED + 7)
    for row in rows:
        port = row["TERREIN"] or row["KAVELS"][:2] in ("WH", "VH", "OP")
        area = float(row["OPP_M2"].replace(",", ".")) if row["OPP_M2"] else 0.0
        rent = (
            f"{area * chance.uniform(4.0, 9.0):.2f}".replace(".", ",")
            if row["RECHT"] not in ("optie", "reservering", "erfpacht")
            else ""
        )
        row |= {
            "UITGEVER": "Havenbedrijf Proefpolder" if port else "Gemeente Oostermarke",
            **user(row, needs),
            "OPGEZEGD": "",
            "EINDE_OPZEGGING": "",
            "CANON": rent,
        }
    in_use = [
        row
        for row in rows
        if row["RECHT"] in ("ondererfpacht", "huur", "opstal")
        and row["INGANG"][-4:] < "2026"
        and row["EINDE"][-4:].isdigit()
    ]
    for row in chance.sample([row for row in in_use if "2034" < row["EINDE"][-4:] < "2060"], 7):
        row |= {"OPGEZEGD": "01-03-2026", "EINDE_OPZEGGING": "31-12-2027"}
    soon = [row for row in in_use if "2027" < row["EINDE"][-4:] < "2031" and not row["VERLENGING"]]
    signed = [row for row in rows if row["RECHT"] == "ondererfpacht" and row["INGANG"][-4:] == "2027"]
    for new, old in zip(chance.sample(signed, 6), chance.sample(soon, 6), strict=True):
        new["HOUDER"] = old["HOUDER"]


def write_use(land: gpd.GeoDataFrame, built: set[str], folder: Path) -> None:
    """bgt.fgb: tanks, yards and rail on most plots in use without a building, a tank on a plot that is free, green elsewhere."""
    chance = random.Random(SEED + 3)
    rows = []
    for row in land.itertuples():
        in_use = row.role in ("leased", "temporary", "loose") and row.id not in built
        if not (in_use and chance.random() < 0.85) and chance.random() > {"free": 0.06, "leased": 0.1}.get(
            row.role, 0.0
        ):
            continue
        kind = (
            chance.choice(["opslagtank", "opslagterrein", "spoor", "bouwwerk"])
            if in_use
            else chance.choices(["groenvoorziening", "opslagtank"], [80, 20])[0]
        )
        reach = 0.22 * row.geometry.area**0.5
        shape = (
            row.geometry.centroid.buffer(reach)
            if kind == "opslagtank"
            else shapely.box(*row.geometry.centroid.buffer(reach).bounds)
        )
        rows.append(
            {"lokaal_id": f"G0999.{len(rows):032x}", "functie": kind, "geometry": shapely.set_precision(shape, 0.001)}
        )
    for place in PLACES:  # the streets between the plots
        own = land.loc[land["site"] == place.name].geometry.to_numpy()
        street = shapely.difference(outline(place), shapely.union_all([*own, basin()]))
        rows.append(
            {
                "lokaal_id": f"G0999.{len(rows):032x}",
                "functie": "rijbaan",
                "geometry": shapely.set_precision(street, 0.001),
            }
        )
    gpd.GeoDataFrame(rows, crs=RD).to_file(folder / "bgt.fgb", driver="FlatGeobuf")


def write_inventory(land: gpd.GeoDataFrame, said: list[str | None], folder: Path) -> None:
    """ibis.csv: the yearly inventory of some sites: a year behind on some plots, and the only word on others."""
    chance = random.Random(SEED + 4)
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
    lines_of_text(folder / "ibis.csv", ["KAVEL", "STATUS", "JAAR"], rows)


def write_polygons(land: gpd.GeoDataFrame, rows: list[dict[str, Any]], folder: Path) -> None:
    """contractvlakken.parquet: some contracts on the western half of their plot, one across its edge by a hand's width."""
    shape_of = land.set_index("id").geometry
    chosen = [row for row in rows if row["RECHT"] == "ondererfpacht" and row["KAVELS"] in shape_of.index][5:125:10]
    halves = []
    for row in chosen:
        x0, y0, x1, y1 = shape_of[row["KAVELS"]].bounds
        halves.append(shapely.intersection(shape_of[row["KAVELS"]], shapely.box(x0, y0, (x0 + x1) / 2, y1)))
    halves[0] = shapely.buffer(halves[0], 0.1, join_style="mitre")
    drawn = shapely.set_precision(np.array(halves), 0.001)
    gpd.GeoDataFrame({"contract": [row["CONTRACT"] for row in chosen]}, geometry=drawn, crs=RD).to_parquet(
        folder / "contractvlakken.parquet"
    )


def write_buildings(land: gpd.GeoDataFrame, chance: random.Random, folder: Path) -> set[str]:
    """panden.gpkg with heights: on most plots in use, on a few that are free, some of them gone; the plots that have one."""
    rows: list[dict[str, Any]] = []
    built: set[str] = set()
    for row in land.itertuples():
        if chance.random() > {"leased": 0.55, "loose": 0.8, "free": 0.04, "temporary": 0.3}.get(row.role, 0.0):
            continue
        centre, size = row.geometry.centroid, 0.35 * row.geometry.area**0.5 * chance.uniform(0.5, 1.0)
        floor = shapely.box(centre.x - size, centre.y - size * 0.6, centre.x + size, centre.y + size * 0.6)
        status = chance.choices(
            ["Pand in gebruik", "Pand buiten gebruik", "Bouw gestart", "Sloopvergunning verleend", "Pand gesloopt"],
            [80, 6, 4, 4, 6],
        )[0]
        built.add(row.id)
        rows.append({"identificatie": f"0999100000{len(rows):06d}", "bouwjaar": chance.randint(1930, 2025), "status": status,
                     "geometry": shapely.force_3d(shapely.set_precision(floor, 0.001), chance.randint(4, 30))})  # fmt: skip
    gpd.GeoDataFrame(rows, crs=RD).to_file(folder / "panden.gpkg", layer="pand", VERSION="1.3")
    return built


def write_zones(folder: Path) -> None:
    """Boundaries, zoned sites, noise zones and attention areas, each in another format."""
    edges = gpd.GeoDataFrame(
        {"site": [p.name for p in PLACES], "cluster": [p.cluster for p in PLACES]},
        geometry=[outline(p) for p in PLACES],
        crs=RD,
    )
    firm = ["vastgesteld" if place.cluster == "westhaven" else "indicatief" for place in PLACES]
    bounds = edges.assign(id=[f"G{n}" for n in range(1, len(PLACES) + 1)], status=firm, versie="2026-1")
    bounds.to_crs(DEGREES).to_file(folder / "clustergrenzen.geojson", COORDINATE_PRECISION=9)
    zoned = edges.iloc[[0, 2]]
    sites = gpd.GeoDataFrame(
        {"ID": ["T1", "T2"], "NAAM": zoned["site"], "REGIME": ["Wgh", "Ow"]}, geometry=zoned.geometry, crs=RD
    )
    zip_shapefile(sites, folder / "terreinen.zip")
    rings = gpd.GeoDataFrame(
        {"zone": ["Z1"], "terrein": ["Westhaven"], "grens_dba": [50]},
        geometry=[zoned.geometry.iloc[0].buffer(900)],
        crs=RD,
    )
    rings.to_file(folder / "geluidzones.fgb", driver="FlatGeobuf")
    around = zoned.geometry.iloc[1].buffer(700).difference(zoned.geometry.iloc[1])
    gdb = folder / "aandachtsgebieden.gdb"
    shutil.rmtree(gdb, ignore_errors=True)
    gpd.GeoDataFrame(
        {"gebied": ["A1"], "terrein": ["Oosterpark"]}, geometry=[shapely.MultiPolygon([around])], crs=RD
    ).to_file(gdb, layer="geluidaandachtsgebied", driver="OpenFileGDB")
    pack(gdb, folder / "aandachtsgebieden.gdb.zip")


def zip_shapefile(frame: gpd.GeoDataFrame, path: Path) -> None:
    """A Shapefile in a zip, its parts with one fixed date."""
    inside = path.with_suffix("")
    inside.mkdir(exist_ok=True)
    frame.to_file(inside / f"{path.stem}.shp", encoding="utf-8")
    pack(inside, path, flat=True)


def pack(folder: Path, path: Path, *, flat: bool = False) -> None:
    """Zip a folder and remove it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            name = part.name if flat else f"{folder.name}/{part.name}"
            archive.writestr(zipfile.ZipInfo(name, (2026, 10, 1, 0, 0, 0)), part.read_bytes(), zipfile.ZIP_DEFLATED)
    shutil.rmtree(folder)


def write_safety(land: gpd.GeoDataFrame, chance: random.Random, folder: Path) -> None:
    """veiligheid.geojson: contours around some leased plots, a chemical park under one permit, and the dirt of a real register."""
    rows = []
    sources = land[(land["role"] == "leased") & land["site"].isin(["Westhaven", "Oosterpark"])].iloc[7:400:45]
    for number, row in enumerate(sources.itertuples(), start=1):
        reach = chance.choice([60, 120, 220])
        for kind, factor in (("PR 10-6", 1.0), ("Brandaandachtsgebied", 1.6), ("Gifwolkaandachtsgebied", 4.0))[
            : chance.randint(1, 3)
        ]:
            rows.append({"identificatie": f"EV{number:03d}-{kind[:2]}", "soort": kind, "bedrijf": f"Installatie {number}", "eind_geldigheid": None,
                         "geometry": row.geometry.centroid.buffer(reach * factor)})  # fmt: skip
    first = rows[0]["geometry"]
    rows.append(
        {
            **rows[0],
            "identificatie": "EV900-Placeholder",
            "soort": "Gifwolkaandachtsgebied",
            "geometry": first.centroid.buffer(1500),
        }
    )
    rows.append({**rows[0], "identificatie": "EV901", "eind_geldigheid": "2019-01-01", "geometry": first.buffer(300)})
    rows.append({**rows[0], "identificatie": "EV902", "geometry": first.buffer(40).exterior})
    rows.append(
        {**rows[0], "identificatie": "EV903", "geometry": shapely.LineString([(146_000, 506_000), (147_000, 507_000)])}
    )
    rows.append({**rows[1], "identificatie": "EV904-dubbel"})
    rows += chemical_park(land, folder)
    track = shapely.LineString([(139_000, 510_500), (153_000, 510_200), (166_000, 509_000)])
    rows.append(
        {
            "identificatie": "BN001",
            "soort": "PR 10-6",
            "bedrijf": "Basisnet spoor",
            "eind_geldigheid": None,
            "herkomst": "vervoer",
            "geometry": track.buffer(30),
        }
    )
    rows.append(
        {
            "identificatie": "BN002",
            "soort": "Brandaandachtsgebied",
            "bedrijf": "Basisnet spoor",
            "eind_geldigheid": None,
            "herkomst": "vervoer",
            "geometry": track.buffer(200),
        }
    )
    frame = gpd.GeoDataFrame(rows, crs=RD).to_crs(DEGREES)
    frame.to_file(folder / "veiligheid.geojson", COORDINATE_PRECISION=9)


def chemical_park(land: gpd.GeoDataFrame, folder: Path) -> list[dict[str, Any]]:
    """vergunde_locaties.geojson: two companies under one permit; and their contours, that bind only beyond the park."""
    park = land[land["site"] == "Oosterpark"].iloc[300:312]
    halves = [shapely.union_all(park.geometry.to_numpy()[:6]), shapely.union_all(park.geometry.to_numpy()[6:])]
    sites = gpd.GeoDataFrame(
        {"id": ["V1", "V2"], "vergunning": ["CP", "CP"], "bedrijf": ["Kraker Oost", "Polymeer Oost"]},
        geometry=halves,
        crs=RD,
    )
    sites.to_crs(DEGREES).to_file(folder / "vergunde_locaties.geojson", COORDINATE_PRECISION=9)
    centre = shapely.centroid(halves[0])
    same = {
        "bedrijf": "Kraker Oost",
        "eind_geldigheid": None,
        "vergunning": "CP",
        "stof": {"categorieNaam": "giftig gas", "chemischeNaam": "ammoniak"},
    }
    kinds = {
        "PR 10-6": 260,
        "CivielExplosieAandachtsgbied": 420,
        "Voorschriftengebied": 420,
        "Gifwolkaandachtsgebied": 1500,
    }
    rows = [
        {**same, "identificatie": f"CP-{at}", "soort": kind, "geometry": centre.buffer(reach)}
        for at, (kind, reach) in enumerate(kinds.items())
    ]
    around = shapely.union_all(park.geometry.to_numpy()).buffer(120).buffer(-20)
    return [*rows, {**same, "identificatie": "CP-9", "soort": "Risicogebied", "stof": None, "geometry": around}]


def write_surroundings(chance: random.Random, folder: Path) -> None:
    """Water, quays, waterways, roads, rail, pipelines, nature, power, homes, plans and municipalities."""
    west, front = PLACES[0], PLACES[1]
    x, y = west.corner
    lake = turned(shapely.box(x - 2200, y - 900, x + 3600, y), west)
    pond = shapely.Point(157_000, 504_900).buffer(60)
    water = gpd.GeoDataFrame({"ID": ["W1", "W2", "W3"]}, geometry=[lake, basin(), pond], crs=RD)
    zip_shapefile(water, folder / "water.zip")
    lines = [shapely.LineString([(x + 1200, y), (x + 1200, y + 1500)]), shapely.LineString([(x + 1420, y), (x + 1420, y + 1500)]),
             shapely.LineString([(x + 1500, y), (x + 3500, y)]), shapely.LineString([(front.corner[0], y), (front.corner[0] + 1200, y)])]  # fmt: skip
    quays = gpd.GeoDataFrame(
        {"kade": ["K1", "K2", "K3", "K4"], "diepte": [-10.5, -10.5, -15.5, None], "diepgang": [9.0, 9.0, 14.2, None]},
        geometry=[turned(line, west) for line in lines],
        crs=RD,
    )
    quays.to_file(folder / "kades.gpkg", layer="kades", VERSION="1.3")
    fairway = turned(shapely.LineString([(x - 4000, y - 450), (x + 9000, y - 450)]), west)
    zip_shapefile(
        gpd.GeoDataFrame({"VWK": ["V1"], "NAAM": ["Markervaart"], "CEMT": ["VIb"]}, geometry=[fairway], crs=RD),
        folder / "vaarwegen.zip",
    )
    write_roads(folder)
    rails = {
        "S1": ("hoofdspoor", "LINESTRING (139000 510500, 153000 510200, 166000 509000)"),
        "S2": ("raccordement", "LINESTRING (150500 510250, 149000 508000)"),
    }
    lines_of_text(
        folder / "spoor.csv", ["id", "soort", "wkt"], [[key, kind, shape] for key, (kind, shape) in rails.items()]
    )
    write_gml(folder / "leidingen.gml", {"B1": ("aardgas", [(149_000, 505_000), (148_500, 507_200), (147_000, 509_500)]),
                                         "B2": ("waterstof", [(155_500, 505_500), (158_500, 505_000)])})  # fmt: skip
    marsh = shapely.Polygon([(159_500, 500_500), (162_000, 500_800), (162_500, 503_000), (160_000, 503_200)])
    isle = shapely.Point(143_000, 503_500).buffer(500)
    reeds = shapely.Point(144_050, 507_250).buffer(230)
    nature = gpd.GeoDataFrame({"nr": ["N1", "N1", "N2", "N3"], "naam": ["Markermoeras", "Markermoeras", "Vogeleiland", "Rietland"], "richtlijn": ["HR", "VR", "VR", "HR"]},
                              geometry=[marsh, marsh.buffer(80), isle, reeds], crs=RD)  # fmt: skip
    nature.to_file(folder / "natura2000.gpkg", layer="gebieden", VERSION="1.3")
    lines_of_text(folder / "stations.csv", ["id", "naam", "kv", "wkt"], [["ST1", "Markerwaard 380", "380000;150000", "POINT (153500 508500)"],
                                                                         ["ST2", "Oosterpark 150", "150000", "POINT (155700 506000)"]])  # fmt: skip
    homes = [(chance.gauss(158_900, 160), chance.gauss(506_400, 140)) for _ in range(60)] + [
        (chance.gauss(150_700, 120), chance.gauss(507_300, 120)) for _ in range(25)
    ]
    kinds = [chance.choices(["woning", "kwetsbaar gebouw", "zeer kwetsbaar gebouw"], [92, 5, 3])[0] for _ in homes]
    addresses = [[f"09990100000{n:05d}", kind, "gemengd gebied" if n >= 60 else "", f"{a:.2f}".replace(".", ","), f"{b:.2f}".replace(".", ",")]
                 for n, ((a, b), kind) in enumerate(zip(homes, kinds, strict=True))]  # fmt: skip
    addresses.append(["0999010000099001", "verspreide woning", "", "150050,00", "503650,00"])
    lines_of_text(folder / "adressen.csv", ["adres", "soort", "gebied", "x", "y"], addresses)
    spots = [
        (149_600, 508_500),
        (149_680, 507_500),
        (158_480, 505_400),
        (145_700, 508_900),
        (158_500, 504_600),
        (164_000, 511_300),
        (149_620, 508_150),
    ]
    status = ["onherroepelijk", "vastgesteld", "onherroepelijk", "visie", "ontwerp", "vastgesteld", "vastgesteld"]
    plans = gpd.GeoDataFrame({"plan": [f"P{n}" for n in range(1, 8)], "naam": [f"Plan {n}" for n in range(1, 8)], "status": status,
                              "woningen": [400, 250, 900, 1500, 300, 120, None], "van": [2028, 2034, 2029, 2040, 2031, 2030, 2030], "tot": [2032, 2038, 2035, 2050, 2036, 2033, 2034],
                              "gebied": ["rustig", "gemengd", "gemengd", "rustig", "gemengd", "rustig", "rustig"]},
                             geometry=[shapely.Point(at).buffer(180, quad_segs=3) for at in spots], crs=RD)  # fmt: skip
    plans.to_crs(DEGREES).to_file(folder / "woningbouwplannen.geojson", COORDINATE_PRECISION=9)
    halves = [shapely.box(138_000, 498_000, 151_500, 518_000), shapely.box(151_500, 498_000, 168_000, 518_000)]
    gpd.GeoDataFrame({"code": ["GM9991", "GM9992"]}, geometry=halves, crs=RD).to_crs(DEGREES).to_file(
        folder / "gemeentegrenzen.geojson", COORDINATE_PRECISION=9
    )
    lines_of_text(
        folder / "gemeenten.csv", ["gemeentecode", "naam"], [["GM9991", "Westermarke"], ["GM9992", "Oostermarke"]]
    )


def lines_of_text(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    """A text table with semicolons."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows)


def write_gml(path: Path, pipes: dict[str, tuple[str, list[tuple[int, int]]]]) -> None:
    """A small GML by hand, as simple tools write it."""
    members = "".join(
        f'<p:member><p:leiding gml:id="{key}"><p:leidingnr>{key}</p:leidingnr><p:stof>{kind}</p:stof><p:hartlijn>'
        f'<gml:LineString gml:id="{key}.l" srsName="urn:ogc:def:crs:EPSG::28992"><gml:posList>{" ".join(f"{a} {b}" for a, b in line)}</gml:posList>'
        "</gml:LineString></p:hartlijn></p:leiding></p:member>\n"
        for key, (kind, line) in pipes.items()
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<p:verzameling xmlns:p="http://proefpolder.invalid/leidingen" xmlns:gml="http://www.opengis.net/gml/3.2">\n'
    path.write_text(f"{head}{members}</p:verzameling>\n", encoding="utf-8")


def write_roads(folder: Path) -> None:
    """wegen.fgb: a motorway with two junctions, roads to the sites, and a road under the motorway that does not meet it."""
    fast = [
        [(140_000, 509_800), (148_000, 509_600)],
        [(148_000, 509_600), (152_000, 509_500)],
        [(152_000, 509_500), (165_000, 508_000)],
    ]
    ramps = [[(148_000, 509_600), (148_100, 509_300)], [(152_000, 509_500), (152_100, 509_200)]]
    plain = [[(148_100, 509_300), (147_600, 508_700)], [(147_600, 508_700), (145_400, 507_600)], [(147_600, 508_700), (149_700, 508_100)],
             [(152_100, 509_200), (156_600, 506_100)], [(152_100, 509_200), (152_200, 514_400)], [(145_400, 507_600), (144_300, 506_300)],
             [(150_000, 511_000), (150_000, 508_200)], [(149_700, 508_100), (150_000, 508_200)], [(156_600, 506_100), (158_400, 505_600)]]  # fmt: skip
    lines = [*fast, *ramps, *plain]
    kinds = ["snelweg"] * len(fast) + ["toerit"] * len(ramps) + ["weg"] * len(plain)
    gpd.GeoDataFrame(
        {"wegvak": [f"R{n}" for n in range(1, len(lines) + 1)], "soort": kinds},
        geometry=[shapely.LineString(line) for line in lines],
        crs=RD,
    ).to_file(folder / "wegen.fgb", driver="FlatGeobuf")


def write_claimed(land: gpd.GeoDataFrame, folder: Path) -> None:
    """Land that others take: dikes, power lines, groundwater, finds, heights and energy claims."""
    west, east = PLACES[0], PLACES[2]
    x, y = west.corner
    dike = turned(shapely.LineString([(x, y + 2330), (x + 3600, y + 2330)]), west)
    zones = gpd.GeoDataFrame(
        {"zone": ["D1", "D2"], "soort": ["kernzone", "beschermingszone"]},
        geometry=[
            dike.buffer(12, cap_style="flat"),
            dike.buffer(45, cap_style="flat").difference(dike.buffer(12, cap_style="flat")),
        ],
        crs=RD,
    )
    zones.to_file(folder / "waterkeringen.gpkg", layer="zones", VERSION="1.3")
    lines = [
        shapely.LineString([(153_500, 508_500), (146_500, 508_300)]),
        shapely.LineString([(153_500, 508_500), (155_700, 506_000), (158_600, 504_500)]),
    ]
    gpd.GeoDataFrame(
        {"lijn": ["HS380", "HS150"], "kv": [380, 150], "strook": [36.0, None]}, geometry=lines, crs=RD
    ).to_file(folder / "hoogspanning.fgb", driver="FlatGeobuf")
    wells = [shapely.Point(164_600, 512_600), shapely.Point(163_300, 511_200)]
    gpd.GeoDataFrame(
        {"gebied": ["GW1", "GW2"], "soort": ["waterwingebied", "grondwaterbeschermingsgebied"]},
        geometry=[wells[0].buffer(300), wells[1].buffer(260)],
        crs=RD,
    ).to_file(folder / "grondwater.gpkg", layer="gebieden", VERSION="1.3")
    x, y = east.corner
    finds = [shapely.box(x + 150, y + 1300, x + 420, y + 1600), shapely.box(x + 900, y + 200, x + 1150, y + 420)]
    gpd.GeoDataFrame(
        {"vlak": ["AR1", "AR2"], "waarde": ["hoog", "laag"]}, geometry=[turned(find, east) for find in finds], crs=RD
    ).to_crs(DEGREES).to_file(folder / "archeologie.geojson", COORDINATE_PRECISION=9)
    path = shapely.LineString([(138_000, 505_000), (150_000, 508_600)])
    heights = [
        path.buffer(600, cap_style="flat"),
        path.buffer(1500, cap_style="flat").difference(path.buffer(600, cap_style="flat")),
    ]
    gpd.GeoDataFrame({"vlak": ["H1", "H2"], "hoogte": [22.0, 45.0]}, geometry=heights, crs=RD).to_file(
        folder / "hoogtes.fgb", driver="FlatGeobuf"
    )
    free = land[land["role"] == "free"]
    taken = [shapely.union_all(free[free["site"] == "Westhaven"].geometry.to_numpy()[:12]), shapely.union_all(free[free["site"] == "Oosterpark"].geometry.to_numpy()[:8]),
             shapely.union_all(free[free["site"] == "Westhaven"].geometry.to_numpy()[30:45])]  # fmt: skip
    claims = gpd.GeoDataFrame({"claim": ["EC1", "EC2", "EC3"], "naam": ["Hoogspanningsstation West", "Elektrolyse Oost", "Converter West"], "soort": ["station", "elektrolyser", "converterstation"],
                               "zeker": ["besloten", "waarschijnlijk", "in verkenning"], "van": [2028, 2032, 2035]}, geometry=[shapely.convex_hull(one) for one in taken], crs=RD)  # fmt: skip
    claims.to_crs(DEGREES).to_file(folder / "energieclaims.geojson", COORDINATE_PRECISION=9)


def write_logistics(folder: Path) -> None:
    """Where one gets on the train or ship, who feeds the land with power, and what else can be had."""
    lines_of_text(folder / "overslagpunten.csv", ["id", "naam", "soort", "wkt"],
                  [["O1", "Railservice Markerwaard", "spoorterminal", "POINT (150020 510260)"], ["O2", "Binnenvaartterminal Westhaven", "binnenvaartterminal", "POINT (147500 508650)"],
                   ["O3", "Zeehaventerminal Voorhaven", "zeehaventerminal", "POINT (144350 506250)"]])  # fmt: skip
    x = PLACES[0].corner[0]
    halves = [
        shapely.box(138_000, 498_000, x + 1700, 518_000),
        shapely.box(x + 1700, 498_000, 153_000, 518_000),
        shapely.box(153_000, 498_000, 168_000, 518_000),
    ]
    fed = gpd.GeoDataFrame({"voedingsgebied": ["VG-A", "VG-B", "VG-C"], "afname": ["beperkte ruimte", "tekort", "ruimte"], "invoeding": ["tekort", "tekort", "in onderzoek"],
                            "mw": [12.0, 0.0, 85.0], "wachtrij": [0.0, 140.0, 0.0], "jaar": [None, 2031, None]}, geometry=halves, crs=RD)  # fmt: skip
    fed.to_file(folder / "voedingsgebieden.gpkg", layer="gebieden", VERSION="1.3")
    pipes = [
        shapely.LineString([(155_500, 505_500), (158_500, 505_000)]).buffer(500),
        shapely.LineString([(149_000, 505_000), (147_000, 509_500)]),
        shapely.box(144_000, 505_500, 150_000, 509_000),
    ]
    offers = gpd.GeoDataFrame(
        {
            "id": ["L1", "L2", "L3"],
            "soort": ["waterstof", "CO2", "industriewater"],
            "van": [2030, 2033, None],
            "wie": ["Waterstofnet Oost", "CO2-net West", "Industriewater Markerwaard"],
        },
        geometry=pipes,
        crs=RD,
    )
    offers.to_crs(DEGREES).to_file(folder / "voorzieningen.geojson", COORDINATE_PRECISION=9)


def write_nitrogen(land: gpd.GeoDataFrame, folder: Path) -> None:
    """Hexagons of the two nature sites, receptors with what may be added, and what a kilogram from free plots adds there."""
    hexagons = []
    for west, south, columns, rows, load in ((159_700, 500_700, 12, 10, 1071), (142_700, 503_200, 4, 4, 714)):
        for column in range(columns):
            for row in range(rows):
                place = shapely.Point(west + 200 * column + 100 * (row % 2), south + 180 * row)
                number = len(hexagons) + 1
                fall = load + 380 - 45 * ((3 * column + 5 * row) % 13)
                hexagons.append(
                    {
                        "hexagoon": f"X{number:04d}",
                        "kdw": load + 143 * (number % 3),
                        "depositie": fall if number % 17 else None,
                        "geometry": place.buffer(100, quad_segs=2),
                    }
                )
    gpd.GeoDataFrame(hexagons, crs=RD).to_file(folder / "hexagonen.fgb", driver="FlatGeobuf")
    points = {"RP1": (161_000, 502_000, 6.0), "RP2": (143_000, 503_500, 4.0), "RP3": (160_300, 501_200, 3.0)}
    lines_of_text(
        folder / "rekenpunten.csv",
        ["rekenpunt", "ruimte"],
        [[name, f"{room:.1f}"] for name, (_, __, room) in points.items()],
    )
    rows_of_text = [
        [plot.id, name, f"{2.0e4 / ((plot.geometry.centroid.x - x) ** 2 + (plot.geometry.centroid.y - y) ** 2):.8f}"]
        for plot in land.itertuples()
        if plot.role in ("free", "leased")
        for name, (x, y, _) in points.items()
    ]
    lines_of_text(folder / "bronmatrix.csv", ["kavel", "rekenpunt", "per_kg"], rows_of_text)


def write_budgets(folder: Path) -> None:
    """geluidverdeling.gpkg: source strength per m2 in strips of Westhaven, of which one is nearly full."""
    west = PLACES[0]
    x, y = west.corner
    strips = [
        shapely.box(x, y, x + 1100, y + 2400),
        shapely.box(x + 1500, y, x + 2300, y + 2400),
        shapely.box(x + 2300, y, x + 2600, y + 2400),
    ]
    budgets = gpd.GeoDataFrame(
        {"vlak": ["GV1", "GV2", "GV3"], "budget": [65.0, 61.0, 52.0], "vergund": [62.0, 60.9, None]},
        geometry=[turned(strip, west) for strip in strips],
        crs=RD,
    )
    budgets.to_file(folder / "geluidverdeling.gpkg", layer="vlakken", VERSION="1.3")


def write_grid(path: Path, values: Any, corner: tuple[float, float, float], nodata: float) -> None:
    """A small GeoTIFF from its upper left corner with square cells."""
    west, north, cell = corner
    with rasterio.open(path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1, dtype=str(values.dtype), crs=RD, nodata=nodata,
                       transform=from_origin(west, north, cell, cell), compress="deflate") as grid:  # fmt: skip
        grid.write(values, 1)


def write_grids(folder: Path) -> None:
    """Air on cells of a kilometre, and flood: depth with no data outside the dikes, and classes."""
    west, north = 138_000.0, 518_000.0
    x, y = np.meshgrid(west + 1000 * (np.arange(30) + 0.5), north - 1000 * (np.arange(20) + 0.5))
    near = np.exp(-(((x - 147_500) / 4000) ** 2 + ((y - 507_000) / 3000) ** 2)) + 0.6 * np.exp(
        -(((x - 157_000) / 3000) ** 2 + ((y - 505_000) / 3000) ** 2)
    )
    for name, low, high in (("no2", 9.0, 16.0), ("pm10", 13.0, 9.0), ("pm25", 4.6, 6.5)):
        write_grid(
            folder / f"{name}.tif", (low + high * near).round(2).astype("float32"), (west, north, 1000.0), -999.0
        )
    x, y = np.meshgrid(west + 100 * (np.arange(300) + 0.5), north - 100 * (np.arange(200) + 0.5))
    depth = np.maximum(0.0, 2.4 - np.hypot(x - 158_000, y - 505_500) / 900).round(2)
    outside = (x < 147_100) & (y < 507_600)
    depth[outside] = -999.0
    write_grid(folder / "waterdiepte.tif", depth.astype("float32"), (west, north, 100.0), -999.0)
    classes = np.where(outside, 1, np.where(depth > 0, 3, 4)).astype("int16")
    write_grid(folder / "overstroming.tif", classes, (west, north, 100.0), 0)


def write_noise(folder: Path) -> None:
    """geluid.tif: tenths of a decibel around the two large sites, no data in the far east."""
    west, north, cell, columns, rows = 142_000.0, 511_000.0, 100.0, 200, 90
    x, y = np.meshgrid(west + cell * (np.arange(columns) + 0.5), north - cell * (np.arange(rows) + 0.5))
    energy = sum(
        10 ** ((118 - 20 * np.log10(np.maximum(np.hypot(x - a, y - b), 80))) / 10)
        for a, b in ((147_500, 507_200), (149_000, 507_900), (157_000, 505_000))
    )
    tenths = np.round(10 * 10 * np.log10(energy)).astype("int16")
    tenths[x > 160_000] = -9999
    with rasterio.open(folder / "geluid.tif", "w", driver="GTiff", width=columns, height=rows, count=1, dtype="int16", crs=RD, nodata=-9999,
                       transform=from_origin(west, north, cell, cell), compress="deflate") as grid:  # fmt: skip
        grid.write(tenths, 1)
        grid.scales = (0.1,)


def main(folder: Path) -> None:
    """Write every file of the example into a folder."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-10-01T00:00:00Z"})
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    chance = random.Random(SEED)
    land = parcels(chance)
    write_parcels(land, folder)
    said = statuses(land)
    write_register(land, said, chance, folder)
    write_inventory(land, said, folder)
    rows = write_leases(land, chance, folder)
    write_polygons(land, rows, folder)
    write_use(land, write_buildings(land, chance, folder), folder)
    write_zones(folder)
    write_safety(land, chance, folder)
    write_surroundings(chance, folder)
    write_noise(folder)
    write_claimed(land, folder)
    write_logistics(folder)
    write_nitrogen(land, folder)
    write_budgets(folder)
    write_grids(folder)
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    sys.stdout.write(json.dumps({"plots": len(land), "bytes": sum(sizes.values()), **sizes}, indent=1) + "\n")
    pd.Series(land["role"]).value_counts().to_csv(sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data")
