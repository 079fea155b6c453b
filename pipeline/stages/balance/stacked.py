"""Columns of many small parts, put together at once: a table for each part would cost more than what stands in it."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from layers.layer import Layer


def stacked(parts: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Parts behind each other: of each its columns, arrays of one length; a value by itself stands in every row."""
    columns: dict[str, list[Any]] = {}
    for part in parts:
        rows = max(len(value) for value in part.values() if _is_column(value))
        for name, value in part.items():
            every = value if _is_column(value) else np.full(rows, value, object if isinstance(value, str) else None)
            is_text = isinstance(every, list | tuple)  # as an array of texts each would be as long as the longest
            columns.setdefault(name, []).append(np.asarray(every, object if is_text else None))
    return pd.DataFrame({name: np.concatenate(values) for name, values in columns.items()})


def stacked_as(layer: Layer, parts: Iterable[Mapping[str, Any]], **constants: Any) -> pd.DataFrame:
    """Parts behind each other as a layer, with `constants` in each row; without parts no rows."""
    table = stacked(parts)
    return layer.conform(table.assign(**constants)) if len(table) else layer.empty()


def _is_column(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str)
