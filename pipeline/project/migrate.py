"""Rewriting a project folder in the current format: names change, comments, order and everything else stay."""

import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from layers.errors import ConfigRefusal
from pipeline.project.format_versions import migrated, with_new_keys


def migrate(folder: Path) -> list[Path]:
    """Rewrite the files of a project that are in an older format; returns them. Each is whole, old or new, at any
    moment."""
    if not (folder / "project.toml").is_file():
        raise ConfigRefusal(f"project folder '{folder}'", actual="no project.toml in it", todo="name another folder")
    paths = sorted([*folder.glob("*.toml"), *folder.glob("scenarios/*.toml"), *folder.glob("*.csv")])
    changed: dict[Path, bytes] = {}
    for path in paths:
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as fault:
            raise ConfigRefusal(f"file '{path}'", actual=str(fault), expected="text in UTF-8") from None
        new = migrated(path, text)
        if path.suffix == ".toml":
            _check_same(path, text, new)
        if new != text:
            changed[path] = new.encode("utf-8")
    for path, content in changed.items():  # only when all of them can be rewritten
        _replace(path, content)
    return list(changed)


def _check_same(path: Path, text: str, new: str) -> None:
    """Refuse a card that says another thing after its keys were renamed in its text: then a person must do it."""
    old_names: list[str] = []
    try:
        before, after = tomllib.loads(text), tomllib.loads(new)
    except tomllib.TOMLDecodeError as fault:
        raise ConfigRefusal(f"card '{path}'", actual=str(fault), expected="TOML") from None
    if path.name in ("project.toml", "sweeps.toml"):
        return
    if renamed(path, before, old_names) != after:
        raise ConfigRefusal(
            f"card '{path}'", actual="old names that cannot be replaced in its text", expected="; ".join(old_names)
        )


def renamed(path: Path, content: dict[str, Any], old_names: list[str]) -> dict[str, Any]:
    """A card or scenario under the new keys; appends each old key to `old_names`."""
    if path.parent.name != "scenarios":
        return with_new_keys(path.stem, content, old_names.append)
    return {
        card: with_new_keys(card, change, old_names.append) if isinstance(change, dict) else change
        for card, change in content.items()
    }


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
