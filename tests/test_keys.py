"""Keys as people type them: which are one key, which may be about which plots, and which are never the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.land.keys import KeyIndex, expanded, fold, is_scientific, listed

TWELVE = KeyIndex([f"P-{number:02d}" for number in range(1, 13)])
CADASTRAL = KeyIndex(["AMR03 H 1234", "AMR03 H 1235", "AMR03 G 1234"])
LONG = KeyIndex([str(36310012345000 + number) for number in range(12)])
SITES = KeyIndex(["Haven", "Westpoort", "Noord 2"])


@pytest.mark.parametrize(
    "text",
    [
        *("P-2", "P02", "p-02", " P-02 ", "P - 02", "P.02", "P_02", "P 02", "P/02", "P-002", "Ｐ-０２", "\u00a0P-02\t"),
        *("P\u201302", "P\u201402", "P\u221202", "P-02\u200b", "\ufeffP-02", "P\u00ad02", "P\u00a0-\u00a002", "Ṕ-02"),
    ],
)
def test_another_spelling_is_the_same_key(text: str) -> None:
    assert TWELVE.read(text) == "P-02"


@pytest.mark.parametrize(
    "text", ["AMR03H1234", "AMR03-H-01234G0000", "amr 03 h 1234 G0000", "AMR03.H.01234", "AMR03-H-1234"]
)
def test_a_cadastral_key_is_the_same_in_all_its_forms(text: str) -> None:
    assert CADASTRAL.read(text) == "AMR03 H 1234"


def test_a_zero_that_a_spreadsheet_took_is_put_back() -> None:
    assert KeyIndex(["0123450", "0123451"]).read("123450") == "0123450"


def test_numbers_stay_apart_and_a_spelling_of_two_keys_is_neither() -> None:
    index = KeyIndex(["P-1-1", "P-11", "Q-1", "Q-01"])
    assert [index.read(text) for text in ("p11", "P 1 1", "P.1-01", "q1", "Q-1")] == [
        *("P-11", "P-1-1", "P-1-1"),
        *(None, "Q-1"),
    ]
    assert index.resembling("q1") == {"Q-1", "Q-01"}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        *(("P-03 A2", [3]), ("P-03a", [3]), ("P-03 (ged.)", [3]), ("kavel P-03", [3]), ("03", [3]), ("3.0", [3])),
        *(("P-O3", [3]), ("P-0 3", [3]), ("PI1", [11]), ("XYZ P-03 en meer", [3])),
        *(("P-02/P-03", [2, 3]), ("P-02, P-03; P-04", [2, 3, 4]), ("P-02+03", [2, 3]), ("P-06 en P-07", [6, 7])),
        *(("P-02,-03,-04", [2, 3, 4]), ("P-02 & P-03", [2, 3]), ("P-02\nP-03", [2, 3]), ("2 en 3", [2, 3])),
        *(("P-01 t/m P-05", [1, 2, 3, 4, 5]), ("P-01 t/m 05", [1, 2, 3, 4, 5]), ("P01T/MP03", [1, 2, 3])),
        *(("P-01 tot en met P-03", [1, 2, 3]), ("P-01 - P-03", [1, 2, 3]), ("P-01-P-03", [1, 2, 3])),
        *(("P-01..P-03", [1, 2, 3]), ("kavels P-01 t/m P-03 (deels)", [1, 2, 3]), ("P-03 t/m P-01", [1, 2, 3])),
        *(("P-10 t/m 12, P-02 t.m. 04", [2, 3, 4, 10, 11, 12]), ("P-01 t/m P-40", list(range(1, 13)))),
        *(("P-99", []), ("P", []), ("", []), ("Q-77-A", []), ("2026-01", [])),
    ],
)
def test_a_key_that_is_none_may_be_about_these_plots(text: str, numbers: list[int]) -> None:
    assert TWELVE.read(text) is None
    assert TWELVE.resembling(text) == {f"P-{number:02d}" for number in numbers}


LAND = KeyIndex(["AMR03-H-1234", "AMR03-H-1235", "AMR03-G-77"])
SHORT = KeyIndex(["K-1", "K-2", "K-12", "K-1234", "K-1235"])


@pytest.mark.parametrize(
    "text",
    [
        *("Alkmaar H 1234", "gemeente Alkmaar, sectie H, nummer 1234", "AMR-H-1234", "Alkmaar sectie H nr. 1234"),
        *("perceel 1234", "perceelnummer 1234", "H 1234 (ged.)", "Alkmaar H 1234 (deel)", "1234 (deel)", "H1234 ged"),
        *("Alkmaar 1234", "zone 4 H 1234", "kadastraal Alkmaar H01234G0000"),
    ],
)
def test_a_part_of_a_text_may_be_the_end_of_a_key(text: str) -> None:
    assert LAND.read(text) is None and LAND.resembling(text) == {"AMR03-H-1234"}


@pytest.mark.parametrize("text", ["AMR03-K-1234", "AMR03-H-99", "HHW02-H-1234", "AMR03-K-99", "Alkmaar K 1234"])
def test_a_key_of_another_section_or_municipality_is_another(text: str) -> None:
    assert LAND.resembling(text) == set()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        *(("perceel 1234", [1234]), ("kavel 1234", [1234]), ("nr. 1234", [1234]), ("1234 (deel)", [1234])),
        *(("kavels 1 en 2", [1, 2]), ("kavel 2 west", [2]), ("bouwkavel nr 12", [12]), ("kavelnummers 1, 12", [1, 12])),
        *(("K1212", [12]), ("K12341235", [1234, 1235]), ("kavel 1234 deel 2", [1234, 2]), ("kavels 1 t/m 3", [1, 2])),
        *(("Haven 2", []), ("2e haven", []), ("K-1299", [])),
    ],
)
def test_a_number_next_to_words_for_a_plot_is_its_number(text: str, numbers: list[int]) -> None:
    assert SHORT.resembling(text) == {f"K-{number}" for number in numbers}


@pytest.mark.parametrize(("text", "numbers"), [("P0102", [1, 2]), ("P-010203", [1, 2, 3]), ("P0199", [])])
def test_numbers_that_stand_against_each_other_are_of_several_plots(text: str, numbers: list[int]) -> None:
    assert TWELVE.resembling(text) == {f"P-{number:02d}" for number in numbers}


ROW = KeyIndex([f"AMR03-H-{number}" for number in range(1230, 1240)])


@pytest.mark.parametrize(
    ("rest", "numbers"),
    [
        *(("1234/5", [4, 5]), ("1234-5", [4, 5]), ("1234 1235", [4, 5]), ("1234 (1235)", [4, 5])),
        ("1234 en 35", [4, 5]),
        *(("1234 t/m 36", [4, 5, 6]), ("1234 alsmede 1235", [4, 5]), ("1234\\1235", [4, 5])),
        ("1234, 5 en 7", [4, 5, 7]),
        *(("1234 5 7", [4, 5, 7]), ("1234/5 (ged.)", [4, 5]), ("1234 t/m 6 (deels)", [4, 5, 6])),
        ("1234-36", [4, 5, 6]),
        *(("1234+1236 gedeeltelijk", [4, 6]), ("1234 (35) (36)", [4, 5, 6])),
        *(("1234 - 36", [4, 5, 6]), ("1234 tot en met 1236", [4, 5, 6])),
    ],
)
@pytest.mark.parametrize("words", ["AMR03-H-", "AMR03 H ", "kavels ", "", "Alkmaar H "])
def test_all_of_a_list_that_is_written_short_are_in_doubt(words: str, rest: str, numbers: list[int]) -> None:
    assert ROW.read(words + rest) is None
    assert ROW.resembling(words + rest) == {f"AMR03-H-123{number}" for number in numbers}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        *(("P-02 03", [2, 3]), ("P 01 02 03", [1, 2, 3]), ("P-02 (03)", [2, 3]), ("P-11/2", [2, 11, 12])),
        *(("P-10 t/m 2", list(range(2, 13))), ("P-10 t/m 02", list(range(2, 11))), ("P-02\\03", [2, 3])),
    ],
)
def test_a_short_number_may_be_whole_or_the_last_digits(text: str, numbers: list[int]) -> None:
    assert TWELVE.resembling(text) == {f"P-{number:02d}" for number in numbers}


def test_an_exact_key_is_no_list() -> None:
    index = KeyIndex(["A 01 02", "A 01", "A 02", "P\\02"])
    assert index.read("A 01 02") == "A 01 02" == index.read("a-1-2") and index.read("P-02") == "P\\02"


@pytest.mark.parametrize("text", ["kavel P-01", "P-01 (ged.)", "Haven P-01"])
def test_a_part_of_a_text_may_be_a_plot_that_was_split(text: str) -> None:
    assert KeyIndex(["P-01a", "P-01b", "P-02"]).resembling(text) == {"P-01a", "P-01b"}


def test_a_list_is_not_taken_for_a_key_that_looks_like_it() -> None:
    index = KeyIndex(["P-2", "P-3", "P-2-3"])
    assert index.read("P-2/3") is None and index.resembling("P-2/3") == {"P-2", "P-3", "P-2-3"}


def test_a_plot_that_was_split_is_its_parts() -> None:
    index = KeyIndex(["P-01a", "P-01b", "P-01c", "P-02"])
    assert index.resembling("P-01") == {"P-01a", "P-01b", "P-01c"} == index.resembling("P-01a t/m c")


@pytest.mark.parametrize(
    ("text", "count"), [("3,63E+13", 12), ("3.63e13", 12), ("3,631001234500E+13", 6), ("3,64E+13", 0)]
)
def test_a_rounded_number_may_be_any_that_rounds_to_it(text: str, count: int) -> None:
    assert is_scientific(text) and len(LONG.resembling(text)) == count


@pytest.mark.parametrize("text", ["12E3", "1E-05", "E+13", "AMR03 E 13", "3,63"])
def test_a_key_with_an_e_is_no_rounded_number(text: str) -> None:
    assert not is_scientific(text)


def test_of_a_longer_number_a_spreadsheet_keeps_fifteen_digits() -> None:
    index = KeyIndex(["12345678901234567", "12345678901234511", "99945678901234567"])
    assert index.resembling("12345678901234500") == {"12345678901234567", "12345678901234511"}


@pytest.mark.parametrize(
    ("text", "names"),
    [("Havne", ["Haven"]), ("Haven terrein", ["Haven"]), ("Westpoort-Zuid", ["Westpoort"]), ("Noord", ["Noord 2"])],
)
def test_a_site_may_be_meant_by_a_name_that_is_like_it(text: str, names: list[str]) -> None:
    assert SITES.alike(text) == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("Haven 2", "Haven 1 en 2"), ("Haven 1 en 2", "Haven 2"), ("Haven 1", "Haven 1, 2 en 3")),
        *(("West Haven", "Haven-West"), ("Haven-West", "Westhaven"), ("Westhaven", "Haven West")),
        *(("Noord Haven 2", "Haven Noord 1 + 2"), ("Haven 2 west", "West-Haven 2 (oud)")),
    ],
)
def test_a_site_may_be_meant_in_another_order_and_by_one_of_its_numbers(text: str, name: str) -> None:
    assert KeyIndex([name, "Kade 9", "Oosteinde 1 en 2"]).alike(text) == [name]
    assert KeyIndex([text]).alike(name) == [text]


@pytest.mark.parametrize(("text", "name"), [("Haven 2 en 3", "Haven 1 en 2"), ("Haven 3", "Haven 1 en 2")])
def test_sites_with_numbers_of_which_none_has_all_of_the_other_are_two(text: str, name: str) -> None:
    assert KeyIndex([name]).alike(text) == []


def test_a_site_with_another_number_is_another() -> None:
    assert SITES.alike("Noord 3") == [] and SITES.alike("P-99") == []
    assert SITES.spellings("HAVEN ") == ["Haven"] and SITES.spellings("noord-02") == ["Noord 2"]


@pytest.mark.parametrize("text", ["P-1¹", "P-1²", "p1 ¹", "P-1₁", "P-1*", "P-1 †", "P-1ᵃ", "P-1¹ (deel)"])
def test_a_footnote_is_no_digit_and_leaves_a_key_in_doubt(text: str) -> None:
    index = KeyIndex(["P-1", "P-11", "P-12", "P-2", "P-1a"])
    assert index.read(text) is None and index.spellings(text) == []
    assert index.resembling(text) == {"P-1"}


def test_where_only_raised_digits_are_numbers_they_are_read() -> None:
    index = KeyIndex(["P-1", "P-2"])
    assert index.read("P-²") is None and index.resembling("P-²") == {"P-2"}


def test_a_key_on_the_map_with_a_footnote_is_itself_and_no_other() -> None:
    index = KeyIndex(["P-1¹", "P-11"])
    assert index.read("P-1¹") == "P-1¹" and index.read("p11") == "P-11"
    assert index.read("P-1") is None and index.resembling("P-1") == {"P-1¹"}


def test_a_list_is_written_out_and_a_range_counted() -> None:
    assert listed("P-02+03, 04; Q-1") == ["P-02", "P-03", "P-04", "Q-1"]
    assert expanded("P-08", "P-11") == ["P-08", "P-09", "P-10", "P-11"] == expanded("P-08", "11")
    assert expanded("H 1234", "36") == ["H 1234", "H 1235", "H 1236"] == expanded("H 1234", "6")
    assert expanded("P-10", "2") is None and expanded("H 1234", "12") is None
    assert expanded("P-01", "Q-05") is None and expanded("P-01a", "P-05a") is None and expanded("1", "99999") is None


@given(st.text(alphabet="Pp-–_. 0123/\u00a0\u200b", min_size=1, max_size=12))
def test_what_is_read_has_the_same_words_and_numbers(text: str) -> None:
    key = TWELVE.read(text)
    assert key is None or fold(key) == fold(text)
    assert TWELVE.read(text.upper()) == key or text in TWELVE.keys
