"""Files that somebody brings: what is in them, what is wrong with them, and which of our layers each may fill.

Open `files.py` first: which files there are; `content.py` reads a sample of each.
"""
