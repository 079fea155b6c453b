"""Homes."""

import random
from pathlib import Path

from tools.proefpolder.files import write_csv


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
