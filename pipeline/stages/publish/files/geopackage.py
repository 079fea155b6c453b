"""GeoPackage: built beside its place, finished with titles and styles, checked, and put there in one step."""

import datetime as dt
import os
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from layers.errors import SourceRefusal
from pipeline.stages.publish.files.geopackage_metadata import embed, furnish
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.storage.addresses import plain_folder, sqlite_address
from pipeline.storage.geopackages import free_place, refuse_unsaved
from pipeline.storage.store import BUILD_PREFIX
from pipeline.storage.whole_files import put, room


def write(sheets: Sequence[PublishedTable], path: Path, date: dt.date, project: str | None = None) -> Path:
    """Write the sheets that have rows to a GeoPackage (EPSG:28992), and a QGIS project (.qgs) into it; the same input
    gives the same bytes.

    Refuses to replace a file with unsaved edits beside it (a -wal that is not empty). A file that another program
    holds is left alone; the new one then stands beside it as <name>.nieuw.gpkg. Gives the path that was written.
    """
    refuse_unsaved(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=BUILD_PREFIX) as folder:
        built = build(sheets, Path(folder) / path.name, date, project)
        return put(built, free_place(path))


def build(sheets: Sequence[PublishedTable], built: Path, date: dt.date, project: str | None = None) -> Path:
    """Write the sheets that have rows to a new GeoPackage (EPSG:28992), whole and checked, in the folder in which it is
    built."""
    filled = [sheet for sheet in sheets if len(sheet.content)]
    try:
        _write_layers(filled, built, f"{date.isoformat()}T00:00:00Z")
        _finish(filled, built, f"{date.isoformat()}T00:00:00.000Z", project)
        _steady(built)
        _check(filled, built)
    except (sqlite3.Error, DataSourceError, DataLayerError, FeatureError) as fault:
        size = built.stat().st_size if built.exists() else 0
        raise SourceRefusal(
            f"map '{built.parent.parent}'",
            actual=f"schrijven van '{built.name}' lukt niet ({fault}) na {size:,} bytes; {room(built)} bytes vrij",
            expected="ruimte op de schijf, en geen lagere grens aan de grootte van een bestand",
            todo="maak ruimte of geef een andere map op met --outputs; het vorige bestand is nog heel",
        ) from None
    return built


def _write_layers(sheets: Sequence[PublishedTable], path: Path, moment: str) -> None:
    # GDAL would write the moment of the run. Nor need it wait for the disk, or be able to go back: the file is built
    # aside and checked.
    options = {"OGR_CURRENT_DATE": moment, "OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_SQLITE_JOURNAL": "OFF"}
    pyogrio.set_gdal_config_options(options)
    # A layer of a GeoPackage has one declared type: a polygon among multipolygons breaks the standard.
    shaped = {"geometry_type": "MultiPolygon", "layer_options": {"GEOMETRY_NAME": "geom"}}
    with plain_folder(path.parent) as folder:
        for index, sheet in enumerate(sheets):
            pyogrio.write_dataframe(
                multi(sheet),
                folder / path.name,
                layer=sheet.name,
                driver="GPKG",
                append=index > 0,
                use_arrow=True,  # writes dates as dates
                # Stated, for the default moves with the version of GDAL.
                dataset_options={"VERSION": "1.3"} if index == 0 else None,
                **(shaped if sheet.is_spatial else {}),
            )


def multi(sheet: PublishedTable) -> Any:
    """The content (EPSG:28992) with every polygon as a multipolygon; a table as it is."""
    content = sheet.content
    if not sheet.is_spatial:
        return content
    parts, source = shapely.get_parts(content.geometry.to_numpy(), return_index=True)
    return content.set_geometry(shapely.multipolygons(parts, indices=source), crs=content.crs)


def _finish(sheets: Sequence[PublishedTable], path: Path, moment: str, project: str | None) -> None:
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA synchronous=OFF")
        furnish(base, sheets, moment)
        if project is not None:
            embed(base, path.stem, project)
    base.close()


def _steady(path: Path) -> None:
    """Out of WAL, and with the counters of the SQLite header that differ from run to run put at rest."""
    # What is written once, layer by layer, leaves no gaps: there is nothing to pack.
    base = sqlite3.connect(path, isolation_level=None)
    # With WAL there are two more files beside it, and none can read it from a folder without write access.
    base.execute("PRAGMA journal_mode=OFF")
    base.close()
    with path.open("r+b") as stream:
        for place in (24, 92):  # the file change counter, and the version that it was valid for
            stream.seek(place)
            stream.write((1).to_bytes(4, "big"))
        stream.flush()
        os.fsync(stream.fileno())


def _check(sheets: Sequence[PublishedTable], path: Path) -> None:
    base = sqlite3.connect(sqlite_address(path), uri=True)
    # On a full disk GDAL can leave a file that opens well and lacks rows.
    health = base.execute("PRAGMA integrity_check").fetchone()[0]
    counts = {sheet.name: base.execute(f'SELECT count(*) FROM "{sheet.name}"').fetchone()[0] for sheet in sheets}
    base.close()
    short = [sheet.name for sheet in sheets if counts[sheet.name] != len(sheet.content)]
    if health != "ok" or short:
        raise SourceRefusal(
            f"bestand '{path.name}'", actual=f"toestand {health}, onvolledige lagen {short}", todo="is de schijf vol?"
        )
