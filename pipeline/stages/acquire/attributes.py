"""Attributes as text, whatever their type in the file; bytes that are no text are refused with row and column."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from layers.errors import SourceRefusal, concerning
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.stages.acquire.input_validation import format_of
from pipeline.stages.acquire.tables import blank_to_none

# What UTF-8 looks like when it is read as cp1252 or latin-1, and what stands for a sign that was lost.
GARBLED = "[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2013-\u203a\u20ac\u2122]|\u00e2[\u0080\u20ac]|\ufffd"
LIST_SEPARATOR = ", "


def as_text(thing: str, table: pa.Table, encoding: str | None = None) -> pd.DataFrame:
    """Every column as text, empty as None; whole numbers keep their digits, dates are ISO, lists are joined, objects
    are JSON.

    encoding: of bytes that are no UTF-8, as the card says; without it they are refused. Bytes without a meaning as text
    (images) are left out.
    """
    columns: dict[str, Any] = {}
    for name in dict.fromkeys(table.column_names):
        texts = _texts(thing, name, table.column(table.column_names.index(name)), encoding)
        if texts is not None:
            columns[name] = blank_to_none(texts.astype(object))
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), dtype=object)


def _texts(thing: str, name: str, column: pa.ChunkedArray, encoding: str | None) -> pd.Series | None:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _texts(thing, name, column.cast(kind.value_type), encoding)
    if pa.types.is_floating(kind):
        write = _single if kind.bit_width < 64 else _number_text
        return column.to_pandas().map(write, na_action="ignore")
    if pa.types.is_nested(kind):
        return pd.Series([_joined(value) for value in column.to_pylist()], dtype=object)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        try:
            return _decoded(thing, name, column, None)
        except SourceRefusal:
            return None
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            return _decoded(thing, name, column.cast(_as_binary(kind)), encoding)
    try:
        return column.cast(pa.string()).to_pandas()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pd.Series([None if value is None else str(value) for value in column.to_pylist()], dtype=object)


def _as_binary(kind: pa.DataType) -> pa.DataType:
    return pa.large_binary() if pa.types.is_large_string(kind) else pa.binary()


def _decoded(thing: str, name: str, column: pa.ChunkedArray, encoding: str | None) -> pd.Series:
    """Bytes as text: in UTF-8, or where they are none, in the encoding of the card."""
    texts: list[str | None] = []
    for row, content in enumerate(column.to_pylist(), start=1):
        try:
            texts.append(None if content is None else content.decode("utf-8"))
        except UnicodeDecodeError as fault:
            if encoding is None or encoding.lower().replace("-", "") == "utf8":
                with concerning(row=row, field=name):
                    raise SourceRefusal(
                        thing,
                        actual=f"bytes {content[max(0, fault.start - 8) : fault.start + 4]!r} in row {row}, "
                        f"field '{name}'",
                        expected="text in UTF-8",
                        todo='name the encoding that it is in, in the card: encoding = "cp1252"',
                    ) from None
            texts.append(content.decode(encoding, errors="replace"))
    return pd.Series(texts, dtype=object)


def refuse_garbled(card: SourceConfig, raw: RawTable) -> None:
    """Refuse text that was read, now or before it came here, in another encoding than it was in, with the first row and
    column where that shows. Of a Shapefile any column shows it, of others those that the card reads count.
    """
    is_shapefile = format_of(card).name == "shapefile"
    names = [name for name in raw.cells if is_shapefile or name in card.file_columns()]
    for name in names:
        texts = raw.cells[name]
        # Few texts have other signs than ASCII, and only these can be garbled.
        odd = texts[[isinstance(text, str) and not text.isascii() for text in texts]]
        garbled = odd[odd.str.contains(GARBLED)]
        if not len(garbled):
            continue
        row = raw.rows[garbled.index[0]]
        with concerning(row=row, field=name):
            raise SourceRefusal(
                f"source '{card.name}', file '{card.path}'",
                actual=f"{garbled.iloc[0][:60]!r} in row {row}, field '{name}'",
                expected="text in the encoding that the file says it is in" + (" (.cpg)" if is_shapefile else ""),
                todo='name the encoding that it is really in, in the card: encoding = "utf-8"'
                if is_shapefile
                else "signs were lost when the file was made: ask for it anew, or mend the text in the program that it "
                "comes from",
            )


def _number_text(number: float) -> str:
    return f"{number:.0f}" if math.isfinite(number) and number == math.floor(number) else repr(float(number))


def _single(number: float) -> str:
    """A number of single or half precision by the fewest digits that mean it: 4.1, not 4.099999904632568."""
    short = np.float32(number)
    return _number_text(number) if not math.isfinite(number) or short == np.floor(short) else str(short)


def _joined(value: Any) -> str | None:
    """A list of plain values with commas between them; anything deeper as JSON."""
    if value is None:
        return None
    if isinstance(value, list) and not any(isinstance(part, list | dict | tuple) for part in value):
        return LIST_SEPARATOR.join(_part(part) for part in value if part is not None)
    return json.dumps(value, ensure_ascii=False, default=str)


def _part(value: Any) -> str:
    return _number_text(value) if isinstance(value, float) else str(value)
