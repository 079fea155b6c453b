"""Loops over coordinates, compiled by numba, and the cache of what was compiled.

May import spatial and numpy; nothing here knows a table or a project.
Open `cut.py` first: how one block of land is cut.
"""
