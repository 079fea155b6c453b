"""Verb `demo`: the whole line on the example that comes with the tool."""

from pathlib import Path

import click

from pipeline.cli.options import ProjectOptions, RunOptions, outputs_option, run_options
from pipeline.line import VERBS


@click.command("demo", epilog="Example: industrieruimte demo --outputs proef")
@outputs_option
@run_options
def command(outputs: Path | None, how: RunOptions) -> None:
    """Run the embedded example, and show what came out.

    Reads the cards and data of proefpolder where the tool is installed; writes what run writes to the folder of
    results.
    """
    from pipeline.cli.context import EXAMPLE_PROJECT
    from pipeline.cli.running import run_order
    from pipeline.runner.run import Order

    order = Order(up_to=VERBS[-1], jobs=how.jobs, locked=how.locked)
    run_order(order, ProjectOptions(config=EXAMPLE_PROJECT, outputs=outputs), how)
