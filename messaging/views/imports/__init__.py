"""The pages of imports: one's own, a new one, and each from its columns to its result."""
