"""The accounts: supply in time, waterfall, and what each reason holds back, summed anew from the published land."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from oracle.published import layer, rules

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.runner.stage import RunContext

CLUSTERS = ("oosterpark", "westhaven", "papierfabriek")
CASES = {"vroegst": "bezit_{}", "laatst": "bezit_verlengd_{}"}
YEARS = (2026, 2030, 2050)


@pytest.fixture(params=CLUSTERS)
def package(proefpolder: RunContext, request: pytest.FixtureRequest) -> Path:
    return proefpolder.store.outputs / f"{request.param}.gpkg"


def test_supply_is_what_is_free_on_the_first_day_of_each_year(package: Path) -> None:
    """From the periods of each holding, of which the one that has begun and not ended counts; the first year on the
    reference date."""
    periods = layer(package, "bezit_in_de_tijd")
    hectares = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")["oppervlakte_ha"]
    supply = layer(package, "aanbod").set_index("jaar")
    assert supply.index.tolist() == list(range(2026, 2061))
    begins, ends = periods["van"].astype(str), periods["tot_en_met"].fillna("9999-12-31").astype(str)
    for year, row in supply.iterrows():
        day = "2026-10-01" if year == 2026 else f"{year}-01-01"
        now = periods[(begins <= day) & (ends >= day) & (periods["bezit"] == "vrij")]
        free = {case: hectares[now.loc[now["geval"] == case, "bezitsvlak_id"]].sum() for case in CASES}
        for case, free_ha in free.items():
            assert row[f"vrij_{case}_ha"] == pytest.approx(free_ha, abs=0.02), (year, case)
        assert row["verschil_ha"] == pytest.approx(free["vroegst"] - free["laatst"], abs=0.03)
        early = periods[(periods["geval"] == "vroegst") & (periods["bezit"] == "vrij")]
        at_end = early[(early["van"] <= f"{year}-12-31") & (early["tot_en_met"].fillna("9999") >= f"{year}-12-31")]
        freed = set(at_end["bezitsvlak_id"]) - set(now.loc[now["geval"] == "vroegst", "bezitsvlak_id"])
        assert row["komt_in_het_jaar_vrij_ha"] == pytest.approx(hectares[sorted(freed)].sum(), abs=0.02), year


def test_the_waterfall_is_the_land_by_its_verdict(package: Path) -> None:
    """Gross is the land inside the boundary; what no piece covers has no plot."""
    pieces = layer(package, "deelvlakken")
    gross_ha = layer(package, "clusters")["oppervlakte_ha"].sum()
    falls = layer(package, "waterval").query("activiteit == 'Algemene industrie'")
    for year in YEARS:
        for case, name in (("vroegst", "oordeel_{}"), ("laatst", "oordeel_verlengd_{}")):
            posts = falls[(falls["jaar"] == year) & (falls["geval"] == case)].set_index("post")["oppervlakte_ha"]
            by_verdict = pieces.groupby(name.format(year))["oppervlakte_ha"].sum().to_dict()
            wanted = dict.fromkeys(posts.index, 0.0) | by_verdict
            wanted |= {"bruto": gross_ha, "geen kavel": gross_ha - pieces["oppervlakte_ha"].sum()}
            assert posts.to_dict() == pytest.approx(wanted, abs=0.1), (year, case)
            assert posts.drop("bruto").sum() == pytest.approx(posts["bruto"], abs=1e-4)


@pytest.mark.parametrize("activity", ["Algemene industrie", "Importterminal ammoniak"])
def test_what_a_reason_holds_back_is_the_land_that_has_it(package: Path, activity: str) -> None:
    """Of each piece its holder unless it is free, and each rule that limits it, where they have enough of the plot to
    count: all of it, alone where there is no other, and in equal parts. What slivers alone hold has a name of its own,
    and all parts together are the land that is not free and open."""
    pieces = layer(package, "deelvlakken")
    rooms = layer(package, "milieuruimte").query(f"activiteit == '{activity}'")
    published = layer(package, "toerekening").query(f"activiteit == '{activity}' and niveau == 'reden'")
    gross_ha = layer(package, "clusters")["oppervlakte_ha"].sum()
    states = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")
    compared = 0
    for year in YEARS:
        land = pieces.merge(rooms[rooms["jaar"] == year], on=["combinatie_id", "milieucategorie_plan"])
        for case, name in CASES.items():
            reasons = counted(land, reasons_of(land, land["bezitsvlak_id"].map(states[name.format(year)])))
            sums = sums_by_reason(land["oppervlakte_ha"], reasons)
            open_ha = land["oppervlakte_ha"][[not named for named in reasons]].sum()
            sums["geen kavel"] = [gross_ha - pieces["oppervlakte_ha"].sum()] * 3
            ours = published[(published["jaar"] == year) & (published["geval"] == case)].set_index("reden")
            for reason, wanted in sums.items():
                if wanted[0] < 0.05 and reason not in ours.index:
                    continue  # slivers that rounding takes
                row = ours.loc[reason, ["geraakt_ha", "alleen_ha", "aandeel_ha"]].tolist()
                assert row == pytest.approx(wanted, abs=0.008), (year, case, reason)
                compared += 1
            assert set(ours.index) <= set(sums) | {"snippers"}
            assert ours["aandeel_ha"].sum() == pytest.approx(gross_ha - open_ha, abs=0.02)
    assert compared >= 20


def reasons_of(land: pd.DataFrame, holders: pd.Series) -> list[list[str]]:
    """The rules that limit each piece, and its holder unless it is free."""
    return [
        ([] if pd.isna(limits) else limits.split("; ")) + ([] if state == "vrij" else [f"bezit: {state}"])
        for limits, state in zip(land["beperkt_door"], holders, strict=True)
    ]


def counted(land: pd.DataFrame, reasons: list[list[str]]) -> list[list[str]]:
    """The reasons of each piece without those that have too little of its plot; slivers where none is left."""
    on_plot: defaultdict[tuple[str, str], float] = defaultdict(float)
    plots, hectares = land["kavel_id"].tolist(), land["oppervlakte_ha"].tolist()
    for plot, ha, named in zip(plots, hectares, reasons, strict=True):
        for reason in named:
            on_plot[plot, reason] += ha
    least = least_ha(land.groupby("kavel_id")["oppervlakte_ha"].sum())
    return [
        [reason for reason in named if on_plot[plot, reason] >= least[plot]] or ["snippers"] * bool(named)
        for plot, named in zip(plots, reasons, strict=True)
    ]


def sums_by_reason(hectares: pd.Series, reasons: list[list[str]]) -> dict[str, list[float]]:
    """Hectares of each reason: all, alone, and in equal parts."""
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for ha, named in zip(hectares, reasons, strict=True):
        for reason in named:
            part = [ha, ha if len(named) == 1 else 0.0, ha / len(named)]
            sums[reason] = [known + more for known, more in zip(sums[reason], part, strict=True)]
    return sums


def least_ha(plots_ha: pd.Series) -> dict[str, float]:
    """From how many hectares on a reason counts on each plot, as the card says."""
    card = rules("balance")["slivers"]
    from_area = card["least_area_m2"] / 10_000
    return {
        plot: min(max(from_area, card["least_share"] * whole), 0.5 * whole) - 1e-9
        for plot, whole in plots_ha.to_dict().items()
    }


def test_a_law_holds_back_what_any_of_its_rules_holds_back(package: Path) -> None:
    """Rules on one ground are one reason on the land of each; a rule says within which others of its law it lies; and
    a law that is lifted frees what nothing but its rules holds back."""
    pieces = layer(package, "deelvlakken")
    rooms = layer(package, "milieuruimte").query("activiteit == 'Importterminal ammoniak'")
    published = layer(package, "toerekening").query("activiteit == 'Importterminal ammoniak' and geval == 'vroegst'")
    levers = layer(package, "hefbomen").query("activiteit == 'Importterminal ammoniak' and geval == 'vroegst'")
    law_of = {card["title"]: card["basis"] for card in rules("constrain")["constraint"]}
    states = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")
    for year in YEARS:
        land = pieces.merge(rooms[rooms["jaar"] == year], on=["combinatie_id", "milieucategorie_plan"])
        holders = land["bezitsvlak_id"].map(states[f"bezit_{year}"])
        reasons, hectares = counted(land, reasons_of(land, holders)), land["oppervlakte_ha"]
        laws = [list({law_of.get(reason, reason) for reason in named}) for named in reasons]
        ours = published[published["jaar"] == year]
        by_law = ours[ours["niveau"] == "wet"].set_index("reden")
        sums = sums_by_reason(hectares, laws)
        assert set(by_law.index) - {"geen kavel"} == set(sums)
        for law, wanted in sums.items():
            row = by_law.loc[law, ["geraakt_ha", "alleen_ha", "aandeel_ha"]].tolist()
            assert row == pytest.approx(wanted, abs=0.008), (year, law)
        of_law = ours[(ours["niveau"] == "reden") & ours["reden"].isin(law_of)].set_index("reden")
        assert of_law["wet"].to_dict() == {rule: law_of[rule] for rule in of_law.index}
        for rule in of_law.index:
            over = [set(named) for named in reasons if rule in named]
            around = {other for other in set.intersection(*over) - {rule} if law_of.get(other) == law_of[rule]}
            stated = of_law.loc[rule, "geheel_binnen"]
            assert (set() if pd.isna(stated) else set(stated.split("; "))) == around, (year, rule)
        freed = levers[(levers["jaar"] == year) & (levers["soort_hefboom"] == "wet")].set_index("wet")
        for law, row in freed.iterrows():
            lifted = set(row["opgeheven"].split("; "))
            assert {law_of[rule] for rule in lifted} == {law} and len(lifted) == row["aantal_redenen"] > 1
            alone = [set(named) <= lifted for named in map(set, reasons)]
            open_ha = hectares[[not named for named in reasons]].sum()
            assert row["komt_vrij_ha"] == pytest.approx(hectares[alone].sum() - open_ha, abs=0.008)


@pytest.mark.parametrize("project", ["proefpolder", "westpoort"])
def test_texts_of_plots_rest_on_reasons_that_have_enough_of_them(project: str, request: pytest.FixtureRequest) -> None:
    """A rule that a text rests on limits enough of the plot in some year; a rule that alone does so is named."""
    outputs = request.getfixturevalue(project).store.outputs
    package = outputs / {"proefpolder": "nederland.gpkg", "westpoort": "westpoort.gpkg"}[project]
    pieces = layer(package, "deelvlakken")
    rooms = layer(package, "milieuruimte").query("activiteit == 'Algemene industrie'")
    land = pieces.merge(rooms, on=["combinatie_id", "milieucategorie_plan"])
    limited_ha = most_in_a_year(land.assign(rule=land["beperkt_door"].str.split("; ")).explode("rule"))
    alone_ha = most_in_a_year(land.assign(rule=land["beperkt_door"]))
    least = least_ha(pieces.groupby("kavel_id")["oppervlakte_ha"].sum())
    titles = layer(package, "belemmeringen")[["omschrijving", "belemmering_code"]].drop_duplicates()
    rule_of = dict(titles.itertuples(index=False)) | {rule: rule for rule in titles["belemmering_code"]}
    compared = 0
    for plot, text in layer(package, "kavels").set_index("kavel_id")["toelichting"].items():
        lines = [line for line in text.split("\n") if line.startswith("- ") and " Grondslag: " in line]
        # Of titles that begin alike the longest is the one that the line has.
        starts = [
            max((title for title in rule_of if line.startswith(f"- {title} (op ")), key=len, default="")
            for line in lines
        ]
        named = [rule_of[title] for title in starts if title]
        assert len(named) == len(set(named)), (plot, named)
        for rule in named:
            assert limited_ha.get((plot, rule), 0.0) >= least[plot], (plot, rule)
            compared += 1
        for rule in set(titles["belemmering_code"]):
            assert rule in named or alone_ha.get((plot, rule), 0.0) <= least[plot] + 1e-4, (plot, rule)
    assert compared > 200


def most_in_a_year(land: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Hectares of each rule on each plot, in the year in which it has most."""
    by_year = land.groupby(["kavel_id", "rule", "jaar"])["oppervlakte_ha"].sum()
    return {(str(plot), str(rule)): ha for (plot, rule), ha in by_year.groupby(level=[0, 1]).max().items()}


@pytest.mark.parametrize("project", ["proefpolder", "westpoort"])
def test_no_plot_is_held_back_by_a_rule_on_no_hectares(project: str, request: pytest.FixtureRequest) -> None:
    """In `waarom_niet` a reason has 0,01 ha at least, but on plots that are hardly more themselves."""
    outputs = request.getfixturevalue(project).store.outputs
    package = outputs / {"proefpolder": "nederland.gpkg", "westpoort": "westpoort.gpkg"}[project]
    plots = layer(package, "kavels").query("oppervlakte_ha > 0.02")
    lines = pd.concat([plots[f"waarom_niet_{year}"] for year in YEARS]).dropna().str.split("\n").explode()
    assert len(lines) > 1_000 and lines[lines.str.startswith("0,00 ha")].tolist() == []
