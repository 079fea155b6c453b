"""Spoil small files of every format at random and read them as `check` does: whatever comes out must be a table, a grid
or a refusal.

Usage: python -m tools.fuzz_gate [--minutes N] [--seed S]
Prints the number of inputs tried per format, and every exception that is no refusal (FAULT) with the file that repeats
it (in the folder --keep); exit 1 where there is one. Prints as well, to be looked at, what is refused in the words of a
library (unworded), and what reads as fewer rows without a word (fewer). A process of its own reads the files, so that
one on which a library stops or never ends is seen too.
"""

import argparse
import gzip
import json
import sys
import time
import traceback
import zipfile
from collections import Counter
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from shutil import copyfile, copytree
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import openpyxl
import rasterio
import shapely
from rasterio.transform import from_origin

from layers.errors import Refusal
from layers.sources import TABLES
from pipeline.project.file_formats import INPUT_FORMATS, format_of_path
from pipeline.project.load import read_project
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig, about_file
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.harmonise import harmonise
from pipeline.storage.addresses import parts_of_file

SECONDS_PER_FILE = 60
ROWS = 4
EXAMPLE = Path(__file__).parents[1] / "config" / "proefpolder"
# Endings of files of areas, and the driver by which GDAL writes each (none: written otherwise).
VECTORS = {
    "gpkg": "GPKG",
    "shp": "ESRI Shapefile",
    "geojson": "GeoJSON",
    "gml": "GML",
    "fgb": "FlatGeobuf",
    "parquet": "",
    "kml": "LIBKML",
    "mif": "MapInfo File",
    "tab": "MapInfo File",
    "dxf": "DXF",
    "sqlite": "SQLite",
    "geojsonl": "GeoJSONSeq",
    "topojson": "",
    "zip": "",
    "gz": "",
}
IN_DEGREES = ("kml", "geojsonl")
# Files of which a card must say where on Earth they lie.
WITHOUT_PLACE = ("asc", "mif", "tab", "dxf", "topojson")
GRIDS = ("tif", "asc")
CARD = "toml"
# Signs and numbers on which readers go wrong.
NASTY = (
    b"\x00",
    b"\xff",
    b'"',
    b"{",
    b"<",
    b"[",
    b"\n",
    b";",
    b"\xc3",
    b"-1",
    b"1e999",
    b"NaN",
    b"9" * 30,
    b"\xff" * 8,
)


def write_seeds(folder: Path) -> list[Path]:
    """A small sound file of each format."""
    shapes = [shapely.box(142_000 + 100 * n, 511_000, 142_090 + 100 * n, 511_090) for n in range(ROWS)]
    names = {"KAVEL": ["a", "b", "c", "d"], "NAAM": ["Café", None, "x" * 60, "De Kade"]}
    plots = gpd.GeoDataFrame({**names, "M2": [1.5, 2.0, None, 4.25], "N": [1, 2, 3, 4]}, geometry=shapes, crs=28992)
    for ending, driver in VECTORS.items():
        frame = plots.to_crs(4326) if ending in IN_DEGREES else plots
        frame = frame[["geometry"]].assign(Layer=frame["KAVEL"]) if ending == "dxf" else frame
        options = {"encoding": "UTF-8"} if driver == "MapInfo File" else {}
        options |= {"LAUNDER": "NO"} if driver == "SQLite" else {}
        if driver:
            frame.to_file(folder / f"seed.{ending}", driver=driver, **options)
    plots.to_parquet(folder / "seed.parquet")
    write_topojson(folder / "seed.topojson", plots)
    write_gio(folder / "seed_gio.gml", plots)
    (folder / "seed.geojson.gz").write_bytes(gzip.compress((folder / "seed.geojson").read_bytes()))
    with zipfile.ZipFile(folder / "seed.gml.zip", "w") as archive:
        archive.write(folder / "seed.gml", "seed.gml")
    plain = plots.drop(columns="geometry")
    plain.to_csv(folder / "seed.csv", index=False)
    book = openpyxl.Workbook()
    for row in [list(plain), *plain.astype(object).where(plain.notna(), None).to_numpy().tolist()]:
        book.active.append(row)
    book.active.title = "S"
    book.save(folder / "seed.xlsx")
    form = {"width": 4, "height": 4, "count": 1, "dtype": "float32", "crs": "EPSG:28992", "nodata": -9999.0}
    with rasterio.open(
        folder / "seed.tif", "w", driver="GTiff", transform=from_origin(142_000, 511_000, 10, 10), **form
    ) as grid:
        grid.write(np.full((1, 4, 4), 55, dtype="float32"))
    head = "ncols 2\nnrows 2\nxllcorner 142000\nyllcorner 511000\ncellsize 10\nNODATA_value -9999\n"
    (folder / "seed.asc").write_text(f"{head}60 50\n-9999 55\n", encoding="ascii")
    cards = [copyfile(path, folder / f"{path.stem}.{CARD}") for path in sorted(EXAMPLE.rglob("*.toml"))]
    endings = {f".{ending}" for ending in (*VECTORS, *GRIDS, "csv", "xlsx")}
    files = [path for path in folder.glob("seed*") if path.suffix in endings]
    return [*sorted(files), *sorted(map(Path, cards))]


def write_topojson(path: Path, plots: gpd.GeoDataFrame) -> None:
    """Areas as one arc each, in steps of a metre."""
    arcs, shapes = [], []
    for number, row in enumerate(plots.itertuples()):
        places = [(int(x), int(y)) for x, y in row.geometry.exterior.coords]
        arcs.append([places[0], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places))])
        named = {"KAVEL": row.KAVEL, "NAAM": row.NAAM, "M2": row.N}
        shapes.append({"type": "Polygon", "arcs": [[number]], "properties": named})
    objects = {"seed": {"type": "GeometryCollection", "geometries": shapes}}
    transform = {"scale": [1, 1], "translate": [0, 0]}
    path.write_text(json.dumps({"type": "Topology", "transform": transform, "objects": objects, "arcs": arcs}))


def write_gio(path: Path, plots: gpd.GeoDataFrame) -> None:
    """Areas as locations of a decision under the Omgevingswet."""
    locations = "".join(
        f"<geo:Locatie><geo:naam>{row.KAVEL}</geo:naam><geo:geometrie><b:Geometrie><b:id>{row.N}</b:id><b:geometrie>"
        '<gml:Polygon srsName="urn:ogc:def:crs:EPSG::28992"><gml:exterior><gml:LinearRing><gml:posList>'
        + " ".join(f"{x:g} {y:g}" for x, y in row.geometry.exterior.coords)
        + "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></b:geometrie></b:Geometrie></geo:geometrie>"
        f"<geo:kwantitatieveNormwaarde>{row.N}</geo:kwantitatieveNormwaarde></geo:Locatie>"
        for row in plots.itertuples()
    )
    spaces = 'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:geo="https://standaarden.overheid.nl/stop/imop/geo/"'
    path.write_text(
        f'<geo:GeoInformatieObjectVaststelling {spaces} xmlns:b="http://www.geostandaarden.nl/basisgeometrie/1.0">'
        f"<geo:locaties>{locations}</geo:locaties></geo:GeoInformatieObjectVaststelling>",
        encoding="utf-8",
    )


def spoiled(content: bytes, random: Random) -> bytes:
    """The bytes with a few of them changed, lost, put in or moved."""
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        place = random.randrange(len(data) + 1)
        length = random.choice((1, 2, 4, 16, 256))
        match random.randrange(6):
            case 0:
                data[place : place + 1] = bytes([random.randrange(256)])
            case 1:
                data[place : place + length] = b""
            case 2:
                data[place:place] = random.choice(NASTY)
            case 3:
                data[place : place + length] = random.choice(NASTY)
            case 4:
                other = random.randrange(len(data) + 1)
                data[place:place] = data[other : other + length]
            case _ if random.random() < 0.2:
                del data[place:]
            case _:
                flip = min(place, len(data) - 1)
                data[flip : flip + 1] = bytes([data[flip] ^ (1 << random.randrange(8))]) if data else b""
    return bytes(data)


def read_as_check_does(path: Path) -> str:
    """Read a file of plots or levels, or a project with a card; raises what is wrong with it. A table that has lost
    rows is named.
    """
    ending = path.suffix.lstrip(".")
    if ending == CARD:
        read_project(path.parent)
        return "read"
    is_grid = ending in GRIDS
    columns = {} if is_grid else {"parcel_id": "KAVEL", "site_name": "NAAM", "registered_area_m2": "M2"}
    columns = {"parcel_id": "Layer"} if ending == "dxf" else columns
    columns = {"parcel_id": "naam", "registered_area_m2": "kwantitatieveNormwaarde"} if "gio" in path.stem else columns
    card = SourceConfig.model_validate(
        {
            "layer": "noise_levels" if is_grid else "parcels" if ending in VECTORS else "issue_register",
            "path": path.name,
            "columns": columns if ending in VECTORS or is_grid else {"parcel_id": "KAVEL"},
            "xlsx": {"sheet": "S"} if ending == "xlsx" else None,
            "crs": "EPSG:28992" if ending in WITHOUT_PLACE else None,
            "licence": "x",
            "dated": "2026-10-01",
            "basis": "x",
            "name": "fuzz",
        }
    )
    raw = read_source(card, path.parent)
    if not isinstance(raw, RawTable):
        return "read"
    with about_file(card):
        harmonise(raw, card, TABLES[card.layer])
    return "read" if len(raw.cells) >= ROWS else "fewer"


def answer(connection: Connection) -> None:
    """Read each file whose path comes in, and say what came of it."""
    while path := connection.recv():
        try:
            connection.send(read_as_check_does(Path(path)))
        except Refusal as refusal:
            cause = refusal.__cause__
            connection.send("refused" if cause is None else f"unworded {type(cause).__name__}: {cause}"[:120])
        except BaseException:  # noqa: BLE001 - all that is no refusal is what is looked for
            connection.send(f"FAULT {traceback.format_exc()}")


class Reader:
    """A process that reads files, begun anew where a library ended it."""

    def __init__(self) -> None:
        """Begin it."""
        self._begin()

    def _begin(self) -> None:
        self.connection, there = get_context("spawn").Pipe()
        self.process = get_context("spawn").Process(target=answer, args=(there,), daemon=True)
        self.process.start()
        there.close()

    def read(self, path: Path) -> str:
        """What came of a file, in words that begin with read, refused or FAULT."""
        self.connection.send(str(path))
        try:
            if self.connection.poll(SECONDS_PER_FILE):
                return str(self.connection.recv())
            fault = f"FAULT no answer within {SECONDS_PER_FILE} s"
        except EOFError:
            fault = "FAULT the process was ended by a library"
        self.process.kill()
        self._begin()
        return fault


def project_with(card: Path, folder: Path) -> Path:
    """A copy of the example in which a card of this name is to be replaced."""
    if not folder.exists():
        copytree(EXAMPLE, folder)
        project = folder / "project.toml"
        text = project.read_text(encoding="utf-8").replace('extends        = ".."', f'extends = "{EXAMPLE.parent}"')
        project.write_text(text, encoding="utf-8")
    return next(folder.rglob(card.name))


def main() -> int:
    """Spoil, read, print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--minutes", type=float, default=5.0)
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--keep", type=Path, default=Path("outputs") / "fuzz_gate")
    given = ask.parse_args()
    random, counts, outcomes = Random(given.seed), Counter[str](), Counter[str]()
    shown: set[tuple[str, str]] = set()
    with TemporaryDirectory() as home:
        seeds = write_seeds(Path(home))
        reader = Reader()
        unsound = [path.name for path in seeds if path.suffix != f".{CARD}" and reader.read(path) != "read"]
        if unsound:
            sys.stdout.write(f"{unsound} cannot be read before they are spoiled\n")
            return 1
        # A card is one of dozens: as often as a file of another format, together.
        formats = sorted({path.suffix for path in seeds})
        end = time.monotonic() + 60 * given.minutes
        while time.monotonic() < end:
            suffix = random.choice(formats)
            seed = random.choice([path for path in seeds if path.suffix == suffix])
            outcome, path = _try(seed, Path(home), reader, random)
            counts[suffix] += 1
            kind = outcome.split()[0]
            outcomes[kind] += 1
            if kind not in ("read", "refused") and (suffix, _kind(outcome)) not in shown:
                given.keep.mkdir(parents=True, exist_ok=True)
                copy = given.keep / f"{len(shown)}-{seed.stem}{path.suffix}"
                shown.add((suffix, _kind(outcome)))
                copyfile(path, copy)
                sys.stdout.write(f"{copy}: {outcome}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{counts.total()} inputs ({dict(sorted(counts.items()))}): {dict(outcomes)}\n")
    return 1 if outcomes["FAULT"] else 0


def _try(seed: Path, home: Path, reader: Reader, random: Random) -> tuple[str, Path]:
    """Read a spoiled copy of a seed; of one of several files any part may be spoiled."""
    if seed.suffix == f".{CARD}":
        place = project_with(seed, home / "project")
        before = place.read_bytes()
        place.write_bytes(spoiled(before, random))
        try:
            copyfile(place, home / f"spoiled.{CARD}")
            return reader.read(home / "project" / "project.toml"), home / f"spoiled.{CARD}"
        finally:
            place.write_bytes(before)
    parts = parts_of_file(seed, INPUT_FORMATS[format_of_path(seed.name)])
    victim = random.choice(parts)
    with TemporaryDirectory(dir=home) as folder:
        for part in parts:
            content = part.read_bytes()
            (Path(folder) / part.name).write_bytes(spoiled(content, random) if part == victim else content)
        outcome = reader.read(Path(folder) / seed.name)
        copyfile(Path(folder) / victim.name, home / f"spoiled{victim.suffix}")
    return outcome, home / f"spoiled{victim.suffix}"


def _kind(outcome: str) -> str:
    """The place in the code that a fault comes from, and its last line: one of each is shown."""
    lines = [line for line in outcome.strip().splitlines() if line]
    return (lines[-3] if len(lines) > 2 else "") + lines[-1][:60]


if __name__ == "__main__":
    sys.exit(main())
