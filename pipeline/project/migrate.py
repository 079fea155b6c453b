"""Rewriting a project in the current format: names change, comments, order and everything else stay."""

import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from layers.errors import ConfigRefusal
from pipeline.project.format_versions import migrated, old_headers, with_new_names

# Folders of cards within a project, beside those at its root.
CARD_FOLDERS = ("scenarios", "sources")


def migrate(folder: Path) -> list[Path]:
    """Rewrite the files of a project that are in an older format, in all its folders; returns them. Each is whole, old
    or new, at any moment."""
    changed: dict[Path, bytes] = {}
    for path in (path for place in _folders(folder) for path in _files(place)):
        text = _text(path)
        before = _toml(path, text) if path.suffix == ".toml" else {}
        new = migrated(path, text)
        if path.suffix == ".toml" and path.name != "project.toml":
            _check_same(path, before, new)
        if new != text:
            changed[path] = new.encode("utf-8")
    for path, content in changed.items():  # only when all of them can be rewritten
        _replace(path, content)
    return list(changed)


def deprecation(folder: Path) -> tuple[str, ...]:
    """One warning that names all old names of a project by folder; none where there are none."""
    listed = []
    for place in _folders(folder):
        names = [f"{path.relative_to(place)}: {name}" for path in _files(place) for name in _old_names(path)]
        listed += [f"in '{place}': {'; '.join(names)}"] if names else []
    if not listed:
        return ()
    return (
        f"old names and filters, read for this version only, {'; '.join(listed)}; rewrite the project with: "
        f"industrieruimte migrate {folder}",
    )


def _old_names(path: Path) -> list[str]:
    """Each old name of a file with its new one; none where the file cannot be read, which whoever needs it refuses."""
    names = [f"{old} is now {new}" for old, new in old_headers(path).items()]
    if path.suffix == ".toml":
        try:
            with_new_names(path, _toml(path, _text(path)), names.append)
        except ConfigRefusal:
            return []
    return sorted(set(names))


def _folders(folder: Path) -> list[Path]:
    """The folder of a project, the one that its project.toml points at, and that of the rules that it takes."""
    folders = [folder.resolve()]
    for key in ("use", "extends"):
        path = folders[-1] / "project.toml"
        if not path.is_file():
            raise ConfigRefusal(
                f"project folder '{path.parent}'", actual="no project.toml in it", todo="name another folder"
            )
        named = _toml(path, _text(path)).get(key)
        folders += [(path.parent / str(named)).resolve()] if named else []
    return list(dict.fromkeys(folders))


def _files(folder: Path) -> list[Path]:
    patterns = ("*.toml", "*.csv", *(f"{place}/*.toml" for place in CARD_FOLDERS))
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


def _text(path: Path) -> str:
    """The text of a file with the line ends that it has."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as fault:
        raise ConfigRefusal(f"file '{path}'", actual=str(fault), expected="text in UTF-8") from None


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise ConfigRefusal(f"card '{path}'", actual=str(fault), expected="TOML") from None


def _check_same(path: Path, before: dict[str, Any], new: str) -> None:
    """Refuse a card that says another thing after its names were replaced in its text: then a person must do it."""
    old_names: list[str] = []
    if with_new_names(path, before, old_names.append) != _toml(path, new):
        raise ConfigRefusal(
            f"card '{path}'", actual="old names that cannot be replaced in its text", expected="; ".join(old_names)
        )


def _replace(path: Path, content: bytes) -> None:
    """Put new content in the place of a file in one step, with its rights."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        # mkstemp makes a file that only its maker may read.
        Path(name).chmod(path.stat().st_mode)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
