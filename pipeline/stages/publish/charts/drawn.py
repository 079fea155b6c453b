"""Charts that need not be drawn again, for they would show the same: of an earlier run, or in the report.

Each unit has a register that says what each of its charts was drawn from, with which of the settings, and the checksums
of its files.
Invariant: a file that is gone, or not as it was written, is drawn again.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.stages.publish.file_names import FIGURES
from pipeline.storage.checksums import checksum_of_bytes, checksum_of_json
from pipeline.storage.table_bytes import checksum_of
from pipeline.storage.whole_files import PRIVATE, replace


@dataclass(frozen=True)
class ChartEntry:
    """What a chart was drawn from, as a digest; the settings that it asked for; and the checksums of its files by
    name.
    """

    drawn_from: str
    settings: dict[str, str | None]
    files: dict[str, str]


@dataclass(frozen=True)
class DrawnCharts:
    """The charts of a unit as files below a folder of results.

    code: a digest of the code that draws. built: the folder in which the files of this run wait for their places.
    written: what the register will say.
    """

    outputs: Path
    unit: str
    code: str
    built: Path
    written: dict[str, ChartEntry] = field(default_factory=dict)

    def files(
        self, name: str, kinds: Iterable[str], drawn_from: Iterable[Any], settings: Mapping[str, str]
    ) -> dict[str, bytes] | None:
        """The files of a chart by name, of some kinds; none where it has nothing to show, and None where it must be
        drawn: from something else than before, or with another value of a setting that it asked for."""
        entry = self._entries.get(name)
        if entry is None or entry.drawn_from != self._digest(drawn_from):
            return None
        if any(settings.get(setting) != value for setting, value in entry.settings.items()):
            return None
        wanted = {f"{self.unit}-{name}.{kind}" for kind in kinds}
        images = {file: self._read(file) for file in sorted(wanted & set(entry.files))}
        if any(checksum_of_bytes(images[file]) != entry.files[file] for file in images):
            return None
        self.written[name] = entry
        return images

    def add(
        self, name: str, files: dict[str, bytes], drawn_from: Iterable[Any], settings: Mapping[str, str | None]
    ) -> None:
        """Note what a chart was drawn from, and with; the files are written by the caller."""
        checksums = {file: checksum_of_bytes(content) for file, content in files.items()}
        self.written[name] = ChartEntry(self._digest(drawn_from), dict(settings), checksums)

    def write(self, images: Mapping[str, bytes]) -> None:
        """Write the files that are not as they stand there, and the register of all charts that were noted."""
        for file, content in images.items():
            # Taken over from an earlier run it need not be written and flushed to disk again.
            if self._read(file) != content:
                replace(self.built / FIGURES / file, content)
        entries = {name: asdict(entry) for name, entry in self.written.items()}
        replace(self._register, json.dumps(entries, indent=1).encode(), PRIVATE)

    @property
    def _register(self) -> Path:
        return self.outputs / "work" / "publish" / self.unit / "charts.json"

    @cached_property
    def _entries(self) -> dict[str, ChartEntry]:
        try:
            known = json.loads(self._register.read_text(encoding="utf-8"))
            return {
                str(name): ChartEntry(str(entry["drawn_from"]), dict(entry["settings"]), dict(entry["files"]))
                for name, entry in known.items()
            }
        except (OSError, ValueError, TypeError, AttributeError, KeyError):  # not there, damaged, of another version
            return {}

    def _read(self, file: str) -> bytes:
        for folder in (self.built, self.outputs):
            with suppress(OSError):
                return (folder / FIGURES / file).read_bytes()
        return b""

    def _digest(self, drawn_from: Iterable[Any]) -> str:
        return checksum_of_json([self.code, *map(_content_of, drawn_from)])


def _content_of(part: Any) -> str:
    """Part of what a chart is drawn from, as text: a table by its bytes."""
    return checksum_of(part) if isinstance(part, pd.DataFrame) else repr(part)
