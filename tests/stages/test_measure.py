"""Measure: what can be told of a plot, in shapes and grids one can draw; no data is never nothing."""

from __future__ import annotations

import heapq
import itertools
import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import CORNER, parcels, square, table

from layers.sources.feeding_areas import CONGESTION_STATUSES, WORST_FIRST
from layers.sources.waterways import CEMT_CLASSES, CEMT_ORDER
from pipeline.land.road_network import nearest_target, network, snap
from pipeline.project.load import Project
from pipeline.project.measure import MeasureConfig
from pipeline.spatial.raster import Grid
from pipeline.stages import measure
from pipeline.stages.measure import _cemt, grids, quays, surroundings
from pipeline.stages.measure.access import access, grid_access, worst_status

X, Y = CORNER


@pytest.fixture(scope="module")
def card(rules: Project) -> MeasureConfig:
    return rules.measure


def plots(**shapes: Any) -> Any:
    return parcels(**shapes).assign(cluster_id="paper")


def line(*places: tuple[float, float]) -> Any:
    """A line through places in squares."""
    return shapely.LineString([(X + 100 * x, Y + 100 * y) for x, y in places])


def grid(levels: list[list[float]], cell_m: float = 50.0) -> Grid:
    """Cells of 50 m from the paper's upper left corner (100 m above its lower edge)."""
    return Grid(np.array(levels, dtype=np.float32), X, Y + 100, cell_m, cell_m)


# noise


def test_decibels_are_averaged_as_energy(card: MeasureConfig) -> None:
    facts = grids.noise(plots(a=square(0, 0)), grid([[60, 60], [50, 50]]), card.noise).iloc[0]
    assert facts["noise_mean_db"] == pytest.approx(10 * math.log10((1e6 + 1e5) / 2), abs=1e-4)
    assert facts["noise_max_db"] == pytest.approx(60) and facts["noise_covered_share"] == 1


def test_the_share_above_the_threshold_counts_cells_at_it(card: MeasureConfig) -> None:
    facts = grids.noise(plots(a=square(0, 0)), grid([[60, 50], [49.9, 40]]), card.noise).iloc[0]
    assert facts["noise_above_share"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("levels", "mean"), [([[60, np.nan], [60, np.nan]], 60.0), ([[60, np.nan], [np.nan, np.nan]], None)]
)
def test_no_data_is_not_silence(card: MeasureConfig, levels: list[list[float]], mean: float | None) -> None:
    facts = grids.noise(plots(a=square(0, 0)), grid(levels), card.noise)["noise_mean_db"].iloc[0]
    assert (None if np.isnan(facts) else round(float(facts), 3)) == mean


def test_a_plot_off_the_grid_has_no_level(card: MeasureConfig) -> None:
    facts = grids.noise(plots(a=square(30, 30)), grid([[60, 60], [60, 60]]), card.noise).iloc[0]
    assert np.isnan(facts["noise_mean_db"]) and facts["noise_covered_share"] == 0


def test_plots_of_many_tiles_are_measured_as_those_of_one(card: MeasureConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = np.arange(40 * 40, dtype=np.float32).reshape(40, 40) % 70
    whole = Grid(levels, X, Y + 2000, 50.0, 50.0)
    land = plots(**{f"p{n}": square(n, n, 1.3, 0.7) for n in range(18)})
    once = grids.noise(land, whole, card.noise)
    monkeypatch.setattr(grids, "TILE_CELLS", 4)
    pd.testing.assert_frame_equal(once, grids.noise(land, whole, card.noise))


# flood, classes, air


@pytest.mark.parametrize(
    ("depth", "code", "state"),
    [
        pytest.param([[0, 0], [0, 0]], 4, "dry", id="dry is known to be dry"),
        pytest.param([[0, 0.3], [0, 0]], 4, "floods", id="one deep cell floods"),
        pytest.param([[np.nan] * 2] * 2, 4, "unknown", id="no data is not dry"),
        pytest.param([[0, np.nan], [np.nan, np.nan]], 4, "unknown", id="a quarter known is not known"),
        pytest.param([[np.nan] * 2] * 2, 1, "outside_dike", id="outside the dikes, no depth"),
        pytest.param([[1.0] * 2] * 2, 1, "outside_dike", id="outside the dikes goes before depth"),
        pytest.param([[0, 0], [0, 0]], (1, 4, 4, 4), "unknown", id="a quarter outside the dikes is not dry"),
        pytest.param([[0, 0], [0, 0]], (1, 1, 4, 4), "outside_dike", id="half of it outside the dikes"),
        pytest.param(
            [[np.nan] * 2] * 2, (1, np.nan, np.nan, np.nan), "unknown", id="one known cell tells nothing of the rest"
        ),
    ],
)
def test_flood(card: MeasureConfig, depth: list[list[float]], code: Any, state: str) -> None:
    codes = np.array([code] * 4 if isinstance(code, int) else code, dtype=float).reshape(2, 2).tolist()
    facts = grids.flood(plots(a=square(0, 0)), grid(depth), grid(codes), card.flood).iloc[0]
    assert facts["flood_state"] == state


def test_nothing_known_of_floods_is_unknown(card: MeasureConfig) -> None:
    facts = grids.flood(plots(a=square(0, 0)), None, None, card.flood).iloc[0]
    assert facts["flood_state"] == "unknown" and np.isnan(facts["flood_max_m"])


def test_classes_are_counted_never_averaged(card: MeasureConfig) -> None:
    flooded = grids.flood(plots(a=square(0, 0)), None, grid([[1, 6], [6, 6]]), card.flood)
    assert flooded["flood_class"].tolist() == [6.0]


def test_a_tie_of_classes_goes_to_the_lowest_code(card: MeasureConfig) -> None:
    flooded = grids.flood(plots(a=square(0, 0)), None, grid([[5, 2], [5, 2]]), card.flood)
    assert flooded["flood_class"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("level", "word"),
    [(41, "above_present"), (40, "above_eu_2030"), (20, "above_who"), (10, "below_who"), (np.nan, "unknown")],
)
def test_the_class_of_the_air(card: MeasureConfig, level: float, word: str) -> None:
    facts = grids.air(plots(a=square(0, 0)), {"no2": grid([[level]], 1000.0)}, card.air)
    assert facts["air_class"].tolist() == [word]


def test_the_air_is_that_of_the_cell_over_most_of_a_plot(card: MeasureConfig) -> None:
    cells = Grid(np.array([[12.0, 30.0]], dtype=np.float32), X, Y + 1000, 1000.0, 1000.0)
    facts = grids.air(plots(a=square(9.6, 0)), {"no2": cells}, card.air).iloc[0]
    assert facts["concentration_ugm3"] == 30 and facts["cell"] == f"{X + 1000:.0f} {Y:.0f}" and facts["rationale"]


def test_a_cell_without_data_over_most_of_a_plot_is_not_known(card: MeasureConfig) -> None:
    cells = Grid(np.array([[np.nan, 5.0]], dtype=np.float32), X, Y + 1000, 1000.0, 1000.0)
    assert grids.air(plots(a=square(9.1, 0)), {"no2": cells}, card.air)["air_class"].tolist() == ["unknown"]


def test_a_window_holds_the_cells_that_a_box_touches() -> None:
    whole = Grid(np.arange(100, dtype=np.float32).reshape(10, 10), 0.0, 100.0, 10.0, 10.0)
    part = whole.window((15.0, 35.0, 41.0, 62.0))
    assert part.bounds() == (10.0, 30.0, 50.0, 70.0) and part.levels[0].tolist() == [31.0, 32.0, 33.0, 34.0]


def test_raster_and_vector_paths_agree_within_a_tenth_of_a_point(card: MeasureConfig) -> None:
    """Land near a source outside the region: share by a buffer, and by a grid of levels that fall with distance."""
    source = shapely.Point(X - 300, Y + 1000)
    cell = 5.0
    x, y = np.meshgrid(X + cell * (np.arange(400) + 0.5), Y + 2000 - cell * (np.arange(400) + 0.5))
    falls = 100.0 - 20.0 * np.log10(np.hypot(x - source.x, y - source.y) / 10.0)
    reach = 10.0 * 10 ** ((100.0 - card.noise.threshold.level) / 20.0)
    region = square(0, 0, 20, 20)
    by_raster = grids.noise(plots(a=region), Grid(falls.astype(np.float32), X, Y + 2000, cell, cell), card.noise)
    by_vector = region.intersection(source.buffer(reach, quad_segs=64)).area / region.area
    assert by_raster["noise_above_share"].iloc[0] == pytest.approx(by_vector, abs=0.001)


# quays


def quay(*lines: Any, depth: float | None = -10, draught: float | None = 8) -> Any:
    rows = [
        {"quay_id": str(n), "geometry": shape, "depth_m_nap": depth, "draught_m": draught}
        for n, shape in enumerate(lines)
    ]
    return table("quays", rows)


@pytest.mark.parametrize(
    ("lines", "metres"),
    [
        pytest.param([line((0, 0), (1, 0))], 100, id="along the whole front"),
        pytest.param([line((-3, 0), (5, 0))], 100, id="a quay that runs on past the plot"),
        pytest.param([line((0, -0.2), (1, -0.2))], 100, id="20 m off the plot"),
        pytest.param([line((0, -0.3), (1, -0.3))], 0, id="30 m off is not along it"),
        pytest.param([line((0, 0), (0, -3))], 0, id="a pier that stands on the edge"),
        pytest.param([line((1, 0), (3, 0))], 0, id="a quay that begins at its corner"),
        pytest.param([line((0.4, 0), (0.9, 0))], 50, id="along a part of the front"),
        pytest.param([line((0, 0), (1, 0)), line((0, 1), (1, 1))], 200, id="front and back"),
        pytest.param([line((0, 0), (1, 0), (1, 1))], 200, id="around a corner"),
        pytest.param([line((0, 0), (1, 0)), line((1, 0), (0, 0))], 100, id="drawn in both directions"),
        pytest.param([line((0, 0), (1, 0)), line((0, -0.005), (1, -0.005))], 100, id="drawn twice, half a metre apart"),
        pytest.param([line((-1, 0), (2, 0), (2, -5), (-1, -5), (-1, 0))], 100, id="a basin drawn as a ring"),
        pytest.param(
            [line((0.5, 0), (2, 0), (2, -5), (-1, -5), (-1, 0), (0.5, 0))], 100, id="a ring that begins before the plot"
        ),
        pytest.param([line((0.4, 0), (0.4, -3), (0.6, -3), (0.6, 0))], 0, id="a finger pier that stands on the edge"),
    ],
)
def test_quay_that_a_plot_really_has(card: MeasureConfig, lines: list[Any], metres: float) -> None:
    facts = quays.frontage(plots(a=square(0, 0)), quay(*lines), card.quay)
    assert facts["quay_m"].iloc[0] == pytest.approx(metres, abs=0.6)


@pytest.mark.parametrize(
    ("land", "metres"),
    [
        pytest.param(square(0, 0, 1, 0.2), 100, id="a strip with front and back within reach"),
        pytest.param(square(0, 0).difference(square(0.4, 0, 0.2, 0.15)), 100, id="a notch in the front"),
        pytest.param(shapely.affinity.rotate(square(0, 0), 45, origin=(X, Y)), 50, id="a corner towards the quay"),
    ],
)
def test_quay_counts_once_however_the_land_is_shaped(card: MeasureConfig, land: Any, metres: float) -> None:
    facts = quays.frontage(plots(a=land), quay(line((-3, 0), (4, 0))), card.quay)["quay_m"].iloc[0]
    assert facts == pytest.approx(metres, abs=2)


def test_land_behind_a_quay_is_measured_square_to_it(card: MeasureConfig) -> None:
    facts = quays.frontage(plots(a=square(0, 0, 3, 2)), quay(line((0, 0), (3, 0))), card.quay)
    assert facts["quay_land_depth_m"].iloc[0] == pytest.approx(200)


def test_land_beyond_a_gap_is_not_behind_the_quay(card: MeasureConfig) -> None:
    split = shapely.union(square(0, 0, 2, 1), square(0, 3, 2, 4))
    facts = quays.frontage(plots(a=split), quay(line((0, 0), (2, 0))), card.quay)
    assert facts["quay_land_depth_m"].iloc[0] == pytest.approx(100)


def test_bottom_and_draught_are_two_things_and_the_shallowest_counts(card: MeasureConfig) -> None:
    both = pd.concat(
        [
            quay(line((0, 0), (1, 0)), depth=-15, draught=12),
            quay(line((0, 1), (1, 1)), depth=-9, draught=7).assign(quay_id="z"),
        ]
    )
    facts = quays.frontage(plots(a=square(0, 0)), gpd.GeoDataFrame(both), card.quay).iloc[0]
    assert (facts["quay_bottom_m_nap"], facts["quay_draught_m"]) == (-9, 7)


def test_a_bottom_level_is_no_draught(card: MeasureConfig) -> None:
    facts = quays.frontage(plots(a=square(0, 0)), quay(line((0, 0), (1, 0)), draught=None), card.quay).iloc[0]
    assert facts["quay_bottom_m_nap"] == -10 and np.isnan(facts["quay_draught_m"])


@pytest.mark.parametrize(("given", "metres"), [(None, None), ("empty", 0.0)])
def test_no_quay_and_quays_not_known(card: MeasureConfig, given: str | None, metres: float | None) -> None:
    lines = None if given is None else table("quays", [])
    facts = quays.frontage(plots(a=square(0, 0)), lines, card.quay)["quay_m"].iloc[0]
    assert (None if np.isnan(facts) else facts) == metres


@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(0, 360))
def test_frontage_does_not_change_when_the_paper_is_turned(
    rules: Project, start: float, long: float, degrees: float
) -> None:
    plain = shapely.GeometryCollection([square(0, 0), line((start, 0), (start + long, 0))])
    turned = shapely.affinity.rotate(plain, degrees, origin=CORNER)
    facts = [
        quays.frontage(plots(a=shape.geoms[0]), quay(shape.geoms[1]), rules.measure.quay)["quay_m"].iloc[0]
        for shape in (plain, turned)
    ]
    expected = 100 * max(0.0, min(1.0, start + long) - max(0.0, start))
    assert facts == pytest.approx([expected, expected], abs=0.05)


# waterways, roads


ORDER = ["0", "I", "II", "III", "IV", "Va", "Vb", "VIa", "VIb", "VIc", "VII"]


@pytest.mark.parametrize(("low", "high"), list(itertools.pairwise(ORDER)))
def test_ship_classes_are_an_order_no_alphabet(low: str, high: str) -> None:
    assert CEMT_ORDER[high] > CEMT_ORDER[low]


@pytest.mark.parametrize(("plain", "smallest"), [("IV", "IVa"), ("V", "Va"), ("VI", "VIa")])
def test_a_class_without_a_letter_is_the_smallest_of_its_kind(plain: str, smallest: str) -> None:
    assert CEMT_ORDER[plain] == CEMT_ORDER[smallest] and {plain, smallest} <= set(CEMT_CLASSES)


def test_the_largest_class_within_reach_counts() -> None:
    ways = [
        {"waterway_id": str(n), "cemt_class": name, "geometry": line((0, far), (1, far))}
        for n, (name, far) in enumerate([("VIa", -1), ("VII", -9), ("Vb", -2), (None, 0)])
    ]
    assert _cemt(plots(a=square(0, 0)), table("waterways", ways), 250).tolist() == ["VIa"]


def roads(*lines: Any, kind: str = "road") -> Any:
    kinds = [section[1] if isinstance(section, tuple) else kind for section in lines]
    shapes = [section[0] if isinstance(section, tuple) else section for section in lines]
    return table(
        "roads",
        [
            {"road_id": str(n), "road_kind": k, "geometry": s}
            for n, (k, s) in enumerate(zip(kinds, shapes, strict=True))
        ],
    )


def place(kind: str, x: float, y: float, name: str = "t") -> dict[str, Any]:
    return {"terminal_id": name, "terminal_kind": kind, "geometry": shapely.Point(X + 100 * x, Y + 100 * y)}


def by_road(card: MeasureConfig, net: Any, *places: dict[str, Any], land: Any = None) -> Any:
    layers = {"roads": net, "terminals": table("terminals", list(places))}
    facts = access(plots(a=square(0, 0) if land is None else land), layers, card)
    return facts[facts["way"] == "road"].set_index("target")


def test_distance_follows_the_road_and_the_snap_is_apart(card: MeasureConfig) -> None:
    net = roads(line((1.5, 0.5), (4, 0.5)), line((4, 0.5), (4, 5)))
    facts = by_road(card, net, place("rail_terminal", 4.2, 5)).loc["rail_terminal"]
    assert (facts["distance_m"], facts["snap_m"], facts["target_snap_m"]) == pytest.approx((700, 50, 20))


def test_a_bridge_is_no_crossing(card: MeasureConfig) -> None:
    net = roads(line((1, 0.5), (8, 0.5)), line((4, -3), (4, 3)))
    facts = by_road(card, net, place("rail_terminal", 4, 3)).loc["rail_terminal"]
    assert not facts["is_reached"] and np.isnan(facts["distance_m"])


def test_sections_join_where_they_end_within_the_card(card: MeasureConfig) -> None:
    net = roads(line((1, 0.5), (4, 0.5)), line((4.003, 0.5), (6, 0.5)))
    assert by_road(card, net, place("sea_terminal", 6, 0.5)).loc["sea_terminal", "distance_m"] == pytest.approx(
        499.7, abs=0.4
    )


def test_no_plot_enters_a_motorway(card: MeasureConfig) -> None:
    net = roads((line((1, 0.5), (9, 0.5)), "motorway"), line((1, 3), (1, 9)))
    facts = by_road(card, net, place("rail_terminal", 1, 9)).loc["rail_terminal"]
    assert (facts["snap_m"], facts["distance_m"]) == pytest.approx((200, 600))


def test_a_junction_is_where_a_motorway_or_ramp_meets_a_road(card: MeasureConfig) -> None:
    net = roads(
        line((1, 0.5), (5, 0.5)),
        (line((5, 0.5), (6, 1)), "ramp"),
        (line((6, 1), (20, 1)), "motorway"),
        (line((0, 1.01), (6, 1)), "motorway"),
    )
    assert by_road(card, net).loc["motorway_junction", "distance_m"] == pytest.approx(400)


def test_the_nearest_of_two_on_the_same_section(card: MeasureConfig) -> None:
    net = roads(line((0, -1), (20, -1)))
    facts = by_road(card, net, place("rail_terminal", 15, -1, "far"), place("rail_terminal", 5, -1, "near")).loc[
        "rail_terminal"
    ]
    assert facts["target_id"] == "near" and facts["distance_m"] == pytest.approx(400, abs=100)


def _shortest(net: Any, start: tuple[int, float], stop: tuple[int, float]) -> float:
    """The same question by a plain search over ends; nan where there is no way."""
    length = shapely.length(net.lines)
    direct = abs(start[1] - stop[1]) if start[0] == stop[0] else math.inf
    far = {net.ends[start[0], 0]: start[1]}
    far[net.ends[start[0], 1]] = min(far.get(net.ends[start[0], 1], math.inf), length[start[0]] - start[1])
    heap = [(metres, node) for node, metres in far.items()]
    heapq.heapify(heap)
    while heap:
        metres, node = heapq.heappop(heap)
        if metres > far[node]:
            continue
        for position, (a, b) in enumerate(net.ends):
            for here, there in ((a, b), (b, a)):
                if here == node and metres + length[position] < far.get(there, math.inf):
                    far[there] = metres + length[position]
                    heapq.heappush(heap, (far[there], there))
    a, b = net.ends[stop[0]]
    best = min(direct, far.get(a, math.inf) + stop[1], far.get(b, math.inf) + length[stop[0]] - stop[1])
    return best if math.isfinite(best) else math.nan


@given(
    st.lists(st.tuples(*[st.integers(0, 5)] * 4), min_size=1, max_size=9),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=3),
)
def test_network_distance_is_that_of_a_plain_search(rules: Project, sections: Any, stops: Any) -> None:
    lines = [line((a, b), (c, d)) for a, b, c, d in sections if (a, b) != (c, d)]
    if not lines:
        return
    net = network(roads(*lines), rules.measure.network)
    start = snap(net, np.array([square(2, 2)]), only_enter=True)
    to = snap(net, np.array([shapely.Point(X + 100 * x, Y + 100 * y) for x, y in stops]), only_enter=False)
    _, metres = nearest_target(net, start, to)
    entry = (int(start.section[0]), float(start.along_m[0]))
    every = [_shortest(net, entry, (int(s), float(a))) for s, a in zip(to.section, to.along_m, strict=True)]
    expected = np.nanmin(every) if not np.isnan(every).all() else np.nan
    assert metres[0] == pytest.approx(expected, abs=1e-3, nan_ok=True)


# power and supply


def test_power_is_measured_by_voltage_as_the_crow_flies(card: MeasureConfig) -> None:
    stations = table(
        "power_stations",
        [
            {"station_id": n, "voltage_kv": kv, "geometry": shapely.Point(X + 100 * x, Y + 50)}
            for n, kv, x in (("s", 150, 2), ("m", 380, 6), ("u", None, 1.1))
        ],
    )
    facts = access(plots(a=square(0, 0)), {"power_stations": stations}, card).set_index("voltage_kv")
    assert facts["target_id"].to_dict() == {150.0: "s", 380.0: "m"} and facts.loc[380.0, "distance_m"] == 500


def test_supply_inside_its_area_is_at_hand_from_its_year(card: MeasureConfig) -> None:
    areas = table(
        "supply_areas",
        [{"supply_id": "h", "supply_kind": "hydrogen", "from_year": 2030, "geometry": square(0, 0, 5, 5)}],
    )
    facts = access(plots(a=square(0, 0)), {"supply_areas": areas}, card).iloc[0]
    assert (facts["target"], facts["distance_m"], facts["from_year"]) == ("hydrogen", 0, 2030)


def areas(*rows: tuple[str, str, Any]) -> Any:
    return table(
        "feeding_areas",
        [{"feeding_area_id": name, "offtake_status": word, "geometry": shape} for name, word, shape in rows],
        feed_in_status="unknown",
    )


def test_a_plot_in_two_feeding_areas_has_both_and_the_least_room() -> None:
    facts = grid_access(
        plots(a=square(0, 0)), areas(("x", "has_room", square(0, 0, 0.7, 1)), ("y", "shortage", square(0.7, 0, 9, 1)))
    )
    assert dict(zip(facts["feeding_area_id"], facts["share"].round(6), strict=True)) == {"x": 0.7, "y": 0.3}
    assert worst_status(facts, "offtake_status").tolist() == ["shortage"]


def test_land_without_a_feeding_area_is_not_known() -> None:
    facts = grid_access(plots(a=square(0, 0)), areas(("x", "has_room", square(0, 0, 0.1, 1))))
    assert worst_status(facts, "offtake_status").tolist() == ["unknown"]


def test_every_status_has_its_place() -> None:
    assert set(WORST_FIRST) == set(CONGESTION_STATUSES) and WORST_FIRST.index("unknown") < WORST_FIRST.index(
        "little_room"
    )


# nature, budgets, regimes


def hexagons(*rows: tuple[float, float, float | None]) -> Any:
    """Cells at so many squares to the east, with their load and what falls on them."""
    return table(
        "nitrogen_hexagons",
        [
            {
                "hexagon_id": str(n),
                "critical_load_mol_ha": load,
                "deposition_mol_ha": fall,
                "geometry": shapely.Point(X + 50 + 100 * x, Y + 50).buffer(30),
            }
            for n, (x, load, fall) in enumerate(rows)
        ],
    )


def test_hexagons_are_counted_per_ring(card: MeasureConfig) -> None:
    drawn = hexagons((1, 1000, 1500), (4, 714, 700), (4.5, 1000, 900), (8, 500, None), (400, 400, 900))
    facts = surroundings.nature_rings(plots(a=square(0, 0)), drawn, card.nature).set_index("ring_m")
    assert facts["hexagons"].tolist() == [3, 1, 0, 0, 0] and facts["overloaded"].tolist() == [1, 0, 0, 0, 0]
    assert facts["near_overloaded"].tolist() == [1, 0, 0, 0, 0] and facts["not_known"].tolist() == [0, 1, 0, 0, 0]


def test_the_lowest_critical_load_is_that_of_its_ring(card: MeasureConfig) -> None:
    facts = surroundings.nature_rings(
        plots(a=square(0, 0)), hexagons((1, 1000, 1), (2, 714, 1), (8, 500, 1)), card.nature
    )
    assert (
        facts["lowest_critical_load_mol_ha"].tolist()[:2] == [714, 500]
        and facts["rationale"].str.contains("AERIUS").all()
    )


@pytest.mark.parametrize(
    ("budget", "used", "left", "quiet"),
    [
        pytest.param(60.0, None, None, None, id="nothing known of permits"),
        pytest.param(60.0, 57.0, 10 * math.log10((10**6 - 10**5.7) * 1e4), False, id="half given away"),
        pytest.param(60.0, 60.0, None, True, id="all given away: a quiet plot"),
        pytest.param(52.0, None, None, True, id="a small budget: a quiet plot"),
    ],
)
def test_the_noise_budget_of_a_plot(
    card: MeasureConfig, budget: float, used: float | None, left: float | None, quiet: bool
) -> None:
    drawn = table(
        "noise_budgets", [{"budget_id": "1", "budget_dba_m2": budget, "used_dba_m2": used, "geometry": square(0, 0)}]
    )
    facts = surroundings.plot_budget(plots(a=square(0, 0)), drawn, card.noise).iloc[0]
    assert (
        facts["budget_dba"] == pytest.approx(budget + 40)
        and (None if pd.isna(facts["is_quiet_plot"]) else facts["is_quiet_plot"]) == quiet
    )
    assert facts["budget_left_dba"] == pytest.approx(left if left is not None else math.nan, nan_ok=True)


def test_budgets_of_two_parts_add_up_as_energy(card: MeasureConfig) -> None:
    drawn = table(
        "noise_budgets",
        [
            {"budget_id": str(n), "budget_dba_m2": level, "geometry": square(n / 2, 0, 0.5, 1)}
            for n, level in enumerate((60, 50))
        ],
    )
    facts = surroundings.plot_budget(plots(a=square(0, 0)), drawn, card.noise).iloc[0]
    assert facts["budget_dba_m2"] == pytest.approx(10 * math.log10((1e6 + 1e5) / 2))


def test_a_neighbours_budget_that_only_touches_says_nothing(card: MeasureConfig) -> None:
    rows = [
        {"budget_id": "1", "budget_dba_m2": 60, "used_dba_m2": 60, "geometry": square(0, 0)},
        {"budget_id": "2", "budget_dba_m2": 60, "geometry": square(1, 0)},
    ]
    assert surroundings.plot_budget(plots(a=square(0, 0)), table("noise_budgets", rows), card.noise)[
        "is_quiet_plot"
    ].tolist() == [True]


def test_where_budgets_overlap_the_lowest_counts_and_land_counts_once(card: MeasureConfig) -> None:
    rows = [
        {"budget_id": str(n), "budget_dba_m2": level, "geometry": square(0, 0, 0.3, 1)}
        for n, level in enumerate((60, 58))
    ]
    assert (
        surroundings.plot_budget(plots(a=square(0, 0)), table("noise_budgets", rows), card.noise)["budget_dba_m2"]
        .isna()
        .all()
    )
    wide = [{**row, "geometry": square(0, 0)} for row in rows]
    assert surroundings.plot_budget(plots(a=square(0, 0)), table("noise_budgets", wide), card.noise)[
        "budget_dba_m2"
    ].tolist() == pytest.approx([58])


def test_a_plot_mostly_without_budget_has_none(card: MeasureConfig) -> None:
    drawn = table("noise_budgets", [{"budget_id": "1", "budget_dba_m2": 60, "geometry": square(0, 0, 0.4, 1)}])
    facts = surroundings.plot_budget(plots(a=square(0, 0)), drawn, card.noise).iloc[0]
    assert np.isnan(facts["budget_dba_m2"]) and pd.isna(facts["is_quiet_plot"])


def test_sites_and_zones_are_many_to_many_each_in_its_own_unit() -> None:
    sites = table(
        "zoned_sites",
        [
            {"zoned_site_id": n, "site_name": n, "noise_regime": "noise_act", "geometry": square(x, 0)}
            for n, x in (("s", 0), ("t", 3))
        ],
    )
    zones = table(
        "noise_zones",
        [
            {"noise_zone_id": "z", "limit_dba_etmaal": 50, "geometry": square(-5, -5, 20, 20)},
            {"noise_zone_id": "far", "site_name": "t", "geometry": square(90, 90)},
        ],
    )
    rings = table(
        "noise_attention_areas",
        [
            {
                "attention_area_id": "r",
                "limit_db_lden": 50,
                "limit_db_lnight": 40,
                "geometry": square(-2, -2, 6, 6).difference(square(0, 0)),
            }
        ],
    )
    layers = {"zoned_sites": sites, "noise_zones": zones, "noise_attention_areas": rings}
    facts = surroundings.noise_relations("paper", square(0, 0, 9, 1), layers, 1.0)
    pairs = set(zip(facts["zoned_site_id"], facts["noise_area_id"], facts["linked_by"], strict=True))
    assert pairs == {
        ("s", "z", "place"),
        ("t", "z", "place"),
        ("t", "far", "name"),
        ("s", "r", "place"),
        ("t", "r", "place"),
    }
    ring = facts[facts["noise_area_id"] == "r"]
    assert ring["limit_dba_etmaal"].isna().all() and set(ring["limit_db_lden"]) == {50.0}
    assert dict(zip(ring["zoned_site_id"], ring["overlaps_site_m2"], strict=True))["s"] == 0


# distances and buildings


def test_distance_is_from_the_edge_and_unknown_without_a_layer() -> None:
    away = roads(line((0, 3), (1, 3)))
    assert measure.distance_m(plots(a=square(0, 0)), away).tolist() == [200.0]
    assert measure.distance_m(plots(a=square(0, 0)), None).isna().all()


def test_overlapping_buildings_count_once() -> None:
    rows = [{"building_id": str(n), "building_status": "in_use", "geometry": square(0, 0, 0.5, 1)} for n in range(2)]
    assert measure.built_share(plots(a=square(0, 0)), table("buildings", rows)).tolist() == [0.5]
