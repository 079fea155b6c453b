"""Geometry, adjacency, frontage, rasters, and the reference overlay.

May import project and layers; coordinates are RD New (EPSG:28992) in metres.
Open `geometry.py` first: areas, widths, repairs and distances.
"""
