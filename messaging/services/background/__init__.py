"""Work beside requests: recurring tasks, and rows of which one may fail."""
