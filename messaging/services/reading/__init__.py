"""What each person has read.

Tests that are not in a file of the module's name:
    annotations, read_marks, unread: services/reading/test_watermarks
"""
