"""Write ordinary outcomes and claim ordinary messages in one short transaction, in our own SQL.

Tests that are not in a file of the module's name:
    postgresql, sqlite, rows: services/sending/fast_path/test_entry
"""
