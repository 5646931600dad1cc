"""Database backends: SQLite with a fair write queue, PostgreSQL with a pool."""
