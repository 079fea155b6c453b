"""Files for people: GeoPackage with its metadata, other vector formats, PostGIS."""
