"""Times as people write and read them."""
