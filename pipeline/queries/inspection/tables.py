"""A sample of text tables, workbooks and Parquet: how they are written, where their header stands, and their cells."""

import csv
import io
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from layers.errors import Refusal, SourceRefusal
from layers.synonyms import plain
from pipeline.project.file_formats import FileFormat
from pipeline.project.raw_table import RawTable
from pipeline.queries.inspection.place import likely_system, name_of, place_faults
from pipeline.queries.inspection.profile import NUMBER, WKT, ColumnProfile, FileLayer, faults_of, probe, profiles
from pipeline.queries.inspection.vectors import SAMPLE_ROWS, SAMPLE_SHAPES, shape_of
from pipeline.stages.acquire.geoparquet import raw_of_table
from pipeline.stages.acquire.tables import HEADER_ROWS, SEPARATOR_LINE, UTF_16, blank_to_none, column_names, read_csv
from pipeline.stages.acquire.vectors import from_wkb
from pipeline.stages.acquire.workbooks import opened_workbook, texts_of_row, unvalued_cells

DELIMITERS = (";", ",", "\t", "|", "#")
SHEET_ROWS = 2_000  # cells of a workbook take long
MOST_CSV_BYTES = 64 * 2**20  # of larger ones only the first rows are read
SNIFFED_LINES = 50
ISO_DATE = r"^\d{4}-\d{2}-\d{2}"
XY_NAMES = (
    ("x", "y"),
    ("xcoord", "ycoord"),
    ("xcoordinaat", "ycoordinaat"),
    ("rdx", "rdy"),
    ("lon", "lat"),
    ("longitude", "latitude"),
    ("easting", "northing"),
)


def layers_of_csv(path: Path, shown: str, known: FileFormat) -> list[FileLayer]:
    """A text table, with the encoding, delimiter and header that it is likely written in."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        content = stream.read(MOST_CSV_BYTES)
    encoding = _encoding(content)
    text = content.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = text.splitlines(keepends=True)
    skipped = 1 if lines and SEPARATOR_LINE.fullmatch(lines[0].rstrip("\r\n") + "\n") else 0
    delimiter = _delimiter(lines[skipped : skipped + SNIFFED_LINES])
    if delimiter is None:
        return [FileLayer(shown, "", known.name, faults=("plain text without columns",))]
    records = [
        (number, record)
        for number, record in enumerate(
            csv.reader(lines[skipped : skipped + SAMPLE_ROWS], delimiter=delimiter), start=1 + skipped
        )
        if any(cell.strip() for cell in record)
    ]
    if not records:
        return [FileLayer(shown, "", known.name, faults=("nothing but empty lines",))]
    head = _header(records)
    settings: dict[str, Any] = {"delimiter": delimiter, "encoding": encoding}
    if head is None:
        settings["header"] = False
    elif head > 0:
        settings["header_row"] = records[head][0]
    cells, faults, rows = _csv_cells(path, shown, settings, (records, head)), [], None
    if isinstance(cells, str):
        faults, cells = [cells], _frame([record for _, record in records], head)
    elif size <= MOST_CSV_BYTES:
        rows = len(cells)
    if size > MOST_CSV_BYTES:
        rows = content.count(b"\n") * size // len(content)
    return [_table(FileLayer(shown, "", known.name), cells, {"csv": settings}, (faults, rows))]


def _encoding(content: bytes) -> str:
    if content.startswith(UTF_16):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as fault:
        # The end of what was read may cut a letter in two.
        return "utf-8" if fault.start > len(content) - 4 and len(content) >= MOST_CSV_BYTES else "cp1252"
    return "utf-8"


def _delimiter(lines: list[str]) -> str | None:
    """The sign by which most lines have the same number of cells, and the most of them."""
    best: tuple[float, int, str] | None = None
    for sign in DELIMITERS:
        widths = Counter(len(record) for record in csv.reader(lines, delimiter=sign) if record)
        width, number = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        if width < 2:
            width, number = max(((w, n) for w, n in widths.items() if w > 1), key=lambda item: item[1], default=(1, 0))
        share = number / max(1, sum(widths.values()))
        if width > 1 and share >= 0.5 and (best is None or (round(share, 1), width) > best[:2]):
            best = (round(share, 1), width, sign)
    return best[2] if best else None


def _header(records: list[tuple[int, list[Any]]]) -> int | None:
    """Which of these records is the header: the first that is about as wide as the widest and holds words alone; None
    where that is a row like the others."""
    widest = max(_width(record) for _, record in records[:HEADER_ROWS])
    for position, (_, record) in enumerate(records[:HEADER_ROWS]):
        cells = pd.Series([str(cell).strip() for cell in record if cell is not None and str(cell).strip()])
        if len(cells) < max(2, 0.6 * widest):
            continue
        is_value = cells.str.match(NUMBER) | cells.str.match(ISO_DATE) | (cells.str.match(WKT) & (cells.str.len() > 30))
        if is_value.mean() <= 0.25:
            return position
        if len(cells) == widest:
            return None
    return 0


def _width(record: list[Any]) -> int:
    filled = [place for place, cell in enumerate(record, start=1) if cell is not None and str(cell).strip()]
    return filled[-1] if filled else 0


def _csv_cells(path: Path, shown: str, settings: dict[str, Any], sampled: tuple[Any, Any]) -> pd.DataFrame | str:
    """All cells as a run would read them, or what it would refuse them for."""
    if path.stat().st_size > MOST_CSV_BYTES:
        records, head = sampled
        return _frame([record for _, record in records], head)
    try:
        return read_csv(probe(shown, csv=settings), path).cells
    except Refusal as refusal:
        return "; ".join(refusal.actual) + (f" ({refusal.todo})" if refusal.todo else "")


def _frame(records: list[list[Any]], head: int | None) -> pd.DataFrame:
    """Records as cells under the names of their header, each name once."""
    names = column_names(records[head or 0])
    width = max(len(record) for record in records[(head or 0) :])
    names = _once([*names, *(f"column_{number}" for number in range(len(names) + 1, width + 1))])
    body = records if head is None else records[head + 1 :]
    padded = [[*record, *[None] * (width - len(record))] for record in body]
    return pd.DataFrame(padded, columns=names, dtype=object).apply(blank_to_none)


def _once(names: list[str]) -> list[str]:
    counts: Counter[str] = Counter()
    different = []
    for name in names:
        counts[name] += 1
        different.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return different


def _csv_card(settings: dict[str, Any], columns: tuple[ColumnProfile, ...]) -> dict[str, Any]:
    """What a card says of how the table is written; what it would take anyway is left out."""
    usual = {"delimiter": ",", "encoding": "utf-8"}
    said = {key: value for key, value in settings.items() if usual.get(key) != value}
    said |= _signs(columns)
    return {"csv": said} if said else {}


def _signs(columns: tuple[ColumnProfile, ...]) -> dict[str, str]:
    """The signs of decimals and thousands of numbers that are written as text with commas."""
    with_commas = [column for column in columns if column.decimal == ","]
    has_points = any("." in word for column in with_commas for word in (*column.samples, *column.words))
    return ({"decimal": ","} if with_commas else {}) | ({"thousands": "."} if has_points else {})


def _table(
    layer: FileLayer, cells: pd.DataFrame, card: dict[str, Any], known: tuple[list[str], int | None]
) -> FileLayer:
    """A table with the shapes that stand in its cells as text or as two coordinates."""
    faults, rows = known
    columns = profiles(cells.head(SAMPLE_ROWS))
    if "csv" in card:
        card = {key: value for key, value in card.items() if key != "csv"} | _csv_card(card["csv"], columns)
    if "xlsx" in card:
        card = {**card, "xlsx": card["xlsx"] | _signs(columns)}
    twice = [name for name in cells.columns if str(name).endswith(" (2)")]
    if twice:
        faults = [*faults, f"columns that stand there twice: {[str(name)[:-4] for name in twice]}"]
    if not len(cells):
        faults = [*faults, "no rows"]
    shapes = None
    for column in columns:
        if column.kind == "shapes as text":
            card = {**card, "geometry": {"kind": "wkt", "column": column.name}}
            texts = cells[column.name].dropna().head(SAMPLE_SHAPES)
            plain_texts = texts.str.replace(r"^\s*SRID=\d+;", "", regex=True)
            shapes = np.asarray(shapely.from_wkt(plain_texts.to_numpy(dtype=object), on_invalid="ignore"), dtype=object)
            columns = tuple(other for other in columns if other.name != column.name)
            break
    else:
        places = _xy(cells)
        if places is not None:
            (x, y), shapes = places
            card = {**card, "geometry": {"kind": "xy", "x": x, "y": y}}
    shape, shape_faults = shape_of(shapes) if shapes is not None else ("", [])
    extent = tuple(float(edge) for edge in shapely.total_bounds(shapes)) if shape else ()
    likely = likely_system(extent)
    if shape:
        card = {**card, "crs": "EPSG:28992" if likely == "RD New" else "EPSG:4326"}
        faults = [*faults, *shape_faults]
        if not likely:
            faults = [*faults, *place_faults(None, extent, likely)]
    return FileLayer(
        layer.path, layer.member, layer.format, layer.name, rows, shape, "", likely, extent, columns,
        (*faults, *faults_of(cells.head(SAMPLE_ROWS))), card, cells=cells.head(SAMPLE_ROWS),
        is_whole=rows is not None and rows <= min(len(cells), SAMPLE_ROWS),
    )  # fmt: skip


def _xy(cells: pd.DataFrame) -> tuple[tuple[str, str], Any] | None:
    """The two columns of coordinates of a table, and its points; None where it has none."""
    names = {plain(str(name)): str(name) for name in cells.columns}
    for x, y in XY_NAMES:
        if x in names and y in names:
            numbers = [
                pd.to_numeric(cells[names[axis]].str.replace(",", ".", regex=False), errors="coerce").to_numpy(float)
                for axis in (x, y)
            ]
            is_there = np.isfinite(numbers[0]) & np.isfinite(numbers[1])
            if is_there.any():
                return (names[x], names[y]), shapely.points(numbers[0][is_there], numbers[1][is_there])[:SAMPLE_SHAPES]
    return None


def layers_of_workbook(path: Path, shown: str, known: FileFormat) -> list[FileLayer]:
    """Each sheet of a workbook."""
    content = io.BytesIO(path.read_bytes())
    book = opened_workbook("", content)
    return [_sheet(FileLayer(shown, "", known.name, name), book[name], content) for name in book.sheetnames]


def _sheet(layer: FileLayer, sheet: Any, content: io.BytesIO) -> FileLayer:
    card: dict[str, Any] = {"xlsx": {"sheet": layer.name}}
    if not hasattr(sheet, "iter_rows"):
        return FileLayer(layer.path, layer.member, layer.format, layer.name, faults=("a chart, no sheet",))
    sheet.reset_dimensions()
    unvalued = unvalued_cells("", content, sheet._worksheet_path, SHEET_ROWS)
    every = [
        (number, texts_of_row(cells, unvalued.get(number, [])))
        for number, cells in enumerate(sheet.iter_rows(values_only=True, max_row=SHEET_ROWS), start=1)
    ]
    records = [(number, cells) for number, cells in every if any(cells)]
    if not records:
        return FileLayer(layer.path, layer.member, layer.format, layer.name, 0, faults=("an empty sheet",), card=card)
    head = _header(records) or 0
    if head > 0:
        card["xlsx"]["header_row"] = records[head][0]
    cells = _frame([record for _, record in records], head)
    rows = len(cells)
    if len(every) >= SHEET_ROWS:
        rows = _count_rows(content, sheet._worksheet_path) - records[head][0]
    return _table(layer, cells, card, ([], rows))


def _count_rows(content: io.BytesIO, part: str) -> int:
    """The rows of a sheet, by its marks alone."""
    count, rest = 0, b""
    with zipfile.ZipFile(content) as archive, archive.open(part.lstrip("/")) as stream:
        while block := stream.read(2**20):
            block = rest + block
            count += block.count(b"<row ")
            rest = block[-4:]
    return count


def layers_of_parquet(path: Path, shown: str, known: FileFormat) -> list[FileLayer]:
    """The table in a Parquet file, with its shapes where it says which column holds them."""
    with path.open("rb") as stream:
        file = pq.ParquetFile(stream)
        rows = file.metadata.num_rows
        batches = list(_first_rows(file))
    table = pa.Table.from_batches(batches, schema=file.schema_arrow)
    faults: list[str] = []
    try:
        raw = raw_of_table(probe(shown, format=known.name), table)
    except SourceRefusal as refusal:
        faults = ["; ".join(refusal.actual)]
        raw = _without_metadata(shown, table)
    shape, shape_faults = shape_of(raw.shapes)
    extent = tuple(float(edge) for edge in shapely.total_bounds(raw.shapes)) if shape else ()
    likely = likely_system(extent)
    return [
        FileLayer(
            shown, "", known.name, "", rows, shape, name_of(raw.crs), likely, extent, profiles(raw.cells),
            (*faults, *faults_of(raw.cells), *shape_faults, *(place_faults(raw.crs, extent, likely) if shape else ())),
            cells=raw.cells, is_whole=len(raw.cells) >= rows,
        )
    ]  # fmt: skip


def _first_rows(file: Any) -> Any:
    number = 0
    for batch in file.iter_batches(batch_size=SAMPLE_ROWS):
        yield batch
        number += batch.num_rows
        if number >= SAMPLE_ROWS:
            return


def _without_metadata(shown: str, table: Any) -> RawTable:
    """The cells of a file whose metadata cannot be read, and the shapes that stand in it all the same."""
    kinds = {name: str(table.schema.field(name).type) for name in table.column_names}
    binary = [name for name, kind in kinds.items() if "binary" in kind]
    raw = raw_of_table(probe(shown), table.drop_columns(binary).replace_schema_metadata(None))
    return replace(raw, shapes=from_wkb(shown, table.column(binary[0]).to_numpy())) if binary else raw
