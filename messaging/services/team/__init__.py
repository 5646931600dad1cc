"""Colleagues: who works with a number, how they are shown, who is looking, what they are told."""
