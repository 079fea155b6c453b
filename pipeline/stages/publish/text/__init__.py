"""Dutch text for planners: translated words, sentences of rules, the story of a plot."""
