"""What holds contracts in clear beside the results - stored tables, receipts, lists of rows - and how it goes.

Invariant: only files of kinds that a run writes there go. What people open stays, and so does the register of it in
receipts/files, which holds names of files alone: without it the next run would take them for those of somebody else.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from layers.errors import ConfigRefusal
from pipeline.runner import findings
from pipeline.runner.stage import RunContext, Stage
from pipeline.storage.delivered_files import REGISTERS, DeliveredFiles
from pipeline.storage.store import LOCK, RECEIPTS, SCENARIOS, WORK, Store

DAY_S = 86_400
STORED_ENDINGS = (
    ".parquet",
    ".npy",
    ".npz",
    ".json",
    ".new",
    "",
)  # endings of what a run stores; parts of a whole have none
CONFIDENTIAL_FOLDERS = (WORK, RECEIPTS, findings.REFUSED_FOLDER)
EDITION = "option --edition"  # where a receipt has it


@dataclass(frozen=True)
class Removal:
    """What went from a folder of results: files by folder, and bytes; how many files stay there that no run wrote; and
    the names of published files that stay though they are of the internal edition, which names holders and contracts.
    """

    outputs: Path
    files: dict[str, int]
    size: int
    others: int
    internal: list[str]

    def line(self) -> str:
        """One line: where, what and how much."""
        parts = ", ".join(f"{folder}/ ({count} files)" for folder, count in self.files.items())
        others = f"; {self.others} files there that no run wrote stay" if self.others else ""
        return f"{self.outputs}: removed {parts}, {self.size / 1e6:.1f} MB{others}"


def remove(outputs: Path, line: Sequence[Stage], older_than_days: int | None = None) -> list[Removal]:
    """Remove what is confidential from a folder of results and those of its scenarios; of each from which something
    went, what. Refused while a run is at work there, and in a folder without results."""
    if not (outputs / LOCK).is_file():
        raise ConfigRefusal(f"folder '{outputs}'", actual="no results of a run", todo="name a folder that a run wrote")
    with Store(outputs).alone():
        return _removals([outputs, *_scenarios(outputs)], line, older_than_days)


def expire(context: RunContext) -> list[str]:
    """Remove what is older than the retention of the project from the results that a run holds, and from those of
    scenarios beside them; a line for each folder."""
    retention, outputs = context.project.card.retention, context.store.outputs
    if retention is None:
        return []
    removals = _removals([outputs, *_scenarios(outputs)], context.line, retention.confidential_days)
    reason = f"older than {retention.confidential_days} days, as [retention] in project.toml says"
    return [f"{removal.line()}: {reason}" for removal in removals]


def _removals(folders: Sequence[Path], line: Sequence[Stage], older_than_days: int | None) -> list[Removal]:
    """What went from folders, the first of which is held; the others are scenarios of it."""
    # By the clock of the disk on which they lie, as the lock says it: a run reads no other.
    latest_s = (folders[0] / LOCK).stat().st_mtime - DAY_S * (older_than_days or 0)
    removals = [_removal(folders[0], line, None if older_than_days is None else latest_s)]
    for folder in folders[1:]:
        with suppress(ConfigRefusal), Store(folder).alone():  # one that is at work keeps its own files
            removals.append(_removal(folder, line, None if older_than_days is None else latest_s))
    return [removal for removal in removals if removal.files]


def _removal(outputs: Path, line: Sequence[Stage], latest_s: float | None) -> Removal:
    internal = _of_internal_edition(outputs)
    files, size, ours = Counter[str](), 0, sorted(_confidential_files(outputs, line))
    others = {
        path for folder in CONFIDENTIAL_FOLDERS for path in (outputs / folder).rglob("*") if path.is_file()
    } - set(ours)
    others -= set((outputs / REGISTERS).iterdir()) if (outputs / REGISTERS).is_dir() else set()
    for path in ours:
        state = path.stat()
        if latest_s is None or state.st_mtime < latest_s:
            path.unlink()
            files[path.relative_to(outputs).parts[0]] += 1
            size += state.st_size
    for folder in CONFIDENTIAL_FOLDERS:
        _remove_empty(outputs / folder)
    return Removal(outputs, dict(files), size, len(others), internal)


def _confidential_files(outputs: Path, line: Sequence[Stage]) -> Iterator[Path]:
    """The files of runs that hold what registers say, or may."""
    yield from findings.lists(Store(outputs))
    yield from (path for path in (outputs / WORK).glob("*.json") if path.is_file())
    for folder in (outputs / part / stage.name for part in (WORK, RECEIPTS) for stage in line):
        yield from (path for path in folder.rglob("*") if path.is_file() and path.suffix in STORED_ENDINGS)


def _of_internal_edition(outputs: Path) -> list[str]:
    """The names of published files that name holders and contracts, as their receipts say; each gets a register."""
    names: set[str] = set()
    for path in (outputs / RECEIPTS / "publish").glob("*.json"):
        delivered = DeliveredFiles(outputs, path.stem)
        delivered.register()
        with suppress(OSError, ValueError, KeyError, TypeError):  # a damaged receipt says nothing
            if json.loads(path.read_text(encoding="utf-8"))["config"][EDITION] == "internal":
                names |= {name for name in delivered.names() if "/" not in name and (outputs / name).exists()}
    return sorted(names)


def _scenarios(outputs: Path) -> list[Path]:
    return sorted(path.parent for path in (outputs / SCENARIOS).glob(f"*/{LOCK}"))


def _remove_empty(folder: Path) -> None:
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):  # something stands in it
            path.rmdir()
    with suppress(OSError):
        folder.rmdir()
