"""What a GeoPackage or SQLite file has beside tables: views are queries that run anew at every reading, for ever if
they are made so. None is a layer unless its card takes it for one.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from layers.errors import SourceRefusal
from pipeline.storage.addresses import sqlite_address

VIEW_SECONDS = 30.0  # of work for all rows of a view
STEPS_BETWEEN = 100_000  # instructions of SQLite between two looks at the clock


def views_of(path: Path) -> set[str]:
    """The names of the views in a GeoPackage."""
    with closing(sqlite3.connect(sqlite_address(path), uri=True)) as base:
        return {str(name) for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}


def virtual_tables_of(path: Path) -> set[str]:
    """The names of tables whose rows another module makes up, also out of other files."""
    with closing(sqlite3.connect(sqlite_address(path), uri=True)) as base:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'create virtual table%'"
        return {str(name) for (name,) in base.execute(query)}


def geometries_of(path: Path, table: str) -> list[str]:
    """The columns of shapes that a SQLite file says a table has; none where it says nothing."""
    with closing(sqlite3.connect(sqlite_address(path), uri=True)) as base:
        query = "SELECT f_geometry_column FROM geometry_columns WHERE lower(f_table_name) = lower(?)"
        try:
            return [str(name) for (name,) in base.execute(query, (table,))]
        except sqlite3.OperationalError:  # no such table: a GeoPackage has another, and one column in it
            return []


def check_view(thing: str, path: Path, name: str, *, seconds: float = VIEW_SECONDS) -> None:
    """Refuse a view that takes more processor seconds than this, or that SQLite cannot run by itself."""
    end = time.process_time() + seconds
    quoted = name.replace('"', '""')
    with closing(sqlite3.connect(sqlite_address(path), uri=True)) as base:
        base.execute("PRAGMA trusted_schema=OFF")
        base.set_progress_handler(lambda: time.process_time() > end, STEPS_BETWEEN)
        try:
            for _ in base.execute(f'SELECT * FROM "{quoted}"'):
                pass
        except sqlite3.Error as fault:
            is_late = time.process_time() > end
            raise SourceRefusal(
                thing,
                actual=f"view '{name}' " + (f"at work for more than {seconds:g} s" if is_late else f"fails ({fault})"),
                expected="a view that SQLite runs to its end",
                todo="export it to a table in QGIS and name that in the card",
            ) from None
