"""The stages of the line, one folder or module per verb; pure functions from tables to tables.

May import land, kernels, storage, spatial, project and layers; never each other or the runner.
`run=` in `pipeline/line` names the function that the line calls.
"""
