"""A copy of the tree in which a recipe is done: what it touched, and what the command line then says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("layers", "pipeline", "config", "docs", "tools")
FILES = ("Makefile", "README.md", "pyproject.toml")
PROJECT = "config/proefpolder"
CLUSTER = "steenbakkerij"
# Each command in one process, so that the libraries are imported once; exit code and what was written, of each.
SCRIPT = """
import json, sys, traceback
from click.testing import CliRunner
from pipeline.cli.main import main
answers = []
for arguments in json.loads(sys.argv[1]):
    answer = CliRunner().invoke(main, arguments)
    fault = "".join(traceback.format_exception(answer.exception)) if answer.exit_code == 1 else ""
    answers.append((answer.exit_code, answer.output + fault))
print(json.dumps(answers))
"""


@dataclass(frozen=True)
class Answer:
    """What a command wrote, to stdout and stderr, and how it ended."""

    exit_code: int
    text: str


@dataclass(frozen=True)
class Tree:
    """A copy of the tree, and of the results of a run on it."""

    root: Path
    outputs: Path

    def write(self, name: str, text: str) -> None:
        """A new file."""
        assert not (self.root / name).exists()
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def append(self, name: str, text: str) -> None:
        """More text at the end of a file."""
        with (self.root / name).open("a", encoding="utf-8") as file:
            file.write(text)

    def insert(self, name: str, after: str, text: str) -> None:
        """Text behind the first line that begins so."""
        lines = (self.root / name).read_text(encoding="utf-8").splitlines(keepends=True)
        row = next(row for row, line in enumerate(lines) if line.startswith(after))
        (self.root / name).write_text("".join([*lines[: row + 1], text, *lines[row + 1 :]]), encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Other text in a file."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        (self.root / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def contents(self) -> dict[str, bytes]:
        """The files of the tree by name; what a project itself supplies does not count."""
        files = [path for folder in FOLDERS for path in (self.root / folder).rglob("*") if path.is_file()]
        named = {str(path.relative_to(self.root)): path for path in [*files, *(self.root / name for name in FILES)]}
        return {
            name: path.read_bytes()
            for name, path in named.items()
            if not name.startswith(f"{PROJECT}/") and "__pycache__" not in name
        }

    def touched(self) -> set[str]:
        """The files that are new or other than in the tree."""
        return {
            name
            for name, content in self.contents().items()
            if not ((ROOT / name).is_file() and (ROOT / name).read_bytes() == content)
        }

    def run(self, *commands: str) -> list[Answer]:
        """Say each command to the command line of the copy, in one process; all must end well."""
        arguments = [command.split() for command in commands]
        options = ["--config", PROJECT, "--outputs", str(self.outputs), "-c", CLUSTER]
        for words in arguments:
            if words[0] in ("run", "status", "publish") and "--help" not in words:
                words += [
                    word
                    for pair in zip(options[::2], options[1::2], strict=True)
                    for word in pair
                    if pair[0] not in words
                ]
            if words[0] in ("run", "publish") and "--help" not in words:
                words += ["--engine", "reference"]  # no kernel, so none is compiled
        environment = {**os.environ, "PYTHONPATH": str(self.root)}
        call = [sys.executable, "-c", SCRIPT, json.dumps(arguments)]
        done = subprocess.run(call, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        answers = [Answer(*answer) for answer in json.loads(done.stdout)]
        failed = [
            f"{command}\n{answer.text}" for command, answer in zip(commands, answers, strict=True) if answer.exit_code
        ]
        assert not failed, "\n".join(failed)
        return answers

    def readme(self) -> str:
        """README.md as `make docs` writes its commands."""
        call = [sys.executable, "tools/list_commands.py", "README.md"]
        subprocess.run(call, cwd=self.root, env={**os.environ, "PYTHONPATH": str(self.root)}, check=True)
        return (self.root / "README.md").read_text(encoding="utf-8")

    def menu(self) -> str:
        """What `make` says, in one line."""
        answer = subprocess.run(["make", "help"], cwd=self.root, capture_output=True, text=True, check=True)
        return " ".join(answer.stdout.split())


def copy_tree(root: Path) -> None:
    """The tree without results and compiled kernels; compiled modules go along, they know their source by its time."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("kernels-*"))
    for name in FILES:
        shutil.copy2(ROOT / name, root / name)
