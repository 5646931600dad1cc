"""Claim queued messages, send each at most once, and record what is known of the outcome."""
