"""What repair did to the shapes of the plots, from the corners in the source file: no code of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
import shapely
from oracle.published import is_enough, layer, shapes

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

HA = 10_000.0


@pytest.fixture(scope="module")
def drawn(proefpolder: RunContext) -> pd.DataFrame:
    """The plots as they were drawn, by row of the file, with what the register says."""
    source = proefpolder.data / "data" / "kavels.gpkg"
    plots = layer(source, "kavels")
    by_key = shapes(source, "kavels", "KAVELNR")
    plots = plots.assign(shape=plots["KAVELNR"].map(by_key), row=range(1, len(plots) + 1))
    return plots[~shapely.is_valid(plots["shape"].to_numpy())].set_index("row")


def test_a_plot_drawn_wrong_is_on_the_map_with_what_it_lost(proefpolder: RunContext, drawn: pd.DataFrame) -> None:
    """Four corners that the outline passes in the wrong order: it spans their hull, and encloses what its edges cut off
    of it."""
    package = proefpolder.store.outputs / "nederland.gpkg"
    reported = layer(package, "hersteld_en_geweigerd")
    places = reported["fid"].map(shapes(package, "hersteld_en_geweigerd", "fid"))
    plots = reported.assign(shape=places).query("bron == 'parcels'").set_index(["rij", "deel"])
    assert set(plots.index) == {(row, part) for row in drawn.index for part in ("hersteld", "verloren")}
    for row, plot in drawn.iterrows():
        corners = shapely.multipoints(shapely.get_coordinates(plot["shape"]))
        edges = shapely.unary_union(shapely.get_exterior_ring(shapely.get_parts(plot["shape"])))
        faces = shapely.union_all(shapely.get_parts(shapely.polygonize([edges])))
        outline = shapely.convex_hull(corners)
        stands, lost = plots.loc[(row, "hersteld")], plots.loc[(row, "verloren")]
        assert stands["oppervlakte_voor_ha"] * HA == pytest.approx(outline.area, abs=1)
        assert stands["oppervlakte_na_ha"] * HA == pytest.approx(faces.area, abs=1)
        assert stands["oppervlakte_register_ha"] * HA == pytest.approx(float(plot["OPP_M2"]), abs=0.5)
        assert stands["oppervlakte_verloren_ha"] * HA == pytest.approx(outline.area - faces.area, abs=1)
        assert shapely.area(stands["shape"].symmetric_difference(faces)) < 1
        assert shapely.area(lost["shape"].symmetric_difference(outline.difference(faces))) < 1


def test_every_row_that_is_listed_has_the_same_area_on_the_map(proefpolder: RunContext) -> None:
    package = proefpolder.store.outputs / "nederland.gpkg"
    listed = layer(package, "afwijkingen").query("soort in ('hersteld', 'geweigerd')")
    on_map = layer(package, "hersteld_en_geweigerd").query("deel != 'verloren' and afloop != 'dubbel'")
    place = on_map["bestand"] + ", rij " + on_map["rij"].astype(str) + ", veld " + on_map["veld"]
    listed_ha = listed.set_index("plaats")["oppervlakte_ha"].dropna().to_dict()
    assert on_map.set_index(place)["oppervlakte_voor_ha"].to_dict() == pytest.approx(listed_ha) and is_enough(
        len(listed_ha), 3
    )
    of_plot = listed[listed["onderwerp"] == "parcels"]["oppervlakte_ha"]
    assert (of_plot >= 0.05).all()  # "hersteld, 0,0 ha" of a plot of 0.76 ha
