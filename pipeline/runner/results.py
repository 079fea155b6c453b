"""The tables of a finished run, for questions that are asked of it afterwards: read only, by name and unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from layers.derived import DERIVED
from layers.layer import Layer
from layers.sources import TABLES
from pipeline.runner.inputs import load, load_all, origins
from pipeline.runner.stage import Context, Tables


@dataclass(frozen=True)
class Results:
    """What a run left of its tables. Shapes are in RD New (EPSG:28992), areas in m2."""

    context: Context

    @property
    def place(self) -> str:
        """Where they are, for messages."""
        return str(self.context.store.outputs)

    def has(self, stage: str, unit: str) -> bool:
        """Whether a stage finished a unit, and all that it wrote is there."""
        return self.context.store.receipt(stage, unit) is not None

    def table(self, name: str, unit: str) -> Any:
        """A derived table of a unit."""
        return load(self.context.store, [(DERIVED[name].stage, unit, name)], name)

    def tables(self, names: tuple[str, ...], unit: str) -> Tables:
        """Several derived tables of a unit."""
        return {name: self.table(name, unit) for name in names}

    def source(self, name: str) -> Any:
        """A source layer; empty where the run had no source for it."""
        reader = next(stage.name for stage in self.context.line if stage.units.are_layers)
        if not self.has(reader, name):
            layer: Layer = TABLES[name]
            return layer.empty()
        return load(self.context.store, [(reader, name, name)], name)

    def inputs_of(self, stage: str, unit: str) -> Tables:
        """The tables that a stage reads for a unit."""
        declared = next(other for other in self.context.line if other.name == stage)
        return load_all(self.context.store, origins(self.context.line, declared, self.context.project, unit))
