"""Text tables and workbooks: every cell as it is written."""

import csv
import datetime as dt
import io
import sys
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from layers.errors import SourceRefusal, concerning
from pipeline.project.models import repeated
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig

# A cell may hold a shape as text, of any length.
csv.field_size_limit(sys.maxsize)


def read_csv(card: SourceConfig, path: Path) -> RawTable:
    """A delimited text; rows count lines from the header (1). Records of another width are refused,
    unless `width` picks."""
    text = path.read_bytes()
    thing = f"source '{card.name}', file '{card.path}'"
    try:
        lines = io.StringIO(text.decode(card.csv.encoding).removeprefix("\ufeff"), newline="")
    except UnicodeDecodeError as fault:
        raise SourceRefusal(
            thing,
            actual=f"bytes {text[fault.start : fault.start + 4]!r} at {fault.start}",
            expected=f"text in {card.csv.encoding}",
            todo='name its encoding in the card: csv = { encoding = "cp1252" }',
        ) from None
    reader = csv.reader(lines, delimiter=card.csv.delimiter)
    # Lines without anything are no records, and yet count as lines.
    records = [(number, record) for number, record in enumerate(reader, start=1) if record]
    if not records:
        raise SourceRefusal(thing, actual="no header", expected="a first line with column names")
    header = [name.strip() for name in records[0][1]]
    names = list(card.csv.names) or header
    body = records[1:] if card.csv.header else records
    if card.csv.width is not None:
        body = [(number, record) for number, record in body if len(record) == card.csv.width]
    odd = [number for number, record in body if len(record) != len(names)]
    if odd:
        with concerning(row=odd[0]):
            raise SourceRefusal(
                thing,
                actual=f"{len(odd)} records with another number of fields than {len(names)}, first in row {odd[0]}",
                expected=f"{len(names)} fields separated by {card.csv.delimiter!r}",
                todo="check the delimiter; or pick records with csv.width and name them with csv.names",
            )
    return _table(body, _unique(thing, names))


def _table(body: list[tuple[int, list[Any]]], names: list[str], sheet: str | None = None) -> RawTable:
    """Numbered records as cells without blanks around them."""
    cells = pd.DataFrame([record for _, record in body], columns=names, dtype=object)
    return RawTable(cells.apply(blank_to_none), np.array([row for row, _ in body], dtype=np.int64), None, None, sheet)


def read_xlsx(card: SourceConfig, path: Path) -> RawTable:
    """A sheet of a workbook; dates as ISO text in the workbook's own date system, whole numbers without decimals."""
    thing = f"source '{card.name}', file '{card.path}'"
    if card.xlsx is None:
        raise SourceRefusal(thing, actual="no sheet named in the card", expected='xlsx = { sheet = "..." }')
    import openpyxl  # takes a tenth of a second, and few projects have a workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as fault:
        raise SourceRefusal(thing, actual=f"no readable workbook ({fault})", expected="an .xlsx file") from None
    if card.xlsx.sheet not in book.sheetnames:
        raise SourceRefusal(thing, actual=f"sheets {book.sheetnames}", expected=f"a sheet '{card.xlsx.sheet}'")
    rows = list(book[card.xlsx.sheet].iter_rows(values_only=True))
    head = card.xlsx.header_row
    if len(rows) < head:
        raise SourceRefusal(thing, actual=f"{len(rows)} rows", expected=f"a header in row {head}")
    names = _unique(thing, [_text(cell) or f"column_{number}" for number, cell in enumerate(rows[head - 1], start=1)])
    numbered = enumerate(rows[head:], start=head + 1)
    filled = [
        (row, [_text(cell) for cell in cells]) for row, cells in numbered if any(cell is not None for cell in cells)
    ]
    return _table(filled, names, card.xlsx.sheet)


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    # A workbook knows only moments and fractions: midnight is a day, a fraction without decimals a whole number.
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _unique(thing: str, names: list[str]) -> list[str]:
    if twice := repeated(names):
        raise SourceRefusal(thing, actual=f"columns that stand there twice: {twice}", expected="each column once")
    return names


def blank_to_none(texts: pd.Series) -> pd.Series:
    """Texts without blanks around them; what is nothing else is None."""
    stripped = texts.str.strip()
    return stripped.where(stripped.notna() & (stripped != ""), None)
