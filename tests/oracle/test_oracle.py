"""Oracle: the same questions answered by QGIS or by hand, never by our own code."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyproj
import pytest
import shapely
from oracle.published import layer
from paper_port import states_of
from squared_paper import day, lease, parcels, square, table

from pipeline.project.load import Project
from pipeline.runner.stage import RunContext
from pipeline.spatial.geometry import to_rd
from pipeline.stages.resolve import ResolveParams, resolve

ANSWERS = pd.read_csv(Path(__file__).with_name("westpoort.csv"))


def answer(question: str) -> float:
    return float(ANSWERS.loc[ANSWERS["question"] == question, "value"].iloc[0])


@pytest.mark.parametrize(
    ("constraint", "question"), [("location_risk", "location_risk_m2"), ("noise_zone", "noise_zone_m2")]
)
def test_zones_on_the_sites_agree_with_qgis(westpoort: RunContext, constraint: str, question: str) -> None:
    zones = westpoort.store.load("constrain", "westpoort", "zones")
    sites = westpoort.store.load("harmonise", "cluster_boundaries", "cluster_boundaries").geometry.union_all()
    ours = shapely.intersection(zones[zones["constraint"] == constraint].geometry.union_all(), sites).area
    assert ours == pytest.approx(answer(question), rel=1e-6)


def test_the_gross_area_agrees_with_qgis(westpoort: RunContext) -> None:
    falls = westpoort.store.load("balance", "westpoort", "waterfall")
    assert falls.loc[falls["heading"] == "gross", "area_m2"].iloc[0] == pytest.approx(answer("gross_m2"), rel=1e-6)


@pytest.mark.parametrize("question", ["distance_sensitive_m", "distance_nature_m"])
def test_distances_agree_with_qgis(westpoort: RunContext, question: str) -> None:
    """To 1e-6, or to the millimetre of the grid that shapes are brought to."""
    facts = westpoort.store.load("measure", "westpoort", "parcel_facts").set_index("parcel_id")[question]
    for row in ANSWERS[ANSWERS["question"] == question].itertuples():
        assert facts[row.subject] == pytest.approx(row.value, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("code", [4258, 4326])
def test_degrees_come_as_near_to_rd_as_is_stated(code: int) -> None:
    """At points of the NSGI for checking RDNAPTRANS(TM)2018. Without its grid, which PROJ does not bring along, up to
    0.13 m off: within what PROJ states; with the grid within a millimetre."""
    points = pd.read_csv(Path(__file__).with_name("rdnaptrans.csv"))
    moved, operation = to_rd(shapely.points(points["longitude"], points["latitude"]), pyproj.CRS(code))
    off_m = shapely.distance(moved, shapely.points(points["x_m"], points["y_m"]))
    assert operation.accuracy_m is not None
    assert off_m.max() <= (operation.accuracy_m or 0.001) and off_m.max() < 0.15


def test_the_published_accuracy_is_no_better_than_the_points_show(proefpolder: RunContext) -> None:
    """In the table of sources, for each file in degrees."""
    points = pd.read_csv(Path(__file__).with_name("rdnaptrans.csv"))
    moved, operation = to_rd(shapely.points(points["longitude"], points["latitude"]), pyproj.CRS(4258))
    off_m = shapely.distance(moved, shapely.points(points["x_m"], points["y_m"]))
    sources = layer(proefpolder.store.outputs / "nederland.gpkg", "bronnen").query("crs == 'EPSG:4258'")
    assert len(sources) >= 5 and (sources["nauwkeurigheid_m"] >= off_m.max()).all()
    assert (sources["omrekening"] == operation.name).all()


def test_a_small_port_by_hand(rules: Project) -> None:
    """Ten plots of 1 ha. On 1 October 2026, earliest: four leased, one of them over -> unknown; two under option or
    reserved; one free; one on offer but built -> unknown; one public; one in no register -> unknown.

    leased 3 (a b c), unknown 3 (d h j), optioned 1 (e), reserved 1 (f), free 1 (g), public 1 (i); sum 10 ha.
    On 1 January 2030: a (ends mid-2028, a year to hand over: July 2029) and e (lapsed) are free beside g: free 3 ha.
    """
    names = "abcdefghij"
    land = parcels(**{name: square(2 * n, 0) for n, name in enumerate(names)})
    status = {**dict.fromkeys("abcd", "issued"), **dict.fromkeys("efgh", "available"), "i": "public_space"}
    leases = [
        lease("1", "a", ends_on="2028-06-30"),
        lease("2", "b", is_perpetual=True),
        lease("3", "c", ends_on="2055-01-01"),
        lease("4", "d", ends_on="2024-01-01"),
        lease("5", "e", "option", ends_on="2028-01-01"),
        lease("6", "f", "reservation"),
    ]
    tables = {
        "cluster_boundaries": table(
            "cluster_boundaries",
            [{"boundary_id": "1", "cluster_id": "port", "site_name": "s", "geometry": square(0, 0, 20, 1)}],
            status="indicative",
            version="1",
        ),
        "parcels": land,
        "issue_register": table(
            "issue_register", [{"parcel_id": name, "issue_status": word} for name, word in status.items()]
        ),
        "ground_leases": table("ground_leases", leases),
        "buildings": table(
            "buildings", [{"building_id": "x", "building_status": "in_use", "geometry": square(14.2, 0.2, 0.5, 0.5)}]
        ),
        **{name: table(name, []) for name in ("lease_polygons", "overrides", "refused", "ibis_register", "land_use")},
    }
    done = resolve(
        tables,
        "port",
        rules.resolve,
        ResolveParams(day("2026-10-01")),
    )
    early = states_of(done)[states_of(done)["case"] == "earliest"].merge(
        done["holdings"][["holding_id", "area_m2"]], on="holding_id"
    )
    hectares = (early.groupby(["year", "tenure_status"])["area_m2"].sum() / 10_000).round(6)
    assert hectares[2026].to_dict() == {
        "leased": 3,
        "unknown": 3,
        "optioned": 1,
        "reserved": 1,
        "free": 1,
        "public_space": 1,
    }
    assert hectares[2030].to_dict() == {"leased": 2, "unknown": 3, "reserved": 1, "free": 3, "public_space": 1}
