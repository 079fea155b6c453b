"""Who has scarce land in use without needing it: the contract register as written, against what was published."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pandas as pd
from oracle.published import KIND_SUMS, is_enough, layer, rules

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

USE = ("ondererfpacht", "opstal", "huur", "tijdelijk gebruik")
TODAY = pd.Timestamp("2026-10-01")


def statements(register: pd.DataFrame) -> dict[str, list[dict[str, bool | None]]]:
    """Per plot what each contract of use that runs on the reference date states of the need of its user."""
    categories = rules("assess")["categories"]
    heavy = categories.index(rules("balance")["scarce"]["heavy_category"])
    yes_no = {"ja": True, "nee": False}
    begins, ends = (pd.to_datetime(register[name], format="%d-%m-%Y", errors="coerce") for name in ("INGANG", "EINDE"))
    runs = register["RECHT"].isin(USE) & (begins <= TODAY) & (ends >= TODAY) & register["OPGEZEGD"].isna()
    by_plot = defaultdict(list)
    for row in register[runs & register["KAVELS"].notna()].itertuples():
        category = row.CATEGORIE_GEBRUIKER
        says = {
            "kade": yes_no.get(row.KADEGEBONDEN),
            "zware categorie": categories.index(category) >= heavy if isinstance(category, str) else None,
            "Seveso": yes_no.get(row.BRZO),
        }
        for plot in row.KAVELS.replace(";", ",").split(","):
            by_plot[plot.strip()].append(says)
    return by_plot


def test_need_is_what_the_contract_of_the_user_states(proefpolder: RunContext) -> None:
    """Of plots that one contract of use has as a whole; head leases on the site below them count for nothing."""
    outputs, folder = proefpolder.store.outputs, proefpolder.project.folder
    register = pd.read_csv(folder / "data" / "contracten.csv", sep=";", dtype=str, encoding="latin-1")
    states = statements(register)
    holdings = layer(outputs / "nederland.gpkg", "bezitsvlakken")["kavel_id"].value_counts()
    rows = layer(outputs / "nederland.gpkg", "schaarse_kavels")
    used = rows[rows["bezit"].isin(["in gebruik gegeven", "uitgegeven, onbenut"])]
    words = {True: "nodig", False: "niet nodig", None: "onbekend"}
    seen = defaultdict(int)
    for row in used.itertuples():
        if holdings[row.kavel_id] == 1 and len(states.get(row.kavel_id, [])) == 1:
            word = words[states[row.kavel_id][0][row.schaars_om]]
            assert row.nodig_voor_gebruiker == word, row
            seen[word] += 1
    assert is_enough(min(seen[word] for word in words.values()), 50), dict(seen)


def test_the_sums_are_those_of_the_rows(proefpolder: RunContext) -> None:
    """Each m2 of scarce land once: free, without need, not known, or with need and other."""
    package = proefpolder.store.outputs / "nederland.gpkg"
    rows, sums = layer(package, "schaarse_kavels"), layer(package, "schaarste")
    assert not rows.duplicated(["bezitsvlak_id", "schaars_om"]).any()
    for of_sum in sums[~sums["cluster"].isin(list(KIND_SUMS))].itertuples():
        here = rows[(rows["schaars_om"] == of_sum.schaars_om)]
        here = here if of_sum.cluster == "nederland" else here[here["cluster"] == of_sum.cluster]
        parts = {
            "oppervlakte_ha": here,
            "vrij_ha": here[here["bezit"] == "vrij"],
            "zonder_noodzaak_ha": here[here["nodig_voor_gebruiker"] == "niet nodig"],
            "niet_bekend_ha": here[here["nodig_voor_gebruiker"] == "onbekend"],
        }
        for name, part in parts.items():
            assert abs(getattr(of_sum, name) - part["oppervlakte_ha"].sum()) <= 1e-4 * (1 + len(part)), (of_sum, name)


def test_heavy_and_hazardous_land_are_not_the_same(proefpolder: RunContext) -> None:
    rows = layer(proefpolder.store.outputs / "nederland.gpkg", "schaarse_kavels")
    of_quality = {name: set(part["bezitsvlak_id"]) for name, part in rows.groupby("schaars_om")}
    assert of_quality["Seveso"] != of_quality["zware categorie"]
