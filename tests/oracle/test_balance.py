"""The land balance: from each number to its rows by the questions of the page, and from clusters to the Netherlands."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from oracle.published import layer, rules, units

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

PAGE = Path(__file__).parents[2] / "docs" / "van-getal-naar-rijen.md"
LEAD, TODAY = "Algemene industrie", "2026-10-01"
FIT = ("te klein", "te smal", "geen kade")
KEY = ["jaar", "geval", "activiteit", "maat", "post"]
OF_TABLES = {  # measures that are rows of another table: the table, its column of the heading, and what is counted
    "tekort": ("tekort_naar_oorzaak", "tekort_ha"),
    "tekort aan kwaliteit": ("tekort_naar_oorzaak", None),
    "papieren leegstand": ("papieren_leegstand", "oppervlakte_ha"),
    "plan raakt": ("gevolg_woningbouwplannen", "geraakt_ha"),
    "alleen door plan": ("gevolg_woningbouwplannen", "alleen_dit_plan_ha"),
    "aandeel van plan": ("gevolg_woningbouwplannen", "aandeel_ha"),
    "dubbel ruimtebeslag": ("dubbel_ruimtebeslag", None),
    "bruikbaar aanbod": ("aanbod", None),
    "vraag": (None, None),
    "vraag van een nationaal programma": (None, None),
    "aanbod min vraag": ("tekort_naar_oorzaak", None),
    **dict.fromkeys(["ruimte per aspect", "vrij per aspect"], ("ruimte_per_aspect", None)),
    **dict.fromkeys(["kade, vrij", "zware categorie, vrij", "Seveso, vrij"], ("schaarste_per_jaar", None)),
    **dict.fromkeys(
        [f"{name}, door schuifruimte terug" for name in ("kade", "zware categorie", "Seveso")], ("schuifruimte", None)
    ),
    "schuifruimte": ("schuifruimte", None),
}
MEASURES = {  # of the tables, by the names of figures.csv
    "holding": "bezit",
    "room": "milieuruimte",
    "verdict": "oordeel",
    "hit": "geraakt",
    "unique": "alleen door deze",
    "share": "evenredig deel",
    "theme_hit": "thema, raakt",
    "theme_unique": "thema, alleen",
    "theme_share": "thema, aandeel",
    "law_hit": "wet, raakt",
    "law_unique": "wet, alleen",
    "law_share": "wet, aandeel",
    "sites": "locaties",
    "sites_at_least": "locaties vanaf een grootte",
    "fragmentation_loss": "verlies door versnippering",
    "shortage": "tekort",
    "shortage_quality": "tekort aan kwaliteit",
    "demand": "vraag",
    "demand_of_programme": "vraag van een nationaal programma",
    "supply_minus_demand": "aanbod min vraag",
    "supply": "aanbod",
    "usable_supply": "bruikbaar aanbod",
    "spread": "verschil vroegst en laatst",
    "paper_vacancy": "papieren leegstand",
    "renewal_ends": "contract eindigt",
    "renewal_notice": "aanzegging uiterlijk",
    "decision_moment": "beslismoment",
    "double_occupation": "dubbel ruimtebeslag",
    "conflict": "tegenstrijdig",
    "free_and_room": "vrij en ruimte",
    "highest_category": "hoogste categorie",
    "plan_hit": "plan raakt",
    "plan_unique": "alleen door plan",
    "plan_share": "aandeel van plan",
    "usable_by_claim": "bruikbaar naar energieclaim",
    "usable_by_use_today": "bruikbaar, nu in gebruik of niet",
    "usable_built_today": "bruikbaar, nu bebouwd of niet",
    "room_by_aspect": "ruimte per aspect",
    "free_by_aspect": "vrij per aspect",
    "scarce_quay_free": "kade, vrij",
    "scarce_heavy_free": "zware categorie, vrij",
    "scarce_seveso_free": "Seveso, vrij",
    "decant_space": "schuifruimte",
    "decant_quay": "kade, door schuifruimte terug",
    "decant_heavy": "zware categorie, door schuifruimte terug",
    "decant_seveso": "Seveso, door schuifruimte terug",
}


def queries() -> dict[str, str]:
    """The question of each measure on the page, and the one that they rest on (`Hulpvraag`)."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^##+ ([^\n]+)\n(?:(?!\n##)[\s\S])*?```sql\n([\s\S]*?)```", text, flags=re.M)
    return dict(blocks)


def rows_of(database: sqlite3.Connection, row: dict[str, Any], query: str, common: str) -> list[tuple[str, float]]:
    """The rows of a number of the balance, with their hectares."""
    case = "_verlengd_{jaar}" if row["geval"] == "laatst" else "_{jaar}"
    values = {"{bezit}": f"bezit{case}", "{oordeel}": f"oordeel{case}", "{hoofdactiviteit}": f"'{LEAD}'"}
    day = TODAY if row["jaar"] == 2026 else f"{row['jaar']}-01-01"
    values |= {"{bezit_nu}": "bezit_2026"}
    values |= {"{dag}": f"'{day}'", "{peildatum}": f"'{TODAY}'", "{jaar}": str(row["jaar"])}
    needs = re.search(r"\b(grond|redenen|laagste_recht)\b", query)
    text = common + query if needs else query
    for name, value in values.items():
        text = text.replace(name, value)
    if row["jaar"] not in (2026, 2030, 2050):  # years of supply and of ends of leases have no columns of their own
        text = text.replace(f"_{row['jaar']}", "_2026")
    return database.execute(text, {name: row[name] for name in ("jaar", "geval", "activiteit", "post")}).fetchall()


def some(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    """Rows spread evenly over a table."""
    return rows.iloc[:: max(1, len(rows) // count)]


@pytest.mark.parametrize("unit", ["westhaven", "oosterpark", "papierfabriek", "nederland"])
def test_each_number_is_the_sum_of_the_rows_of_its_question(proefpolder: RunContext, unit: str) -> None:
    """Of every measure some numbers, and of every heading one."""
    package = proefpolder.store.outputs / f"{unit}.gpkg"
    balance, asks = layer(package, "balans").query("cluster == @unit"), queries()
    common = asks.pop("Hulpvraag")
    assert set(asks) | set(OF_TABLES) == set(MEASURES.values()) and not set(asks) & set(OF_TABLES)
    with closing(sqlite3.connect(f"file:{package}?mode=ro", uri=True)) as database:
        for measure, rows in balance.groupby("maat"):
            if measure not in asks or (unit == "nederland" and measure in ("contract eindigt", "aanzegging uiterlijk")):
                continue
            chosen = pd.concat([some(rows, 2), rows.drop_duplicates("post", keep="last")]).drop_duplicates(KEY)
            # Of what rests on reasons some, for these questions cost.
            most = 3 if unit == "nederland" else 6 if "redenen" in asks[measure] else len(chosen)
            for row in some(chosen, most).to_dict("records"):
                lines = rows_of(database, row, asks[measure], common)
                wanted = row["oppervlakte_ha"]
                if measure == "oordeel" and row["post"] in FIT and row["activiteit"] != LEAD:
                    same = (
                        rows[["jaar", "geval", "activiteit"]] == [row["jaar"], row["geval"], row["activiteit"]]
                    ).all(axis=1)
                    wanted = rows[same & rows["post"].isin(FIT)]["oppervlakte_ha"].sum()
                hectares = sum(line[1] or 0.0 for line in lines)
                # A reason counts from 50 m2 on; pieces are published to 1 m2: five standard deviations of their sum.
                off_ha = 0.02 if "redenen" in asks[measure] else max(3e-3, 1.5e-4 * len(lines) ** 0.5)
                assert hectares == pytest.approx(wanted, abs=off_ha), row
                assert len({line[0] for line in lines}) == len(lines) or measure in (
                    "tegenstrijdig",
                    "verschil vroegst en laatst",
                    "beslismoment",
                )


def test_numbers_of_a_calculation_stand_in_its_table(proefpolder: RunContext) -> None:
    """As the page says; all years and headings of these measures together."""
    for package in units(proefpolder.store.outputs):
        balance = layer(package, "balans").groupby("maat")["oppervlakte_ha"].sum()
        for measure, (table, column) in OF_TABLES.items():
            if column is None or measure not in balance:
                continue
            rows = layer(package, str(table))
            rows = rows[rows["hard_plan"] == 1] if "hard_plan" in rows else rows
            assert balance[measure] == pytest.approx(rows[column].sum(), abs=1e-2), measure
        double = layer(package, "dubbel_ruimtebeslag")[["dubbel_in_bezit_ha", "tekort_ha"]].sum().sum()
        assert balance["dubbel ruimtebeslag"] == pytest.approx(double, abs=1e-2)


def test_clusters_add_up_to_their_sums(proefpolder: RunContext) -> None:
    """Every heading of balance, waterfall and attribution, every year, case and activity: of the Netherlands, of the
    clusters, and of Cluster 6, by the kind on the card of each."""
    cards = (proefpolder.project.folder / "clusters").glob("*.toml")
    kind = {path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["kind"] for path in cards}
    members = {
        "nederland": set(kind),
        "vijf_clusters": {name for name in kind if kind[name] == "cluster"},
        "cluster_6_samen": {name for name in kind if kind[name] == "cluster_6"},
    }
    package = proefpolder.store.outputs / "nederland.gpkg"
    of_sets = ["activiteit", "jaar", "geval", "niveau", "reden"]
    for name, key, columns in (
        ("balans", KEY, ["oppervlakte_ha"]),
        ("waterval", KEY, ["oppervlakte_ha", "aandeel_ha"]),
        ("toerekening", of_sets, ["geraakt_ha", "alleen_ha", "aandeel_ha"]),
    ):
        rows = layer(package, name)
        assert set(rows["cluster"]) == {*kind, *members}
        for whole, parts in members.items():
            sums = rows[rows["cluster"].isin(parts)].groupby(key)[columns].sum().sort_index()
            total = rows[rows["cluster"] == whole].set_index(key)[columns].sort_index()
            assert total.index.equals(sums.index) and (total - sums).abs().max().max() < 2e-3, (name, whole)
        of_units = pd.concat([layer(unit, name) for unit in units(proefpolder.store.outputs)])
        ours = of_units.groupby(["cluster", *key])[columns].sum()
        theirs = rows[rows["cluster"].isin(kind)].groupby(["cluster", *key])[columns].sum()
        assert (ours - theirs).abs().max().max() < 1e-6 and len(ours) == len(theirs)


def test_the_figures_are_those_of_the_package(proefpolder: RunContext) -> None:
    """Per cluster, year, activity and measure as many rows, of the same hectares: figures.csv in m2."""
    outputs = proefpolder.store.outputs
    figures = pd.read_csv(outputs / "figures.csv")
    titles = {name: card["title"] for name, card in rules("profiles")["profile"].items()}
    figures["activiteit"] = figures["profile"].map(titles).fillna("alle")
    figures["ha"] = figures["area_m2"] / 1e4
    package = outputs / "nederland.gpkg"
    falls = layer(package, "waterval")
    tables = {name: layer(package, "balans").query("maat == @measure") for name, measure in MEASURES.items()}
    tables |= {"waterfall": falls, "waterfall_shapley": falls.assign(oppervlakte_ha=falls["aandeel_ha"])}
    assert set(tables) == set(figures["measure"])
    for name, rows in tables.items():
        ours = rows.sort_values(["cluster", "jaar", "activiteit", "oppervlakte_ha"])
        theirs = figures[figures["measure"] == name].sort_values(["cluster", "year", "activiteit", "ha"])
        assert ours["cluster"].tolist() == theirs["cluster"].tolist(), name
        assert ours["jaar"].tolist() == theirs["year"].tolist(), name
        assert ours["oppervlakte_ha"].to_numpy() == pytest.approx(theirs["ha"].to_numpy(), abs=1.1e-5), name
