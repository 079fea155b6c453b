"""The data dictionary: layers and columns as they are declared, and where a column comes from."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from layers.column import Column
from layers.derived import DERIVED
from layers.errors import ConfigRefusal
from layers.glossary import columns as dutch_columns
from layers.layer import Layer, RasterLayer
from layers.sources import SOURCES
from pipeline.line import LINE
from pipeline.project.load import OVERRIDES_HEADERS
from pipeline.project.project import Project
from pipeline.queries.column_origin import computations, declaration, makers
from pipeline.runner.inputs import tables_read
from pipeline.stages.publish.text.translate import published_name, published_title

SHOWN = ("meaning", "published", "years", "title", "type", "unit", "choices", "stage", "declared", "computed", "inputs")
EVERY_YEAR = "one column for each of the `years` of project.toml, whichever year is named here"
SHAPE, PUBLISHED_SHAPE = "geometry", "geom"
SOME_YEAR = "1234"  # published names are made for a year
ALL_LAYERS: dict[str, Layer | RasterLayer] = {**SOURCES, **DERIVED}


def dictionary(name: str | None) -> list[dict[str, Any]]:
    """Return the entry of one layer with its columns, or without a name those of all layers without columns.

    Raises ConfigRefusal for a name that no layer has.
    """
    if name is None:
        return [_layer_entry(layer) for layer in ALL_LAYERS.values()]
    layer = _layer(name)
    if isinstance(layer, RasterLayer):
        return [_layer_entry(layer)]
    columns = [_column_entry(column, layer) for column in layer.columns]
    return [{**_layer_entry(layer), "key": list(layer.key), "shape": layer.shape or "table", "columns": columns}]


def _layer(name: str) -> Layer | RasterLayer:
    if name not in ALL_LAYERS:
        raise ConfigRefusal("describe", actual=f"no layer '{name}'", expected=f"one of {sorted(ALL_LAYERS)}")
    return ALL_LAYERS[name]


def internal_name(table: str, project: Project) -> str:
    """Return the name of the layer that is published as this table; other names as they are."""
    return next((card.layer for card in project.publish.published if card.name == table), table)


def describe_column(table: str, column: str) -> dict[str, Any]:
    """Return the meaning, unit and origin of a column of a layer; the column by its published (Dutch) or internal name.

    Raises ConfigRefusal for a layer or column that is not there.
    """
    layer = _layer(table)
    if isinstance(layer, RasterLayer):
        raise ConfigRefusal("describe", actual=f"'{table}' is a grid, without columns", todo="leave the column out")
    if layer.shape and column in (SHAPE, PUBLISHED_SHAPE):
        column = SHAPE
        layer = replace(
            layer, key=(), columns={SHAPE: Column(layer.shape, "its shape, in RD New (EPSG:28992)", "Vorm")}
        )
    name = next((name for name, known in layer.columns.items() if _is_called(column, name, known)), None)
    if name is None:
        known = [entry["published"] or entry["name"] for entry in dictionary(table)[0]["columns"]]
        known += [PUBLISHED_SHAPE] if layer.shape else []
        raise ConfigRefusal("describe", actual=f"no column '{column}' in '{table}'", expected=f"one of {known}")
    entry = _column_entry(name, layer)
    return {
        **entry,
        "name": f"{table}.{name}",
        "years": EVERY_YEAR if "{year}" in name else "",
        "title": published_title(layer.columns[name]),
        "published_unit": "ha" if entry["unit"] == "m2" else entry["unit"],
        **_origin(layer, name),
    }


def _is_called(given: str, name: str, column: Column) -> bool:
    """Return whether a column goes by this name, for any year."""
    names = (name, yearly_name(name, column) if name in dutch_columns() else name)
    patterns = (re.escape(known).replace(r"\{year\}", r"(\d{4}|JAAR|\{year\})") for known in names)
    return any(re.fullmatch(pattern, given) for pattern in patterns)


def _origin(layer: Layer, column: str) -> dict[str, Any]:
    """Return the stage and the places in the code that write a column with the tables that these name; else the
    tables that the stage reads, and those of them whose column of this name is taken over; of a source layer where a
    user says what of the file it is.
    """
    stage = layer.stage or "harmonise"
    is_source = layer.name in SOURCES
    # Shapes come from the function that makes the table, in whatever way; sources are read by their card alone.
    places = [] if is_source or column == SHAPE else computations(stage, layer.name, column)
    taken_over: list[dict[str, Any]] = []
    if not places and not is_source:  # no line of the stage writes it: it comes along with a table
        near = makers(stage, layer.name)
        named = {table for place in near for table in place.tables}
        taken_over = _carried(column, stage, named) or _carried(column, stage, _tables_read(stage))
        places = [] if taken_over else near
    inputs = {table for place in places for table in place.tables} - {layer.name}
    return {
        "stage": stage,
        "declared": str(declaration(layer.name, column)),
        "computed": [str(place) for place in places],
        "inputs": sorted(inputs),
        "source": _in_source(layer.name, column) if is_source else "",
        "stage_reads": [] if inputs or taken_over or is_source else sorted(_tables_read(stage)),
        "taken_over_from": taken_over,
    }


def _in_source(layer: str, column: str) -> str:
    """Where a user says what of a file a column of a source layer is."""
    if layer == "overrides":
        return f"column {OVERRIDES_HEADERS[column]} of overrides.csv"
    named = "the shapes of `path`" if column == SHAPE else f"`{column}` among `columns`"
    return f"{named} in the card of sources/ with layer = '{layer}'"


def _carried(column: str, stage: str, tables: Collection[str]) -> list[dict[str, Any]]:
    """The tables of earlier stages that have a column of this name, each with its origin."""
    layers = [ALL_LAYERS[table] for table in sorted(tables)]
    return [
        {"column": f"{layer.name}.{column}", **_origin(layer, column)}
        for layer in layers
        if isinstance(layer, Layer) and column in layer.columns and layer.stage != stage
    ]


def _tables_read(name: str) -> set[str]:
    """The tables that a stage declares to read."""
    return tables_read(next(stage for stage in LINE if stage.name == name))


def column_text(entry: dict[str, Any]) -> str:
    """Return the description of a column as lines: meaning, unit, origin."""
    lines = [entry["name"]]
    if entry["published_unit"] != entry["unit"]:
        entry = {**entry, "unit": f"{entry['unit']}, published in {entry['published_unit']}"}
    for key in (*SHOWN, "source", "stage_reads"):
        value = entry[key]
        text = ", ".join(value) if isinstance(value, list) else value
        lines += [f"  {key.replace('_', ' '):<11} {text}"] if text else []
    for carrier in entry["taken_over_from"]:
        earlier = [each["column"] for each in carrier["taken_over_from"]]
        places = ", ".join(carrier["computed"] or earlier) or carrier["source"]
        lines.append(f"  taken over from {carrier['column']} of {carrier['stage']}, {places}")
    return "\n".join(lines)


def _layer_entry(layer: Layer | RasterLayer) -> dict[str, Any]:
    entry: dict[str, Any] = {"layer": layer.name, "title": layer.title, "meaning": layer.meaning}
    if isinstance(layer, RasterLayer):
        entry |= {"unit": layer.unit, "minimum": layer.minimum, "maximum": layer.maximum}
    return entry


def _column_entry(name: str, layer: Layer) -> dict[str, Any]:
    column = layer.columns[name]
    return {
        "name": name,
        "published": yearly_name(name, column) if name in dutch_columns() else "",
        "type": column.kind,
        "title": column.title,
        "unit": column.unit,
        "meaning": column.meaning,
        "choices": list(column.choices),
        "optional": column.optional,
        "confidential": column.confidential,
    }


def yearly_name(name: str, column: Column) -> str:
    """Return the published name of a column, with {year} where each year has one."""
    return published_name(name.replace("{year}", SOME_YEAR), column).replace(SOME_YEAR, "{year}")


def dictionary_text(entries: Sequence[dict[str, Any]]) -> str:
    """Return the entries as lines: a layer, and below it its columns with type, meaning and unit."""
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
    extra = ", ".join(filter(None, marks))
    line = f"  {column['name']:<24} {column['type']:<6} {column['meaning']}"
    line += f" ({extra})" if extra else ""
    return line + (f" one of {', '.join(column['choices'])}" if column["choices"] else "")
