"""Options that several verbs share, each group as one object that the command receives."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

Command = Callable[..., None]
FOLDER = click.Path(path_type=Path)
CONFIG_HELP = "Folder of TOML cards (default: this folder if it holds a project, else config)."


@dataclass(frozen=True)
class ProjectOptions:
    """Which project, clusters, data and results a command works on, for which edition and scenario."""

    clusters: tuple[str, ...] = ()
    config: Path | None = None
    data: Path | None = None
    outputs: Path | None = None
    edition: str = "internal"
    scenario: str | None = None


@dataclass(frozen=True)
class RunOptions:
    """How the line runs, and how much it says."""

    jobs: int = 1
    engine: str = "fast"
    scheduler: str | None = None
    locked: bool = False
    dry_run: bool = False
    verbose: bool = False
    quiet: bool = False
    timings: bool = False


def _grouped(argument: str, group: type[Any], *options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that adds the options and gives their values to the command as one object."""
    names = [field.name for field in fields(group)]

    def decorate(command: Command) -> Command:
        """Add the options to a command."""

        @functools.wraps(command)
        def call(**values: Any) -> None:
            """Call the command with its options as one object."""
            chosen = group(**{name: values.pop(name) for name in names})
            command(**values, **{argument: chosen})

        grouped: Command = call
        # Click lists the option that was added last first: reversed, help has them in the order given.
        for option in reversed(options):
            grouped = option(grouped)
        return grouped

    return decorate


outputs_option = click.option(
    "--outputs",
    type=FOLDER,
    metavar="DIR",
    help="Folder of results (default: `outputs` of project.toml, else outputs in this folder).",
)
project_options = _grouped(
    "options",
    ProjectOptions,
    click.option(
        "-c",
        "--cluster",
        "clusters",
        multiple=True,
        metavar="CLUSTER",
        help="Only this cluster; may be given more than once.",
    ),
    click.option("--config", type=FOLDER, metavar="DIR", help=CONFIG_HELP),
    click.option(
        "--data", type=FOLDER, metavar="DIR", help="Folder that source paths count from (default: the config folder)."
    ),
    outputs_option,
    click.option(
        "--edition",
        type=click.Choice(["internal", "public"]),
        default="internal",
        help="Public leaves out what is confidential, and proves it.",
    ),
    click.option(
        "--scenario",
        metavar="NAME",
        help="Read the cards as scenarios/NAME.toml changes them; what differs is written to OUTPUTS/scenarios/NAME.",
    ),
)

run_options = _grouped(
    "how",
    RunOptions,
    click.option(
        "--jobs", type=click.IntRange(1), default=1, metavar="N", help="Clusters at the same time (default: 1)."
    ),
    click.option(
        "--engine",
        type=click.Choice(["fast", "reference"]),
        default="fast",
        help="Cut land with compiled kernels, or with one exact overlay after the other; the hectares are the same.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Do units of all stages, and cut land, on the workers of this Dask cluster, which see the project, its "
        "data and --outputs under the same paths (extra 'cluster').",
    ),
    click.option("--locked", is_flag=True, help="Refuse files that differ from sources.lock."),
    click.option("--dry-run", is_flag=True, help="Say what would run and why, and do nothing."),
    click.option("-v", "--verbose", is_flag=True, help="Also say why each unit runs."),
    click.option("-q", "--quiet", is_flag=True, help="Write refusals only."),
    click.option(
        "--timings", is_flag=True, help="Also say what each stage cost: seconds, memory, bytes, and rows per second."
    ),
)

json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
profile_option = click.option(
    "--profile", metavar="NAME", help="For this activity (default: lead_profile of publish.toml)."
)
gpkg_option = click.option(
    "--gpkg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Also write the changed land here."
)
