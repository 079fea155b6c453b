"""A project without one of its source layers: it runs, and what is not known makes no land free or usable."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from recipes.tree import CLUSTER, PROJECT, ROOT

from layers.sources import SOURCES
from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.project.models import AbsentConfig
from pipeline.project.project import Project
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

REQUIRED = ("parcels", "cluster_boundaries")
TABLES = (("overlay", "pieces"), ("assess", "assessments"), ("assess", "holding_states"), ("assess", "rooms"))
DROPPED = sorted(set(SOURCES) - {*REQUIRED})


def without(project: Project, layer: str, treat_as: str) -> Project:
    """The project without the cards of a layer, which it declares absent."""
    sources = {name: card for name, card in project.sources.items() if card.layer != layer}
    absent = {**project.card.absent, layer: AbsentConfig(treat_as=treat_as, basis="getekend")}  # type: ignore[arg-type]
    return replace(project, sources=sources, card=project.card.model_copy(update={"absent": absent}))


def brought_up_to(project: Project, outputs: Path, up_to: str) -> Path:
    """The folder of a run of the smallest cluster."""
    context = RunContext(project, project.folder, Store(outputs), engine="reference", line=LINE)
    list(run(context, Order((CLUSTER,), up_to=up_to)))
    return outputs


def hectares(outputs: Path) -> tuple[pd.Series, pd.Series, pd.Series]:
    """m2 that are usable per activity, year and case, free per year and case, and with room per activity and year: of
    land of any size, so that what an activity needs is seen where no land is large enough for it."""
    tables = {name: pd.read_parquet(outputs / "work" / stage / CLUSTER / f"{name}.parquet") for stage, name in TABLES}
    holdings = pd.read_parquet(outputs / "work" / "resolve" / CLUSTER / "holdings.parquet")
    plans = holdings[["holding_id", "plan_category"]].fillna({"plan_category": "unknown"})
    pieces = tables["pieces"][["piece_id", "holding_id", "combination_id", "area_m2"]].merge(plans, on="holding_id")
    usable = tables["assessments"].query("verdict == 'usable'").merge(pieces, on="piece_id")
    free = tables["holding_states"].query("tenure_status == 'free'").merge(pieces, on="holding_id")
    has_room = tables["rooms"].query("room == 'open'").merge(pieces, on=["combination_id", "plan_category"])
    return (
        usable.groupby(["profile", "year", "case"])["area_m2"].sum(),
        free.groupby(["year", "case"])["area_m2"].sum(),
        has_room.groupby(["profile", "year"])["area_m2"].sum(),
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest cluster with all its layers."""
    return brought_up_to(read_project(ROOT / PROJECT), tmp_path_factory.mktemp("whole"), "balance")


@pytest.mark.parametrize("layer", DROPPED)
def test_no_land_becomes_free_or_usable_by_dropping_a_layer_as_unknown(whole: Path, tmp_path: Path, layer: str) -> None:
    outputs = shutil.copytree(whole, tmp_path / "outputs")
    brought_up_to(without(read_project(ROOT / PROJECT), layer, "unknown"), outputs, "balance")
    assert (outputs / "work" / "balance" / CLUSTER / "land_balance.parquet").exists()
    for before, after in zip(hectares(whole), hectares(outputs), strict=True):
        assert len(before)
        assert (after.sub(before, fill_value=0.0) <= 0.01).all()


@pytest.mark.parametrize("layer", DROPPED)
def test_land_is_judged_without_a_layer(whole: Path, tmp_path: Path, layer: str) -> None:
    """As if nothing were there; every source layer by itself (all of them together, to the end: drawn_haven.py)."""
    outputs = shutil.copytree(whole, tmp_path / "outputs")
    brought_up_to(without(read_project(ROOT / PROJECT), layer, "none"), outputs, "assess")
    assert (hectares(outputs)[2] > 0.0).any()
