"""The tables of a finished run, for questions that are asked of it afterwards: read only, by name and unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from layers.derived import DERIVED
from layers.errors import ConfigRefusal
from layers.sources import TABLES
from pipeline.project.project import Project
from pipeline.runner.inputs import Line, load, origins
from pipeline.runner.stage import RunContext, Tables
from pipeline.storage.store import RECEIPTS, Store

NO_RESULTS = "run it first: industrieruimte run; or name the folder of an earlier run with --outputs"


def refuse_without_results(store: Store) -> None:
    """Refuse a question about a folder of results that is not there, or in which no run signed anything."""
    folder = store.base or store.outputs  # a scenario stands in the folder of its project
    if not (folder / RECEIPTS).is_dir():
        raise ConfigRefusal(
            f"folder of results '{folder.resolve()}'",
            actual="no results in it" if folder.is_dir() else "no such folder",
            todo=NO_RESULTS,
        )


@dataclass(frozen=True)
class Results:
    """What a run of a line left of its tables. Shapes are in RD New (EPSG:28992), areas in m2."""

    line: Line
    store: Store

    @classmethod
    def from_run(cls, context: RunContext) -> Results:
        """The results of a run."""
        return cls(context.line, context.store)

    @property
    def place(self) -> str:
        """Where they are, for messages."""
        return str(self.store.outputs)

    def has(self, stage: str, unit: str) -> bool:
        """Whether a stage finished a unit, and all that it wrote is there."""
        return self.store.receipt(stage, unit) is not None

    def table(self, name: str, unit: str) -> Any:
        """A derived table of a unit, its contract checked."""
        return load(self.store, [(DERIVED[name].stage, unit, name)], name)

    def tables(self, names: tuple[str, ...], unit: str) -> Tables:
        """Several derived tables of a unit."""
        return {name: self.table(name, unit) for name in names}

    def has_source(self, layer: str) -> bool:
        """Whether the run read a source layer."""
        return self.has(self._reader, layer)

    def source(self, layer: str) -> Any:
        """A source layer (RD New); empty where the run had no source for it."""
        return (
            load(self.store, [(self._reader, layer, layer)], layer) if self.has_source(layer) else TABLES[layer].empty()
        )

    def source_checksum(self, layer: str) -> str:
        """The checksum of a source layer; "" where the run had no source for it."""
        # From the receipt, without reading the table: only a difference makes it worth loading.
        receipt = self.store.receipt(self._reader, layer)
        return receipt.outputs.get(layer, "") if receipt is not None else ""

    def inputs_of(self, project: Project, stage: str, unit: str) -> Tables:
        """The tables that a stage reads for a unit."""
        declared = next(other for other in self.line if other.name == stage)
        reads = origins(self.line, declared, project, unit)
        return {name: load(self.store, parts, name) for name, parts in reads.items()}

    @property
    def _reader(self) -> str:
        """The stage that writes the source layers."""
        return next(stage.name for stage in self.line if stage.units.are_layers)
