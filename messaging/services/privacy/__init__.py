"""Hide a text everywhere it is stored."""
