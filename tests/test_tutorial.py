"""The tutorial in docs/eigen-project.md: its commands run in order on its own files and say what it says that they do.

Blocks of `sh` are run; `# exit N` in one is how its command ends. Blocks of `toml` begin with the file that they are,
or of which they are a line. Lines in `text` stand in what the command before them said, blanks aside.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from pipeline.cli.main import main

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "eigen-project.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.M | re.S)
M2_PER_HA = 10_000


def run_block(text: str) -> str:
    """Run a command; what it said."""
    command, *rest = text.splitlines()
    code = int(rest[0].removeprefix("# exit ")) if rest else 0
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == code, f"{command}: {result.output}"
    return result.output


def write_block(text: str) -> None:
    """Write a card, or replace a line of one."""
    head, _, content = text.partition("\n")
    name, _, is_line = head.removeprefix("# ").partition(": ")
    if not is_line:
        Path(name).write_text(content, encoding="utf-8")
        return
    key = content.split(" = ")[0]
    before = Path(name).read_text(encoding="utf-8")
    after = re.sub(rf"^{re.escape(key)} = .*TODO.*$", content.strip(), before, flags=re.M)
    assert after != before, f"no line {key} to fill in in {name}"
    Path(name).write_text(after, encoding="utf-8")


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What was not said as the page has it, after all its steps in a folder of their own."""
    folder, missing, said = tmp_path_factory.mktemp("tutorial"), list[str](), ""
    shutil.copytree(ROOT / "docs" / "eigen-project" / "mijndata", folder / "mijndata")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for kind, text in BLOCKS:
            if kind == "sh":
                said = run_block(text)
            elif kind == "toml":
                write_block(text)
            else:
                missing += [line for line in text.splitlines() if plain(line) not in plain(said)]
        shutil.copy("uitkomst/figures.csv", tmp_path_factory.getbasetemp() / "tutorial.csv")
        assert Path("uitkomst/nieuwehaven.gpkg").is_file() and not Path("uitkomst/work").exists()
    return missing


def test_every_step_says_what_the_page_says(followed: list[str]) -> None:
    assert followed == []
    kinds = [kind for kind, _ in BLOCKS]
    assert {*kinds} == {"sh", "toml", "text"} and kinds.count("sh") >= 7


def test_the_hectares_on_the_page_are_those_of_the_run(
    followed: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    figures = pd.read_csv(tmp_path_factory.getbasetemp() / "tutorial.csv")
    rows = figures[(figures["cluster"] == "nieuwehaven") & (figures["case"] == "earliest")]
    measures = {"vrij": ("holding", "all", "free"), "bruikbaar": ("verdict", "general_industry", "usable")}
    for name, (measure, profile, heading) in measures.items():
        on_page = re.search(rf"^\| {name} \| (.*) \|$", PAGE, flags=re.M)
        assert on_page is not None
        for year, cell in zip((2026, 2030, 2050), on_page[1].split(" | "), strict=True):
            keys = (rows["measure"] == measure) & (rows["profile"] == profile) & (rows["heading"] == heading)
            (area_m2,) = rows[keys & (rows["year"].astype(str) == str(year))]["area_m2"]
            assert f"{area_m2 / M2_PER_HA:.1f}".replace(".", ",") == cell, (name, year)


def test_every_file_of_the_office_is_on_the_page() -> None:
    files = {path.name for path in (ROOT / "docs" / "eigen-project" / "mijndata").iterdir()}
    assert files == set(re.findall(r"^\| `([^`]+\.\w+)` \|", PAGE, flags=re.M))
