"""Take a push in: record it raw, apply it once, and do what it asks for."""
