"""Full-text search over the whole history."""
