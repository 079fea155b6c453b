"""The work of stages that has not moved into their own packages yet, under the signature that the runner calls."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from pipeline.line import account
from pipeline.project.project import Project
from pipeline.runner.stage import RunContext, Tables
from pipeline.storage.store import Store


def _context(config: Project, **options: Any) -> RunContext:
    return dataclasses.replace(RunContext(config, Path(), Store(Path()), line=()), **options)


def run_publish(config: Project, unit: str, tables: Tables, *, edition: str, outputs: Path) -> Tables:
    return account.work_publish(_context(config, edition=edition, store=Store(outputs)), unit, tables)
