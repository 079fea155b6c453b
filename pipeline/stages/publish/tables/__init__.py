"""The published tables: overviews made of derived layers, in the columns that a planner reads."""
