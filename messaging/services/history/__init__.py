"""What happened and when: the statuses of messages, the events of conversations."""
