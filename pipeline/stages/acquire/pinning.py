"""Check the source files of a project and pin their checksums in a lock file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from layers.errors import SourceRefusal
from pipeline.land.tenure_knowledge import describe
from pipeline.project.data_folders import Folders
from pipeline.project.project import Project
from pipeline.stages.acquire.source_files import compare_lock, describe_files, lock_text, refuse_other_file
from pipeline.storage.whole_files import PRIVATE, replace

SNAPSHOT = "work/snapshot.json"


def run(
    config: Project,
    _: str,
    __: Mapping[str, Any],
    *,
    source_roots: Mapping[str, Folders],
    lock_file: Path,
    outputs: Path,
    flags: Mapping[str, bool],
    notes: list[str],
    harmonise: Callable[..., Any],
) -> dict[str, list[dict[str, Any]]]:
    """Rows of the source files with their checksums, each checked at the gate and against the lock; files that
    differ are noted.

    Pins them where there is no lock yet or where asked to (flag pin); raises SourceRefusal where they must be as pinned
    (flag locked) and are not. With flag dry_run nothing is written.
    """
    files = describe_files(config.sources, source_roots)
    boxes: dict[str, str] = {}
    if any(card.clip for card in config.sources.values()):
        from pipeline.stages.acquire.cluster_boxes import cluster_boxes  # few clip, and it reads shapes

        boxes = cluster_boxes(config.sources, source_roots, harmonise)
    files = [row | {"clip": boxes.get(row["source"], "")} for row in files]
    if flags["dry_run"]:
        return {"source_files": files}
    # Before anything is written: locked, a run that is refused leaves no trace.
    if flags["locked"] and not lock_file.is_file():
        raise SourceRefusal(
            f"lock '{lock_file}'",
            actual="no such file",
            expected="pinned files",
            todo="pin them first with: industrieruimte acquire",
        )
    notes += compare_lock(files, lock_file)
    if notes and flags["locked"]:
        raise SourceRefusal(
            f"lock '{lock_file}'",
            actual=notes,
            todo="pin the new files with: industrieruimte acquire; or bring back the old ones",
        )
    copy = outputs / lock_file.name
    refuse_other_file(copy)
    replace(copy, lock_text(files).encode())
    replace(outputs / SNAPSHOT, describe(config).encode(), PRIVATE)
    # The lock of the project changes only where it is asked for, or where there is none yet.
    if not flags["locked"] and (flags["pin"] or not lock_file.exists()):
        try:
            replace(lock_file, lock_text(files).encode())
        except OSError as fault:  # a folder that cannot be written stops nothing
            notes.append(f"the lock could not be written to '{lock_file}' ({fault.strerror})")
    return {"source_files": files}
