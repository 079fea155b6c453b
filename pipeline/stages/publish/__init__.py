"""Publish: what a planner opens, in Dutch; a wing for each trade. Open `publication.py` first."""
