"""What the source of a module says, read from its syntax: once for the same source, whatever the process.

To parse all modules takes longer than all else that a question on freshness takes, so what they say is stored in the
cache of the user, by a digest of the source. What depends on other files, as whether an imported name is a module, is
not told here.
"""

import ast
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

from pipeline.kernels.user_cache import user_cache
from pipeline.storage.checksums import checksum, checksum_of_bytes
from pipeline.storage.whole_files import replace

MOST_STORED = 2000  # sources: then it is begun anew


@dataclass(frozen=True)
class Source:
    """What the source of a module says: modules that it imports, each with the name that is taken from it ("" for the
    module itself); its texts that could be a name; the data files that it opens; whether it imports by name."""

    imports: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]
    data: tuple[str, ...]
    is_dynamic: bool


@dataclass
class SourceCache:
    """What sources say, by their digest, and the file that it is stored in; None where nothing can be."""

    file: Path | None
    sources: dict[str, Source]
    is_changed: bool = False


def source_in(path: Path) -> Source:
    """What the source in a file says."""
    content = path.read_bytes()
    digest, known = checksum_of_bytes(content), _cache()
    if digest not in known.sources:
        known.sources[digest], known.is_changed = parsed(content), True
    return known.sources[digest]


def store_parsed() -> None:
    """Store what was read in this process, where it is more than was stored; where nothing can be written, not."""
    known = _cache()
    if known.file is not None and known.is_changed:
        stored = {digest: astuple(source) for digest, source in known.sources.items()}
        with suppress(OSError):
            replace(known.file, json.dumps(stored).encode())
    known.is_changed = False


def parsed(content: bytes) -> Source:
    """What a source says."""
    imports, texts = set[tuple[str, str]](), set[str]()
    data, is_dynamic = tuple[str, ...](), False
    for node in _nodes(ast.parse(content)):
        # Tables are looked up by name, as in tables["pieces"]: any text may name a layer.
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            texts.add(node.value)
        elif isinstance(node, ast.Import):
            imports |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports |= {(node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Name | ast.Attribute):
            is_dynamic |= _named(node) in ("import_module", "__import__")
        elif isinstance(node, ast.Assign | ast.AnnAssign) and "PACKAGE_DATA" in map(_named, _targets(node)):
            data = tuple(ast.literal_eval(node.value or node))
    return Source(tuple(sorted(imports)), tuple(sorted(texts)), data, is_dynamic)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node of a syntax tree; in a third of the time of ast.walk, which asks each node for its fields by name."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for value in vars(node).values():
            if isinstance(value, list):
                waiting += [each for each in value if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST):
                waiting.append(value)


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _named(node: ast.AST) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))


@cache
def _cache() -> SourceCache:
    home = user_cache()
    if home is None:
        return SourceCache(None, {})
    # Under a digest of this module: another way to read a source, another file.
    file = home / f"sources-{checksum(Path(__file__))[:16]}.json"
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        sources = {
            digest: Source(tuple((module, name) for module, name in imports), tuple(texts), tuple(data), is_dynamic)
            for digest, (imports, texts, data, is_dynamic) in stored.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):  # not there, or damaged
        sources = {}
    return SourceCache(file, sources if len(sources) <= MOST_STORED else {})
