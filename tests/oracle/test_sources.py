"""Where it comes from: files as they lie in the folder, rows as they stand in them, and what was not supplied."""

from __future__ import annotations

import hashlib
import tomllib
from typing import TYPE_CHECKING

import pandas as pd
import pyogrio
import pytest
from oracle.published import layer, units

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

WHOLE = (".gpkg", ".fgb", ".geojson", ".tif", ".xlsx", ".parquet", ".zip")  # formats of one file each


@pytest.mark.parametrize("run", ["proefpolder", "westpoort"])
def test_each_source_is_its_file(run: str, request: pytest.FixtureRequest) -> None:
    """By size and checksum, under its card; and the m2 and rows of plain files of polygons."""
    context: RunContext = request.getfixturevalue(run)
    cards = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["source"]
        for path in context.project.folder.glob("sources/*.toml")
    }
    rows = layer(units(context.store.outputs)[0], "bronnen").set_index("bron")
    assert set(rows.index) == {*cards, "overrides"}
    compared = 0
    for name, card in cards.items():
        row, path = rows.loc[name], context.data / card["path"]
        assert (row["bestand"], row["licentie"], row["grondslag"]) == (card["path"], card["licence"], card["basis"])
        assert row["peildatum_bron"] == str(card["dated"])
        if path.is_file() and path.suffix in WHOLE:
            content = path.read_bytes()
            assert (row["grootte_bytes"], row["sha256"]) == (len(content), hashlib.sha256(content).hexdigest()), name
        selects = {"where", "dissolve_on", "geometry"} & set(card)
        if path.suffix in (".gpkg", ".fgb") and not selects and card["layer"] != "municipalities":
            table = pyogrio.read_dataframe(path, layer=card.get("inside"))
            assert row["rijen_in"] == len(table), name
            assert row["rijen_in"] == row[["rijen_uit", "rijen_geweigerd", "rijen_samengevoegd"]].sum(), name
            is_drawn = row["oppervlakte_voor_ha"] > 0 and table.crs.to_epsg() == 28992 and table.is_valid.all()
            if is_drawn and table.geom_type.str.contains("Polygon").all():
                assert row["oppervlakte_voor_ha"] == pytest.approx(table.area.sum() / 1e4, rel=1e-4), name
            compared += 1
    assert compared >= 3


@pytest.mark.parametrize("run", ["proefpolder", "westpoort"])
def test_what_was_not_supplied_is_what_has_no_card(run: str, request: pytest.FixtureRequest) -> None:
    """With how the project says that it counts."""
    context: RunContext = request.getfixturevalue(run)
    project = tomllib.loads((context.project.folder / "project.toml").read_text(encoding="utf-8"))
    absent = {name: card["treat_as"] for name, card in project.get("absent", {}).items()}
    absent |= {name: card["treat_as"] for card in project.get("absent_together", []) for name in card["layers"]}
    rows = layer(units(context.store.outputs)[0], "niet_meegenomen")
    words = {"none": "alsof er niets is", "unknown": "als onbekend"}
    count = pd.Series([words[how] for how in absent.values()], dtype=object).value_counts()
    assert rows["hoe_geteld"].value_counts().to_dict() == count.to_dict() if len(rows) else not absent
