"""The code that the result of a stage depends on: the modules that it imports, at any depth, and what they rest on.

Read from the sources, never listed by hand: modules of ours (by their bytes), the contracts of layers and closed lists
(by value, so that a title moves nothing; the modules of their classes by their bytes), the data files that modules
open, and the versions of libraries.
"""

import dataclasses
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import starmap
from pathlib import Path
from typing import Any

from layers.column import Column
from layers.layer import Layer, RasterLayer
from pipeline.runner.module_source import Source, source_in, store_parsed
from pipeline.storage.checksums import checksum_of_bytes, checksum_of_json

ROOT = Path(__file__).parents[2]
OURS = ("layers", "pipeline")
# The folder of these packages is their register: they import every module in it. They and the layers count by value.
LAYER_REGISTERS = ("layers.derived", "layers.sources")
DECLARATIONS = (*LAYER_REGISTERS, "layers.columns", "layers.closed_lists")
# Of a declaration: for people and for what is published, of no influence on a figure.
WORDS = (
    "title",
    "meaning",
    "todo",
    "is_published",
    "published_as",
    "confidential",
    "colour",
    "hatch",
    "legend",
    "sentence",
    "opening",
    "when_lifted",
)
# Libraries written in C that libraries of ours compute with.
NATIVE = {
    "shapely": "geos_version_string",
    "pyogrio": "__gdal_version_string__",
    "rasterio": "__gdal_version__",
    "pyproj": "__proj_version__",
}


@dataclasses.dataclass(frozen=True)
class Closure:
    """The modules of ours that some modules import, the names that they take from declarations, and other libraries."""

    modules: frozenset[str]
    declared: frozenset[tuple[str, str]]
    libraries: frozenset[str]


def fingerprints(seeds: Iterable[str], layers: Iterable[str], *, with_words: bool = False) -> dict[str, str]:
    """What the code that some modules begin with consists of: a short digest, or a version, for each part of it.

    layers: names of layers that are read and written beside those that the code names. with_words: their titles and
    meanings count too, for a stage that shows them to people.
    """
    reached = closure(frozenset(seeds))
    # Bytes, not syntax: a false alarm costs a rerun, a change that goes unseen a wrong figure.
    parts = {f"module {name}": _file_digest(file_of(name)) for name in sorted(reached.modules)}
    parts |= {f"file {path.relative_to(ROOT).as_posix()}": _file_digest(path) for path in data_files(reached.modules)}
    # The layers that are looked up by name are among the texts of the modules.
    named = set(layers).union(*(source_of(name).texts for name in reached.modules))
    for name in sorted(named.intersection(_layers())):
        parts[f"layer {name}"] = _layer_digest(name, with_words)
    for module, name in sorted(reached.declared):
        value = getattr(import_module(module), name)
        if not _is_register(value):
            part = f"layer {value.name}" if isinstance(value, Layer | RasterLayer) else f"{module}.{name}"
            parts[part] = _declared_digest(module, name, with_words)
    return parts | {f"library {name}": _version(name) for name in sorted(reached.libraries)}


# Most stages share most of their code and layers: each is read once.
@cache
def _file_digest(path: Path) -> str:
    return _digest(path.read_bytes())


@cache
def _layer_digest(name: str, with_words: bool) -> str:
    return _digest(contract(_layers()[name], with_words=with_words))


@cache
def _declared_digest(module: str, name: str, with_words: bool) -> str:
    return _digest(contract(getattr(import_module(module), name), with_words=with_words))


@cache
def digest_of(module: str) -> str:
    """A digest of the code that a module begins with, for a stage that must know whether its earlier work holds."""
    return _digest(fingerprints([module], []))


@cache
def closure(seeds: frozenset[str]) -> Closure:
    """All that some modules import, at any depth."""
    modules, declared, libraries = set[str](), set[tuple[str, str]](), {"python"}
    waiting = set(seeds)
    while waiting:
        module = waiting.pop()
        if module in modules:
            continue
        modules.add(module)
        source = source_of(module)
        # A name that is known only when it runs cannot be followed: the digest would miss what it brings.
        if source.is_dynamic and module not in LAYER_REGISTERS:
            raise ImportError(
                f"{module} imports by name: only {', '.join(LAYER_REGISTERS)} may, their folders are registers"
            )
        # Python runs the package around a module before it; registers import their whole folder, and count by value.
        waiting |= {module.rpartition(".")[0]} - {"", *DECLARATIONS}
        for target, name in starmap(_imported, source.imports):
            if target.partition(".")[0] not in OURS:
                libraries.add(target.partition(".")[0])
            elif _is_declaration(target) and _is_plain(target, name):
                declared.add((target, name))
                waiting |= _declaring(target, name)
            else:
                waiting.add(target)
    store_parsed()
    return Closure(frozenset(modules), frozenset(declared), frozenset(libraries - sys.stdlib_module_names))


@cache
def source_of(module: str) -> Source:
    """What the source of a module of ours says."""
    return source_in(file_of(module))


def data_files(modules: Iterable[str]) -> list[Path]:
    """The files beside modules that they open: those that their PACKAGE_DATA names, a folder with all that is in it."""
    places = [file_of(module).parent / name for module in modules for name in source_of(module).data]
    files = {file for place in places for file in (place.rglob("*") if place.is_dir() else [place]) if file.is_file()}
    return sorted(files)


@cache
def _parts(kind: Any, with_words: bool) -> list[str]:
    """The fields of a dataclass that count."""
    return [field.name for field in dataclasses.fields(kind) if with_words or field.name not in WORDS]


def contract(value: Any, *, with_words: bool = False) -> Any:
    """What a declaration asks of data: of layers, columns and terms all but WORDS; other values as they are."""
    if value is None or isinstance(value, str | int | float):  # most of it, and soon told
        return repr(value)
    if dataclasses.is_dataclass(value):
        kind: Any = type(value)
        return {name: contract(getattr(value, name), with_words=with_words) for name in _parts(kind, with_words)}
    if isinstance(value, Mapping):
        return [[str(key), contract(entry, with_words=with_words)] for key, entry in value.items()]
    # A set of texts has another order in each process; sorted, it gives the same digest.
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if isinstance(value, list | tuple):
        return [contract(entry, with_words=with_words) for entry in value]
    return repr(value)


@cache
def _imported(module: str, name: str) -> tuple[str, str]:
    """The module that `from module import name` brings, and the name that is taken from it."""
    # `from package import name` takes a module or what stands in one: only the disk tells which.
    is_ours = bool(name) and module.partition(".")[0] in OURS
    return (f"{module}.{name}", "") if is_ours and file_of(f"{module}.{name}").is_file() else (module, name)


@cache
def _declaring(module: str, name: str) -> set[str]:
    """The modules of ours whose classes what is taken from a declaring module consists of."""
    return _classes(getattr(import_module(module), name))


def _classes(value: Any) -> set[str]:
    """The modules of ours whose classes a value consists of: a stage calls their methods (Layer.conform)."""
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple | set) else ()
    module = type(value).__module__
    named = module.partition(".")[0] in OURS and not _is_declaration(module)
    return set[str]().union({module} if named else (), *map(_classes, parts))


def _is_declaration(module: str) -> bool:
    return module in DECLARATIONS or module.rpartition(".")[0] in LAYER_REGISTERS


@cache
def _is_plain(module: str, name: str) -> bool:
    """Whether what is taken from a declaring module is data, that can count by its value."""
    return bool(name) and not callable(getattr(import_module(module), name))


def _is_register(value: Any) -> bool:
    """Whether a value holds layers or their columns by name: only the layers that are named count, and theirs."""
    entries = value.values() if isinstance(value, Mapping) else ()
    return any(isinstance(entry, Layer | RasterLayer | Column) for entry in entries)


@cache
def _layers() -> dict[str, Layer | RasterLayer]:
    derived, sources = (import_module(name) for name in LAYER_REGISTERS)
    return {**sources.SOURCES, **derived.DERIVED}


@cache
def file_of(module: str) -> Path:
    """The file of a module of ours, or where it would be."""
    place = ROOT.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@cache
def _version(library: str) -> str:
    """The version of a library, with those of the C libraries that it computes with."""
    if library == "python":
        # Without the patch release, which computes the same.
        return ".".join(map(str, sys.version_info[:2]))
    try:
        number = version(library)
    except PackageNotFoundError:  # not a library of its own, or not here: an extra that this run does without
        return "none"
    return f"{number} {_native_version(library)}" if library in NATIVE else number


def _native_version(library: str) -> str:
    """The version of the C library that a library computes with; of one that it brings itself, what tells it apart."""
    spec = find_spec(library)
    bundled = Path(spec.origin).parents[1] / f"{library}.libs" if spec is not None and spec.origin else None
    if bundled is None or not bundled.is_dir():
        return str(getattr(import_module(library), NATIVE[library]))
    # auditwheel puts a digest of its content in the name of each file. To ask the library itself would load pandas.
    return f"with {_digest(sorted(path.name for path in bundled.iterdir()))}"


def _digest(content: Any) -> str:
    return (checksum_of_bytes(content) if isinstance(content, bytes) else checksum_of_json(content))[:16]
