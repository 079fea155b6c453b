"""Inputs as offices have them, which a tool takes wrong unless it looks: small projects of twelve plots of 1 ha, in
`shared/cases`, each with the hectares that are right or what its refusal must say."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

from pipeline.cli.main import main
from pipeline.land.tenure_timeline import states_on

ROOT = Path(__file__).parents[1]
INPUTS = ROOT.parent / "shared" / "cases" / "inputs"
TODAY = pd.Timestamp("2026-10-01").date()
AS_DRAWN = {"free": 11.0, "leased": 1.0}
# Hectares by tenure status on the reference date, or words of the refusal.
RIGHT: dict[str, dict[str, float] | tuple[str, ...]] = {
    "cat-float32": AS_DRAWN,
    "crs-datumless": AS_DRAWN,
    "crs-towgs-wrongsign": AS_DRAWN,
    "csv-sep-line": AS_DRAWN,
    "csv-stray-quote": ("row 4", "row 7", "quote"),
    "csv-trailing-empty": AS_DRAWN,
    "geojson-latin1": ("row 1", "TERREIN", 'encoding = "cp1252"'),
    "geojson-list": AS_DRAWN,
    "gml-two-geom": AS_DRAWN,
    "gpkg-fid-pk": AS_DRAWN,
    "gpkg-latin1": ("row 1", "TERREIN", 'encoding = "cp1252"'),
    "housing-phases-dissolve": ("from_year", "combine = {", '"sum"'),
    "id-scientific": ("rounded number", "3,63E+13", "as text"),
    "lease-dates": {"free": 8.0, "leased": 1.0, "unknown": 3.0},
    "lease-names": {"free": 4.0, "leased": 7.0, "unknown": 1.0},
    "lease-site-case": {"leased": 12.0},
    "lease-two-polygons": {"free": 10.6, "leased": 1.4},
    "leaveout-text-date": ("01-01-2030", "[source.dates]"),
    "noleases": {"free": 12.0},
    "null-words": ("'NULL'", "empty_words"),
    "pq-crs-empty": ("coordinate system",),
    "pq-geo-broken": ("metadata 'geo'",),
    "pq-primary-missing": ("primary column 'geom'", 'geometry = "..."'),
    "raster-classes-palette": ("colour table",),
    "raster-internal-mask": AS_DRAWN,
    "risk-donut": AS_DRAWN,
    "same-id-two-municipalities": ("12 rows", "prefix"),
    "shp-cpg-utf8wrong": ("row 1", "TERREIN", 'encoding = "cp1252"'),
    "xlsx-dim-a1": {"leased": 12.0},
    "xlsx-formula-nocache": ("G2", "save it"),
    "zip-macosx": AS_DRAWN,
}
pytestmark = pytest.mark.skipif(not INPUTS.is_dir(), reason="shared/cases does not lie beside the project")


def copied(name: str, folder: Path) -> Path:
    """The project of a case, on the rules of the house."""
    case = folder / name
    shutil.copytree(INPUTS / name, case)
    card = case / "project.toml"
    card.write_text(card.read_text(encoding="utf-8").replace("@CONFIG@", str(ROOT / "config")), encoding="utf-8")
    return case


def result(name: str, folder: Path, up_to: str) -> tuple[Any, Path]:
    """What the command says of a case, run as far as a stage, and its outputs."""
    case, outputs = copied(name, folder), folder / "outputs"
    options = ["--config", str(case), "--data", str(case), "--outputs", str(outputs), "--to", up_to]
    return CliRunner().invoke(main, ["run", *options]), outputs


def hectares(outputs: Path) -> dict[str, float]:
    """Hectares by tenure status on the reference date, no extension called."""
    tables = {
        name: pd.concat(map(pd.read_parquet, sorted(outputs.glob(f"work/resolve/*/{name}.parquet"))))
        for name in ("holdings", "holding_periods")
    }
    states = states_on(tables["holding_periods"], {2026: TODAY}).query("case == 'earliest'")
    rows = states.merge(tables["holdings"][["holding_id", "area_m2"]], on="holding_id")
    sums: pd.Series = rows.groupby("tenure_status")["area_m2"].sum() / 1e4
    return {str(status): ha for status, ha in sums.items()}


def test_every_case_has_its_right_value() -> None:
    assert set(RIGHT) == {path.name for path in INPUTS.iterdir()}


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_is_right_or_refused_in_words_that_lead_on(name: str, tmp_path: Path) -> None:
    right = RIGHT[name]
    ran, outputs = result(name, tmp_path, "constrain" if isinstance(right, tuple) else "resolve")
    if isinstance(right, tuple):
        assert ran.exit_code == 4 and all(word in ran.output for word in right), ran.output
    else:
        assert ran.exit_code == 0, ran.output
        assert hectares(outputs) == pytest.approx(right, abs=1e-3)


def test_a_hole_in_a_contour_of_risk_and_a_mask_are_seen_in_what_is_drawn(tmp_path: Path) -> None:
    """The hole is in the contour (4.16 ha of plots with it, 3.03 without); half of the grid has no value."""
    _, outputs = result("risk-donut", tmp_path / "a", "constrain")
    zones = gpd.read_parquet(next(outputs.glob("work/constrain/*/zones.parquet")))
    plots = gpd.read_parquet(next(outputs.glob("work/harmonise/parcels/parcels.parquet")))
    contour = zones[zones["constraint"] == "location_risk"].geometry.union_all()
    assert plots.geometry.intersection(contour).area.sum() / 1e4 == pytest.approx(4.159, abs=0.01)
    ran, outputs = result("raster-internal-mask", tmp_path / "b", "measure")
    facts = pd.read_parquet(next(outputs.glob("work/measure/*/parcel_facts.parquet")))
    levels = facts.sort_values("parcel_id")["noise_mean_db"].fillna(0).tolist()
    assert ran.exit_code == 0 and levels == [0.0, 0.0, 0.0, 62.0, 62.0, 62.0] * 2, levels
