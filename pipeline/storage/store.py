"""Tables between stages as GeoParquet, each unit with a receipt; written under a temporary name, so never half.

Receipts are read and compared without any table: what reads and writes tables is loaded where one is.
"""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from layers.errors import ConfigRefusal
from pipeline.spatial.raster import Grid
from pipeline.storage.checksums import checksum, checksum_of_bytes
from pipeline.storage.delivered_files import READY_PREFIX, DeliveredFiles
from pipeline.storage.locks import locked
from pipeline.storage.whole_files import PRIVATE, TEMPORARY_NAME, private_folder, replace

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.storage.parquet_stream import TableWriter

# Folders in which a file for people is built; one that exists at the start of a run is what a killed run left.
BUILD_PREFIX = ".bouw-"
LOCK = ".lock"  # held by the run at work in a folder, and has its name
# The folders of tables and receipts, in which contracts stand in clear.
WORK, RECEIPTS = "work", "receipts"
# The folder of scenarios beside the results: a run in one of them is another run.
SCENARIOS = "scenarios"
RECEIPTS = "receipts"


@dataclass(frozen=True)
class Receipt:
    """What a unit of a stage was made from and what it wrote.

    inputs: checksums of tables and rows; config: values by dotted key; code: digests of its parts; outputs: checksums
    of tables and files; counts: rows and m2 per table; cost: seconds and bytes that it took.
    """

    stage: str
    unit: str
    inputs: Mapping[str, str]
    config: Mapping[str, Any]
    code: Mapping[str, str]
    outputs: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)
    cost: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ranges:
    """A folder with the arrays of ranges of a unit that are done: an interrupted run continues after them."""

    folder: Path

    def get(self, key: str, number: int) -> dict[str, Any] | None:
        """The arrays of a range under the key of the whole; None where it is not done."""
        import numpy as np

        try:
            with np.load(self._file(key, number), allow_pickle=False) as arrays:
                return dict(arrays)
        except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
            return None  # not there, or damaged: it is done again

    def put(self, key: str, number: int, arrays: Mapping[str, Any]) -> None:
        """Store a range, whole or not at all. On a full disk none is stored."""
        import numpy as np

        raw = io.BytesIO()
        np.savez(raw, **arrays)
        try:
            replace(self._file(key, number), raw.getvalue(), PRIVATE)
        except OSError:
            # Ranges only save time: a run that cannot store them goes on, and begins anew if it is killed.
            self.clear()

    def under(self, key: str) -> Ranges:
        """The ranges of a whole that goes by this key, and of no other any more."""
        for path in self.folder.glob("*"):
            if path.name != key:
                shutil.rmtree(path, ignore_errors=True)
        return Ranges(self.folder / key)

    def part_rows(self, wanted: int) -> int:
        """How many rows each part of the whole has: as wanted when the first of its ranges was stored."""
        # A run that goes on must cut where the one before did, however much memory it has, or no stored range fits.
        path = self.folder / "part_rows"
        try:
            return max(1, int(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            with suppress(OSError):  # a full disk: nothing can be stored
                replace(path, str(wanted).encode(), PRIVATE)
            return wanted

    def clear(self) -> None:
        """Remove all: the whole is done, or is another one."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, key: str, number: int) -> Path:
        return self.folder / key / f"{number:06}.npz"


@dataclass(frozen=True)
class Store:
    """The folder of results: outputs/work holds tables, outputs/receipts their receipts.

    `base`: results of another run that serve wherever this folder has none of its own (a scenario beside its project).
    `run`: what the run that holds the folder is called; under another name nothing is written any more.
    """

    outputs: Path
    base: Path | None = None
    run: str | None = None

    @classmethod
    def of_scenario(cls, outputs: Path, scenario: str | None) -> Store:
        """The results of a scenario, which fall back on those of the project where nothing differs."""
        return cls(outputs) if scenario is None else cls(outputs / SCENARIOS / scenario, outputs)

    def place(self, stage: str, unit: str, table: str, is_grid: bool = False) -> Path:
        """Where a table of a unit stands."""
        return self.outputs / WORK / stage / unit / f"{table}{'.npy' if is_grid else '.parquet'}"

    def ranges(self, stage: str, unit: str) -> Ranges:
        """Where ranges of a unit are kept while it is worked on."""
        return Ranges(self.outputs / WORK / stage / unit / "ranges")

    def shared(self, stage: str, unit: str, table: str) -> tuple[Path, str]:
        """Where a table of a unit stands, ours or that of our base, and its checksum: for workers on other machines."""
        home, signed = self._home(stage, unit), self.receipt(stage, unit)
        return home.place(stage, unit, table).resolve(), signed.outputs[table] if signed else ""

    def save(self, stage: str, unit: str, table: str, content: Any) -> str:
        """Write a table or grid of a unit and give its checksum."""
        from pipeline.storage.table_bytes import as_bytes

        raw = as_bytes(content)
        self.still_held()
        replace(self.place(stage, unit, table, isinstance(content, Grid)), raw, PRIVATE)
        return checksum_of_bytes(raw)

    def load(self, stage: str, unit: str, table: str) -> Any:
        """A table of a unit (shapes in RD New), or the grid of that name."""
        from pipeline.storage.parquet_stream import read_whole
        from pipeline.storage.table_bytes import read_grid, undamaged

        home = self._home(stage, unit)
        grid, path = (home.place(stage, unit, table, is_grid) for is_grid in (True, False))
        if grid.exists():
            return read_grid(grid)
        with undamaged(path):
            return read_whole(path)

    def load_together(self, table: str, origins: Iterable[tuple[str, str]]) -> pd.DataFrame:
        """A table of several units (stage and unit of each) as one (shapes in RD New), in their order."""
        from pipeline.storage.parquet_stream import as_one, read_rows
        from pipeline.storage.table_bytes import undamaged

        rows = []
        for stage, unit in origins:
            path = self._home(stage, unit).place(stage, unit, table)
            with undamaged(path):
                rows.append(read_rows(path))
        return as_one(rows)

    def parts(self, stage: str, unit: str, table: str) -> Iterator[pd.DataFrame]:
        """A table of a unit in parts (shapes in RD New), in order of its key, of which few are held at a time."""
        from pipeline.storage.parquet_stream import read
        from pipeline.storage.table_bytes import undamaged

        path = self._home(stage, unit).place(stage, unit, table)
        with undamaged(path):
            yield from read(path)

    def rows(self, stage: str, unit: str, table: str) -> int:
        """How many rows a table of a unit has."""
        from pipeline.storage.parquet_stream import rows_of
        from pipeline.storage.table_bytes import undamaged

        path = self._home(stage, unit).place(stage, unit, table)
        with undamaged(path):
            return rows_of(path)

    def writer(self, stage: str, unit: str, table: str) -> TableWriter:
        """A table of a unit, to be written part by part."""
        from pipeline.storage.parquet_stream import TableWriter

        return TableWriter(self.place(stage, unit, table))

    def receipt(self, stage: str, unit: str) -> Receipt | None:
        """The receipt of a unit of a stage, if all that it names is still there."""
        home = self._home(stage, unit)
        try:
            receipt = Receipt(**json.loads(home._receipt_path(stage, unit).read_text(encoding="utf-8")))
            parts = (receipt.inputs, receipt.config, receipt.code, receipt.outputs, receipt.counts, receipt.cost)
            is_whole = all(isinstance(part, dict) for part in parts) and all(
                home.is_whole(receipt, name) for name in receipt.outputs
            )
        # Not there, damaged, or of a version with other fields: as if it never ran.
        except (FileNotFoundError, ValueError, TypeError, RecursionError):
            return None
        return receipt if is_whole else None

    def _receipt_path(self, stage: str, unit: str) -> Path:
        return self.outputs / RECEIPTS / stage / f"{unit}.json"

    def _home(self, stage: str, unit: str) -> Store:
        """The store that has the results of a unit: this one, or its base; files for people are always in this one."""
        if self.base is None or self._receipt_path(stage, unit).is_file() or stage in ("acquire", "publish"):
            return self
        base = Store(self.base)
        return base if base.receipt(stage, unit) is not None else self

    def is_whole(self, receipt: Receipt, name: str) -> bool:
        """Whether an output that the receipt of a unit names is there, and is as it was written."""
        places = [self.place(receipt.stage, receipt.unit, name, is_grid) for is_grid in (True, False)]
        # Files for people are named by their path below the results, tables by their name alone.
        places.append(self.outputs / name)
        return any(path.is_file() and checksum(path) == receipt.outputs[name] for path in places)

    def still_held(self) -> None:
        """Refuse to write for a run that has ended: a worker of it may still be at work while another run is."""
        if self.run is not None and self.run != self._holder():
            raise ConfigRefusal(
                f"folder '{self.outputs}'",
                actual="the run that asked for this has ended",
                expected="the run that holds the folder",
            )

    def _holder(self) -> str:
        try:
            return (self.outputs / LOCK).read_text(encoding="utf-8")
        except OSError:
            return ""

    def sign(self, receipt: Receipt) -> None:
        """Write the receipt of a unit, after everything that it names."""
        self.still_held()
        text = json.dumps(receipt.__dict__, indent=1, default=dict)
        replace(self._receipt_path(receipt.stage, receipt.unit), text.encode(), PRIVATE)

    @contextmanager
    def alone(self) -> Iterator[str]:
        """Refuse a second run in the same folder while one is going on, and one that would change the base of this;
        gives the name of this run."""
        self.outputs.mkdir(parents=True, exist_ok=True)
        with ExitStack() as locks:
            todo = "wait for it, or name another folder with --outputs"
            handle = locks.enter_context(_held(self.outputs, "another run at work in it", todo))
            if self.base is not None and self.base.is_dir():  # several runs may read it at the same time
                todo = "wait for it, then run the scenario"
                locks.enter_context(_held(self.base, "a run at work in it", todo, is_shared=True))
            self._sweep()
            for folder in (WORK, RECEIPTS):
                private_folder(self.outputs / folder)
            name = uuid4().hex
            with suppress(OSError):  # a full disk: what is up to date needs no name; workers without it write nothing
                handle.truncate(0)
                handle.write(name.encode())
            yield name

    def _sweep(self) -> None:
        """Finish what a killed run had ready, and remove what it was still building; nobody else is at work here."""
        for folder in self.outputs.glob(f"{READY_PREFIX}*"):
            DeliveredFiles(self.outputs, folder.name.removeprefix(READY_PREFIX)).finish()
        for folder in self.outputs.glob(f"{BUILD_PREFIX}*"):
            shutil.rmtree(folder)
        for path in self.outputs.rglob(".*.new"):
            if TEMPORARY_NAME.fullmatch(path.name) and SCENARIOS not in path.relative_to(self.outputs).parts:
                path.unlink(missing_ok=True)  # a worker of a run that ended may be putting it in its place


@contextmanager
def _held(folder: Path, actual: str, todo: str, *, is_shared: bool = False) -> Iterator[IO[bytes]]:
    """Hold the lock of a folder, and give its file; refused in these words while another run shuts this one out."""
    with locked(folder / LOCK, is_shared=is_shared) as handle:
        if handle is None:
            raise ConfigRefusal(f"folder '{folder}'", actual=actual, todo=todo)
        yield handle
