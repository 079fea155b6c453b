"""A verb for every stage of the line: bring the stages before it up to date, and run it anew."""

import click

from pipeline.cli.options import ProjectOptions, RunOptions, project_options, run_options
from pipeline.line import LINE, VERBS

HELP = {stage.name: stage.help for stage in LINE}


def stage_help(name: str) -> str:
    """Return the help text of a stage's verb."""
    return f"{HELP[name]} Stages before it run only where they are stale."


def stage_commands() -> dict[str, click.Command]:
    """Return a command for each stage by its verb."""
    return {name: _stage_command(name) for name in VERBS}


def _stage_command(name: str) -> click.Command:
    @click.command(name, help=stage_help(name), epilog=f"Example: industrieruimte {name}")
    @project_options
    @run_options
    def command(options: ProjectOptions, how: RunOptions) -> None:
        """Run the stage."""
        from pipeline.cli.running import run_stage

        run_stage(name, options, how)

    return command
