"""Where a column is declared and computed, read from our own source with `ast`.

A column is computed where its stage writes its name: as the key of a dict, a keyword, the new name in a rename, a
subscript that is assigned to, or an f-string that makes one name per year. That is a pointer for a reader, not a
proof: a name that is put together otherwise is not seen.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from layers.derived import DERIVED
from layers.sources import SOURCES

CODE_ROOT = Path(__file__).parents[2]
# Calls whose dict has columns that are there already; of a rename its values are new names.
NOT_WRITING, RENAMING = ("round", "astype", "fillna", "sort_values", "rename"), "rename"
MOST_PLACES = 5


@dataclass(frozen=True)
class CodePlace:
    """A line of our code, the function that it stands in, and the tables that this function names."""

    path: str
    line: int
    function: str
    tables: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the place as an editor opens it."""
        return f"{self.path}:{self.line} {self.function}".rstrip()


def declaration(layer: str, column: str) -> CodePlace:
    """Return where a column of a layer is declared."""
    path = Path("layers") / ("derived" if layer in DERIVED else "sources") / f"{layer}.py"
    lines = (CODE_ROOT / path).read_text(encoding="utf-8").splitlines()
    # A column that is taken over from another layer stands nowhere by name: then the layer as a whole.
    marks = (f'"{column}":', "LAYER = ")
    number = next(number for mark in marks for number, line in enumerate(lines, start=1) if mark in line)
    return CodePlace(str(path), number, "LAYER")


def computations(stage: str, layer: str, column: str) -> list[CodePlace]:
    """Return where the stage writes this column, in the functions nearest to the layer; at most MOST_PLACES."""
    ranked: dict[int, list[CodePlace]] = {}
    for path in _modules(stage):
        names_layer = any(_text(node) == layer for node in ast.walk(_parse(path)) if isinstance(node, ast.Constant))
        for function in _functions(path):
            lines = sorted({node.lineno for node in _written(function) if _text(node) == _placeholder(column)})
            if lines and (function.name == layer or function.name not in DERIVED):  # else it is of that table
                place = CodePlace(str(path.relative_to(CODE_ROOT)), lines[0], function.name, _tables(function))
                # A function of the layer's own name comes first, then a module that names the layer, then the others.
                rank = 0 if function.name == layer else 1 if names_layer else 2
                ranked.setdefault(rank, []).append(place)
    return ranked[min(ranked)][:MOST_PLACES] if ranked else []


def makers(stage: str, layer: str) -> list[CodePlace]:
    """Return the functions of a stage that have the name of a layer; else the function that the line calls."""
    functions = [
        CodePlace(str(path.relative_to(CODE_ROOT)), function.lineno, function.name, _tables(function))
        for path in _modules(stage)
        for function in _functions(path)
    ]
    return [place for place in functions if place.function == layer] or [
        place for place in functions if place.function == "run"
    ]


def _modules(stage: str) -> list[Path]:
    folder = CODE_ROOT / "pipeline" / "stages" / stage
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(_parse(path)) if isinstance(node, ast.FunctionDef)]


def _written(function: ast.FunctionDef) -> Iterator[ast.expr | ast.keyword]:
    """Yield the nodes that name a column where it is written."""
    present: set[ast.AST] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in NOT_WRITING:
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            dicts = [value for value in given if isinstance(value, ast.Dict)]
            present |= {*dicts, *node.keywords}
            if getattr(node.func, "attr", "") == RENAMING:
                yield from (value for each in dicts for value in each.values)
        elif node in present:
            continue
        elif isinstance(node, ast.Dict):
            yield from (key for key in node.keys if key is not None)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield node.slice
        elif isinstance(node, ast.keyword | ast.JoinedStr):
            yield node
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "{}" in node.value:
            yield node  # a pattern that is filled in per year


def _text(node: ast.AST) -> str | None:
    """Return the name that a node spells, with {} for what is filled in."""
    if isinstance(node, ast.keyword):
        return node.arg
    if isinstance(node, ast.Constant):
        return _placeholder(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _placeholder(name: str) -> str:
    return name.replace("{year}", "{}")


def _tables(function: ast.FunctionDef) -> tuple[str, ...]:
    texts = {
        node.value for node in ast.walk(function) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return tuple(sorted(texts & {*DERIVED, *SOURCES}))
