"""The numbers on the first page of the report, and on that of each cluster: summed anew from published pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from oracle.published import layer

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

USED = ("in gebruik gegeven", "tijdelijk in gebruik", "uitgegeven, onbenut")
HA = r"([\d.,]+) ha"
NUMBER = re.compile(
    rf"Bruikbaar op \d\d-\d\d-(\d{{4}})<b>{HA}</b><span class=\"faint\">als niemand verlengt; "
    rf"daarvan nu in gebruik {HA}, nu bebouwd {HA}\. Vrij {HA}\. Bruikbaar als iedereen verlengt {HA}"
)


def hectares(text: str) -> float:
    return float(text.replace(".", "").replace(",", "."))


def test_the_numbers_of_every_page_are_sums_of_pieces(proefpolder: RunContext) -> None:
    outputs = proefpolder.store.outputs
    report = (outputs / "report.html").read_text(encoding="utf-8")
    units = ["nederland", *proefpolder.project.clusters]
    assert re.search(r'id="cluster-(\w+)"', report).group(1) == "nederland"
    for unit in units:
        start = report.index(f'id="cluster-{unit}"')
        page = report[start : report.index("</ul>", start)]
        package = outputs / f"{unit}.gpkg"
        pieces, holdings = layer(package, "deelvlakken"), layer(package, "bezitsvlakken")
        gross = re.search(rf"Bruto<b>{HA}</b>", page)
        assert hectares(gross.group(1)) == pytest.approx(layer(package, "clusters")["oppervlakte_ha"].sum(), abs=0.51)
        rows = NUMBER.findall(page)
        assert [int(year) for year, *_ in rows] == [2026, 2030, 2050], unit
        for year, *texts in rows:
            usable = pieces[pieces[f"oordeel_{year}"] == "bruikbaar"]
            parts = [
                usable,
                usable[usable["bezit_2026"].isin(USED)],
                usable[usable["nu_bebouwd"] == 1],
                holdings[holdings[f"bezit_{year}"] == "vrij"],
                pieces[pieces[f"oordeel_verlengd_{year}"] == "bruikbaar"],
            ]
            for text, part in zip(texts, parts, strict=True):
                rounding = 0.51 if "," not in text else 0.06  # whole hectares, or tenths of few
                assert hectares(text) == pytest.approx(part["oppervlakte_ha"].sum(), abs=rounding), (unit, year)
