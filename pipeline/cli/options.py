"""Opties: what every command may be told, and the project and results that it then works on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from layers.errors import ConfigRefusal
from pipeline.project.load import read_project
from pipeline.queries import scenarios
from pipeline.runner.stage import Context
from pipeline.stages.publish.files.formats import FORMATS

CONFIG = Path(__file__).parents[1] / "config"


def shared(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every verb of the line has."""
    options = [
        click.option(
            "-c",
            "--cluster",
            "clusters",
            multiple=True,
            metavar="CLUSTER",
            help="Only this cluster; may be given more than once.",
        ),
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            default=None,
            metavar="DIR",
            help="Folder of TOML cards (default: this folder if it holds a project, else config).",
        ),
        click.option(
            "--data",
            type=click.Path(path_type=Path),
            default=None,
            metavar="DIR",
            help="Folder that source paths count from (default: the config folder).",
        ),
        click.option(
            "--outputs",
            type=click.Path(path_type=Path),
            default=Path("outputs"),
            metavar="DIR",
            help="Folder of results (default: outputs).",
        ),
        click.option(
            "--edition",
            type=click.Choice(["internal", "public"]),
            default="internal",
            help="Public leaves out what is confidential, and proves it.",
        ),
        click.option(
            "--scenario",
            metavar="NAME",
            default=None,
            help="As scenarios/NAME.toml has it; results go to OUTPUTS/scenarios/NAME, for what differs.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def working(command: Callable[..., None]) -> Callable[..., None]:
    """The options of the verbs that do work."""
    options = [
        click.option(
            "--jobs", type=click.IntRange(1), default=1, metavar="N", help="Clusters at the same time (default: 1)."
        ),
        click.option(
            "--engine",
            type=click.Choice(["fast", "reference"]),
            default="fast",
            help="What cuts the land: kernels, or one exact cut after the other; the hectares are the same.",
        ),
        click.option(
            "--scheduler",
            metavar="ADDRESS",
            default=None,
            help="Have the workers of this Dask cluster cut the land; they read --outputs under the same path (extra 'cluster').",
        ),
        click.option("--locked", is_flag=True, help="Refuse files that differ from sources.lock."),
        click.option("--dry-run", is_flag=True, help="Say what would run and why, and do nothing."),
        click.option("-v", "--verbose", is_flag=True, help="Also say why each unit runs."),
        click.option("-q", "--quiet", is_flag=True, help="Only refusals."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def context_of(given: dict[str, Any]) -> Context:
    """The project in a folder, as a scenario has it if one is named, with its data and results."""
    scenario = given.get("scenario")
    project = read_project(given["config"] or nearest_config(), scenario)
    store = scenarios.store_of(given["outputs"], scenario)
    engine, scheduler = given.get("engine", "fast"), given.get("scheduler")
    if engine != "fast" and scheduler:
        raise ConfigRefusal(
            "option --scheduler", actual=f"--engine {engine}", expected="the fast engine: workers cut with kernels"
        )
    threads = max(1, _cores() // given.get("jobs", 1))
    return Context(project, given["data"] or project.folder, store, given["edition"], engine, threads, scheduler)


def _cores() -> int:
    """The processors that we may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def nearest_config() -> Path:
    """The project folder that one stands in, else the folder config below it, else the example that comes with us."""
    if Path("project.toml").is_file():
        return Path()
    return Path("config") if Path("config").is_dir() else CONFIG


def handing_out(command: Callable[..., None]) -> Callable[..., None]:
    """The options of publish for takers of other formats."""
    options = [
        click.option(
            "--format",
            "formats",
            multiple=True,
            type=click.Choice(tuple(FORMATS)),
            help="Also in this format, beside the GeoPackage; may be given more than once.",
        ),
        click.option(
            "--postgis",
            metavar="URL",
            default=None,
            help="Also into this PostGIS, in one transaction: postgresql://USER@HOST/DATABASE (password: PGPASSWORD).",
        ),
        click.option(
            "--schema",
            default="industrieruimte",
            metavar="NAME",
            help="Schema in that database (default: industrieruimte).",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command
