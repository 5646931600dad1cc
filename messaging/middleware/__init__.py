"""Middleware: who is signed in, in which language and zone, how long the database may take."""
