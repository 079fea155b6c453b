"""Workbooks: every cell of a sheet as it is shown; what a workbook says of its own size is not believed."""

import datetime as dt
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import iterparse

from layers.errors import SourceRefusal, concerning
from pipeline.project.raw_table import UNVALUED, RawTable
from pipeline.project.source import SourceConfig
from pipeline.stages.acquire.tables import column_names, header_position, table, unique, without_footer

# Other programs write a fill without a pattern, on which openpyxl stops.
EMPTY_FILL = re.compile(rb"<((?:\w+:)?)fill\s*(?:/>|>\s*</(?:\w+:)?fill>)")
STYLES = "xl/styles.xml"


def read_xlsx(card: SourceConfig, path: Path) -> RawTable:
    """A sheet of a workbook; dates as ISO text in the workbook's own date system, whole numbers without decimals."""
    thing = f"source '{card.name}', file '{card.path}'"
    if card.xlsx is None:
        raise SourceRefusal(thing, actual="no sheet named in the card", expected='xlsx = { sheet = "..." }')
    content = io.BytesIO(path.read_bytes())
    book = opened_workbook(thing, content)
    if card.xlsx.sheet not in book.sheetnames:
        raise SourceRefusal(thing, actual=f"sheets {book.sheetnames}", expected=f"a sheet '{card.xlsx.sheet}'")
    sheet = book[card.xlsx.sheet]
    thing = f"{thing}, sheet '{card.xlsx.sheet}'"
    sheet.reset_dimensions()
    unvalued = unvalued_cells(thing, content, sheet._worksheet_path)
    numbered = enumerate(sheet.iter_rows(values_only=True), start=1)
    every = [(row, texts_of_row(cells, unvalued.get(row, []), card.xlsx.decimal)) for row, cells in numbered]
    rows = [(row, cells) for row, cells in every if any(cells)]
    if not rows or (card.xlsx.header_row or 0) > rows[-1][0]:
        last = rows[-1][0] if rows else 0
        raise SourceRefusal(thing, actual=f"{last} rows", expected=f"a header in row {card.xlsx.header_row or 1}")
    head = header_position(rows, card, card.xlsx.header_row)
    width = max(len(cells) for _, cells in rows[head:])
    names = unique(thing, column_names(_padded(rows[head][1], width)))
    body, below = without_footer([(row, _padded(cells, width)) for row, cells in rows[head + 1 :]], card.xlsx)
    return table(body, names, card.xlsx.sheet, below)


def _padded(cells: list[Any], width: int) -> list[Any]:
    return [*cells, *[None] * (width - len(cells))]


def opened_workbook(thing: str, content: io.BytesIO) -> Any:
    """The workbook, without styles that only some programs understand."""
    import openpyxl  # takes a tenth of a second, and few projects have a workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        try:
            return openpyxl.load_workbook(content, read_only=True, data_only=True)
        except TypeError:
            return openpyxl.load_workbook(_with_plain_fills(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, OSError) as fault:
        raise SourceRefusal(thing, actual=f"no readable workbook ({fault})", expected="an .xlsx file") from None


def _with_plain_fills(content: io.BytesIO) -> io.BytesIO:
    plain = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(plain, "w") as copy:
        for name in source.namelist():
            part = source.read(name)
            if name == STYLES:
                part = EMPTY_FILL.sub(rb"<\1fill><\1patternFill/></\1fill>", part)
            copy.writestr(name, part)
    return plain


def texts_of_row(cells: Any, unvalued: list[str], decimal: str = ".") -> list[str | None]:
    """The cells of a row as text, numbers with this sign for their decimals.

    A formula without a value says so and where, since it is not empty."""
    from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

    texts = [_text(cell, decimal) for cell in cells]
    for place in unvalued:
        column = column_index_from_string(coordinate_from_string(place)[0])
        texts = _padded(texts, max(column, len(texts)))
        texts[column - 1] = UNVALUED + place
    return texts


def unvalued_cells(thing: str, content: io.BytesIO, part: str, most_rows: int | None = None) -> dict[int, list[str]]:
    """By row, of the first so many, the cells with a formula of which no value is stored; refuses rows that do not
    follow each other."""
    unvalued, last = {}, 0
    with zipfile.ZipFile(content) as archive, archive.open(part.lstrip("/")) as stream:
        for _, element in iterparse(stream):
            if element.tag.rpartition("}")[2] != "row":
                continue
            row = int(element.get("r") or last + 1)
            if row <= last:
                with concerning(row=row):
                    raise SourceRefusal(
                        thing, actual=f"row {row} behind row {last}", expected="rows in their order, each once"
                    )
            if most_rows is not None and row > most_rows:
                break
            last = row
            unvalued[row] = [place for place in map(_unvalued, element) if place]
            element.clear()
    return unvalued


def _unvalued(cell: Any) -> str:
    """The place of a cell that holds a formula and not what comes of it; empty of any other."""
    parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
    # An empty text is a value as well: it is of type str.
    is_empty = not parts.get("v") and not (cell.get("t") == "str" and "v" in parts) and "is" not in parts
    return str(cell.get("r") or "") if "f" in parts and is_empty else ""


def _text(cell: Any, decimal: str) -> str | None:
    if cell is None:
        return None
    # A workbook knows only moments and fractions: midnight is a day, a fraction without decimals a whole number.
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, float):
        return str(cell).replace(".", decimal)
    return str(cell).strip() or None
