"""The config of a project: the models of its files, how they are read, and how they are validated.

May import layers only.
Open `load.py` first: a project folder becomes one frozen `Project`.
"""
