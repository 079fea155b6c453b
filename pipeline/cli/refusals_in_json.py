"""Refusals as JSON, for programs that read what a command answers."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from layers.errors import Refusal


def show_findings(findings: list[dict[str, Any]]) -> None:
    """Write findings as one JSON document to stdout."""
    click.echo(json.dumps(findings, indent=1))


@contextmanager
def refusals_in_json(*, as_json: bool) -> Iterator[None]:
    """Write a refusal from within as JSON, where that is asked for, and end with its exit code."""
    try:
        yield
    except Refusal as refusal:
        if not as_json:
            raise
        from pipeline.runner.finding_objects import findings_of

        show_findings(findings_of(refusal))
        sys.exit(refusal.exit_code)
