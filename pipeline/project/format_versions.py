"""Versions of the project format: what was renamed is read under its old name for one version.

Format 2 (`format = 2` in project.toml) renames the keys, columns and headers below; format 3 writes filters in CQL2. A
project that still uses old names or filters is read as before, with one warning that names them; `migrate` rewrites it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from layers.errors import ConfigRefusal
from pipeline.project.old_filters import in_cql2
from pipeline.project.toml_words import toml_words

CURRENT_FORMAT = 3


# Keys: in which card (file name without .toml), directly in which table, the old one; and the new one.
RENAMED_KEYS = {
    ("measure", "nature", "why"): "caveat",
    ("measure", "air", "why"): "caveat",
    **{("measure", component, "who"): "who_advice" for component in ("no2", "pm10", "pm25")},
    ("balance", "levers", "kept"): "retained",
    ("publish", "layers", "of"): "published",
    ("publish", "atlas", "of"): "entry",
}
# Columns of published layers; no layer has a column of an old name any more, so that none need be named by layer.
RENAMED_COLUMNS = {
    "told": "narrative",
    "told_{year}": "room_text_{year}",
    "why": "rationale",
    "found": "finding",
    "fate": "right_status",
    "holding": "tenure_status",
    "gone": "factors_removed",
    "came": "factors_added",
    "asked_area_m2": "required_area_m2",
    "asked_width_m": "required_width_m",
    "asked_quay_m": "required_quay_m",
    "asked_draught_m": "required_draught_m",
}
# Where publish.toml names columns: as keys of a table, and in the texts of a table, whole or in braces.
KEYED_BY_COLUMN = ("where", "on")
COLUMN_TEXTS = {
    "style": ("column", "label", "label_words", "tip"),
    "atlas": ("name_by", "heading", "tells"),
}
# Filters: the texts under these keys, and all texts of these tables, in every card but publish.toml.
FILTER_KEYS, FILTER_TABLES = ("where", "enter_on"), ("leave_out",)
# Headers of tables that users write, by file.
RENAMED_HEADERS = {
    "overrides.csv": {"what": "target_id", "value": "new_value", "who": "author", "why": "reason"},
}


def _new_key(path: tuple[str, ...], key: str) -> str:
    """A key under its new name; path: the card and the tables that it stands in."""
    card, table = (path[0], path[-1]) if path else ("", "")
    if card == "publish" and table in KEYED_BY_COLUMN:
        return RENAMED_COLUMNS.get(key, key)
    return RENAMED_KEYS.get((card, table, key), key)


def _is_filter(path: tuple[str, ...]) -> bool:
    return path[0] != "publish" and (path[-1] in FILTER_KEYS or path[-2:-1] in [(name,) for name in FILTER_TABLES])


def _new_text(path: tuple[str, ...], text: str) -> str:
    """A filter in CQL2; a text with the new names of the columns, or of the place of a number, that it names.

    path: up to its key.
    """
    if len(path) > 1 and _is_filter(path):
        return in_cql2(text)
    if path == ("sweeps", "sweep", "card"):
        names = text.split(".")
        return ".".join(_new_key(tuple(names[:depth]), name) for depth, name in enumerate(names))
    table, key = path[-2:] if len(path) > 1 else ("", "")
    if path[:1] != ("publish",) or (table != "on" and key not in COLUMN_TEXTS.get(table, ())):
        return text
    in_braces = re.sub(r"(?<=\{)(?:\w|\{year\})+(?=\})", lambda m: RENAMED_COLUMNS.get(m[0], m[0]), text)
    return RENAMED_COLUMNS.get(text, in_braces)


def _card_of(path: Path) -> tuple[str, ...]:
    """The card that a file is, behind its folder where that holds sources; none for a scenario, which holds several."""
    return {"scenarios": (), "sources": ("sources", path.stem)}.get(path.parent.name, (path.stem,))


def with_new_names(path: Path, content: Mapping[str, Any], on_old: Callable[[str], None] | None = None) -> Any:
    """The content of a card or scenario under the new names; each old name is reported."""
    return _renamed(content, _card_of(path), on_old or (lambda _: None))


def _renamed(content: Any, path: tuple[str, ...], on_old: Callable[[str], None]) -> Any:
    if isinstance(content, Mapping):
        result = {}
        for key, value in content.items():
            new = _new_key(path, key)
            if new != key:
                if new in content:
                    raise ConfigRefusal(
                        f"table '{'.'.join(path)}'", actual=f"both {key} and {new}, its new name", todo="leave one out"
                    )
                on_old(f"{path[-1]}.{key} is now {new}")
            result[new] = _renamed(value, (*path, key), on_old)
        return result
    if isinstance(content, list):
        return [_renamed(value, path, on_old) for value in content]
    if isinstance(content, str) and (new := _new_text(path, content)) != content:
        on_old(f"{content} is now {new}")
        return new
    return content


def old_headers(path: Path) -> dict[str, str]:
    """The old headers that a table of a user still has, with their new names."""
    renamed = RENAMED_HEADERS.get(path.name, {})
    if not renamed or not path.is_file():
        return {}
    first = path.read_text(encoding="utf-8-sig", errors="replace").partition("\n")[0]
    names = [name.strip().strip('"') for name in first.split(";")]
    return {name: renamed[name] for name in names if name in renamed}


def migrated(path: Path, text: str) -> str:
    """The text of a file of a project in the current format: names and filters change, comments and order stay."""
    if path.name in RENAMED_HEADERS:
        return _migrated_header(text, RENAMED_HEADERS[path.name])
    if path.name == "project.toml":
        return _with_format(text)
    return "".join(_migrated_words(text, _card_of(path))) if path.suffix == ".toml" else text


def _migrated_header(text: str, renamed: Mapping[str, str]) -> str:
    head, line_end, rest = text.partition("\n")
    mark = "\ufeff" if head.startswith("\ufeff") else ""
    names = [
        re.sub(r"[^\s\"]+", lambda m: renamed.get(m[0], m[0]), name) for name in head.removeprefix(mark).split(";")
    ]
    return mark + ";".join(names) + line_end + rest


def _with_format(text: str) -> str:
    """project.toml with the format that it is written in, above its first key; a pointer to another project stays."""
    if re.search(r"(?m)^use\s*=", text):
        return text
    if re.search(r"(?m)^format\s*=", text):
        return re.sub(r"(?m)^(format\s*=\s*)\d+", rf"\g<1>{CURRENT_FORMAT}", text)
    return re.sub(r"(?m)^(?=[A-Za-z_\[])", f"format = {CURRENT_FORMAT}\n", text, count=1)


def _migrated_words(text: str, card: tuple[str, ...]) -> Iterator[str]:
    """The text of a card piece by piece, each key and text under its new name, in the quotes that it had."""
    end = 0
    for word in toml_words(text):
        rename = _new_key if word.is_key else _new_text
        new = rename((*card, *word.path), word.text)
        if new != word.text:
            yield text[end : word.start] + new
            end = word.end
            blanks = re.compile(r"( +)=").match(text, end) if word.is_key else None
            if blanks:  # as many less as the name is longer, so that columns of keys stay
                yield " " * max(1, len(blanks[1]) - len(new) + len(word.text))
                end = blanks.end(1)
    yield text[end:]
