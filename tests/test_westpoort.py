"""Westpoort: the Amsterdam port on real data; skipped, saying so, where the shared data are not at hand."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from test_proefpolder import figures, must_hold

from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store

CONFIG = Path(__file__).parent / "westpoort" / "config"
SITES = [
    "Westpoort",
    "Hoogtij (Zaanstad)",
    "Achtersluispolder (Zaanstad)",
    "Cornelis Douwes",
    "Johan van Hasseltkanaal west",
    "Johan van Hasseltkanaal oost",
]


def load(context: RunContext, stage: str, name: str, unit: str = "westpoort") -> Any:
    return context.store.load(stage, unit, name)


def test_what_must_hold_holds(westpoort: RunContext) -> None:
    must_hold(westpoort)


def test_a_single_cluster_is_published_once(westpoort: RunContext) -> None:
    outputs, project = westpoort.store.outputs, westpoort.project
    assert list(project.clusters) == project.published_units == ["westpoort"]
    assert [path.name for path in outputs.glob("*.gpkg")] == ["westpoort.gpkg"]
    assert {path.name.split("-")[0] for path in (outputs / "figures").iterdir()} == {"westpoort"}
    report = (outputs / "report.html").read_text(encoding="utf-8")
    assert 'href="#cluster-westpoort"' in report and "cluster-nederland" not in report


@pytest.mark.parametrize(
    ("layer", "count"),
    [("nature_sites", 165), ("zoned_sites", 14), ("noise_zones", 13), ("parcels", 1961), ("cluster_boundaries", 6)],
)
def test_rows_that_the_sources_are_known_to_have(westpoort: RunContext, layer: str, count: int) -> None:
    assert len(load(westpoort, "harmonise", layer, layer)) == count


def test_names_come_through_a_file_that_lies_about_its_encoding(westpoort: RunContext) -> None:
    assert "Bunder- en Elsloërbos" in set(load(westpoort, "harmonise", "nature_sites", "nature_sites")["site_name"])


def test_decibels_are_not_tenths(westpoort: RunContext) -> None:
    facts = load(westpoort, "measure", "parcel_facts")
    assert facts["noise_mean_db"].dropna().between(20, 90).all() and facts["noise_mean_db"].notna().any()


def test_every_contract_is_accounted_for(westpoort: RunContext) -> None:
    """Rows of the file = rows in the account + rows refused; each row has one fate, and what is used lies somewhere."""
    leases = load(westpoort, "harmonise", "ground_leases", "ground_leases")
    refused = load(westpoort, "harmonise", "refused", "ground_leases")
    account = load(westpoort, "resolve", "contract_account")
    lines = (westpoort.data / "westpoort" / "contracten.csv").read_bytes().count(b"\n") - 1
    assert len(account) + len(refused) == len(leases) + len(refused) == lines
    assert set(account["contract_id"]) == set(leases["contract_id"])
    fates = account["right_status"].value_counts().to_dict()
    assert fates == {"used": 1680, "master": 6, "over": 6, "ends_before_begins": 1, "unknown_parcel": 1}
    assert (account.loc[account["right_status"].isin(["used", "master"]), "area_m2"] > 0).all()


def test_the_leases_on_part_of_a_plot_show_as_holdings(westpoort: RunContext) -> None:
    """Each of the 25 drawn contracts lies on holdings that together are its polygon, to the tolerance for slivers."""
    polygons = load(westpoort, "harmonise", "lease_polygons", "lease_polygons")
    holdings = load(westpoort, "resolve", "holdings")
    parcels = load(westpoort, "harmonise", "parcels", "parcels")
    land = shapely.union_all(parcels.geometry.to_numpy())
    assert len(polygons) == 25
    for polygon in polygons.itertuples():
        matching = holdings[
            holdings["contract_ids"].fillna("").str.split(", ").map(lambda ids, c=polygon.contract_id: c in ids)
        ]
        drawn = shapely.intersection(polygon.geometry, land)
        assert matching["area_m2"].sum() == pytest.approx(drawn.area, abs=0.5 * drawn.length)
        parts = holdings[holdings["parcel_id"].isin(matching["parcel_id"])].groupby("parcel_id").size()
        assert (parts > 1).any()


def test_the_states_of_every_year_and_case_are_the_plots_to_the_m2(westpoort: RunContext) -> None:
    holdings, states = load(westpoort, "resolve", "holdings"), load(westpoort, "assess", "holding_states")
    parcels = load(westpoort, "harmonise", "parcels", "parcels")
    boundaries = load(westpoort, "harmonise", "cluster_boundaries", "cluster_boundaries")
    land = shapely.intersection(
        shapely.union_all(parcels.geometry.to_numpy()), shapely.union_all(boundaries.geometry.to_numpy())
    )
    per = states.merge(holdings[["holding_id", "area_m2"]], on="holding_id").groupby(["year", "case"])["area_m2"].sum()
    assert len(per) == 6 and per.to_numpy() == pytest.approx(land.area, abs=1.0)


def test_the_waterfall_starts_at_the_area_of_the_zoned_sites(westpoort: RunContext) -> None:
    """Gross against the sites as they stand in the file, by pyproj and shapely alone."""
    rows = pd.read_csv(
        westpoort.data / "amsterdam_milieu" / "dro_geluid.csv", sep="|", names=list("abcdefghi"), dtype=str, skiprows=8
    )
    matching = rows[(rows["b"] == "Gezoneerd industrieterrein") & rows["d"].isin(SITES)]
    drawn = gpd.GeoSeries(shapely.make_valid(shapely.from_wkt(matching["e"])), crs=4258).to_crs(28992)
    gross = figures(westpoort).query("measure == 'waterfall' and heading == 'gross' and cluster == 'westpoort'")[
        "area_m2"
    ]
    assert gross.iloc[0] == pytest.approx(drawn.union_all().area, rel=1e-6)


def test_another_register_of_the_same_shape_runs_with_the_same_cards(westpoort: RunContext, tmp_path: Path) -> None:
    """A copy with two of three plots gone, others shifted in status, and a tenth of the contracts dropped."""
    data = tmp_path / "data"
    shutil.copytree(westpoort.data, data)
    plots = gpd.read_file(data / "westpoort" / "percelen.gpkg")
    plots = plots[plots.index % 3 == 0].assign(UITGIFTESTATUS=lambda t: t["UITGIFTESTATUS"].to_numpy()[::-1])
    (data / "westpoort" / "percelen.gpkg").unlink()
    plots.to_file(data / "westpoort" / "percelen.gpkg", layer="percelen")
    lines = (data / "westpoort" / "contracten.csv").read_bytes().split(b"\r\n")
    (data / "westpoort" / "contracten.csv").write_bytes(
        b"\r\n".join(line for n, line in enumerate(lines) if n == 0 or n % 10)
    )
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config, ignore=shutil.ignore_patterns("sources.lock"))
    card = config / "project.toml"
    card.write_text(
        card.read_text(encoding="utf-8").replace("../../../config", str(CONFIG.parents[2] / "config")), encoding="utf-8"
    )
    other = RunContext(read_project(config), data, Store(tmp_path / "outputs"), line=LINE)
    list(run(other, Order()))
    must_hold(other)
