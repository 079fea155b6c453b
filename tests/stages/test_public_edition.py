"""The public edition: what is confidential is known by its contract, refused in any text, and named as left out."""

from __future__ import annotations

import dataclasses
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import day, square

from layers.derived import DERIVED
from layers.errors import ContractRefusal, SourceRefusal
from layers.layer import RD_NEW
from layers.sources import TABLES
from pipeline.project.project import Project
from pipeline.stages.publish.files.geopackage import write
from pipeline.stages.publish.styles.style import Field
from pipeline.stages.publish.tables.confidential import confidential_values, prove_public
from pipeline.stages.publish.tables.published import credit, left_out, public
from pipeline.stages.publish.tables.published_table import PublishedTable

HOLDER = "Zuidas Chemie 1 B.V."
CONFIDENTIAL = {
    "ground_leases": {"contract_id", "holder", "rent_eur"},
    "lease_polygons": {"contract_id"},
    "parcels": {"owner"},
    "contract_account": {"contract_id"},
    "decision_calendar": {"contract_id", "holder"},
    "holding_overview": {"record", "contract_ids", "chain"},
    "holding_periods": {"contract_id"},
    "holding_rights": {"contract_id", "holder"},
    "holdings": {"record", "contract_ids", "chain"},
    "parcel_overview": {"contract_ids"},
    "placements": {"project_title"},
    "placement_overview": {"project_title"},
    "refused": {"contract_id"},
    "scarcity": {"demand_m2", "scarcity"},
    "scarcity_by_year": {"demand_m2", "demand_quay_m", "scarcity", "quay_scarcity"},
    "sites": {"owners"},
}


def sheet(texts: list[Any], name: str = "kavels", column: str = "toelichting", **more: Any) -> PublishedTable:
    content = pd.DataFrame({"kavel_id": [f"k{index}" for index in range(len(texts))], column: texts} | more)
    return PublishedTable(
        name, "Kavels", "Alle kavels.", content, (Field("kavel_id", "Kavel"), Field(column, "Toelichting"))
    )


def land(name: str) -> PublishedTable:
    content = gpd.GeoDataFrame({"kavel_id": ["a", "b"]}, geometry=[square(0, 0), square(1, 0)], crs=RD_NEW)
    return PublishedTable(name, name.title(), "", content.rename_geometry("geom"), (Field("kavel_id", "Kavel"),))


def leases(**columns: list[Any]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame({"contract_id": [None] * count, "holder": [None] * count, "rent_eur": [None] * count} | columns)


def test_contracts_call_confidential_what_they_should() -> None:
    layers = {**TABLES, **DERIVED}
    wrong = {
        name: missing
        for name, columns in CONFIDENTIAL.items()
        if (missing := columns - {key for key, column in layers[name].columns.items() if column.confidential})
    }
    assert not wrong


def test_every_confidential_text_is_known_with_the_column_it_stands_in() -> None:
    tables = {
        "ground_leases": leases(contract_id=["C-0001", "C-0002"], holder=[HOLDER, None], rent_eur=[12345.5, None]),
        "parcels": pd.DataFrame({"parcel_id": ["K-000001"], "owner": ["De Vries Holding"]}),
        "refused": pd.DataFrame({"contract_id": ["C-0009", None], "layer": ["ground_leases", "parcels"]}),
        "noise": pd.DataFrame({"name": ["niet geheim"]}),
    }
    assert confidential_values(tables) == {
        "C-0001": "ground_leases.contract_id",
        "C-0002": "ground_leases.contract_id",
        HOLDER: "ground_leases.holder",
        "12345.5": "ground_leases.rent_eur",
        "De Vries Holding": "parcels.owner",
        "C-0009": "refused.contract_id",
    }
    assert confidential_values({}) == {}


def test_a_secret_has_four_signs_or_more() -> None:
    texts = ["abc", "abcd", "Jan Jansen", "x" * 39, "y" * 40, "z" * 200]
    assert set(confidential_values({"ground_leases": leases(holder=texts)})) == set(texts) - {"abc"}


def test_words_that_the_file_speaks_anyway_are_no_secret() -> None:
    """Of closed lists in either language, titles, and names of sites; in capitals too, but not as a part."""
    holders = ["Onbekend", "leased", "in gebruik gegeven", "PAPIER", "Westhaven", "Oosthaven", "Westhaven B.V."]
    tables = {
        "ground_leases": leases(holder=holders),
        "cluster_boundaries": pd.DataFrame({"site_name": ["westhaven", None]}),
        "holdings": pd.DataFrame(
            {"site_name": ["Oosthaven", None], "contract_ids": None, "chain": None, "record": None}
        ),
    }
    assert set(confidential_values(tables, ["Papier"])) == {"Westhaven B.V."}
    assert set(confidential_values({"ground_leases": tables["ground_leases"]})) == {
        "PAPIER",
        "Westhaven",
        "Oosthaven",
        "Westhaven B.V.",
    }


@pytest.mark.parametrize(
    "text",
    [
        HOLDER,
        f"contract met {HOLDER}",
        f"({HOLDER})",
        f"{HOLDER}, vorige huurder",
        f"van\n{HOLDER}\n",
        f"x {HOLDER} y {HOLDER}",
    ],
)
def test_a_secret_is_refused_wherever_it_stands(text: str) -> None:
    secrets = {"iets anders": "parcels.owner", HOLDER: "ground_leases.holder"}
    with pytest.raises(ContractRefusal) as refusal:
        prove_public([sheet(["x"]), sheet([None, "x", text], "contracten", "opmerking")], secrets)
    result = str(refusal.value)
    assert (
        "table 'contracten', column 'opmerking'" in result and "a confidential value of ground_leases.holder" in result
    )
    assert HOLDER not in result


SIGNS = st.text("ab1é-.( ", max_size=5)


@given(SIGNS.filter(bool), SIGNS, SIGNS)
def test_a_secret_is_refused_exactly_where_no_word_goes_on_at_its_ends(secret: str, before: str, after: str) -> None:
    text = before + secret + after
    stands = re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text) is not None
    with pytest.raises(ContractRefusal) if stands else nullcontext():
        prove_public([sheet([text])], {"iets anders": "parcels.owner", secret: "ground_leases.holder"})


def test_a_secret_as_a_part_of_another_word_is_none() -> None:
    prove_public([sheet(["Westerveld", "C-00011", "xC-0001", None])], {"Veld": "a.b", "C-0001": "c.d", "Wester": "e.f"})


def test_land_numbers_and_days_are_not_read_as_text() -> None:
    content = gpd.GeoDataFrame({"kavel_id": ["a"], "aantal": [1234]}, geometry=[square(0, 0)], crs=RD_NEW)
    numbers = PublishedTable("kavels", "Kavels", "", content.rename_geometry("geom"), (Field("kavel_id", "Kavel"),))
    prove_public([numbers], {"1234": "ground_leases.contract_id", "POLYGON": "parcels.owner"})


def test_a_public_layer_has_no_confidential_column_and_all_others(rules: Project) -> None:
    wrong = []
    for card in rules.publish.published:
        layer = DERIVED[card.layer]
        shown = public(layer)
        expected = [name for name, column in layer.columns.items() if not column.confidential]
        whole = dataclasses.replace(shown, columns=layer.columns, key=layer.key)
        if list(shown.columns) != expected or whole != layer or not set(shown.key) <= set(expected):
            wrong.append(card.layer)
    assert not wrong


def test_what_is_left_out_is_named_once_with_its_kind(rules: Project) -> None:
    rows = left_out(rules, "public")
    result = set(rows[["layer", "column", "kind"]].itertuples(index=False, name=None))
    supplied = {card.layer for card in rules.sources.values()}
    sources = {
        (n, c, "source_column") for n in supplied & set(TABLES) for c, k in TABLES[n].columns.items() if k.confidential
    }
    tables = {(card.title, "all", "published_table") for card in rules.publish.published if card.is_internal}
    columns = {
        (card.title, name, "published_column")
        for card in rules.publish.published
        if not card.is_internal
        for name, column in DERIVED[card.layer].columns.items()
        if column.confidential
    }
    assert sources and tables and columns and len(rows) == len(result)
    assert result == sources | tables | columns


def test_sources_are_credited_by_licence_with_the_newest_day(rules: Project) -> None:
    first, second = list(rules.sources.values())[:2]
    dated = {
        "a": first.model_copy(update={"licence": "Z-licentie", "dated": day("2025-01-02")}),
        "b": second.model_copy(update={"licence": "A-licentie", "dated": day("2026-03-04")}),
        "c": second.model_copy(update={"licence": "A-licentie", "dated": day("2024-05-06")}),
    }
    result = credit(dataclasses.replace(rules, sources=dated))
    assert result == "Bronnen: A-licentie; Z-licentie. Nieuwste bron 04-03-2026; alle staan in de tabel Bronnen."
    nothing = credit(dataclasses.replace(rules, sources={}))
    assert nothing == f"Bronnen: . Nieuwste bron {rules.card.reference_date:%d-%m-%Y}; alle staan in de tabel Bronnen."


def test_a_layer_that_lost_rows_on_the_way_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write([land("kavels")], tmp_path / "x.gpkg", day("2026-10-01"))
    before, real = path.read_bytes(), pyogrio.write_dataframe

    def short(frame: Any, *args: Any, layer: str, **options: Any) -> None:
        real(frame.head(len(frame) - (layer == "later")), *args, layer=layer, **options)

    monkeypatch.setattr(pyogrio, "write_dataframe", short)
    with pytest.raises(SourceRefusal, match=r"onvolledige lagen \['later'\]"):
        write([land("kavels"), land("later")], path, day("2026-10-01"))
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["x.gpkg"]
