"""Charts that need not be drawn again, for they would show the same: of an earlier run, or in the report.

Each unit has a register that says what each of its charts was drawn from, and the checksums of its files.
Invariant: a file that is gone, or not as it was written, is drawn again.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from pipeline.storage.checksums import checksum_of_bytes, checksum_of_json
from pipeline.storage.store import checksum_of, replace

FIGURES = "figures"


@dataclass(frozen=True)
class ChartEntry:
    """What a chart was drawn from, as a digest, and the checksums of its files by name."""

    drawn_from: str
    files: dict[str, str]


@dataclass(frozen=True)
class DrawnCharts:
    """The charts of a unit as files below a folder of results.

    made_with: a digest of the config and code that charts are drawn with.
    """

    outputs: Path
    unit: str
    made_with: str
    written: dict[str, ChartEntry] = field(default_factory=dict)

    def files(self, name: str, kinds: Iterable[str], draw: partial[Figure | None]) -> dict[str, bytes] | None:
        """The files of a chart by name, of some kinds; none where it has nothing to show, and None where it must be
        drawn."""
        entry = self._entries.get(name)
        if entry is None or entry.drawn_from != self._digest(draw):
            return None
        wanted = {f"{self.unit}-{name}.{kind}" for kind in kinds}
        images = {file: self._read(file) for file in sorted(wanted & set(entry.files))}
        return images if all(checksum_of_bytes(images[file]) == entry.files[file] for file in images) else None

    def add(self, name: str, files: dict[str, bytes], draw: partial[Figure | None]) -> None:
        """Note what a chart was drawn from; the files are written by the caller."""
        checksums = {file: checksum_of_bytes(content) for file, content in files.items()}
        self.written[name] = ChartEntry(self._digest(draw), checksums)

    def write(self) -> None:
        """Write the register of all charts that were noted."""
        entries = {name: asdict(entry) for name, entry in self.written.items()}
        replace(self._register, json.dumps(entries, indent=1).encode())

    @property
    def _register(self) -> Path:
        return self.outputs / "work" / "publish" / self.unit / "charts.json"

    @cached_property
    def _entries(self) -> dict[str, ChartEntry]:
        try:
            known = json.loads(self._register.read_text(encoding="utf-8"))
            return {str(name): ChartEntry(str(e["drawn_from"]), dict(e["files"])) for name, e in known.items()}
        except (OSError, ValueError, TypeError, AttributeError, KeyError):  # not there, damaged, of another version
            return {}

    def _read(self, file: str) -> bytes:
        try:
            return (self.outputs / FIGURES / file).read_bytes()
        except OSError:
            return b""

    def _digest(self, draw: partial[Figure | None]) -> str:
        return checksum_of_json([self.made_with, draw.func.__name__, *map(_content_of, draw.args)])


def _content_of(argument: Any) -> str:
    """What a chart is drawn from, as text: a table by its bytes; of whom it is about no config, which is digested."""
    if isinstance(argument, pd.DataFrame):
        return checksum_of(argument)
    return repr((argument.unit, argument.title, argument.note)) if hasattr(argument, "note") else repr(argument)
