"""The nouns: what each table on the line means, and what may stand in it."""
