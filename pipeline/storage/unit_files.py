"""The files behind one unit of work, for a stage that reads and writes part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.storage.store import Ranges, Store

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class UnitFiles:
    """The stored inputs of a unit, what an earlier run left of its outputs, and ranges of it that are done.

    origins: stage, unit and name of each table that the unit reads.
    """

    store: Store
    stage: str
    unit: str
    origins: Mapping[str, tuple[str, str, str]]

    def input_file(self, table: str) -> tuple[Path, str]:
        """The file of a table that the unit reads, and its SHA-256: for workers on other machines."""
        return self.store.shared(*self.origins[table])

    def input_rows(self, table: str) -> int:
        """How many rows a table that the unit reads has."""
        return self.store.rows(*self.origins[table])

    def has_previous(self, *tables: str) -> bool:
        """Whether an earlier run wrote these tables of the unit."""
        signed = self.store.receipt(self.stage, self.unit)
        return signed is not None and all(table in signed.outputs for table in tables)

    def previous(self, table: str) -> Any:
        """A table of the unit as an earlier run wrote it."""
        return self.store.load(self.stage, self.unit, table)

    def previous_parts(self, table: str) -> Iterator[pd.DataFrame]:
        """A table of the unit as an earlier run wrote it, part by part, in order of its key."""
        return self.store.parts(self.stage, self.unit, table)

    def ranges(self) -> Ranges:
        """Where ranges of the unit are stored while it is worked on."""
        return self.store.ranges(self.stage, self.unit)
