"""Times in Simplified Chinese."""
