"""Files and folders in a project that nothing reads: often a name with a slip in it, or a delivery without a card."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from layers.errors import Refusal
from pipeline.project.project import Project
from pipeline.project.source import JoinConfig
from pipeline.stages.acquire.input_validation import format_of, locate
from pipeline.stages.acquire.source_files import joined
from pipeline.storage.addresses import parts_of_file

RULES = ("resolve", "constrain", "measure", "assess", "assemble", "balance", "publish", "profiles", "sweeps", "project")
TABLES_OF_PROJECT = ("effects", "verdicts", "demand", "projects", "overrides")
NAMES_OF_CARDS = {*(f"{name}.toml" for name in RULES), *(f"{name}.csv" for name in TABLES_OF_PROJECT), "sources.lock"}
FOLDERS_OF_CARDS = ("sources", "clusters", "scenarios")
# For people, or written by programs beside what is read.
NO_DATA = (".md", ".rst", ".qmd", ".qix", ".sbn", ".sbx", ".gfs", ".xsd", ".aux.xml", ".shp.xml", "-wal", "-shm")
MOST_UNREAD_NAMED = 8


def unread(project: Project, data: Path, no_project: Iterable[Path] = ()) -> list[str]:
    """Return what lies in the folder of a project and is read by nothing, by its path there; a folder of such files is
    named once. no_project: folders in it that are none of the project, such as that of its results.
    """
    read = {path.resolve() for path in _files_of_sources(project, data)}
    apart = {folder.resolve() for folder in no_project}
    return list(_unread(project.folder, project.folder, read, apart))


def _files_of_sources(project: Project, data: Path) -> Iterator[Path]:
    for name, folders in project.roots(data).items():
        card = project.sources[name]
        cards = [card, joined(card, card.geometry)] if isinstance(card.geometry, JoinConfig) else [card]
        for part in cards:
            with suppress(Refusal):  # which is told elsewhere
                for path in locate(part, folders).values():
                    yield from parts_of_file(path, format_of(part))


def _unread(folder: Path, root: Path, read: set[Path], apart: set[Path]) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        place, name = path.resolve(), path.relative_to(root).as_posix()
        if path.name.startswith(".") or place in read or place in apart or _is_card(path, root):
            continue
        is_of_cards = folder == root and path.name in FOLDERS_OF_CARDS
        if path.is_file() and not path.name.casefold().endswith(NO_DATA):
            yield name
        if path.is_dir() and (is_of_cards or any(file.is_relative_to(place) for file in read)):
            yield from _unread(path, root, read, apart)
        elif path.is_dir() and any(inner.is_file() for inner in path.rglob("*")):
            yield f"{name}/"


def _is_card(path: Path, root: Path) -> bool:
    if path.parent == root:
        return path.name in NAMES_OF_CARDS
    return path.parent.parent == root and path.parent.name in FOLDERS_OF_CARDS and path.suffix == ".toml"


def unread_in_words(names: list[str]) -> str:
    """Return the first of these names, and how many more there are."""
    more = f" and {len(names) - MOST_UNREAD_NAMED} more" if len(names) > MOST_UNREAD_NAMED else ""
    return ", ".join(names[:MOST_UNREAD_NAMED]) + more
