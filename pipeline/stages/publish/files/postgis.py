"""PostGIS: the same sheets as tables of one schema, all of them in one transaction: the old ones or the new ones,
never half.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import shapely

from layers.errors import ConfigRefusal, SourceRefusal
from pipeline.stages.publish.files.geopackage import multi
from pipeline.stages.publish.tables.published_table import PublishedTable

SRID = 28992
THING = "--postgis"
MARK = "industrieruimte: "  # begins the comment of every table that this writes
COLUMN_TYPES = {"str": "text", "int": "bigint", "float": "double precision", "bool": "boolean", "date": "date"}


def write_postgis(sheets: Sequence[PublishedTable], url: str, schema: str) -> int:
    """Put the sheets (EPSG:28992) into a schema as tables of their name, with titles as comments; gives how many.

    All in one transaction. Tables that this wrote before are known by their comment and go, also where nothing takes
    their place; a table of another under one of these names is refused. The address, which may hold a password, is
    never told.
    """
    try:
        import psycopg  # an extra: only who hands out to PostGIS needs it
        from psycopg import conninfo, sql
    except ImportError:
        raise ConfigRefusal(
            THING,
            actual="no driver for PostgreSQL",
            expected="psycopg",
            todo="pip install 'industrieruimte[postgis]'",
        ) from None
    try:
        conninfo.conninfo_to_dict(url)
        base = psycopg.connect(url, connect_timeout=20)
    except psycopg.Error:  # what the library says of it may hold part of the password
        raise SourceRefusal(
            THING,
            actual="a database that cannot be reached",
            expected="postgresql://USER@HOST/DATABASE of one that answers",
            todo="check the address, the password (PGPASSWORD) and the rights; nothing was changed",
        ) from None
    try:
        with base, base.transaction(), base.cursor() as run:
            # Asked before anything is made: without it the type of the first geom would be unknown, which explains
            # nothing.
            run.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
            if run.fetchone() is None:
                raise SourceRefusal(THING, actual="a database without PostGIS", todo="CREATE EXTENSION postgis")
            run.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
            for name in _ours(run, schema, {sheet.name for sheet in sheets}):
                run.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(schema, name)))
            for sheet in sheets:
                _table(run, sheet, sql.Identifier(schema, sheet.name), sql)
    except psycopg.Error as fault:
        expected, todo = "a schema that can be written", "check the rights and the room on its disk"
        if isinstance(fault, psycopg.errors.DependentObjectsStillExist):
            expected = "tables that nothing else rests on"
            todo = "drop the views that rest on them, or name another --schema"
        actual = str(fault.diag.message_primary or "the database broke off")
        raise SourceRefusal(THING, actual=actual, expected=expected, todo=f"{todo}; nothing was changed") from None
    return len(sheets)


def _ours(run: Any, schema: str, wanted: set[str]) -> list[str]:
    """The tables of the schema that this wrote; refused when one that is wanted is of another."""
    run.execute(
        "SELECT relname, coalesce(obj_description(pg_class.oid, 'pg_class'), '') FROM pg_class "
        "JOIN pg_namespace ON relnamespace = pg_namespace.oid WHERE nspname = %s AND relkind IN ('r', "
        "'p', 'v', 'm', 'f')",
        (schema,),
    )
    # Views and tables of others count too: their name is taken.
    there = dict(run.fetchall())
    others = sorted(name for name in wanted & set(there) if not there[name].startswith(MARK))
    if others:
        raise SourceRefusal(
            f"{THING}, schema '{schema}'",
            actual=f"{', '.join(others)}, which this did not write",
            expected="a schema of its own",
            todo="name another with --schema; nothing was changed",
        )
    return [name for name, comment in there.items() if comment.startswith(MARK)]


def _table(run: Any, sheet: PublishedTable, name: Any, sql: Any) -> None:
    """One table (EPSG:28992): made anew, filled, indexed and described."""

    def execute(text: str, *parts: Any) -> None:
        """Run a statement, in which the first {} is the table."""
        run.execute(sql.SQL(text).format(name, *parts))

    kinds = {field.name: COLUMN_TYPES[field.kind] for field in sheet.fields}
    columns = [sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in kinds.items()]
    if sheet.is_spatial:
        columns.append(sql.SQL(f"geom geometry(MultiPolygon, {SRID}) NOT NULL"))
    # QGIS asks of a table a key of one whole number.
    execute("CREATE TABLE {} (fid bigint PRIMARY KEY, {})", sql.SQL(", ").join(columns))
    order = ["fid", *kinds, *(["geom"] if sheet.is_spatial else [])]
    copy_into = sql.SQL("COPY {} ({}) FROM STDIN").format(name, sql.SQL(", ").join(map(sql.Identifier, order)))
    with run.copy(copy_into) as copy:
        for row in _rows(sheet, list(kinds)):
            copy.write_row(row)
    if sheet.is_spatial:
        execute("CREATE INDEX ON {} USING gist (geom)")
    execute("COMMENT ON TABLE {} IS {}", sql.Literal(f"{MARK}{sheet.title}. {sheet.description}"))
    for field in sheet.fields:
        execute("COMMENT ON COLUMN {}.{} IS {}", sql.Identifier(field.name), sql.Literal(field.title))


def _rows(sheet: PublishedTable, columns: Sequence[str]) -> Any:
    """Rows as Python values with their number, nothing as None; shapes as EWKB in hexadecimal."""
    plain = pd.DataFrame(sheet.content[list(columns)]).astype(object)
    rows = plain.where(plain.notna(), None).set_axis(range(1, len(plain) + 1))
    if sheet.is_spatial:
        shapes = shapely.set_srid(multi(sheet).geometry.to_numpy(), SRID)
        rows["geom"] = shapely.to_wkb(shapes, hex=True, include_srid=True, byte_order=1, output_dimension=2)
    return rows.itertuples(name=None)
