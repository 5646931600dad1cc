"""The flight recorder: all that is known of one message, what may come next, a file to share.

Tests that are not in a file of the module's name:
    requests: services/recorder/test_timeline
"""
