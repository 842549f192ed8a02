"""The steps, oldest first; a step that has run anywhere is never edited."""
