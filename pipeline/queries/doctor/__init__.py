"""What stands ready on this machine for a run, and what is amiss. Writes nothing that stays.

Open `doctor.py` first: the list of what is looked at.
"""
