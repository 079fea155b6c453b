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
SHARED_MODULES = sorted((CODE_ROOT / "pipeline" / "land").glob("*.py"))


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


@dataclass(frozen=True)
class WritingFunction:
    """A function of our code, the tables that it names, and the first line where it writes each column."""

    path: str
    name: str
    line: int
    tables: tuple[str, ...]
    writes: dict[str | None, int]

    def at_line(self, line: int) -> CodePlace:
        """Return a line of this function."""
        return CodePlace(self.path, line, self.name, self.tables)


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
        for function in _functions(path):
            line = function.writes.get(_placeholder(column))
            if line is not None and (function.name == layer or function.name not in DERIVED):  # else of that table
                # A function of the layer's own name comes first, then a module that names the layer, then the others.
                rank = 0 if function.name == layer else 1 if layer in _texts(_parse(path)) else 2
                ranked.setdefault(rank, []).append(function.at_line(line))
    return ranked[min(ranked)][:MOST_PLACES] if ranked else []


def makers(stage: str, layer: str) -> list[CodePlace]:
    """Return the functions of a stage, or of what stages share, that have the name of a layer; else the function that
    the line calls."""
    of_stage = _modules(stage)
    named = [each for path in (*of_stage, *SHARED_MODULES) for each in _functions(path) if each.name == layer]
    called = [each for path in of_stage for each in _functions(path) if each.name == "run"]
    return [function.at_line(function.line) for function in named or called]


def _modules(stage: str) -> list[Path]:
    folder = CODE_ROOT / "pipeline" / "stages" / stage
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _functions(path: Path) -> list[WritingFunction]:
    functions = []
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.FunctionDef):
            lines: dict[str | None, list[int]] = {}
            for written in _written(node):
                lines.setdefault(_text(written), []).append(written.lineno)
            tables = tuple(sorted(_texts(node) & {*DERIVED, *SOURCES}))
            first = {text: min(numbers) for text, numbers in lines.items()}
            functions.append(
                WritingFunction(path.relative_to(CODE_ROOT).as_posix(), node.name, node.lineno, tables, first)
            )
    return functions


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


@cache
def _texts(node: ast.AST) -> set[str]:
    """The texts that stand in a piece of code."""
    constants = (constant for constant in ast.walk(node) if isinstance(constant, ast.Constant))
    return {text for constant in constants if (text := _text(constant)) is not None}
