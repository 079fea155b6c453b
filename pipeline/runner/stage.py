"""Stap: what `run` needs to know of a stage to run it, to check it, and to see whether it is stale."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.project.load import Project
from pipeline.storage.store import Store

Tables = dict[str, Any]
# Where a table comes from: the stage and unit that wrote it, and its name there.
Origin = tuple[str, str, str]


@dataclass(frozen=True)
class Context:
    """The project that is run, where its data are, where results go, for whom they are, and what cuts the land.

    threads: how many ranges of land are cut beside each other; scheduler: address of the Dask cluster that cuts them
    instead; told: is given what long work is going on, how many parts of it are done, and of how many.
    """

    project: Project
    data: Path
    store: Store
    edition: str = "internal"
    engine: str = "fast"
    threads: int = 1
    scheduler: str | None = None
    told: Callable[[str, int, int], None] | None = None


@dataclass(frozen=True)
class Stage:
    """One verb of the line: its question, its units of work, what a unit reads, which settings count, and the work.

    streamed: tables that the work is given part by part, in order of their key; it may give what it makes part by part too;
    ready: makes ready in this process what others that do its work would each make ready.
    """

    name: str
    question: str
    units: Callable[[Project], list[str]]
    reads: Callable[[Project, str], Mapping[str, list[Origin]]]
    settings: Callable[[Context, str], Any]
    work: Callable[[Context, str, Tables], Tables | Generator[Tables, None, None]]
    code: tuple[str, ...]
    streamed: tuple[str, ...] = ()
    ready: Callable[[Context], None] | None = None
