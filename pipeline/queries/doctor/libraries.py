"""The libraries that do the work: whether they load here, which version they are, and whether they do a small job."""

from collections.abc import Iterator
from importlib import import_module

from pipeline.project.file_formats import INPUT_FORMATS
from pipeline.queries.doctor.diagnosis import Diagnosis

INSTALL_ANEW = "install the tool anew, in an environment of its own (pipx install --force, or uv tool install --force)"
WRITTEN_DRIVERS = ("GPKG", "FlatGeobuf", "OpenFileGDB", "GeoJSON")
# The tower in Amersfoort, in ETRS89 (degrees) and in RD New (m).
TOWER, TOWER_RD, TOWER_NEAR_M = (5.387203657, 52.155172897), (155_000.0, 463_000.0), 1.0
RD_GRID = "nl_nsgi_rdtrans2018.tif"


def tables() -> Iterator[Diagnosis]:
    """The libraries of tables."""
    names = ("numpy", "pandas", "pyarrow.parquet", "scipy.spatial", "openpyxl", "matplotlib")
    modules = [(name.split(".")[0], import_module(name)) for name in names]
    yield Diagnosis("tables", ", ".join(f"{name} {import_module(name).__version__}" for name, _ in modules))


def gdal() -> Iterator[Diagnosis]:
    """GDAL as pyogrio has it (vectors) and as rasterio has it (grids), with the formats that are read and written."""
    import pyogrio
    import rasterio
    from rasterio.drivers import raster_driver_extensions

    vectors, grids = pyogrio.list_drivers(), set(raster_driver_extensions().values())
    read = {known.name: known.drivers for known in INPUT_FORMATS.values() if known.drivers}
    missing = [name for name, drivers in read.items() if not any(key in vectors or key in grids for key in drivers)]
    missing += [f"{name} (to write)" for name in WRITTEN_DRIVERS if "w" not in str(vectors.get(name))]
    versions = f"{pyogrio.__gdal_version_string__} for vectors, {rasterio.__gdal_version__} for grids"
    if missing:
        yield Diagnosis("GDAL", f"{versions}; without {', '.join(missing)}", "amiss", INSTALL_ANEW)
    else:
        yield Diagnosis("GDAL", f"{versions}, with all {len(read)} formats")


def geos() -> Iterator[Diagnosis]:
    """GEOS, by a shape that it mends."""
    import shapely

    area_m2 = shapely.make_valid(shapely.from_wkt("POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))")).area
    version = ".".join(map(str, shapely.geos_version))
    is_right = abs(area_m2 - 50.0) < 1e-9
    yield Diagnosis("GEOS", version) if is_right else Diagnosis("GEOS", f"{version} mends wrong", "amiss", INSTALL_ANEW)


def proj() -> Iterator[Diagnosis]:
    """PROJ, by a place that everybody knows, and its grid for RD New."""
    import pyproj
    from pyogrio import raw
    from rasterio.crs import CRS

    from pipeline.spatial.coordinate_systems import RD_CODE, path_to_rd

    etrs89 = path_to_rd(pyproj.CRS(4258))
    x, y = etrs89.transformer.transform(*TOWER) if etrs89.transformer is not None else (0.0, 0.0)
    folder = pyproj.datadir.get_data_dir()
    if max(abs(x - TOWER_RD[0]), abs(y - TOWER_RD[1])) > TOWER_NEAR_M:
        yield Diagnosis(
            "PROJ", f"{pyproj.proj_version_str} brings Amersfoort to {x:.0f} {y:.0f}", "amiss", INSTALL_ANEW
        )
        return
    # Each library brings PROJ along; one that is led to the tables of another program knows no codes.
    place = '{"type":"Point","coordinates":[155000,463000]}'
    crs = f'"crs":{{"type":"name","properties":{{"name":"urn:ogc:def:crs:EPSG::{RD_CODE}"}}}}'
    text = (
        f'{{"type":"FeatureCollection",{crs},"features":[{{"type":"Feature","properties":{{}},"geometry":{place}}}]}}'
    )
    vectors, grids = raw.read(text.encode())[0]["crs"], CRS.from_epsg(RD_CODE).to_string()
    if {vectors, grids} != {f"EPSG:{RD_CODE}"}:
        yield Diagnosis("PROJ", f"of GDAL reads EPSG:{RD_CODE} as {vectors} and {grids}", "amiss", INSTALL_ANEW)
        return
    yield Diagnosis("PROJ", f"{pyproj.proj_version_str}, tables in {folder}")
    accuracy_m = etrs89.operation.accuracy_m
    if accuracy_m is not None and accuracy_m < 0.01:
        yield Diagnosis("PROJ grid", f"{RD_GRID} is there: ETRS89 and WGS84 to RD New within a centimetre")
    else:
        yield Diagnosis(
            "PROJ grid",
            f"without {RD_GRID}: ETRS89 and WGS84 to RD New within {accuracy_m or 1:g} m; RD New stays as it is",
            "note",
            f"for the exact way put it in {pyproj.datadir.get_user_data_dir()}: pyproj sync --file {RD_GRID[:-4]}",
        )


def kernels() -> Iterator[Diagnosis]:
    """numba, by a function that it compiles, and the folder of compiled kernels."""
    import numba

    from pipeline.kernels import numba_cache

    if numba.njit(lambda number: number + 1)(1) != 2:
        yield Diagnosis("numba", f"{numba.__version__} compiles wrong", "amiss", INSTALL_ANEW)
        return
    yield Diagnosis("numba", numba.__version__)
    folder = numba_cache.folder()
    if folder is None:
        yield Diagnosis(
            "compiled kernels",
            "no folder for them may be written: each run compiles for half a minute",
            "note",
            f"name a folder that only you can write in the variable {numba_cache.OTHER_FOLDER}",
        )
    else:
        state = "compiled" if numba_cache.are_compiled() else "the first run compiles, half a minute"
        yield Diagnosis("compiled kernels", f"{state}; in {folder}")
