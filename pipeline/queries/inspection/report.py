"""What was seen in files, as text within a hundred columns and as JSON."""

import json
import textwrap
from collections.abc import Sequence
from typing import Any

from pipeline.queries.inspection.files import NOT_READ
from pipeline.queries.inspection.matching import Candidate
from pipeline.queries.inspection.profile import ColumnProfile, FileLayer, short

WIDTH = 100
LABEL = 11
MOST_COLUMNS_SHOWN = 40
MOST_WORDS_SHOWN = 8

Seen = Sequence[tuple[FileLayer, Sequence[Candidate]]]


def inspection_text(seen: Seen) -> str:
    """Each layer with its columns, what it may be and its faults; files of other formats on one line at the end."""
    parts = [_layer_text(layer, candidates) for layer, candidates in seen if not _is_other(layer)]
    others = [layer.path for layer, _ in seen if _is_other(layer)]
    if others:
        parts.append(_wrapped("not read", f"{len(others)} files of other formats: {', '.join(others)}"))
    likely = sorted({candidates[0].layer for _, candidates in seen if candidates})
    count = sum(not _is_other(layer) for layer, _ in seen)
    parts.append(_wrapped("in all", f"{count} layers of files; likely for: {', '.join(likely) or 'none of ours'}"))
    return "\n\n".join(parts)


def _is_other(layer: FileLayer) -> bool:
    return not layer.format and any(NOT_READ in fault for fault in layer.faults)


def _layer_text(layer: FileLayer, candidates: Sequence[Candidate]) -> str:
    lines = textwrap.wrap(layer.label, WIDTH, break_long_words=True, subsequent_indent="  ")
    lines.append(_wrapped("format", _format_text(layer)))
    if layer.extent:
        edges = ", ".join(f"{edge:.7g}" for edge in layer.extent)
        system = layer.declared or "no coordinate system stated"
        likely = f"; likely {layer.likely}" if layer.likely else ""
        lines.append(_wrapped("place", f"{system}{likely}; {edges}"))
    if layer.grid:
        lines.append(_wrapped("values", _grid_text(layer)))
    shown = layer.columns[:MOST_COLUMNS_SHOWN]
    width = min(26, max((len(column.name) for column in shown), default=0))
    for number, column in enumerate(shown):
        lines.append(_wrapped("columns" if number == 0 else "", _column_text(column, width, layer), width + 2))
    if len(layer.columns) > len(shown):
        lines.append(_wrapped("", f"and {len(layer.columns) - len(shown)} more"))
    for number, candidate in enumerate(candidates):
        text = f"{candidate.layer} ({candidate.score} of 100): {'; '.join(candidate.reasons)}"
        lines.append(_wrapped("may be" if number == 0 else "", text, 2))
    if not candidates and (layer.columns or layer.grid):
        lines.append(_wrapped("may be", "none of our layers"))
    for number, fault in enumerate(layer.faults):
        lines.append(_wrapped("faults" if number == 0 else "", fault, 2))
    return "\n".join(lines)


def _format_text(layer: FileLayer) -> str:
    shapes = {"": "rows", "grid": "grid", "polygon": "areas", "line": "lines", "point": "points"}[layer.shape]
    if layer.shape == "grid":
        return f"{layer.format}, {layer.grid['columns']:,} by {layer.grid['rows']:,} cells of {layer.grid['cell']:g}"
    if layer.rows is None:
        return layer.format or "not known"
    sampled = "" if layer.is_whole else f"; looked at the first {len(layer.cells):,}"
    return f"{layer.format}, {layer.rows:,} {shapes}{sampled}"


def _grid_text(layer: FileLayer) -> str:
    grid = layer.grid
    span = "none" if grid["lowest"] is None else f"{grid['lowest']:g} to {grid['highest']:g}"
    return f"{span}{', whole numbers' if grid['is_whole'] else ''}; no data is {grid['nodata']}; {grid['kind']}"


def _column_text(column: ColumnProfile, width: int, layer: FileLayer) -> str:
    kind = f"{column.kind}{', may be a key' if column.is_key else ''}"
    if column.date_form:
        kind += f" ({column.date_form})"
    total = len(layer.cells)
    filled = "" if column.filled == total else f", {total - column.filled:,} empty"
    if column.words and column.kind == "text" and not column.is_key:
        words = [f"{short(word, 24)} ({number:,})" for word, number in list(column.words.items())[:MOST_WORDS_SHOWN]]
        rest = f", and {len(column.words) - len(words)} more" if len(column.words) > len(words) else ""
        said = f"{', '.join(words)}{rest}"
    else:
        said = ", ".join(short(text, 28) for text in column.samples)
        said += f" ({column.distinct:,} differ)" if column.distinct > len(column.samples) else ""
    return f"{column.name:<{width}}  {kind}{filled}" + (f": {said}" if said else "")


def _wrapped(label: str, text: str, hang: int = 0) -> str:
    indent = " " * LABEL
    return "\n".join(
        textwrap.wrap(
            f"  {label:<{LABEL - 2}}{text}",
            WIDTH,
            subsequent_indent=indent + " " * hang,
            drop_whitespace=True,
            break_on_hyphens=False,
        )
    )


def inspection_json(seen: Seen) -> str:
    """The same, for programs; cells are left out."""
    return json.dumps([_as_dict(layer, candidates) for layer, candidates in seen], indent=1, ensure_ascii=False)


def _as_dict(layer: FileLayer, candidates: Sequence[Candidate]) -> dict[str, Any]:
    columns = [
        {
            "name": column.name,
            "kind": column.kind,
            "filled": column.filled,
            "distinct": column.distinct,
            "samples": column.samples,
            "words": column.words,
            "is_key": column.is_key,
            "date_form": column.date_form,
        }
        for column in layer.columns
    ]
    may_be = [
        {
            "layer": candidate.layer,
            "score": candidate.score,
            "reasons": candidate.reasons,
            "columns": {match.column: match.field for match in candidate.matches},
        }
        for candidate in candidates
    ]
    return {
        "file": layer.path,
        "member": layer.member,
        "layer": layer.name,
        "format": layer.format,
        "rows": layer.rows,
        "shape": layer.shape,
        "crs": layer.declared,
        "likely_crs": layer.likely,
        "extent": layer.extent,
        "columns": columns,
        "grid": {key: value for key, value in layer.grid.items() if key != "words"},
        "faults": layer.faults,
        "may_be": may_be,
    }
