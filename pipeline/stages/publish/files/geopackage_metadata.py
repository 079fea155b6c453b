"""What makes a GeoPackage speak for itself: titles, closed lists, styles, metadata, and a QGIS
project inside.
"""

import io
import re
import sqlite3
import zipfile
from collections.abc import Sequence

from pipeline.stages.publish.styles.documents import QGIS_DTD, qgis_document, qgis_tree
from pipeline.stages.publish.styles.qml import qml
from pipeline.stages.publish.styles.sld import sld
from pipeline.stages.publish.tables.published_table import PublishedTable

# Tables of the extensions Schema and Metadata as the GeoPackage standard writes them; styles and projects as QGIS does.
METADATA_TABLES = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT, f_table_schema TEXT,
  f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
  description TEXT, owner TEXT, ui TEXT, update_time DATETIME);
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, \
description TEXT,
  mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), \
CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, \
value TEXT, min NUMERIC,
  min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, \
md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, \
row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL, \
md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB);
-- The standard asks for every table of an extension to be registered, else a validator refuses the file.
INSERT INTO gpkg_extensions (table_name, extension_name, definition, scope) VALUES
  ('gpkg_data_columns', 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
  ('gpkg_metadata', 'gpkg_metadata', 'http://www.geopackage.org/spec121/#extension_metadata', 'read-write'),
  ('gpkg_metadata_reference', 'gpkg_metadata', 'http://www.geopackage.org/spec121/#extension_metadata', 'read-write');
"""
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip can tell: the same project gives the same bytes


def furnish(base: sqlite3.Connection, sheets: Sequence[PublishedTable], moment: str) -> None:
    """Add titles, closed lists, styles and metadata of the sheets; `moment` is told as the time of all of it."""
    base.executescript(METADATA_TABLES)
    lists = _closed_lists(sheets)
    for values, name in lists.items():
        base.executemany(
            "INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, description) "
            "VALUES (?, 'enum', ?, ?)",
            [(name, value, value) for value in values],
        )
    for number, sheet in enumerate(sheets, 1):
        base.execute(
            "UPDATE gpkg_contents SET identifier=?, description=? WHERE table_name=?",
            (sheet.title, sheet.description, sheet.name),
        )
        titles = [
            (sheet.name, field.name, field.name, field.title, field.meaning or None, lists.get(field.choices))
            for field in sheet.fields
        ]
        base.executemany("INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)", titles)
        _styles(base, sheet, moment)
        metadata = qgis_document(qgis_tree("metadata.xml.j2", sheet=sheet))  # as QGIS reads it
        base.execute("INSERT INTO gpkg_metadata VALUES (?, 'dataset', ?, 'text/xml', ?)", (number, QGIS_DTD, metadata))
        reference = (sheet.name, moment, number)
        base.execute("INSERT INTO gpkg_metadata_reference VALUES ('table', ?, NULL, NULL, ?, ?, NULL)", reference)
    base.execute(
        # As QGIS registers the table itself when it saves a style.
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
        "VALUES (?, ?, ?, ?, ?, 0)",
        ("layer_styles", "attributes", "layer_styles", "Stijlen voor QGIS", moment),
    )
    base.execute("UPDATE gpkg_contents SET last_change=?", (moment,))


def embed(base: sqlite3.Connection, name: str, project: str) -> None:
    """Put a QGIS project (the text of a .qgs) into the file, under a name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}.qgs", ZIP_MOMENT), project, compress_type=zipfile.ZIP_DEFLATED)
    about = '{"last_modified_time": "", "last_modified_user": ""}'
    # QGIS stores its project so: a zip with one .qgs, in hexadecimal.
    content = packed.getvalue().hex().encode()
    base.execute("INSERT INTO qgis_projects VALUES (?, ?, ?)", (name, about.encode(), content))


def _styles(base: sqlite3.Connection, sheet: PublishedTable, moment: str) -> None:
    styles = [(look.title, qml(look, sheet.fields), sld(look, sheet.name)) for look in sheet.looks]
    geometry = "geom" if sheet.is_spatial else ""
    # The first is the default, with which QGIS opens the layer; a table without style has titles and a form.
    for index, style in enumerate(styles or [(sheet.title, qml(None, sheet.fields), "")]):
        row = ("", "", sheet.name, geometry, *style, index == 0, sheet.description, "", None, moment)
        base.execute(f"INSERT INTO layer_styles VALUES (NULL, {', '.join('?' * len(row))})", row)


def _closed_lists(sheets: Sequence[PublishedTable]) -> dict[tuple[str, ...], str]:
    """A name for every closed list: that of the first column that has it, without its year."""
    list_names: dict[tuple[str, ...], str] = {}
    for sheet in sheets:
        for field in sheet.fields:
            if field.choices and field.choices not in list_names:
                name = re.sub(r"_?\d{4}", "", field.name)
                taken = set(list_names.values())
                list_names[field.choices] = name if name not in taken else f"{sheet.name}_{name}"
    return list_names
