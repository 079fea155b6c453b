"""Write a project of any size in our own input format: the embedded example, its land repeated and a little changed.

Usage: python tools/grow.py DIR [--times N] [--clusters K] [--repeat NAME ...] [--zones Z] [--profiles P] [--horizons H]
           [--seed S]

--times: how often the land of each cluster lies there, side by side (westhaven: 944 plots a time); --clusters: how many
clusters, those of the example by turns, the largest first, or those that --repeat names; --zones: noise and safety
zones more, each with a place and a size of its own; --profiles, --horizons: how many activities and years are asked.
`--clusters 1 --times 212` is 200,000 plots in one cluster, `--clusters 100 --times 38` a million, `--clusters 200
--repeat papierfabriek --times 3` 200 of 54 plots.

A copy is all that the harmonised example has in a window around a cluster: what crosses its edge is cut there. Keys get
a suffix; zones move a few metres and contracts some months, of each copy otherwise, so that no two copies are alike.
The same arguments write the same project. Tables are written as GeoParquet, batch by batch, grids as GeoTIFF.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
import shapely

from layers.columns import HOUSING_KINDS
from layers.layer import RD_NEW, Layer
from layers.sources import RASTERS, TABLES
from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.spatial.geometry import BOXES, DIMENSION, keep_dimension
from pipeline.storage.store import Store

CONFIG = Path(__file__).parents[1] / "config"
EXAMPLE = CONFIG / "proefpolder"
STEP_M, MARGIN_M = 1000.0, 500.0  # windows lie on the cells of the coarsest grid, and take in what lies around the land
MOST_ROWS = 100_000  # rows that are held at a time
MOST_SHIFT_M, MOST_SHIFT_DAYS = 15.0, 500
# What lies over the land and not in it: of each copy it lies elsewhere by a few metres.
MOVED = ("archaeology_areas", "groundwater_areas", "height_limits", "housing_plans", "noise_budgets", "noise_zones",
         "pipelines", "power_lines", "safety_contours", "sensitive_buildings")  # fmt: skip
RENAMED = {name for layer in TABLES.values() for name in layer.key} | {"site_name", "permit_group"}
ORIGIN = 'licence = "CC0 1.0, verzonnen"\ndated = 2026-10-01\nbasis = "het voorbeeld, herhaald"\n'


@dataclass(frozen=True)
class Size:
    """How large the project becomes."""

    times: int
    clusters: int
    repeat: tuple[str, ...]
    zones: int
    profiles: int
    horizons: int
    seed: int


@dataclass(frozen=True)
class Part:
    """What the example has in the window of one cluster: west, south, east and north in metres, and tables by layer."""

    title: str
    window: tuple[float, float, float, float]
    tables: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Block:
    """The copies of one cluster: where each lies, as metres from the example, east and north."""

    cluster_id: str
    part: Part
    offsets: Any

    def suffixes(self) -> Any:
        """What the keys of each copy end with."""
        return np.array([f".{self.cluster_id.rpartition('-')[2]}-{copy + 1}" for copy in range(len(self.offsets))])


def parse(arguments: list[str]) -> tuple[Path, Size]:
    """The folder and the size that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for name, default in {"times": 1, "clusters": 5, "zones": 0, "profiles": 8, "horizons": 2, "seed": 1}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--repeat", nargs="+", default=[], metavar="NAME", help="clusters of the example")
    given = vars(parser.parse_args(arguments))
    return given.pop("folder"), Size(**{**given, "repeat": tuple(given["repeat"])})


def grow(folder: Path, size: Size, example: Store | None = None) -> None:
    """Write a project of this size into a folder that is not there yet; from a run of the example, if one is there."""
    with tempfile.TemporaryDirectory() as outputs:
        context = RunContext(read_project(EXAMPLE), EXAMPLE, example or Store(Path(outputs)), line=LINE)
        if example is None:
            list(run(context, Order(up_to="harmonise")))
        parts = [part for part in _parts(context.store) if part.title in (size.repeat or context.project.clusters)]
        blocks = _laid(parts, size)
    for name in ("clusters", "sources", "data"):
        (folder / name).mkdir(parents=True)
    chance = np.random.default_rng(size.seed)
    empty = [name for name, layer in TABLES.items() if not _write_table(folder, layer, blocks, (size, chance))]
    for path in sorted((EXAMPLE / "sources").glob("*.toml")):
        if path.stem in RASTERS:
            _write_grid(folder, path.stem, blocks)
    _write_cards(folder, size, blocks, [name for name in empty if name != "overrides"])


def _parts(store: Store) -> list[Part]:
    """The example, cut into the windows of its clusters, the cluster with most plots first."""
    tables = {name: store.load("harmonise", name, name) for name in TABLES}
    boundaries = tables["cluster_boundaries"]
    parts = []
    for title, sites in boundaries.groupby("cluster_id"):
        west, south, east, north = sites.total_bounds
        low = np.floor((np.array([west, south]) - MARGIN_M) / STEP_M) * STEP_M
        high = np.ceil((np.array([east, north]) + MARGIN_M) / STEP_M) * STEP_M
        window = (*low.tolist(), *high.tolist())
        inside = {name: _inside(table, TABLES[name], window) for name, table in tables.items()}
        inside["cluster_boundaries"] = sites
        here = {"parcel_id": inside["parcels"]["parcel_id"], "site_name": sites["site_name"]}
        for name in ("ground_leases", "ibis_register", "issue_register", "source_receptors"):
            table = inside[name]
            inside[name] = table[np.logical_or.reduce([table[key].isin(here[key]) for key in here if key in table])]
        parts.append(Part(str(title), window, inside))
    return sorted(parts, key=lambda part: -len(part.tables["parcels"]))


def _inside(table: pd.DataFrame, layer: Layer, window: tuple[float, float, float, float]) -> pd.DataFrame:
    """What lies in a window (RD New), cut at its edge; of a table without shapes everything."""
    if not layer.shape:
        return table
    box, shapes = shapely.box(*window), table.geometry.to_numpy()
    within = shapely.intersection(shapes, box)
    if layer.shape in DIMENSION:
        within = keep_dimension(within, layer.shape)
    within = np.where(shapely.covered_by(shapes, box), shapes, within)
    is_here = ~(shapely.is_missing(within) | shapely.is_empty(within))
    return table.set_geometry(gpd.GeoSeries(within, table.index, crs=RD_NEW))[is_here]


def _laid(parts: list[Part], size: Size) -> list[Block]:
    """The copies of each cluster in a square, and the squares in rows, from the highest to the lowest."""
    west, south, east, north = BOXES["netherlands"]
    wanted = [(f"{parts[number % len(parts)].title}-{number + 1}", parts[number % len(parts)])
              for number in range(size.clusters)]  # fmt: skip
    across = int(np.ceil(np.sqrt(size.times)))
    x = west = west + STEP_M
    y, height, blocks = south + STEP_M, 0.0, []
    for cluster_id, part in sorted(wanted, key=lambda pair: pair[1].window[1] - pair[1].window[3]):
        left, low, right, high = part.window
        step = np.array([right - left, high - low])
        if x + across * step[0] > east - STEP_M:
            x, y, height = west, y + height, 0.0
        places = np.column_stack([np.arange(size.times) % across, np.arange(size.times) // across])
        blocks.append(Block(cluster_id, part, np.array([x - left, y - low]) + places * step))
        x, height = x + across * step[0], max(height, (places[-1, 1] + 1) * step[1])
        if x > east - STEP_M or y + height > north - STEP_M:
            raise SystemExit(f"refused: {size.clusters} clusters of {size.times} times do not fit into the Netherlands")
    return blocks


def _write_table(folder: Path, layer: Layer, blocks: list[Block], drawn: tuple[Size, Any]) -> bool:
    """Write the file of a layer and its card; False, and nothing, where no copy has rows."""
    path, writer = folder / "data" / f"{layer.name}.parquet", None
    for batch in _batches(layer, blocks, drawn):
        table = _arrow(batch, layer)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is None:
        return False
    writer.close()
    columns = "".join(f'{name} = "{name}"\n' for name in layer.columns)
    card = f'[source]\nlayer = "{layer.name}"\npath = "data/{path.name}"\n{ORIGIN}'
    # The parts of one municipality came apart by the windows.
    card += 'dissolve_on = "municipality_code"\n' if layer.name == "municipalities" else ""
    (folder / "sources" / f"{layer.name}.toml").write_text(f"{card}[source.columns]\n{columns}", encoding="utf-8")
    return True


def _batches(layer: Layer, blocks: list[Block], drawn: tuple[Size, Any]) -> Iterator[pd.DataFrame]:
    """The rows of a layer, so many at a time as may be held."""
    size, chance = drawn
    for block in blocks:
        rows = len(block.part.tables[layer.name])
        most = max(1, MOST_ROWS // max(1, rows))
        for first in range(0, size.times if rows else 0, most):
            yield _copies(layer, block, slice(first, first + most), chance)
    if size.zones and layer.name in ("noise_zones", "safety_contours"):
        yield _more_zones(layer, blocks, size.zones, chance)


def _copies(layer: Layer, block: Block, which: slice, chance: Any) -> pd.DataFrame:
    """Some copies of the rows of one cluster, with keys of their own, and changed a little."""
    rows, offsets, suffixes = block.part.tables[layer.name], block.offsets[which], block.suffixes()[which]
    copy: Any = np.repeat(np.arange(len(offsets)), len(rows))
    table = rows.iloc[np.tile(np.arange(len(rows)), len(offsets))].reset_index(drop=True)
    for name in RENAMED & set(layer.columns):
        column = layer.columns[name]
        if column.kind == "str" and not column.choices and not column.pattern:
            table[name] = table[name] + pd.Series(suffixes[copy])
    if layer.name == "cluster_boundaries":
        table["cluster_id"] = block.cluster_id
    if layer.name == "ground_leases":
        contracts, names = pd.factorize(rows["contract_id"])
        days = chance.integers(-MOST_SHIFT_DAYS, MOST_SHIFT_DAYS, (len(offsets), len(names)))[:, contracts].ravel()
        for name in (name for name, column in layer.columns.items() if column.kind == "date"):
            table[name] += pd.to_timedelta(days, unit="D")
    if layer.shape:
        moved = chance.uniform(-MOST_SHIFT_M, MOST_SHIFT_M, (len(copy), 2)).round(3) * (layer.name in MOVED)
        table = table.set_geometry(gpd.GeoSeries(_moved(table.geometry.to_numpy(), offsets[copy] + moved), crs=RD_NEW))
    return table


def _moved(shapes: Any, by_m: Any) -> Any:
    """Each shape moved by metres east and north."""
    coordinates, row = shapely.get_coordinates(shapes, return_index=True)
    return shapely.set_coordinates(shapes.copy(), coordinates + by_m[row])


def _more_zones(layer: Layer, blocks: list[Block], count: int, chance: Any) -> gpd.GeoDataFrame:
    """Half of the zones that come on top: circles around plots that are drawn, each of a size of its own."""
    count = count // 2 if layer.name == "safety_contours" else count - count // 2
    centres = []
    for block in chance.integers(0, len(blocks), count):
        parcels = blocks[block].part.tables["parcels"].geometry
        place = shapely.get_coordinates(parcels.iloc[chance.integers(len(parcels))].centroid)[0]
        centres.append(place + blocks[block].offsets[chance.integers(len(blocks[block].offsets))])
    shapes = shapely.buffer(shapely.points(np.array(centres).reshape(-1, 2)), chance.uniform(100.0, 600.0, count))
    keys = [f"extra-{number + 1}" for number in range(count)]
    if layer.name == "noise_zones":
        columns = {"noise_zone_id": keys, "limit_dba_etmaal": chance.integers(45, 70, count).astype(float)}
    else:
        kinds: Any = np.resize(np.array(layer.columns["contour_kind"].choices), count)
        classes = np.where(kinds == "location_risk", "1e-6", None)
        columns = {"contour_id": keys, "contour_kind": kinds, "risk_class": classes, "contour_origin": ["site"] * count}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=RD_NEW)


def _arrow(table: pd.DataFrame, layer: Layer) -> pa.Table:
    """A batch as GeoParquet has it: the same columns and types in each."""
    kinds = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "date": pa.date32()}
    schema = pa.schema([(name, kinds[column.kind]) for name, column in layer.columns.items()])
    plain = pd.DataFrame(table.drop(columns="geometry") if layer.shape else table).reindex(columns=list(layer.columns))
    whole = pa.Table.from_pandas(plain, schema=schema, preserve_index=False, safe=False).replace_schema_metadata(None)
    if not layer.shape:
        return whole
    whole = whole.append_column("geometry", pa.array(shapely.to_wkb(table.geometry.to_numpy()), pa.binary()))
    column = {"encoding": "WKB", "geometry_types": [], "crs": gpd.GeoSeries(crs=RD_NEW).crs.to_json_dict()}
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return whole.replace_schema_metadata({"geo": json.dumps(geo)})


def _write_grid(folder: Path, layer: str, blocks: list[Block]) -> None:
    """Write one grid over all copies, and its card; between them nothing is known."""
    card = tomllib.loads((EXAMPLE / "sources" / f"{layer}.toml").read_text(encoding="utf-8"))["source"]
    with rasterio.open(EXAMPLE / card["path"]) as grid:
        values, bounds, cell = grid.read(1), np.array(grid.bounds), grid.res[0]
        profile, scales = grid.profile, grid.scales
    windows = [np.clip(block.part.window, [*bounds[:2]] * 2, [*bounds[2:]] * 2) for block in blocks]
    # Of all land, also where the grid of the example ends before it.
    west, south = (min(block.part.window[axis] + block.offsets[:, axis].min() for block in blocks) for axis in (0, 1))
    east, north = (
        max(block.part.window[axis + 2] + block.offsets[:, axis].max() for block in blocks) for axis in (0, 1)
    )
    whole = np.full((round((north - south) / cell), round((east - west) / cell)), profile["nodata"], values.dtype)
    for window, block in zip(windows, blocks, strict=True):
        rows, columns = _cells(window, bounds, cell)
        for offset in block.offsets:
            to_rows, to_columns = _cells(window + np.tile(offset, 2), (west, south, east, north), cell)
            whole[to_rows, to_columns] = values[rows, columns]
    place = rasterio.transform.from_origin(west, north, cell, cell)
    profile |= {"height": whole.shape[0], "width": whole.shape[1], "transform": place, "compress": "deflate"}
    profile |= {"tiled": True, "blockxsize": 256, "blockysize": 256}
    with rasterio.open(folder / "data" / f"{layer}.tif", "w", **profile) as grid:
        grid.write(whole, 1)
        grid.scales = scales
    text = f'[source]\nlayer = "{layer}"\npath = "data/{layer}.tif"\n{ORIGIN}'
    (folder / "sources" / f"{layer}.toml").write_text(text, encoding="utf-8")


def _cells(window: Any, bounds: Any, cell: float) -> tuple[slice, slice]:
    """Rows and columns of a window in a grid with these bounds (west, south, east, north; metres)."""
    rows = slice(round((bounds[3] - window[3]) / cell), round((bounds[3] - window[1]) / cell))
    return rows, slice(round((window[0] - bounds[0]) / cell), round((window[2] - bounds[0]) / cell))


def _write_cards(folder: Path, size: Size, blocks: list[Block], empty: list[str]) -> None:
    """Write the cards of rules as the example has them, with other activities, years, clusters and demand."""
    for path in sorted([*CONFIG.glob("*.toml"), *CONFIG.glob("*.csv")]):
        shutil.copy(path, folder / path.name)
    years = [2028 + 2 * number for number in range(size.horizons)]
    text = f'format = 3\nname = "gegroeid"\ntitle = "Gegroeid"\nreference_date = 2026-10-01\nhorizons = {years}\n'
    text += "".join(f'\n[absent.{name}]\ntreat_as = "none"\nbasis = "ligt niet bij deze clusters"\n' for name in empty)
    (folder / "project.toml").write_text(text, encoding="utf-8")
    profiles = _profiles(size.profiles)
    (folder / "profiles.toml").write_text(
        "".join(_table(f"profile.{name}", profiles[name]) for name in profiles), "utf-8"
    )
    # Rows of the matrix about what no activity builds would be refused, and a segment whose activity is not there.
    built = {kind for card in profiles.values() for kind in card["object_kinds"]}
    rows = (folder / "effects.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kinds_built = [row for row in rows if row.split(";")[1] in {"object_kind", *HOUSING_KINDS, *built}]
    (folder / "effects.csv").write_text("".join(kinds_built), encoding="utf-8")
    segments = re.split(r"(?=\[segment\.)", (folder / "balance.toml").read_text(encoding="utf-8"))
    named = [re.search(r'^profile = "(\w+)"', segment, re.MULTILINE) for segment in segments]
    supported = [segment for segment, name in zip(segments, named, strict=True) if name is None or name[1] in profiles]
    (folder / "balance.toml").write_text("".join(supported), encoding="utf-8")
    for block in blocks:
        card = {"title": block.cluster_id.capitalize(), "kind": "cluster", "basis": "verzonnen"}
        (folder / "clusters" / f"{block.cluster_id}.toml").write_text(_table("", card), encoding="utf-8")
    demand = [f"{block.cluster_id};{year};verzonnen;economie;60;verzonnen;1;1;\n" for block in blocks for year in years]
    with (folder / "demand.csv").open("a", encoding="utf-8") as table:
        table.writelines(demand)


def _table(name: str, values: dict[str, Any]) -> str:
    """A table of TOML with plain values."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()]
    return "".join([f"[{name}]\n"] * bool(name) + lines)


def _profiles(count: int) -> dict[str, dict[str, Any]]:
    """The activities of the example, general industry first; in each further round they ask for 0.25 ha more."""
    cards = tomllib.loads((CONFIG / "profiles.toml").read_text(encoding="utf-8"))["profile"]
    profiles = {}
    for number in range(count):
        more, place = divmod(number, len(cards))
        name, card = list(cards.items())[place]
        title, least_ha = f"{card['title']} {more + 1}", card["least_area_ha"] + more / 4
        profiles[f"{name}_{more + 1}" if more else name] = {**card, "title": title, "least_area_ha": least_ha}
    return profiles


if __name__ == "__main__":
    grow(*parse(sys.argv[1:]))
