"""Files whose rows all stand in drawn.toml, and those of the outlines of sites and of pipelines."""

import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from tools.proefpolder.files import pack, write_csv, write_gml, write_vector
from tools.proefpolder.places import PLACES, RD, outline, turned

SITES = {place.name: place for place in PLACES}
SHAPES = {
    "box": lambda bounds: shapely.box(*bounds),
    "line": shapely.LineString,
    "polygon": shapely.Polygon,
    "point": shapely.Point,
    "site": lambda name: outline(SITES[name]),
}
ON_SHAPES = ("turned", "buffer_m", "quad_segs", "strip_m", "beyond_m")  # keys that say what is done with a shape


def write_drawn(folder: Path) -> None:
    """Write each file of drawn.toml by its ending; shapes in RD New."""
    for name, table in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items():
        rows = table["rows"]
        if name.endswith(".csv"):
            write_csv(folder / name, ";".join(rows[0]), [list(row.values()) for row in rows])
            continue
        columns = [{key: value for key, value in row.items() if key not in (*SHAPES, *ON_SHAPES)} for row in rows]
        write_vector(folder / name, columns, [_shape(row) for row in rows], layer=table.get("layer"))


def _shape(row: dict[str, Any]) -> Any:
    """The shape of a row, in RD New."""
    (shape,) = (draw(row[kind]) for kind, draw in SHAPES.items() if kind in row)
    if "turned" in row:
        shape = turned(shape, SITES[row["turned"]])
    if "buffer_m" in row:
        return shape.buffer(row["buffer_m"], quad_segs=row.get("quad_segs", 16))
    if "strip_m" not in row:
        return shape
    strip = shape.buffer(row["strip_m"], cap_style="flat")
    return strip.difference(shape.buffer(row["beyond_m"], cap_style="flat")) if "beyond_m" in row else strip


def write_boundaries(folder: Path) -> None:
    """clustergrenzen.geojson: the edge of each site, firm in Westhaven and indicative elsewhere."""
    bounds = [
        {
            "site": place.name,
            "cluster": place.cluster,
            "geometry": outline(place),
            "id": f"G{number}",
            "status": "vastgesteld" if place.cluster == "westhaven" else "indicatief",
            "versie": "2026-1",
        }
        for number, place in enumerate(PLACES, start=1)
    ]
    write_vector(folder / "clustergrenzen.geojson", bounds)


def write_attention_area(folder: Path) -> None:
    """aandachtsgebieden.gdb.zip: the ring around Oosterpark in which its noise may be too loud."""
    site = outline(SITES["Oosterpark"])
    ring = shapely.MultiPolygon([site.buffer(700).difference(site)])
    gdb = folder / "aandachtsgebieden.gdb"
    gpd.GeoDataFrame({"gebied": ["A1"], "terrein": ["Oosterpark"]}, geometry=[ring], crs=RD).to_file(
        gdb, layer="geluidaandachtsgebied", driver="OpenFileGDB"
    )
    pack(gdb, folder / "aandachtsgebieden.gdb.zip")


def write_pipelines(folder: Path) -> None:
    """leidingen.gml: natural gas and hydrogen."""
    write_gml(
        folder / "leidingen.gml",
        {
            "B1": ("aardgas", [(149_000, 505_000), (148_500, 507_200), (147_000, 509_500)]),
            "B2": ("waterstof", [(155_500, 505_500), (158_500, 505_000)]),
        },
    )
