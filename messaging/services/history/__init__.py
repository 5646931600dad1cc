"""What happened: the statuses of messages, the events and the summary of conversations.

Tests that are not in a file of the module's name:
    message_status: services/sending/test_attempt
"""
