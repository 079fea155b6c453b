"""The stages of the line, one folder or module per verb; pure functions from tables to tables.

May import land, kernels, storage, spatial, project and layers; never each other or the runner.
Open the folder of the verb first; its `__init__.py` holds the function that the line calls.
"""
