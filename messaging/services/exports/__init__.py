"""Exports of everything that somebody may see, as files: tables, the work, downloads, retention.

Tests that are not in a file of the module's name:
    steps, retention: services/exports/test_jobs
"""
