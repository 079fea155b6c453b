"""Refusals in Dutch: where the session or the project says so, and each sentence about a planner's file has one."""

from __future__ import annotations

import ast
import pickle
import re
import string
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_gate import edit, project, table, twice

from layers.errors import SourceRefusal
from layers.glossary import dutch_sentence, refusals
from layers.sentences import JoinedSentences, Sentence
from layers.sources import TABLES
from pipeline.cli.main import main
from pipeline.stages.harmonise.convert import WANTED
from pipeline.stages.harmonise.hints import HINTS

__all__ = ["project"]  # a fixture
ROOT = Path(__file__).parents[1]
PRODUCT = [path for room in ("layers", "pipeline") for path in sorted((ROOT / room).rglob("*.py"))]
# What is refused here is about values of users; all of it is said in Dutch.
OF_PLANNERS = [*sorted((ROOT / "pipeline" / "stages" / "harmonise").glob("*.py")), ROOT / "layers" / "errors.py"]
# What a card says that no layer has, and a pattern without an end: for who writes cards.
FOR_CARD_WRITERS = {"_check_card", "check_joins", "time_limit", "stop", "_left_out"}


def calls(path: Path) -> list[ast.Call]:
    """The calls in a module, but those in functions for who writes cards."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in FOR_CARD_WRITERS]
    inside = {id(part) for function in passed for part in ast.walk(function)}
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and id(node) not in inside]


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def fields(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_every_sentence_has_a_dutch_one_with_the_same_fields() -> None:
    written = {
        call.args[0].value
        for path in PRODUCT
        for call in calls(path)
        if name_of(call) == "Sentence" and call.args and isinstance(call.args[0], ast.Constant)
    }
    assert len(written) > 40 and written - refusals().keys() == set()
    for template in written:
        assert fields(template) == fields(refusals()[template]), template


def test_no_refusal_about_values_is_written_past_the_glossary() -> None:
    """Its parts are sentences, or texts as they stand in the glossary; nothing is put together with f-strings."""
    loose = []
    for path in OF_PLANNERS:
        for call in calls(path):
            if not name_of(call).endswith("Refusal"):
                continue
            for part in [*call.args, *(keyword.value for keyword in call.keywords)]:
                if isinstance(part, ast.JoinedStr) or (
                    isinstance(part, ast.Constant) and part.value and part.value not in refusals()
                ):
                    loose.append(f"{path.name}: {ast.unparse(part)}")
    assert loose == []


def test_every_hint_and_every_fault_of_a_value_is_known() -> None:
    from layers.glossary import dutch_reason

    assert set(HINTS.values()) <= refusals().keys()
    reasons = {f"not {words}" for words in WANTED.values()} | {"empty", "a key as a rounded number"}
    for layer in TABLES.values():
        for column in layer.columns.values():
            bounds = (("below", column.minimum), ("above", column.maximum))
            reasons |= {f"{word} {bound} {column.unit}".strip() for word, bound in bounds if bound is not None}
            reasons |= {f"not one of {list(column.choices)}"} if column.choices else set()
            reasons |= {f"not like {column.pattern}"} if column.pattern else set()
    reasons |= {"above 2200-12-31; a word for perpetual?"}
    assert len(reasons) > 50
    for reason in reasons:
        assert not re.match(r"(not|below|above|empty|a key|an error)\b", dutch_reason(reason)), reason
    assert (
        dutch_reason("above 2200-12-31; a word for perpetual?") == "hoger dan 2200-12-31; een woord voor eeuwigdurend?"
    )


DUTCH = (
    "geweigerd ground_leases",
    "bron 'ground_leases', bestand 'data/contracten.csv'",
    "rijen geweigerd, 0 toegestaan",
)


@pytest.mark.parametrize("how", ["session", "project"])
def test_what_is_refused_is_said_in_dutch(project: Path, tmp_path: Path, how: str) -> None:
    table(project, "contracten.csv", ";ondererfpacht;", ";bruikleen;")
    twice(project)
    (project / "data" / "kades.gpkg").unlink()
    environment = {"LANG": "nl_NL.UTF-8"} if how == "session" else {"LANG": "en_GB.UTF-8"}
    if how == "project":
        edit(project, "project.toml", "title  ", 'language = "nl"\ntitle  ')
    result = CliRunner(env=environment).invoke(main, ["check", "--config", str(project)])
    assert result.exit_code == 4 and "expected" not in result.output and " refused" not in result.output
    for words in (
        *DUTCH,
        "niet een van ['erfpacht'",
        "gevonden 'bruikleen' (",
        "keer)",
        "vertaal eigen woorden in de kaart",
        "sleutel staat er meer dan eens, met andere inhoud",
        "rij",
        "bestand 'data/kades.gpkg' is er niet, verwacht het onder",
        "goed      pipelines",
    ):
        assert words in result.output, words
    ran = CliRunner(env=environment).invoke(
        main, ["run", "--config", str(project), "--outputs", str(tmp_path / "out"), "--to", "acquire"]
    )
    assert ran.exit_code == 4 and "geweigerd: bron 'quays': bestand 'data/kades.gpkg' is er niet" in ran.output


def test_the_language_of_the_project_goes_before_that_of_the_session(project: Path) -> None:
    twice(project)
    edit(project, "project.toml", "title  ", 'language = "en"\ntitle  ')
    result = CliRunner(env={"LANG": "nl_NL.UTF-8"}).invoke(main, ["check", "--config", str(project)])
    assert result.exit_code == 4 and "rows refused, 0 allowed" in result.output and "rijen" not in result.output


def test_a_sentence_is_plain_text_that_crosses_a_border_of_processes() -> None:
    words = Sentence("row {row}", row=3)
    refusal = SourceRefusal(JoinedSentences("; or ", [words, "", words]), actual=words, todo=words)
    other = pickle.loads(pickle.dumps(refusal))
    assert str(other) == str(refusal) == "row 3; or row 3: row 3\n  row 3"
    assert other.text(dutch_sentence) == "rij 3; of rij 3: rij 3\n  rij 3"


def test_what_a_user_wrote_is_left_as_it_stands() -> None:
    """A value that is by chance a word of ours is not translated."""
    said = Sentence("{count} rows with something else, first row {row}: {value!r}", count=2, row=1, value="good")
    assert dutch_sentence(said) == "2 rijen met iets anders, als eerste rij 1: 'good'"
