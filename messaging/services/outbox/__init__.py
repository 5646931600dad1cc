"""Write outbound messages: replies, API messages, repeats; schedule, cancel and block them.

Tests that are not in a file of the module's name:
    api_message: api/test_messages
    attention: services/inbox/test_pages
    message_row, repeats: services/outbox/test_queue
    targets: api/test_bulk
    new_message: services/outbox/test_queue
"""
