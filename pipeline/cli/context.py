"""The project and results that a command works on, opened from its options."""

from pathlib import Path

import click

from layers.errors import ConfigRefusal
from pipeline.cli.language import set_language
from pipeline.cli.options import ProjectOptions, RunOptions
from pipeline.line import LINE
from pipeline.project.load import outputs_named, read_project
from pipeline.project.migrate import deprecation
from pipeline.project.project import Project
from pipeline.runner.machine import processors, refuse_little_memory
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store

# The rules of the house and the example in them lie beside the packages, in a clone and where a wheel is installed.
CONFIG = Path(__file__).parents[2] / "config"
EXAMPLE_PROJECT = CONFIG / "proefpolder"


def context_of(options: ProjectOptions, how: RunOptions | None = None) -> RunContext:
    """Open the project in a folder, changed by its scenario if one is named, with its data and results; write what
    whoever works on it should know."""
    how = how or RunOptions()
    refuse_little_memory()
    if how.engine != "fast" and how.scheduler:
        raise ConfigRefusal(
            "option --scheduler", actual=f"--engine {how.engine}", expected="the fast engine: workers cut with kernels"
        )
    project = read_project(options.config or nearest_config(), options.scenario)
    set_language(project.card.language)
    if not how.quiet:
        show_warnings(project)
    store = Store.of_scenario(results_folder(options.outputs, options.config), options.scenario)
    # Clusters that run at the same time share the processors.
    threads = max(1, processors() // how.jobs)
    data = options.data or project.folder
    return RunContext(project, data, store, options.edition, how.engine, threads, how.scheduler, line=LINE)


def show_warnings(project: Project) -> None:
    """Write what whoever works on the project should know, one line each."""
    for warning in (*deprecation(project.folder), *project.warnings):
        click.echo(f"warning: {warning}", err=True)


def results_folder(given: Path | None, config: Path | None) -> Path:
    """The folder of results: as given, else as project.toml names it, else outputs in the current folder."""
    return given or outputs_named(config or nearest_config()) or Path("outputs")


def nearest_config() -> Path:
    """Return the current folder if it holds a project, else `config` in it, else the cards that come with the tool."""
    if Path("project.toml").is_file():
        return Path()
    return Path("config") if Path("config").is_dir() else CONFIG
