"""Text tables: every cell as it is written, and no line that is lost within another."""

import csv
import io
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layers.errors import SourceRefusal, concerning
from pipeline.project.models import repeated
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig, TableConfig

# A cell may hold a shape as text, of any length.
csv.field_size_limit(sys.maxsize)
# What Excel puts before the header to say what separates the fields.
SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=.?"?[^\w\n]*\n', re.IGNORECASE)
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# So far down a header is looked for where the card does not say in which row it stands.
HEADER_ROWS = 50
# So far from its end what stands below a table begins.
FOOTER_ROWS = 50
Records = list[tuple[int, list[Any]]]


def read_csv(card: SourceConfig, path: Path) -> RawTable:
    """A delimited text; rows count lines from the first (1), lines with delimiters alone are counted apart. Records of
    another width are refused, unless `width` picks."""
    thing = f"source '{card.name}', file '{card.path}'"
    text = decode(thing, path.read_bytes(), card.csv.encoding, "csv = { encoding = ... }")
    lines = io.StringIO(text, newline="").readlines()
    records, spans = _records(thing, lines, card)
    filled = [record for record in records if _is_filled(record)]
    if not filled:
        raise SourceRefusal(thing, actual="no header", expected="a first line with column names")
    head = header_position(filled, card, card.csv.header_row) if card.csv.header else -1
    names = list(card.csv.names) or column_names(filled[max(head, 0)][1])
    _check_quotes(thing, lines, spans, (len(names), card))
    body, below = without_footer(filled[head + 1 :], card.csv)
    body = [(number, _fitted(record, names)) for number, record in body]
    if card.csv.width is not None:
        body = [(number, record) for number, record in body if len(record) == card.csv.width]
    _check_width(thing, body, names, card)
    # Delimiters without anything between them: what Excel leaves of rows that were cleared.
    start = filled[max(head, 0)][0]
    blank = sum(record[0] > start and len(record[1]) > 1 and not _is_filled(record) for record in records)
    return table(body, unique(thing, names), blank_rows=blank + below)


def _fitted(record: list[Any], names: list[str]) -> list[Any]:
    """A record without empty fields beyond the header, and with those that it lacks where the header has no name
    there: what spreadsheets write and leave out at the end of lines."""
    width = len(names)
    while len(record) > width and not record[-1].strip():
        record = record[:-1]
    missing = names[len(record) :]
    is_unnamed = all(name == f"column_{number}" for number, name in enumerate(missing, start=len(record) + 1))
    return [*record, *[""] * len(missing)] if is_unnamed else record


def without_footer(records: Records, written: TableConfig) -> tuple[Records, int]:
    """The records above what the card says stands below the table, and how many stand there; only the last few are
    looked at, for a row may begin with the same word."""
    if written.footer is None:
        return records, 0
    word = written.footer.casefold()
    for position in range(max(0, len(records) - FOOTER_ROWS), len(records)):
        first = next((str(cell).strip() for cell in records[position][1] if cell and str(cell).strip()), "")
        if first.casefold().startswith(word):
            return records[:position], len(records) - position
    return records, 0


def _is_filled(record: tuple[int, list[Any]]) -> bool:
    return any(cell.strip() for cell in record[1])


def decode(thing: str, content: bytes, encoding: str, key: str) -> str:
    """The text in these bytes; refused where they are of another encoding, with the row in which that shows. `key`:
    what a card may say of it."""
    if content.startswith(UTF_16) and "16" not in encoding:
        raise SourceRefusal(
            thing, actual="text in UTF-16", expected=f"text in {encoding}", todo=_say_encoding(key, "utf-16")
        )
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as fault:
        row = content.count(b"\n", 0, fault.start) + 1
        with concerning(row=row):
            raise SourceRefusal(
                thing,
                actual=f"bytes {content[fault.start : fault.start + 4]!r} at {fault.start}, in row {row}",
                expected=f"text in {encoding}",
                todo=_say_encoding(key, "cp1252"),
            ) from None
    if "\0" in text:
        raise SourceRefusal(thing, actual="characters that no text has (NUL)", expected=f"text in {encoding}")
    # Text of other encodings hardly ever happens to be UTF-8: read as cp1252 it would be 'CafÃ©'.
    if not content.isascii() and _is_utf_8(content) and len(_encoded("\u00e9", encoding)) == 1:
        raise SourceRefusal(
            thing, actual="text in UTF-8", expected=f"text in {encoding}", todo=_say_encoding(key, "utf-8")
        )
    return text.removeprefix("\ufeff")


def _say_encoding(key: str, name: str) -> str:
    return f"name its encoding in the card: {key.replace('...', chr(34) + name + chr(34))}"


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, errors="ignore")


def _records(thing: str, lines: list[str], card: SourceConfig) -> tuple[Records, list[tuple[int, int]]]:
    """The records, each with the line that it begins in; and first and last line of those that take several."""
    skipped = 1 if lines and SEPARATOR_LINE.fullmatch(lines[0].rstrip("\r\n") + "\n") else 0
    reader = csv.reader(
        lines[skipped:],
        delimiter=card.csv.delimiter,
        quoting=csv.QUOTE_NONE if card.csv.quotes is False else csv.QUOTE_MINIMAL,
    )
    records: Records = []
    spans = []
    before = 0
    try:
        for record in reader:
            first, last = before + 1 + skipped, reader.line_num + skipped
            before = reader.line_num
            if record:  # lines without anything are no records, and yet count as lines
                records.append((first, record))
            if last > first:
                spans.append((first, last))
    except csv.Error as fault:
        row = reader.line_num + skipped
        with concerning(row=row):
            raise SourceRefusal(thing, actual=f"{fault}, in row {row}", expected="a text table") from None
    return records, spans


def _check_quotes(
    thing: str, lines: list[str], spans: list[tuple[int, int]], expected: tuple[int, SourceConfig]
) -> None:
    """Refuse a quote that is never closed, and one behind which lines that are whole records would be part of a
    cell."""
    width, card = expected
    for first, last in spans:
        inside = lines[first - 1 : last]
        whole = [line for line in inside if line.count(card.csv.delimiter) + 1 >= width > 1]
        is_open = last == len(lines) and not _is_closed(inside, card.csv.delimiter)
        if is_open or (len(whole) > 1 and card.csv.quotes is None):
            closed = "that is never closed" if is_open else f"that is closed in row {last}"
            with concerning(row=first):
                raise SourceRefusal(
                    thing,
                    actual=f"an opening quote in row {first} {closed}: rows {first} to {last} would be one record",
                    expected="quotes around whole cells, twice within them",
                    todo="mend that row; or say in the card what quotes are: csv = { quotes = false } for signs like "
                    "any other, csv = { quotes = true } for cells of several lines",
                )


def _is_closed(lines: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as fault:
        return "unexpected end" not in str(fault)
    return True


def _check_width(thing: str, body: Records, names: list[str], card: SourceConfig) -> None:
    odd = [number for number, record in body if len(record) != len(names)]
    if odd:
        with concerning(row=odd[0]):
            raise SourceRefusal(
                thing,
                actual=f"{len(odd)} records with another number of fields than {len(names)}, first in row {odd[0]}",
                expected=f"{len(names)} fields separated by {card.csv.delimiter!r}",
                todo="check the delimiter, and header_row where titles stand above the header; or pick records with "
                "csv.width and name them with csv.names",
            )


def header_position(records: Records, card: SourceConfig, row: int | None) -> int:
    """Which of the records is the header: that in this row, else the first that has all columns that the card names,
    else the first."""
    if row is not None:
        return next((position for position, (number, _) in enumerate(records) if number >= row), 0)
    wanted = card.file_columns()
    for position, (_, record) in enumerate(records[:HEADER_ROWS]):
        if wanted <= set(column_names(record)):
            return position
    return 0


def column_names(header: list[Any]) -> list[str]:
    """The names in a header; a column without one is named by its place."""
    return [
        str(cell or "").replace("\u00a0", " ").strip() or f"column_{number}"
        for number, cell in enumerate(header, start=1)
    ]


def table(body: Records, names: list[str], sheet: str | None = None, blank_rows: int = 0) -> RawTable:
    """Numbered records as cells without blanks around them."""
    cells = pd.DataFrame([record for _, record in body], columns=names, dtype=object)
    rows = np.array([row for row, _ in body], dtype=np.int64)
    return RawTable(cells.apply(blank_to_none), rows, None, None, sheet, blank_rows=blank_rows)


def unique(thing: str, names: list[str]) -> list[str]:
    """These names of columns; refused where one stands there twice."""
    if twice := repeated(names):
        raise SourceRefusal(thing, actual=f"columns that stand there twice: {twice}", expected="each column once")
    return names


def blank_to_none(texts: pd.Series) -> pd.Series:
    """Texts without blanks around them, and with plain ones within; what is nothing else is None."""
    stripped = texts.str.replace("\u00a0", " ", regex=False).str.strip()
    return stripped.where(stripped.notna() & (stripped != ""), None)
