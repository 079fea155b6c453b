"""Homes and housing plans."""

from __future__ import annotations

import random
from pathlib import Path

import shapely

from tools.proefpolder.files import write_csv, write_vector


def write_homes(chance: random.Random, folder: Path) -> None:
    """adressen.csv: two villages and one scattered home; coordinates in RD with a decimal comma."""
    homes = [(chance.gauss(158_900, 160), chance.gauss(506_400, 140)) for _ in range(60)] + [
        (chance.gauss(150_700, 120), chance.gauss(507_300, 120)) for _ in range(25)
    ]
    kinds = [chance.choices(["woning", "kwetsbaar gebouw", "zeer kwetsbaar gebouw"], [92, 5, 3])[0] for _ in homes]
    addresses = [
        [
            f"09990100000{number:05d}",
            kind,
            "gemengd gebied" if number >= 60 else "",
            *(f"{metres:.2f}".replace(".", ",") for metres in home),
        ]
        for number, (home, kind) in enumerate(zip(homes, kinds, strict=True))
    ]
    addresses.append(["0999010000099001", "verspreide woning", "", "150050,00", "503650,00"])
    write_csv(folder / "adressen.csv", "adres;soort;gebied;x;y", addresses)


def write_plans(folder: Path) -> None:
    """woningbouwplannen.geojson: seven housing plans, from vision to irrevocable."""
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
    plans = {
        "plan": [f"P{n}" for n in range(1, 8)],
        "naam": [f"Plan {n}" for n in range(1, 8)],
        "status": status,
        "woningen": [400, 250, 900, 1500, 300, 120, None],
        "van": [2028, 2034, 2029, 2040, 2031, 2030, 2030],
        "tot": [2032, 2038, 2035, 2050, 2036, 2033, 2034],
        "gebied": ["rustig", "gemengd", "gemengd", "rustig", "gemengd", "rustig", "rustig"],
    }
    areas = [shapely.Point(spot).buffer(180, quad_segs=3) for spot in spots]
    write_vector(folder / "woningbouwplannen.geojson", plans, areas)
