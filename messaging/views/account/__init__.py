"""Signing in, passwords and a person's own settings."""
