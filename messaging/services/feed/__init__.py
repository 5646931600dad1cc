"""The change feed: hints written with each change, and streamed to browsers.

Tests that are not in a file of the module's name:
    changes, listeners, notifier: system/test_live
    message_ids: api/test_messages
    program_feed: api/test_changes
"""
