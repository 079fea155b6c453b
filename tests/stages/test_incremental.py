"""Cut again: only holdings that a change touches, and the same to the bit as all of them."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from drawn_land import configuration
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import holdings, overlay, overlay_incremental, square, zones

from pipeline.stages.overlay.candidate_zones import rings_near, wkb_of
from pipeline.stages.overlay.engines import ENGINES, fast_engine
from pipeline.stages.overlay.execution import IN_THIS_THREAD
from pipeline.stages.overlay.incremental import PreviousResult, fingerprints, prepared
from pipeline.stages.overlay.pieces import _each_set_once, _places

LAND = {f"h{n:02}": square(n % 5, n // 5) for n in range(25)}
ZONES = {"a": square(0.5, 0.5, 1, 1), "b": square(3.1, 3.1, 1.3, 0.3), "c": square(-1, -1, 9, 2)}


def content(tables: tuple[Any, ...]) -> list[Any]:
    pieces, combinations = tables[:2]
    return [
        pd.DataFrame(pieces.drop(columns="geometry")),
        shapely.to_wkb(pieces.geometry.to_numpy()).tolist(),
        combinations,
    ]


def same(first: list[Any], second: list[Any]) -> bool:
    return first[1] == second[1] and first[0].equals(second[0]) and first[2].equals(second[2])


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize(
    ("land", "over", "cut"),
    [
        pytest.param(LAND, ZONES, 0, id="nothing changed"),
        pytest.param(
            LAND, {**ZONES, "b": square(3.1, 3.1, 1.3, 0.4)}, 2, id="a zone grew: two plots, its box touches no other"
        ),
        pytest.param(LAND, {k: v for k, v in ZONES.items() if k != "a"}, 4, id="a zone went"),
        pytest.param(LAND, {**ZONES, "d": square(4.2, 4.2, 0.5, 0.5)}, 1, id="a zone came, inside one plot"),
        pytest.param(LAND, {"e" if k == "a" else k: v for k, v in ZONES.items()}, 4, id="a zone has another key"),
        pytest.param({**LAND, "h24": square(4, 4, 0.9, 1)}, ZONES, 1, id="a plot changed"),
        pytest.param({**LAND, "new": square(8, 8)}, ZONES, 1, id="a plot came"),
        pytest.param({k: v for k, v in LAND.items() if k != "h12"}, ZONES, 0, id="a plot went"),
    ],
)
def test_only_what_a_change_touches_is_cut(engine: str, land: dict[str, Any], over: dict[str, Any], cut: int) -> None:
    before = overlay_incremental(holdings(**LAND), zones(**ZONES), engine, None)
    assert before[0].attrs["cut"] == len(LAND)
    again = overlay_incremental(holdings(**land), zones(**over), engine, PreviousResult(*before))
    assert again[0].attrs["cut"] == cut
    assert same(content(again), content(overlay(holdings(**land), zones(**over), engine)))


def test_another_engine_cuts_all_anew() -> None:
    before = overlay_incremental(holdings(**LAND), zones(**ZONES), "fast", None)
    assert overlay_incremental(holdings(**LAND), zones(**ZONES), "reference", PreviousResult(*before))[0].attrs[
        "cut"
    ] == len(LAND)


@pytest.mark.parametrize("seed", range(30))
def test_any_change_of_any_zones_gives_what_a_full_run_gives(seed: int) -> None:
    land, cutters = configuration(seed)
    shapes = {f"h{n}": shape for n, shape in enumerate(land)}
    over = {f"z{n:02}": cutter for n, cutter in enumerate(cutters)}
    if not shapes or not over:
        pytest.skip("nothing was drawn")
    chance = np.random.default_rng(seed)
    earlier = PreviousResult(*overlay_incremental(holdings(**shapes), zones(**over), "fast", None))
    changed = dict(over)
    name = str(chance.choice(sorted(over)))
    changed[name] = shapely.affinity.translate(over[name], *chance.uniform(-20, 20, 2))
    again = overlay_incremental(holdings(**shapes), zones(**changed), "fast", earlier)
    assert same(content(again), content(overlay(holdings(**shapes), zones(**changed), "fast")))


def test_what_is_retained_is_what_was_stored(tmp_path: Any) -> None:
    """A round through the files of a run changes no bit."""
    before = overlay_incremental(holdings(**LAND), zones(**ZONES), "fast", None)
    for name, table in zip(("pieces", "combinations", "fingerprints"), before, strict=True):
        table.attrs = {}
        table.to_parquet(tmp_path / name, index=False)
    stored = PreviousResult(
        gpd.read_parquet(tmp_path / "pieces"),
        *(pd.read_parquet(tmp_path / name) for name in ("combinations", "fingerprints")),
    )
    over = {**ZONES, "d": square(4.2, 4.2, 0.5, 0.5)}
    again = overlay_incremental(holdings(**LAND), zones(**over), "fast", stored)
    assert again[0].attrs["cut"] == 1 and same(
        content(again), content(overlay(holdings(**LAND), zones(**over), "fast"))
    )


def test_another_version_of_the_code_cuts_all_anew() -> None:
    text = [fingerprints(holdings(**LAND), prepared(zones(**ZONES), code), "fast").text for code in ("a", "a", "b")]
    assert text[0].equals(text[1]) and not set(text[0].to_pylist()) & set(text[2].to_pylist())


def marks(land: dict[str, Any], over: dict[str, Any], engine: str = "fast") -> list[str]:
    return fingerprints(holdings(**land), prepared(zones(**over)), engine).text.to_pylist()


@pytest.mark.parametrize(
    ("over", "changed"),
    [
        pytest.param({"a": square(0, 0)}, False, id="the same"),
        pytest.param({"a": shapely.affinity.translate(square(0, 0), 0.001)}, True, id="a millimetre"),
        pytest.param({"b": square(0, 0)}, True, id="another key"),
        pytest.param({"a": square(0, 0).reverse()}, True, id="drawn the other way"),
        pytest.param({"a": square(0, 0), "far": square(5, 5)}, False, id="a zone far off"),
        pytest.param({"a": square(0, 0), "twice": square(0, 0)}, True, id="the same shape once more"),
        pytest.param({"a": shapely.multipolygons([square(0, 0), square(7, 7)])}, True, id="a part far off"),
        pytest.param({}, True, id="no zone"),
    ],
)
def test_a_fingerprint_changes_with_what_is_near(over: dict[str, Any], changed: bool) -> None:
    land = {"h": square(0, 0)}
    assert (marks(land, over) != marks(land, {"a": square(0, 0)})) is changed


def test_a_fingerprint_changes_with_the_engine_and_not_with_the_order_of_zones() -> None:
    over = {"a": square(0, 0), "b": square(0.5, 0)}
    assert marks(LAND, over) == marks(LAND, dict(reversed(over.items())))
    assert not set(marks(LAND, over)) & set(marks(LAND, over, "reference"))


def test_fingerprints_of_many_shapes_differ() -> None:
    """100 x 100 squares, each also moved by a millimetre: no two alike."""
    land = {
        f"{n}.{mm}": shapely.affinity.translate(square(n % 100, n // 100), mm / 1000)
        for n in range(10_000)
        for mm in (0, 1)
    }
    assert len(set(marks(land, {"a": square(0, 0)}))) == len(land)


def in_reads(frame: Any) -> Any:
    """The same rows as two reads put together leave them."""
    joined = pd.concat([frame.iloc[:7], frame.iloc[7:]], ignore_index=True)
    assert isinstance(pa.array(joined["holding_id"], pa.large_string()), pa.ChunkedArray)
    return joined


@pytest.mark.parametrize("less", [(), ("h00",), ("h24",), ("h03", "h17")])
@pytest.mark.parametrize("more", [{}, {"a": square(9, 9)}, {"h3": square(9, 9), "z": square(0.5, 7)}])
@pytest.mark.parametrize("apart", ["earlier", "land", "earlier and land"])
def test_holdings_come_and_go_while_tables_are_read_in_pieces(
    less: tuple[str, ...], more: dict[str, Any], apart: str
) -> None:
    land = {name: shape for name, shape in {**LAND, **more}.items() if name not in less}
    pieces, combinations, marked = overlay_incremental(holdings(**LAND), zones(**ZONES), "fast", None)
    if "earlier" in apart:
        pieces, marked = in_reads(pieces), in_reads(marked)
    now = in_reads(holdings(**land)) if "land" in apart else holdings(**land)
    again = overlay_incremental(now, zones(**ZONES), "fast", PreviousResult(pieces, combinations, marked))
    whole = overlay_incremental(holdings(**land), zones(**ZONES), "fast", None)
    assert again[0].attrs["cut"] == len(more)
    assert same(content(again), content(whole)) and again[2].equals(whole[2])
    assert again[0].crs == whole[0].crs and again[0].dtypes.equals(whole[0].dtypes)


NOWHERE = shapely.Polygon()


@pytest.mark.parametrize(
    "over",
    [
        pytest.param({"a": NOWHERE}, id="the only one"),
        pytest.param({"a": NOWHERE, "b": square(0.5, 0), "c": square(1, 1)}, id="first"),
        pytest.param({"b": square(0.5, 0), "c": NOWHERE, "d": square(1, 1)}, id="between"),
        pytest.param({"a": None, "b": square(0.5, 0), "c": None}, id="missing, first and last"),
        pytest.param({"a": "many", "b": NOWHERE}, id="beside one of many parts"),
        pytest.param(
            {"a": "many", "b": NOWHERE, "c": square(0, 0), "d": square(1, 1)}, id="first among those of few parts"
        ),
    ],
)
def test_a_zone_without_land_changes_nothing_wherever_it_stands(over: dict[str, Any]) -> None:
    over = {name: scattered(square(0.2, 0.2)) if shape == "many" else shape for name, shape in over.items()}
    with_land = {name: shape for name, shape in over.items() if shape is not None and not shape.is_empty}
    first, second = (overlay_incremental(holdings(**LAND), zones(**those), "fast", None) for those in (over, with_land))
    assert same(content(first), content(second)) and first[2].equals(second[2])


@pytest.mark.parametrize("names", ["abc", "bca", "cab"])
def test_a_holding_without_land_has_its_fingerprint_and_no_piece(names: str) -> None:
    land = dict(zip(names, (NOWHERE, square(0, 0), square(1, 0)), strict=True))
    marked = fingerprints(holdings(**land), prepared(zones(**ZONES)), "fast")
    plain = fingerprints(
        holdings(**{name: shape for name, shape in land.items() if not shape.is_empty}),
        prepared(zones(**ZONES)),
        "fast",
    )
    others = [text for name, text in zip(sorted(names), marked.text.to_pylist(), strict=True) if name != names[0]]
    assert others == plain.text.to_pylist() and len(set(marked.text.to_pylist())) == 3


def test_zones_that_are_no_plain_polygons_are_cut_with_as_ever() -> None:
    """A hole without vertices, a collection: neither is in any layer."""
    hollow = shapely.polygons(square(0.5, 0).exterior, [shapely.LinearRing()])
    collected = shapely.GeometryCollection([square(1, 0.5), square(3, 3)])
    land = [square(n, m) for n in range(4) for m in range(4)]
    odd = fast_engine(land, [hollow, collected])
    plain = fast_engine(land, [square(0.5, 0), shapely.MultiPolygon([square(1, 0.5), square(3, 3)])])
    assert shapely.to_wkb(odd.shapes).tolist() == shapely.to_wkb(plain.shapes).tolist() and odd.sets == plain.sets


def scattered(first: Any) -> Any:
    """A cutter of 300 parts, of which all but the first lie far off."""
    return shapely.multipolygons([first, *(square(20 + 2 * (n % 20), n // 20) for n in range(299))])


@pytest.mark.parametrize(
    ("over", "cut"),
    [
        pytest.param({**ZONES, "many": scattered(square(0.2, 0.2))}, 0, id="nothing changed"),
        pytest.param({**ZONES, "many": scattered(square(0.3, 0.2))}, 26, id="a part was moved"),
        pytest.param({**ZONES, "many": shapely.multipolygons([square(0.2, 0.2)])}, 26, id="all far parts went"),
        pytest.param(
            {**ZONES, "d": scattered(square(0.2, 0.2)), "many": scattered(square(0.2, 0.2))},
            26,
            id="a second such zone",
        ),
    ],
)
def test_a_zone_of_very_many_parts_is_cut_again_as_ever(over: dict[str, Any], cut: int) -> None:
    """One more plot lies far off, beside its parts but within its box."""
    land, drawn = {**LAND, "h99": square(59, 0.5)}, {**ZONES, "many": scattered(square(0.2, 0.2))}
    before = overlay_incremental(holdings(**land), zones(**drawn), "fast", None)
    again = overlay_incremental(holdings(**land), zones(**over), "fast", PreviousResult(*before))
    assert again[0].attrs["cut"] == cut
    assert same(content(again), content(overlay(holdings(**land), zones(**over), "fast")))
    assert same(content(again), content(overlay_incremental(holdings(**land), zones(**over), "fast", None)))


def test_wkb_of_zones_is_used_and_change_nothing() -> None:
    """The bytes of the second of three cutters are at hand; those of another shape would be cut with."""
    cutters = np.array([square(0, 0), scattered(square(1, 0)), square(3, 0)])
    land = np.array([square(0, 0), square(1, 0.5)])
    plain = rings_near(cutters, land)
    for near, every in zip(rings_near(cutters, land, {1: wkb_of(cutters[1:2])[0]}), plain, strict=True):
        assert np.array_equal(near, every)
    other = rings_near(cutters, land, {1: wkb_of(np.array([square(0.5, 0)]))[0]})
    assert other.x.tolist() != plain.x.tolist()


@given(
    st.lists(st.text("a.-1", min_size=1), unique=True).map(sorted),
    st.lists(st.text("a.-1", min_size=1), unique=True).map(sorted),
)
def test_new_rows_find_their_places_among_those_of_before(before: list[str], names: list[str]) -> None:
    places = _places(pa.array(before, pa.large_string()), names)
    assert places == [sum(known < name for known in before) for name in names]


@pytest.mark.parametrize("none", ["", None])
def test_combinations_of_before_and_now_stand_once_and_a_key_of_two_sets_twice(none: str | None) -> None:
    before = pd.DataFrame({"combination_id": ["1", "2", "3"], "zones": ["", "a", "b"]})
    now = pd.DataFrame({"combination_id": ["4", "2", "3", "1"], "zones": ["c", "a", "d", none]})
    assert _each_set_once(before, now).values.tolist() == [["1", ""], ["2", "a"], ["3", "b"], ["4", "c"], ["3", "d"]]


def test_parts_of_zones_far_from_few_shapes_are_left_out() -> None:
    """400 squares as one cutter, 200 m apart, around one plot: those beside it stay; with many plots all stay."""
    many = np.array([shapely.multipolygons([square(2 * n % 40, n // 20) for n in range(400)])])
    assert 1 <= len(rings_near(many, np.array([square(10, 10)])).owner) <= 9
    assert len(rings_near(many, np.array([square(10, 10)] * 50)).owner) == 400
    assert len(rings_near(many, np.zeros(0, dtype=object)).owner) == 0


@pytest.mark.parametrize("seed", range(30))
def test_few_shapes_among_very_many_parts_are_cut_as_ever(seed: int) -> None:
    """Blades that were drawn, each with 300 far parts and holes more: the same pieces, to the bit."""
    land, cutters = configuration(seed)
    if not land or not cutters:
        pytest.skip("nothing was drawn")
    ring = shapely.difference(square(0, 0), square(0.2, 0.2, 0.5, 0.5))
    far = [shapely.affinity.translate(ring, 300 * (n % 20), 300 * (n // 20)) for n in range(300)]
    many = [shapely.multipolygons([*shapely.get_parts(cutter), *far]) for cutter in cutters]
    known = dict(enumerate(wkb_of(np.array([*many, None], dtype=object)[:-1])))
    few, scattered_too = fast_engine(land, cutters), fast_engine(land, many, IN_THIS_THREAD, known)
    assert shapely.to_wkb(few.shapes).tolist() == shapely.to_wkb(scattered_too.shapes).tolist()
    assert [few.sets[n] for n in few.number] == [scattered_too.sets[n] for n in scattered_too.number]
