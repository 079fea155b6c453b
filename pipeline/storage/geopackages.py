"""A delivered GeoPackage and its journals, which are one: how a new one takes its place.

Invariant: no journal of the old file is left beside the new one, for SQLite would play it back into that.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from layers.errors import SourceRefusal
from pipeline.storage.addresses import sqlite_address
from pipeline.storage.whole_files import is_open_elsewhere

WAL, JOURNAL, SHARED_MEMORY = "-wal", "-journal", "-shm"
NEIGHBOUR = ".nieuw.gpkg"


def free_place(path: Path) -> Path:
    """Where a new GeoPackage can be put: in the place of the old one, or beside it as <name>.nieuw.gpkg where another
    program holds that. Refused where the old one has edits or a journal that SQLite cannot resolve."""
    if _is_free(path):
        return path
    neighbour = path.with_suffix(NEIGHBOUR)
    if _is_free(neighbour):
        return neighbour
    raise SourceRefusal(
        f"bestand '{path}'",
        actual=f"in gebruik bij een ander programma, en '{neighbour.name}' ook",
        todo="sluit ze en geef de opdracht opnieuw; wat er stond is nog heel",
    )


def refuse_unsaved(path: Path) -> None:
    """Refuse a GeoPackage to which somebody made edits that are not in it yet."""
    # QGIS keeps edits here until it saves: with another file under them they would be lost, or spoil it.
    if _has_content(_with(path, WAL)):
        raise SourceRefusal(
            f"bestand '{path}'",
            actual="niet opgeslagen bewerkingen van iemand anders",
            todo="sla die eerst op in QGIS, of geef een andere map op met --outputs",
        )


def refuse_other_layers(path: Path, layer: str) -> None:
    """Refuse to write a GeoPackage of one layer where something else stands than an earlier one of that layer."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(sqlite_address(path), uri=True)) as base:
            layers = {str(name) for (name,) in base.execute("SELECT table_name FROM gpkg_contents")}
    except sqlite3.DatabaseError:
        layers = {path.name}
    if not layers <= {layer, "layer_styles"}:
        raise SourceRefusal(
            f"bestand '{path}'",
            actual=f"staat er al, met {sorted(layers)}",
            expected=f"geen bestand, of een eerder met alleen laag '{layer}'",
            todo="geef een andere naam; er is niets overschreven",
        )


def _is_free(path: Path) -> bool:
    """Whether a new file may take this place, with no journal beside it any more; False where a program holds it."""
    refuse_unsaved(path)
    if path.is_file() and _is_held(path):
        return False
    journal = _with(path, JOURNAL)
    if _has_content(journal):
        raise SourceRefusal(
            f"bestand '{path}'",
            actual=f"een achtergebleven '{journal.name}' dat SQLite niet kan verwerken",
            expected="geen ander bestand ernaast: het zou in het nieuwe worden teruggespeeld",
            todo=f"verwijder of verplaats '{journal.name}'",
        )
    for ending in (WAL, JOURNAL, SHARED_MEMORY):
        _with(path, ending).unlink(missing_ok=True)
    return True


def _is_held(path: Path) -> bool:
    """Whether another program has a lock on the file. An edit that was broken off is undone: SQLite does so for whoever
    opens it."""
    if is_open_elsewhere(path):
        return True
    address = f"file:{quote(str(path))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)) as base:
            base.execute("PRAGMA journal_mode=DELETE").fetchall()  # with WAL, refused while anybody else has it open
            base.execute("BEGIN EXCLUSIVE")
            base.execute("ROLLBACK")
    except sqlite3.DatabaseError as fault:  # damaged, or in a folder that cannot be written: nobody holds it
        return getattr(fault, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return False


def _with(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _has_content(journal: Path) -> bool:
    """Whether SQLite would play it back: one that starts with a zero is at rest."""
    try:
        with journal.open("rb") as stream:
            return stream.read(1) not in (b"", b"\0")
    except FileNotFoundError:
        return False
