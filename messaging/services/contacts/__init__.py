"""Contacts, their opt-outs and their local time.

Tests that are not in a file of the module's name:
    contacts: views/thread/test_contact_actions
"""
