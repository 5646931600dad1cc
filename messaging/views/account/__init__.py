"""Signing in, passwords, a person's own settings, and the help pages."""
