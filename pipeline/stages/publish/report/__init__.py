"""The report as one HTML file, its map, and the templates and scripts in it."""
