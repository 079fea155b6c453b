"""Contracts on plots: the register of leases, and the polygons of some."""

import datetime as dt
import random
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from tools.proefpolder.files import write_csv
from tools.proefpolder.places import PLACES, RD, REFERENCE_DATE, chance_row

HEADER = (
    "CONTRACT;KAVELS;TERREIN;RECHT;HOUDER;INGANG;EINDE;VERLENGING;WIE;AANZEGGEN;ZEKERHEID;OPP_M2;UITGEVER;OPGEZEGD;"
    "EINDE_OPZEGGING;CANON;KADEGEBONDEN;CATEGORIE_GEBRUIKER;BRZO"
)
USE_RIGHTS = ("ondererfpacht", "huur", "opstal")


def write_leases(land: gpd.GeoDataFrame, chance: random.Random, folder: Path) -> list[dict[str, Any]]:
    """contracten.csv in cp1252, and the rows that were written."""
    with_contract = ("leased", "optioned", "reserved", "contracted", "temporary")
    rows: list[dict[str, Any]] = []
    for number, place in enumerate(PLACES[:3], start=1):
        master_lease = "erfpacht", "Havenbedrijf Proefpolder", "01-01-2004", "eeuwigdurend", "", "geen", "", "akte", ""
        rows.append(_row(f"H{number:05d}", "", place.name, *master_lease))
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
    complete(rows, chance_row(2))
    rows.append(dict(rows[40]))
    rows.append({**rows[50], "CONTRACT": "C90001", "RECHT": "optie", "INGANG": "01-05-2026", "EINDE": "01-05-2025"})
    rows.append({**rows[51], "CONTRACT": "C90002", "KAVELS": "BESTAAT-NIET"})
    cells = [[row.get(name) for name in HEADER.split(";")] for row in rows]
    write_csv(folder / "contracten.csv", HEADER, cells, encoding="cp1252")
    return rows


def contract(row: Any, number: int, chance: random.Random) -> dict[str, Any]:
    """One contract on a plot, as its role asks."""
    start = dt.date(chance.randint(1975, 2025), chance.randint(1, 12), 1)
    end: dt.date | str = dt.date(start.year + chance.choice([25, 30, 50]), start.month, 1)
    right = chance.choice(["ondererfpacht", "ondererfpacht", "huur", "opstal"])
    years, extender, sure = "", "geen", "akte"
    if row.role == "leased" and end < REFERENCE_DATE and chance.random() < 0.9:
        end = dt.date(2026 + chance.randint(1, 30), start.month, 1)
    if row.role == "leased" and chance.random() < 0.4:
        years, extender = "25", chance.choice(["eenzijdig huurder", "eenzijdig huurder", "wederzijds"])
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
    town = chance.choice(["Zuidás", "Überhaven", "Noord", "De Kaap"])
    holder = f"{town} {chance.choice(['Chemie', 'Opslag', 'Metaal', 'Energie'])} {number} B.V."
    last = dt.date(end.year - 2, 1, 1) if years and isinstance(end, dt.date) else ""
    area = f"{row.geometry.area:.1f}".replace(".", ",")
    return _row(f"C{number:05d}", row.id, "", right, holder, start, end, years, extender, last, sure, area)


def _row(*values: dt.date | str) -> dict[str, str]:
    """The first columns of a contract; days as dd-mm-yyyy."""
    texts = [value.strftime("%d-%m-%Y") if isinstance(value, dt.date) else value for value in values]
    return dict(zip(HEADER.split(";"), texts, strict=False))


def complete(rows: list[dict[str, Any]], chance: random.Random) -> None:
    """Add landlords and rents; contracts under notice; some users who signed for new land before leaving the old."""
    needs = chance_row(7)
    for row in rows:
        port = row["TERREIN"] or row["KAVELS"][:2] in ("WH", "VH", "OP")
        area = float(row["OPP_M2"].replace(",", ".")) if row["OPP_M2"] else 0.0
        rent = (
            f"{area * chance.uniform(4.0, 9.0):.2f}".replace(".", ",")
            if row["RECHT"] not in ("optie", "reservering", "erfpacht")
            else ""
        )
        landlord = "Havenbedrijf Proefpolder" if port else "Gemeente Oostermarke"
        row |= {"UITGEVER": landlord, "CANON": rent, **user(row, needs)}
    in_use = [
        row
        for row in rows
        if row["RECHT"] in USE_RIGHTS and row["INGANG"][-4:] < "2026" and row["EINDE"][-4:].isdigit()
    ]
    for row in chance.sample([row for row in in_use if "2034" < row["EINDE"][-4:] < "2060"], 7):
        row |= {"OPGEZEGD": "01-03-2026", "EINDE_OPZEGGING": "31-12-2027"}
    soon = [row for row in in_use if "2027" < row["EINDE"][-4:] < "2031" and not row["VERLENGING"]]
    signed = [row for row in rows if row["RECHT"] == "ondererfpacht" and row["INGANG"][-4:] == "2027"]
    for new, old in zip(chance.sample(signed, 6), chance.sample(soon, 6), strict=True):
        new["HOUDER"] = old["HOUDER"]


def user(row: dict[str, Any], chance: random.Random) -> dict[str, str]:
    """What the register knows of what a user needs; of a third nothing."""
    drawn = chance.random(), chance.choice(["3.1", "3.2", "4.1", "4.2", "5.1", "5.2"]), chance.random()
    if row["RECHT"] not in USE_RIGHTS or drawn[0] < 1 / 3:
        return {}
    return {
        "KADEGEBONDEN": "ja" if drawn[2] < 0.3 else "nee",
        "CATEGORIE_GEBRUIKER": drawn[1],
        "BRZO": "ja" if drawn[1] >= "5.1" and drawn[2] < 0.5 else "nee",
    }


def write_polygons(land: gpd.GeoDataFrame, rows: list[dict[str, Any]], folder: Path) -> None:
    """contractvlakken.parquet: contracts on the western half of their plot, one across its edge by a hand's width."""
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
