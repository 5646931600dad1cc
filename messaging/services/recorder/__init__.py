"""The flight recorder: everything known about one message, what can happen next, a file to share.

Tests that are not in a file of the module's name:
    requests: services/recorder/test_timeline
"""
