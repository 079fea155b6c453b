"""The workflows in docs/ci/: they parse, their commands exist, and a difference is a warning where nothing is wrong."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pipeline.cli.main import main

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / "docs" / "ci").glob("*.yml"))
PUBLIC = {"uitkomst/*.gpkg", "uitkomst/report.html", "uitkomst/figures.csv", "uitkomst/figures", "verschil.txt"}


def content_of(path: Path) -> dict[Any, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def scripts_of(path: Path) -> list[str]:
    """What a workflow has a shell run, step by step."""
    jobs = content_of(path).get("jobs")
    if jobs is None:
        job = content_of(path)["hectares"]
        return [*job["script"], *job["after_script"]]
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


def commands_in(script: str) -> Iterator[list[str]]:
    """The words of each command of ours."""
    for line in script.splitlines():
        for match in re.finditer(r"(?:^|[\s/;|(])industrieruimte\"? ([^|;>)]*)", line):
            yield shlex.split(match[1])


def is_understood(words: list[str]) -> bool:
    command = main.commands[words[0]]
    try:
        command.make_context(words[0], words[1:])
    except click.UsageError:
        return False
    return True


def test_there_is_a_workflow_for_each_place() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\(ci/([^)]+)\)", page)) - {""}
    assert {path.name for path in WORKFLOWS} == named == {"office.yml", "office.gitlab-ci.yml", "tests.yml"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_command_is_one_of_the_command_line(path: Path) -> None:
    commands = [words for script in scripts_of(path) for words in commands_in(script)]
    assert len(commands) >= 5
    assert [words for words in commands if not is_understood(words)] == []
    for script in scripts_of(path):
        assert all((ROOT / name).exists() for name in re.findall(r"(?<![\w./])tests/[\w./]+", script))


def test_a_command_that_is_none_is_seen() -> None:
    assert list(commands_in('"../$scripts/industrieruimte" demo --outputs x | tee y')) == [["demo", "--outputs", "x"]]
    assert not is_understood(["run", "--no-such-option"]) and is_understood(["diff", "a", "b"])


@pytest.mark.parametrize("name", ["office.yml", "office.gitlab-ci.yml"])
def test_only_what_may_be_shared_stays_and_contracts_go(name: str) -> None:
    content = content_of(ROOT / "docs" / "ci" / name)
    if "jobs" in content:
        steps = content["jobs"]["hectares"]["steps"]
        (artifact,) = [step["with"]["path"].split() for step in steps if "upload-artifact" in step.get("uses", "")]
        assert steps[-1]["if"] == "always()"
    else:
        artifact = content["hectares"]["artifacts"]["paths"]
    assert {path.rstrip("/") for path in artifact} == PUBLIC
    commands = [words for script in scripts_of(ROOT / "docs" / "ci" / name) for words in commands_in(script)]
    verbs = [words[0] for words in commands]
    assert verbs == ["doctor", "check", "run", "diff", "clean"] and {"public", "--locked"} < {*commands[2]}


@pytest.mark.skipif(os.name == "nt", reason="runs the steps in bash")
@pytest.mark.parametrize("name", ["office.yml", "office.gitlab-ci.yml"])
@pytest.mark.parametrize("code", [0, 2, 5])
def test_a_difference_is_a_warning_and_a_fault_stops(tmp_path: Path, name: str, code: int) -> None:
    """The step that compares, with a command that ends with each code."""
    script = next(text for text in scripts_of(ROOT / "docs" / "ci" / name) if "industrieruimte diff" in text)
    fake = tmp_path / "industrieruimte"
    fake.write_text(f"#!/bin/sh\necho 12.3 ha\nexit {code}\n")
    fake.chmod(0o755)
    given = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    given |= {variable: str(tmp_path / variable) for variable in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=given, capture_output=True, text=True)
    is_github = name == "office.yml"
    assert done.returncode == (0 if is_github and code == 5 else code)
    shown = (tmp_path / "GITHUB_STEP_SUMMARY").read_text() if is_github else done.stdout
    assert "12.3 ha" in shown and ("::warning::" in done.stdout) is (is_github and code == 5)
    if not is_github:
        assert content_of(ROOT / "docs" / "ci" / name)["hectares"]["allow_failure"] == {"exit_codes": [5]}
