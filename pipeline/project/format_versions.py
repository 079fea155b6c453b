"""Versions of the project format: keys and headers that were renamed, read under their old name for one version.

Format 2 (`format = 2` in project.toml) renames the keys and headers below. A project that still uses old names is read
as
before, with one warning that names them; `migrate` rewrites it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CURRENT_FORMAT = 2


@dataclass(frozen=True)
class RenamedKey:
    """A key that is called otherwise: in which card (file name without .toml), directly in which table, old and new."""

    card: str
    table: str
    old: str
    new: str


RENAMED_KEYS = (
    RenamedKey("measure", "nature", "why", "caveat"),
    RenamedKey("measure", "air", "why", "caveat"),
    *(RenamedKey("measure", component, "who", "who_advice") for component in ("no2", "pm10", "pm25")),
    RenamedKey("balance", "levers", "kept", "retained"),
    RenamedKey("publish", "layers", "of", "published"),
    RenamedKey("publish", "atlas", "of", "entry"),
)
# Headers of tables that users write, by file.
RENAMED_HEADERS = {
    "overrides.csv": {"what": "target_id", "value": "new_value", "who": "author", "why": "reason"},
}


def with_new_keys(
    card: str, content: Mapping[str, Any], on_old: Callable[[str], None], table: str = ""
) -> dict[str, Any]:
    """The content of a card, or of what a scenario changes in it, under the new keys; each old key is reported once."""
    renamed = {entry.old: entry.new for entry in RENAMED_KEYS if (entry.card, entry.table) == (card, table)}
    result: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            value = with_new_keys(card, value, on_old, key)
        elif isinstance(value, list):
            value = [with_new_keys(card, row, on_old, key) if isinstance(row, Mapping) else row for row in value]
        if key in renamed:
            on_old(f"{card}.toml: {table}.{key} is now {renamed[key]}")
        result[renamed.get(key, key)] = value
    return result


def with_new_place(place: str) -> str:
    """The place of a number (card.table.key) under its new key."""
    card, *path = place.split(".")
    for entry in RENAMED_KEYS:
        if entry.card == card and path[-2:] == [entry.table, entry.old]:
            return ".".join([card, *path[:-1], entry.new])
    return place


def old_headers(path: Path) -> dict[str, str]:
    """The old headers that a table of a user still has, with their new names."""
    renamed = RENAMED_HEADERS.get(path.name, {})
    if not renamed or not path.is_file():
        return {}
    first = path.read_text(encoding="utf-8-sig", errors="replace").partition("\n")[0]
    names = [name.strip().strip('"') for name in first.split(";")]
    return {name: renamed[name] for name in names if name in renamed}


def deprecation(old_names: Iterable[str]) -> tuple[str, ...]:
    """One warning that names all old names; none where there are none."""
    listed = sorted(set(old_names))
    if not listed:
        return ()
    return (
        f"old names, read for this version only: {'; '.join(listed)}; rewrite the project with: "
        "industrieruimte migrate DIR",
    )


def migrated(path: Path, text: str) -> str:
    """The text of a file of a project in the current format: only names change, comments and order stay."""
    if path.name in RENAMED_HEADERS:
        return _migrated_header(text, RENAMED_HEADERS[path.name])
    if path.name == "project.toml":
        return _with_format(text)
    if path.name == "sweeps.toml":
        return re.sub(r'(?m)^(\s*card\s*=\s*")([^"]+)(")', lambda m: m[1] + with_new_place(m[2]) + m[3], text)
    is_scenario = path.parent.name == "scenarios"
    if path.suffix == ".toml" and (is_scenario or any(entry.card == path.stem for entry in RENAMED_KEYS)):
        return _migrated_card(text, "" if is_scenario else path.stem)
    return text


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


def _migrated_card(text: str, card: str) -> str:
    """A card with new keys, line by line: the table that a line stands in is the last header, or an inline table in
    it."""
    lines = []
    table: list[str] = [card] if card else []
    inside_text = False  # between triple quotes nothing is a key
    for line in text.splitlines(keepends=True):
        header = re.match(r"\s*\[\[?([^\[\]]+)\]\]?\s*(#.*)?$", line)
        if header and not inside_text:
            names = [name.strip().strip('"') for name in header[1].split(".")]
            table = [card, *names] if card else names
        elif not inside_text and table:
            line = _migrated_line(line, table)
        inside_text ^= (line.count('"""') + line.count("'''")) % 2 == 1
        lines.append(line)
    return "".join(lines)


def _migrated_line(line: str, table: list[str]) -> str:
    for entry in RENAMED_KEYS:
        if entry.card != table[0]:
            continue
        if table[-1] == entry.table:
            line = re.sub(rf"^(\s*){entry.old}(\s*)=", _fitted(entry), line)
        # The table itself in one line, such as: no2 = { present = 40, who = 10 }
        inline = re.match(rf"\s*(?:[\w.]+\.)?{entry.table}\s*=\s*[\[{{]", line)
        if inline:
            rest = re.sub(rf"(?<=[{{,\s]){entry.old}(?=\s*=)", entry.new, line[inline.end() - 1 :])
            line = line[: inline.end() - 1] + rest
        if entry.table in table[1:]:
            continue
        # A dotted key, such as: no2.who = 10
        line = re.sub(rf"^(\s*(?:[\w.]+\.)?{entry.table}\.){entry.old}(?=\s*=)", rf"\g<1>{entry.new}", line)
    return line


def _fitted(entry: RenamedKey) -> Callable[[re.Match[str]], str]:
    """The new key with as many blanks less before the equals sign as it is longer, so that columns of keys stay."""

    def fit(match: re.Match[str]) -> str:
        """The new key and its equals sign."""
        blanks = max(1 if match[2] else 0, len(match[2]) - (len(entry.new) - len(entry.old)))
        return f"{match[1]}{entry.new}{' ' * blanks}="

    return fit
