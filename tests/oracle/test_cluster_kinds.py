"""The five clusters and Cluster 6: sums of the rows of their clusters, which the cards of the project tell apart."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from contextlib import closing
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from oracle.published import KIND_SUMS, layer

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.runner.stage import RunContext

NATION = "nederland"
KEYS = [
    "jaar",
    "geval",
    "activiteit",
    "maat",
    "post",
    "grond",
    "milieucategorie_plan",
    "hoogste_categorie",
    "instrument",
    "aspect",
    "schaars_om",
    "diepgangklasse",
    "scenario",
    "oorzaak",
    "niveau",
    "reden",
    "andere_reden",
    "vanaf_jaar",
    "jaren",
    "recht",
    # Each plan of the example lies around one cluster: what is listed once per plan adds up as well.
    "plan_id",
    "belemmering_code",
    "gevolg",
]


def members(folder: Path) -> dict[str, list[str]]:
    """The clusters of each sum, from their cards."""
    cards = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (folder / "clusters").glob("*.toml")
    }
    by_sum = {name: [slug for slug, card in cards.items() if card["kind"] == kind] for name, kind in KIND_SUMS.items()}
    return by_sum | {NATION: list(cards)}


def summed_tables(package: Path) -> dict[str, pd.DataFrame]:
    """The tables of a GeoPackage in which the sum of a kind of cluster has rows."""
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as database:
        names = [name for (name,) in database.execute("select table_name from gpkg_contents")]
    tables = {name: layer(package, name).drop(columns="fid", errors="ignore") for name in names}
    return {
        name: table for name, table in tables.items() if "cluster" in table and set(KIND_SUMS) & set(table["cluster"])
    }


def test_each_sum_is_that_of_the_rows_of_its_clusters(proefpolder: RunContext) -> None:
    tables = summed_tables(proefpolder.store.outputs / "nederland.gpkg")
    assert {"balans", "waterval", "aanbod", "toerekening", "tekort_naar_oorzaak", "schaarste"} <= set(tables)
    for name, table in tables.items():
        key = [column for column in KEYS if column in table]
        metres = {column for column in table if column.startswith("kade") and column.endswith("_m")}
        areas = [column for column in table if column.endswith("_ha") or column == "aantal" or column in metres]
        for label, slugs in members(proefpolder.project.folder).items():
            ours = table[table["cluster"] == label].set_index(key)[areas].fillna(0.0).astype(float)
            wanted = table[table["cluster"].isin(slugs)].fillna(dict.fromkeys(areas, 0.0))
            wanted = wanted.groupby(key, dropna=False)[areas].sum().astype(float)
            # Cluster 6 states no demand.
            assert len(ours) == len(wanted) and (len(ours) or name == "tekort_naar_oorzaak"), (name, label)
            both = ours.join(wanted.add_suffix("_wanted"), how="inner")
            assert len(both) == len(ours), (name, label)
            for area in areas:
                difference = (both[area] - both[f"{area}_wanted"]).abs()
                assert (difference <= 5e-4 + 1e-5 * both[area].abs()).all(), (name, label, area)


def test_both_kinds_together_are_the_nation_in_the_figures(proefpolder: RunContext) -> None:
    figures = pd.read_csv(proefpolder.store.outputs / "figures.csv")
    key = ["year", "case", "profile", "measure", "heading"]
    parts = figures[figures["cluster"].isin(list(KIND_SUMS))].groupby(key)[["area_m2", "count"]].sum()
    nation = figures[figures["cluster"] == NATION].set_index(key)[["area_m2", "count"]].fillna(0)
    assert len(parts) == len(nation) > 1000
    difference = (parts - nation).abs().max()
    assert difference["area_m2"] <= 0.21 and difference["count"] == 0


def test_each_sum_has_its_page_with_the_land_of_its_clusters(proefpolder: RunContext) -> None:
    outputs, folder = proefpolder.store.outputs, proefpolder.project.folder
    report = (outputs / "report.html").read_text(encoding="utf-8")
    pages = re.findall(r'<section class="page[^"]*" id="cluster-(\w+)"', report)
    assert pages[:3] == [NATION, *KIND_SUMS] and len(pages) == len(set(pages)) == 3 + len(members(folder)[NATION])
    pieces, borders = (layer(outputs / "nederland.gpkg", name) for name in ("deelvlakken", "clusters"))
    for label, slugs in members(folder).items():
        start = report.index(f'id="cluster-{label}"')
        page = report[start : report.index("</ul>", start)]
        gross, usable = (
            float(text.replace(".", "").replace(",", "."))
            for text in (
                re.search(r"Bruto<b>([\d.,]+) ha", page).group(1),
                re.search(r"Bruikbaar op 01-01-2050<b>([\d.,]+) ha", page).group(1),
            )
        )
        assert gross == pytest.approx(borders[borders["cluster"].isin(slugs)]["oppervlakte_ha"].sum(), abs=0.51)
        land = pieces[pieces["cluster"].isin(slugs) & (pieces["oordeel_2050"] == "bruikbaar")]
        assert usable == pytest.approx(land["oppervlakte_ha"].sum(), abs=0.51)
    kinds = dict(zip(borders["cluster"], borders["soort_cluster"], strict=True))
    assert sorted(slug for slug, kind in kinds.items() if kind == "Cluster 6") == sorted(
        members(folder)["cluster_6_samen"]
    )


def test_one_cluster_has_no_sums(westpoort: RunContext) -> None:
    outputs = westpoort.store.outputs
    assert not summed_tables(outputs / "westpoort.gpkg")
    figures = pd.read_csv(outputs / "figures.csv", usecols=["cluster"])
    assert set(figures["cluster"]) == {"westpoort", NATION}
    text = (outputs / "report.html").read_text(encoding="utf-8")
    assert len(re.findall(r'<section class="page[^"]*" id="cluster-', text)) == 1
