"""What is measured of plots: from the raw files of the example, by shapely, numpy and a walk over the roads."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from oracle.published import drawn, features, layer, rules, units

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.runner.stage import RunContext

VOLTAGES = {"ST1": (380, 150), "ST2": (150,)}
JOIN_M = 0.5


@dataclass(frozen=True)
class Plots:
    """The plots of a cluster: keys, shapes (RD New), and the folder of raw files."""

    package: Path
    keys: list[str]
    shapes: Any
    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        """A published table of the cluster."""
        return layer(self.package, name)


@pytest.fixture(params=["westhaven", "oosterpark", "papierfabriek"])
def plots(proefpolder: RunContext, request: pytest.FixtureRequest) -> Plots:
    package = proefpolder.store.outputs / f"{request.param}.gpkg"
    return Plots(package, *drawn(package, "kavels", "kavel_id"), proefpolder.project.folder / "data")


def read(plots: Plots, file: str, inside: str | None = None) -> tuple[pd.DataFrame, Any]:
    """The columns and flat shapes of a raw file in RD New."""
    table = pyogrio.read_dataframe(plots.folder / file, layer=inside, force_2d=True)
    return pd.DataFrame(table.drop(columns="geometry")), table.geometry.to_numpy()


def read_wkt(plots: Plots, file: str, names: list[str] | None = None) -> tuple[pd.DataFrame, Any]:
    """The columns and shapes of a raw text file with shapes as text."""
    table = pd.read_csv(plots.folder / file, sep=";", names=names, header=0)
    return table, shapely.from_wkt(table["wkt"].to_numpy(dtype=object))


def test_a_plot_lies_in_the_feeding_areas_over_it(plots: Plots) -> None:
    areas, shapes = read(plots, "voedingsgebieden.gpkg")
    share = shapely.area(shapely.intersection(plots.shapes[:, None], shapes[None, :]))
    share /= shapely.area(plots.shapes)[:, None]
    listed = plots.table("stroomnet").set_index(["kavel_id", "voedingsgebied"])
    wanted = {
        (plots.keys[row], areas["voedingsgebied"][column]): share[row, column]
        for row, column in zip(*np.nonzero(share > 1e-6), strict=True)
    }
    assert listed["deel"].to_dict() == pytest.approx(wanted, abs=1e-3)
    names = {"afname": "netcongestie_afname", "invoeding": "netcongestie_invoeding", "mw": "beschikbaar_mw"}
    names |= {"wachtrij": "wachtrij_mw", "jaar": "ruimte_vanaf"}
    by_area = areas.set_index("voedingsgebied")
    for (_, area), row in listed.iterrows():
        for theirs, ours in names.items():
            stated = by_area.loc[area, theirs]
            assert pd.isna(row[ours]) if pd.isna(stated) else row[ours] == stated


def test_hexagons_are_counted_by_the_distance_of_their_middle(plots: Plots) -> None:
    hexagons, shapes = read(plots, "hexagonen.fgb")
    far_m = shapely.distance(shapely.centroid(plots.shapes)[:, None], shapely.centroid(shapes)[None, :])
    critical, deposition = hexagons["kdw"].to_numpy(dtype=float), hexagons["depositie"].to_numpy(dtype=float)
    card = rules("measure")["nature"]
    listed = plots.table("stikstofgevoeligheid").set_index(["ring_tot_m", "kavel_id"])
    begin_m = -1.0
    for end_m in card["rings_m"]:
        inside = (far_m > begin_m) & (far_m <= end_m)
        over = deposition > critical
        kinds = {
            "hexagonen": np.ones(len(critical), dtype=bool),
            "overbelast": over,
            "naderend_overbelast": ~over & (deposition > critical - card["near_critical_mol"]),
            "niet_bekend": np.isnan(deposition),
        }
        rows = listed.loc[end_m].loc[plots.keys]
        for name, which in kinds.items():
            assert rows[name].tolist() == (inside & which).sum(axis=1).tolist(), (end_m, name)
        lowest = np.where(inside, critical, np.inf).min(axis=1)
        assert rows["laagste_kdw_mol_ha"].fillna(np.inf).tolist() == lowest.tolist()
        begin_m = end_m


def cells(path: Path) -> tuple[Any, Any]:
    """The cells of a raw grid as boxes, and the level of each; nan where it has none."""
    with rasterio.open(path) as grid:
        levels = grid.read(1).astype(float)
        levels[levels == grid.nodata] = np.nan
        levels = levels * grid.scales[0] + grid.offsets[0]
        row, column = np.indices(levels.shape)
        west, north = grid.transform.c, grid.transform.f
        wide, high = grid.transform.a, -grid.transform.e
    boxes = shapely.box(west + column * wide, north - (row + 1) * high, west + (column + 1) * wide, north - row * high)
    return boxes.ravel(), levels.ravel()


def cover(plots: Plots, boxes: Any) -> tuple[Any, Any, Any]:
    """Every pair of plot and cell that share land, and their m2."""
    plot, cell = shapely.STRtree(boxes).query(plots.shapes, predicate="intersects")
    return plot, cell, shapely.area(shapely.intersection(plots.shapes[plot], boxes[cell]))


@pytest.mark.parametrize(
    ("component", "file", "card"), [("NO2", "no2", "no2"), ("PM10", "pm10", "pm10"), ("PM2,5", "pm25", "pm25")]
)
def test_the_air_of_a_plot_is_that_of_the_cell_over_most_of_it(
    plots: Plots, component: str, file: str, card: str
) -> None:
    boxes, levels = cells(plots.folder / f"{file}.tif")
    norms = rules("measure")["air"][card]
    words = {"present": "boven huidige grens", "eu_2030": "boven EU-grens 2030", "who_advice": "boven WHO-advies"}
    rows = plots.table("luchtkwaliteit").query(f"component == {component!r}").set_index("kavel_id")
    most: dict[int, tuple[float, int]] = {}
    for plot, cell, m2 in zip(*cover(plots, boxes), strict=True):
        most[plot] = max(most.get(plot, (-1.0, -1)), (m2, cell))
    for number, key in enumerate(plots.keys):
        row = rows.loc[key]
        m2, cell = most[number]
        corner = f"{boxes[cell].bounds[0]:.0f} {boxes[cell].bounds[1]:.0f}"
        if m2 < 0.501 * plots.shapes[number].area and row["cel"] != corner:
            continue  # two cells with nearly as much of it
        word = next((words[name] for name in words if levels[cell] > norms[name]), "onder WHO-advies")
        assert row["cel"] == corner
        assert row["concentratie_ugm3"] == pytest.approx(levels[cell], abs=0.051)
        assert row["luchtklasse"] == ("onbekend" if np.isnan(levels[cell]) else word)


def walk(lines: Any, places: list[tuple[int, float]]) -> dict[int, float]:
    """Metres along lines (that join where they end within half a metre) from the nearest of some places, to every end;
    a place is a line and metres along it."""
    ends = [shapely.get_coordinates(shapely.get_point(line, side))[0] for line in lines for side in (0, -1)]
    node = [next(i for i, other in enumerate(ends) if np.hypot(*(end - other)) <= JOIN_M) for end in ends]
    roads: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for number, line in enumerate(lines):
        left, right = node[2 * number], node[2 * number + 1]
        roads[left].append((right, line.length))
        roads[right].append((left, line.length))
    queue = [(along, node[2 * line]) for line, along in places]
    queue += [(lines[line].length - along, node[2 * line + 1]) for line, along in places]
    heapq.heapify(queue)
    far: dict[int, float] = {}
    while queue:
        metres, here = heapq.heappop(queue)
        if here in far:
            continue
        far[here] = metres
        for other, more in roads[here]:
            heapq.heappush(queue, (metres + more, other))
    return {number: far.get(name, np.inf) for number, name in enumerate(node)}


def entry(lines: Any, which: Any, shape: Any) -> tuple[int, list[float], float]:
    """Where a shape enters the lines: the line, metres along it (of a shape on it from where to where), and metres to
    it."""
    line = int(which[np.argmin(shapely.distance(lines[which], shape))])
    feet = shapely.get_coordinates(shapely.intersection(lines[line], shape))
    if not len(feet):
        feet = shapely.get_coordinates(shapely.shortest_line(lines[line], shape))[:1]
    along = shapely.line_locate_point(lines[line], shapely.points(feet))
    return line, [float(along.min()), float(along.max())], float(shapely.distance(lines[line], shape))


def road_targets(plots: Plots, roads: pd.DataFrame, lines: Any) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Each kind of terminal with its places on the road; and where motorways and ramps meet other roads."""
    terminals, points = read_wkt(plots, "overslagpunten.csv")
    for kind, rows in terminals.groupby("soort"):
        spots = [entry(lines, np.arange(len(lines)), point) for point in points[rows.index]]
        yield kind, [(line, along[0]) for line, along, _ in spots]
    fast = roads["soort"].isin(["snelweg", "oprit", "afrit", "toerit"]).to_numpy()
    meets = []
    for number in np.flatnonzero(~fast):
        for side, along in ((0, 0.0), (-1, lines[number].length)):
            point = shapely.get_point(lines[number], side)
            tips = [shapely.get_point(line, end) for line in lines[fast] for end in (0, -1)]
            if shapely.distance(point, np.array(tips)).min() <= JOIN_M:
                meets.append((int(number), along))
    yield "oprit snelweg", meets


def test_distances_over_the_road_are_those_of_a_walk(plots: Plots) -> None:
    roads, lines = read(plots, "wegen.fgb")
    enter = np.flatnonzero(~roads["soort"].isin(["snelweg", "oprit", "afrit", "toerit"]))
    rows = plots.table("bereikbaarheid").query("gemeten == 'weg'").set_index(["doel", "kavel_id"])
    entries = [entry(lines, enter, shape) for shape in plots.shapes]
    kinds = dict(road_targets(plots, roads, lines))
    assert set(rows.index.get_level_values(0)) == set(kinds)
    for kind, places in kinds.items():
        far = walk(lines, places)
        for key, (line, stretch, off_m) in zip(plots.keys, entries, strict=True):
            metres = []
            for along in np.linspace(*stretch, 50):
                ways = [far[2 * line] + along, far[2 * line + 1] + lines[line].length - along]
                metres.append(min([*ways, *(abs(along - there) for road, there in places if road == line)]))
            row = rows.loc[kind, key]
            assert row["tot_het_net_m"] == pytest.approx(off_m, abs=0.06)
            # A plot on a road enters it somewhere on that stretch.
            assert min(metres) - 0.2 <= row["afstand_m"] <= max(metres) + 0.2, (kind, key)


def test_distances_as_the_crow_flies_are_those_of_shapely(plots: Plots) -> None:
    """To the nearest station of each voltage, and to what can be had."""
    rows = (
        plots.table("bereikbaarheid")
        .query("gemeten == 'hemelsbreed'")
        .set_index(["doel", "spanning_kv", "kavel_id"])
        .sort_index()
    )
    stations, points = read_wkt(plots, "stations.csv")
    places = {
        ("hoogspanningsstation", float(kv)): np.array([kv == max(VOLTAGES[key]) for key in stations["id"]])
        for kv in (380, 150)
    }
    supplies, shapes = features(plots.folder / "voorzieningen.geojson")
    compared = 0
    for (target, kv), which in places.items():
        far = shapely.distance(plots.shapes[:, None], points[which][None, :])
        names = stations["id"].to_numpy()[which][far.argmin(axis=1)]
        here = rows.loc[target, kv].loc[plots.keys]
        assert here["afstand_m"].to_numpy() == pytest.approx(far.min(axis=1), abs=0.06)
        assert here["welk_doel"].tolist() == names.tolist()
        compared += len(here)
    for kind, of_kind in supplies.groupby("soort"):
        here = rows.loc[kind, 0.0].loc[plots.keys]
        far = shapely.distance(plots.shapes[:, None], shapes[of_kind.index][None, :])
        assert here["afstand_m"].to_numpy() == pytest.approx(far.min(axis=1), abs=1.0)
        nearest = of_kind.iloc[far.argmin(axis=1)]
        is_clear = (np.sort(far, axis=1)[:, 1:2] > far.min(axis=1)[:, None] + 1.0).all(axis=1)
        assert (here["welk_doel"].to_numpy() == nearest["id"].to_numpy())[is_clear].all()
        first = nearest["van"].fillna(0).to_numpy()
        assert (here["vanaf_jaar"].fillna(0).to_numpy() == first)[is_clear].all()
        compared += len(here)
    assert compared == len(rows)


def test_noise_areas_belong_to_the_sites_that_they_name_or_touch(proefpolder: RunContext) -> None:
    outputs = proefpolder.store.outputs
    land = Plots(outputs / "nederland.gpkg", [], None, proefpolder.project.folder / "data")
    sites, places = read(land, "terreinen.zip")
    wanted = {}
    for file, kind, key, name in (
        ("geluidzones.fgb", "geluidzone", "zone", "terrein"),
        ("aandachtsgebieden.gdb.zip", "geluidaandachtsgebied", "gebied", "terrein"),
    ):
        areas, shapes = read(land, file)
        for site, place in zip(sites.itertuples(), places, strict=True):
            for row, shape in zip(areas.to_dict("records"), shapes, strict=True):
                is_near = place.distance(shape) <= rules("measure")["noise"]["link_m"]
                is_named = row[name] == site.NAAM
                if is_near or is_named:
                    word = "beide" if is_near and is_named else "ligging" if is_near else "naam"
                    overlap_ha = place.intersection(shape).area / 1e4
                    wanted[site.ID, row[key]] = (kind, word, pytest.approx(overlap_ha, abs=1e-3))
    rows = layer(land.package, "geluidregimes").set_index(["gezoneerd_terrein_id", "geluidgebied"])
    listed = {key: (row["soort_geluidgebied"], row["verband"], row["op_terrein_ha"]) for key, row in rows.iterrows()}
    assert listed == wanted


def test_facts_of_plots_are_measured_on_the_raw_files(plots: Plots) -> None:
    """Distances, buildings, noise and depth of water; each cell by the part of the plot that it covers."""
    rows = plots.table("kavels").set_index("kavel_id").loc[plots.keys]
    quays, nature = (read(plots, file)[1] for file in ("kades.gpkg", "natura2000.gpkg"))
    addresses = pd.read_csv(plots.folder / "adressen.csv", sep=";", decimal=",")
    dwellings = shapely.points(addresses["x"], addresses["y"])
    railways = read_wkt(plots, "spoor.csv")[1]
    distances = {
        "afstand_kade_m": quays,
        "afstand_vaarweg_m": read(plots, "vaarwegen.zip")[1],
        "afstand_spoor_m": railways,
        "afstand_natura2000_m": nature,
        "afstand_gevoelig_m": dwellings,
    }
    for name, shapes in distances.items():
        far_m = shapely.distance(plots.shapes[:, None], shapes[None, :]).min(axis=1)
        assert rows[name].to_numpy() == pytest.approx(far_m, abs=0.06), name
    buildings, outlines = read(plots, "panden.gpkg")
    standing = shapely.union_all(outlines[buildings["status"] != "Pand gesloopt"])
    share = shapely.area(shapely.intersection(plots.shapes, standing)) / shapely.area(plots.shapes)
    assert rows["bebouwd_deel"].to_numpy() == pytest.approx(share, abs=1e-3)
    boxes, levels = cells(plots.folder / "geluid.tif")
    plot, cell, m2 = cover(plots, boxes)
    known = ~np.isnan(levels[cell])
    count = len(plots.keys)
    known_m2 = np.bincount(plot[known], m2[known], count)
    energy = np.bincount(plot[known], (m2 * 10 ** (levels[cell] / 10))[known], count)
    loud = np.bincount(plot[known], (m2 * (levels[cell] >= 50))[known], count)
    covered = known_m2 / shapely.area(plots.shapes)
    assert rows["geluid_dekking"].to_numpy() == pytest.approx(covered, abs=2e-3)
    enough = covered >= 0.51
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_db = 10 * np.log10(energy / known_m2)
    assert rows["geluid_gemiddeld_db"].to_numpy()[enough] == pytest.approx(mean_db[enough], abs=0.06)
    assert rows["deel_boven_geluiddrempel"].to_numpy()[enough] == pytest.approx((loud / known_m2)[enough], abs=2e-3)
    assert rows.loc[covered < 0.49, "geluid_gemiddeld_db"].isna().all()
    boxes, levels = cells(plots.folder / "waterdiepte.tif")
    plot, cell, m2 = cover(plots, boxes)
    known = ~np.isnan(levels[cell]) & (m2 > 0)
    known_m2 = np.bincount(plot[known], m2[known], count)
    assert rows["deel_met_waterdiepte"].to_numpy() == pytest.approx(known_m2 / shapely.area(plots.shapes), abs=2e-3)
    is_known = known_m2 > 1
    depth_m = np.bincount(plot[known], (m2 * levels[cell])[known], count)[is_known] / known_m2[is_known]
    assert rows["waterdiepte_gemiddeld_m"].to_numpy()[is_known] == pytest.approx(depth_m, abs=0.051)


def test_a_plot_is_the_sum_of_its_parts(proefpolder: RunContext) -> None:
    """Its hectares are those of the raw plot inside the raw boundary, less what a plot drawn over it has; usable land
    is that of its pieces; who has it is who has most of it."""
    folder = proefpolder.project.folder / "data"
    keys, raw_shapes = drawn(folder / "kavels.gpkg", "kavels", "KAVELNR")
    raw_plots = dict(zip(keys, shapely.make_valid(raw_shapes), strict=True))
    properties, outlines = features(folder / "clustergrenzen.geojson")
    compared = 0
    for package in units(proefpolder.store.outputs):
        boundary = shapely.union_all(outlines[(properties["cluster"] == package.stem).to_numpy()])
        rows = layer(package, "kavels").set_index("kavel_id")
        holdings, pieces = layer(package, "bezitsvlakken"), layer(package, "deelvlakken")
        inside = {key: raw_plots[key].intersection(boundary).area / 1e4 for key in rows.index}
        off = rows["oppervlakte_ha"] - pd.Series(inside)
        # The boundary is some decimetres off without grids, and land under two plots counts once.
        assert off.max() <= 0.01 and off.sum() == pytest.approx(0, abs=0.2), off.abs().idxmax()
        for table in (holdings, pieces):
            summed = table.groupby("kavel_id")["oppervlakte_ha"].sum()
            assert rows["oppervlakte_ha"].to_dict() == pytest.approx(summed.to_dict(), abs=2e-3)
        ordered = holdings.sort_values(["oppervlakte_ha", "bezitsvlak_id"], ascending=[False, True])
        largest = ordered.drop_duplicates("kavel_id").set_index("kavel_id").loc[rows.index]
        years = [int(name[-4:]) for name in pieces if name.startswith("oordeel_2")]
        for year in years:
            usable = pieces[pieces[f"oordeel_{year}"] == "bruikbaar"].groupby("kavel_id")["oppervlakte_ha"].sum()
            wanted = usable.reindex(rows.index, fill_value=0.0)
            assert rows[f"bruikbaar_{year}_ha"].to_dict() == pytest.approx(wanted.to_dict(), abs=1e-3)
            for name in (f"bezit_{year}", f"bezit_verlengd_{year}"):
                ours, theirs = rows[name], largest[name]
                near = ordered.groupby("kavel_id")["oppervlakte_ha"].agg(
                    lambda sizes: sizes.nlargest(2).diff().abs().min()
                )
                differs = (ours != theirs) & ~(near.loc[rows.index] < 2e-4)
                assert not differs.any(), (year, differs[differs].index[0])
        compared += len(rows)
    assert compared >= 0.95 * len(keys)  # some lie outside every boundary
