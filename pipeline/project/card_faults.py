"""What is wrong with a card, in the words of its writer: the keys as they stand there, what was found, what was due."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

# What was due, by the kind of fault; the braces are what pydantic says of it.
DUE = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date such as 2026-10-01",
    "date_parsing": "a date such as 2026-10-01",
    "date_from_datetime_parsing": "a date such as 2026-10-01",
    "date_from_datetime_inexact": "a date such as 2026-10-01, without a time",
    "tuple_type": "a list in square brackets",
    "dict_type": "a table with keys",
    "model_type": "a table with keys",
    "model_attributes_type": "a table with keys",
    "literal_error": "{expected}",
    "union_tag_invalid": "one of {expected_tags}",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "string_too_short": "at least {min_length} sign",
    "string_too_long": "at most {max_length} sign",
    "string_pattern_mismatch": "text of the form {pattern}",
    "too_short": "at least {min_length} entry",
}
FORMS = {
    r"\S": "text that is not blank",
    r"^[a-z0-9_-]{1,40}$": "small letters, digits, - and _, at most 40",
    r"^$|^[a-z0-9_-]{1,64}$": "small letters, digits, - and _, at most 64",
    r"^[a-z0-9_-]{1,64}$": "small letters, digits, - and _, at most 64",
    r"^[a-z0-9_]{1,40}$": "small letters, digits and _, at most 40",
    r"^[a-z][a-z0-9_]{0,39}$": "small letters, digits and _, at most 40, a letter first",
    r"^[a-z][a-z0-9_]{0,56}$": "small letters, digits and _, at most 57, a letter first",
    r"^[A-Za-z0-9_-]{1,64}$": "letters, digits, - and _, at most 64",
    r"^[a-z][a-z0-9_{}]*$": "the name of a column, such as usable_{year}_m2",
    r"^(none|#[0-9a-f]{6}([0-9a-f]{2})?)$": "none, or a colour such as #009e73",
}
# Where one of several grammars counts, pydantic puts the name of the one that it tried among the keys.
GRAMMAR = "<grammar>"


def fault_words(broken: ValidationError, content: Mapping[str, Any]) -> list[str]:
    """Every fault of a card once: its key, what was found there, and what may stand there."""
    due: dict[tuple[str, str], list[str]] = {}
    lines = []
    for error in broken.errors():
        keys = list(_keys_in_card(error["loc"], content, is_missing=error["type"] == "missing"))
        context = error.get("ctx", {})
        if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
            keys.append(str(context["discriminator"]).strip("'"))
        place = ".".join(keys) or "the card"
        if error["type"] in ("missing", "union_tag_not_found"):
            lines.append(f"{place}: missing")
        elif error["type"] == "extra_forbidden":
            lines.append(f"{place}: unknown key")
        elif error["type"] == "value_error":
            lines.append(f"{place}: {str(error['msg']).removeprefix('Value error, ')}")
        else:
            actual = context["tag"] if error["type"] == "union_tag_invalid" else error["input"]
            words = due.setdefault((place, repr(actual)), [])
            expected = _expected(error["type"], context, str(error["msg"]))
            words += [expected] if expected not in words else []
    # A value that may be of several kinds has a fault for each.
    lines += [f"{place}: found {actual}, expected {' or '.join(words)}" for (place, actual), words in due.items()]
    return list(dict.fromkeys(lines))


def _keys_in_card(place: Sequence[Any], content: Any, *, is_missing: bool) -> Iterator[str]:
    """The keys of a place that stand in the card, entries of a list by their name or number; a missing key last."""
    is_kind_passed = False
    for number, part in enumerate(place):
        is_kind = isinstance(content, Mapping) and content.get("kind") == part and not is_kind_passed
        if is_kind or str(part).startswith(GRAMMAR):
            is_kind_passed = True
            continue
        key = str(part)
        if isinstance(content, Mapping) and part in content:
            content = content[part]
        elif isinstance(content, list | tuple) and isinstance(part, int) and part < len(content):
            content = content[part]
            key = _entry_name(content) or f"#{part + 1}"
        elif not (is_missing and number == len(place) - 1 and isinstance(content, Mapping)):
            continue
        is_kind_passed = False
        yield key


def _entry_name(entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else ""


def _expected(kind: str, context: Mapping[str, Any], said: str) -> str:
    if kind == "string_pattern_mismatch" and context["pattern"] in FORMS:
        return FORMS[context["pattern"]]
    return DUE[kind].format(**context) if kind in DUE else said
