"""What the team does with a conversation: assign, close, snooze, label, note, draft, undo."""
