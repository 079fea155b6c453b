"""What the stages and the queries share about land: the tenure timeline, sets of constraints, suitability.

May import spatial, project and layers.
Open `land.py` first: the pieces of a cluster with their tenure and the rules over them.
"""
