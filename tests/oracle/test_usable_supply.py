"""Usable supply in years between the asked ones: who has the land on that day, and the rules of that year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from oracle.land import Land, lands
from oracle.published import EARLIEST, LATEST, layer
from oracle.room import rooms

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

LEAD = "Algemene industrie"
YEARS = (2033, 2041, 2060)


def free_on(land: Land, day: str, case: str) -> Any:
    """Which pieces nobody has on a day, by the periods of their holdings."""
    periods = layer(land.package, "bezit_in_de_tijd").query(f"geval == {case!r} and bezit == 'vrij'")
    begins, ends = periods["van"].astype(str), periods["tot_en_met"].fillna("9999-12-31").astype(str)
    free = periods.loc[(begins <= day) & (ends >= day), "bezitsvlak_id"]
    return land.pieces["bezitsvlak_id"].isin(free).to_numpy()


@pytest.mark.parametrize("project", ["proefpolder", "westpoort"])
def test_usable_supply_is_what_is_free_open_and_large_enough(project: str, request: pytest.FixtureRequest) -> None:
    """In either case, and in the asked years as the verdicts say."""
    context: RunContext = request.getfixturevalue(project)
    for land in lands(context):
        supply = layer(land.package, "aanbod").set_index("jaar")
        key = ["combinatie_id", "milieucategorie_plan"]
        room = rooms(land.package, years=YEARS, named=[LEAD])
        for year in YEARS:
            now = land.pieces[key].merge(room[room["jaar"] == year], on=key, how="left")
            is_open = (now["room"] == "open").to_numpy()
            for case in (EARLIEST, LATEST):
                is_free = free_on(land, f"{year}-01-01", case)
                patches = [
                    patch for patch in land.patches(is_free & is_open) if land.verdict(patch, LEAD) == "bruikbaar"
                ]
                usable_ha = sum(land.area_m2[patch].sum() for patch in patches) / 1e4
                shown = supply.loc[year, f"bruikbaar_{case}_ha"]
                assert shown == pytest.approx(usable_ha, abs=0.01), (land.package.stem, year, case)
                assert shown <= supply.loc[year, f"vrij_{case}_ha"] + 1e-3
        balance = layer(land.package, "balans")
        verdicts = balance.query(f"maat == 'oordeel' and post == 'bruikbaar' and activiteit == {LEAD!r}")
        for row in verdicts.itertuples():
            assert supply.loc[row.jaar, f"bruikbaar_{row.geval}_ha"] == pytest.approx(row.oppervlakte_ha, abs=2e-4)
        later = balance.query("maat == 'bruikbaar aanbod'").set_index(["jaar", "geval"])["oppervlakte_ha"]
        table = supply[["bruikbaar_vroegst_ha", "bruikbaar_laatst_ha"]].set_axis([EARLIEST, LATEST], axis=1).stack()
        assert later.sort_index().to_numpy() == pytest.approx(table.sort_index().to_numpy(), abs=1e-4)
        assert len(later) == 2 * len(supply)
