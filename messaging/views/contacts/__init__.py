"""Contacts: their list, a new one, and the page of one with its export and erasure."""
