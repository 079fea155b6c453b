"""Tables on disk: the store, streams of row groups, receipts and locks.

May import spatial, project and layers.
Open `store.py` first: how a table is saved and read back.
"""
