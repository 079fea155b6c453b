"""PostGIS: the same sheets as tables of one schema, all of them in one transaction: the old ones or the new ones, never half."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from layers.errors import ConfigRefusal, SourceRefusal
from pipeline.stages.publish.geopackage import multi
from pipeline.stages.publish.sheet import Sheet

RD_NEW = 28992
KINDS = {"str": "text", "int": "bigint", "float": "double precision", "bool": "boolean", "date": "date"}


def write_postgis(sheets: Sequence[Sheet], url: str, schema: str) -> int:
    """Put the sheets that have rows into a schema as tables of their name, with titles as comments; gives how many.

    What that schema holds under these names is replaced when all of it can be; other tables are left alone. The URL, which
    may hold a password, is never told.
    """
    try:
        import psycopg  # an extra: only who hands out to PostGIS needs it
        from psycopg import sql
    except ImportError:
        raise ConfigRefusal(
            "--postgis",
            found="no driver for PostgreSQL",
            expected="psycopg",
            todo="pip install 'industrieruimte[postgis]'",
        ) from None
    filled = [sheet for sheet in sheets if len(sheet.content)]
    try:
        with psycopg.connect(url, connect_timeout=20) as base, base.transaction(), base.cursor() as run:
            run.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
            if run.fetchone() is None:
                raise SourceRefusal("--postgis", found="a database without PostGIS", todo="CREATE EXTENSION postgis")
            run.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
            for sheet in filled:
                _table(run, sheet, sql.Identifier(schema, sheet.name), sql)
    except psycopg.Error as fault:
        raise SourceRefusal(
            "--postgis",
            found=_first_line(fault, url),
            expected="a database that can be reached and written",
            todo="nothing was changed in it; check the address and the rights",
        ) from None
    return len(filled)


def _table(run: Any, sheet: Sheet, name: Any, sql: Any) -> None:
    """One table: dropped and made anew, filled, indexed and described."""
    kinds = {field.name: KINDS[field.kind] for field in sheet.fields}
    columns = [sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in kinds.items()]
    if sheet.is_spatial:
        columns.append(sql.SQL(f"geom geometry(MultiPolygon, {RD_NEW}) NOT NULL"))
    run.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
    run.execute(sql.SQL("CREATE TABLE {} (fid bigint PRIMARY KEY, {})").format(name, sql.SQL(", ").join(columns)))
    order = [*kinds, *(["geom"] if sheet.is_spatial else [])]
    listed = sql.SQL(", ").join(map(sql.Identifier, ["fid", *order]))
    with run.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, listed)) as copy:
        for fid, row in enumerate(_rows(sheet, list(kinds)), 1):
            copy.write_row((fid, *row))
    if sheet.is_spatial:
        run.execute(sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(name))
    run.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, sql.Literal(f"{sheet.title}. {sheet.description}")))
    for field in sheet.fields:
        told = sql.SQL("COMMENT ON COLUMN {}.{} IS {}")
        run.execute(told.format(name, sql.Identifier(field.name), sql.Literal(field.title)))


def _rows(sheet: Sheet, columns: Sequence[str]) -> Any:
    """Rows as Python values, nothing as None; shapes as EWKB in hexadecimal."""
    plain = pd.DataFrame(sheet.content[list(columns)]).astype(object)
    values = plain.where(plain.notna(), None).itertuples(index=False, name=None)
    if not isinstance(sheet.content, gpd.GeoDataFrame):
        return values
    shapes = shapely.set_srid(multi(sheet.content).geometry.to_numpy(), RD_NEW)
    told = shapely.to_wkb(shapes, hex=True, include_srid=True, byte_order=1, output_dimension=2)
    return (tuple(row) + (shape,) for row, shape in zip(values, told, strict=True))


def _first_line(fault: Exception, url: str) -> str:
    """What the server said, without the address, which may hold a password."""
    text = (str(fault).strip().splitlines() or ["it did not answer"])[0]
    return text.replace(url, "the address")
