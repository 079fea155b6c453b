"""The data dictionary: layers and columns as their declarations have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from layers.derived import DERIVED
from layers.errors import ConfigRefusal
from layers.layer import Layer, RasterLayer
from layers.sources import SOURCES


def dictionary(name: str | None) -> list[dict[str, Any]]:
    """Return the entry of one layer with its columns, or without a name those of all layers without columns.

    Raises ConfigRefusal for a name that no layer has.
    """
    layers: dict[str, Layer | RasterLayer] = {**SOURCES, **DERIVED}
    if name is None:
        return [_layer_entry(layer) for layer in layers.values()]
    if name not in layers:
        raise ConfigRefusal("describe", actual=f"no layer '{name}'", expected=f"one of {sorted(layers)}")
    layer = layers[name]
    if isinstance(layer, RasterLayer):
        return [_layer_entry(layer)]
    columns = [_column_entry(column, layer) for column in layer.columns]
    return [{**_layer_entry(layer), "key": list(layer.key), "shape": layer.shape or "table", "columns": columns}]


def _layer_entry(layer: Layer | RasterLayer) -> dict[str, Any]:
    entry: dict[str, Any] = {"layer": layer.name, "title": layer.title, "meaning": layer.meaning}
    if isinstance(layer, RasterLayer):
        entry |= {"unit": layer.unit, "minimum": layer.minimum, "maximum": layer.maximum}
    return entry


def _column_entry(name: str, layer: Layer) -> dict[str, Any]:
    column = layer.columns[name]
    entry = {"name": name, "type": column.kind, "title": column.title, "unit": column.unit, "meaning": column.meaning}
    return {**entry, "choices": list(column.choices), "optional": column.optional, "confidential": column.confidential}


def dictionary_text(entries: Sequence[dict[str, Any]]) -> str:
    """Return the entries as lines: a layer, and below it its columns."""
    lines = []
    for entry in entries:
        lines.append(f"{entry['layer']:<24} {entry['title']:<32} {entry['meaning']}")
        lines += [_column_line(column) for column in entry.get("columns", [])]
    return "\n".join(lines)


def _column_line(column: dict[str, Any]) -> str:
    marks = (
        column["unit"],
        "may be empty" if column["optional"] else "",
        "confidential" if column["confidential"] else "",
    )
    extra = ", ".join(mark for mark in marks if mark)
    line = f"  {column['name']:<24} {column['type']:<6} {column['meaning']}"
    line += f" ({extra})" if extra else ""
    return line + (f" one of {', '.join(column['choices'])}" if column["choices"] else "")
