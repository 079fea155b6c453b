"""What contours leave of housing plans: the raw files of plans and rules cut with shapely, and the written matrix."""

from __future__ import annotations

import shutil
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from oracle.published import SUMS, effects, features, is_enough, layer, rules

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.runner.stage import RunContext

HARD = ("vastgesteld", "onherroepelijk")
SAFETY = {
    "fire_attention_area": "Brandaandachtsgebied",
    "explosion_attention_area": "CivielExplosieAandachtsgbied",
    "toxic_attention_area": "Gifwolkaandachtsgebied",
    "prescribed_area": "Voorschriftengebied",
    "risk_area": "Risicogebied",
}
EFFECTS = {"blocks": "niet toegestaan", "conditional": "voorwaardelijk", "attention": "aandachtspunt"}
WEIGHT = {"aandachtspunt": 1, "voorwaardelijk": 2, "onbekend": 3, "niet toegestaan": 4}
OUTSIDE = "buiten het gebied waarvoor contouren zijn gegeven"
OFF_HA = 0.06  # files in degrees are some decimetres off where PROJ has no grids
# A contour (RD New) with the year from which it counts, and the condition of the effects that it does not have.
Contour = tuple[Any, int, str]


def contours(data: Path, copies: Path) -> dict[str, list[Contour]]:
    """Where each rule that does something to dwellings applies, drawn from the raw files; a GML is read as a copy, for
    a file is written beside it."""
    shutil.copy(data / "leidingen.gml", copies)

    def raw(name: str) -> gpd.GeoDataFrame:
        return gpd.read_file(data / name).to_crs("EPSG:28992")

    def drawn(rows: Any, from_year: int = 0, without: str = "") -> list[Contour]:
        return [(shapely.union_all(rows.geometry if isinstance(rows, gpd.GeoDataFrame) else rows), from_year, without)]

    defences, groundwater, heights = raw("waterkeringen.gpkg"), raw("grondwater.gpkg"), raw("hoogtes.fgb")
    nature, lines, claims = raw("natura2000.gpkg"), raw("hoogspanning.fgb"), raw("energieclaims.geojson")
    safety, sites = raw("veiligheid.geojson"), raw("terreinen.zip")
    safety = safety[~safety["identificatie"].str.contains("Placeholder") & safety["eind_geldigheid"].isna()]
    safety = safety[(safety.geom_type == "Polygon") | safety.geometry.is_closed]
    closed = [
        shape if shape.geom_type == "Polygon" else shapely.polygons(shapely.get_coordinates(shape))
        for shape in safety.geometry
    ]
    safety = safety.set_geometry(closed, crs="EPSG:28992")
    permitted = raw("vergunde_locaties.geojson").dissolve("vergunning").geometry
    off_site = [
        shape.difference(permitted[permit]) if permit in permitted.index else shape
        for shape, permit in zip(safety.geometry, safety["vergunning"], strict=True)
    ]
    off = safety.set_geometry(off_site, crs="EPSG:28992")
    is_risk, is_transport = safety["soort"] == "PR 10-6", safety["herkomst"] == "vervoer"
    attention = raw("aandachtsgebieden.gdb.zip")
    ring = attention.geometry.iloc[0].difference(sites.set_index("NAAM").geometry[attention["terrein"].iloc[0]])
    card = rules("constrain")["planned_dwellings"]
    return {
        "open_water": drawn(raw("water.zip")),
        "flood_defence_core": drawn(defences[defences["soort"] == "kernzone"]),
        "flood_defence_protection": drawn(defences[defences["soort"] == "beschermingszone"]),
        "power_line_strip": drawn(shapely.buffer(lines.geometry.values, lines["strook"].fillna(35), quad_segs=32)),
        "archaeology": drawn(raw("archeologie.geojson").query("waarde == 'hoog'")),
        "height_limit": drawn(heights[heights["hoogte"] < card["height_m"]]),
        # A decided claim takes its land, others ask attention.
        "energy_claim": [
            (row.geometry, row.van, "" if row.zeker == "besloten" else "claim_is_decided")
            for row in claims.itertuples()
        ],
        "nature_site": drawn(nature),
        "nature_distance": drawn(shapely.buffer(nature.geometry.values, 3000, quad_segs=32)),
        "groundwater_extraction": drawn(groundwater[groundwater["soort"] == "waterwingebied"]),
        "groundwater_protection": drawn(groundwater[groundwater["soort"] == "grondwaterbeschermingsgebied"]),
        "pipeline_strip": drawn(
            shapely.buffer(gpd.read_file(copies / "leidingen.gml").geometry.values, 5, quad_segs=32)
        ),
        "location_risk": drawn(off[is_risk & ~is_transport]),
        "transport_risk": drawn(safety[is_risk & is_transport]),
        **{
            name: drawn((safety if name == "risk_area" else off)[safety["soort"] == kind])
            for name, kind in SAFETY.items()
        },
        "zoned_site": drawn(sites),
        "noise_zone": drawn(raw("geluidzones.fgb")),
        "noise_attention_area": drawn([ring]),
    }


def met(contours_of_rule: list[Contour], written: pd.DataFrame, year: int) -> list[tuple[Any, str]]:
    """The contours of a rule that hold in a year, each with the worst of its effects."""
    holding = []
    for shape, from_year, without in contours_of_rule:
        words = [
            EFFECTS[row.effect] for row in written.itertuples() if row.condition != without and row.effect in EFFECTS
        ]
        if from_year <= year and words:
            holding.append((shape, max(words, key=WEIGHT.__getitem__)))
    return holding


def boxes(folder: Path) -> Any:
    """Where contours are given: the box around each cluster, and 10 m."""
    table, shapes = features(folder / "data" / "clustergrenzen.geojson")
    outlines = gpd.GeoDataFrame(table, geometry=shapes).dissolve("cluster").bounds
    return shapely.union_all([shapely.box(*(row + [-10, -10, 10, 10])) for row in outlines.to_numpy()])


def cut(plan: Any, over: list[tuple[str, str, Any]], given: Any) -> list[tuple[float, bool, dict[str, str]]]:
    """The parts of a plan: ha, whether outside what is given, and the effect of each rule (title) on it."""
    parts: list[tuple[Any, bool, dict[str, str]]] = [
        (plan.intersection(given), False, {}),
        (plan.difference(given), True, {}),
    ]
    for title, effect, shape in over:
        split = []
        for part, is_outside, done in parts:
            worse = max(effect, done.get(title, effect), key=WEIGHT.__getitem__)
            split += [
                (part.intersection(shape), is_outside, {**done, title: worse}),
                (part.difference(shape), is_outside, done),
            ]
        parts = [part for part in split if part[0].area > 1e-6]
    return [(part.area / 1e4, is_outside, done) for part, is_outside, done in parts]


def test_plans_are_cut_by_the_contours_of_every_rule(proefpolder: RunContext, tmp_path: Path) -> None:
    """Per plan and year: hectares by the worst effect, and per rule what it hits, holds alone and its equal share."""
    folder, outputs = proefpolder.project.folder, proefpolder.store.outputs
    table, shapes = features(folder / "data" / "woningbouwplannen.geojson")
    drawn, given, matrix = (
        contours(folder / "data", tmp_path),
        boxes(folder),
        effects().query("object_kind == 'dwelling'"),
    )
    titles = {card["name"]: card["title"] for card in rules("constrain")["constraint"]}
    acting = set(matrix.query("effect != 'none'")["constraint"]) - {"height_limit_other", "influence_area"}  # no rows
    assert acting == set(drawn)
    room = layer(outputs / "nederland.gpkg", "ruimte_voor_woningen").query("cluster == 'nederland'")
    under = layer(outputs / "nederland.gpkg", "woningbouw_onder_contouren").query("cluster == 'nederland'")
    room, under = room.set_index(["plan_id", "jaar"]), under.set_index(["plan_id", "jaar"])
    questions = [(row, year) for row in range(len(table)) for year in (2026, 2030, 2050) if table["van"][row] <= year]
    assert set(room.index) == {(table["plan"][row], year) for row, year in questions}
    compared = 0
    for row, year in questions:
        plan, whole_ha = table["plan"][row], shapes[row].area / 1e4
        over = [
            (titles[name], effect, shape)
            for name, of_rule in drawn.items()
            for shape, effect in met(of_rule, matrix[matrix["constraint"] == name], year)
        ]
        sums: dict[tuple[str, str], list[float]] = {}
        by_effect = dict.fromkeys([*WEIGHT, ""], 0.0)
        outside_ha = 0.0
        for ha, is_outside, done in cut(shapes[row], over, given):
            worst = max(done.values(), key=WEIGHT.__getitem__, default="")
            if is_outside and WEIGHT.get(worst, 0) < 2:
                done, worst = {**done, OUTSIDE: "onbekend"}, "onbekend"
            by_effect[worst] += ha
            outside_ha += ha * is_outside
            deciding = [title for title, effect in done.items() if WEIGHT[effect] >= min(WEIGHT[worst], 2)]
            for title, effect in done.items():
                decides = title in deciding
                parts = (ha, ha * (decides and len(deciding) == 1), ha / len(deciding) if decides else 0.0)
                before = sums.get((title, effect), [0.0, 0.0, 0.0])
                sums[title, effect] = [a + b for a, b in zip(before, parts, strict=True)]
        ours = room.loc[(plan, year)]
        assert bool(ours["hard_plan"]) == (table["status"][row] in HARD)
        columns = ("geen_ruimte", "voorwaardelijk", "niet_bekend", "ruimte_met_aandachtspunt")
        words = ("niet toegestaan", "voorwaardelijk", "onbekend", "aandachtspunt")
        for column, word in zip(columns, words, strict=True):
            assert ours[f"{column}_ha"] == pytest.approx(by_effect[word], abs=OFF_HA), (plan, year, word)
        assert ours["ruimte_ha"] == pytest.approx(by_effect["aandachtspunt"] + by_effect[""], abs=OFF_HA)
        assert ours["buiten_gebied_contouren_ha"] == pytest.approx(outside_ha, abs=OFF_HA)
        assert ours["oppervlakte_ha"] == pytest.approx(whole_ha, abs=OFF_HA)
        dwellings = table["woningen"][row]
        if pd.isna(dwellings):
            assert pd.isna(ours["woningen_geen_ruimte"])
        else:
            wanted = dwellings * by_effect["niet toegestaan"] / whole_ha
            assert ours["woningen_geen_ruimte"] == pytest.approx(wanted, abs=dwellings * OFF_HA / whole_ha)
        listed = {}
        for line in under.loc[[(plan, year)]].itertuples():
            listed[line.belemmering_code, line.gevolg] = [line.geraakt_ha, line.alleen_ha, line.aandeel_ha]
        for key in set(sums) | set(listed):
            none = [0.0, 0.0, 0.0]
            assert listed.get(key, none) == pytest.approx(sums.get(key, none), abs=OFF_HA), (plan, year, key)
            compared += 1
    assert is_enough(compared, 20)


def test_hectares_and_shares_of_a_plan_add_up_in_every_file(proefpolder: RunContext) -> None:
    """To the rounding of a file: rooms to the plan, shares to the land under any rule; each plan once per name."""
    outputs = proefpolder.store.outputs
    for package in sorted(outputs.glob("*.gpkg")):
        room, under = layer(package, "ruimte_voor_woningen"), layer(package, "woningbouw_onder_contouren")
        assert not room.duplicated(["cluster", "plan_id", "jaar"]).any()
        rooms = room[["geen_ruimte_ha", "voorwaardelijk_ha", "niet_bekend_ha", "ruimte_ha"]].sum(axis=1)
        assert rooms.tolist() == pytest.approx(room["oppervlakte_ha"].tolist(), abs=0.0003)
        key = ["cluster", "plan_id", "jaar"]
        shares = under.groupby(key)["aandeel_ha"].sum()
        limited = room.set_index(key).eval("oppervlakte_ha - ruimte_ha + ruimte_met_aandachtspunt_ha")
        assert shares.reindex(limited.index, fill_value=0.0).tolist() == pytest.approx(limited.tolist(), abs=0.001)
    national = layer(outputs / "nederland.gpkg", "ruimte_voor_woningen")
    of_clusters = national[~national["cluster"].isin(SUMS)]
    assert set(national.query("cluster == 'nederland'")["plan_id"]) == set(of_clusters["plan_id"])
    for before, after in pairwise(sorted(national["jaar"].unique())):
        assert set(national[national["jaar"] == before]["plan_id"]) <= set(
            national[national["jaar"] == after]["plan_id"]
        )
