"""What each stage of a finished run cost, as a ratio to a plain geopandas job on the same machine, beside what landed.

Usage: python tests/bench/ratios.py NAME=OUTPUTS ... [--land]

NAME: the example or the port; OUTPUTS: the folder of its results, run from nothing with kernels compiled. Seconds are
CPU, from the receipts. Machines differ and are shared, so a stage is divided by the median of three yardsticks that are
taken here; what got a fifth dearer than what landed is marked. --land: write the ratios to landed.csv.
"""

import json
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

LANDED = Path(__file__).parent / "landed.csv"
SQUARES, ZONES, DEARER = 20_000, 3_000, 1.2


def yardstick_s() -> float:
    """CPU seconds of an overlay, a sum by group and a spatial join by geopandas on drawn land."""
    chance = np.random.default_rng(7)
    side = int(SQUARES**0.5)
    corners = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2) * 50.0
    plots = gpd.GeoDataFrame({"plot": np.arange(len(corners))}, geometry=_squares(corners, 50.0), crs=28992)
    centres = shapely.points(chance.uniform(0, side * 50.0, (ZONES, 2)))
    zones = gpd.GeoDataFrame({"zone": np.arange(ZONES)}, geometry=shapely.buffer(centres, 120.0), crs=28992)
    began = time.process_time()
    cut = gpd.overlay(plots, zones, how="intersection")
    cut.assign(m2=cut.area).groupby(["plot", "zone"])["m2"].sum().unstack()
    gpd.sjoin(plots, zones).groupby("plot").size()
    return time.process_time() - began


def _squares(corners: np.ndarray, side: float) -> np.ndarray:
    squares: np.ndarray = shapely.box(*corners.T, *(corners + side).T)
    return squares


def stage_seconds(outputs: Path) -> dict[str, float]:
    """CPU seconds per stage of the run that wrote these results."""
    seconds: dict[str, float] = {}
    for path in sorted(set(outputs.glob("receipts/*/*.json")) - set(outputs.glob("receipts/files/*"))):
        receipt = json.loads(path.read_text(encoding="utf-8"))
        seconds[receipt["stage"]] = seconds.get(receipt["stage"], 0.0) + receipt["cost"]["cpu_s"]
    return seconds | {"all": sum(seconds.values())}


def ratios(runs: Mapping[str, Path]) -> pd.DataFrame:
    """A row per run and stage: CPU seconds, and the ratio to the yardstick."""
    yardstick = statistics.median(yardstick_s() for _ in range(3))
    rows = [
        {"run": name, "stage": stage, "seconds": round(seconds, 2), "ratio": round(seconds / yardstick, 2)}
        for name, outputs in runs.items()
        for stage, seconds in stage_seconds(outputs).items()
    ]
    return pd.DataFrame(rows)


def main(arguments: list[str]) -> None:
    """Print the ratios beside those that landed, or land them."""
    runs = {name: Path(outputs) for name, _, outputs in (given.partition("=") for given in arguments if "=" in given)}
    table = ratios(runs)
    if "--land" in arguments:
        table[["run", "stage", "ratio"]].to_csv(LANDED, index=False)
    landed = pd.read_csv(LANDED).rename(columns={"ratio": "landed"})
    table = table.merge(landed, on=["run", "stage"], how="left")
    is_dearer = table["ratio"] > DEARER * table["landed"]
    sys.stdout.write(table.assign(mark=np.where(is_dearer, "DEARER", "")).to_string(index=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
