"""Hide a text everywhere it is stored; export or erase everything that is held about a person.

Tests that are not in a file of the module's name:
    export: api/test_contacts
"""
