"""Report: what it carries comes back as it was, text of the data is only text, and nothing is asked of any network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import square

from layers.layer import RD_NEW
from pipeline.stages.publish.report.report import WEB, _json, _policy, _registers, _script
from pipeline.stages.publish.report.web_map import FIRST_SIGN, MILLIONTHS, _rings, _signs


def unfold(polygons: list[list[list[int]]]) -> Any:
    """The shape that a page makes of it, in degrees."""
    shapes = []
    for rings in polygons:
        points = [np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / MILLIONTHS for ring in rings]
        shapes.append(shapely.Polygon(points[0], points[1:]))
    return shapely.MultiPolygon(shapes)


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(square(0, 0), id="a square"),
        pytest.param(square(0, 0, 4, 4).difference(square(1, 1)), id="with a hole"),
        pytest.param(shapely.union_all([square(0, 0), square(3, 3, 2, 1)]), id="of two parts"),
    ],
)
def test_a_shape_comes_back_as_it_was(shape: Any) -> None:
    content = gpd.GeoDataFrame(geometry=[square(9, 9), shape], crs=RD_NEW)
    back = gpd.GeoSeries([unfold(polygons) for polygons in _rings(content)], crs=4326).to_crs(RD_NEW)
    assert back.iloc[1].symmetric_difference(shape).area == pytest.approx(0, abs=0.2 * shape.length)
    assert shapely.get_num_geometries(back.iloc[1]) == len(shapely.get_parts(shape))


def test_no_rows_carry_nothing() -> None:
    assert _rings(gpd.GeoDataFrame(geometry=[], crs=RD_NEW)) == []


def test_answers_stand_one_sign_each_in_order() -> None:
    answers = gpd.GeoDataFrame({"a": ["vrij", "onbekend"], "b": ["onbekend", "vrij"]})
    signs = _signs([answers["a"], answers["b"]], ("free", "leased", "unknown"))
    assert signs == [chr(FIRST_SIGN) + chr(FIRST_SIGN + 2), chr(FIRST_SIGN + 2) + chr(FIRST_SIGN)]


@given(st.text())
def test_no_text_of_the_data_ends_the_script_that_carries_it(text: str) -> None:
    carried = _json({"told": [text, f"</script><script>{text}"]})
    assert "<" not in carried and json.loads(carried) == {"told": [text, f"</script><script>{text}"]}


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        _json({"ha": float("nan")})


def test_the_library_is_the_pinned_one() -> None:
    pinned = tomllib.loads((WEB / "pinned.toml").read_text(encoding="utf-8"))
    for name, wanted in pinned["files"].items():
        digest = hashlib.sha256((WEB / "maplibre" / name).read_bytes()).digest()
        assert f"sha256-{base64.b64encode(digest).decode()}" == wanted
    assert (WEB / "maplibre" / "LICENSE.txt").read_text(encoding="utf-8").startswith("Copyright")


@pytest.mark.parametrize("name", ["maplibre/maplibre-gl.js", "map.js"])
def test_a_script_can_stand_in_a_page(name: str) -> None:
    assert "</script" not in _script(name).casefold() and "sourceMappingURL" not in _script(name)


def test_only_the_scripts_of_the_page_may_run() -> None:
    policy = _policy(["a()"], ["b {}"])
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy and "unsafe" not in policy
    assert base64.b64encode(hashlib.sha256(b"a()").digest()).decode() in policy


def page_of(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_report_of_the_example_asks_nothing_of_anyone(proefpolder: Any) -> None:
    page = page_of(proefpolder.store.outputs)
    markup = re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.S)
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", markup)
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.S)
    styles = re.findall(r"<style>(.*?)</style>", page, flags=re.S)
    allowed = set(re.findall(r"sha256-[\w+/=]+", page.split("</title>")[0]))
    addresses = {
        f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}" for text in (*scripts, *styles)
    }
    assert len(scripts) == 2 and addresses == allowed


def test_the_report_tells_the_hectares_of_the_figures(proefpolder: Any) -> None:
    page = page_of(proefpolder.store.outputs)
    (carried,) = re.findall(r'<script type="application/json" id="map-data">(.*?)</script>', page, flags=re.S)
    data = json.loads(carried)
    usable = chr(FIRST_SIGN)
    figures = pd.read_csv(proefpolder.store.outputs / "figures.csv")
    verdict_rows = figures[
        (figures["cluster"] == "nederland")
        & (figures["measure"] == "verdict")
        & (figures["heading"] == "usable")
        & (figures["case"] == "earliest")
    ]
    usable_m2 = verdict_rows.set_index(["profile", "year"])["area_m2"].to_dict()
    years, lead = data["years"], proefpolder.project.publish.lead_profile
    for position, year in enumerate(years):
        answer = data["lead"] * len(years) + position
        ha = sum(
            ha
            for ha, verdict in zip(data["pieces"]["ha"], data["pieces"]["verdict"], strict=True)
            if verdict[answer] == usable
        )
        assert ha * 10_000 == pytest.approx(usable_m2[(lead, year)], abs=10 * len(data["pieces"]["ha"]))
    assert len(data["plots"]["id"]) == len(data["plots"]["rings"]) == len(data["plots"]["told"])


def test_a_page_for_the_whole_and_for_each_cluster(proefpolder: Any) -> None:
    page, project = page_of(proefpolder.store.outputs), proefpolder.project
    # Beside them those of each kind of cluster, and the sources.
    assert len(re.findall(r'<section class="page', page)) == len(project.clusters) + len(project.cluster_groups) + 2
    assert page.count("data:image/png;base64,") >= len(proefpolder.project.clusters)


def test_the_report_says_how_many_rows_find_nothing_and_on_how_much_land() -> None:
    reasons = ["onbekende kavel", "contract zonder plek", "eindigt voor begin", "van wie, is niet zeker", "randstrook"]
    rows = pd.DataFrame({"reason": reasons, "area_m2": [float("nan"), float("nan"), float("nan"), 2.5, 1.0]})
    assert _registers(rows, rows.iloc[3:]) == [
        "In de registers:",
        "2 regels vinden geen kavel of terrein op de kaart.",
        "1 contract spreekt zichzelf tegen.",
        "Hier telt 2,5 ha op 1 kavel nu als niet bekend om wat registers ervan zeggen.",
    ]
    assert _registers(rows, rows.iloc[4:])[-1] == "1 contract spreekt zichzelf tegen."
    assert _registers(rows.iloc[4:], rows.iloc[4:]) == []
