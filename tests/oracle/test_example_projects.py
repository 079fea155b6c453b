"""The placed projects of the example, from the published pieces, periods and rules on the days between asked years."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from oracle.land import Land, lands
from oracle.published import EARLIEST, LATEST, SUMS, activities, is_enough, layer, shapes, written_for_the_example
from oracle.room import limits_in

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext


@dataclass(frozen=True)
class InTime:
    """The land of a cluster with who has it from day to day, and the rules over it by year."""

    land: Land

    @cached_property
    def zones(self) -> pd.DataFrame:
        """The rules over the land."""
        zones = layer(self.land.package, "belemmeringen").drop_duplicates("zone_id")
        return zones.assign(band=zones["band"].astype(object).where(zones["band"].notna(), None))

    def limits(self, activity: str, year: int) -> list[set[str]]:
        """What keeps each piece from being open in a year."""
        key = "limits", activity, year
        if key not in self.land.measured:
            self.land.measured[key] = self._limits(activity, year)
        sets: list[set[str]] = self.land.measured[key]
        return sets

    def _limits(self, activity: str, year: int) -> list[set[str]]:
        by_words = {row.omschrijving: row for row in self.zones.itertuples()}
        names = ["milieucategorie_plan", "belemmeringen"]
        said: dict[tuple[str, str], set[str]] = {}
        for plan, texts in self.land.pieces[names].fillna("").drop_duplicates().itertuples(index=False):
            over = [by_words[text] for text in texts.split("; ") if text]
            limits = limits_in(over, plan, activity, year)
            said[plan, texts] = {title for title, word in limits if word != "open"}
        return [said[pair] for pair in self.land.pieces[names].fillna("").itertuples(index=False, name=None)]

    def is_free(self, day: str, case: str, *, for_good: bool) -> Any:
        """Which pieces nobody has on a day, or from then on."""
        periods = layer(self.land.package, "bezit_in_de_tijd").query(f"geval == {case!r}")
        later = periods[periods["tot_en_met"].isna() | (periods["tot_en_met"] >= day)]
        meant = later if for_good else later[later["van"] <= day]
        free = (meant["bezit"] == "vrij").groupby(meant["bezitsvlak_id"]).all()
        return self.land.pieces["bezitsvlak_id"].map(free).to_numpy(dtype=bool)

    def is_open(self, activity: str, day: str, *, for_good: bool) -> Any:
        """Which pieces are open to an activity on a day, or from then on."""
        first = int(day[:4])
        turns = {*self.zones["geldig_vanaf"].dropna().astype(int), *(self.zones["geldig_tot"].dropna().astype(int) + 1)}
        years = [first, *(year for year in sorted(turns) if year > first and for_good)]
        return np.array([not any(sets) for sets in zip(*(self.limits(activity, year) for year in years), strict=True)])

    def patches(self, activity: str, members: Any) -> list[list[int]]:
        """The patches of some pieces that are usable for an activity."""
        return [patch for patch in self.land.patches(members) if self.land.verdict(patch, activity) == "bruikbaar"]


def by_cluster(context: RunContext) -> dict[str, InTime]:
    return {land.package.stem: InTime(land) for land in lands(context)}


def projects(context: RunContext) -> pd.DataFrame:
    return layer(context.store.outputs / "nederland.gpkg", "inpassing_projecten")


@written_for_the_example
@pytest.mark.parametrize("case", [EARLIEST, LATEST])
def test_no_project_stands_on_land_that_a_plan_then_takes(proefpolder: RunContext, case: str) -> None:
    """5.5 ha near OP-0313 in Oosterpark: 5.52 ha does until the end of 2028; plan P3, in force from 2029, leaves
    4.42 ha."""
    land, activity = by_cluster(proefpolder)["oosterpark"], "Algemene industrie"
    plot = shapes(land.land.package, "kavels", "kavel_id")["OP-0313"]
    area_ha = {}
    for day, for_good in (("2027-01-01", False), ("2029-01-01", True)):
        members = land.is_free(day, case, for_good=for_good) & land.is_open(activity, day, for_good=for_good)
        near = [p for p in land.patches(activity, members) if shapely.distance(land.land.whole(p), plot) <= 50]
        area_ha[day] = max(land.land.area_m2[patch].sum() / 1e4 for patch in near)
    assert area_ha == {"2027-01-01": pytest.approx(5.52, abs=0.01), "2029-01-01": pytest.approx(4.42, abs=0.01)}
    rows = projects(proefpolder).query(f"geval == {case!r}").set_index("project_id")
    assert rows.loc["P10", "reden"] == "geen plek bij het andere" and not rows.loc["P10", "geplaatst"]
    assert rows.loc["P11", "reden"] == "voldoet niet blijvend" and not rows.loc["P11", "geplaatst"]
    assert str(rows.loc["P11", "voldoet_tot"])[:10] == "2029-01-01"
    assert rows.loc["P11", "vervalt_door"] == "Richtafstand tot harde woningbouwplannen in gemengd gebied"


def test_a_placed_project_stands_on_land_that_serves_for_good_from_that_day(proefpolder: RunContext) -> None:
    """Its site has the first piece that its key names, is usable from then on, and is as large as it asks."""
    of_cluster, rows = by_cluster(proefpolder), projects(proefpolder)
    placed = rows[rows["geplaatst"].astype(bool)]
    cases = set(placed["geval"])
    assert is_enough(len(placed), 10) and cases <= {EARLIEST, LATEST} and is_enough(len(cases), 2)
    for row in placed.itertuples():
        land, is_left = of_cluster[row.cluster], row.locatie_id.startswith("left.")
        day = str(row.begindatum)[:10]
        members = land.is_open(row.activiteit, day, for_good=True)
        if is_left:
            leaver = row.locatie_id.split(".")[1]
            assert leaver == row.hangt_af_van and leaver in set(placed["project_id"])
        else:
            members &= land.is_free(day, row.geval, for_good=True)
        first = row.cluster + row.locatie_id.partition(f".{row.cluster}")[2]
        place = land.land.pieces["deelvlak_id"].tolist().index(first)
        (patch,) = [patch for patch in land.patches(row.activiteit, members) if place in patch]
        bridged = land.land.patches(members, crossings(land.land, members))
        (site,) = [site for site in bridged if place in site]
        assert set(patch) <= set(site)
        assert land.land.area_m2[site].sum() / 1e4 >= row.gevraagd_ha - 1e-3, row
        first_day, last_day = row.beginperiode.split("-")
        assert max("2026-10-01", f"{first_day}-01-01") <= day <= f"{last_day}-12-31" and row.begin == int(day[:4])


def crossings(land: Land, members: Any) -> list[tuple[int, int]]:
    """The pairs of members over which a bridge was published."""
    place = {name: number for number, name in enumerate(land.pieces["deelvlak_id"])}
    rows = layer(land.package, "overbruggingen")
    pairs = [(place[row.van_deelvlak], place[row.naar_deelvlak]) for row in rows.itertuples()]
    return [(left, right) for left, right in pairs if members[left] and members[right]]


def test_projects_that_leave_plots_hold_both_until_they_have_left(proefpolder: RunContext) -> None:
    """P2 takes 4 ha and leaves two plots: it holds the lesser of both for a year; free is what supply has."""
    package = proefpolder.store.outputs / "nederland.gpkg"
    rows = layer(package, "dubbel_ruimtebeslag_projecten")
    supply = layer(package, "aanbod").set_index(["cluster", "jaar"])
    placed = projects(proefpolder)
    plots = layer(proefpolder.store.outputs / "westhaven.gpkg", "kavels").set_index("kavel_id")["oppervlakte_ha"]
    left_ha = plots[["WH-0403", "WH-0404"]].sum()
    assert set(rows["cluster"]) == {"westhaven"} and len(rows) == 2 * len(supply.loc["westhaven"])
    for row in rows.itertuples():
        (mover,) = placed[(placed["project_id"] == "P2") & (placed["geval"] == row.geval)].itertuples()
        begin = pd.Timestamp(mover.begindatum)
        day = max(pd.Timestamp("2026-10-01"), pd.Timestamp(f"{row.jaar}-01-01"))
        is_now = begin <= day < begin + pd.DateOffset(years=1)
        assert row.dubbel_in_bezit_ha == pytest.approx(min(mover.gevraagd_ha, left_ha) if is_now else 0.0, abs=1e-3)
        assert row.aantal == is_now and bool(row.piek) == is_now
        free_ha = supply.loc[("westhaven", row.jaar), f"vrij_{row.geval}_ha"]
        assert row.intussen_vrij_ha == pytest.approx(free_ha, abs=1e-3)
        assert row.tekort_ha == pytest.approx(max(0.0, row.dubbel_in_bezit_ha - row.intussen_vrij_ha), abs=1e-3)
    assert not set(rows["cluster"]) & set(SUMS) and set(placed["activiteit"]) <= set(activities())
