"""The same sheets as GeoParquet, FlatGeobuf, FileGDB, GeoJSON and XLSX; each put in its place
in one step.
"""

import datetime as dt
import io
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from layers.errors import SourceRefusal
from pipeline.stages.publish.files.geopackage import multi
from pipeline.stages.publish.files.geopackage_metadata import ZIP_MOMENT
from pipeline.stages.publish.tables.published_table import PublishedTable
from pipeline.storage.addresses import plain_folder
from pipeline.storage.store import BUILD_PREFIX
from pipeline.storage.whole_files import put, room

# A spreadsheet runs a cell that begins so: text of a source must never become a formula.
FORMULA = re.compile(r"^\s*[=+\-@\t\r|]")
SHEET_NAME = 31  # signs that a spreadsheet gives to the name of a sheet
MOST_ROWS = 1_048_575


@dataclass(frozen=True)
class OutputFormat:
    """A format: the ending of what is written, and the function that writes it.

    write: puts the tables that have rows in the file or folder that it is given, with the reference date where the
    format holds a moment.
    """

    ending: str
    write: Callable[[Sequence[PublishedTable], Path, dt.date], None]


def write_as(kind: str, sheets: Sequence[PublishedTable], place: tuple[Path, str], date: dt.date) -> Path:
    """Write the sheets that have rows in one of OUTPUT_FORMATS, to a folder under the name of the unit; gives what was
    written. RD New (EPSG:28992), and WGS84 where the format asks for it; ha.

    What stood there before is whole until the new one is; `date` is told as the time of a workbook.
    """
    folder, unit = place
    filled = [sheet for sheet in sheets if len(sheet.content)]
    folder.mkdir(parents=True, exist_ok=True)
    known = OUTPUT_FORMATS[kind]
    target = folder / f"{unit}{known.ending}"
    _whole_again(target)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=BUILD_PREFIX) as build_dir:
            built = Path(build_dir) / target.name
            known.write(filled, built, date)
            return _put(built, target)
    except PermissionError:
        raise SourceRefusal(
            f"bestand '{target}'",
            actual="in gebruik, of niet te schrijven",
            todo="sluit het programma dat het open heeft en geef de opdracht opnieuw; het vorige bestand is nog heel",
        ) from None
    except (OSError, DataSourceError, DataLayerError, FeatureError) as fault:
        raise SourceRefusal(
            f"map '{folder}'",
            actual=f"schrijven als {kind} lukt niet ({fault}); {room(target)} bytes vrij",
            expected="ruimte op de schijf, en geen lagere grens aan de grootte van een bestand",
            todo="maak ruimte of geef een andere map op met --outputs; wat er stond is nog heel",
        ) from None


def _put(built: Path, target: Path) -> Path:
    """Put a file or folder in its place; an older folder is moved aside first and put back when that fails."""
    if built.is_file():
        return put(built, target)
    if target.exists():
        put(target, _aside(target))
    try:
        put(built, target)
    except OSError:
        _whole_again(target)
        raise
    shutil.rmtree(_aside(target), ignore_errors=True)
    return target


def _aside(target: Path) -> Path:
    """Where an older folder lies while the new one takes its place."""
    return target.with_name(f".{target.name}.oud")


def _whole_again(target: Path) -> None:
    """Put an older folder back where a run was killed before the new one took its place."""
    old = _aside(target)
    if old.exists() and not target.exists():
        old.rename(target)
    elif old.exists():
        shutil.rmtree(old)


def _geoparquet(sheets: Sequence[PublishedTable], target: Path, date: dt.date) -> None:
    target.mkdir()
    for sheet in sheets:
        multi(sheet).to_parquet(target / f"{sheet.name}.parquet", index=False)


def _files_of_land(
    sheets: Sequence[PublishedTable], target: Path, date: dt.date, *, ending: str, crs: int = 28992, **options: Any
) -> None:
    """A file for every layer with shapes, in one CRS (EPSG code), by these options of GDAL."""
    target.mkdir()
    with plain_folder(target) as folder:
        for sheet in sheets:
            if sheet.is_spatial:
                path = folder / f"{sheet.name}{ending}"
                pyogrio.write_dataframe(multi(sheet).to_crs(crs), path, layer=sheet.name, **options)


def _filegdb(sheets: Sequence[PublishedTable], target: Path, date: dt.date) -> None:
    if not sheets:
        raise SourceRefusal(
            f"map '{target.name}'", actual="geen enkele laag met rijen", todo="er is niets uit te geven"
        )
    # Dates become moments and large counts decimals: what every ArcGIS can read.
    with plain_folder(target.parent) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for index, sheet in enumerate(sheets):
            path = folder / target.name
            pyogrio.write_dataframe(
                multi(sheet), path, layer=sheet.name, driver="OpenFileGDB", append=index > 0, use_arrow=True
            )


def _xlsx(sheets: Sequence[PublishedTable], target: Path, date: dt.date) -> None:
    """Every table as a worksheet, titles above the names; text is text, never a formula."""
    book = Workbook(write_only=True)
    named: dict[str, int] = {}
    for sheet in sheets:
        if len(sheet.content) > MOST_ROWS:
            raise SourceRefusal(
                f"laag '{sheet.name}'",
                actual=f"{len(sheet.content)} rijen",
                expected=f"ten hoogste {MOST_ROWS} voor een werkblad",
                todo="kies een ander formaat, of een cluster met -c",
            )
        # Names that are alike when cut to what a spreadsheet takes get a number.
        title = sheet.name[:SHEET_NAME]
        named[title] = named.get(title, 0) + 1
        if named[title] > 1:
            title = f"{title[: SHEET_NAME - 2]}_{named[title]}"
        page = book.create_sheet(title)
        plain = pd.DataFrame(sheet.content.drop(columns="geom", errors="ignore"))
        titles = {field.name: field.title for field in sheet.fields}
        page.append([_cell(page, titles.get(name, name)) for name in plain])
        page.append([_cell(page, name) for name in plain])
        for row in plain.astype(object).itertuples(index=False, name=None):
            page.append([_cell(page, value) for value in row])
    content = io.BytesIO()
    book.save(content)
    target.write_bytes(_steady(content.getvalue(), date))


def _cell(page: Any, value: Any) -> Any:
    """A cell: numbers and dates as they are; text that a spreadsheet would run is marked as text."""
    if not isinstance(value, str):
        return None if pd.isna(value) else value
    cell = WriteOnlyCell(page, ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    cell.quotePrefix = bool(FORMULA.match(value))
    return cell


def _steady(book: bytes, date: dt.date) -> bytes:
    """The workbook with one moment in it, so that the same tables give the same bytes."""
    content = io.BytesIO()
    moment = f"{date.isoformat()}T00:00:00Z".encode()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + moment, part)
            new.writestr(zipfile.ZipInfo(name, ZIP_MOMENT), part, compress_type=zipfile.ZIP_DEFLATED)
    return content.getvalue()


# By their names for --format.
OUTPUT_FORMATS = {
    "geoparquet": OutputFormat(".geoparquet", _geoparquet),
    "flatgeobuf": OutputFormat(
        ".flatgeobuf", partial(_files_of_land, ending=".fgb", driver="FlatGeobuf", use_arrow=True)
    ),
    "filegdb": OutputFormat(".gdb", _filegdb),
    # In WGS84 with seven decimals, as RFC 7946 asks.
    "geojson": OutputFormat(
        ".geojson", partial(_files_of_land, ending=".geojson", crs=4326, driver="GeoJSON", RFC7946="YES")
    ),
    "xlsx": OutputFormat(".xlsx", _xlsx),
}
