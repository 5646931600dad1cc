"""Colleagues: who works with a number, how they are shown, who is viewing, what they are told.

Tests that are not in a file of the module's name:
    members: views/inbox/test_pickers
    usernames: admin/test_colleagues
    email_notifications, notifications, presence: services/conversations/test_teamwork
"""
