"""Ordinary inbound messages and receipts in SQL of our own; everything else goes the long way.

Tests that are not in a file of the module's name:
    postgresql, rows, sqlite: services/receiving/fast_path/test_entry

Those of receipts are in services/receiving/fast_path/test_receipts.
"""
