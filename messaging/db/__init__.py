"""SQL beyond Django's queries: prepared statements, literals, index hints, text indexes."""
