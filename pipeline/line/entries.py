"""The work of stages that has not moved into their own packages yet, under the signature that the runner calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layers.errors import SourceRefusal
from pipeline.line import account, ingest, land, room, snapshot
from pipeline.project.project import Project
from pipeline.runner.stage import Context, Tables
from pipeline.stages.acquire import compare_lock, describe_files, lock_text
from pipeline.storage.store import Store, replace


def _context(config: Project, **options: Any) -> Context:
    return dataclasses.replace(Context(config, Path(), Store(Path()), line=()), **options)


def run_acquire(
    config: Project,
    unit: str,
    tables: Tables,
    *,
    source_roots: Mapping[str, Path],
    lock_file: Path,
    outputs: Path,
    flags: Mapping[str, bool],
    notes: list[str],
) -> Tables:
    """Check every file at the gate and against the lock; pin them when there is no lock yet or when asked to."""
    files = describe_files(config.sources, source_roots)
    if flags.get("dry_run"):
        return {"source_files": files}
    is_locked = flags.get("locked", False)
    if is_locked and not lock_file.is_file():
        raise SourceRefusal(
            f"lock '{lock_file}'",
            actual="no such file",
            expected="pinned files",
            todo="pin them first with: industrieruimte acquire",
        )
    differing = compare_lock(files, lock_file)
    if differing and is_locked:
        raise SourceRefusal(
            f"lock '{lock_file}'",
            actual=differing,
            todo="pin the new files with: industrieruimte acquire; or bring back the old ones",
        )
    notes += differing
    replace(outputs / "sources.lock", lock_text(files).encode())
    replace(outputs / snapshot.FILE, snapshot.describe(config).encode())
    if not is_locked and (flags.get("pin") or not lock_file.exists()):
        try:
            replace(lock_file, lock_text(files).encode())
        except OSError as fault:
            notes.append(f"the lock could not be written to '{lock_file}' ({fault.strerror})")
    return {"source_files": files}


def run_harmonise(config: Project, unit: str, tables: Tables, *, source_roots: Mapping[str, Path]) -> Tables:
    return ingest.harmonise_layer(config, unit, source_roots)


def run_resolve(config: Project, unit: str, tables: Tables) -> Tables:
    return land.work_resolve(_context(config), unit, tables)


def run_constrain(config: Project, unit: str, tables: Tables) -> Tables:
    return land.work_constrain(_context(config), unit, tables)


def run_measure(config: Project, unit: str, tables: Tables) -> Tables:
    return room.work_measure(_context(config), unit, tables)


def run_assess(config: Project, unit: str, tables: Tables) -> Tables:
    return room.work_assess(_context(config), unit, tables)


def run_publish(config: Project, unit: str, tables: Tables, *, edition: str, outputs: Path) -> Tables:
    return account.work_publish(_context(config, edition=edition, store=Store(outputs)), unit, tables)
