"""Empty the database after a test in a few milliseconds; an app of the test settings only."""
