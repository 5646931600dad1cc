"""Contacts, their opt-outs and their local time."""
