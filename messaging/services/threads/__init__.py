"""One conversation as it is read: pages of messages with the notes and events between them.

Tests that are not in a file of the module's name:
    timeline: services/threads/test_page
"""
