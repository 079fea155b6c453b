"""The stages of the line, one verb each."""
