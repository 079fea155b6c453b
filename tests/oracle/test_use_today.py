"""What of usable land is in use and built on today: from published pieces, and the raw file of buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyogrio
import pytest
import shapely
from oracle.land import lands
from oracle.published import activities, card, drawn, layer, rules

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

USED = ("in gebruik gegeven", "tijdelijk in gebruik", "uitgegeven, onbenut")
NO_BUILDINGS = ("Pand gesloopt", "Niet gerealiseerd pand", "Pand ten onrechte opgevoerd")


@pytest.mark.parametrize("project", ["proefpolder", "westpoort"])
def test_usable_land_in_use_and_built_on_today(project: str, request: pytest.FixtureRequest) -> None:
    """Of every activity, year and case; of each piece; and of each cluster for the lead activity."""
    context: RunContext = request.getfixturevalue(project)
    file = context.data / card(context.project.folder, "buildings")["path"]
    buildings = pyogrio.read_dataframe(file, columns=["status"], force_2d=True)
    standing = shapely.make_valid(buildings.geometry[~buildings["status"].isin(NO_BUILDINGS)].to_numpy())
    least_share = rules("resolve")["built"]["share_that_makes_unknown"]
    for land in lands(context):
        keys, outlines = drawn(land.package, "bezitsvlakken", "bezitsvlak_id")
        near = shapely.union_all(standing[shapely.intersects(standing, shapely.union_all(shapely.envelope(outlines)))])
        share = shapely.area(shapely.intersection(outlines, near)) / shapely.area(outlines)
        assert not (np.abs(share - least_share) < 1e-6).any()
        is_built = np.isin(land.pieces["bezitsvlak_id"], np.array(keys)[share > least_share])
        assert (land.pieces["nu_bebouwd"].to_numpy(dtype=bool) == is_built).all()
        area_ha = land.area_m2 / 1e4
        is_used = np.isin(land.holder(2026, "vroegst"), USED)
        balance = layer(land.package, "balans").set_index(["activiteit", "jaar", "geval", "maat", "post"])
        sums = balance["oppervlakte_ha"].to_dict()
        assert any(name[3] == "bruikbaar, nu bebouwd of niet" for name in sums)
        for activity in activities():
            for year in land.years:
                for case in ("vroegst", "laatst"):
                    usable = land.is_usable(activity, year, case)
                    wanted = {
                        ("bruikbaar, nu in gebruik of niet", "in gebruik"): area_ha[usable & is_used].sum(),
                        ("bruikbaar, nu bebouwd of niet", "bebouwd"): area_ha[usable & is_built].sum(),
                        ("bruikbaar, nu bebouwd of niet", "onbebouwd"): area_ha[usable & ~is_built].sum(),
                    }
                    for (measure, heading), ha in wanted.items():
                        ours = sums.get((activity, year, case, measure, heading), 0.0)
                        assert ours == pytest.approx(ha, abs=0.01), (activity, year, case, heading)
        lead = next(iter(activities()))
        cluster = layer(land.package, "clusters").iloc[0]
        for year in land.years:
            usable = land.is_usable(lead, year, "vroegst")
            assert cluster[f"bruikbaar_nu_bebouwd_{year}_ha"] == pytest.approx(
                area_ha[usable & is_built].sum(), abs=0.01
            )
            assert cluster[f"bruikbaar_nu_in_gebruik_{year}_ha"] == pytest.approx(
                area_ha[usable & is_used].sum(), abs=0.01
            )
