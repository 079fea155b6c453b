"""The files behind the source cards: where they are, what they hold by checksum, and the lock that pins them."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from layers.errors import ConfigRefusal, Refusal, together
from pipeline.project.data_folders import Folders
from pipeline.project.source import JoinConfig, SourceConfig, about_file
from pipeline.stages.acquire.input_validation import checksum, format_of, inspect, locate
from pipeline.storage.addresses import parts_of_file
from pipeline.storage.checksums import checksum_of_bytes

LOCK_HEAD = "# Files behind the source cards, written by `industrieruimte acquire`; --locked refuses any other.\n"
PINNED = ("path", "sha256", "bytes", "dated", "licence", "basis")


def files_of(card: SourceConfig, data: Folders) -> list[tuple[SourceConfig, dict[str, Path]]]:
    """The files of a card by their names, each validated, and those that it takes geometry from with a card of their
    own."""
    cards = [card, joined(card, card.geometry)] if isinstance(card.geometry, JoinConfig) else [card]
    files = []
    # Located all before any is read: a file that is not there is told first.
    for part in cards:
        with about_file(part):
            files.append((part, locate(part, data)))
    for part, paths in files:
        for name, path in paths.items():
            alone = part.model_copy(update={"path": name, "format": format_of(part).name})
            with about_file(alone):
                inspect(alone, path)
    return files


def describe_files(sources: Mapping[str, SourceConfig], folders: Mapping[str, Folders]) -> list[dict[str, Any]]:
    """One row of source_files per source, in order of their names: path, size, SHA-256, date, licence and basis."""
    rows, refusals = [], []
    for name, card in sources.items():
        try:
            sha256, size = checksum_of_source(card, folders[name])
        except Refusal as refusal:
            refusals.append(refusal)
            continue
        row = {"source": name, "layer": card.layer, "path": card.path, "bytes": size, "sha256": sha256}
        rows.append({**row, "dated": card.dated.isoformat(), "licence": card.licence, "basis": card.basis})
    if refusals:
        raise together(refusals)
    return sorted(rows, key=lambda row: str(row["source"]))


def checksum_of_source(card: SourceConfig, data: Folders) -> tuple[str, int]:
    """SHA-256 of all that is read of a source, and its size in bytes; refused where a file is not what it says."""
    with about_file(card):
        parts = [checksum(path, format_of(part)) for part, paths in files_of(card, data) for path in paths.values()]
    sums, sizes = zip(*parts, strict=True)
    # One file has the checksum that sha256sum prints; several, or one with a file of geometry, that of all in turn.
    return sums[0] if len(sums) == 1 else checksum_of_bytes("".join(sums).encode()), sum(sizes)


def stamps(card: SourceConfig, data: Folders) -> list[tuple[str, int, int, int]]:
    """Which files a source is read from, and when each was last changed or put in its place."""
    states = [
        (part, part.stat())
        for source, paths in files_of(card, data)
        for path in paths.values()
        for part in parts_of_file(path, format_of(source))
        if part.exists()
    ]
    return [(str(path), state.st_ino, state.st_size, state.st_mtime_ns) for path, state in states]


def compare_lock(files: Sequence[Mapping[str, Any]], lock: Path) -> list[str]:
    """What differs from the lock, one sentence per source; a lock that is not there yet differs from nothing."""
    if not lock.is_file():
        return []
    differences, pinned = [], _pinned(lock)
    for row in files:
        entry, thing = pinned.pop(row["source"], None), f"source '{row['source']}' ({row['path']})"
        if entry is None:
            differences.append(f"{thing} is not in the lock")
        elif entry != row["sha256"]:
            differences.append(f"{thing}: checksum {row['sha256'][:12]}, the lock has {entry[:12]}")
    return differences + [f"source '{name}' is in the lock but has no card" for name in sorted(pinned)]


def _pinned(lock: Path) -> dict[str, str]:
    """The checksum of each source in a lock."""
    try:
        return {name: str(entry["sha256"]) for name, entry in tomllib.loads(lock.read_text(encoding="utf-8")).items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, KeyError) as fault:
        raise ConfigRefusal(
            f"lock '{lock}'",
            actual=f"a damaged file ({fault})",
            todo="remove it and pin again with: industrieruimte acquire",
        ) from None


def lock_text(files: Sequence[Mapping[str, Any]]) -> str:
    """The lock for these files, as TOML."""
    return f"{LOCK_HEAD}\n{tomli_w.dumps({row['source']: {name: row[name] for name in PINNED} for row in files})}"


def refuse_other_file(lock: Path) -> None:
    """Refuse to write a lock where something stands that is none."""
    if lock.is_file() and not lock.read_bytes().startswith(LOCK_HEAD.encode()):
        raise ConfigRefusal(
            f"file '{lock}'",
            actual="no lock, and not written here",
            expected="a place for the lock of these results",
            todo="move it, or name another folder with --outputs",
        )


def joined(card: SourceConfig, join: JoinConfig) -> SourceConfig:
    """The card of the file that geometry is taken from."""
    place = {"path": join.path, "member": join.member, "inside": join.inside, "format": None, "encoding": None}
    return card.model_copy(update={**place, "name": f"{card.name} (geometry)"})
