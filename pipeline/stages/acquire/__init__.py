"""Acquire: are the source files there, and are they the ones that were pinned?

reads   the files that source cards point at
writes  source_files; raw tables for harmonise; config/sources.lock
keeps   bytes, checksum, date, licence
"""
