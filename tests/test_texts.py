"""What planners read follows docs/schrijfwijzer.md: words of the office, short lines, no rule twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from oracle.published import layer

from layers.closed_lists import CLOSED_LISTS
from layers.derived import DERIVED
from pipeline.project.project import Project

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

GUIDE = Path(__file__).parents[1] / "docs" / "schrijfwijzer.md"
LINES = ["oordeel_in_het_kort", "wie_tot_wanneer", "wat_zou_helpen"]
BANNED = re.compile(
    r"\bbezit|geclaimd|op zijn (?:vroegst|laatst)|, (?:vroegst|laatst)\b|na verlenging|inpassing|1e-6|\baanzeg"
    r"|\b(?:zij|haar)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module", params=["proefpolder", "westpoort"])
def package(request: pytest.FixtureRequest) -> Path:
    context: RunContext = request.getfixturevalue(request.param)
    name = {"proefpolder": "nederland", "westpoort": "westpoort"}[request.param]
    return context.store.outputs / f"{name}.gpkg"


def test_lines_are_short_and_each_is_one_sentence_group(package: Path) -> None:
    plots = layer(package, "kavels")
    lines = plots[LINES].fillna("")
    assert len(plots) > 1_000 and lines.map(len).sum(axis=1).max() <= 350
    assert (
        lines[LINES[:2]].map(lambda text: text.endswith(".") and text[0].isupper() and "\n" not in text).all(axis=None)
    )


def test_no_text_has_a_word_that_is_not_of_the_office(package: Path) -> None:
    columns = {
        "kavels": [*LINES, "toelichting"],
        "milieuruimte": ["toelichting"],
        "deelvlakken": ["toelichting_ruimte_2030"],
    }
    texts = pd.concat([layer(package, name)[column] for name, names in columns.items() for column in names])
    wrong = [text for text in texts.dropna().unique() if BANNED.search(text)]
    assert wrong == []


def test_no_rule_stands_twice_under_a_plot(package: Path) -> None:
    for plot, text in layer(package, "kavels").set_index("kavel_id")["toelichting"].items():
        rules = [
            line.partition(" (op ")[0] for line in text.split("\n") if line.startswith("- ") and "Grondslag:" in line
        ]
        assert len(rules) == len(set(rules)), (plot, rules)


def test_titles_and_descriptions_have_words_of_the_office(rules: Project) -> None:
    titles = [layer.published_as for layer in DERIVED.values()]
    titles += [column.title for layer in DERIVED.values() for column in layer.columns.values()]
    titles += [text for card in rules.publish.published for text in (card.title, card.description)]
    titles += [term.dutch for terms in CLOSED_LISTS.values() for term in terms]
    titles += [rule.title for rule in rules.constrain.constraint] + [effect.basis for effect in rules.effects]
    titles += [part.title for group in rules.publish.map.group for part in (group, *group.layers)]
    assert [title for title in titles if title and BANNED.search(title)] == []


def test_the_guide_has_thirty_phrases_before_and_after_of_which_only_the_first_are_banned() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)[2:]
    assert len(rows) >= 30 and not [after for _, after in rows if BANNED.search(after)]


def test_a_rule_of_a_law_with_a_lasting_address_has_it(package: Path, rules: Project) -> None:
    areas = layer(package, "belemmeringen")
    links = rules.publish.law_links
    wanted = [next((links[law] for law in links if basis.startswith(law)), None) for basis in areas["grondslag"]]
    assert [link if isinstance(link, str) else None for link in areas["wettekst"]] == wanted and any(wanted)
