"""Why not more, on both projects: one account to the m2, levers against a real rerun, sites joined by other means."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from pipeline.project.load import read_project
from pipeline.project.scenario import LiftConfig, ScenarioConfig
from pipeline.queries.scenarios import usable_m2
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store

PROJECTS = ("proefpolder", "westpoort")
RESOLVE_PARAMS = ["profile", "year", "case"]


@pytest.fixture(params=PROJECTS)
def port(request: pytest.FixtureRequest) -> RunContext:
    """Each project, run once."""
    context: RunContext = request.getfixturevalue(request.param)
    return context


def lifted(context: RunContext, reasons: tuple[str, ...], folder: Path) -> RunContext:
    """The project as a scenario in which reasons do not count, run as far as verdicts, without a second cut."""
    scenario = ScenarioConfig(title="lifted", basis="test", lift=LiftConfig(reasons=reasons))
    name = "-".join(reasons).replace(".", "_")
    project = read_project(context.project.folder, scenario)
    again = replace(context, project=project, store=Store(folder / name, context.store.outputs))
    ran = {report.stage for report in run(again, Order(up_to="assess")) if report.reasons}
    assert ran <= {"acquire", "assess"}
    return again


def test_all_reasons_and_what_is_open_are_gross_in_every_year_case_and_activity(port: RunContext) -> None:
    nation = port.project.balance.national_name
    sets = port.store.load("balance", nation, "reason_sets")
    falls = port.store.load("balance", nation, "waterfall")
    gross = falls[falls["heading"] == "gross"].set_index(["cluster_id", *RESOLVE_PARAMS])["area_m2"]
    total_m2 = sets.groupby(["cluster_id", *RESOLVE_PARAMS])["area_m2"].sum()
    assert len(total_m2) == len(gross) and np.allclose(total_m2, gross.reindex(total_m2.index), atol=1.0, rtol=0)
    parts = falls[falls["heading"] != "gross"].groupby(["cluster_id", *RESOLVE_PARAMS])[["area_m2", "share_m2"]].sum()
    for form in ("area_m2", "share_m2"):
        assert np.allclose(
            parts[form], gross.reindex(parts.index), atol=1e-6 if len(port.project.clusters) == 1 else 0.51, rtol=0
        )


def test_shares_sum_to_gross_less_what_is_free_and_open(port: RunContext) -> None:
    nation = port.project.balance.national_name
    sets, attribution = (port.store.load("balance", nation, name) for name in ("reason_sets", "attribution"))
    held = sets[sets["reasons"] != "none"].groupby(["cluster_id", *RESOLVE_PARAMS])["area_m2"].sum()
    for tier in ("reason", "theme"):
        tier_rows = attribution[attribution["tier"] == tier]
        shares = tier_rows.groupby(["cluster_id", *RESOLVE_PARAMS])["share_m2"].sum()
        assert np.allclose(shares, held.reindex(shares.index), atol=1.0, rtol=0)
        assert (tier_rows["sole_m2"] <= tier_rows["share_m2"] + 1e-6).all() and (
            tier_rows["share_m2"] <= tier_rows["hit_m2"] + 1e-6
        ).all()


def test_sites_and_what_is_lost_are_what_is_free_and_open(port: RunContext) -> None:
    for cluster in port.project.clusters:
        lost, sites = (port.store.load("assemble", cluster, name) for name in ("fragmentation", "sites"))
        sets = port.store.load("balance", cluster, "reason_sets")
        free = sets[sets["reasons"] == "none"].set_index(RESOLVE_PARAMS)["area_m2"]
        lost_rows = lost.set_index(RESOLVE_PARAMS)
        assert np.allclose(lost_rows["free_and_open_m2"], free.reindex(lost_rows.index).fillna(0.0), atol=1.0, rtol=0)
        site_m2 = sites.groupby(RESOLVE_PARAMS)["area_m2"].sum().reindex(lost_rows.index).fillna(0.0)
        assert np.allclose(site_m2 + lost_rows["loss_m2"], lost_rows["free_and_open_m2"], atol=1.0, rtol=0)


def test_every_site_hangs_together_by_its_land_and_its_bridges(port: RunContext) -> None:
    """By drawing: the pieces grown by half the tolerance of touching, with the land of the bridges, are one shape."""
    touch = port.project.assess.shape.touch_m
    for cluster in port.project.clusters:
        sites, bridges = (port.store.load("assemble", cluster, name) for name in ("sites", "bridges"))
        over = {name: list(part.geometry) for name, part in bridges.groupby("site_id")}
        drawn = sites.drop_duplicates(["area_m2", "parcel_count", "bridge_count", "bridge_m2"])
        for site in drawn.itertuples():
            grown = shapely.buffer(
                [site.geometry, *over.get(site.site_id, [])], 0.51 * touch + 0.001, join_style="mitre"
            )
            assert shapely.get_num_geometries(shapely.union_all(grown)) == 1
            assert len(over.get(site.site_id, [])) == site.bridge_count
        assert (sites["net_area_m2"] <= sites["area_m2"] + 0.01).all()
        assert (
            sites["rectangle_long_m"] * sites["rectangle_wide_m"] <= 1.0005 * sites["area_m2"] + 1
        ).all()  # slits count


def test_the_best_levers_gain_what_a_real_rerun_without_them_gains(port: RunContext, tmp_path: Path) -> None:
    """The first five by usable m2 of the lead activity, of every kind and size up to three; in every year and case."""
    lead = port.project.publish.lead_profile
    levers = port.store.load("balance", port.project.balance.national_name, "levers")
    whole = levers[(levers["cluster_id"] == port.project.balance.national_name) & (levers["profile"] == lead)]
    first = whole[(whole["case"] == "earliest") & (whole["year"] == port.project.years[0])]
    best = pd.concat(
        [
            first[first["scope"] == "room"].sort_values("gained_m2", ascending=False).head(3),
            first[first["scope"] == "land"].sort_values("gained_m2", ascending=False).head(1),
            first[first["scope"] == "both"].sort_values("gained_m2", ascending=False).head(1),
        ]
    )
    before = pd.Series(usable_m2(port)).groupby(level=[1, 2]).sum()
    assert len(best) == 5 and (best["gained_m2"] > 0).all()
    for reasons in best["lifted"]:
        after = pd.Series(usable_m2(lifted(port, tuple(reasons.split(" ")), tmp_path))).groupby(level=[1, 2]).sum()
        gained = whole[whole["lifted"] == reasons].dropna(subset="gained_m2").set_index(["year", "case"])["gained_m2"]
        assert np.allclose(gained, (after - before).reindex(gained.index), atol=1.0, rtol=0)


def test_the_best_lever_alone_is_what_a_cut_without_its_rule_gains(proefpolder: RunContext, tmp_path: Path) -> None:
    """Not only its effect, the rule itself is gone: its zones are not drawn, and the land is cut anew without them."""
    lead, nation = proefpolder.project.publish.lead_profile, proefpolder.project.balance.national_name
    levers = proefpolder.store.load("balance", nation, "levers")
    single = levers[(levers["cluster_id"] == nation) & (levers["profile"] == lead) & (levers["lifted_count"] == 1)]
    single = single[
        (single["scope"] == "room") & (single["case"] == "earliest") & (single["lifted"] != "plan_category")
    ]
    best = single[single["year"] == 2026].sort_values("gained_m2", ascending=False)["lifted"].iloc[0]
    rules = proefpolder.project.constrain
    fewer_rules = rules.model_copy(update={"constraint": tuple(rule for rule in rules.constraint if rule.name != best)})
    project = replace(proefpolder.project, constrain=fewer_rules)
    again = replace(proefpolder, project=project, store=Store(tmp_path / best, proefpolder.store.outputs))
    assert "overlay" in {report.stage for report in run(again, Order(up_to="assess")) if report.reasons}
    gained = (pd.Series(usable_m2(again)) - pd.Series(usable_m2(proefpolder))).groupby(level=[1, 2]).sum()
    gains_m2 = single[single["lifted"] == best].set_index(["year", "case"])["gained_m2"].dropna()
    assert len(gains_m2) and np.allclose(gains_m2, gained.reindex(gains_m2.index), atol=1.0, rtol=0)
