"""A whole small project on paper: one cluster of twelve plots of a hectare, all on offer but for one let till 2050."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import geopandas as gpd
import shapely

from layers.layer import RD_NEW
from layers.sources import SOURCES

ROOT = Path(__file__).parents[1]
SUPPLIED = ("cluster_boundaries", "ground_leases", "issue_register", "parcels", "overrides")
PLOTS = [f"P-{number:02}" for number in range(1, 13)]
CARDS = {
    "cluster_boundaries": """path = "data/grens.gpkg"
[source.columns]
boundary_id = "id"
cluster_id = "cluster"
site_name = { value = "Haven" }
status = { value = "adopted" }
version = { value = "1" }""",
    "parcels": """path = "data/kavels.gpkg"
[source.columns]
parcel_id = "KAVEL"
site_name = "TERREIN"
plan_category = "CAT"
registered_area_m2 = "OPP" """,
    "issue_register": """path = "data/uitgifte.csv"
values = { issue_status = { uitgeefbaar = "available" } }
[source.columns]
parcel_id = "KAVEL"
issue_status = "STATUS" """,
    "ground_leases": """path = "data/contracten.csv"
[source.columns]
contract_id = "CONTRACT"
parcel_id = "KAVEL"
site_name = "TERREIN"
right_type = "RECHT"
holder = "HOUDER"
starts_on = { from = "INGANG", date = "%d-%m-%Y" }
ends_on = { from = "EINDE", date = "%d-%m-%Y" }
extension_years = "VERL"
extension_right = "WIE"
certainty = "ZEKER"
area_m2 = "OPP" """,
}


def _text(value: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(value).replace("\x7f", "\\u007f")


def draw_project(folder: Path, *, title: str = "Haven", basis: str = "drawn") -> Path:
    """Write the project, with its data below it; its folder."""
    for name in ("data", "sources", "clusters"):
        (folder / name).mkdir(parents=True)
    absent = sorted(set(SOURCES) - set(SUPPLIED))
    (folder / "project.toml").write_text(
        f"""name = "proef"
title = {_text(title)}
extends = {_text(str(ROOT / "config"))}
reference_date = 2026-10-01
horizons = [2030, 2050]
[[absent_together]]
layers = {json.dumps(absent)}
treat_as = "none"
basis = "drawn"
""",
        encoding="utf-8",
    )
    cluster = f'title = {_text(title)}\nkind = "cluster"\nbasis = "drawn"\n'
    (folder / "clusters" / "haven.toml").write_text(cluster, encoding="utf-8")
    for layer, card in CARDS.items():
        text = f'[source]\nlayer = "{layer}"\nlicence = "CC0"\ndated = 2026-10-01\nbasis = {_text(basis)}\n{card}\n'
        (folder / "sources" / f"{layer}.toml").write_text(text, encoding="utf-8")
    _draw_data(folder / "data")
    empty = {"demand.csv": "cluster_id;year;scenario;segment;demand_ha;source;version;page"}
    empty["projects.csv"] = (
        "project_id;title;cluster_id;profile;area_ha;first_year;last_year;priority;quay_m;leaves;on_land_of;near;near_m;source"
    )
    empty["overrides.csv"] = "target_id;new_value;author;reason;until"
    for name, head in empty.items():
        (folder / name).write_text(head + "\n", encoding="utf-8")
    return folder


def _draw_data(data: Path) -> None:
    plots = [shapely.box(x, y, x + 100, y + 100) for y in (450_000, 450_100) for x in range(100_000, 100_600, 100)]
    land = gpd.GeoDataFrame({"KAVEL": PLOTS, "TERREIN": "Haven", "CAT": "6", "OPP": 1e4}, geometry=plots, crs=RD_NEW)
    boundary = shapely.box(99_950, 449_950, 100_650, 450_250)
    border = gpd.GeoDataFrame({"id": ["B1"], "cluster": ["haven"]}, geometry=[boundary], crs=RD_NEW)
    # Not where they are to stand: the name of that folder is what is tried.
    for name, frame in (("kavels", land), ("grens", border)):
        (data / f"{name}.gpkg").write_bytes(_as_geopackage(frame, name))
    issued = "KAVEL,STATUS\n" + "".join(f"{plot},uitgeefbaar\n" for plot in PLOTS)
    (data / "uitgifte.csv").write_text(issued, encoding="utf-8")
    let = "CONTRACT,KAVEL,TERREIN,RECHT,HOUDER,INGANG,EINDE,VERL,WIE,ZEKER,OPP\n"
    let += "C1,P-01,,ondererfpacht,Bedrijf A,01-01-2000,31-12-2050,,geen,akte,\n"
    (data / "contracten.csv").write_text(let, encoding="utf-8")


def _as_geopackage(frame: gpd.GeoDataFrame, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.gpkg"
        frame.to_file(path, layer=name)
        return path.read_bytes()
