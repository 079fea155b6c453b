"""Tidy: the known dirt of a register, each kind left out, closed or merged under its own name and with
its own count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from squared_paper import square

from layers.errors import ConfigRefusal, SourceRefusal
from layers.sources import TABLES
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.runner.stage import RunContext
from pipeline.stages.harmonise import harmonise

COLUMNS = {
    "contour_id": "id",
    "contour_kind": "soort",
    "substance": {"from": "stof", "member": ["chemischeNaam", "categorieNaam"]},
}


def contours(rows: list[dict[str, Any]], **more: Any) -> Any:
    """Rows of a register of contours as harmonise reads them; `shape` is a square unless drawn."""
    shapes = np.array([row.pop("shape", square(n, 0)) for n, row in enumerate(rows)], dtype=object)
    cells = pd.DataFrame(
        [{"soort": "risk_area", "id": str(n), "stof": None, "eind": None, **row} for n, row in enumerate(rows)],
        dtype=object,
    )
    raw = RawTable(cells, np.arange(1, len(rows) + 1), shapes, pyproj.CRS(28992))
    base = {
        "layer": "safety_contours",
        "path": "r.json",
        "columns": COLUMNS,
        "licence": "x",
        "dated": "2026-10-01",
        "basis": "x",
        "name": "rev",
    }
    return harmonise(raw, SourceConfig.model_validate({**base, **more}), TABLES["safety_contours"])


def test_rows_are_left_out_under_the_first_reason_that_holds() -> None:
    reasons = {"placeholder": "id LIKE '%Placeholder%'", "expired": "eind < DATE('2026-10-01')"}
    done = contours(
        [{"id": "Placeholder-1", "eind": "2020-01-01"}, {"eind": "2026-09-30"}, {"eind": "2026-10-01"}, {}],
        leave_out=reasons,
    )
    assert done.table["contour_id"].tolist() == ["2", "3"]
    left = done.refused[done.refused["outcome"] == "left_out"]
    assert dict(zip(left["row"], left["reason"], strict=True)) == {1: "placeholder", 2: "expired"}
    assert done.facts[["rows_in", "rows_out", "rows_refused", "rows_left_out"]].iloc[0].tolist() == [2, 2, 0, 2]


def test_a_closed_line_is_an_area_and_an_open_one_is_refused() -> None:
    rows = [{"shape": square(0, 0).exterior}, {"shape": shapely.LineString([(100_000, 400_000), (100_100, 400_000)])}]
    done = contours(rows, close_lines=True, max_refused=1)
    assert done.table.geometry.area.tolist() == [10_000] and set(done.refused["outcome"]) == {"repaired", "refused"}


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(shapely.MultiLineString([square(0, 0).exterior]), id="a line of one part"),
        pytest.param(
            shapely.MultiLineString([list(square(0, 0).exterior.coords)[:3], list(square(0, 0).exterior.coords)[2:]]),
            id="a ring in two parts",
        ),
        pytest.param(
            shapely.LineString([*list(square(0, 0).exterior.coords)[:4], (100_100.0005, 400_000.0)]),
            id="half a millimetre short",
        ),
    ],
)
def test_lines_that_close_in_other_ways(shape: Any) -> None:
    assert contours([{"shape": shape}], close_lines=True).table.geometry.area.iloc[0] == pytest.approx(10_000, abs=0.1)


def test_a_closed_line_stays_a_line_unless_the_card_says_otherwise() -> None:
    with pytest.raises(SourceRefusal, match="no polygon left"):
        contours([{"shape": square(0, 0).exterior}])


def test_the_same_place_under_two_keys_stands_there_once() -> None:
    again = shapely.Polygon(np.roll(shapely.get_coordinates(square(0, 0))[:-1], 2, axis=0))
    rows = [{"shape": square(0, 0)}, {"shape": again}, {"shape": square(0, 0), "soort": "fire_attention_area"}]
    done = contours(rows, same_place=["contour_kind"])
    assert done.table["contour_id"].tolist() == ["0", "2"]
    assert done.refused[["outcome", "finding"]].to_numpy().tolist() == [["duplicate", "risk_area"]]


@pytest.mark.parametrize(
    ("text", "substance"),
    [
        ('{"categorieNaam": "gas", "chemischeNaam": "ammoniak"}', "ammoniak"),
        ('{"categorieNaam": "gas", "chemischeNaam": null}', "gas"),
        ("chloor", "chloor"),
        ("{onaf", "{onaf"),
        ("{}", None),
        (None, None),
    ],
)
def test_a_substance_is_text_or_an_object(text: str | None, substance: str | None) -> None:
    result = contours([{"stof": text}]).table["substance"].iloc[0]
    assert (None if pd.isna(result) else result) == substance


def test_a_misspelt_kind_is_translated_by_the_card_or_refused() -> None:
    row = {"soort": "CivielExplosieAandachtsgbied"}
    with pytest.raises(SourceRefusal, match="CivielExplosieAandachtsgbied"):
        contours([dict(row)])
    values = {"contour_kind": {"CivielExplosieAandachtsgbied": "explosion_attention_area"}}
    assert contours([dict(row)], values=values).table["contour_kind"].tolist() == ["explosion_attention_area"]


def test_the_same_place_by_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigRefusal, match="same_place"):
        contours([{}], same_place=["kleur"])


def test_the_example_tells_of_its_dirt(proefpolder: RunContext) -> None:
    described = proefpolder.store.load("harmonise", "safety_contours", "refused")
    counts = described.groupby(["outcome", "reason"]).size().to_dict()
    assert counts == {
        ("duplicate", "the same place under another key"): 1,
        ("left_out", "expired"): 1,
        ("left_out", "placeholder, no real area"): 1,
        ("refused", "no polygon left"): 1,
        ("repaired", "a closed line taken as an area"): 1,
    }
