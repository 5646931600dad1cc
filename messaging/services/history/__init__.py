"""What happened: the statuses of messages, the events and the summary of conversations."""
