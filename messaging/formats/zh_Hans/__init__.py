"""Dates and times in Simplified Chinese."""
