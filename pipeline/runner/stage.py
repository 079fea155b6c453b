"""The declaration of a stage: its units of work, the tables and config that it reads, and the function that runs it.

Light to import: the functions of stages are named by their import path and loaded when a stage runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.project.project import Project
    from pipeline.runner.forecast import Forecast
    from pipeline.storage.store import Store

Tables = dict[str, Any]
# Where a table comes from: the stage and unit that wrote it, and its name there.
Origin = tuple[str, str, str]
# Resources of a run that change what a stage writes, so that they count in its freshness.
OPTIONS = ("edition", "engine")
# The resource of a stage that hands parts of its units to the workers of a cluster; units of others go there whole.
WORKERS = "workers"


@dataclass(frozen=True)
class RunContext:
    """What is run: a line of stages on a project, where its data are, where results go, for whom, what cuts the land.

    threads: how many ranges of land are cut at the same time; scheduler: address of the Dask cluster that does units
    and cuts ranges instead; on_progress: is called with the long work that is going on, how many parts of it are done,
    and of how many; on_work: is called with what is begun, before units are
    run; on_forecast: with what gives how long the rest may take, at each stage that has work.
    """

    project: Project
    data: Path
    store: Store
    edition: str = "internal"
    engine: str = "fast"
    threads: int = 1
    scheduler: str | None = None
    on_progress: Callable[[str, int, int], None] | None = None
    on_work: Callable[[str], None] | None = None
    on_forecast: Callable[[Callable[[], Forecast]], None] | None = None
    line: tuple[Stage, ...] = field(kw_only=True)


@dataclass(frozen=True, kw_only=True)
class Units:
    """The units of work of a stage.

    names: the units of a project. total: the unit that puts all others together and waits for them. are_clusters: a
    user may pick some of them. are_layers: each is a source layer, which the stage writes.
    """

    names: Callable[[Project], list[str]]
    total: Callable[[Project], str] | None = None
    are_clusters: bool = False
    are_layers: bool = False

    def all_units(self, project: Project) -> list[str]:
        """All units, the total last."""
        return [*self.names(project), *([self.total(project)] if self.total is not None else [])]

    def is_total(self, project: Project, unit: str) -> bool:
        """Whether a unit puts the others together."""
        return self.total is not None and unit == self.total(project)


@dataclass(frozen=True, kw_only=True)
class Reads:
    """The tables that a stage reads.

    tables: derived tables of the unit, of stages without it those of all their units together; so does a total read
    its own stage. tables_of: stages of which all tables are read so. published: so are those of earlier stages that
    their layers say are published. sources: source layers, as far as the project has them. sources_named_in: config
    that names more of them. reports: per report on source layers (such as refused), the layers for which it is read
    (`*`: all, `{sources}`: those that this stage reads). rows: per table the column that names the unit; a unit gets
    the rows with its name.
    """

    tables: tuple[str, ...] = ()
    tables_of: tuple[str, ...] = ()
    published: bool = False
    sources: tuple[str, ...] = ()
    sources_named_in: tuple[str, ...] = ()
    reports: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One verb of the line. What it writes follows from the layers, which name their stage.

    - run: import path of `run(config, unit, tables, **resources)`; gives tables by name, at once or part by part.
    - shared: import path of `shared(config, tables)`: what is worked out once for all units, from the tables that they
      have in common; `run` gets it under this name.
    - prepare: import path of what is called once before several units run at the same time, with the run's options.
    - reads, reads_of_total: the tables that a unit reads; and the total, where that differs.
    - config: names of the config that it reads, as in config_view; unit_config: names that count for one unit alone.
    - resources: what else it is handed by the runner, by name; uses: functions of other stages, by import path.
    - streamed: tables that it gets part by part, in order of their key.
    - places: import path of `places(project, unit)`: the files for people that a unit may put in the folder of results.
    - always: it runs each time. shows_words: titles and meanings of layers reach what it writes.
    """

    name: str
    help: str
    units: Units
    run: str
    reads: Reads = field(default_factory=Reads)
    reads_of_total: Reads | None = None
    config: tuple[str, ...] = ()
    unit_config: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    uses: Mapping[str, str] = field(default_factory=dict)
    streamed: tuple[str, ...] = ()
    prepare: str = ""
    shared: str = ""
    places: str = ""
    always: bool = False
    shows_words: bool = False

    def reads_for(self, project: Project, unit: str) -> Reads:
        """What a unit reads."""
        is_total = self.units.is_total(project, unit)
        return self.reads_of_total if is_total and self.reads_of_total is not None else self.reads

    def config_for(self, unit: str) -> tuple[str, ...]:
        """Names of the config that counts for a unit."""
        return (*self.config, *self.unit_config.get(unit, ()))


def load_function(path: str) -> Callable[..., Any]:
    """The function of an import path `module:name`."""
    # Only now: `--help` names every stage, and must load neither geopandas nor numba.
    module, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def deferred(path: str) -> Callable[..., Any]:
    """The function at an import path, which is loaded when it is first called: few calls need those of other stages."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return load_function(path)(*args, **kwargs)

    return call
