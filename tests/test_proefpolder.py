"""Proefpolder: the whole line on the example; what must hold on every project, and the figures that git watches."""

from __future__ import annotations

import dataclasses
import io
import os
import sqlite3
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from pipeline.cli import messages
from pipeline.queries.check import ineffective_cards
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.stages.acquire.source_files import compare_lock, describe_files
from pipeline.storage.store import Store

GOLDEN = Path(__file__).parent / "figures" / "proefpolder.csv"
WATCHED = ("waterfall", "holding", "sites", "supply", "paper_vacancy", "renewal_ends", "conflict")
PROFILES = ("all", "general_industry", "circular_storage", "electrolyser")
KEY = ["cluster", "year", "case", "profile", "measure", "heading"]


def clusters(context: RunContext) -> list[str]:
    return list(context.project.clusters)


def figures(context: RunContext) -> pd.DataFrame:
    return pd.read_csv(context.store.outputs / "figures.csv")


def load(context: RunContext, stage: str, cluster: str, name: str) -> Any:
    return context.store.load(stage, cluster, name)


def must_hold(context: RunContext) -> None:
    """What every project must keep: each m2 once, headings to gross, clusters up to the nation, verdicts as tabled."""
    table_rows = figures(context)
    falls = table_rows[table_rows["measure"] == "waterfall"]
    parts = falls[falls["heading"] != "gross"].groupby(KEY[:4])["area_m2"].sum()
    whole = falls[falls["heading"] == "gross"].set_index(KEY[:4])["area_m2"]
    assert np.allclose(parts.sort_index(), whole.sort_index(), atol=1e-6, rtol=0)
    nation = context.project.balance.national_name
    of_clusters = table_rows["cluster"].isin(list(context.project.clusters))
    rounded_m2 = 0.05 * (len(context.project.clusters) + 1) + 0.001  # each to 0.1 m2, the nation too
    summed = table_rows[of_clusters].groupby(KEY[1:])["area_m2"].sum()
    reported = table_rows[table_rows["cluster"] == nation].set_index(KEY[1:])["area_m2"]
    assert np.allclose(reported.sort_index(), summed.reindex(reported.index).sort_index(), atol=rounded_m2, rtol=0)
    time_holds(table_rows)
    for cluster in clusters(context):
        cluster_holds(context, cluster)


def time_holds(table_rows: pd.DataFrame) -> None:
    """What looks vacant is its parts; supply is what is free; the spread is never below zero."""
    key = ["cluster", "year", "case"]
    paper = table_rows[table_rows["measure"] == "paper_vacancy"]
    parts = paper[paper["heading"] != "gross_vacant"].groupby(key)["area_m2"].sum()
    whole = paper[paper["heading"] == "gross_vacant"].set_index(key)["area_m2"]
    assert np.allclose(parts.sort_index(), whole.sort_index(), atol=1.0, rtol=0)
    free = table_rows[(table_rows["measure"] == "holding") & (table_rows["heading"] == "free")].set_index(key)[
        "area_m2"
    ]
    supply = table_rows[(table_rows["measure"] == "supply") & (table_rows["case"] != "expected")].set_index(key)[
        "area_m2"
    ]
    assert np.allclose(supply.reindex(free.index), free, atol=1.0, rtol=0)
    assert (table_rows.loc[table_rows["measure"] == "spread", "area_m2"] >= 0).all()


def cluster_holds(context: RunContext, cluster: str) -> None:
    """Holdings are disjoint and inside the boundary; pieces fill them; each piece has one verdict, from the table."""
    holdings, pieces = load(context, "resolve", cluster, "holdings"), load(context, "overlay", cluster, "pieces")
    boundaries = load(context, "harmonise", "cluster_boundaries", "cluster_boundaries")
    land = shapely.union_all(boundaries[boundaries["cluster_id"] == cluster].geometry.to_numpy())
    union = shapely.union_all(holdings.geometry.to_numpy())
    assert union.area == pytest.approx(holdings["area_m2"].sum(), abs=1.0)
    assert shapely.difference(union, shapely.buffer(land, 0.002)).area < 1e-6
    covered_m2 = pieces.groupby("holding_id")["area_m2"].sum().reindex(holdings["holding_id"]).to_numpy()
    assert np.allclose(covered_m2, holdings["area_m2"], rtol=1e-6)
    assessed = load(context, "assess", cluster, "assessments")
    per = assessed.groupby(["profile", "year", "case"])["piece_id"]
    assert (per.nunique() == len(pieces)).all() and (per.size() == len(pieces)).all()
    states = load(context, "assess", cluster, "holding_states")
    joined = assessed.merge(pieces[["piece_id", "holding_id"]], on="piece_id").merge(
        states, on=["holding_id", "year", "case"]
    )
    assert set(
        joined.loc[
            joined["verdict"].isin(["usable", "too_small", "too_narrow", "no_quay", "conditional", "blocked"]),
            "tenure_status",
        ]
    ) <= {"free"}
    assert set(joined.loc[joined["tenure_status"] == "unknown", "verdict"]) <= {"unknown"}


def test_what_must_hold_holds(proefpolder: RunContext) -> None:
    must_hold(proefpolder)


def test_gross_is_the_area_inside_the_boundaries(proefpolder: RunContext) -> None:
    table_rows = (
        figures(proefpolder)
        .query("measure == 'waterfall' and heading == 'gross'")
        .groupby("cluster")["area_m2"]
        .first()
    )
    assert table_rows["westhaven"] == pytest.approx(3600 * 2400 + 1200 * 900, rel=1e-5)
    assert table_rows["nederland"] == pytest.approx(table_rows[list(proefpolder.project.clusters)].sum(), abs=0.1)


def test_the_faults_of_the_example_are_all_reported(proefpolder: RunContext) -> None:
    deviations = gpd.read_file(proefpolder.store.outputs / "nederland.gpkg", layer="afwijkingen")
    reported = set(deviations["reden"])
    wanted = {
        "ongeldige geometrie",
        "geen vlak over",
        "kavels overlappen",
        "oppervlakte wijkt af",
        "dubbele regel",
        "eindigt voor begin",
        "onbekende kavel",
        "vrij maar bebouwd",
        "uitgegeven zonder contract",
        "correctie verlopen",
        "correctie op iets onbekends",
    }
    assert wanted <= reported


def test_every_format_was_read(proefpolder: RunContext) -> None:
    paths = [card.path for card in proefpolder.project.sources.values()]
    endings = {Path(path.removesuffix(".zip")).suffix.removeprefix(".") for path in paths}
    assert {"gpkg", "geojson", "parquet", "fgb", "gdb", "gml", "csv", "xlsx", "tif"} <= endings and any(
        path.endswith(".zip") for path in paths
    )


def test_every_site_is_connected_by_other_means(proefpolder: RunContext) -> None:
    reach = proefpolder.project.assemble.gap_m / 2 + 0.01
    for cluster in clusters(proefpolder):
        sites = load(proefpolder, "assemble", cluster, "sites")
        for site in sites.drop_duplicates(["area_m2", "parcel_count"]).geometry:
            assert shapely.get_num_geometries(shapely.buffer(site, reach)) == 1


def test_the_figures_are_those_that_git_watches(proefpolder: RunContext) -> None:
    """When hectares move on purpose: write these rows of outputs/figures.csv to the file, and say in CHANGELOG why."""
    now = figures(proefpolder)
    now = now[now["measure"].isin(WATCHED) & now["profile"].isin(PROFILES)]
    watched = pd.read_csv(GOLDEN)
    both = now.merge(watched, on=KEY, how="outer", suffixes=("", "_watched"), indicator=True)
    moved = both[(both["_merge"] != "both") | ((both["area_m2"] - both["area_m2_watched"]).abs() > 1.0)]
    assert moved.empty, moved.head(20).to_string()


def inside(path: Path) -> bytes:
    """The QGIS project in a GeoPackage, unpacked."""
    with sqlite3.connect(path) as base:
        ((content,),) = base.execute("SELECT content FROM qgis_projects").fetchall()
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(content.decode()))) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def words_in(paths: list[Path], words: list[str]) -> set[bytes]:
    """Those of the words that stand in files of any kind, byte for byte; thousands of words in one reading."""
    command = ["grep", "--text", "--only-matching", "--no-filename", "--fixed-strings", "--file=-", *map(str, paths)]
    lines = "\n".join(words).encode()
    done = subprocess.run(command, input=lines, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode in (0, 1), done.stderr  # 1: none
    return set(done.stdout.split(b"\n")) - {b""}


def test_the_public_edition_holds_no_confidential_value(proefpolder: RunContext, tmp_path: Path) -> None:
    """Every confidential value of the input is searched in every published file: GeoPackages, figures, pictures."""
    subprocess.run(["cp", "-r", f"{proefpolder.store.outputs}/.", str(tmp_path)], check=True)
    reports = run(dataclasses.replace(proefpolder, store=Store(tmp_path), edition="public"), Order())
    assert {report.stage for report in reports if report.reasons} - {"acquire"} == {"publish"}
    leases = load(proefpolder, "harmonise", "ground_leases", "ground_leases")
    overrides = load(proefpolder, "harmonise", "overrides", "overrides")
    secrets = [
        *leases["holder"].dropna().unique(),
        *leases["contract_id"].unique(),
        *overrides["author"],
        *overrides["correction_reason"],
    ]
    handed_out = [
        *tmp_path.glob("*.gpkg"),
        *tmp_path.glob("*.html"),
        tmp_path / "figures.csv",
        *(tmp_path / "figures").iterdir(),
    ]
    unpacked = tmp_path / "projects"
    unpacked.write_bytes(b"".join(map(inside, tmp_path.glob("*.gpkg"))))
    assert words_in([*handed_out, unpacked], ["<maplayer", "map-data"]) == {b"<maplayer", b"map-data"}
    assert len(handed_out) > 30 and words_in([*handed_out, unpacked], secrets) == set()
    nation = tmp_path / "nederland.gpkg"
    rents = set(leases["rent_eur"].dropna().round(2))
    for name in pyogrio.list_layers(nation)[:, 0]:
        table = pyogrio.read_dataframe(nation, layer=name, read_geometry=False)
        assert not [column for column in table.select_dtypes("number") if len(set(table[column].round(2)) & rents) > 3]
    assert len(gpd.read_file(nation, layer="afwijkingen")) == len(
        gpd.read_file(proefpolder.store.outputs / "nederland.gpkg", layer="afwijkingen")
    )
    reported = gpd.read_file(nation, layer="weggelaten")
    assert {"houder", "contract_id", "canon_eur", "keten_van_rechten"} <= set(reported["kolom"])


def test_the_pictures_are_there(proefpolder: RunContext) -> None:
    pictures = {path.name for path in (proefpolder.store.outputs / "figures").iterdir()}
    assert {"nederland-aanbod.svg", "nederland-papieren-leegstand.png", "westhaven-verlengingsgolf.svg"} <= pictures


def test_a_public_run_says_what_it_left_out(proefpolder: RunContext) -> None:
    note, share = messages.left_out(dataclasses.replace(proefpolder, edition="public"))
    assert "work/" in share and "ground_leases.holder" in note and "ground_leases.rent_eur" in note
    assert messages.left_out(proefpolder) == []


def test_a_correction_that_expired_is_warned_of(proefpolder: RunContext) -> None:
    expired, unknown = ineffective_cards(proefpolder, [])
    assert expired.startswith("warning: overrides.csv, 'OP-0050'") and "31-12-2025" in expired
    assert unknown.startswith("warning: overrides.csv, 'XX-0001'")


def test_the_files_are_those_of_the_lock(proefpolder: RunContext) -> None:
    lock = proefpolder.project.folder / "sources.lock"
    files = describe_files(proefpolder.project.sources, proefpolder.project.roots(proefpolder.data))
    assert lock.is_file() and compare_lock(files, lock) == []
