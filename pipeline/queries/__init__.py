"""Questions on a finished run: explain, diff, compare, scenarios, sweep, impact, export, describe.

May import the line and everything below it; never the command line.
Open `explain.py` first: why one plot is usable or not.
"""
