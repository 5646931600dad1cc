"""Pushes as they are stored: in the database, in the spool, and without hidden texts."""
