"""Answers about room: the written rules, plans from any file, sentences, and properties of every project."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner, Result

from pipeline.cli.main import main
from pipeline.runner.stage import RunContext
from pipeline.stages.publish.text.sentences import Narrator

PLANS = "data/woningbouwplannen.geojson"


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def given(context: RunContext) -> tuple[str | Path, ...]:
    return "--config", context.project.folder, "--outputs", context.store.outputs


def load(context: RunContext, stage: str, cluster: str, table: str) -> Any:
    return context.store.load(stage, cluster, table)


# the written rules


def test_the_rules_are_listed_with_basis_and_article(proefpolder: RunContext) -> None:
    answer = ask("describe", "rules", "--config", proefpolder.project.folder).stdout
    assert "law: Besluit kwaliteit leefomgeving, art. 5.7 en 5.11" in answer and "from the plot" in answer
    assert re.search(r"^location_risk +B +B? ?C? +", answer, flags=re.M)


def test_the_rules_as_data_hold_every_cell(proefpolder: RunContext) -> None:
    answer = json.loads(ask("describe", "rules", "--json", "--config", proefpolder.project.folder).stdout)
    cells = {(cell["constraint"], cell["object_kind"]) for cell in answer["matrix"]}
    assert len(cells) == 9 * len(answer["constraints"]) and all(
        rule["basis"] and rule["source"] for rule in answer["constraints"]
    )
    assert set(answer["profiles"]) == set(proefpolder.project.profiles)


# plans from any file


def test_plans_of_the_project_cost_what_the_line_says(proefpolder: RunContext) -> None:
    result = json.loads(
        ask("impact", proefpolder.project.folder / PLANS, "--alone", "--json", *given(proefpolder)).stdout
    )
    costs = pd.DataFrame(result["costs"]).set_index(["cluster", "plan_id", "profile", "year"])["hit_m2"]
    line = load(proefpolder, "balance", "nederland", "plan_impact").query("is_hard")
    assert len(line)
    for row in line.itertuples():
        assert costs[row.cluster_id, row.plan_id, row.profile, row.year] == pytest.approx(row.hit_m2, abs=0.1)


def write(path: Path, rows: list[dict[str, Any]], crs: str | None = "EPSG:28992") -> Path:
    gpd.GeoDataFrame(rows, geometry="geometry", crs=crs).to_file(path)
    return path


NEAR = shapely.box(148_900, 508_900, 149_200, 509_200)


def test_a_bare_file_of_areas_is_answered(proefpolder: RunContext, tmp_path: Path) -> None:
    path = write(tmp_path / "plan.gpkg", [{"naam": "x", "geometry": NEAR}])
    result = ask("impact", path, "-c", "westhaven", *given(proefpolder))
    assert result.exit_code == 0 and "1 plans" in result.stdout and "free land that loses category" in result.stdout


@pytest.mark.parametrize(
    ("rows", "crs", "words"),
    [
        pytest.param([{"geometry": NEAR}], None, "no coordinate system", id="without CRS"),
        pytest.param([{"geometry": NEAR.centroid}], "EPSG:28992", "no polygon left", id="points"),
        pytest.param(
            [{"plan_id": "a", "geometry": NEAR}, {"plan_id": "a", "geometry": NEAR.buffer(9)}],
            "EPSG:28992",
            "more than once",
            id="one key twice",
        ),
        pytest.param(
            [{"dwellings": "veel", "geometry": NEAR}], "EPSG:28992", "'veel'", id="dwellings that are no number"
        ),
    ],
)
def test_a_file_that_cannot_be_read_as_plans_is_refused(
    proefpolder: RunContext, tmp_path: Path, rows: Any, crs: str | None, words: str
) -> None:
    result = ask("impact", write(tmp_path / "plan.gpkg", rows, crs), *given(proefpolder))
    assert result.exit_code == 4 and words in result.stderr and "Traceback" not in result.output


def test_a_file_without_plans_is_refused(proefpolder: RunContext, tmp_path: Path) -> None:
    (tmp_path / "plan.geojson").write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    result = ask("impact", tmp_path / "plan.geojson", *given(proefpolder))
    assert result.exit_code in (2, 4) and "no" in result.stderr


def test_impact_does_not_answer_from_stale_results(proefpolder: RunContext, tmp_path: Path) -> None:
    result = ask(
        "impact", proefpolder.project.folder / PLANS, "--config", proefpolder.project.folder, "--outputs", tmp_path
    )
    assert result.exit_code == 2 and f"'{tmp_path}': no results in it" in result.stderr
    assert "run it first: industrieruimte run" in result.stderr


# sentences


def narrator(context: RunContext) -> Narrator:
    project = context.project
    zones = load(context, "constrain", "westhaven", "zones")
    return Narrator(zones, project.constrain.constraint, project.effects, project.profiles, project.assess)


def row(**more: Any) -> dict[str, Any]:
    return {
        "plan_category": "6",
        "profile": "general_industry",
        "year": 2030,
        "room": "open",
        "reasons": None,
        "attention": None,
        **more,
    }


def test_a_sentence_names_the_rule_and_the_table_of_rules_has_its_basis_and_source(proefpolder: RunContext) -> None:
    answer = narrator(proefpolder).sentence(row(room="conditional", reasons="location_risk"))
    assert answer.startswith("Alleen onder voorwaarden ruimte: Plaatsgebonden risico (PR 10⁻⁶):")
    assert "grondslag" not in answer and "register externe veiligheid" not in answer
    areas = gpd.read_file(proefpolder.store.outputs / "westhaven.gpkg", layer="belemmeringen")
    rule = areas[areas["omschrijving"].map(lambda title: f"ruimte: {title}:" in answer)].iloc[0]
    assert "art. 5.7 en 5.11" in rule["grondslag"] and rule["zekerheid"] == "zeker"
    assert "register externe veiligheid" in rule["bron_gegevens"] and "01-10-2026" in rule["bron_gegevens"]


def test_a_sentence_tells_the_effect_that_holds(proefpolder: RunContext) -> None:
    """A tank park stores hazardous substances, general industry does not: the same zone, another ground."""
    zone = {
        "zone_id": "g",
        "constraint": "groundwater_protection",
        "band": None,
        "zone_title": "G",
        "standing": "law",
        "basis": "b",
        "certainty": "L",
        "data_source": "s",
    }
    project = proefpolder.project
    teller = Narrator(
        pd.DataFrame([zone]), project.constrain.constraint, project.effects, project.profiles, project.assess
    )
    plain, hazardous = (
        teller.sentence(row(profile=name, reasons="g")) for name in ("general_industry", "ammonia_terminal")
    )
    assert "risicovolle opslag" not in plain and "risicovolle opslag" in hazardous


def test_a_zoning_plan_is_named_with_its_highest_category(proefpolder: RunContext) -> None:
    teller = narrator(proefpolder)
    assert "hoogstens categorie 3.2 toe, gevraagd is 4.2" in teller.sentence(
        row(room="blocked", reasons="plan_category", plan_category="3.2")
    )
    assert "noemt geen milieucategorie" in teller.sentence(
        row(room="unknown", reasons="plan_category", plan_category="unknown")
    )


def test_every_room_has_its_sentence_in_the_file(proefpolder: RunContext) -> None:
    answer = gpd.read_file(proefpolder.store.outputs / "westhaven.gpkg", layer="milieuruimte")
    rooms = load(proefpolder, "assess", "westhaven", "rooms")
    assert len(answer) == len(rooms) and answer["toelichting"].str.len().min() > 10
    assert not answer["toelichting"].str.contains("nan|None|dwelling_distance|location_risk|grondslag:").any()


def test_explain_tells_the_room_of_another_activity(proefpolder: RunContext) -> None:
    answer = ask("explain", "WH-0012", "--profile", "ammonia_terminal", *given(proefpolder)).stdout
    assert "'Importterminal ammoniak'" in answer and "hoogste milieucategorie naast woningen" in answer
    refused = ask("explain", "WH-0012", "--profile", "kasteel", *given(proefpolder))
    assert refused.exit_code == 2 and "ammonia_terminal" in refused.stderr


# what must hold


def test_the_four_cells_are_the_plots(proefpolder: RunContext) -> None:
    for cluster in proefpolder.project.clusters:
        cells = load(proefpolder, "balance", cluster, "mismatch")
        pieces = load(proefpolder, "overlay", cluster, "pieces")["area_m2"].sum()
        whole = cells[["both_m2", "only_free_m2", "only_room_m2", "neither_m2", "unknown_m2"]].sum(axis=1)
        assert whole.to_numpy() == pytest.approx(pieces, rel=1e-9)
        assert (cells["repairable_m2"] + cells["not_repairable_m2"]).to_numpy() == pytest.approx(
            cells["only_free_m2"].to_numpy()
        )


def test_categories_add_up_to_the_plots_and_to_what_is_free(proefpolder: RunContext) -> None:
    for cluster in proefpolder.project.clusters:
        table = load(proefpolder, "balance", cluster, "category_downgrades")
        balance = load(proefpolder, "balance", cluster, "land_balance")
        pieces = load(proefpolder, "overlay", cluster, "pieces")["area_m2"].sum()
        every = table[table["held"] == "all"].groupby("year")["area_m2"].sum()
        assert every.to_numpy() == pytest.approx(pieces, rel=1e-9)
        free = balance.query("measure == 'holding' and heading == 'free' and case == 'earliest'").set_index("year")[
            "area_m2"
        ]
        result = table[table["held"] == "free"].groupby("year")["area_m2"].sum().reindex(every.index, fill_value=0)
        assert result.to_numpy() == pytest.approx(free.reindex(every.index, fill_value=0).to_numpy(), abs=1.0)


def test_usable_land_by_claim_adds_up_to_usable_land(proefpolder: RunContext) -> None:
    balance = load(proefpolder, "balance", "nederland", "land_balance")
    key = ["cluster_id", "year", "case", "profile"]
    claimed = balance[balance["measure"] == "usable_by_claim"].groupby(key)["area_m2"].sum()
    usable = balance[(balance["measure"] == "verdict") & (balance["heading"] == "usable")].set_index(key)["area_m2"]
    assert len(claimed) and (claimed - usable.reindex(claimed.index)).abs().max() < 1.0
    assert set(balance.loc[balance["measure"] == "usable_by_claim", "heading"]) > {"none", "likely"}


def test_shares_of_plans_add_up_to_what_all_of_them_cost(proefpolder: RunContext) -> None:
    """As assess found it, by judging all land with and without hard plans."""
    plans = load(proefpolder, "balance", "nederland", "plan_impact")
    assert set(plans["is_hard"]) == {True, False} and (plans["hit_m2"] == 0).any()
    shares = plans[plans["is_hard"]].groupby(["cluster_id", "profile", "year"])["share_m2"].sum()
    key, some = ["profile", "year"], 0
    for cluster in proefpolder.project.clusters:
        pieces = load(proefpolder, "overlay", cluster, "pieces").set_index("piece_id")["area_m2"]
        assessed = load(proefpolder, "assess", cluster, "assessments").query(
            "case == 'earliest' and verdict == 'usable'"
        )
        with_m2, without_m2 = (
            rows.assign(m2=rows["piece_id"].map(pieces)).groupby(key)["m2"].sum()
            for rows in (assessed, load(proefpolder, "assess", cluster, "usable_without_plans"))
        )
        lost = without_m2.sub(with_m2, fill_value=0.0)
        for question, m2 in lost.items():
            assert m2 == pytest.approx(shares.get((cluster, *question), 0.0), abs=1.0), (cluster, question)
        some += (lost > 1.0).sum()
    assert some


def test_every_theme_is_on_the_map(proefpolder: RunContext) -> None:
    zones = gpd.read_file(proefpolder.store.outputs / "nederland.gpkg", layer="belemmeringen", ignore_geometry=True)
    assert set(zones["thema"]) == {
        "water",
        "energie",
        "fysiek",
        "natuur",
        "stikstof",
        "veiligheid",
        "geluid",
        "wonen",
        "stroomnet",
        "industriewater",
        "voorzieningen en ontsluiting",
    }


def test_nitrogen_and_air_never_decide(proefpolder: RunContext) -> None:
    for cluster in proefpolder.project.clusters:
        rooms = load(proefpolder, "assess", cluster, "rooms")
        for column in ("reasons", "limiting", "blocking"):
            assert not rooms[column].fillna("").str.contains("nature_distance|air").any()
    for table in ("nature_rings", "air_quality"):
        assert load(proefpolder, "measure", "westhaven", table)["rationale"].str.len().min() > 10


def test_a_contour_of_the_park_binds_its_neighbours_only(proefpolder: RunContext) -> None:
    """The example's chemical park: two companies under one permit."""
    park = load(proefpolder, "harmonise", "permit_sites", "permit_sites").geometry.union_all()
    contours = load(proefpolder, "harmonise", "safety_contours", "safety_contours")
    contour = contours[
        (contours["permit_group"] == "CP") & (contours["contour_kind"] == "location_risk")
    ].geometry.union_all()
    others = contours[
        (contours["permit_group"] != "CP").fillna(True) & (contours["contour_kind"] == "location_risk")
    ].geometry.union_all()
    zones = load(proefpolder, "constrain", "oosterpark", "zones")
    zone = zones[zones["constraint"] == "location_risk"].geometry.union_all()
    assert contour.intersection(park).area > 10_000
    assert zone.intersection(park.difference(others)).area < 1 and zone.contains(contour.difference(park).buffer(-1))
