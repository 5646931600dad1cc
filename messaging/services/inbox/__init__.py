"""The lists of conversations: views, filters, order, pages and counts; one action on many.

What moves when a colleague leaves is here too (`departures.py`).

Tests that are not in a file of the module's name:
    cursor, records, rows: services/inbox/test_pages
    facts: services/inbox/test_sql
"""
