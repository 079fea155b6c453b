"""Commands, their options, progress and console messages; click is imported here and nowhere else.

May import every other room; imports nothing heavy before a command runs.
Open `main.py` first: the list of commands.
"""
