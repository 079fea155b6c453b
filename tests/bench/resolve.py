"""How the cost of resolve grows with the register: python tests/bench/resolve.py [LEASES ...]

Draws ports of one plot per two contracts (a twentieth of the contracts with a polygon of its own), resolves each size
once, and prints seconds, rows and the ratio of seconds per contract to that of the smallest size; a ratio near 1 is
linear cost.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived import DERIVED
from layers.layer import RD_NEW
from layers.sources import TABLES
from pipeline.project.load import read_project
from pipeline.stages.resolve import ResolveParams, resolve

SIZES = (25_000, 50_000, 100_000, 200_000)
SIDE = 60.0
TODAY = dt.date(2026, 10, 1)
RIGHTS = ["sublease", "rent", "superficies", "temporary_use", "option", "reservation"]


def port(leases: int, seed: int = 7) -> dict[str, Any]:
    """The tables of a port with so many contracts on half as many plots."""
    chance = np.random.default_rng(seed)
    plots = leases // 2
    wide = int(np.ceil(np.sqrt(plots)))
    column, row = np.arange(plots) % wide, np.arange(plots) // wide
    x, y = 10_000 + SIDE * column, 300_000 + SIDE * row
    shapes = shapely.box(x, y, x + SIDE, y + SIDE)
    ids = np.char.add("P", np.char.zfill(np.arange(plots).astype(str), 7)).astype(object)
    statuses = chance.choice(["issued", "available", "not_serviced", "unknown"], plots, p=[0.7, 0.2, 0.05, 0.05])
    land = shapely.box(10_000, 300_000, 10_000 + SIDE * wide, 300_000 + SIDE * (row.max() + 1))
    boundary = {"boundary_id": "1", "cluster_id": "port", "site_name": "port", "status": "indicative", "version": "1"}
    parcels = {
        "parcel_id": ids,
        "cadastral_parcel": None,
        "site_name": "port",
        "plan_category": "5.1",
        "registered_area_m2": SIDE * SIDE,
    }
    tables: dict[str, Any] = {
        name: TABLES[name].empty() for name in ("buildings", "land_use", "ibis_register", "overrides")
    }
    return {
        **tables,
        "refused": DERIVED["refused"].empty(),
        "cluster_boundaries": _shaped("cluster_boundaries", boundary, [land]),
        "parcels": _shaped("parcels", parcels, shapes),
        "issue_register": TABLES["issue_register"].conform(
            pd.DataFrame({"parcel_id": ids, "issue_status": statuses, "serviced_year": None, "source": None})
        ),
        **_contracts(leases, ids, shapes, chance),
    }


def _shaped(name: str, content: dict[str, Any], shapes: Any) -> Any:
    frame = pd.DataFrame(content, index=range(len(shapes))).reindex(columns=list(TABLES[name].columns))
    return TABLES[name].conform(gpd.GeoDataFrame(frame, geometry=np.asarray(shapes), crs=RD_NEW))


def _contracts(leases: int, ids: Any, shapes: Any, chance: Any) -> dict[str, Any]:
    plot = chance.integers(0, len(ids), leases)
    start = pd.Timestamp("1980-01-01") + pd.to_timedelta(chance.integers(0, 17_000, leases), unit="D")
    end = start + pd.to_timedelta(chance.integers(700, 18_000, leases), unit="D")
    keys = np.char.add("C", np.char.zfill(np.arange(leases).astype(str), 7)).astype(object)
    frame = pd.DataFrame(
        {
            "contract_id": keys,
            "parcel_id": ids[plot],
            "right_type": chance.choice(RIGHTS, leases, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05]),
            "holder": np.char.add("H", (np.arange(leases) % 5_000).astype(str)).astype(object),
            "starts_on": start,
            "ends_on": end,
            "extension_years": chance.integers(0, 26, leases),
            "extension_right": chance.choice(["tenant", "mutual", "none"], leases),
            "certainty": "deed",
        }
    )
    layer = TABLES["ground_leases"]
    whole = layer.conform(frame.reindex(columns=list(layer.columns)))
    drawn = np.arange(0, leases, 20)
    x0, y0, x1, y1 = shapely.bounds(shapes[plot[drawn]]).T
    halves = shapely.box(x0, y0, (x0 + x1) / 2, y1)
    return {"ground_leases": whole, "lease_polygons": _shaped("lease_polygons", {"contract_id": keys[drawn]}, halves)}


def main() -> None:
    """Resolve each size and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("leases", nargs="*", type=int, default=list(SIZES))
    card = read_project(Path(__file__).parents[2] / "config" / "proefpolder").resolve
    params = ResolveParams(TODAY)
    resolve(port(1_000), "port", card, params)  # what is loaded once is loaded now
    first: float | None = None
    heads = ("contracts", "plots", "holdings", "periods", "seconds", "us each", "ratio", "GB")
    sys.stdout.write(" ".join(f"{head:>9}" for head in heads) + "\n")
    for leases in parser.parse_args().leases:
        tables = port(leases)
        began = time.perf_counter()
        done = resolve(tables, "port", card, params)
        seconds = time.perf_counter() - began
        each = seconds / leases
        first = first or each
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        counts = (leases, leases // 2, len(done["holdings"]), len(done["holding_periods"]))
        measures = (f"{seconds:.1f}", f"{1e6 * each:.0f}", f"{each / first:.2f}", f"{peak:.1f}")
        sys.stdout.write(" ".join(f"{value:>9}" for value in (*counts, *measures)) + "\n")


if __name__ == "__main__":
    main()
