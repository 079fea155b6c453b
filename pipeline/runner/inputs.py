"""Where the tables of a unit come from; and the tables, loaded, put together and checked by their contracts."""

from collections.abc import Iterator, Sequence
from typing import Any

from layers.derived import DERIVED
from layers.errors import ContractRefusal
from layers.sources import SOURCES, TABLES
from pipeline.project.config_view import Scope, values_at
from pipeline.project.project import Project
from pipeline.runner.stage import Origin, Reads, Stage
from pipeline.spatial.raster import Grid
from pipeline.storage.store import Store

LAYER_BY_NAME = {**TABLES, **DERIVED}
Line = tuple[Stage, ...]
STORED, RUN_AGAIN = "what was stored", "run again: industrieruimte run"


def origins(line: Line, stage: Stage, project: Project, unit: str) -> dict[str, list[Origin]]:
    """Where each table that a unit reads comes from; source layers that the project does not have are left out."""
    reads = stage.reads_for(project, unit)
    result = {name: _derived_origins(line, project, name, (stage.name, unit)) for name in derived_names(stage, reads)}
    # Small lines, as in tests, may have no stage that reads sources.
    reader = next((other for other in line if other.units.are_layers), None)
    if reader is None:
        return result
    present = reader.units.names(project)
    read_sources = source_names(project, reads)
    result |= {name: [(reader.name, name, name)] for name in read_sources if name in present}
    for table, layers in reads.reports.items():
        groups = {"*": list(SOURCES), "{sources}": read_sources}
        wanted = [name for part in layers for name in groups.get(part, [part])]
        result[table] = [(reader.name, name, table) for name in wanted if name in present]
    return result


def tables_of(stages: Sequence[str]) -> list[str]:
    """The derived tables that stages write."""
    return [name for stage in stages for name, layer in DERIVED.items() if layer.stage == stage]


def tables_read(stage: Stage) -> set[str]:
    """The tables that a stage declares to read, for a unit or the total."""
    reads = [stage.reads, stage.reads_of_total or stage.reads]
    return {name for each in reads for name in (*derived_names(stage, each), *each.sources, *each.reports)}


def derived_names(stage: Stage, reads: Reads) -> list[str]:
    """The derived tables that a stage reads: those that it names, and those that their layers say are published."""
    published = [name for name, layer in DERIVED.items() if layer.is_published and layer.stage not in ("", stage.name)]
    return list(dict.fromkeys([*reads.tables, *tables_of(reads.tables_of), *(published if reads.published else ())]))


def source_names(project: Project, reads: Reads) -> list[str]:
    """The source layers that are read: those declared, and those that the config names."""
    values = [value for key in reads.sources_named_in for value in values_at(project, key)]
    named = {name for value in values for name in (value if isinstance(value, list) else [value]) if name in SOURCES}
    # Sorted, for a set of names has another order in each process.
    return list(dict.fromkeys([*reads.sources, *sorted(named)]))


def scope_of(stage: Stage, project: Project, unit: str) -> Scope:
    """What the placeholders in the config names of a stage stand for in a unit."""
    return Scope(unit, frozenset(source_names(project, stage.reads_for(project, unit))))


def _derived_origins(line: Line, project: Project, name: str, reader: tuple[str, str]) -> list[Origin]:
    """A derived table of the unit that reads it, or of all units of its writer where that does not know the unit."""
    writer = next(stage for stage in line if stage.name == DERIVED[name].stage)
    is_earlier = writer.name != reader[0]  # a total of the same stage is what is being made
    known = writer.units.all_units(project) if is_earlier else writer.units.names(project)
    units = [reader[1]] if reader[1] in known else writer.units.names(project)
    return [(writer.name, unit, name) for unit in units]


def load(store: Store, parts: Sequence[Origin], name: str, *, is_whole: bool = False) -> Any:
    """A table of one unit, or the same table of several units put together; contract checked. A grid as it is.

    is_whole: the run has seen by its checksum that each part is as it was written, and it was checked then; of several
    only their keys are, which must be unique in all of them together.
    """
    if len(parts) == 1:
        whole = store.load(*parts[0])
    else:
        layer = LAYER_BY_NAME[name]
        whole = layer.conform(store.load_together(name, [origin[:2] for origin in parts])) if parts else layer.empty()
        if layer.shared:  # rows that are the same in several units count once; one key of two rows is refused below
            same = list(layer.key) if layer.shared == "key" else None
            whole = whole.drop_duplicates(same, ignore_index=True)
    if not is_whole or (len(parts) > 1 and not LAYER_BY_NAME[name].has_unique_keys(whole)):
        check(name, whole, STORED)
    return whole


def parts_of(store: Store, origin: Origin) -> Iterator[Any]:
    """The parts of a stored table (RD New), at least one, in order of its key, of which the run has seen that it is as
    it was written, and checked."""
    name, last = origin[2], None
    for part in store.parts(*origin):
        last = in_order(name, part, STORED, last)
        yield part
    if last is None:
        yield LAYER_BY_NAME[name].empty()


def as_table(name: str, content: Any) -> Any:
    """A table that a stage gave as rows by column, as its layer has it; other content as it is."""
    return LAYER_BY_NAME[name].collect(content) if isinstance(content, list) and name in LAYER_BY_NAME else content


def check(name: str, content: Any, owner: str) -> None:
    """Refuse a table that breaks its contract (RD New, valid shapes); a grid has none."""
    if name in LAYER_BY_NAME and not isinstance(content, Grid):
        LAYER_BY_NAME[name].check(content, owner, RUN_AGAIN if owner == STORED else "")


def check_next(name: str, part: Any, owner: str, last: Any) -> Any:
    """Check a part of a table, and that its keys (of one column) rise from the last key before it; the last key now."""
    check(name, part, owner)
    return in_order(name, part, owner, last)


def in_order(name: str, part: Any, owner: str, last: Any) -> Any:
    """Refuse a part of a table whose keys (of one column) do not rise from the last key before it; the last key now."""
    # A layer with a key of several columns fails here: their order over the border of two parts is not looked at.
    (column,) = LAYER_BY_NAME[name].key
    keys = [part[column].iloc[0], part[column].iloc[-1]] if len(part) else []
    if keys and ((last is not None and keys[0] <= last) or not part[column].is_monotonic_increasing):
        raise ContractRefusal(
            f"table '{name}'",
            actual=f"row {keys[0]} of {owner} behind row {last}",
            expected="rows in order of their key, each once",
            todo=RUN_AGAIN,
        )
    return keys[1] if keys else last
