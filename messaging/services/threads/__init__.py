"""One conversation as it is read: pages of messages with the notes and events between them."""
