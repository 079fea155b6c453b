"""File formats that a source may come in: all that is known of a format stands in its one `FileFormat`."""

import re
from dataclasses import dataclass
from typing import Literal

# First bytes, since an ending proves nothing: a page of an error may have been saved as .gpkg.
SQLITE, ZIP, GZIP = b"SQLite format 3\x00", b"PK\x03\x04", b"\x1f\x8b"
# What files are packed in, one or several in a zip and one in a gz.
ZIP_ENDINGS, GZIP_ENDING = (".zip", ".kmz"), ".gz"
PACKED_ENDINGS = (*ZIP_ENDINGS, GZIP_ENDING)


@dataclass(frozen=True)
class FileFormat:
    """A format: its name in cards, file endings, first bytes (none: not checked), GDAL drivers, and which
    reader takes it.

    member_endings: endings inside a zip, where they differ. is_text: a byte order mark and blanks may stand before the
    first bytes. forbidden: what in it makes its reader open another file or address. companions: endings of files that
    belong to one of this format and count in its checksum. is_folder: a folder with this ending, also inside a zip.
    """

    name: str
    endings: tuple[str, ...]
    reader: Literal["vector", "geoparquet", "csv", "xlsx", "grid"]
    magic: tuple[bytes, ...] = ()
    drivers: tuple[str, ...] = ()
    member_endings: tuple[str, ...] = ()
    is_text: bool = False
    forbidden: re.Pattern[bytes] | None = None
    companions: tuple[str, ...] = ()
    is_folder: bool = False

    def in_zip(self) -> tuple[str, ...]:
        """The endings that a member of a zip may have."""
        return self.member_endings or self.endings


MARKUP = re.compile(
    rb"<!DOCTYPE|<!ENTITY|<OGRVRTDataSource|<VRTDataset|<GDALWMS|<(?:\w+:)?NetworkLink\b", re.IGNORECASE
)
# A table of MapInfo may be a query over other tables, a set of them, or lie in a database.
OTHER_TABLES = re.compile(
    rb"^\s*(?:open\s+table|create\s+view)\b|\\IsSeamless|^\s*type\s+(?!native\b)\w+", re.IGNORECASE | re.MULTILINE
)
# Programs differ in the capitals with which such a file begins.
TABLE_OF_MAPINFO, VERSION_OF_MAPINFO = (b"!table", b"!Table", b"!TABLE"), (b"Version", b"VERSION", b"version")
# Little and big endian, each as plain TIFF and as BigTIFF.
GEOTIFF_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")
# Where a grid lies, what its numbers mean and which cells count may stand in files of their own.
GRID_PARTS = (".aux.xml", ".ovr", ".msk", ".prj", ".tfw", ".tifw", ".wld", ".tab")
INPUT_FORMATS = {
    known.name: known
    for known in (
        FileFormat("gpkg", (".gpkg",), "vector", (SQLITE,), ("GPKG",)),
        FileFormat(
            "shapefile", (".shp",), "vector", (b"\x00\x00\x27\x0a",), ("ESRI Shapefile",), companions=SHAPEFILE_PARTS
        ),
        FileFormat(
            "geojson",
            (".geojson", ".json"),
            "vector",
            (b"{",),
            ("GeoJSON", "ESRIJSON", "JSONFG", "TopoJSON"),
            is_text=True,
        ),
        FileFormat("topojson", (".topojson",), "vector", (b"{",), ("TopoJSON",), is_text=True),
        FileFormat(
            "geojsonseq",
            (".geojsonl", ".geojsons", ".ndjson"),
            "vector",
            (b"{", b"\x1e"),
            ("GeoJSONSeq",),
            is_text=True,
        ),
        FileFormat("flatgeobuf", (".fgb",), "vector", (b"fgb",), ("FlatGeobuf",)),
        FileFormat("filegdb", (".gdb",), "vector", (), ("OpenFileGDB",), is_folder=True),
        FileFormat("gml", (".gml",), "vector", (b"<",), ("GML",), (".gml", ".xml"), is_text=True, forbidden=MARKUP),
        FileFormat("lvbag", (), "vector", (b"<",), ("LVBAG",), (".xml",), is_text=True, forbidden=MARKUP),
        FileFormat("kml", (".kml",), "vector", (b"<",), ("LIBKML", "KML"), is_text=True, forbidden=MARKUP),
        FileFormat("sqlite", (".sqlite", ".sqlite3", ".db"), "vector", (SQLITE,), ("SQLite",)),
        FileFormat(
            "tab",
            (".tab",),
            "vector",
            TABLE_OF_MAPINFO,
            ("MapInfo File",),
            is_text=True,
            forbidden=OTHER_TABLES,
            companions=(".dat", ".map", ".id", ".ind"),
        ),
        FileFormat(
            "mif", (".mif",), "vector", VERSION_OF_MAPINFO, ("MapInfo File",), is_text=True, companions=(".mid",)
        ),
        FileFormat("dxf", (".dxf",), "vector", (b"0", b"999"), ("DXF",), is_text=True),
        FileFormat("geoparquet", (".parquet",), "geoparquet", (b"PAR1",)),
        FileFormat("csv", (".csv", ".txt"), "csv", forbidden=MARKUP),
        FileFormat("xlsx", (".xlsx",), "xlsx", (ZIP,)),
        FileFormat("geotiff", (".tif", ".tiff"), "grid", GEOTIFF_MAGIC, ("GTiff",), companions=GRID_PARTS),
        FileFormat(
            "asc", (".asc",), "grid", (b"ncols", b"NCOLS", b"NCols"), ("AAIGrid",), is_text=True, companions=GRID_PARTS
        ),
    )
}


def without_packing(path: str) -> str:
    """A path without the ending of a zip or gz behind that of its format; a .kmz is a KML that is packed."""
    for ending in PACKED_ENDINGS:
        if path.lower().endswith(ending):
            plain = path[: -len(ending)]
            return f"{plain}.kml" if ending == ".kmz" else plain
    return path


def format_of_path(path: str) -> str:
    """The name of the format that the ending of a path stands for, also inside a zip or gz; empty when it stands for
    none."""
    plain = without_packing(path).lower()
    return next((known.name for known in INPUT_FORMATS.values() if plain.endswith(known.endings)), "")
