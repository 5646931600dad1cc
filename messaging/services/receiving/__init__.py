"""Receive pushes: record each one raw, apply it once, and do what it asks for.

Tests that are not in a file of the module's name:
    inbound: services/receiving/test_record
"""
