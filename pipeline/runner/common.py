"""What the units of a stage have in common: source tables that all read, loaded and worked on once in a process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.project.project import Project
from pipeline.runner.inputs import load
from pipeline.runner.stage import Origin, RunContext, Stage, Tables, load_function
from pipeline.storage.checksums import checksum_of_json
from pipeline.storage.store import Receipt


@dataclass(frozen=True)
class Common:
    """Tables by name, which no unit may change, and what the stage worked out from them for all its units."""

    tables: Tables
    shared: Any = None


_held: dict[str, Common] = {}  # of one stage at a time: the tables of more would be held for nothing


def in_common(
    context: RunContext, stage: Stage, receipt: Receipt, reads: Mapping[str, Sequence[Origin]], config: Project
) -> Common:
    """The tables among `reads` (RD New) that are the same for every unit: those of the stage that reads sources.

    They are those of the unit before, as long as checksums and config are.
    """
    readers = {other.name for other in context.line if other.units.are_layers}
    own_rows = stage.reads_for(context.project, receipt.unit).rows
    common = {
        name: parts
        for name, parts in reads.items()
        if name not in own_rows and {origin[0] for origin in parts} <= readers and name not in stage.streamed
    }
    checksums = {place: receipt.inputs[place] for parts in common.values() for place in map("/".join, parts)}
    store, settings = context.store, list(receipt.config.items())  # in their order, which may decide
    key = checksum_of_json([stage.name, str(store.outputs), str(store.base), checksums, settings])
    if key not in _held:
        _held.clear()
        tables = {name: load(context.store, parts, name, is_whole=True) for name, parts in common.items()}
        shared = load_function(stage.shared)(config, tables) if stage.shared else None
        _held[key] = Common(tables, shared)
    return _held[key]
