"""Runs any line that it is given: order, freshness, tasks, receipts.

May import storage and below; knows no stage by name and no geography.
Open `run.py` first: what runs, in which order, and why.
"""
