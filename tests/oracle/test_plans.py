"""What soft housing plans would cost: published usable pieces, less the land around each plan, judged with shapely."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pyproj
import pytest
import shapely
from oracle.land import usable_ha
from oracle.published import is_enough, layer, rules, shapes

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

AREA_KINDS = {"rustig": "quiet", "gemengd": "mixed"}


def test_a_soft_plan_costs_what_is_no_longer_usable_around_it(proefpolder: RunContext) -> None:
    outputs, folder = proefpolder.store.outputs, proefpolder.project.folder
    features = json.loads((folder / "data" / "woningbouwplannen.geojson").read_text(encoding="utf-8"))["features"]
    plans = {feature["properties"]["plan"]: feature for feature in features}
    distances = rules("assess")["category_distances"]
    profiles = {card["title"]: card for card in rules("profiles")["profile"].values()}
    quad_segs = rules("constrain")["quad_segs"]
    to_rd = pyproj.Transformer.from_crs("EPSG:4258", "EPSG:28992", always_xy=True)
    compared = 0
    for cluster in ("oosterpark", "westhaven"):
        package = outputs / f"{cluster}.gpkg"
        rows = layer(package, "gevolg_woningbouwplannen").query("hard_plan == 0")
        land = layer(package, "vrij_en_bruikbaar").query("geval == 'vroegst'")
        by_piece = shapes(package, "deelvlakken", "deelvlak_id")
        for (activity, year), here in rows.groupby(["activiteit", "jaar"]):
            card = profiles[activity]
            serves = land["bruikbaar_voor"].map(lambda words, name=activity: name in words)
            uses = land[(land["jaar"] == year) & serves]
            if card.get("least_quay_m") or uses.empty:
                continue  # quay is measured elsewhere
            usable = shapely.union_all([by_piece[name] for name in uses["deelvlak_id"]])
            whole_ha = usable_ha(usable, card)
            for row in here.itertuples():
                plan = plans[row.plan_id]
                kind = AREA_KINDS[plan["properties"]["gebied"]]
                metres = max(distances[kind][card["category"]], card["risk_radius_m"])
                drawn = shapely.transform(shapely.geometry.shape(plan["geometry"]), to_rd.transform, interleaved=False)
                disc = shapely.buffer(drawn, metres, quad_segs=quad_segs)
                left_ha = usable_ha(shapely.difference(usable, disc), card)
                assert row.geraakt_ha == pytest.approx(whole_ha - left_ha, abs=0.05), (
                    row
                )  # PROJ without grids is some decimetres off
                compared += row.geraakt_ha > 0
    assert is_enough(compared, 3)


def test_per_dwelling_is_what_comes_back_without_the_plan(proefpolder: RunContext) -> None:
    rows = layer(proefpolder.store.outputs / "nederland.gpkg", "gevolg_woningbouwplannen")
    known = rows[rows["woningen"].notna()]
    expected = known["alleen_dit_plan_ha"] * 1e4 / known["woningen"]
    # Hectares are published to 1 m2, and these to 0.1 m2.
    assert ((known["per_woning_m2"] - expected).abs() <= 0.051 + 0.5 / known["woningen"]).all()
    assert is_enough((expected > 0).sum(), 4)
    assert pd.isna(rows.loc[rows["woningen"].isna(), "per_woning_m2"]).all()
