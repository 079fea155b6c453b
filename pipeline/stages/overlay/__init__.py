"""Cut holdings by zones into pieces on which no zone changes.

May import kernels, storage and below; the kernels themselves stand in `pipeline.kernels`.
Open `cluster.py` first: the land of one cluster, part by part; then `pieces.py` and `engines.py`.
"""
