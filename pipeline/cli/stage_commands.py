"""A verb for every stage of the line: bring the stages before it up to date, and run it anew."""

from __future__ import annotations

import click

from pipeline.cli.options import ProjectOptions, RunOptions, project_options, run_options

# The order of the line; a test holds these names against it.
HELP = {
    "acquire": "Check source files and pin their checksums. Reads sources/*.toml; writes sources.lock.",
    "harmonise": "Translate source files into our layers, in RD New. Reads sources/*.toml and the files that they name; "
    "writes a table per source layer, and the rows that were refused.",
    "resolve": "Settle who holds each part of each plot, and until when. Reads plots, contracts, registers and "
    "overrides.csv; writes holdings, their periods and conflicts.",
    "constrain": "Draw where each constraint applies. Reads source layers and constrain.toml; writes zones.",
    "overlay": "Cut holdings by zones into pieces. Reads holdings and zones; writes pieces and combinations of zones.",
    "measure": "Measure plots and what lies around them. Reads holdings, quays, networks, grids and measure.toml; "
    "writes facts per plot, access, air quality and noise.",
    "assess": "Judge every piece for each activity, year and case. Reads pieces, profiles.toml, effects.csv and "
    "verdicts.csv; writes room, verdicts and bounds by housing.",
    "assemble": "Join usable pieces into sites. Reads verdicts and assemble.toml; writes sites, bridges and near misses.",
    "balance": "Draw up the accounting per cluster and for all together. Reads all tables and demand.csv; writes the "
    "land balance, the waterfall, attribution and levers.",
    "publish": "Write what a planner opens. Reads all tables and publish.toml; writes GeoPackages, report.html, "
    "figures.csv and figures.",
}
VERBS = tuple(HELP)


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
        from pipeline.cli.running import run_stage

        run_stage(name, options, how)

    return command
