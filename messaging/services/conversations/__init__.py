"""What the team does with a conversation: assign, close, snooze, label, note, draft, undo.

Tests that are not in a file of the module's name:
    drafts, handover: services/conversations/test_teamwork
    saved_replies: views/inbox/test_saved_replies
    undo, undo_form: views/thread/test_conversation_actions
"""
