"""A project drafted from what was seen in files: cards for what they may fill, and what is still to be filled in.

Open `project.py` first: which file gets a card, and what is written.
"""
