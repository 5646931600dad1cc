"""Claim queued messages, send each at most once, and record what is known of the outcome.

Tests that are not in a file of the module's name:
    provider: system/test_sending
    queue_state: api/test_pushes_and_sending
"""
