"""Work outside of requests: recurring tasks, and loops in which one row may fail."""
